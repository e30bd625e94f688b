"""Cisco's messages, with what stands before the mnemonic: `fw1: %ASA-6-302013: Built ...`.

Source of the form: "System Message Logging" of Cisco IOS: sequence number, time of the device, mnemonic. ASA
and IOS may put an identifier of the device before them, and Nexus a year before the time.
"""

from __future__ import annotations

import re
from typing import Any

from lumber.catalog.severity import TEXT_BY_CODE
from lumber.ingest.devices.body import Body
from lumber.ingest.syslog.hosts import LEVELS
from lumber.ingest.syslog.rfc3164 import STAMP

_NAME = r"[A-Za-z][\w.-]{0,62}"
MNEMONIC = r"%[A-Z0-9_]+(?:-[A-Z0-9_]+)*-[0-7]-[A-Z0-9_]+"
# What may stand before the time: of a sequence number and the name of the device, in any order. IOS may also
# count what it sends, before both.
BEFORE = (
    rf"(?:: )?(?:(?P<first>{_NAME}) ?: )?(?:(?P<sequence>[0-9]{{1,10}}): )?(?:(?P<second>{_NAME}) ?: )?"
    r"(?:(?P<later>[0-9]{1,10}): )?"
)
_BODY = re.compile(
    rf"{BEFORE}(?:(?P<clock>[*.]?{STAMP}(?: [A-Z]{{1,5}})?): )?"
    rf"(?:%\$ (?P<vdc>VDC-[0-9]{{1,3}}) %\$ )?(?P<mnemonic>{MNEMONIC}) ?:(?: (?P<message>.*))?",
    re.DOTALL,
)


def numbers(sequence: str | None, later: str | None) -> dict[str, Any]:
    """Return the numbers before a message: the sequence number, and if there are two, a count before it."""
    if sequence and later:
        return {"count": int(sequence), "sequence": int(later)}
    number = sequence or later
    return {"sequence": int(number)} if number else {}


def read(text: str) -> Body | None:
    """Return the parts of a message with a mnemonic; None for any other text."""
    found = _BODY.fullmatch(text)
    if found is None:
        return None
    data = numbers(found["sequence"], found["later"])
    if found["vdc"]:
        data["vdc"] = found["vdc"]
    if found["clock"]:
        data["device_time"] = found["clock"]
    mnemonic = found["mnemonic"]
    name = found["first"] or found["second"]
    if name is not None and name.lower() in LEVELS:
        return None  # ERROR: is no device
    return Body(
        message=found["message"] or "",
        data=data,
        process=mnemonic,
        host=name,
        severity=TEXT_BY_CODE[int(mnemonic.rsplit("-", 2)[1])],
    )
