"""The database's clock: the one that everybody who works on an export shares."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.store.types import UtcDateTime

# Older SQLites know no fractions in unixepoch(); 2440587.5 is the Julian day of 1970-01-01.
_SQLITE = "SELECT CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000 AS now"


async def database_now(session: AsyncSession) -> datetime:
    """Return the database's present time in UTC. SQLite's is that of this machine, to the millisecond."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    # Not now(): that stands still while a transaction is open.
    text = sa.text(_SQLITE if is_sqlite else "SELECT clock_timestamp() AS now")
    moment: datetime = (await session.execute(text.columns(sa.column("now", UtcDateTime())))).scalar_one()
    return moment
