"""Reads the footer of a Parquet file: its column chunks, before Arrow makes anything of it.

Arrow takes up to 700 bytes of memory for three bytes of a footer. It ends the process if it is asked for the
metadata of a column chunk that contradicts the schema. So files from elsewhere are read here first. Fields
have their numbers from parquet.thrift (github.com/apache/parquet-format).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from lumber.formats.thrift import ThriftReader, TooManyItems

# It ends with its length and a word of four letters.
_END_BYTES = 8
# Of 500 row groups of Lumber.
_OWN_BYTES = 2 * 1024 * 1024
_LONGEST_BYTES = 32 * 1024 * 1024
_MOST_STRUCTS = 700_000
# FileMetaData, RowGroup, ColumnChunk.
_ROW_GROUPS, _COLUMNS, _META_DATA = 4, 1, 3
# ColumnMetaData: sizes, offsets of the first data page and of the dictionary, and statistics.
_UNCOMPRESSED, _COMPRESSED, _DATA_PAGE, _DICTIONARY_PAGE, _STATISTICS = 6, 7, 9, 11, 12
# Statistics: the smallest and the largest value, as old and as new writers have them.
_BOUNDS = (1, 2, 5, 6)


class FooterTooLarge(ValueError):
    """A footer takes too much memory; the message continues a sentence that begins with "its footer"."""


@dataclass(frozen=True, slots=True)
class ColumnChunk:
    """The values of a column in a row group. `offset` is that of its first page, `bounds` are statistics."""

    offset: int
    compressed_bytes: int
    uncompressed_bytes: int
    bounds: tuple[bytes, ...]


def require_short_footer(file: BinaryIO) -> None:
    """Raise ValueError if a footer is longer than that of any shard that Lumber writes."""
    size, length = _place(file)
    if length > _OWN_BYTES + size // 100:
        raise ValueError(f"its footer is longer than {_OWN_BYTES:,} bytes and a hundredth of the file")


def column_chunks(file: BinaryIO) -> list[list[ColumnChunk]]:
    """Return the column chunks of each row group. Raises FooterTooLarge, or ValueError if it is damaged.

    Other writers make small row groups, so a footer may be long. What its lists hold is limited.
    """
    size, length = _place(file)
    if length > _LONGEST_BYTES:
        raise FooterTooLarge(f"is longer than {_LONGEST_BYTES:,} bytes")
    file.seek(max(0, size - _END_BYTES - length))
    reader = ThriftReader(file.read(length), most_structs=_MOST_STRUCTS)
    file.seek(0)
    try:
        return list(_row_groups(reader))
    except TooManyItems:
        raise FooterTooLarge(f"lists more than {_MOST_STRUCTS:,} parts of the file") from None
    except (IndexError, ValueError):
        raise ValueError("its footer is damaged") from None


def by_leaf(
    groups: Sequence[Sequence[ColumnChunk]], leaves: Sequence[str]
) -> Iterator[list[tuple[str, ColumnChunk]]]:
    """Yield the column chunks of each row group with their columns; `leaves` are those of the schema.

    Raises ValueError if a row group hasn't one for each. Chunks also name their column, but not reliably.
    """
    for group in groups:
        if len(group) != len(leaves):
            raise ValueError("a row group has more or fewer columns than the file")
        yield list(zip(leaves, group, strict=True))


def _place(file: BinaryIO) -> tuple[int, int]:
    """Return the size of a file, and the length that it states for its footer."""
    size = os.fstat(file.fileno()).st_size
    file.seek(max(0, size - _END_BYTES))
    length = int.from_bytes(file.read(4), "little")
    file.seek(0)
    return size, length


def _row_groups(reader: ThriftReader) -> Iterator[list[ColumnChunk]]:
    for number, type_ in reader.fields():
        if number != _ROW_GROUPS:
            reader.value(type_)
            continue
        for _ in reader.structs(type_):
            yield _columns(reader)


def _columns(reader: ThriftReader) -> list[ColumnChunk]:
    found: list[ColumnChunk] = []
    for number, type_ in reader.fields():
        if number != _COLUMNS:
            reader.value(type_)
            continue
        found += [_chunk(reader.struct().get(_META_DATA)) for _ in reader.structs(type_)]
    return found


def _chunk(meta: Any) -> ColumnChunk:
    if not isinstance(meta, dict):
        raise ValueError("a column chunk without metadata")
    start, dictionary = _number(meta, _DATA_PAGE), meta.get(_DICTIONARY_PAGE)
    if isinstance(dictionary, int) and 0 < dictionary < start:
        start = dictionary
    statistics = meta.get(_STATISTICS)
    bounds = (statistics.get(each) for each in _BOUNDS) if isinstance(statistics, dict) else ()
    return ColumnChunk(
        start,
        _number(meta, _COMPRESSED),
        _number(meta, _UNCOMPRESSED),
        tuple(bound for bound in bounds if isinstance(bound, bytes)),
    )


def _number(fields: dict[int, Any], number: int) -> int:
    value = fields.get(number)
    if not isinstance(value, int):
        raise ValueError("a number is missing")
    return value
