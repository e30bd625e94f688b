"""Reads a partition's rows in bulk: ADBC to Arrow batches of at most `batch_size` rows.

One connection sees one moment for as long as it is open. On PostgreSQL the coordinator exports its
snapshot and every reader adopts it. On SQLite a reader's transaction begins with `pin`, which the
coordinator calls while it holds the write lock, so that all readers see the same moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import adbc_driver_manager
import pyarrow as pa

from lumber.errors import SourceFailed

if TYPE_CHECKING:  # the workers load it; whoever starts them need not
    from adbc_driver_manager.dbapi import Connection

_READ_AHEAD_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """How to open the database for reading. The address may hold a password: it is never shown."""

    dialect: Literal["sqlite", "postgresql"]
    uri: str = field(repr=False)
    snapshot_id: str | None = None


class Source:
    """An open read-only connection with one transaction on it."""

    def __init__(self, spec: SourceSpec) -> None:
        self.spec = spec
        self._connection = _connect(spec)

    def pin(self) -> None:
        """Begin to see this moment (SQLite); later writes of others stay unseen until `close`.

        Raises SourceFailed.
        """
        try:
            with self._connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM sqlite_master")
                cursor.fetchall()
        except adbc_driver_manager.Error as error:
            text = str(error).splitlines()[0]
            raise SourceFailed(f"A worker cannot read the database: {text}") from error

    def batches(self, statement: str, batch_size: int) -> Iterator[pa.RecordBatch]:
        """Run a partition's statement and yield its rows in batches of at most `batch_size`.

        Raises SourceFailed when the database fails in the middle.
        """
        is_sqlite = self.spec.dialect == "sqlite"
        options = (
            {"adbc.sqlite.query.batch_rows": str(batch_size)}
            if is_sqlite
            else {"adbc.postgresql.batch_size_hint_bytes": str(_READ_AHEAD_BYTES)}
        )
        try:
            with self._connection.cursor(adbc_stmt_kwargs=options) as cursor:
                cursor.execute(statement)
                reader = cursor.fetch_record_batch()
                yield from _sliced(reader, batch_size, skip=1 if is_sqlite else 0)
        except (adbc_driver_manager.Error, pa.ArrowException, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            text = str(error).splitlines()[0]
            raise SourceFailed(f"The database failed while it was read: {text}") from error

    def close(self) -> None:
        """End the transaction and close the connection."""
        self._connection.close()


def _connect(spec: SourceSpec) -> Connection:
    try:
        if spec.dialect == "sqlite":
            import adbc_driver_sqlite.dbapi

            sqlite: Connection = adbc_driver_sqlite.dbapi.connect(spec.uri, autocommit=False)
            return sqlite
        import adbc_driver_postgresql.dbapi

        connection: Connection = adbc_driver_postgresql.dbapi.connect(spec.uri, autocommit=False)
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # A worker waits between its partitions, and nobody is held up by a reader.
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            if spec.snapshot_id is not None:
                quoted = spec.snapshot_id.replace("'", "''")
                cursor.execute(f"SET TRANSACTION SNAPSHOT '{quoted}'")
        return connection
    except adbc_driver_manager.Error as error:
        text = str(error).splitlines()[0]
        raise SourceFailed(f"A worker cannot open the database: {text}") from error


def _sliced(batches: Iterator[pa.RecordBatch], batch_size: int, *, skip: int) -> Iterator[pa.RecordBatch]:
    """Cut batches to at most `batch_size` rows, without copying; leave out the first `skip` rows."""
    for batch in batches:
        start, skip = min(skip, batch.num_rows), max(0, skip - batch.num_rows)
        for offset in range(start, batch.num_rows, batch_size):
            yield batch.slice(offset, min(batch_size, batch.num_rows - offset))
