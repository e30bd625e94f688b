"""Reads tables of PostgreSQL and SQLite, Lumber's own among them, by the interface of sources.

It is made of what exports read with: the guest's connection, its reflection, and the bulk reads of workers.
Exports read these databases in place. A PostgreSQL whose address begins with `collected+` is read by this
reader: its server sorts nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from lumber.engine.source import Source, SourceSpec
from lumber.sources.address import SourceAddress, refused
from lumber.sources.guarantee import Guarantee
from lumber.sources.interface import (
    Json,
    NoSuchTable,
    Query,
    ReaderColumn,
    ReaderOptions,
    ReaderTable,
    TimeRange,
    as_json,
    from_json,
)
from lumber.sources.sqlite import affinity
from lumber.sources.tables import SourceTable, quoted, reflect, reflect_select, table_names
from lumber.store.database import GuestRules, open_guest
from lumber.store.url import DatabaseUrl

_BATCH_ROWS = 10_000
_RANGE_KEYS = 100_000
_MOST_RANGES = 64
T = TypeVar("T")

_PG_TYPES: dict[str, pa.DataType] = {
    **dict.fromkeys(("smallint", "integer", "bigint"), pa.int64()),
    **dict.fromkeys(("real", "double precision"), pa.float64()),
    "boolean": pa.bool_(),
    "timestamp with time zone": pa.timestamp("us", "UTC"),
    "timestamp without time zone": pa.timestamp("us"),
    "date": pa.date32(),
    "bytea": pa.binary(),
}
_PG_CASTS: dict[pa.DataType, str] = {
    pa.int64(): "bigint",
    pa.float64(): "double precision",
    pa.string(): "text",
}
_SQLITE_TYPES: dict[str, pa.DataType] = {"integer": pa.int64(), "real": pa.float64()}
_FIRST: dict[pa.DataType, str] = {pa.int64(): "0", pa.float64(): "0.0", pa.string(): "''"}


def open_collected(address: SourceAddress, options: ReaderOptions) -> DatabaseReader:
    """Open a database whose rows are collected. Raises ConfigError."""
    if address.scheme != "collected+postgresql":
        raise refused(
            f"{address.scheme[:32]!r} can't be collected", ("collected+postgresql://USER@HOST/NAME",)
        )
    url = DatabaseUrl.parse(str(address).removeprefix("collected+"))
    return DatabaseReader(url if address.password is None else url.with_password(address.password), options)


class DatabaseReader:
    """An open database of PostgreSQL or SQLite; see `Reader`."""

    def __init__(self, url: DatabaseUrl, options: ReaderOptions) -> None:
        self._url = url
        self._runner = asyncio.Runner()
        self._database = open_guest(
            url, GuestRules(options.name, options.statement_seconds), stopped=options.stopped
        )
        self._spec = SourceSpec(
            url.dialect, url.adbc_uri(read_only=True), None, options.name, options.statement_seconds
        )
        self._frozen: Source | None = None
        self._reading: Source | None = None
        self._is_closed = False

    def tables(self) -> list[str]:
        """Return the names of tables and views that may be read."""

        async def find() -> list[str]:
            async with self._database.connect() as connection:
                return await table_names(connection, self._url.dialect)

        return self._run(find())

    def schema(self, query: Query) -> ReaderTable:
        """Describe the rows of a table, a view or a SELECT. Raises NoSuchTable."""
        table = self._table(query)
        columns = tuple(
            ReaderColumn(each.name, self._type(each.type), each.nullable, each.type) for each in table.columns
        )
        unique = (*(names[0] for names in table.unique if len(names) == 1), *filter(None, [table.row_id]))
        return ReaderTable(table.name, columns, Guarantee.SNAPSHOT, tuple(dict.fromkeys(unique)))

    def freeze(self, queries: Sequence[Query]) -> Json:
        """Begin a transaction; other readers of PostgreSQL can adopt its snapshot."""
        self._thaw()
        self._frozen = Source(self._spec)
        if self._url.dialect == "sqlite":
            self._frozen.pin()
            return {"snapshot": None}
        (found,) = self._frozen.batches("SELECT pg_export_snapshot() AS id", 1)
        return {"snapshot": found.column(0)[0].as_py()}

    def cut(self, token: Json, query: Query) -> list[Json]:
        """Divide a table by a unique whole number that it has; others are one range."""
        whole = {"query": as_json(query), "snapshot": token["snapshot"], "key": None}
        key = self._key(self._table(query))
        if key is None:
            return [whole]
        zero = "SELECT 0 AS low, 0 AS high UNION ALL " if self._url.dialect == "sqlite" else ""
        text = f"{zero}SELECT min({quoted(key)}), max({quoted(key)}) FROM {self._table(query).sql}"  # noqa: S608
        assert self._frozen is not None
        (found,) = self._frozen.batches(text, 1)
        low, high = (column[0].as_py() for column in found.columns)
        if low is None:
            return []
        step = max(_RANGE_KEYS, -(-(high - low + 1) // _MOST_RANGES))
        return [
            {**whole, "key": [key, begin, min(begin + step - 1, high)]}
            for begin in range(low, high + 1, step)
        ]

    def read(self, range_: Json) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a range: of PostgreSQL over a connection of their own."""
        query = from_json(range_["query"])
        table = self._table(query)
        columns = [each for each in map(table.find, query.columns or [c.name for c in table.columns]) if each]
        types = [self._type(column.type) for column in columns]
        listed = [
            f"{self._cast(f'mapped.{quoted(column.name)}', type_, column.type)} AS c{at}"
            for at, (column, type_) in enumerate(zip(columns, types, strict=True))
        ]
        conditions = [] if query.filter is None else [f"(\n{query.filter}\n)"]
        if range_["key"] is not None:
            name, low, high = range_["key"]
            conditions.append(f"mapped.{quoted(name)} BETWEEN {int(low)} AND {int(high)}")
        conditions += self._in_range(query.times)
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        text = f"SELECT {', '.join(listed)} FROM {table.sql} AS mapped{where}"  # noqa: S608
        if self._url.dialect == "sqlite":
            # The driver takes the types from the first row, and leaves it out.
            firsts = ", ".join(f"{_FIRST[type_]} AS c{at}" for at, type_ in enumerate(types))
            text = f"SELECT {firsts} UNION ALL {text}"
        names = list(query.columns) or [column.name for column in columns]
        for batch in self._batches(text, range_["snapshot"]):
            arrays = [pc.cast(array, type_) for array, type_ in zip(batch.columns, types, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, names=names)

    def confirm(self, token: Json) -> None:
        """Do nothing: the transaction holds the moment."""

    def cancel(self) -> None:
        """End the statements that run, in the server. Those of SQLite end with `close`."""
        for source in (self._frozen, self._reading):
            if source is not None:
                source.cancel()

    def close(self) -> None:
        """End the transaction, and close the connections."""
        self._thaw()
        if not self._is_closed:
            self._is_closed = True
            self._run(self._database.close())
            self._runner.close()

    def _batches(self, text: str, snapshot: str | None) -> Iterator[pa.RecordBatch]:
        if snapshot is None:
            assert self._frozen is not None
            yield from self._frozen.batches(text, _BATCH_ROWS)
            return
        self._reading = source = Source(replace(self._spec, snapshot_id=snapshot))
        try:
            yield from source.batches(text, _BATCH_ROWS)
        finally:
            self._reading = None
            source.close()

    def _table(self, query: Query) -> SourceTable:
        async def find() -> SourceTable:
            async with self._database.connect() as connection:
                if query.select is not None:
                    return await reflect_select(connection, query.select, self._url.dialect)
                found = await reflect(connection, str(query.table), self._url.dialect)
                if found is None:
                    known = await table_names(connection, self._url.dialect)
                    raise NoSuchTable(str(query.table), known)
                return found

        return self._run(find())

    def _key(self, table: SourceTable) -> str | None:
        if table.row_id is not None:
            return table.row_id
        whole = [each for each in table.columns if self._type(each.type) == pa.int64() and not each.nullable]
        return next((each.name for each in whole if table.is_unique(each.name)), None)

    def _type(self, words: str) -> pa.DataType:
        if self._url.dialect == "postgresql":
            return _PG_TYPES.get(words, pa.string())
        return _SQLITE_TYPES.get(affinity(words), pa.string())

    def _cast(self, sql: str, type_: pa.DataType, words: str) -> str:
        if self._url.dialect == "sqlite":
            return f"CAST({sql} AS TEXT)" if type_ == pa.string() else sql
        if words == "inet":
            return f"host({sql})"  # as in place: without the length of its network
        return f"{sql}::{_PG_CASTS[type_]}" if type_ in _PG_CASTS else sql

    def _in_range(self, times: TimeRange | None) -> list[str]:
        """Return the range as SQL; SQLite has no times that would have one form."""
        if times is None:
            return []
        column, found = f"mapped.{quoted(times.column)}", []
        for end, sign in ((times.low, ">="), (times.high, "<=")):
            if isinstance(end, int):
                found.append(f"({column} IS NULL OR {column} {sign} {end})")
            elif isinstance(end, datetime) and self._url.dialect == "postgresql":
                type_ = "timestamp" if end.tzinfo is None else "timestamptz"
                found.append(f"({column} IS NULL OR {column} {sign} '{end.isoformat(' ')}'::{type_})")
        return found

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def _thaw(self) -> None:
        source, self._frozen = self._frozen, None
        if source is not None:
            source.close()
