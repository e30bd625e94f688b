"""A part of an open file as a stream."""

from __future__ import annotations

import os

from lumber.errors import SourceChanged


class FileSlice:
    """The bytes from `start` to `end` of an open file, whatever is written after them."""

    def __init__(self, name: str, handle: int, start: int, end: int) -> None:
        self._name, self._handle = name, handle
        self._at, self._end = start, end

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end. Raises SourceChanged if the file became shorter."""
        wanted = min(size, self._end - self._at)
        data = os.pread(self._handle, wanted, self._at) if wanted else b""
        if wanted and not data:
            raise SourceChanged(f"{self._name} was truncated while it was read.")
        self._at += len(data)
        return data
