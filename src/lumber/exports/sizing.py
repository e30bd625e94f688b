"""Measures the size of records in an output format."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from lumber.exports.config import ExportConfig
from lumber.files.temporary import process_folder
from lumber.formats import WriteOptions, open_shard


@dataclass(frozen=True, slots=True)
class EncodedSample:
    """Number of records in a file, its bytes, and the bytes of an empty file."""

    rows: int
    bytes: int
    empty_bytes: int

    def bytes_of(self, rows: int) -> float:
        """Estimate the bytes of a file with `rows` such records. Larger files compress slightly better."""
        return self.empty_bytes + (self.bytes - self.empty_bytes) / max(1, self.rows) * rows


def encode_sample(records: pa.RecordBatch, config: ExportConfig) -> EncodedSample:
    """Write the records in the config's format and count the bytes. Keeps no file. Raises OutputError."""
    options = WriteOptions(
        config.output_format, config.resolved_compression, csv_escape_formulas=config.csv_escape_formulas
    )
    with tempfile.TemporaryDirectory(prefix="sample-", dir=process_folder()) as folder:
        empty = _size(Path(folder, "empty"), records.slice(0, 0), options)
        whole = _size(Path(folder, "whole"), records, options) if records.num_rows else empty
    return EncodedSample(records.num_rows, whole, empty)


def _size(path: Path, records: pa.RecordBatch, options: WriteOptions) -> int:
    writer = open_shard(path, records.schema, options)
    try:
        if records.num_rows:
            writer.write(records)
        return writer.close().size_bytes
    except BaseException:
        writer.abort()
        raise
