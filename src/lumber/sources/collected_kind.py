"""What is collected of a kind, and the table that its rows are then in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from lumber.catalog.kind import Storage
from lumber.catalog.selection import Selection
from lumber.errors import SourceUnfit
from lumber.sources import collected
from lumber.sources.arrow_forms import form_of
from lumber.sources.expressions import Unfit, Value
from lumber.sources.forms import TIMES, Form
from lumber.sources.interface import Query, ReaderTable, TimeRange, as_json
from lumber.sources.mapping import UNITS, Made, TableMapping, offset_minutes
from lumber.sources.tables import SourceTable, TableColumn, quoted
from lumber.store.types import from_microseconds, to_microseconds

_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class CollectedKind:
    """A kind to collect: what is read of it, and the table that its rows are then in."""

    mapping: TableMapping
    described: ReaderTable
    query: Query
    table: SourceTable

    @property
    def name(self) -> str:
        """The name of the kind, and of its table."""
        return self.mapping.kind_name


def kind_to_collect(
    mapping: TableMapping, described: ReaderTable, selection: Selection | None = None
) -> CollectedKind:
    """Say what to read of a kind. `selection`: only the rows in its dates are needed.

    Raises SourceUnfit if the names of two columns differ only in upper and lower case.
    """
    table = collected_table(mapping, described)
    names = list(
        dict.fromkeys(
            column.name
            for made in mapping.columns.values()
            for column in map(table.find, made.columns)
            if column is not None
        )
    )
    lowered = [name.lower() for name in names]
    twice = [name for name, low in zip(names, lowered, strict=True) if lowered.count(low) > 1]
    if twice:
        raise SourceUnfit(
            f"The columns {' and '.join(twice)} of {described.name} have the same name in upper and lower "
            "case. Name one of them differently, in a view or a SELECT."
        )
    times = None if selection is None else _times(mapping, table, selection)
    query = Query(mapping.table, mapping.select, tuple(names), mapping.filter, times)
    return CollectedKind(mapping, described, query, table)


def collected_table(mapping: TableMapping, described: ReaderTable) -> SourceTable:
    """Return the table that the rows of a kind are in once they are collected."""
    table = replace(plain_table(described), sql=f"main.{quoted(mapping.kind_name)}")
    made = {}
    for column in mapping.kind.columns:
        if column.storage is Storage.TIME and made_time(mapping, table, column.name) is not None:
            made[column.name] = f"lumber_{column.name}"
    return replace(table, made=made)


def plain_table(described: ReaderTable) -> SourceTable:
    """Return a table with the types that its columns have once they are collected."""
    columns = tuple(
        TableColumn(column.name, form_of(column.type).value, column.nullable) for column in described.columns
    )
    return SourceTable(
        described.name,
        quoted(described.name),
        columns,
        unique=tuple((name,) for name in described.unique),
    )


def fingerprint(kinds: Sequence[CollectedKind]) -> str:
    """Return the hash of what is collected: a complete collection of the same holds it all."""
    parts = [
        [each.mapping.sha256, as_json(each.query), [[c.name, str(c.type)] for c in each.described.columns]]
        for each in kinds
    ]
    return sha256(json.dumps(parts).encode()).hexdigest()


def made_time(mapping: TableMapping, table: SourceTable, name: str) -> str | None:
    """Return the SQL that makes a time of the kind; None: a column has it, or nothing does."""
    made = mapping.columns.get(name)
    column = None if made is None else table.find(made.column or "")
    if made is None or column is None:
        return None
    try:
        found = collected.time(Value(column.name, quoted(column.name), column.type), made)
    except Unfit:
        return None  # told where the mapping is compiled
    if found.sql == quoted(column.name):
        return None
    return found.sql if found.wrong is None else f"CASE WHEN NOT {found.wrong} THEN {found.sql} END"


def _times(mapping: TableMapping, table: SourceTable, selection: Selection) -> TimeRange | None:
    """Return the dates of a selection as values of the column that has the time, if that can be."""
    kind = mapping.kind
    made = mapping.columns[kind.time_column]
    column = table.find(made.column or "")
    if column is None or made.path or column.type == Form.TEXT:
        return None
    # With an overlap, a row may begin before the first date.
    start = None if kind.overlap_column is not None else selection.start
    ends = [each for each in (selection.end, selection.before) if each is not None]
    if start is None and not ends:
        return None
    low = None if start is None else _bound(to_microseconds(start) - 1, column, made, is_low=True)
    # A source may keep more digits than microseconds.
    high = _bound(to_microseconds(min(ends)) + 1, column, made, is_low=False) if ends else None
    return TimeRange(column.name, low, high)


def _bound(us: int, column: TableColumn, made: Made, *, is_low: bool) -> int | datetime | None:
    form = Form(column.type)
    if form not in TIMES:
        scaled = us * UNITS[made.unit or "us"]
        return scaled // 1_000_000 if is_low else -(-scaled // 1_000_000)
    minutes = offset_minutes(made.zone or "UTC")
    if form is not Form.TIME:
        us += (minutes or 0) * 60_000_000
    if minutes is None or form is Form.DATE:
        us += -_DAY_US if is_low else _DAY_US
    try:
        found = from_microseconds(us)
    except (OverflowError, ValueError):
        return None
    return found if form is Form.TIME else found.replace(tzinfo=None)
