"""Decompresses gzip, zstd, bzip2 and xz in bounded reads, and refuses data that expands too far.

A read returns at most the bytes that were asked for, whatever the data claims. Its time is linear in the
bytes read and returned, also with many empty members. The windows of zstd and xz are at most 128 MiB.
"""

from __future__ import annotations

import bz2
import lzma
import re
from collections.abc import Callable
from io import IOBase
from typing import Any, Protocol, cast

import pyarrow as pa
from isal import igzip_lib
from isal.igzip_lib import IsalError

from lumber.errors import IngestError
from lumber.ingest.limits import Limits

_GZIP, _ZSTD, _XZ = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\x00"
# The first block, or the end of a file without blocks: `BZh1` alone may begin a line of text.
_BZIP2 = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
MAGIC_BYTES = 10
_PIECE_BYTES = 256 * 1024
# The first bytes given to a member. What a short member leaves over is copied, so it must not be much.
_FIRST_BYTES = 1024
_TOO_MUCH_MEMORY = {
    "requires too much memory": "its window is larger than 128 MiB; compress it again without --long",
    "Memory usage limit exceeded": "its dictionary is larger than 128 MiB; compress it again with -9",
}
# liblzma needs a little more than its window.
_XZ_MEMORY_BYTES = 132 * 1024**2


class Readable(Protocol):
    """Anything that returns bytes until it returns none."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        ...


def is_compressed(head: bytes) -> bool:
    """Say whether the first `MAGIC_BYTES` of data are those of a known compression."""
    return head.startswith((_GZIP, _ZSTD, _XZ)) or _BZIP2.match(head) is not None


class Decompressed:
    """The content of compressed data, one member after another, within limits."""

    def __init__(self, name: str, stream: Readable, limits: Limits) -> None:
        self._name, self._limits = name, limits
        self._compressed = _Counted(stream)
        self._size = 0
        head = self._compressed.peek(MAGIC_BYTES)
        self._codec = _zstd(self._compressed) if head.startswith(_ZSTD) else _members(head, self._compressed)

    @property
    def compressed_bytes(self) -> int:
        """How many compressed bytes were read."""
        return self._compressed.size

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes. Raises IngestError if the data is damaged, incomplete or a bomb."""
        try:
            data = self._codec.read(size)
        except (IsalError, lzma.LZMAError, EOFError, pa.ArrowException, OSError) as error:  # type: ignore[misc]  # the stub hides its base
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise self._damaged(str(error)) from None
        self._size += len(data)
        self._limits.check(self._name, self._size, self._compressed.size)
        return data

    def _damaged(self, reason: str) -> IngestError:
        reason = next((said for text, said in _TOO_MUCH_MEMORY.items() if text in reason), reason)
        return IngestError(
            f"The compressed data of {self._name} is damaged: {reason}. Lines before that may be loaded. "
            "Repair the file and run the same command again."
        )


class _Counted:
    """A stream as pyarrow wants it, which counts the bytes that were read from it."""

    closed = False

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._head = b""
        self.size = 0

    def peek(self, size: int) -> bytes:
        """Return the next bytes; they are read again later."""
        while len(self._head) < size and (piece := self._stream.read(size - len(self._head))):
            self._head += piece
        return self._head

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        data, self._head = self._head[:size], self._head[size:]
        data = data or self._stream.read(size)
        self.size += len(data)
        return data

    def close(self) -> None:
        """Do nothing: the owner of the stream closes it."""


def _zstd(stream: _Counted) -> Readable:
    source = pa.PythonFile(cast(IOBase, stream), mode="r")
    return cast(Readable, pa.CompressedInputStream(source, "zstd"))


def _members(head: bytes, stream: Readable) -> Readable:
    if head.startswith(_GZIP):
        return _Members(stream, lambda: igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP))
    if head.startswith(_XZ):
        return _Members(stream, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES))
    return _Members(stream, bz2.BZ2Decompressor)


class _Members:
    """The content of gzip, bzip2 or xz data.

    `codec` makes the decompressor of a member; all have the interface of the standard library.
    Raises the codec's error if the data is damaged, EOFError if it is incomplete.
    """

    def __init__(self, stream: Readable, codec: Callable[[], Any]) -> None:
        self._stream = stream
        self._codec = codec
        self._member: Any = None
        self._piece = memoryview(b"")
        self._at = 0
        self._next_bytes = _FIRST_BYTES

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        while self._member is not None or self._begin():
            if data := self._step(size):
                return data
        return b""

    def _begin(self) -> bool:
        """Begin the next member; false at the end of the stream."""
        while self._has_input():
            head = bytes(self._piece[self._at : self._at + _FIRST_BYTES])
            if rest := head.lstrip(b"\0"):  # gzip and xz allow zeros as padding
                self._at += len(head) - len(rest)
                self._member = self._codec()
                self._next_bytes = _FIRST_BYTES
                return True
            self._at += len(head)
        return False

    def _has_input(self) -> bool:
        if self._at == len(self._piece):
            self._piece, self._at = memoryview(self._stream.read(_PIECE_BYTES)), 0
        return self._at < len(self._piece)

    def _step(self, size: int) -> bytes:
        member, given = self._member, memoryview(b"")
        if member.needs_input:
            if not self._has_input():
                raise EOFError("it is incomplete")
            given = self._piece[self._at : self._at + self._next_bytes]
            self._at += len(given)
            self._next_bytes = min(2 * self._next_bytes, _PIECE_BYTES)
        data: bytes = member.decompress(given, size)
        if member.eof:
            # It is the end of what was given last.
            self._at -= len(member.unused_data)
            self._member = None
        return data
