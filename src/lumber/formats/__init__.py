"""Output formats: one module each, with its `FORMAT`. Writers and readers come from here.

>>> writer = open_shard(path, schema, WriteOptions("parquet", Compression.ZSTD))
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

from lumber.formats.compression import Compression
from lumber.formats.format import Format, WriteOptions
from lumber.formats.registry import all_formats, get_format
from lumber.formats.shard import ShardWriter, WrittenFile
from lumber.formats.sink import HashingFile

__all__ = [
    "Compression",
    "Format",
    "ShardWriter",
    "WriteOptions",
    "WrittenFile",
    "all_formats",
    "extension",
    "get_format",
    "open_shard",
    "resolve_compression",
]


def open_shard(path: Path, schema: pa.Schema, options: WriteOptions) -> ShardWriter:
    """Create the file at `path`, which must not exist yet, and return the writer for its format.

    Raises ValueError for a compression that the format lacks; DiskFull, OutputOccupied or OutputUnwritable
    if the file can't be made.
    """
    format = get_format(options.format)
    format.resolve_compression(options.compression)
    sink = HashingFile(path)
    try:
        return format.writer(sink, schema, options)
    except BaseException:
        sink.abort()
        raise


def resolve_compression(format: str, requested: bool | str) -> Compression:
    """Return the codec that a config's `compression` means for a format. Raises ValueError."""
    return get_format(format).resolve_compression(requested)


def extension(format: str, compression: Compression) -> str:
    """Return what the names of a format's files end with, with the dot. Raises ValueError."""
    return get_format(format).extension(compression)
