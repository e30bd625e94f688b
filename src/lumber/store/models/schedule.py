"""Schedules, their runs, and when a scheduler last looked for runs to start."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lumber.store.models.base import Base, utc_now
from lumber.store.types import BigInt, JsonText, UtcDateTime

_STRICT = {"sqlite_strict": True}


class Schedule(Base):
    """A config of exports with the times at which it runs.

    `next_at` is the next nominal time that is not yet decided, and `due_at` the moment after its jitter. Both
    are null while the schedule is paused. `failures` counts failed runs since the last completed one.
    """

    __tablename__ = "schedules"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text)
    # With the owner in front: each account has its own names.
    name_key: Mapped[str] = mapped_column(sa.Text)
    # No foreign key: the schedule of a deleted account fails and says why.
    owner_id: Mapped[str | None] = mapped_column(sa.Text)
    config: Mapped[Any] = mapped_column(JsonText)
    read_kinds: Mapped[str] = mapped_column(sa.Text)
    cron: Mapped[str | None] = mapped_column(sa.Text)
    every_seconds: Mapped[int | None] = mapped_column(BigInt)
    time_zone: Mapped[str] = mapped_column(sa.Text)
    catch_up: Mapped[str] = mapped_column(sa.Text)
    overlap: Mapped[str] = mapped_column(sa.Text)
    pause_after_failures: Mapped[int | None] = mapped_column(BigInt)
    jitter_seconds: Mapped[int] = mapped_column(BigInt, default=0)
    gate: Mapped[Any | None] = mapped_column(JsonText)
    is_paused: Mapped[int] = mapped_column(BigInt, default=0)
    pause_reason: Mapped[str | None] = mapped_column(sa.Text)
    failures: Mapped[int] = mapped_column(BigInt, default=0)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (
        sa.Index("uq_schedules_name_key", "name_key", unique=True),
        sa.Index("ix_schedules_due_at", "due_at"),
        _STRICT,
    )


class ScheduleRun(Base):
    """One run of a schedule, at most one for each nominal time. A run that waits has no export yet."""

    __tablename__ = "schedule_runs"

    schedule_id: Mapped[str] = mapped_column(
        sa.Text, sa.ForeignKey("schedules.id", ondelete="CASCADE"), primary_key=True
    )
    nominal_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    status: Mapped[str] = mapped_column(sa.Text)
    # No foreign key: the run outlives its export.
    export_id: Mapped[str | None] = mapped_column(sa.Text)
    reason: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.Index("ix_schedule_runs_export_id", "export_id"),
        # What ended is most, and is looked up by its schedule.
        sa.Index(
            "ix_schedule_runs_open",
            "status",
            "schedule_id",
            "nominal_at",
            sqlite_where=sa.text("finished_at IS NULL"),
            postgresql_where=sa.text("finished_at IS NULL"),
        ),
        _STRICT,
    )


class SchedulerTick(Base):
    """The only row: when a scheduler last looked for runs to start."""

    __tablename__ = "scheduler_ticks"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (_STRICT,)
