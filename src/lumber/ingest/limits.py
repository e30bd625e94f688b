"""Limits on what a source may expand to, so that a small file can't take all memory or time."""

from __future__ import annotations

from dataclasses import dataclass

from lumber.errors import IngestError
from lumber.files.expansion import excess
from lumber.settings import Settings
from lumber.text import counted

# orjson writes at most 254 levels.
JSON_DEPTH = 200


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one load.

    `decompressed_bytes` and `compression_ratio` (see `files/expansion.py`) refuse a source, as do `columns`
    of a CSV or Parquet file. A line longer than `line_bytes` and a record with more fields than `columns` are
    rejects, and so are lines that continue a record of `record_lines`. A load of which more than
    `rejected_share` was rejected counts as failed; its rows stay.
    """

    decompressed_bytes: int = 1024**4
    compression_ratio: float = 1_000.0
    line_bytes: int = 16 * 1024**2
    columns: int = 10_000
    rejected_share: float = 0.9
    record_lines: int = 1_000

    def check(self, name: str, size: int, compressed: int) -> None:
        """Raise IngestError if `compressed` bytes of the source `name` expand to `size` bytes, too many."""
        reason = excess(size, compressed, self.decompressed_bytes, self.compression_ratio)
        if reason is None:
            return
        raise IngestError(
            f"The compressed data of {name} expands to more than {reason}. Lines before that may be loaded. "
            "If you trust the file, raise the limit and run the same command again."
        )

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """Return the limits that the operator set."""
        return cls(
            settings.max_decompressed_bytes,
            settings.max_compression_ratio,
            settings.max_line_bytes,
            settings.max_columns,
            settings.max_rejected_share,
            settings.max_record_lines,
        )


def is_too_deep(text: str, depth: int = JSON_DEPTH) -> bool:
    """Return whether the brackets of a JSON text nest deeper than `depth`.

    Brackets in strings don't count.
    """
    if text.count("[") + text.count("{") <= depth:
        return False  # almost every text
    level = 0
    is_string = is_escaped = False
    for character in text:
        if is_string:
            if is_escaped:
                is_escaped = False
            elif character == "\\":
                is_escaped = True
            elif character == '"':
                is_string = False
        elif character == '"':
            is_string = True
        elif character in "[{":
            level += 1
            if level > depth:
                return True
        elif character in "]}":
            level -= 1
    return False


def require_columns(name: str, columns: int, limit: int) -> None:
    """Raise IngestError if the table `name` has too many columns."""
    if columns > limit:
        raise IngestError(
            f"{name} has {counted(columns, 'column')}, and LUMBER_MAX_COLUMNS allows {limit:,}. "
            "Leave out columns, or raise the limit."
        )
