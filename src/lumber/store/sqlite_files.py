"""The connections of a Database to a SQLite file: opened for SQLAlchemy's pool, closed at the end."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from functools import partial
from pathlib import Path

import aiosqlite

# After so many instructions of its virtual machine, about a millisecond, SQLite looks whether to stop.
_INSTRUCTIONS = 100_000
_ROWS_AT_ONCE = 64


class SqliteFile:
    """Opens connections to one SQLite file, and closes also those that cancelled tasks left behind.

    The pool forgets a connection whose task was cancelled: its thread ends with the event loop, and its
    transaction would hold the locks of the file until the garbage is collected.
    """

    def __init__(
        self, path: Path | str, busy_timeout_seconds: float, stopped: threading.Event | None
    ) -> None:
        self._connect = partial(
            sqlite3.connect, path, timeout=busy_timeout_seconds, uri=isinstance(path, str)
        )
        self._stopped = stopped
        self._opened: set[_Connection] = set()

    async def open(self) -> aiosqlite.Connection:
        """Return a new connection. Raises sqlite3.Error."""
        self._opened = {connection for connection in self._opened if connection.thread.is_alive()}
        connection = _Connection(self._connect, _ROWS_AT_ONCE)
        self._opened.add(connection)
        try:
            await connection
            if self._stopped is not None:
                await connection.set_progress_handler(self._stopped.is_set, _INSTRUCTIONS)
            return connection
        except BaseException:
            # Its thread reports to the event loop, which might be closed before the thread ends. A thread
            # that nobody stops never ends: the task can be cancelled after the connection is open.
            connection.stop()
            connection.thread.join()
            raise

    async def close(self) -> None:
        """Close all connections after the statements that still run, and roll their transactions back."""
        # A task that is still ending may open another one meanwhile.
        while left := [connection for connection in self._opened if connection.thread.is_alive()]:
            for connection in left:
                connection.stop()
                await asyncio.to_thread(connection.thread.join)


class _Connection(aiosqlite.Connection):
    """A connection that several may stop, and that is closed whoever does it first."""

    def __init__(self, connect: partial[sqlite3.Connection], rows_at_once: int) -> None:
        super().__init__(connect, rows_at_once)
        self._thread.daemon = True  # as SQLAlchemy does: no open connection keeps the process alive
        self._is_stopped = False

    @property
    def thread(self) -> threading.Thread:
        return self._thread

    async def close(self) -> None:
        """Roll back what wasn't committed, and close the connection, unless somebody does so already."""
        if not self._is_stopped:
            self._queue_rollback()
            await super().close()

    def stop(self) -> asyncio.Future[None] | None:
        """Close the connection and end its thread, which answers only the first who asks."""
        if self._is_stopped:
            return None
        self._is_stopped = True
        self._queue_rollback()
        if self._connection is not None:
            # `close` forgets the connection, also if its thread has not closed it.
            self._tx.put_nowait((None, self._connection.close))
        return super().stop()

    def _queue_rollback(self) -> None:
        # SQLite keeps a closed connection, with its locks, for as long as somebody has a statement of it.
        if self._connection is not None:
            self._tx.put_nowait((None, self._connection.rollback))
