"""The formats and compressions that a shard can be written in, and what goes with what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class OutputFormat(StrEnum):
    """How rows are laid out in a shard."""

    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"


class Compression(StrEnum):
    """How a shard is made smaller: the whole file for text formats, within the file for the others."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"


TEXT_FORMATS = (OutputFormat.JSON, OutputFormat.JSONL, OutputFormat.CSV)

_COMPRESSIONS = {
    OutputFormat.JSON: (Compression.NONE, Compression.GZIP, Compression.ZSTD),
    OutputFormat.JSONL: (Compression.NONE, Compression.GZIP, Compression.ZSTD),
    OutputFormat.CSV: (Compression.NONE, Compression.GZIP, Compression.ZSTD),
    OutputFormat.PARQUET: (Compression.NONE, Compression.GZIP, Compression.ZSTD),
    OutputFormat.ARROW: (Compression.NONE, Compression.ZSTD),
}
_SUFFIXES = {Compression.NONE: "", Compression.GZIP: ".gz", Compression.ZSTD: ".zst"}


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How a shard is written.

    `csv_escape_formulas` puts an apostrophe before CSV text that a spreadsheet would run. `metadata` is the
    `export_metadata` of a JSON document; without it the document is a bare array. Other formats ignore it.
    """

    format: OutputFormat
    compression: Compression
    csv_escape_formulas: bool = True
    metadata: Mapping[str, Any] | None = None


def resolve_compression(format: OutputFormat, requested: bool | str) -> Compression:
    """Return the compression that `requested` means for `format`.

    True is the one that the format's readers open by themselves: gzip for text, zstd for Parquet and Arrow.
    Raises ValueError, naming what the format has, for anything else that it lacks.
    """
    if requested is False:
        return Compression.NONE
    if requested is True:
        return Compression.GZIP if format in TEXT_FORMATS else Compression.ZSTD
    allowed = _COMPRESSIONS[format]
    if requested not in allowed:
        names = ", ".join(allowed)
        raise ValueError(f"{format} cannot be compressed with {requested!r}; it has: {names}")
    return Compression(requested)


def extension(format: OutputFormat, compression: Compression) -> str:
    """Return the file name's ending, with the dot. Only text formats show their compression in it."""
    return f".{format}" + (_SUFFIXES[compression] if format in TEXT_FORMATS else "")
