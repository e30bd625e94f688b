"""Reads the headers of a Parquet file's pages: how large they become, before anything is decompressed.

A page can be up to 2 GiB, and zstd can compress that much to less than 100 kB. The footer also states sizes,
but whoever made the file may have written false ones. Headers are structs of Thrift's compact protocol
(github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md), as parquet.thrift declares them.
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

# As large as the first try and the most that Arrow takes for a header, which may have statistics in it.
_HEADER_BYTES = (1024, 16 * 1024 * 1024)
_DEPTH = 8
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
# The fields of a PageHeader, and of the headers of its types: number of values and encoding.
_UNCOMPRESSED, _COMPRESSED = 2, 3
_VALUES_OF = {5: (1, 2), 7: (1, 2), 8: (1, 4)}
_DICTIONARY = 7
_DELTA_BYTE_ARRAY = 7
_PLAIN_OR_DICTIONARY = frozenset((0, 2, 8))
# 500 row groups of Lumber. The footer ends with its length and a word of four letters.
_FOOTER_BYTES = 2 * 1024 * 1024
_FOOTER_END_BYTES = 8
# In files of other programs. For an item of a list Arrow takes up to 32 bytes, for a struct 700.
_LONGEST_FOOTER_BYTES = 32 * 1024 * 1024
_FOOTER_STRUCTS = 700_000
_ITEMS_OF_A_STRUCT = 16
# What Arrow takes for a value at least while it reads it: levels of lists, and the number in a dictionary.
_VALUE_BYTES = 4


@dataclass(frozen=True, slots=True)
class Page:
    """A page as its header declares it."""

    uncompressed_bytes: int
    values: int
    is_dictionary: bool
    encodings: frozenset[int]

    @property
    def has_shared_prefixes(self) -> bool:
        """Say whether a value may repeat the beginning of the one before."""
        return _DELTA_BYTE_ARRAY in self.encodings

    @property
    def can_be_read_as_dictionary(self) -> bool:
        """Say whether Arrow can read the texts of the page as a dictionary."""
        return self.encodings <= _PLAIN_OR_DICTIONARY


class Pages:
    """The pages of an open file. At most one for each 64 bytes of the file is read, and some."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = os.fstat(file.fileno()).st_size
        self._left = 10_000 + self._size // 64

    def of(self, chunk: Any) -> Iterator[Page]:
        """Yield the pages of a column chunk (`pyarrow.parquet.ColumnChunkMetaData`).

        Raises ValueError if they are not where the footer says, or too many.
        """
        at = chunk.data_page_offset
        if chunk.has_dictionary_page and 0 < chunk.dictionary_page_offset < at:
            at = chunk.dictionary_page_offset
        end = at + chunk.total_compressed_size
        if at < 0 or not at <= end <= self._size:
            raise ValueError("a part of it would lie outside the file")
        while at < end:
            self._left -= 1
            if self._left < 0:
                raise ValueError("it has too many pages for its size")
            page, length = self._page(at, end)
            at += length
            yield page

    def _page(self, at: int, end: int) -> tuple[Page, int]:
        """Return a page, and the bytes of its header and its compressed data."""
        self._file.seek(at)
        for size in _HEADER_BYTES:
            self._file.seek(at)
            data = self._file.read(min(size, end - at))
            reader = _Reader(data)
            try:
                fields = reader.struct()
                break
            except IndexError:
                continue
        else:
            raise ValueError("the header of a page is damaged")
        sizes = fields.get(_UNCOMPRESSED), fields.get(_COMPRESSED)
        uncompressed, compressed = (size if isinstance(size, int) else -1 for size in sizes)
        if uncompressed < 0 or compressed < 0:
            raise ValueError("the header of a page is damaged")
        values, encodings = 0, []
        for field, (count, encoding) in _VALUES_OF.items():
            inner = fields.get(field)
            if isinstance(inner, dict):
                values = max(values, inner.get(count) or 0)
                encodings.append(inner.get(encoding))
        found = frozenset(each for each in encodings if isinstance(each, int))
        page = Page(uncompressed, values, _DICTIONARY in fields, found)
        return page, reader.at + compressed


def require_short_footer(file: BinaryIO) -> None:
    """Raise ValueError if the footer is long: what is made of it takes hundreds of times its memory."""
    size, length = _footer_place(file)
    if length > _FOOTER_BYTES + size // 100:
        raise ValueError(f"its footer is longer than {_FOOTER_BYTES:,} bytes and a hundredth of the file")


