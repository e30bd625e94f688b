"""A page of the rows of a table from a key on, and one row in full."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from lumber.errors import ConfigError, FieldProblem
from lumber.exports.browsing.reports import TablePage, TableRowDetail, table_column
from lumber.exports.browsing.tables import OpenTable
from lumber.exports.row_reports import RAW_COLUMN
from lumber.store.browsing import Key

_KEY = re.compile(r"(-?\d{1,19}),(-?\d{1,19})")
_INT64 = 2**63
_PAGE_CHARACTERS = 500
_ROW_CHARACTERS = 200_000
# Rows that are looked at with one query: more each time, as long as nothing is found.
_FIRST_STRETCH, _MOST_STRETCH = 5_000, 160_000


def parse_key(text: str | None) -> Key | None:
    """Read a key as pages return it. Raises ConfigError."""
    if text is None:
        return None
    found = _KEY.fullmatch(text)
    key = None if found is None else (int(found[1]), int(found[2]))
    if key is None or not all(-_INT64 <= part < _INT64 for part in key):
        message = "isn't the place of a row. Take `next` of the page before"
        raise ConfigError([FieldProblem("after", text, message)])
    return key


async def page_of_table(
    table: OpenTable,
    after: Key | None,
    limit: int,
    search: str | None,
    *,
    source: str | None,
    seconds: float,
    now: Callable[[], float] = time.monotonic,
) -> TablePage:
    """Return at most `limit` rows that come after a key. After `seconds`, it stops between two queries."""
    queries, kind = table.queries, table.kind
    found: list[tuple[object, ...]] = []
    looked, end, at = 0, now() + seconds, after
    if search is None and not queries.selection.conditions:
        found += await table.rows(queries.page(after, None, limit, None))
        looked = len(found)
        at = table.key_of(found[-1]) if len(found) == limit else None
    else:
        stretch = _FIRST_STRETCH
        while True:
            seen = await table.rows(queries.stretch(at, stretch))
            if not seen:
                at = None
                break
            rows, upto = int(seen[0][0]), (int(seen[0][1]), int(seen[0][2]))
            room = limit - len(found)
            more = await table.rows(queries.page(at, upto, room, search))
            found += more
            if len(more) == room:
                at = table.key_of(more[-1])
                looked += rows
                break
            looked += rows
            at = upto if rows == stretch else None
            if at is None or now() >= end:
                break
            stretch = min(_MOST_STRETCH, stretch * 2)
    return TablePage(
        kind=kind.name,
        source=source,
        columns=[table_column(column, kind.time_column) for column in kind.columns],
        rows=[table.shown(row, _PAGE_CHARACTERS) for row in found],
        looked=looked,
        next=None if at is None else f"{at[0]},{at[1]}",
    )


async def row_of_table(table: OpenTable, row: int) -> TableRowDetail:
    """Return the row with an id in full. Raises ConfigError if there is none."""
    found = await table.rows(table.queries.one(row))
    kind = table.kind
    if not found:
        raise ConfigError([FieldProblem("row", row, f"{kind.name} has no row {row}")])
    shown = table.shown(found[0], _ROW_CHARACTERS)
    return TableRowDetail(
        **shown.model_dump(),
        kind=kind.name,
        columns=[table_column(column, kind.time_column) for column in kind.columns],
        raw_column=RAW_COLUMN if shown.values.get(RAW_COLUMN) is not None else None,
    )
