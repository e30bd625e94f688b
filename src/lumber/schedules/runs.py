"""The runs of a schedule: made at a nominal time, started with an export, and ended with it.

Each function works in the transaction of its session, which has locked the schedule. A run and its export are
made in one transaction, so a crash leaves both or none.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actor import Actor, ActorKind
from lumber.errors import AuditError, ConfigError, DatabaseError, LumberError, TooManyExports
from lumber.exports.creation import NewExport, create_exports
from lumber.exports.guests import sourced_in
from lumber.exports.naming import Naming
from lumber.exports.parsing import parse_config
from lumber.exports.status import ENDED, Status
from lumber.schedules.definition import Overlap
from lumber.schedules.report import EXPORT_COLUMNS, end_reason
from lumber.schedules.rights import require_owner_may
from lumber.schedules.stored import pause_schedule
from lumber.store.models import DatasetVersion, ExportStatus, Schedule, ScheduleRun

# Older ones are deleted: a schedule of each minute makes half a million in a year.
MOST_RUNS = 1_000
SKIPPED, QUEUED, RUNNING, COMPLETED, FAILED, HELD = (
    "skipped",
    "queued",
    "running",
    "completed",
    "failed",
    "held",
)
SCHEDULER = "scheduler"
_LONGEST_REASON = 1_000


async def make_run(
    session: AsyncSession,
    row: Schedule,
    nominal_at: datetime,
    now: datetime,
    max_queued: int | None,
    *,
    missed: int = 0,
) -> ScheduleRun | None:
    """Make the run of a nominal time, and start it unless another one is active.

    None: there is a run for this time already.
    """
    if await session.get(ScheduleRun, (row.id, nominal_at)) is not None:
        return None
    await settle(session, row, now)
    reason = f"It also stands for {missed:,} missed before it." if missed else None
    run = ScheduleRun(schedule_id=row.id, nominal_at=nominal_at, status=QUEUED, reason=reason, created_at=now)
    active = await _active(session, row)
    session.add(run)
    if active is not None:
        earlier = f"The run of {_shown(active.nominal_at)} has not ended."
        if row.overlap == Overlap.SKIP:
            run.status, run.reason, run.finished_at = SKIPPED, earlier, now
        else:
            run.reason = earlier
    else:
        await start_run(session, row, run, now, max_queued)
    await _prune(session, row)
    return run


async def skip_run(
    session: AsyncSession, row: Schedule, nominal_at: datetime, now: datetime, missed: int
) -> None:
    """Record that times were missed and aren't caught up, as a skipped run at the last of them."""
    if await session.get(ScheduleRun, (row.id, nominal_at)) is None:
        times = "time was" if missed == 1 else "times were"
        reason = f"{missed:,} {times} missed, because nothing scheduled then."
        session.add(
            ScheduleRun(
                schedule_id=row.id,
                nominal_at=nominal_at,
                status=SKIPPED,
                reason=reason,
                created_at=now,
                finished_at=now,
            )
        )
        await _prune(session, row)


async def start_run(
    session: AsyncSession, row: Schedule, run: ScheduleRun, now: datetime, max_queued: int | None
) -> None:
    """Create the export of a queued run, with the rights that the owner has now.

    While too many exports wait, the run does too. Any other error fails it.
    """
    try:
        config = parse_config(row.config)
        try:
            config = config.resolved(run.nominal_at, row.time_zone)
        except ConfigError as error:
            # Nothing is wrong: `this month` is empty when a month begins.
            run.status, run.reason, run.finished_at = SKIPPED, _cut(str(error)), now
            return
        policies = await require_owner_may(session, row.owner_id, config)
        # A source that was removed fails the run now, and not its export later.
        async with sourced_in(config, session):
            pass
        new = NewExport(
            config,
            idempotency_key=f"schedule {row.id} {run.nominal_at.isoformat()}",
            by=Actor(ActorKind.SYSTEM, SCHEDULER, row.owner_id),
            policies=policies,
            gate=row.gate,
            naming=Naming.default(f"{row.name} {_local_text(run.nominal_at, row.time_zone)}"),
        )
        (created,) = await create_exports(session, [new], max_queued)
        if isinstance(created, LumberError):
            raise created
    except TooManyExports as error:
        run.reason = _cut(error.public)
        return
    except (DatabaseError, AuditError):
        raise
    except LumberError as error:
        await end_run(session, row, run, FAILED, error.public, now)
        return
    run.status, run.export_id, run.started_at = RUNNING, created.export_id, now


