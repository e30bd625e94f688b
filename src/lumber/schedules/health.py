"""What is wrong with schedules: nothing starts their runs, or some are paused after failures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.errors import LumberError
from lumber.exports.check import Check
from lumber.schedules.ticker import TICK_SECONDS
from lumber.store.clock import database_now
from lumber.store.database import Database
from lumber.store.migrate import SchemaState, schema_state
from lumber.store.models import Schedule, SchedulerTick
from lumber.text import counted

_NAME = "schedules"


async def is_scheduling(session: AsyncSession) -> bool:
    """Say whether a scheduler looked for due runs lately. Without schedules, none says so."""
    at = await session.scalar(sa.select(SchedulerTick.at))
    lately = await database_now(session) - timedelta(seconds=3 * TICK_SECONDS)
    return at is not None and at >= lately


async def check_schedules(database: Database) -> Sequence[Check]:
    """Check the schedules. No check raises: others say what is wrong with the database."""
    try:
        if await schema_state(database) is not SchemaState.CURRENT:
            return ()
        async with database.session() as session:
            count = await session.scalar(sa.select(sa.func.count()).select_from(Schedule)) or 0
            failed = sa.select(Schedule.name).where(Schedule.is_paused == 1, Schedule.failures > 0)
            paused = (await session.scalars(failed.order_by(Schedule.name).limit(3))).all()
            is_scheduled = await is_scheduling(session)
    except LumberError:
        return ()
    text = counted(count, "schedule")
    if count and not is_scheduled:
        advice = "Run `lumber serve` or `lumber worker`, with LUMBER_SCHEDULER not false."
        return [Check(_NAME, "warning", f"{text}, and nothing starts their runs", advice)]
    if paused:
        advice = "See `lumber schedule show NAME`, then run `lumber schedule resume NAME`."
        return [Check(_NAME, "warning", f"paused after failures: {', '.join(paused)}", advice)]
    return [Check(_NAME, "ok", text)]
