"""Write batches of rows to shards: Parquet, Arrow, CSV, JSON Lines and JSON.

>>> writer = open_shard(path, schema, WriteOptions(OutputFormat.PARQUET, Compression.ZSTD))
>>> try:
...     for batch in batches:
...         writer.write(batch)
...     file = writer.close()
... except BaseException:
...     writer.abort()
...     raise
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from lumber.formats.options import (
    Compression,
    OutputFormat,
    WriteOptions,
    extension,
    resolve_compression,
)
from lumber.formats.shard import ShardWriter, WrittenFile
from lumber.formats.sink import HashingFile

__all__ = [
    "Compression",
    "OutputFormat",
    "ShardWriter",
    "WriteOptions",
    "WrittenFile",
    "extension",
    "open_shard",
    "resolve_compression",
]


def open_shard(path: Path, schema: pa.Schema, options: WriteOptions) -> ShardWriter:
    """Create the file at `path`, which must not exist yet, and return the writer for its format.

    Raises ValueError for a compression that the format lacks; DiskFull, OutputOccupied or OutputUnwritable
    when the file cannot be made.
    """
    resolve_compression(options.format, options.compression)
    sink = HashingFile(path)
    try:
        return _writer(sink, schema, options)
    except BaseException:
        sink.abort()
        raise


def _writer(sink: HashingFile, schema: pa.Schema, options: WriteOptions) -> ShardWriter:
    # The process that only hands partitions out does not load any of them.
    match options.format:
        case OutputFormat.PARQUET:
            from lumber.formats.parquet import ParquetShard

            return ParquetShard(sink, schema, options.compression)
        case OutputFormat.ARROW:
            from lumber.formats.arrow import ArrowShard

            return ArrowShard(sink, schema, options.compression)
        case OutputFormat.CSV:
            from lumber.formats.csv import CsvShard

            return CsvShard(sink, schema, options.compression, escapes_formulas=options.csv_escape_formulas)
        case OutputFormat.JSONL:
            from lumber.formats.jsonl import JsonLinesShard

            return JsonLinesShard(sink, schema, options.compression)
        case OutputFormat.JSON:
            from lumber.formats.json import JsonDocumentShard

            return JsonDocumentShard(sink, schema, options.compression, options.metadata)
