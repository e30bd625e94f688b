"""Reads from an Arrow file how large its record batches become, before anything is decompressed.

Arrow makes room for what a compressed buffer claims to hold, and a few bytes of zstd can hold gigabytes. The
layout is that of arrow.apache.org/docs/format/Columnar.html, its metadata are flatbuffers
(flatbuffers.dev/internals).
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

_MAGIC = b"ARROW1"
_CONTINUATION = 0xFFFFFFFF
_BLOCK, _BUFFER = struct.Struct("<qixxxxq"), struct.Struct("<qq")
# The places of fields in their tables.
_FOOTER_BATCHES, _MESSAGE_HEADER, _MESSAGE_BODY_LENGTH = 3, 2, 3
_BATCH_LENGTH, _BATCH_BUFFERS, _BATCH_COMPRESSION = 0, 2, 3
_NOT_COMPRESSED = -1


@dataclass(frozen=True, slots=True)
class BatchLayout:
    """Where a record batch is: its metadata, and the bytes of its body after them."""

    offset: int
    metadata_bytes: int


class ArrowLayout:
    """The record batches of an open file. Methods raise ValueError if the file isn't an Arrow file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = os.fstat(file.fileno()).st_size
        end = self._read(self._size - len(_MAGIC) - 4, len(_MAGIC) + 4)
        length = int.from_bytes(end[:4], "little", signed=True)
        if not end.endswith(_MAGIC) or length <= 0:
            raise ValueError("it is not an Arrow file")
        footer = _Table.root(self._read(self._size - len(end) - length, length))
        blocks = footer.vector(_FOOTER_BATCHES, _BLOCK.size)
        self.batches = [BatchLayout(offset, metadata) for offset, metadata, _ in _BLOCK.iter_unpack(blocks)]

    def rows(self, batch: BatchLayout) -> int:
        """Return the number of rows of a batch. Only its metadata are read."""
        header = self._message(batch).table(_MESSAGE_HEADER)
        rows = 0 if header is None else header.long(_BATCH_LENGTH)
        if rows < 0:
            raise ValueError("a record batch has a negative length")
        return rows

    def expanded_bytes(self, batch: BatchLayout) -> int:
        """Return the bytes of a batch's buffers, decompressed."""
        message = self._message(batch)
        body = batch.offset + batch.metadata_bytes
        self._require(body, message.long(_MESSAGE_BODY_LENGTH))
        header = message.table(_MESSAGE_HEADER)
        if header is None:
            raise ValueError("a record batch has no header")
        is_compressed = header.table(_BATCH_COMPRESSION) is not None
        buffers = _BUFFER.iter_unpack(header.vector(_BATCH_BUFFERS, _BUFFER.size))
        return sum(self._buffer(body + offset, length, is_compressed) for offset, length in buffers)

    def _message(self, batch: BatchLayout) -> _Table:
        metadata = self._read(batch.offset, batch.metadata_bytes)
        prefix = 8 if metadata[:4] == _CONTINUATION.to_bytes(4, "little") else 4
        return _Table.root(metadata[prefix:])

    def _buffer(self, offset: int, length: int, is_compressed: bool) -> int:
        self._require(offset, length)
        if not is_compressed or not length:
            return length
        claimed = int.from_bytes(self._read(offset, 8), "little", signed=True)
        if claimed < _NOT_COMPRESSED:
            raise ValueError("a buffer has a negative length")
        return length if claimed == _NOT_COMPRESSED else claimed

    def _read(self, offset: int, length: int) -> bytes:
        self._require(offset, length)
        self._file.seek(offset)
        return self._file.read(length)

    def _require(self, offset: int, length: int) -> None:
        if offset < 0 or length < 0 or offset + length > self._size:
            raise ValueError("a part of it would lie outside the file")


class _Table:
    """A table of a flatbuffer."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at
        self._fields = at - _number(data, at, "<i")
        self._fields_bytes = _number(data, self._fields, "<H")

    @classmethod
    def root(cls, data: bytes) -> _Table:
        """Return the table that a flatbuffer begins with."""
        return cls(data, _number(data, 0, "<I"))

    def long(self, field: int) -> int:
        """Return a field of 64 bits; 0 if it is missing."""
        at = self._place(field)
        return 0 if at is None else _number(self._data, at, "<q")

    def table(self, field: int) -> _Table | None:
        """Return a table inside."""
        at = self._place(field)
        return None if at is None else _Table(self._data, at + _number(self._data, at, "<I"))

    def vector(self, field: int, item_bytes: int) -> bytes:
        """Return the bytes of a vector's structs; none if it is missing."""
        at = self._place(field)
        if at is None:
            return b""
        at += _number(self._data, at, "<I")
        end = at + 4 + _number(self._data, at, "<I") * item_bytes
        if end > len(self._data):
            raise ValueError("its metadata are damaged")
        return self._data[at + 4 : end]

    def _place(self, field: int) -> int | None:
        entry = 4 + 2 * field
        if entry + 2 > self._fields_bytes:
            return None
        offset = _number(self._data, self._fields + entry, "<H")
        return self._at + offset if offset else None


def _number(data: bytes, at: int, format: str) -> int:
    if at < 0 or at + struct.calcsize(format) > len(data):
        raise ValueError("its metadata are damaged")
    number: int = struct.unpack_from(format, data, at)[0]
    return number
