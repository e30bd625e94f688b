"""Answers the planner's questions about the selected rows, in the order of their keys `(time, id)`.

Every query names the range of keys that it wants. OFFSET is only used where the planner skips rows inside a
crowded range to find a cut.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ClauseElement

from lumber.catalog.kind import Kind
from lumber.catalog.registry import get_kind
from lumber.catalog.selection import Selection
from lumber.store.conditions import where
from lumber.store.literal import literal_sql
from lumber.store.relations import OWN, RAW_TIME, Relations
from lumber.store.tables import table_of
from lumber.store.types import to_microseconds
from lumber.store.url import Dialect

_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
# timestamptz holds 4713 BC to 294276 AD; a bound beyond it is infinite.
_PG_MIN_US, _PG_MAX_US = -210_866_803_200_000_000, 9_223_371_331_199_999_999
# Stands for a range of times in the text of a query; it comes before anything that a user wrote.
_RANGE = "__range__"
# A dump keeps `tx`: rows that were restored from one may name transactions that this cluster hasn't reached.
# They count as seen.
_NEXT = "pg_snapshot_xmax(pg_current_snapshot())"
_PG_EPOCH = "TIMESTAMPTZ '1970-01-01 00:00:00+00'"
# Ranges of times of a digest that two connections share: whoever has done one takes the next.
_SHARED_RANGES = 16


@dataclass(frozen=True, slots=True)
class Since:
    """What an earlier export has seen of an append-only table: ids up to `max_id`, or a transaction snapshot.

    It saw only times in [`first_us`, `end_us`), in microseconds since 1970 UTC; None: no limit on that side.
    If the new rows are `sparse`, SQLite finds them by their ids and sorts them, otherwise it passes all.
    """

    max_id: int | None = None
    snapshot: str | None = None
    first_us: int | None = None
    end_us: int | None = None
    is_sparse: bool = False

    def condition(self, kind: Kind, dialect: Dialect) -> sa.ColumnElement[bool]:
        """Return the condition that a row is new."""
        if self.snapshot is not None:
            # Older transactions are all visible. The comparisons alone find the new ones with an index.
            first = self.snapshot.partition(":")[0]
            call = f"pg_visible_in_snapshot(tx, CAST('{self.snapshot}' AS pg_snapshot))"
            is_new = f"(tx >= CAST('{first}' AS xid8) AND tx < {_NEXT} AND NOT {call})"
        else:
            is_new = self._rare(f"{kind.id_column} > {self.max_id or 0}", dialect)
        parts = [is_new]
        if self.first_us is not None:
            parts.append(self._rare(f"{kind.time_column} < {moment(self.first_us, dialect)}", dialect))
        if self.end_us is not None:
            parts.append(self._rare(f"{kind.time_column} >= {moment(self.end_us, dialect)}", dialect))
        return _plain(f"({' OR '.join(parts)})")

    def _rare(self, condition: str, dialect: Dialect) -> str:
        # Without statistics, SQLite prefers the index with the order of the rows, whatever it passes there.
        is_told = self.is_sparse and self.snapshot is None and dialect == "sqlite"
        return f"likelihood({condition}, 0.00001)" if is_told else condition


@dataclass(frozen=True, slots=True)
class Cutoff:
    """What an export may see of an append-only table: ids up to `max_id`, or a transaction snapshot.

    If `is_own`, the reading transactions have this snapshot themselves: they see exactly these rows, and no
    condition is needed. Only the transactions of a later attempt need one. With `since`, it sees only rows
    that are new since then.
    """

    max_id: int | None = None
    snapshot: str | None = None
    is_own: bool = False
    since: Since | None = None

    def conditions(
        self, kind: Kind, dialect: Dialect, *, is_wide: bool = False
    ) -> list[sa.ColumnElement[bool]]:
        """Return the cutoff as conditions; none for a kind whose rows may change.

        With `is_wide`, SQLite doesn't look up each row by its id.
        """
        if not kind.is_append_only:
            return []
        new = [] if self.since is None else [self.since.condition(kind, dialect)]
        return [*self._upto(kind, is_wide=is_wide and dialect == "sqlite"), *new]

    def _upto(self, kind: Kind, *, is_wide: bool) -> list[sa.ColumnElement[bool]]:
        if self.is_own:
            return []
        if self.snapshot is not None:
            # All transactions before the first running one are visible: a comparison instead of a call.
            first = self.snapshot.partition(":")[0]
            call = f"pg_visible_in_snapshot(tx, CAST('{self.snapshot}' AS pg_snapshot))"
            return [_plain(f"(tx < CAST('{first}' AS xid8) OR {call} OR tx >= {_NEXT})")]
        if self.max_id is not None and is_wide and self.since is None:
            return [_plain(f"+{kind.id_column} <= {self.max_id}")]
        return [] if self.max_id is None else [sa.column(kind.id_column) <= self.max_id]


def moment(microseconds: int, dialect: Dialect) -> str:
    """Write a time, given in microseconds since 1970 UTC, as exact SQL."""
    if dialect == "sqlite":
        return str(microseconds)
    if microseconds > _PG_MAX_US:
        return "TIMESTAMPTZ 'infinity'"
    if microseconds < _PG_MIN_US:
        return "TIMESTAMPTZ '-infinity'"
    return f"({_PG_EPOCH} + INTERVAL '{microseconds} microseconds')"


def key_condition(
    kind: Kind, dialect: Dialect, operator: str, key: tuple[int, int]
) -> sa.ColumnElement[bool]:
    """Compare the row's key with `key` as one row value, which the time index can answer."""
    text = f"({kind.time_column}, {kind.id_column}) {operator} ({moment(key[0], dialect)}, {key[1]})"
    return _plain(text)


