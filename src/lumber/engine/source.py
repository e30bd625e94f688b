"""Reads a partition's rows in bulk: ADBC to Arrow batches of at most `batch_size` rows.

One connection sees one moment for as long as it is open. On PostgreSQL the coordinator exports its
snapshot and every reader adopts it. On SQLite a reader's transaction begins with `pin`, which the
coordinator calls while it holds the write lock, so that all readers see the same moment.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from math import ceil
from typing import Literal

import adbc_driver_manager
import pyarrow as pa
from adbc_driver_manager import AdbcConnection, AdbcDatabase, AdbcStatement

from lumber.errors import SourceConflict, SourceFailed

_READ_AHEAD_BYTES = 4 * 1024 * 1024
_BUSY_MILLISECONDS = 10_000


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """How to open the database for reading. The address may hold a password: it is never shown.

    In a database of somebody else, connections have a name, and statements of PostgreSQL a longest time.
    """

    dialect: Literal["sqlite", "postgresql"]
    uri: str = field(repr=False)
    snapshot_id: str | None = None
    application_name: str | None = None
    statement_seconds: float | None = None


class Source:
    """An open read-only connection with one transaction on it."""

    def __init__(self, spec: SourceSpec) -> None:
        self.spec = spec
        self._database, self._connection = _connect(spec)

    def pin(self) -> None:
        """Begin to see this moment (SQLite); later writes of others stay unseen until `close`.

        Called again, it leaves the moment of before. Raises SourceFailed.
        """
        try:
            self._connection.rollback()
            with _statement(self._connection, "SELECT count(*) FROM sqlite_master") as statement:
                _reader(statement).read_all()
        except (adbc_driver_manager.Error, pa.ArrowException, OSError) as error:
            raise _failed("A worker cannot read the database", error) from error

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
            with _statement(self._connection, statement, options) as running:
                yield from _sliced(_reader(running), batch_size, skip=1 if is_sqlite else 0)
        except (adbc_driver_manager.Error, pa.ArrowException, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise _failed("The database failed while it was read", error) from error

    def cancel(self) -> None:
        """End the statement that runs, in the server. Safe from any thread. SQLite goes on to its end."""
        with contextlib.suppress(adbc_driver_manager.Error):
            self._connection.cancel()

    def close(self) -> None:
        """End the transaction and close the connection."""
        self._connection.close()
        self._database.close()


# ADBC's own classes, not its DB-API: that loads all of pyarrow.dataset, and pandas where it is installed,
# which takes longer than a small partition.


def _connect(spec: SourceSpec) -> tuple[AdbcDatabase, AdbcConnection]:
    driver = import_module(f"adbc_driver_{spec.dialect}")
    with contextlib.ExitStack() as stack:
        try:
            database: AdbcDatabase = stack.enter_context(driver.connect(spec.uri))
            connection = stack.enter_context(adbc_driver_manager.AdbcConnection(database))
            if spec.dialect == "postgresql":
                # Statements contain their values. The setting says what a backslash in them means.
                _run(connection, "SET standard_conforming_strings = on")
                _be_a_guest(connection, spec)
            else:
                # A reader meets a lock while another process recovers or closes the file.
                _run(connection, f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
            connection.set_autocommit(False)
            if spec.dialect == "postgresql":
                _run(connection, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                # A worker waits between its partitions, and nobody is held up by a reader.
                _run(connection, "SET LOCAL idle_in_transaction_session_timeout = 0")
                if spec.snapshot_id is not None:
                    quoted = spec.snapshot_id.replace("'", "''")
                    _run(connection, f"SET TRANSACTION SNAPSHOT '{quoted}'")
        except adbc_driver_manager.Error as error:
            raise _failed("A worker cannot open the database", error) from error
        stack.pop_all()
    return database, connection


def _failed(what: str, error: Exception) -> SourceFailed:
    """Return our error for one of the driver."""
    if SourceConflict.is_told_by(error):
        return SourceConflict.at("The database")
    return SourceFailed(f"{what}: {str(error).splitlines()[0]}")


def _be_a_guest(connection: AdbcConnection, spec: SourceSpec) -> None:
    if spec.application_name is not None:
        name = spec.application_name.replace("'", "''")
        _run(connection, f"SET application_name = '{name}'")
        _run(connection, "SET timezone = 'UTC'")
        _run(connection, "SET default_transaction_read_only = on")
    if spec.statement_seconds is not None:
        _run(connection, f"SET statement_timeout = {ceil(spec.statement_seconds * 1000)}")


def _run(connection: AdbcConnection, sql: str) -> None:
    with _statement(connection, sql) as statement:
        statement.execute_update()


@contextlib.contextmanager
def _statement(
    connection: AdbcConnection, sql: str, options: Mapping[str, str] | None = None
) -> Iterator[AdbcStatement]:
    with adbc_driver_manager.AdbcStatement(connection) as statement:
        statement.set_options(**(options or {}))
        statement.set_sql_query(sql)
        yield statement


def _reader(statement: AdbcStatement) -> pa.RecordBatchReader:
    stream, _ = statement.execute_query()
    return pa.RecordBatchReader.from_stream(stream)


def _sliced(batches: Iterator[pa.RecordBatch], batch_size: int, *, skip: int) -> Iterator[pa.RecordBatch]:
    """Cut batches to at most `batch_size` rows, without copying; leave out the first `skip` rows."""
    for batch in batches:
        start, skip = min(skip, batch.num_rows), max(0, skip - batch.num_rows)
        for offset in range(start, batch.num_rows, batch_size):
            yield batch.slice(offset, min(batch_size, batch.num_rows - offset))
