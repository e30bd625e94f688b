"""What the database says about a row, compared with what an export asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from lumber.catalog.selection import Condition, Selection
from lumber.exports.snapshot import Snapshot
from lumber.store.conditions import where
from lumber.store.keyset import microseconds_sql
from lumber.store.literal import literal_sql
from lumber.store.tables import table_of

_MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class RowFacts:
    """A row that is in the database: its time, in microseconds, and which demands of an export it meets.

    `unmet` names the filters that it doesn't meet. `is_seen`: the export's snapshot has it. `is_new`: the
    version that the export adds to had not read it.
    """

    time_us: int
    is_after_start: bool
    is_before_end: bool
    unmet: list[str]
    is_seen: bool
    is_new: bool


async def facts_of(selection: Selection, snapshot: Snapshot, row: int) -> RowFacts | None:
    """Return the facts about the row of an id; None: the table doesn't have it."""
    kind, dialect = selection.kind, snapshot.source.dialect
    cutoff = snapshot.cutoffs[kind.name]
    since = None if cutoff.since is None else cutoff.since.condition(kind, dialect)
    demands: list[Sequence[sa.ColumnElement[bool]]] = [
        where(Selection(kind, start=selection.start), dialect),
        where(Selection(kind, end=selection.end, before=selection.before), dialect),
        replace(cutoff, since=None).conditions(kind, dialect),
        [] if since is None else [since],
        *(where(Selection(kind, conditions=(each,)), dialect) for each in selection.conditions),
    ]
    table = table_of(kind)
    time: sa.ColumnElement[Any] = sa.literal_column(
        microseconds_sql(kind.time_column, dialect), sa.BigInteger()
    )
    met = [sa.case((sa.and_(sa.true(), *parts), 1), else_=0) for parts in demands]
    asked = sa.select(time, *met).select_from(table).where(table.c[kind.id_column] == row)
    statement = snapshot.relations.sql(literal_sql(asked, dialect))
    found = (await snapshot.connection.exec_driver_sql(statement)).first()
    if found is None:
        return None
    time_us, after, before, seen, new, *filters = tuple(found)
    unmet = [
        filter_text(condition)
        for condition, is_met in zip(selection.conditions, filters, strict=True)
        if not is_met
    ]
    return RowFacts(int(time_us), bool(after), bool(before), unmet, bool(seen), bool(new))


def filter_text(condition: Condition) -> str:
    """Return a filter as a person reads it: `log_level in ERROR, CRITICAL`."""
    shown = ", ".join(str(each) for each in condition.values[:_MOST_SHOWN])
    more = len(condition.values) - _MOST_SHOWN
    return f"{condition.column} {condition.operator} {shown}" + (f" and {more:,} more" if more > 0 else "")
