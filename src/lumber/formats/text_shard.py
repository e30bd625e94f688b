"""What shards of text share: bounded pieces, times as text, a compressed stream."""

from __future__ import annotations

from abc import abstractmethod

import polars as pl
import pyarrow as pa

from lumber.formats.compression import CompressedStream, Compression
from lumber.formats.shard import ShardWriter, pieces
from lumber.formats.sink import ByteData, HashingFile

# Modules that a writer of text loads.
TEXT_LIBRARIES = ("isal.isal_zlib", "zstandard")
# ISO 8601 in UTC with microseconds; the year has four digits from 0001 to 9999.
TIME_FORMAT = "%Y-%m-%dT%H:%M:%S%.6fZ"
# A larger batch is encoded in several pieces: its text is in memory at the same time.
_PIECE_BYTES = 32 * 1024 * 1024


class TextShard(ShardWriter):
    """Turns each piece of a batch into text and sends it through the compressor."""

    def __init__(self, sink: HashingFile, schema: pa.Schema, compression: Compression) -> None:
        super().__init__(sink, schema)
        self._stream = CompressedStream(sink, compression)

    def _write(self, batch: pa.RecordBatch) -> None:
        for piece in pieces(batch, _PIECE_BYTES):
            frame = pl.from_arrow(piece)
            assert isinstance(frame, pl.DataFrame)
            self._write_frame(times_as_text(frame))

    def _finish(self) -> None:
        self._write_end()
        self._stream.finish()

    def _emit(self, data: ByteData) -> None:
        self._stream.write(data)

    @abstractmethod
    def _write_frame(self, frame: pl.DataFrame) -> None:
        """Encode rows whose times are text already."""

    def _write_end(self) -> None:
        """Write what comes after the last row."""


def times_as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Replace every timestamp with its text in UTC, `2026-01-31T12:00:00.000000Z`; a naive one means UTC."""
    texts = []
    for name, dtype in frame.schema.items():
        if isinstance(dtype, pl.Datetime):
            column = pl.col(name)
            if dtype.time_zone not in (None, "UTC"):
                column = column.dt.convert_time_zone("UTC")
            texts.append(column.dt.to_string(TIME_FORMAT))
    return frame.with_columns(texts)