def footer_excess(file: BinaryIO) -> str | None:
    """Say what is too much in a footer, before Arrow reads it; None: nothing.

    Other writers make small row groups, so a footer may be long. Arrow takes memory for what its lists hold.
    Raises ValueError if it is damaged.
    """
    size, length = _footer_place(file)
    if length > _LONGEST_FOOTER_BYTES:
        return f"is longer than {_LONGEST_FOOTER_BYTES:,} bytes"
    if length <= _FOOTER_BYTES:
        return None
    file.seek(max(0, size - _FOOTER_END_BYTES - length))
    reader = _Reader(file.read(length), most_structs=_FOOTER_STRUCTS)
    file.seek(0)
    try:
        reader.struct()
    except _TooMany:
        return f"lists more than {_FOOTER_STRUCTS:,} parts of the file"
    except (IndexError, ValueError):
        raise ValueError("its footer is damaged") from None
    return None


def _footer_place(file: BinaryIO) -> tuple[int, int]:
    """Return the size of a file, and the length that it states for its footer."""
    size = os.fstat(file.fileno()).st_size
    file.seek(max(0, size - _FOOTER_END_BYTES))
    length = int.from_bytes(file.read(4), "little")
    file.seek(0)
    return size, length


def column_chunks(footer: Any) -> Iterator[list[Any]]:
    """Yield the metadata of the column chunks of each row group (of a `pyarrow.parquet.FileMetaData`).

    Raises ValueError if there isn't one for each column. Asked for one too many, Arrow ends the process.
    """
    for group in map(footer.row_group, range(footer.num_row_groups)):
        if group.num_columns != footer.num_columns:
            raise ValueError("a row group has more or fewer columns than the file")
        yield [group.column(index) for index in range(group.num_columns)]


def require_small_groups(file: BinaryIO, footer: Any, columns: Collection[str], most_bytes: int) -> None:
    """Raise ValueError if a row group (of `footer`, a `pyarrow.parquet.FileMetaData`) is too large.

    Its pages may expand to `most_bytes`, without values that dictionaries repeat. Encodings that repeat parts
    of values otherwise aren't allowed; Lumber doesn't write them.
    """
    pages = Pages(file)
    for number, chunks in enumerate(column_chunks(footer)):
        size = 0
        for chunk in chunks:
            if chunk.path_in_schema.partition(".")[0] not in columns:
                continue
            for page in pages.of(chunk):
                if page.has_shared_prefixes:
                    raise ValueError(f"{chunk.path_in_schema} has the encoding DELTA_BYTE_ARRAY")
                size += max(page.uncompressed_bytes, page.values * _VALUE_BYTES)
            if size > most_bytes:
                raise ValueError(f"row group {number} expands to more than {most_bytes:,} bytes")


class _TooMany(Exception):
    """Lists hold more than they may."""


class _Reader:
    """Reads structs. Methods raise IndexError at the end of the data, and ValueError if it is damaged.

    With `most_structs` they raise _TooMany if lists hold more of them together, or many more other items.
    """

    def __init__(self, data: bytes, most_structs: int | None = None) -> None:
        self._data = data
        self._items_left = math.inf if most_structs is None else most_structs * _ITEMS_OF_A_STRUCT
        self.at = 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """Return the fields of a struct by number. Texts and collections are skipped: they are None."""
        fields: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer()
            type_ = head & 0x0F
            # A field that is a truth value has it in its type.
            fields[number] = type_ == _TRUE if type_ in (_TRUE, _FALSE) else self._value(type_, depth)
        return fields

    def _value(self, type_: int, depth: int) -> Any:
        if depth > _DEPTH:
            raise ValueError("the header of a page nests too deep")
        if type_ in (_I16, _I32, _I64):
            return self._integer()
        if type_ == _STRUCT:
            return self.struct(depth + 1)
        if type_ in (_TRUE, _FALSE, _BYTE):
            self._skip(1)
        elif type_ == _DOUBLE:
            self._skip(8)
        elif type_ == _BINARY:
            self._skip(self._varint())
        elif type_ in (_LIST, _SET):
            head = self._byte()
            count, of = head >> 4 if head >> 4 < 15 else self._varint(), head & 0x0F
            self._items_left -= count * (_ITEMS_OF_A_STRUCT if of == _STRUCT else 1)
            if self._items_left < 0:
                raise _TooMany
            for _ in range(count):
                self._value(of, depth + 1)
        else:
            raise ValueError("the header of a page is damaged")
        return None

    def _byte(self) -> int:
        value = self._data[self.at]
        self.at += 1
        return value

    def _skip(self, size: int) -> None:
        if self.at + size > len(self._data):
            raise IndexError
        self.at += size

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("the header of a page is damaged")

    def _integer(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
