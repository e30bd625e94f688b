"""k-anonymity: the size of the smallest group of written rows with the same values in some columns.

The counts are those of `leakage.tally`: exact, in bounded memory, and independent of the order of the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Holds, Kind, is_json_field
from lumber.dataset.layout import output_errors
from lumber.dataset.leakage.tally import MOST_IN_MEMORY, Tally
from lumber.dataset.manifest import AnonymitySection
from lumber.errors import DatasetDamaged, ExportCancelled
from lumber.files.staged import open_staged
from lumber.formats import WriteOptions, get_format
from lumber.formats.reading import ReadRequest, Unreadable, schema_fields

# Between the columns of a row, and in place of a null: no text that passed validation has them.
_BETWEEN, _NULL = "\x00,", "\x00-"
_ALL = "all"
# Columns by themselves are counted up to so many rows.
MOST_ROWS_BY_COLUMN = 1_000_000
_FEW_SETS, _FEW_IN_MEMORY = 10, 1 << 17


def single_columns(kind: Kind) -> list[str]:
    """Return the written columns of a kind that may single out rows by themselves.

    Those of which nearly every row has a value of its own aren't among them: ids, times, free text and JSON.
    """
    texts = {
        column.name for column in kind.columns if column.content is Holds.TEXT and not column.is_category
    }
    texts -= {kind.process_column, kind.level_column, kind.device_column}
    texts.add(kind.id_column)
    if kind.leader is not None:
        texts.add(kind.leader.column)
    return [
        field.name
        for field in kind.schema
        if field.name not in texts and not pa.types.is_timestamp(field.type) and not is_json_field(field)
    ]


class Anonymity:
    """Counts the groups of rows for some sets of columns. Close it after use.

    For each set, memory holds at most `most_in_memory` groups, 16 bytes each. More go to a temporary file in
    `folder`. Methods raise OSError if the disk is full.
    """

    def __init__(
        self, sets: Sequence[Sequence[str]], folder: Path | None = None, most_in_memory: int = MOST_IN_MEMORY
    ) -> None:
        # Many sets share the memory of a few.
        each = most_in_memory if len(sets) <= _FEW_SETS else min(most_in_memory, _FEW_IN_MEMORY)
        self._tallies = [(tuple(names), Tally(folder, each)) for names in sets]

    def __enter__(self) -> Anonymity:
        return self

    def __exit__(self, *_: object) -> None:
        for _names, tally in self._tallies:
            tally.close()

    def add(self, batch: pa.RecordBatch) -> None:
        """Add rows, which must have the columns. Null is a value of its own."""
        if not batch.num_rows:
            return
        for names, tally in self._tallies:
            # Without metadata, from which Polars would make an extension type.
            arrays = [batch.column(name) for name in names]
            frame = pl.DataFrame(pl.from_arrow(pa.RecordBatch.from_arrays(arrays, list(names))))
            texts = pl.concat_str(
                [pl.col(name).cast(pl.String).fill_null(_NULL) for name in names], separator=_BETWEEN
            )
            found = frame.select(texts.alias("text")).group_by("text").agg(pl.len().cast(pl.Int64))
            hashes = found["text"].hash().to_numpy().astype(np.uint64)
            tally.add(_ALL, hashes, found["len"].to_numpy())

    def finish(self) -> list[AnonymitySection]:
        """Return a section for each set of columns. Without rows, all numbers are 0."""
        found = []
        for names, tally in self._tallies:
            sizes = tally.sizes()
            found.append(
                AnonymitySection(
                    columns=list(names), k=sizes.smallest, groups=sizes.values, unique_rows=sizes.single
                )
            )
        return found


def anonymity_of(
    sets: Sequence[Sequence[str]],
    shards: Sequence[Path],
    schema: pa.Schema,
    options: WriteOptions,
    *,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> list[AnonymitySection]:
    """Read finished shards back, and return a section for each set of columns.

    Raises ExportCancelled, an OutputError, or DatasetDamaged for an unreadable shard.
    """
    fields = schema_fields(schema)
    columns = tuple(dict.fromkeys(name for names in sets for name in names))
    request = ReadRequest(fields, columns, is_escaped=options.csv_escape_formulas)
    open_reader = get_format(options.format).reader
    folder = shards[0].parent if shards else None
    with Anonymity(sets, folder) as found:
        for at in shards:
            with output_errors(at), open_staged(at) as file:
                try:
                    for batch in open_reader(file, options.compression, request).batches():
                        if is_cancelled():
                            raise ExportCancelled("The export was cancelled.")
                        found.add(batch)
                except Unreadable as error:
                    raise DatasetDamaged(f"{at.name} {error}") from error
        return found.finish()
