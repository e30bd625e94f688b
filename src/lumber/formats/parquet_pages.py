"""Reads the headers of a Parquet file's pages: how large they become, before anything is decompressed.

A page can be up to 2 GiB, and zstd can compress that much to less than 100 kB. The footer also states sizes,
but whoever made the file may have written false ones. Headers are structs that parquet.thrift declares
(github.com/apache/parquet-format).
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from lumber.formats.parquet_footer import ColumnChunk, by_leaf
from lumber.formats.thrift import ThriftReader

# As large as the first try and the most that Arrow takes for a header, which may have statistics in it.
_HEADER_BYTES = (1024, 16 * 1024 * 1024)
# The fields of a PageHeader, and of the headers of its types: number of values and encoding.
_UNCOMPRESSED, _COMPRESSED = 2, 3
_VALUES_OF = {5: (1, 2), 7: (1, 2), 8: (1, 4)}
_DICTIONARY = 7
_DELTA_BYTE_ARRAY = 7
_PLAIN_OR_DICTIONARY = frozenset((0, 2, 8))
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

    def of(self, chunk: ColumnChunk) -> Iterator[Page]:
        """Yield the pages of a column chunk.

        Raises ValueError if they are not where the footer says, or too many.
        """
        at, end = chunk.offset, chunk.offset + chunk.compressed_bytes
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
            reader = ThriftReader(data)
            try:
                fields = reader.struct()
                break
            except IndexError:
                continue
            except ValueError:
                raise ValueError("the header of a page is damaged") from None
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


def require_small_groups(
    file: BinaryIO,
    groups: Sequence[Sequence[ColumnChunk]],
    leaves: Sequence[str],
    columns: Collection[str],
    most_bytes: int,
) -> None:
    """Raise ValueError if a row group is too large; `leaves` are all columns of the file.

    The pages of `columns` may expand to `most_bytes`, without values that dictionaries repeat. Encodings that
    repeat parts of values otherwise aren't allowed; Lumber doesn't write them.
    """
    pages = Pages(file)
    for number, group in enumerate(by_leaf(groups, leaves)):
        size = 0
        for leaf, chunk in group:
            if leaf.partition(".")[0] not in columns:
                continue
            for page in pages.of(chunk):
                if page.has_shared_prefixes:
                    raise ValueError(f"{leaf} has the encoding DELTA_BYTE_ARRAY")
                size += max(page.uncompressed_bytes, page.values * _VALUE_BYTES)
            if size > most_bytes:
                raise ValueError(f"row group {number} expands to more than {most_bytes:,} bytes")