def _local_text(nominal_at: datetime, time_zone: str) -> str:
    """Return a nominal time on the clock of its schedule."""
    return nominal_at.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M")


async def end_run(
    session: AsyncSession,
    row: Schedule,
    run: ScheduleRun,
    status: str,
    reason: str | None,
    now: datetime,
    *,
    counts: bool = True,
) -> None:
    """End a run. The only place where one becomes completed, failed or held.

    A failure that `counts` may pause the schedule; a completed run clears the count.
    """
    run.status, run.finished_at = status, now
    run.reason = None if reason is None else _cut(reason)
    await session.flush()
    if status == COMPLETED:
        row.failures = 0
    elif status == FAILED and counts:
        row.failures += 1
        most = row.pause_after_failures
        if most is not None and row.failures >= most:
            runs = "the last run" if row.failures == 1 else f"{row.failures:,} runs in a row"
            by = Actor(ActorKind.SYSTEM, SCHEDULER)
            await pause_schedule(session, row, _cut(f"Paused because {runs} failed: {reason}"), by=by)


async def settle(session: AsyncSession, row: Schedule, now: datetime) -> None:
    """End the runs of a schedule whose exports have ended."""
    wanted = (
        sa.select(ScheduleRun, *EXPORT_COLUMNS)
        .outerjoin(ExportStatus, ExportStatus.id == ScheduleRun.export_id)
        .where(ScheduleRun.schedule_id == row.id, ScheduleRun.status == RUNNING)
        .where(ScheduleRun.finished_at.is_(None), has_ended())
        .order_by(ScheduleRun.nominal_at)
    )
    for found in (await session.execute(wanted)).all():
        await _end_with(session, row, found[0], found, now)


def has_ended() -> sa.ColumnElement[bool]:
    """Say whether the export of a run has ended, or is gone."""
    return sa.or_(ExportStatus.id.is_(None), ExportStatus.status.in_([each.value for each in ENDED]))


async def _end_with(
    session: AsyncSession, row: Schedule, run: ScheduleRun, export: Any, now: datetime
) -> None:
    if export.id is None:
        await end_run(
            session, row, run, FAILED, "The export was deleted before it was looked at.", now, counts=False
        )
    elif export.status == Status.COMPLETED:
        held = await _held(session, export.id)
        status = COMPLETED if held is None else HELD
        await end_run(session, row, run, status, held, export.finished_at or now)
    else:
        # Who cancels an export knows why.
        counts = export.status == Status.FAILED
        await end_run(session, row, run, FAILED, end_reason(export), export.finished_at or now, counts=counts)


async def _held(session: AsyncSession, export_id: str) -> str | None:
    """Return why the version that an export made is held; None if it isn't."""
    is_held = sa.and_(DatasetVersion.export_id == export_id, DatasetVersion.state == HELD)
    found = (await session.execute(sa.select(DatasetVersion.reason).where(is_held))).first()
    return None if found is None else found.reason or "The version is held."


async def _active(session: AsyncSession, row: Schedule) -> ScheduleRun | None:
    """Return the first run of a schedule that has not ended."""
    wanted = sa.select(ScheduleRun).where(
        ScheduleRun.schedule_id == row.id,
        ScheduleRun.finished_at.is_(None),
        ScheduleRun.status.in_((QUEUED, RUNNING)),
    )
    found: ScheduleRun | None = await session.scalar(wanted.order_by(ScheduleRun.nominal_at).limit(1))
    return found


async def _prune(session: AsyncSession, row: Schedule) -> None:
    await session.flush()
    of_schedule = ScheduleRun.schedule_id == row.id
    newest = sa.select(ScheduleRun.nominal_at).where(of_schedule).order_by(ScheduleRun.nominal_at.desc())
    oldest = newest.offset(MOST_RUNS - 1).limit(1).scalar_subquery()
    is_old = sa.and_(of_schedule, ScheduleRun.nominal_at < oldest, ScheduleRun.finished_at.is_not(None))
    await session.execute(sa.delete(ScheduleRun).where(is_old).execution_options(synchronize_session=False))


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_REASON else f"{text[: _LONGEST_REASON - 1]}…"
