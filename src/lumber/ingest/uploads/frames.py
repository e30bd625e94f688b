"""Bytes through a pipe, in frames, so that the end of a file can be told from the end of its sender.

A frame is its length, four bytes with the highest first, and as many bytes. An empty one ends the content.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from lumber.errors import UploadInterrupted

_LENGTH = struct.Struct(">I")
END = _LENGTH.pack(0)


def frame(data: bytes) -> bytes:
    """Return `data`, of at least one byte, as a frame."""
    return _LENGTH.pack(len(data)) + data


class FrameReader:
    """Reads frames from a pipe. As a stream it is their content, up to the empty one."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._left = 0
        self._is_ended = False

    def message(self) -> bytes:
        """Return the next frame whole. Raises UploadInterrupted when the sender is gone."""
        return self._exactly(self._next_length())

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end. Raises UploadInterrupted when the sender is gone."""
        if not self._left and not self._is_ended:
            self._left = self._next_length()
            self._is_ended = self._left == 0
        data = self._exactly(min(size, self._left))
        self._left -= len(data)
        return data

    def _next_length(self) -> int:
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        return int(length)

    def _exactly(self, size: int) -> bytes:
        data = self._pipe.read(size)
        if len(data) < size:
            raise UploadInterrupted("The file was not sent to its end. Send it again: the load goes on.")
        return data
