"""Schedules on a clock that a test sets, without a service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.schedules.definition import parse_definition
from lumber.schedules.reading import runs_of
from lumber.schedules.report import RunReport
from lumber.schedules.stored import aim, create_schedule
from lumber.schedules.ticker import Ticker
from lumber.store.database import Database
from lumber.store.models import ExportStatus, Schedule


def at(text: str) -> datetime:
    """Return a time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class SetClock:
    """A clock that stands still until it is set."""

    def __init__(self, text: str) -> None:
        self.now = at(text)

    async def __call__(self, _session: AsyncSession) -> datetime:
        return self.now

    def set(self, text: str) -> None:
        self.now = at(text)

    def forward(self, **units: float) -> None:
        self.now += timedelta(**units)


async def scheduled(database: Database, clock: SetClock, name: str = "nightly", **values: Any) -> str:
    """Create a schedule as at the time of the clock, and return its id."""
    given = {"name": name, "config": {"data_types": ["logs"]}, "every_seconds": 3600, **values}
    if given.get("cron"):
        del given["every_seconds"]
    owner_id = given.pop("owner_id", None)
    async with database.session() as session:
        row = await create_schedule(session, parse_definition(given), owner_id=owner_id)
        row.created_at = clock.now
        aim(row, clock.now)
        return row.id


def ticker_of(database: Database, clock: SetClock, max_queued: int | None = None) -> Ticker:
    """Return a ticker on the clock."""
    return Ticker(database, max_queued, clock=clock)


async def runs(database: Database, schedule_id: str) -> Sequence[RunReport]:
    """Return the runs of a schedule, oldest first."""
    async with database.session() as session:
        return list(reversed(await runs_of(session, schedule_id, 10_000)))


async def found(database: Database, schedule_id: str) -> Schedule:
    """Return a schedule as it is stored."""
    async with database.session() as session:
        return await session.get_one(Schedule, schedule_id)


async def end_exports(database: Database, status: str = "completed", message: str | None = None) -> None:
    """End all exports that have not ended, as a worker would."""
    async with database.session() as session:
        is_open = ExportStatus.status.in_(("pending", "running"))
        await session.execute(
            sa.update(ExportStatus).where(is_open).values(status=status, error_message=message)
        )


async def exports(database: Database) -> Sequence[ExportStatus]:
    """Return all exports, oldest first."""
    async with database.session() as session:
        return (await session.scalars(sa.select(ExportStatus).order_by(ExportStatus.created_at))).all()
