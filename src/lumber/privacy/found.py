"""What is found in a text, and how detectors share a text among themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

ADDRESS, MAC, EMAIL, USER, HOST = "address", "mac", "email", "user", "host"
# The type of a secret is this and its name: `secret:aws_key`.
SECRET = "secret:"


class Form(StrEnum):
    """How an address is written."""

    PLAIN = "plain"
    DASHED = "dashed"  # ip-10-0-0-1
    REVERSED = "reversed"  # 1.0.0.10.in-addr.arpa


class Found(NamedTuple):
    """A piece of a text: where it is, what it is, and the normal form of all its spellings."""

    start: int
    end: int
    type: str
    value: str
    form: Form = Form.PLAIN


# Looks at text[start:end] and yields what it finds in order. It may look at what stands around, a few
# characters: the text may be cut into very many such parts.
Detector = Callable[[str, int, int], Iterator[Found]]


def find(text: str, detectors: Iterable[Detector]) -> list[Found]:
    """Return what the detectors find, in order. What one has found, the next ones do not look at."""
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
    """Say whether a text has any of the marks in it: far cheaper than a pattern."""
    for mark in marks:  # noqa: SIM110 - a generator takes twice the time
        if mark in text:
            return True
    return False


def at_marks(
    pattern: re.Pattern[str], marks: Sequence[str], text: str, start: int, end: int
) -> Iterator[re.Match[str]]:
    """Yield the matches that begin with one of the marks, which are in lower case, in no order.

    To look for the marks and try the pattern only there is far cheaper than to try it everywhere.
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
            # Not inside a match again: many would each run to the end of the text.
            at = lower.find(mark, at + len(mark) if match is None else match.end() - start)


def _between(found: Sequence[Found], length: int) -> Iterator[tuple[int, int]]:
    at = 0
    for item in found:
        if item.start > at:
            yield at, item.start
        at = item.end
    if at < length:
        yield at, length
