"""Ticker: looks for what is to be done, and does it, in one short transaction for each schedule.

Any number of them can work on one ledger. The row of a schedule is locked while its runs are made, its next
time moves in the same transaction, and a run is unique by schedule and nominal time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.errors import DatabaseError, LumberError
from lumber.exports.locks import lock_writes
from lumber.schedules.backfills import advance_backfills
from lumber.schedules.definition import CatchUp
from lumber.schedules.planning import Decision, decide
from lumber.schedules.report import timetable_in
from lumber.schedules.runs import QUEUED, RUNNING, has_ended, make_run, settle, skip_run, start_run
from lumber.schedules.stored import set_next
from lumber.store.clock import database_now
from lumber.store.database import Database
from lumber.store.models import ExportStatus, Schedule, ScheduleRun
from lumber.store.types import UtcDateTime

Clock = Callable[[AsyncSession], Awaitable[datetime]]

_AT_ONCE = 200
# A clock that is set back by less needs no new look at all schedules.
_SET_BACK = timedelta(seconds=1)
# How often the ledger learns that somebody schedules.
TICK_SECONDS = 30.0

_TELL = sa.text(
    "INSERT INTO scheduler_ticks (id, at) VALUES (1, :at) ON CONFLICT (id) DO UPDATE SET at = excluded.at"
).bindparams(sa.bindparam("at", type_=UtcDateTime()))

_log = structlog.stdlib.get_logger(__name__)


class Ticker:
    """Does what schedules have to do at a moment. `clock` is the database's, unless a test has its own."""

    def __init__(self, database: Database, max_queued: int | None, *, clock: Clock = database_now) -> None:
        self._database = database
        self._max_queued = max_queued
        self._clock = clock
        self._seen_at: datetime | None = None
        self._told_at: datetime | None = None

    async def tick(self) -> int:
        """End what ended, start what waits, and make the runs that are due. Return how many began.

        Windows of backfills are among them.

        Raises DatabaseError.
        """
        now = await self._now()
        if self._seen_at is None or now < self._seen_at - _SET_BACK:
            await self._realign(now)
        self._seen_at = now
        made = 0
        for schedule_id in await self._waiting():
            made += await self._each(schedule_id, self._advance)
        for schedule_id in await self._due(now):
            made += await self._each(schedule_id, self._run_due)
        made += await advance_backfills(self._database, self._max_queued)
        await self._tell(now)
        return made

    async def seconds_to_next(self, most: float) -> float:
        """Return the seconds until the next run is due, at most `most`. Raises DatabaseError."""
        async with self._database.session() as session:
            due_at = await session.scalar(sa.select(sa.func.min(Schedule.due_at)))
            now = await self._clock(session)
        return most if due_at is None else min(most, max(0.0, (due_at - now).total_seconds()))

    async def _now(self) -> datetime:
        async with self._database.session() as session:
            return await self._clock(session)

    async def _due(self, now: datetime) -> Sequence[str]:
        wanted = sa.select(Schedule.id).where(Schedule.due_at <= now).order_by(Schedule.due_at, Schedule.id)
        async with self._database.session() as session:
            return (await session.scalars(wanted.limit(_AT_ONCE))).all()

    async def _waiting(self) -> Sequence[str]:
        """Return the schedules with a run whose export has ended, or with one that waits for its turn."""
        is_open = ScheduleRun.finished_at.is_(None)
        ended = (
            sa.select(ScheduleRun.schedule_id)
            .outerjoin(ExportStatus, ExportStatus.id == ScheduleRun.export_id)
            .where(ScheduleRun.status == RUNNING, is_open, has_ended())
        )
        runs = sa.select(ScheduleRun.schedule_id).where(ScheduleRun.status == RUNNING, is_open)
        waits = (
            sa.select(ScheduleRun.schedule_id)
            .join(Schedule, Schedule.id == ScheduleRun.schedule_id)
            .where(ScheduleRun.status == QUEUED, is_open, Schedule.is_paused == 0)
            .where(ScheduleRun.schedule_id.not_in(runs))
        )
        async with self._database.session() as session:
            return (await session.scalars(ended.union(waits).limit(_AT_ONCE))).all()

    async def _each(self, schedule_id: str, act: Callable[[AsyncSession, Schedule], Awaitable[int]]) -> int:
        """Do something with a locked schedule. An error of one schedule doesn't stop the others."""
        try:
            async with self._database.session() as session:
                await lock_writes(session)
                this = sa.select(Schedule).where(Schedule.id == schedule_id)
                row = await session.scalar(this.with_for_update(skip_locked=True))
                return 0 if row is None else await act(session, row)
        except DatabaseError:
            raise
        except LumberError as error:
            _log.warning("schedule_not_run", schedule_id=schedule_id, code=error.code, error=str(error))
        except Exception as error:  # noqa: BLE001 - a defect shown by one schedule
            _log.exception("schedule_failed", schedule_id=schedule_id, error=str(error))
        return 0

    async def _advance(self, session: AsyncSession, row: Schedule) -> int:
        """End the runs of a schedule whose exports have ended, and start the first one that waits."""
        now = await self._clock(session)
        await settle(session, row, now)
        is_open = sa.and_(ScheduleRun.schedule_id == row.id, ScheduleRun.finished_at.is_(None))
        running = sa.select(sa.exists().where(is_open, ScheduleRun.status == RUNNING))
        if row.is_paused or await session.scalar(running):
            return 0
        queued = sa.select(ScheduleRun).where(is_open, ScheduleRun.status == QUEUED)
        for run in await session.scalars(queued.order_by(ScheduleRun.nominal_at)):
            await start_run(session, row, run, now, self._max_queued)
            # One that failed or was skipped at once makes room for the next, unless the schedule is paused.
            if run.finished_at is None or row.is_paused:
                return int(run.export_id is not None)
        return 0

    async def _run_due(self, session: AsyncSession, row: Schedule) -> int:
        now = await self._clock(session)
        # Another scheduler may have run it meanwhile.
        if row.is_paused or row.next_at is None or row.due_at is None or row.due_at > now:
            return 0
        jitter = timedelta(seconds=row.jitter_seconds)
        decision = decide(timetable_in(row), row.next_at, now, CatchUp(row.catch_up), jitter)
        set_next(row, decision.next_at)
        if decision.skipped_at is not None:
            await skip_run(session, row, decision.skipped_at, now, decision.missed)
        return await self._make(session, row, decision, now)

    async def _make(self, session: AsyncSession, row: Schedule, decision: Decision, now: datetime) -> int:
        made = 0
        for nominal_at in decision.run:
            run = await make_run(session, row, nominal_at, now, self._max_queued, missed=decision.missed)
            made += run is not None
            if row.is_paused:
                break
        return made

    async def _realign(self, now: datetime) -> None:
        """Aim schedules at their next times again: the clock was set back, or the zones have other rules.

        A time that already has a run doesn't get another one.
        """
        ahead = sa.select(Schedule.id).where(Schedule.next_at > now)
        async with self._database.session() as session:
            ids = (await session.scalars(ahead)).all()
        for schedule_id in ids:
            await self._each(schedule_id, self._aim)

    async def _aim(self, session: AsyncSession, row: Schedule) -> int:
        now = await self._clock(session)
        if row.next_at is not None and row.next_at > now:
            next_at = timetable_in(row).next_after(now)
            if next_at != row.next_at:
                set_next(row, next_at)
        return 0

    async def _tell(self, now: datetime) -> None:
        """Say in the ledger that somebody schedules, if there is something to schedule."""
        told = self._told_at
        if told is not None and timedelta(0) <= now - told < timedelta(seconds=TICK_SECONDS):
            return
        async with self._database.session() as session:
            if await session.scalar(sa.select(sa.exists(sa.select(Schedule.id)))):
                # In one statement: others may write it at the same time.
                await session.execute(_TELL, {"at": now})
        self._told_at = now
