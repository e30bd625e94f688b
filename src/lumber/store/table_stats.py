"""Counts what a kind's table contains, at a cost that does not grow with the table.

A table of up to `exact_rows` is counted. In a larger one, values are counted in a sample of rows at even
steps over the ids, and the values in an index are found by stepping from one to the next.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lumber.catalog.kind import Column, Kind
from lumber.store.conditions import filter_value
from lumber.store.keyset import microseconds_sql
from lumber.store.models import Base
from lumber.store.tables import table_of
from lumber.store.url import Dialect

MOST_VALUES = 20_000
_PLACES = 100
_ROWS_PER_PLACE = 200


@dataclass(frozen=True, slots=True)
class RowCount:
    """Rows of a table; an estimate where counting would take too long."""

    rows: int
    is_estimate: bool


@dataclass(frozen=True, slots=True)
class ValueCounts:
    """The values of a column (null is one), each with its rows, the most common first.

    `is_complete`: no value is missing.
    """

    rows_by_value: Mapping[str | None, int]
    is_estimate: bool
    is_complete: bool


class TableStats:
    """Counts one kind's table on one connection."""

    def __init__(
        self, connection: AsyncConnection, kind: Kind, dialect: Dialect, *, exact_rows: int = 200_000
    ) -> None:
        self._connection = connection
        self._kind = kind
        self._dialect = dialect
        self._exact_rows = exact_rows
        self._table = table_of(kind)
        self._id = self._table.c[kind.id_column]

    async def id_span(self) -> tuple[int, int] | None:
        """Return the lowest and the highest id; None without rows."""
        first, last = await self._edges(self._id)
        return None if first is None else (int(first), int(last))

    async def time_span(self) -> tuple[int, int] | None:
        """Return the first and the last time, in microseconds since 1970 UTC; None without rows."""
        name = self._kind.time_column
        time = sa.literal_column(microseconds_sql(name, self._dialect), sa.BigInteger())
        first, last = await self._edges(self._table.c[name], time)
        return None if first is None else (int(first), int(last))

    async def rows(self, span: tuple[int, int] | None) -> RowCount:
        """Count the rows of a table with this span of ids. A large PostgreSQL table is estimated."""
        if span is None:
            return RowCount(0, False)
        if self._dialect == "postgresql" and not self._is_small(span):
            estimate = await self._planners_estimate()
            if estimate is not None:
                return RowCount(estimate, True)
        count = await self._connection.execute(sa.select(sa.func.count()).select_from(self._table))
        return RowCount(int(count.scalar_one()), False)

    async def values(
        self, columns: Sequence[Column], span: tuple[int, int] | None, rows: int
    ) -> dict[str, ValueCounts]:
        """Count the values of each column in a table with this span of ids and this number of rows.

        The values of a vocabulary column are its spellings in lower case.
        """
        if span is None:
            return {column.name: ValueCounts({}, False, True) for column in columns}
        if self._is_small(span):
            return {column.name: await self._counted(column) for column in columns}
        sampled = await self._sampled(columns, span)
        found = {}
        for column, counts in zip(columns, sampled, strict=True):
            known = await self._distinct(column) if self._has_index(column) else None
            found[column.name] = _scaled(counts, rows, known)
        return found

    def _is_small(self, span: tuple[int, int]) -> bool:
        return span[1] - span[0] < self._exact_rows

    async def _edges(
        self, column: sa.ColumnElement[Any], shown: sa.ColumnElement[Any] | None = None
    ) -> tuple[Any, Any]:
        # Two queries: for both edges in one, SQLite reads the whole table.
        chosen = sa.select(column if shown is None else shown).select_from(self._table)
        first = chosen.order_by(column.asc()).limit(1).scalar_subquery()
        last = chosen.order_by(column.desc()).limit(1).scalar_subquery()
        low, high = (await self._connection.execute(sa.select(first, last))).one()
        return low, high

    async def _planners_estimate(self) -> int | None:
        """Return the rows that PostgreSQL's planner expects; None if the table was never analysed."""
        analysed = sa.text("SELECT reltuples FROM pg_class WHERE oid = CAST(:name AS regclass)")
        tuples = (await self._connection.execute(analysed, {"name": self._kind.table})).scalar()
        if tuples is None or tuples < 0:
            return None
        # Unlike `reltuples` alone, this follows the size of the table.
        answer = await self._connection.exec_driver_sql(
            f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {self._kind.table}"  # noqa: S608 - a name of the catalog
        )
        plan = answer.scalar_one()
        return int((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"])

    async def _counted(self, column: Column) -> ValueCounts:
        value, count = filter_value(self._table, column), sa.func.count()
        groups = sa.select(self._shown(value), count).select_from(self._table).group_by(value)
        ordered = groups.order_by(count.desc(), value).limit(MOST_VALUES + 1)
        rows = (await self._connection.execute(ordered)).all()
        found: Counter[str | None] = Counter()
        for shown, number in rows[:MOST_VALUES]:
            found[_text(shown)] += int(number)
        return ValueCounts(dict(found.most_common()), False, len(rows) <= MOST_VALUES)

    async def _sampled(self, columns: Sequence[Column], span: tuple[int, int]) -> list[Counter[str | None]]:
        """Count each column's values in rows at even steps over the ids."""
        low, high = span
        values = [self._shown(filter_value(self._table, column)).label(column.name) for column in columns]
        places = {low + (high - low) * place // _PLACES for place in range(_PLACES)}
        parts = []
        for place in sorted(places):
            part = sa.select(self._id, *values).select_from(self._table).where(self._id >= place)
            parts.append(sa.select(part.order_by(self._id).limit(_ROWS_PER_PLACE).subquery()))
        rows = (await self._connection.execute(sa.union(*parts))).all()
        return [Counter(_text(row[index + 1]) for row in rows) for index in range(len(columns))]

    def _has_index(self, column: Column) -> bool:
        """Say whether an index begins with what a filter on the column looks at."""
        model = Base.metadata.tables.get(self._kind.table)
        text = str(filter_value(self._table, column)).replace(f"{self._kind.table}.", "")
        indexes = () if model is None else model.indexes
        return any(
            str(next(iter(index.expressions))).replace(f"{self._kind.table}.", "") == text
            for index in indexes
        )

    async def _distinct(self, column: Column) -> list[str]:
        """Return the values of an indexed column, with one step in the index for each."""
        value = filter_value(self._table, column)
        chosen = sa.select(value).select_from(self._table).where(value.is_not(None))
        first = chosen.order_by(value).limit(1).scalar_subquery()
        steps = sa.select(first.label("value")).cte("steps", recursive=True)
        following = chosen.where(value > steps.c.value).order_by(value).limit(1)
        steps = steps.union_all(
            sa.select(following.correlate(steps).scalar_subquery()).where(steps.c.value.is_not(None))
        )
        found = sa.select(self._shown(steps.c.value)).where(steps.c.value.is_not(None))
        rows = await self._connection.execute(found.limit(MOST_VALUES + 1))
        return [_text(row[0]) or "" for row in rows]

    def _shown(self, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Read a text as bytes from SQLite, where it may not be UTF-8."""
        return sa.cast(value, sa.LargeBinary) if self._dialect == "sqlite" else value


def _text(value: str | bytes | None) -> str | None:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _scaled(counts: Counter[str | None], rows: int, known: Sequence[str] | None) -> ValueCounts:
    """Estimate each value's rows in a table of `rows`, and add known values that the sample lacks."""
    sampled = counts.total() or 1
    estimates = {value: max(1, round(count * rows / sampled)) for value, count in counts.items()}
    for value in known or ():
        estimates.setdefault(value, 1)
    ordered = sorted(estimates.items(), key=lambda item: (-item[1], item[0] or ""))
    is_complete = known is not None and len(estimates) <= MOST_VALUES
    return ValueCounts(dict(ordered[:MOST_VALUES]), True, is_complete)