def date_bounds(selection: Selection, relations: Relations) -> list[sa.ColumnElement[bool]]:
    """Return the dates of a selection as conditions on the time as a table of somebody else stores it."""
    # With an overlap, a row may begin before the first date.
    start = None if selection.kind.overlap_column is not None else selection.start
    ends = [to_microseconds(each) for each in (selection.end, selection.before) if each is not None]
    low = None if start is None else to_microseconds(start)
    return [_plain(each) for each in relations.bounds(selection.kind, low, min(ends, default=None))]


def _plain(condition: str) -> sa.ColumnElement[bool]:
    """Use a condition's text as it is: with a Boolean type, it would become `... = 1` on SQLite.

    No index answers that: every count and every partition would read on to the end of the table.
    """
    return sa.literal_column(condition)


def _are_even(edges: Sequence[int]) -> bool:
    """Say whether all ranges except the last have one width, and arithmetic on them fits 64 bits."""
    width = edges[1] - edges[0]
    are_even = all(high - low == width for low, high in pairwise(edges[:-1]))
    return are_even and edges[-1] - edges[-2] <= width and edges[-1] - edges[0] <= _INT64_MAX


class Keyset:
    """The selected rows of one kind on one connection, whose transaction must have one snapshot."""

    def __init__(
        self,
        connection: AsyncConnection,
        selection: Selection,
        dialect: Dialect,
        cutoff: Cutoff,
        relations: Relations = OWN,
    ) -> None:
        self._connection = connection
        self._relations = relations
        self._dialect = dialect
        self._kind = selection.kind
        self._table = table_of(selection.kind)
        self._is_increment = cutoff.since is not None
        # A source may have no index for the times: each range would read the whole table.
        self._has_filters = bool(selection.conditions) or self._is_increment or not relations.are_own
        chosen = [*where(selection, dialect), *date_bounds(selection, relations)]
        self._where = [*chosen, *cutoff.conditions(selection.kind, dialect)]
        # Of nearly all rows: the time index alone has what a digest needs, in a tenth of the table's pages.
        self._digested = [*chosen, *cutoff.conditions(selection.kind, dialect, is_wide=True)]
        self._chosen = chosen
        self._max_id = cutoff.max_id

    async def rows(self) -> int:
        """Count the selected rows."""
        counted = sa.select(sa.func.count()).select_from(self._table).where(*self._where)
        return int((await self._run(counted))[0][0])

    async def digest(self, beside: AsyncConnection | None = None) -> tuple[int, int]:
        """Count the selected rows, and return with the number a sum over them that identifies the rows.

        Sums of disjoint selections add up, modulo 2**64. In tables of PostgreSQL, an update of a row changes
        the sum. `beside` is a second connection that sees the same rows: then both read.
        """
        is_whole = self._relations.are_own and self._kind.is_append_only and not self._is_increment
        if self._dialect == "postgresql" or self._max_id is None or not is_whole:
            return await self._digest_of(self._connection, self._digested)
        # To compare each id takes longer than to take the few later rows off again, which their ids find.
        later = _plain(f"{self._kind.id_column} > {self._max_id}")
        rows, total = await self._digest_shared(beside)
        later_rows, later_total = await self._digest_of(self._connection, [*self._chosen, later])
        return rows - later_rows, (total - later_total) % 2**64

    async def _digest_shared(self, beside: AsyncConnection | None) -> tuple[int, int]:
        """Return the digest of all chosen rows, one range of times after the other."""
        edges = [] if beside is None else await self._even_times()
        if beside is None or not edges:
            return await self._digest_of(self._connection, self._chosen)
        ranges = pairwise((None, *edges, None))
        readers = [
            asyncio.create_task(self._digests(connection, ranges))
            for connection in (self._connection, beside)
        ]
        try:
            found = await asyncio.gather(*readers)
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.wait(readers)
        return sum(rows for rows, _ in found), sum(total for _, total in found) % 2**64

    async def _even_times(self) -> list[int]:
        """Return times that cut all rows into about equal parts: those of rows with ids at equal distances.

        A few wrong times, decades away, would make ranges of equal length useless.
        """
        id_, time = self._kind.id_column, self._kind.time_column
        top = self._max_id or 0
        asked = [
            f"SELECT (SELECT {time} FROM {self._kind.table} WHERE {id_} >= {top * part // _SHARED_RANGES} "  # noqa: S608 - names of the catalog
            f"ORDER BY {id_} LIMIT 1)"
            for part in range(1, _SHARED_RANGES)
        ]
        found = await self._rows(" UNION ALL ".join(asked))
        return sorted({int(value) for (value,) in found if value is not None})

    async def _digests(
        self, connection: AsyncConnection, ranges: Iterator[tuple[int | None, int | None]]
    ) -> tuple[int, int]:
        """Return the digest of the ranges that nobody else has taken; None: no limit."""
        rows = total = 0
        name = self._kind.time_column
        for low, high in ranges:
            bounds = [] if low is None else [_plain(f"{name} >= {low}")]
            bounds += [] if high is None else [_plain(f"{name} < {high}")]
            more_rows, more = await self._digest_of(connection, [*self._chosen, *bounds])
            rows, total = rows + more_rows, total + more
        return rows, total

    async def _digest_of(
        self, connection: AsyncConnection, conditions: Sequence[sa.ColumnElement[bool]]
    ) -> tuple[int, int]:
        each = row_digest(self._kind, self._dialect, self._relations, self._max_id)
        summed = sa.func.sum(sa.literal_column(each, sa.BigInteger()))
        asked = sa.select(sa.func.count(), summed).select_from(self._table).where(*conditions)
        rows, total = (await self._rows(literal_sql(asked, self._dialect), connection))[0]
        return int(rows), int(total or 0) % 2**64

    async def span(self) -> tuple[int, int] | None:
        """Return the times of the first and the last selected row, in microseconds; None: no rows."""
        if self._is_increment:
            return await self._span_of_found()
        first = await self._edge_time(is_last=False)
        last = await self._edge_time(is_last=True)
        return None if first is None or last is None else (first, last)

    async def _span_of_found(self) -> tuple[int, int] | None:
        """Return the same of few rows that another index finds: the time index would pass all others."""
        name = self._kind.time_column
        time = f"+{name}" if self._dialect == "sqlite" else microseconds_sql(name, self._dialect)
        columns = [sa.literal_column(f"{function}({time})", sa.BigInteger()) for function in ("min", "max")]
        first, last = (await self._run(sa.select(*columns).select_from(self._table).where(*self._where)))[0]
        return None if first is None else (int(first), int(last))

    async def counts(self, edges: Sequence[int]) -> list[int]:
        """Count the rows between neighbouring edges; the last range includes its end.

        One statement reads the time index once, or the rows that another index finds.
        """
        if len(edges) > 2 and self._has_filters and (self._dialect == "postgresql" or _are_even(edges)):
            return await self._counts_of_found(edges)
        # Its text is made once for all ranges: to make it two hundred times takes longer than to count.
        counted = sa.select(sa.func.count()).select_from(self._table).where(_plain(_RANGE), *self._where)
        text = literal_sql(counted, self._dialect)
        last = len(edges) - 2
        ranges = [
            self._range(low, high, is_last=at == last) for at, (low, high) in enumerate(pairwise(edges))
        ]
        counts = [f"SELECT {at}, ({text.replace(_RANGE, each, 1)})" for at, each in enumerate(ranges)]
        answer = await self._rows(" UNION ALL ".join(counts))
        found = {int(bucket): int(rows) for bucket, rows in answer}
        return [found[at] for at in range(len(ranges))]

    async def _counts_of_found(self, edges: Sequence[int]) -> list[int]:
        """Count as `counts` does, but read each row once: every range would read all that a filter finds."""
        name, ranges = self._kind.time_column, len(edges) - 1
        first, last = moment(edges[0], self._dialect), moment(edges[-1], self._dialect)
        if self._dialect == "sqlite":
            text = f"min(({name} - {first}) / {edges[1] - edges[0]}, {ranges - 1})"
            # The sign prevents the use of the time index, which would find every row of the table.
            between = _plain(f"+{name} BETWEEN {first} AND {last}")
        else:
            lows = ", ".join(moment(edge, self._dialect) for edge in edges[:-1])
            text = f"width_bucket({name}, ARRAY[{lows}]) - 1"
            between = _plain(f"{name} BETWEEN {first} AND {last}")
        between = _plain(" AND ".join([str(between), *self._bounds(edges[0], edges[-1])]))
        bucket = sa.literal_column(text, sa.BigInteger())
        counted = sa.select(bucket, sa.func.count()).select_from(self._table).where(between, *self._where)
        found = {int(number): int(rows) for number, rows in await self._run(counted.group_by(sa.text("1")))}
        return [found.get(number, 0) for number in range(ranges)]

    async def key_at(self, lower: tuple[int, int] | None, offset: int) -> tuple[int, int] | None:
        """Return the key `offset` rows after the first one not below `lower`; None past the end."""
        if lower is None:
            return await self._key_after([], offset)
        if self._dialect == "postgresql":
            known = [_plain(each) for each in self._bounds(lower[0], None)]
            after = key_condition(self._kind, self._dialect, ">=", lower)
            return await self._key_after([after, *known], offset)
        # SQLite compares every row with a row value, but steps over a range of the index without looking.
        name, (time_us, id_) = self._kind.time_column, lower
        known = [_plain(each) for each in self._bounds(time_us, None)]
        if id_ == _INT64_MIN:
            return await self._key_after([_plain(f"{name} >= {time_us}"), *known], offset)
        moment_only = [f"{name} = {time_us}", *self._bounds(time_us, time_us)]
        same = _plain(" AND ".join([*moment_only, f"{self._kind.id_column} >= {id_}"]))
        counted = sa.select(sa.func.count()).select_from(self._table).where(same, *self._where)
        rows = int((await self._run(counted))[0][0])
        if offset < rows:
            return await self._key_after([same], offset)
        return await self._key_after([_plain(f"{name} > {time_us}"), *known], offset - rows)

    async def _key_after(
        self, bounds: Sequence[sa.ColumnElement[bool]], offset: int
    ) -> tuple[int, int] | None:
        """Return the key of the row at an offset among the selected rows within bounds, in order of keys."""
        statement = (
            sa.select(self._microseconds(), self._id)
            .select_from(self._table)
            .where(*bounds, *self._where)
            .order_by(self._order, self._id)
            .limit(1)
            .offset(offset)
        )
        rows = await self._run(statement)
        return (int(rows[0][0]), int(rows[0][1])) if rows else None

    async def time_at(self, offset: int, *, from_end: bool = False) -> int | None:
        """Return the time, in microseconds, of the row at an offset from the first or the last row.

        None past the end. The database steps over `offset` rows.
        """
        return await self._edge_time(is_last=from_end, offset=offset)

    async def late_time_at(self, offset: int) -> int | None:
        """Return the late time, in microseconds, of the row at this offset in the order of late times.

        A row's late time is the later of its two times. No index has it: the query sorts all rows.
        """
        late = microseconds_sql(_late_time(self._kind, self._dialect), self._dialect)
        statement = (
            sa.select(sa.literal_column(late, sa.BigInteger()).label("late"))
            .select_from(self._table)
            .where(*self._where)
            .order_by("late")
            .limit(1)
            .offset(offset)
        )
        rows = await self._run(statement)
        return int(rows[0][0]) if rows else None

    async def rows_split_before(self, times_us: Sequence[int]) -> list[int]:
        """Count the rows whose split time is before each of these times, in microseconds.

        No index has the split time: the query reads all selected rows once.
        """
        time = sa.literal_column(
            _split_time(self._kind, self._dialect, self._relations), sa.BigInteger()
        ).label("split_time")
        times = literal_sql(sa.select(time).select_from(self._table).where(*self._where), self._dialect)
        counts = [
            f"count(*) FILTER (WHERE split_time < {moment(time_us, self._dialect)})" for time_us in times_us
        ]
        # Materialized: otherwise each comparison would look up the row's leader again.
        text = f"WITH times AS MATERIALIZED ({times}) SELECT {', '.join(counts)} FROM times"  # noqa: S608 - times and numbers
        answer = await self._rows(text)
        return [int(rows) for rows in answer[0]]

    @property
    def _order(self) -> sa.ColumnElement[object]:
        """What the rows are in order of, in the form that an index may have."""
        raw = self._relations.raw_time(self._kind)
        if raw is not None and raw.is_ordered:
            return sa.literal_column(RAW_TIME)
        return self._table.c[self._kind.time_column]

    def _bounds(self, low_us: int | None, high_us: int | None) -> list[str]:
        return self._relations.bounds(self._kind, low_us, high_us)

    @property
    def _id(self) -> sa.ColumnElement[object]:
        return self._table.c[self._kind.id_column]

    def _microseconds(self) -> sa.ColumnElement[int]:
        return sa.literal_column(microseconds_sql(self._kind.time_column, self._dialect), sa.BigInteger())

    def _range(self, low: int, high: int, *, is_last: bool) -> str:
        name, end = self._kind.time_column, "<=" if is_last else "<"
        exact = f"{name} >= {moment(low, self._dialect)} AND {name} {end} {moment(high, self._dialect)}"
        return " AND ".join([exact, *self._bounds(low, high)])

    async def _edge_time(self, *, is_last: bool, offset: int = 0) -> int | None:
        order = [column.desc() if is_last else column.asc() for column in (self._order, self._id)]
        times = sa.select(self._microseconds()).select_from(self._table)
        statement = times.where(*self._where).order_by(*order).limit(1)
        rows = await self._run(statement.offset(offset) if offset else statement)
        return int(rows[0][0]) if rows else None

    async def _run(self, statement: ClauseElement) -> Sequence[Sequence[Any]]:
        return await self._rows(literal_sql(statement, self._dialect))

    async def _rows(self, text: str, connection: AsyncConnection | None = None) -> Sequence[Sequence[Any]]:
        answer = await (connection or self._connection).exec_driver_sql(self._relations.sql(text))
        return [tuple(row) for row in answer]


