"""Appends the rows of a chunk and records which they are, in the chunk's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from lumber.store.bulk import BulkConnection
from lumber.store.models import IngestChunk, LogEntry

# PostgreSQL fills the column `tx` of this table with the inserting transaction.
_HAS_TX = LogEntry.__tablename__
_PLACE = (
    "SELECT pg_current_xact_id()::text::bigint, "
    "coalesce(pg_sequence_last_value(pg_get_serial_sequence('{table}', 'id')::regclass), 0)"
)
_NEW_IDS = "SELECT nextval(pg_get_serial_sequence('{table}', 'id')) FROM generate_series(1, {count})"
_LAST_ID = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = '{table}'"


@dataclass(frozen=True, slots=True)
class IdRun:
    """Ids of a chunk's rows, from first to last. With `tx`, only the rows of this transaction are meant."""

    first_id: int
    last_id: int
    rows: int
    tx: int | None = None


def upserted(rows: int) -> IdRun:
    """Return the record of rows that update others: they have no ids of their own."""
    return IdRun(0, 0, rows)


def append_rows(connection: BulkConnection, table: str, rows: pa.Table) -> list[IdRun]:
    """Append rows and return their ids. Raises DatabaseError."""
    if connection.url.dialect == "sqlite":
        # The transaction has the write lock: no other rows get ids meanwhile.
        before = _number(connection, _LAST_ID.format(table=table))
        connection.append(table, rows)
        return [IdRun(before + 1, _number(connection, _LAST_ID.format(table=table)), rows.num_rows)]
    if table == _HAS_TX:
        ((tx, before),) = connection.query(_PLACE.format(table=table))
        connection.append(table, rows)
        ((_, last),) = connection.query(_PLACE.format(table=table))
        return [IdRun(before + 1, last, rows.num_rows, tx)]
    found = connection.query(_NEW_IDS.format(table=table, count=rows.num_rows))
    ids = [number for (number,) in found]
    connection.append(table, rows.add_column(0, "id", pa.array(ids, pa.int64())))
    return _runs(ids)


def _number(connection: BulkConnection, query: str) -> int:
    ((number,),) = connection.query(query)
    return int(number)


def _runs(ids: list[int]) -> list[IdRun]:
    """Return runs of consecutive ids. Other loads may get ids at the same time."""
    starts = [0, *(n for n in range(1, len(ids)) if ids[n] != ids[n - 1] + 1), len(ids)]
    return [IdRun(ids[a], ids[b - 1], b - a) for a, b in pairwise(starts)]


def record(connection: BulkConnection, source_id: str, lines_done: int, runs: list[IdRun]) -> None:
    """Record the rows of the chunk after which `lines_done` lines of the source are done."""
    table: Any = IngestChunk.__table__
    for run in runs:
        values = {"source_id": source_id, "lines_done": lines_done, "rows": run.rows, "tx": run.tx}
        values |= {"first_id": run.first_id, "last_id": run.last_id}
        connection.execute(sa.insert(table).values(values))
