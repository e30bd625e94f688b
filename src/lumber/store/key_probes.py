"""Looks up rows at random ids: the keys of a sample, at a cost that does not grow with the table."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lumber.catalog.selection import Selection
from lumber.store.conditions import where
from lumber.store.keyset import Cutoff, microseconds_sql
from lumber.store.literal import literal_sql
from lumber.store.tables import table_of
from lumber.store.url import Dialect


@dataclass(frozen=True, slots=True)
class ProbedKey:
    """The key of a row within the dates of a selection, and whether its other conditions hold."""

    time_us: int
    id: int
    is_selected: bool


class KeyProbes:
    """Looks up rows of our own table of an append-only kind, on a connection whose transaction sees them."""

    def __init__(
        self, connection: AsyncConnection, selection: Selection, dialect: Dialect, cutoff: Cutoff
    ) -> None:
        self._connection = connection
        self._kind = selection.kind
        self._dialect = dialect
        self._table = table_of(selection.kind)
        self._seen = cutoff.conditions(selection.kind, dialect)
        self._dated = where(replace(selection, conditions=()), dialect)
        self._conditions = where(replace(selection, start=None, end=None, before=None), dialect)

    async def id_range(self) -> tuple[int, int] | None:
        """Return the least and the greatest id in the table; None: it is empty. An index has both."""
        name = self._kind.id_column
        # Asked for together, SQLite would read the whole index.
        ends = [sa.select(each(self._table.c[name])).scalar_subquery() for each in (sa.func.min, sa.func.max)]
        ((first, last),) = await self._rows(sa.select(*ends))
        return None if first is None else (int(first), int(last))

    async def keys(self, ids: Sequence[int]) -> list[ProbedKey]:
        """Return the keys of the rows with these ids that the export may see, in ascending order."""
        time, id_ = self._kind.time_column, self._kind.id_column
        selected = sa.and_(sa.true(), *self._conditions)
        statement = (
            sa.select(
                sa.literal_column(microseconds_sql(time, self._dialect), sa.BigInteger()),
                self._table.c[id_],
                sa.case((selected, 1), else_=0),
            )
            .select_from(self._table)
            .where(self._table.c[id_].in_(ids), *self._dated, *self._seen)
        )
        rows = await self._rows(statement, only_by_id=True)
        keys = [ProbedKey(int(time_us), int(id_), bool(is_selected)) for time_us, id_, is_selected in rows]
        return sorted(keys, key=lambda key: (key.time_us, key.id))

    async def _rows(self, statement: sa.Select[Any], *, only_by_id: bool = False) -> list[tuple[Any, ...]]:
        text = literal_sql(statement, self._dialect)
        if only_by_id and self._dialect == "sqlite":
            # Without statistics, SQLite may prefer the index of times, and read all that the dates contain.
            name = self._kind.table
            text = text.replace(f"FROM {name}", f"FROM {name} NOT INDEXED", 1)
        return [tuple(row) for row in await self._connection.exec_driver_sql(text)]


def spread_ids(first: int, last: int, count: int) -> list[int]:
    """Return `count` ids, one at a random place of each of `count` equal ranges; the same ones each time."""
    span = last - first + 1
    edges = [first + span * place // count for place in range(count + 1)]
    return [low + _noise(place) % max(1, edges[place + 1] - low) for place, low in enumerate(edges[:-1])]


def _noise(place: int) -> int:
    return int.from_bytes(hashlib.blake2b(place.to_bytes(8), digest_size=8).digest())
