"""The database's clock, which all processes that work on an export share."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.store.types import UtcDateTime

# In older SQLite, unixepoch() has no fractions; 2440587.5 is the Julian day of 1970-01-01.
_SQLITE = "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000"
# Not now(): it doesn't advance during a transaction.
_POSTGRESQL = "clock_timestamp()"


async def database_now(session: AsyncSession) -> datetime:
    """Return the current time of the database in UTC; for SQLite this machine's, to the millisecond."""
    text = sa.text(f"SELECT {_clock(session)} AS now")
    moment: datetime = (await session.execute(text.columns(sa.column("now", UtcDateTime())))).scalar_one()
    return moment


def clock_sql(session: AsyncSession) -> sa.ColumnElement[datetime]:
    """Return the current time of the database as a part of a statement."""
    return sa.literal_column(_clock(session), UtcDateTime())


def _clock(session: AsyncSession) -> str:
    return _SQLITE if session.get_bind().dialect.name == "sqlite" else _POSTGRESQL
