"""The connections of a database: who gets the next one, and whether an idle one still works."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine

from lumber.errors import DatabaseBusy
from lumber.store.url import DatabaseUrl

# Waits that are longer mean that the database can't keep up.
_WAIT_SECONDS = 30.0
# A connection that was in use more recently isn't checked.
_IDLE_SECONDS = 5.0
_RETURNED_AT = "returned_at"


class Turns:
    """Gives out the connections of one pool in order of arrival.

    SQLAlchemy's pool lets newcomers take a connection before those who wait, and these start again at the
    end of its queue. Under load, some of them would wait until the timeout.
    """

    def __init__(self, url: DatabaseUrl, connections: int) -> None:
        self._url = url
        self._connections = connections
        self._free = asyncio.Semaphore(connections)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold the right to one connection. Raises DatabaseBusy after half a minute."""
        if self._free.locked():
            await self._wait()
        else:
            await self._free.acquire()
        try:
            yield
        finally:
            self._free.release()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await self._free.acquire()
        except TimeoutError:
            raise DatabaseBusy(
                f"{self._url} is busy: other work used all connections ({self._connections}) of this process "
                f"for {_WAIT_SECONDS:g} seconds. Try again later. For the service, "
                "LUMBER_DATABASE_CONNECTIONS allows more."
            ) from None


def check_idle_connections(engine: AsyncEngine) -> None:
    """Let the pool replace broken connections when they are taken from it.

    SQLAlchemy's `pool_pre_ping` makes three round trips each time, as many as a small transaction. This
    makes them only if the connection was idle for some seconds. If the server has closed a connection, the
    driver knows it without asking.
    """

    def leave(_connection: Any, record: Any) -> None:
        record.info[_RETURNED_AT] = time.monotonic()

    def take(connection: Any, record: Any, _proxy: Any) -> None:
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError
        returned_at = record.info.get(_RETURNED_AT)
        if returned_at is not None and time.monotonic() - returned_at > _IDLE_SECONDS:
            _ask(connection)

    sa.event.listen(engine.sync_engine, "checkin", leave)
    sa.event.listen(engine.sync_engine, "checkout", take)


def _ask(connection: Any) -> None:
    try:
        connection.ping()
    except Exception as error:
        raise InvalidatePoolError from error