def microseconds_sql(column: str, dialect: Dialect) -> str:
    """Write a time column as whole microseconds since 1970 UTC; an infinite one is the farthest number."""
    if dialect == "sqlite":
        return column
    return (
        f"CASE WHEN {column} = 'infinity' THEN {_INT64_MAX} WHEN {column} = '-infinity' THEN "
        f"{_INT64_MIN + 1} ELSE CAST(extract(epoch FROM {column}) * 1000000 AS bigint) END"
    )


def row_digest(kind: Kind, dialect: Dialect, relations: Relations, max_id: int | None) -> str:
    """Write a number that stands for a row's id and time, and on PostgreSQL for the writing transaction."""
    id_, time = kind.id_column, kind.time_column
    if dialect == "sqlite":
        # As few operations as tell rows apart. A remainder is below 2**32: the sum of 2**31 rows fits.
        small = id_ if max_id is not None and max_id < 2**31 else f"({id_} & 2147483647)"
        return f"({time} % ({small} + 1000003))"
    writer = relations.row_version(kind) or "0"
    return f"hashint8extended({id_}, timestamp_hash_extended({time} AT TIME ZONE 'UTC', {writer}))"


def _late_time(kind: Kind, dialect: Dialect) -> str:
    """Return the later of a row's two times as SQL; its only time if the kind has no late time."""
    time, late = kind.time_column, kind.late_column
    if late is None:
        return time
    return f"greatest({time}, {late})" if dialect == "postgresql" else f"max({time}, ifnull({late}, {time}))"


def _split_time(kind: Kind, dialect: Dialect, relations: Relations) -> str:
    """Return the time that decides the split of a row as SQL: its leader's time, or its own late time."""
    own = _late_time(kind, dialect)
    if kind.leader is None:
        return own
    leading = get_kind(kind.leader.kind)
    if not relations.has(leading.table):
        return own
    led = f"leader.{leading.id_column} = {kind.table}.{kind.leader.column}"
    found = f"SELECT leader.{leading.time_column} FROM {leading.table} AS leader WHERE {led}"  # noqa: S608 - names of the catalog
    return f"coalesce(({found}), {own})"
