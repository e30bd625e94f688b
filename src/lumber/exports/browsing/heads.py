"""What the values of each column of a table are like: of all rows of a small one, otherwise of a sample."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from lumber.catalog.kind import Column, Storage
from lumber.dataset.rows.heads import head_of
from lumber.exports.browsing.reports import TableHeads, head_report
from lumber.exports.browsing.tables import OpenTable
from lumber.text import counted

_ALL_ROWS = 5_000
_STRETCHES, _ROWS_PER_STRETCH = 25, 200
_TYPES: dict[Storage, Any] = {
    Storage.INTEGER: pl.Int64,
    Storage.REAL: pl.Float64,
    Storage.BOOLEAN: pl.Boolean,
    Storage.TEXT: pl.String,
    Storage.JSON: pl.String,
}


async def heads_of_table(
    table: OpenTable, *, seconds: float, now: Callable[[], float] = time.monotonic
) -> TableHeads:
    """Describe the columns. A large table of ours is sampled at even ids, one of a source at one end."""
    rows = list(await table.rows(table.queries.page(None, None, _ALL_ROWS + 1, None)))
    note = None
    if len(rows) > _ALL_ROWS and table.is_own:
        rows = await _even_rows(table, now() + seconds, now)
        note = f"Of {counted(len(rows), 'row')} from {_STRETCHES} places all over the table."
    elif len(rows) > _ALL_ROWS:
        rows = rows[:_ALL_ROWS]
        note = f"Of the {counted(_ALL_ROWS, 'row')} with the {_end(table)} times."
    columns = [] if not rows else list(zip(*rows, strict=True))
    heads = [
        head_report(head_of(_series(column, values)))
        for column, values in zip(table.kind.columns, columns, strict=False)
    ]
    return TableHeads(kind=table.kind.name, looked=len(rows), note=note, columns=heads)


def _end(table: OpenTable) -> str:
    return "latest" if table.queries.is_descending else "earliest"


async def _even_rows(table: OpenTable, end: float, now: Callable[[], float]) -> list[tuple[Any, ...]]:
    ((first, last),) = await table.rows(table.queries.ids())
    found: dict[int, tuple[Any, ...]] = {}
    for number in range(_STRETCHES):
        begin = int(first) + number * (int(last) - int(first)) // _STRETCHES
        for row in await table.rows(table.queries.from_id(begin, _ROWS_PER_STRETCH)):
            found[table.key_of(row)[1]] = row
        if now() >= end:
            break
    return list(found.values())


def _series(column: Column, values: Sequence[Any]) -> pl.Series:
    if column.storage is Storage.TIME:
        # Infinite times have no place among others.
        plain = [None if each is None or abs(int(each)) > 2**62 else int(each) for each in values]
        return pl.Series(column.name, plain, pl.Int64).cast(pl.Datetime("us", "UTC"))
    shown = [
        bytes(each).decode("utf-8", "replace") if isinstance(each, bytes | memoryview) else each
        for each in values
    ]
    return pl.Series(column.name, shown, _TYPES[column.storage], strict=False)
