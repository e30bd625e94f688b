"""What the routes work with: settings, the database and everything that a process has once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from lumber.exports.status import ExportStatusManager
from lumber.settings import Settings
from lumber.store.database import Database, open_database
from lumber.store.migrate import require_schema
from lumber.store.url import DatabaseUrl


@dataclass(frozen=True, slots=True)
class Service:
    """The open service. `creating` lets creations of this process queue fairly for the write lock."""

    settings: Settings
    database: Database
    ledger: ExportStatusManager
    creating: asyncio.Lock = field(default_factory=asyncio.Lock)


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[Service]:
    """Open the database, making its tables in an empty one, and close it at the end."""
    url = DatabaseUrl.parse(settings.effective_database_url)
    database = open_database(url, busy_timeout_seconds=settings.busy_timeout_seconds)
    try:
        await require_schema(database, create=True)
        yield Service(settings, database, ExportStatusManager(database))
    finally:
        await database.close()


async def get_service(request: Request) -> AsyncIterator[Service]:
    """Return the running service; for an app that was never started, one for this request alone."""
    running: Service | None = request.app.state.service
    if running is not None:
        yield running
        return
    async with open_service(request.app.state.settings) as service:
        yield service


ServiceDep = Annotated[Service, Depends(get_service)]
