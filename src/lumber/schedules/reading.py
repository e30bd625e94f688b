"""Reports of schedules and their runs, for clients and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.schedules.report import (
    EXPORT_COLUMNS,
    VERSION_STATE,
    RunReport,
    ScheduleReport,
    run_report,
    schedule_report,
)
from lumber.store.clock import database_now
from lumber.store.models import ExportStatus, Schedule, ScheduleRun, User

_SELECT = sa.select(ScheduleRun, *EXPORT_COLUMNS, VERSION_STATE).outerjoin(
    ExportStatus, ExportStatus.id == ScheduleRun.export_id
)


async def reports_of(session: AsyncSession, rows: Sequence[Schedule]) -> Sequence[ScheduleReport]:
    """Return the reports of schedules: three statements, however many there are."""
    if not rows:
        return []
    now = await database_now(session)
    owners = {row.owner_id for row in rows if row.owner_id is not None}
    names: dict[str, str] = {}
    if owners:
        found = await session.execute(sa.select(User.id, User.name).where(User.id.in_(owners)))
        names = {user.id: user.name for user in found}
    last = await _last_runs(session, [row.id for row in rows])
    return [
        schedule_report(row, last.get(row.id), None if row.owner_id is None else names.get(row.owner_id), now)
        for row in rows
    ]


async def runs_of(session: AsyncSession, schedule_id: str, limit: int = 100) -> Sequence[RunReport]:
    """Return the runs of a schedule, newest first."""
    wanted = (
        _SELECT.where(ScheduleRun.schedule_id == schedule_id)
        .order_by(ScheduleRun.nominal_at.desc())
        .limit(limit)
    )
    return [_report(each) for each in await session.execute(wanted)]


async def run_of(session: AsyncSession, run: ScheduleRun) -> RunReport:
    """Return the report of a run."""
    await session.flush()
    key = (ScheduleRun.schedule_id == run.schedule_id, ScheduleRun.nominal_at == run.nominal_at)
    return _report((await session.execute(_SELECT.where(*key))).one())


async def _last_runs(session: AsyncSession, ids: Sequence[str]) -> dict[str, RunReport]:
    latest = (
        sa.select(ScheduleRun.schedule_id, sa.func.max(ScheduleRun.nominal_at).label("nominal_at"))
        .where(ScheduleRun.schedule_id.in_(ids))
        .group_by(ScheduleRun.schedule_id)
        .subquery()
    )
    is_latest = sa.and_(
        ScheduleRun.schedule_id == latest.c.schedule_id, ScheduleRun.nominal_at == latest.c.nominal_at
    )
    found = (await session.execute(_SELECT.join(latest, is_latest))).all()
    return {each[0].schedule_id: _report(each) for each in found}


def _report(found: Any) -> RunReport:
    return run_report(found[0], None if found.id is None else found, found.version_state)
