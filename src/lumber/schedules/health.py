"""What is wrong with schedules: nothing starts them, some are paused, or a policy refuses their source."""

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
_SHOWN = 3


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
            paused = (await session.scalars(failed.order_by(Schedule.name).limit(_SHOWN))).all()
            is_scheduled = await is_scheduling(session)
            refused = await _refused(session)
    except LumberError:
        return ()
    found = []
    text = counted(count, "schedule")
    if count and not is_scheduled:
        advice = "Run `lumber serve` or `lumber worker`, with LUMBER_SCHEDULER not false."
        found.append(Check(_NAME, "warning", f"{text}, and nothing starts their runs", advice))
    elif paused:
        advice = "See `lumber schedule show NAME`, then run `lumber schedule resume NAME`."
        found.append(Check(_NAME, "warning", f"paused after failures: {', '.join(paused)}", advice))
    if refused:
        advice = "Give their owners other policies, or let them export Lumber's own tables."
        names = ", ".join(refused[:_SHOWN])
        found.append(Check(_NAME, "warning", f"policies refuse the sources of: {names}", advice))
    return found or [Check(_NAME, "ok", text)]


async def _refused(session: AsyncSession) -> Sequence[str]:
    """Return the schedules whose source a policy of their owner refuses, by name."""
    active = sa.select(Schedule.name, Schedule.owner_id, Schedule.config).where(
        Schedule.is_paused == 0, Schedule.owner_id.is_not(None)
    )
    rows = (await session.execute(active.order_by(Schedule.name))).all()
    sourced = [(name, owner_id) for name, owner_id, config in rows if config.get("source")]
    if not sourced:
        return ()
    # Loads what judges a config.
    from lumber.exports.policies.applicable import judge_of_account

    judges = {owner_id: await judge_of_account(session, owner_id) for _, owner_id in sourced}
    return [name for name, owner_id in sourced if not judges[owner_id].allows_sources]
