"""Sends bytes through a pipe in frames, so that the end of a file differs from the death of its sender.

A frame is its length, in four bytes (big-endian), and that many bytes. An empty frame ends the content.
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
    """Reads frames from a pipe. As a stream, it returns their content up to the empty frame."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._left = 0
        self._is_ended = False

    def message(self) -> bytes:
        """Return the next frame as a whole. Raises UploadInterrupted if the sender is gone."""
        return self._exactly(self._next_length())

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end. Raises UploadInterrupted if the sender is gone."""
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
            raise UploadInterrupted(
                "The file was not sent completely. Send it again: the load continues where it stopped."
            )
        return data
