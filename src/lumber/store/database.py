"""The connection to the database: one async engine, its pragmas, and its errors as ours."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from math import ceil
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from lumber.errors import (
    DatabaseError,
    DatabaseLocked,
    DatabaseMissing,
    DatabaseUnreachable,
    DiskFull,
    SourceConflict,
)
from lumber.store.connections import Turns, check_idle_connections
from lumber.store.shielded import shielded
from lumber.store.sqlite_files import SqliteFile
from lumber.store.url import DatabaseUrl

# A process that hangs in a transaction must not hold its locks forever.
_POSTGRESQL_SETTINGS = {
    "idle_in_transaction_session_timeout": "30s",
    "application_name": "lumber",
    "standard_conforming_strings": "on",  # see `lumber.store.literal`
}

# By default. A connection is opened when it is needed first.
MOST_CONNECTIONS = 15


@dataclass(frozen=True, slots=True)
class GuestRules:
    """How Lumber behaves in a database that others own: it only reads, under a name, and not for ever.

    `statement_seconds` ends a statement of PostgreSQL that takes longer.
    """

    application_name: str
    statement_seconds: float


class Database:
    """An open database. Build it with `open_database`; close it when done."""

    def __init__(
        self,
        url: DatabaseUrl,
        engine: AsyncEngine,
        connections: int,
        guest: GuestRules | None = None,
        stopped: threading.Event | None = None,
        file: SqliteFile | None = None,
    ) -> None:
        self.url = url
        self.engine = engine
        # Set by whoever wants its statements to end.
        self.stopped = stopped
        # In a database of somebody else: how to behave there.
        self.guest = guest
        self._turns = Turns(url, connections)
        self._file = file

    @property
    def is_sqlite(self) -> bool:
        """Say whether this is the embedded database."""
        return self.url.dialect == "sqlite"

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """Open a session in one transaction: committed at the end, rolled back on an error.

        Raises DatabaseBusy if no connection becomes free in time.
        """
        async with self._turns.turn():
            with database_errors(self.url):
                async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
                    yield session

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """Open a plain connection. Errors of the database become DatabaseErrors, others pass unchanged.

        Raises DatabaseBusy if no connection becomes free in time.
        """
        async with self._turns.turn():
            with database_errors(self.url):
                connection = await self.engine.connect()
            try:
                with _driver_errors(self.url):
                    yield connection
            finally:
                await shielded(connection.close())

    async def close(self) -> None:
        """Close every connection, also those of cancelled tasks: no SQLite file stays open or locked."""
        await self.engine.dispose()
        if self._file is not None:
            await self._file.close()


def open_database(
    url: DatabaseUrl,
    *,
    connections: int = MOST_CONNECTIONS,
    busy_timeout_seconds: float = 10.0,
    stopped: threading.Event | None = None,
    statement_seconds: float | None = None,
) -> Database:
    """Return the database at `url`, with at most so many connections at a time. Nothing is connected yet.

    Running statements of SQLite are interrupted when `stopped` is set; a cancelled task doesn't do that.
    Statements of PostgreSQL end with their task, and after `statement_seconds` even without it.
    """
    file = None
    if url.dialect == "sqlite":
        file = SqliteFile(url.path, busy_timeout_seconds, stopped)
        engine = create_async_engine(
            url.async_url, async_creator=file.open, pool_size=connections, max_overflow=0
        )
        sa.event.listen(engine.sync_engine, "connect", _sqlite_pragmas)
    else:
        limit = (
            {} if statement_seconds is None else {"statement_timeout": str(ceil(statement_seconds * 1000))}
        )
        arguments = {"server_settings": {**_POSTGRESQL_SETTINGS, **limit}, **url.async_arguments}
        engine = create_async_engine(
            url.async_url, pool_size=connections, max_overflow=0, connect_args=arguments
        )
        check_idle_connections(engine)
    return Database(url, engine, connections, stopped=stopped, file=file)


def open_guest(
    url: DatabaseUrl,
    rules: GuestRules,
    *,
    connections: int = 2,
    busy_timeout_seconds: float = 10.0,
    stopped: threading.Event | None = None,
) -> Database:
    """Return a database of somebody else: every transaction is read-only. Nothing is connected yet."""
    file = None
    if url.dialect == "sqlite":
        file = SqliteFile(f"file:{quote(str(url.path))}?mode=ro", busy_timeout_seconds, stopped)
        engine = create_async_engine(
            url.async_url, async_creator=file.open, pool_size=connections, max_overflow=0
        )
    else:
        settings = {
            **_POSTGRESQL_SETTINGS,
            "application_name": rules.application_name,
            "default_transaction_read_only": "on",
            "statement_timeout": str(ceil(rules.statement_seconds * 1000)),
            "timezone": "UTC",  # of texts without one
        }
        engine = create_async_engine(
            url.async_url,
            pool_size=connections,
            max_overflow=0,
            connect_args={"server_settings": settings, **url.async_arguments},
        )
        check_idle_connections(engine)
    return Database(url, engine, connections, rules, stopped, file)


def _sqlite_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        # The pool doesn't know this connection yet, so its thread would outlive the event loop.
        connection.close()
        raise
    cursor.close()


@contextmanager
def database_errors(url: DatabaseUrl) -> Iterator[None]:
    """Turn a driver's error inside the block into a DatabaseError with advice."""
    try:
        with _driver_errors(url):
            yield
    except OSError as error:  # a timeout is one too
        raise translated(url, error) from error


@contextmanager
def _driver_errors(url: DatabaseUrl) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise translated(url, error.orig or error) from error
    except SQLAlchemyError as error:
        raise translated(url, error) from error


def translated(url: DatabaseUrl, error: BaseException) -> Exception:
    """Return the DatabaseError for a driver's error."""
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    lowered = str(error).lower()
    if "database is locked" in lowered or "database table is locked" in lowered:
        return DatabaseLocked(
            f"{url} is locked by another writer. Wait for it to finish, or raise LUMBER_BUSY_TIMEOUT_SECONDS."
        )
    if SourceConflict.is_told_by(error):
        return SourceConflict.at(str(url))
    if "disk is full" in lowered or "no space left" in lowered:
        return DiskFull(f"The disk of {url} is full. Free some space and run the command again.")
    if "unable to open database" in lowered or "failed to open 'file:" in lowered:
        return DatabaseMissing(
            f"{url} cannot be opened. Check that the folder exists and that you may read and write it."
        )
    if "file is not a database" in lowered:
        return DatabaseMissing(f"{url} is not a SQLite file. Check LUMBER_DATABASE_URL or --database-url.")
    lost = (
        "connection was closed",
        "connection is closed",
        "terminating connection",
        "server closed the connection",
        "database system is",  # starting up, shutting down, in recovery
    )
    if any(part in lowered for part in lost):
        return DatabaseUnreachable(
            f"The connection to {url} was lost: {text}. Check that the server runs, and run the command "
            "again."
        )
    unreachable = ("does not exist", "password authentication", "failed to connect")
    if isinstance(error, OSError) or any(part in lowered for part in unreachable):
        return DatabaseUnreachable(
            f"{url} cannot be reached: {text}. Check the address, that the server runs, and the password."
        )
    return DatabaseError(f"{url} reported an error: {text}")
