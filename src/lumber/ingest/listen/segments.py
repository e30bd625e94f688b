"""A segment: a file of the spool with messages as they arrived, each with its sender and the time.

lumber spool 1
<bytes> <microseconds since 1970> <address of the sender> <flaw>
<message>
...
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lumber.ingest.listen.framing import Flaw

MAGIC = b"lumber spool 1\n"
_HEADER = re.compile(rb"([0-9]{1,10}) ([0-9]{1,18}) ([0-9A-Za-z.:%_-]{1,80}) ([-LIU])\n")


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it arrived at `received_us`, microseconds since 1970, from the address `peer`."""

    text: bytes
    peer: str
    received_us: int
    flaw: Flaw = Flaw.NONE

    def packed(self) -> bytes:
        """Return the message as it is in a segment."""
        header = f"{len(self.text)} {self.received_us} {self.peer} {self.flaw}\n"
        return b"%s%s\n" % (header.encode(), self.text)


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment that is written to no more. `day` is the day (UTC) on which it was begun, as 20241231."""

    path: Path
    size_bytes: int

    @property
    def name(self) -> str:
        """The name of the file: no other segment has it."""
        return self.path.name

    @property
    def day(self) -> str:
        """The day on which the segment was begun."""
        return self.path.name.partition("-")[0]


def unpacked(content: bytes) -> tuple[list[Message], int]:
    """Return the messages of a segment, and how many bytes at its end are not whole messages.

    A crash of the machine may leave such bytes: they were never acknowledged.
    """
    found: list[Message] = []
    at = len(MAGIC) if content.startswith(MAGIC) else len(content)
    if not at or not content.startswith(MAGIC):
        return found, len(content)
    while header := _HEADER.match(content, at):
        end = header.end() + int(header[1])
        if content[end : end + 1] != b"\n":
            break
        text, peer = content[header.end() : end], header[3].decode()
        found.append(Message(text, peer, int(header[2]), Flaw(header[4].decode())))
        at = end + 1
    return found, len(content) - at


def pack(messages: Iterable[Message]) -> bytes:
    """Return messages as they are in a segment, without its first line."""
    return b"".join(message.packed() for message in messages)
