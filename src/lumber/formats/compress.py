"""Compress a stream of text so that the same text always gives the same bytes."""

from __future__ import annotations

from typing import Protocol

import zstandard
from isal import isal_zlib

from lumber.formats.options import Compression
from lumber.formats.sink import ByteData, HashingFile

BLOCK_BYTES = 1024 * 1024
_GZIP_LEVEL = 2
_ZSTD_LEVEL = 3
# zlib's number for "a gzip header": isal writes it without a name and with time 0.
_GZIP_WINDOW = 31


class _Encoder(Protocol):
    def compress(self, data: ByteData, /) -> bytes: ...

    def flush(self) -> bytes: ...


class CompressedStream:
    """Sends text to a sink through a compressor, in blocks of one size.

    isal's output depends on how its input is cut (measured: three block sizes, three results), so the text
    is cut anew; the batch size of an export then leaves no trace in its bytes.
    """

    def __init__(self, sink: HashingFile, compression: Compression) -> None:
        self._sink = sink
        self._encoder = _encoder(compression)
        self._pending = bytearray()

    def write(self, data: ByteData) -> None:
        """Take text in; whole blocks go on to the sink."""
        if self._encoder is None:
            self._sink.write(data)
            return
        view = memoryview(data).cast("B")
        missing = BLOCK_BYTES - len(self._pending)
        self._pending += view[:missing]
        if len(self._pending) < BLOCK_BYTES:
            return
        self._compress(self._encoder, self._pending)
        self._pending = bytearray()
        for start in range(missing, len(view), BLOCK_BYTES):
            block = view[start : start + BLOCK_BYTES]
            if len(block) == BLOCK_BYTES:
                self._compress(self._encoder, block)
            else:
                self._pending += block

    def finish(self) -> None:
        """Send the last block and the compressor's end."""
        if self._encoder is not None:
            self._compress(self._encoder, self._pending)
            self._sink.write(self._encoder.flush())

    def _compress(self, encoder: _Encoder, block: ByteData) -> None:
        compressed = encoder.compress(block)
        if compressed:
            self._sink.write(compressed)


def _encoder(compression: Compression) -> _Encoder | None:
    match compression:
        case Compression.NONE:
            return None
        case Compression.GZIP:
            return isal_zlib.compressobj(_GZIP_LEVEL, isal_zlib.DEFLATED, _GZIP_WINDOW)
        case Compression.ZSTD:
            return zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True).compressobj()
