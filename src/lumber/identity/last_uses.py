"""Records when API keys and sessions were last used, at most once a minute, never in the way of a request."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

import sqlalchemy as sa

from lumber.errors import DatabaseError
from lumber.store.database import Database
from lumber.store.models import ApiKey, UserSession

INTERVAL = timedelta(minutes=1)

_log = logging.getLogger(__name__)


class LastUses:
    """Writes uses in a task of its own: while a load holds SQLite's lock, no request waits for it."""

    def __init__(self, database: Database, table: type[ApiKey] | type[UserSession]) -> None:
        self._database = database
        self._table = table
        self._noted: dict[str, datetime] = {}
        self._task: asyncio.Task[None] | None = None

    def note(self, id_: str, last_used_at: datetime | None, now: datetime) -> None:
        """Let a use be written soon, unless `last_used_at` is recent."""
        if last_used_at is not None and last_used_at > now - INTERVAL:
            return
        self._noted[id_] = now
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())

    async def close(self) -> None:
        """Write what was noted."""
        if self._task is not None:
            await self._task

    async def _write(self) -> None:
        while self._noted:
            id_, now = self._noted.popitem()
            last: sa.ColumnElement[datetime | None] = self._table.__table__.c.last_used_at
            statement = (
                sa.update(self._table)
                .where(self._table.id == id_)
                # Other processes see the same key.
                .where(sa.or_(last.is_(None), last <= now - INTERVAL))
                .values(last_used_at=now)
            )
            try:
                async with self._database.session() as session:
                    await session.execute(statement)
            except DatabaseError as error:
                _log.warning("a last use in %s was not recorded: %s", self._table.__tablename__, error)
