"""Records when API keys were last used, at most once a minute for each, and never in the way of a request."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

import sqlalchemy as sa

from lumber.errors import DatabaseError
from lumber.store.database import Database
from lumber.store.models import ApiKey

INTERVAL = timedelta(minutes=1)

_log = logging.getLogger(__name__)


class LastUses:
    """Writes uses in a task of its own: while a load holds SQLite's lock, no request waits for it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[str, datetime] = {}
        self._task: asyncio.Task[None] | None = None

    def note(self, key_id: str, last_used_at: datetime | None, now: datetime) -> None:
        """Let a use be written soon, unless `last_used_at` is recent."""
        if last_used_at is not None and last_used_at > now - INTERVAL:
            return
        self._noted[key_id] = now
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())

    async def close(self) -> None:
        """Write what was noted."""
        if self._task is not None:
            await self._task

    async def _write(self) -> None:
        while self._noted:
            key_id, now = self._noted.popitem()
            statement = (
                sa.update(ApiKey)
                .where(ApiKey.id == key_id)
                # Other processes see the same key.
                .where(sa.or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= now - INTERVAL))
                .values(last_used_at=now)
            )
            try:
                async with self._database.session() as session:
                    await session.execute(statement)
            except DatabaseError as error:
                _log.warning("the last use of the API key %s was not recorded: %s", key_id, error)
