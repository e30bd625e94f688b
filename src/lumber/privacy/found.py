"""Matches in a text, and how several detectors search it in turn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

ADDRESS, MAC, EMAIL, USER, HOST = "address", "mac", "email", "user", "host"
IBAN, PHONE, NATIONAL_ID, COORDINATES, URL_IDS = "iban", "phone", "national_id", "coordinates", "url_ids"
# Prefix of the type of an owner's own rule, before the type that the rule names.
OWN = "own:"
# Prefix of a secret's type, before its name: `secret:aws_key`.
SECRET = "secret:"


class Form(StrEnum):
    """How an address is written."""

    PLAIN = "plain"
    REVERSED = "reversed"  # 1.0.0.10.in-addr.arpa
    NIBBLES = "nibbles"  # 1.0.0.(…).2.ip6.arpa
    JOINED = "joined"  # ip-10-0-0-1, 10[.]0[.]0[.]1
    HEX = "hex"  # 0x0a000001
    INTEGER = "integer"  # 167772161


class Found(NamedTuple):
    """A match in a text: its position, type and normalised value."""

    start: int
    end: int
    type: str
    value: str
    form: Form = Form.PLAIN


# Searches text[start:end] and yields its matches in order. It may read a few characters around that range:
# a text may be cut into very many such parts.
Detector = Callable[[str, int, int], Iterator[Found]]
# Names to search for, in lower case.
Names = tuple[str, ...]


def find(text: str, detectors: Iterable[Detector]) -> list[Found]:
    """Return all matches in order. A detector doesn't search what an earlier one matched."""
    found: list[Found] = []
    gaps = [(0, len(text))]
    for detector in detectors:
        fresh: list[Found] = []
        for start, end in gaps:
            fresh.extend(detector(text, start, end))
        if fresh:
            found = sorted(found + fresh)
            gaps = list(_between(found, len(text)))
    return found


def has_any(text: str, marks: Sequence[str]) -> bool:
    """Return whether a text contains any of the marks; far cheaper than a pattern."""
    for mark in marks:  # noqa: SIM110 - a generator takes twice the time
        if mark in text:
            return True
    return False


def at_marks(
    pattern: re.Pattern[str], marks: Sequence[str], text: str, start: int, end: int
) -> Iterator[re.Match[str]]:
    """Yield the matches that begin with one of the lower-case marks, in no order.

    It is far cheaper to find the marks and try the pattern only there than to try it everywhere.
    """
    lower = text[start:end].lower()
    if len(lower) != end - start:
        yield from pattern.finditer(text, start, end)
        return
    for mark in marks:
        at = lower.find(mark)
        while at >= 0:
            match = pattern.match(text, start + at, end)
            if match is not None:
                yield match
            # Don't match again inside a match: each attempt might run to the end of the text.
            at = lower.find(mark, at + len(mark) if match is None else match.end() - start)


def _between(found: Sequence[Found], length: int) -> Iterator[tuple[int, int]]:
    at = 0
    for item in found:
        if item.start > at:
            yield at, item.start
        at = item.end
    if at < length:
        yield at, length
