"""TableLoop: commits published versions to tables while `lumber serve` or `lumber worker` runs."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import sqlalchemy as sa
import structlog

from lumber.errors import DatabaseError
from lumber.settings import Settings
from lumber.store.database import Database, open_database
from lumber.store.models import DatasetTable
from lumber.store.url import DatabaseUrl

# A version that is published is committed after this time.
_SECONDS = 2.0
_SLOW_SECONDS = 10.0

_log = structlog.stdlib.get_logger(__name__)


class TableLoop:
    """Look for versions that tables lack until stopped. Any number of processes can each run one."""

    def __init__(self, settings: Settings, *, every_seconds: float = _SECONDS) -> None:
        self._settings = settings
        self._every_seconds = every_seconds
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start in the background."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="tables")

    async def stop(self) -> None:
        """Stop, after the current commit."""
        self._stopping.set()
        task, self._task = self._task, None
        if task is not None:
            await task

    async def _run(self) -> None:
        settings = self._settings
        url = DatabaseUrl.parse(settings.effective_database_url)
        # The second one renews the claim.
        database = open_database(url, connections=2, busy_timeout_seconds=settings.busy_timeout_seconds)
        try:
            while not self._stopping.is_set():
                seconds = self._every_seconds
                try:
                    await self._look(database)
                except DatabaseError as error:
                    _log.warning("tables_unreachable", error=str(error))
                    seconds = _SLOW_SECONDS
                except Exception as error:  # noqa: BLE001 - the next look may work
                    _log.exception("tables_failed", error=str(error))
                    seconds = _SLOW_SECONDS
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), seconds)
        finally:
            await database.close()

    async def _look(self, database: Database) -> None:
        async with database.session() as session:
            if not await session.scalar(sa.select(sa.exists(sa.select(DatasetTable.format)))):
                return
        # Services without tables don't need it.
        from lumber.exports.versions.committing import commit_due

        await commit_due(database, self._settings, is_stopping=self._stopping.is_set)
