"""Divides the stream of a TCP connection into messages (RFC 6587), without any input or output.

The first bytes of a connection tell its framing: `50 <34>1 ...` is octet counting, anything else is divided
by newlines. RFC 5425 (TLS) uses octet counting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_COUNT = re.compile(rb"[\r\n\x00 ]*([1-9][0-9]{0,8}) ")
# What may still become a count.
_BEGINNING = re.compile(rb"[\r\n\x00 ]*(?:[1-9][0-9]{0,8})?$")
_COUNTED = re.compile(rb"[1-9][0-9]{0,8} [<{]")
_UNDECIDED = re.compile(rb"[1-9][0-9]{0,8} ?$")
_SHOWN_BYTES = 80


class Flaw(StrEnum):
    """What is wrong with the frame of a message."""

    NONE = "-"
    TOO_LONG = "L"
    INCOMPLETE = "I"
    UNCOUNTED = "U"


@dataclass(frozen=True, slots=True)
class Frame:
    """A message without its framing."""

    text: bytes
    flaw: Flaw = Flaw.NONE


class BadFrame(Exception):
    """The stream can't be divided any further. `frames` were before that."""

    def __init__(self, reason: str, frames: list[Frame]) -> None:
        super().__init__(reason)
        self.frames = frames


class FrameSplitter:
    """The state of one connection: the bytes of a message whose end has not come, at most `limit`."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = b""
        self._is_counted: bool | None = None
        # Bytes of a message that is too long: how many are left (counted), or until the next newline.
        self._skipped = 0
        self._is_skipping_line = False

    def feed(self, data: bytes) -> list[Frame]:
        """Return the messages that end in `data`. Raises BadFrame."""
        text = self._rest + data
        if self._is_counted is None:
            if _UNDECIDED.match(text):
                self._rest = text
                return []
            self._is_counted = _COUNTED.match(text) is not None
        frames: list[Frame] = []
        self._rest = self._counted(text, frames) if self._is_counted else self._lines(text, frames)
        return frames

    def end(self, *, is_cut: bool = False) -> list[Frame]:
        """Return what is left at the end of a connection; `is_cut` if it was not the sender who ended it."""
        count = _COUNT.match(self._rest) if self._is_counted else None
        text = self._rest[count.end() if count is not None else 0 :].strip(b"\r\n\x00")
        self._rest = b""
        if not text:
            return []
        return [Frame(text, Flaw.INCOMPLETE if self._is_counted or is_cut else Flaw.NONE)]

    def _counted(self, text: bytes, frames: list[Frame]) -> bytes:
        skipped = min(self._skipped, len(text))
        self._skipped -= skipped
        at = skipped
        while at < len(text):
            count = _COUNT.match(text, at)
            if count is None:
                if _BEGINNING.match(text, at):
                    break
                shown = text[at : at + _SHOWN_BYTES]
                frames.append(Frame(shown, Flaw.UNCOUNTED))
                raise BadFrame(f"no number of bytes before a message: {shown!r}", frames)
            size, begin = int(count.group(1)), count.end()
            if size > self._limit:
                frames.append(Frame(text[begin : begin + self._limit], Flaw.TOO_LONG))
                self._skipped = max(0, begin + size - len(text))
                at = min(begin + size, len(text))
            elif begin + size > len(text):
                break
            else:
                _add(frames, text[begin : begin + size])
                at = begin + size
        return text[at:]

    def _lines(self, text: bytes, frames: list[Frame]) -> bytes:
        *lines, rest = text.split(b"\n")
        for line in lines:
            if self._is_skipping_line:
                self._is_skipping_line = False
            elif len(line) > self._limit:
                frames.append(Frame(line[: self._limit], Flaw.TOO_LONG))
            else:
                _add(frames, line)
        if self._is_skipping_line:
            return b""
        if len(rest) > self._limit:
            frames.append(Frame(rest[: self._limit], Flaw.TOO_LONG))
            self._is_skipping_line = True
            return b""
        return rest


def _add(frames: list[Frame], text: bytes) -> None:
    # Empty lines keep a connection open.
    if text := text.rstrip(b"\r\n\x00"):
        frames.append(Frame(text))
