"""Locks of the ledger that a transaction takes before it reads what it will change."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.store.models import ExportStatus

# Arbitrary key of the PostgreSQL lock for counting and creating exports.
CREATION_LOCK = 0x4C554D43


async def lock_writes(session: AsyncSession) -> None:
    """Take SQLite's write lock before reading rows to change. PostgreSQL locks rows instead."""
    if session.get_bind().dialect.name == "sqlite":
        await session.execute(sa.update(ExportStatus).where(sa.false()).values(status=ExportStatus.status))


async def lock_creation(session: AsyncSession) -> None:
    """Lock out other transactions that count and create exports, until this one ends."""
    await lock_writes(session)
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(sa.select(sa.func.pg_advisory_xact_lock(CREATION_LOCK)))
