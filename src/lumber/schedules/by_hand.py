"""Runs a schedule once, now, because a person asks for it."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, local_actor
from lumber.audit.append import append
from lumber.audit.line import NewLine
from lumber.errors import ScheduleStateError
from lumber.schedules.reading import run_of
from lumber.schedules.report import RunReport
from lumber.schedules.runs import SKIPPED, make_run
from lumber.schedules.stored import locked
from lumber.store.clock import database_now


async def run_now(
    session: AsyncSession, schedule_id: str, max_queued: int | None, *, by: Actor | None = None
) -> RunReport:
    """Make a run whose nominal time is now, also of a paused schedule, and return it.

    Raises ScheduleNotFound, and ScheduleStateError if an earlier run has not ended and `overlap` is skip.
    """
    row = await locked(session, schedule_id)
    now = await database_now(session)
    run = await make_run(session, row, now, now, max_queued)
    if run is None or (
        run.status == SKIPPED and run.export_id is None and "has not ended" in (run.reason or "")
    ):
        raise ScheduleStateError(
            f"A run of the schedule {row.name!r} has not ended: wait for it, or set overlap to queue."
        )
    details = {
        "name": row.name,
        "nominal_at": now.isoformat(),
        "status": run.status,
        "export_id": run.export_id,
    }
    line = NewLine(by or local_actor(), Action.SCHEDULE_RUN, ("schedule", row.id), details=details)
    await append(session, [line])
    return await run_of(session, run)
