"""RowReader: reads the rows of a table from any place on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa

from lumber.dataset.rows.table import RowFile, RowTable
from lumber.errors import DatasetDamaged
from lumber.files.expansion import DEFAULT_LIMITS, Expansion, ReadLimits
from lumber.formats.reading import JsonText, ReadRequest, Unreadable
from lumber.text import counted

# Small, because a page is small: a reader of columns decodes whole batches.
PAGE_BATCH_ROWS = 4_096


@dataclass(frozen=True, slots=True)
class Placed:
    """Rows that follow one another, and the place of the first of them."""

    place: int
    file: RowFile
    batch: pa.RecordBatch


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads a table. `open_file` opens a file of the dataset; what it raises is passed on."""

    table: RowTable
    open_file: Callable[[RowFile], BinaryIO]
    limits: ReadLimits = DEFAULT_LIMITS

    def from_place(
        self, place: int, columns: Collection[str] | None = None, batch_rows: int = PAGE_BATCH_ROWS
    ) -> Iterator[Placed]:
        """Yield the rows at a place and after it, in batches of at most about `batch_rows`.

        Only `columns` are read, if the format can. Files after the one that has the place are opened only if
        the iterator gets there. Raises DatasetDamaged.
        """
        for start, file in self.table.files_from(place):
            at = max(place, start)
            with closing(self.open_file(file)) as opened:
                request = ReadRequest(
                    self.table.fields,
                    columns,
                    JsonText.CANONICAL,
                    self.table.is_escaped,
                    batch_rows,
                    Expansion(self.limits),
                )
                reader = file.name.format.reader(opened, file.name.compression, request)
                try:
                    for batch in reader.batches_from(at - start, file.places):
                        yield from _placed(at, file, batch, start + file.rows)
                        at += batch.num_rows
                except Unreadable as error:
                    raise DatasetDamaged(f"{file.path} {error}.") from error
            if at < start + file.rows:
                found = f"{counted(at - start, 'row')}, the dataset lists {file.rows:,}"
                raise DatasetDamaged(f"{file.path} has {found}.")


def _placed(at: int, file: RowFile, batch: pa.RecordBatch, end: int) -> Iterator[Placed]:
    if at + batch.num_rows > end:
        raise DatasetDamaged(f"{file.path} has more rows than the dataset lists, {file.rows:,}.")
    if batch.num_rows:
        yield Placed(at, file, batch)
