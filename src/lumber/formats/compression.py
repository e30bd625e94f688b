"""Compress a stream of text so that the same text always gives the same bytes, and read it back.

isal and zstandard write, pyarrow reads: a fault of one library can't hide itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import IO, BinaryIO, Literal, Protocol, cast

import pyarrow as pa

from lumber.formats.sink import ByteData, HashingFile

BLOCK_BYTES = 1024 * 1024
GZIP_LEVEL = 2
ZSTD_LEVEL = 3
# zlib's number for "a gzip header": isal writes it without a name and with time 0.
_GZIP_WINDOW = 31


class Compression(StrEnum):
    """A codec. A text format compresses the whole file with it, the other formats parts of the file."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"

    @property
    def suffix(self) -> str:
        """Return what a compressed file's name ends with, after the suffix of its format."""
        return _SUFFIXES[self]

    @property
    def media_type(self) -> str:
        """Return the media type of a compressed file."""
        return _MEDIA_TYPES[self]


_SUFFIXES = {Compression.NONE: "", Compression.GZIP: ".gz", Compression.ZSTD: ".zst"}
_MEDIA_TYPES = {
    Compression.NONE: "application/octet-stream",
    Compression.GZIP: "application/gzip",
    Compression.ZSTD: "application/zstd",
}


class _Encoder(Protocol):
    def compress(self, data: ByteData, /) -> bytes: ...

    def flush(self) -> bytes: ...


class CompressedStream:
    """Sends text to a sink through a compressor, in blocks of one size.

    isal's output depends on how its input is cut (measured: three block sizes, three results). So the text
    is cut again here, and the batch size of an export doesn't show in its bytes.
    """

    def __init__(self, sink: HashingFile, compression: Compression) -> None:
        self._sink = sink
        self._encoder = _encoder(compression)
        self._pending = bytearray()

    def write(self, data: ByteData) -> None:
        """Take in text, and send the blocks that are full to the sink."""
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
        """Send the last block and the end of the compressed stream."""
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
            from isal import isal_zlib

            return isal_zlib.compressobj(GZIP_LEVEL, isal_zlib.DEFLATED, _GZIP_WINDOW)
        case Compression.ZSTD:
            import zstandard

            return zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True).compressobj()


@contextmanager
def open_decompressed(file: BinaryIO, compression: Compression) -> Iterator[IO[bytes]]:
    """Open a file's uncompressed content from its beginning; `file` stays open."""
    file.seek(0)
    # A reader may close what it reads from: it gets a copy of the handle.
    with os.fdopen(os.dup(file.fileno()), "rb") as copy:
        if compression is Compression.NONE:
            yield copy
            return
        with pa.CompressedInputStream(pa.PythonFile(copy, mode="r"), _codec(compression)) as stream:
            yield cast(IO[bytes], stream)


@contextmanager
def open_decompressed_native(file: BinaryIO, compression: Compression) -> Iterator[pa.NativeFile]:
    """Open a file's uncompressed content for a reader that reads ahead in threads of its own.

    Such a thread must not call Python: at the end of the program that would abort the process.
    """
    with pa.OSFile(f"/dev/fd/{file.fileno()}", "rb") as copy:
        if compression is Compression.NONE:
            yield copy
            return
        with pa.CompressedInputStream(copy, _codec(compression)) as stream:
            yield stream


def _codec(compression: Compression) -> Literal["gzip", "zstd"]:
    return cast(Literal["gzip", "zstd"], compression.value)
