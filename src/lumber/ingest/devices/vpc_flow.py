"""One record of Amazon's VPC flow logs, as its fields.

Source of the format: "Flow log records" in Amazon's VPC guide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from lumber.ingest.devices.body import Body, typed

VERSION_2 = (
    "version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol",
    "packets", "bytes", "start", "end", "action", "log-status",
)  # fmt: skip
START, INTERFACE = "start", "interface-id"
_RECORD = re.compile(r"2 (?:[0-9]{12}|unknown) eni-[0-9a-f]+(?: \S+){11}")
_UNSET = "-"
# Digits, but no number: it may begin with zeros.
_ACCOUNT = "account-id"


def is_record(line: str) -> bool:
    """Say whether a line is a record of version 2 with its usual fields."""
    return _RECORD.fullmatch(line.rstrip()) is not None


def values_of(words: Sequence[str], header: Sequence[str]) -> dict[str, Any]:
    """Return the values of a record that are set."""
    return {
        name: word if name == _ACCOUNT else typed(word)
        for name, word in zip(header, words, strict=True)
        if word != _UNSET
    }


def read(text: str) -> Body | None:
    """Return a record behind the time that CloudWatch writes; the interface is the device."""
    if not is_record(text):
        return None
    values = values_of(text.split(), VERSION_2)
    return Body(text, values, device=str(values.pop(INTERFACE)))
