"""Totals over the ledger of exports, for the history and for metrics.

They are read from the ledger on every call, so that all processes agree. Queries read no plans and no
progress, and configs and counts only of the last day.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.exports.status import ENDED, Status
from lumber.exports.visibility import usable
from lumber.identity.rights import Principal
from lumber.store.clock import database_now
from lumber.store.database import Database
from lumber.store.models import ExportFile, ExportStatus

# Upper bounds of the duration histogram in seconds. The last bucket has none.
DURATION_EDGES = (1, 5, 15, 60, 300, 900, 3_600)
_DAY = timedelta(days=1)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class QueueStats(_Frozen):
    """Queued and running exports."""

    waiting: int = Field(description="Queued exports.")
    running: int
    oldest_waiting_seconds: float | None = Field(
        description="Age of the oldest queued export; null if there is none."
    )


class Totals(_Frozen):
    """Totals of completed exports. Seconds count from the start of the first attempt to the end."""

    exports: int = Field(description="Completed exports.")
    rows: int = Field(description="Rows written.")
    rejected_rows: int = Field(description="Rows read but not written.")
    bytes: int = Field(description="Bytes of the files.")
    seconds: float = Field(description="Total duration.")
    exports_by_seconds: dict[str, int] = Field(
        description="Exports by maximum duration in seconds; `+Inf` counts all."
    )


class KindStats(_Frozen):
    """Totals of one data type in completed exports."""

    rows: int = Field(description="Rows written.")
    bytes: int = Field(description="Bytes of the files of this data type.")
    files: int


class DayStats(_Frozen):
    """Totals of exports that finished within the last 24 hours."""

    ended_by_status: dict[str, int]
    totals: Totals
    average_seconds: float | None = Field(
        description="Average duration of completed exports; null if there are none."
    )
    rows_by_kind: dict[str, dict[str, int]] = Field(
        description="Rows read, written, rejected and deduplicated per data type."
    )


class ExportStats(_Frozen):
    """Totals over the ledger. Deleted exports are not counted."""

    by_status: dict[str, int] = Field(description="Number of exports per status.")
    queue: QueueStats
    totals: Totals
    kinds: dict[str, KindStats]
    last_day: DayStats


_Conditions = Sequence[sa.ColumnElement[bool]]


async def export_stats(database: Database, *, principal: Principal | None = None) -> ExportStats:
    """Compute totals over the exports in the ledger that a principal may see; without one, over all.

    They come from one snapshot on SQLite, and nearly one on PostgreSQL.
    """
    seen = usable(principal)
    async with database.session() as session:
        now = await database_now(session)
        by_status = await _by_status(session, seen)
        return ExportStats(
            by_status=by_status,
            queue=QueueStats(
                waiting=by_status[Status.PENDING],
                running=by_status[Status.RUNNING],
                oldest_waiting_seconds=await _oldest_waiting(session, now, seen),
            ),
            totals=await _totals(session, database.is_sqlite, None, seen),
            kinds=await _kinds(session, seen),
            last_day=await _last_day(session, database.is_sqlite, now - _DAY, seen),
        )


async def _by_status(session: AsyncSession, seen: _Conditions) -> dict[str, int]:
    counted = sa.select(ExportStatus.status, sa.func.count()).where(*seen).group_by(ExportStatus.status)
    found = {row[0]: int(row[1]) for row in await session.execute(counted)}
    return {status.value: found.get(status, 0) for status in Status}


async def _oldest_waiting(session: AsyncSession, now: datetime, seen: _Conditions) -> float | None:
    oldest = sa.select(sa.func.min(ExportStatus.created_at))
    oldest = oldest.where(ExportStatus.status == Status.PENDING, *seen)
    created_at = await session.scalar(oldest)
    return None if created_at is None else round(max(0.0, (now - created_at).total_seconds()), 3)


async def _totals(
    session: AsyncSession, is_sqlite: bool, since: datetime | None, seen: _Conditions
) -> Totals:
    # Compared as the database stores times: a division for each edge took half of the time.
    duration, second = _duration(is_sqlite)
    edges = [sa.func.count().filter(duration <= edge * second) for edge in DURATION_EDGES]
    is_short = ExportStatus.planned_rows > ExportStatus.record_count
    columns: list[sa.ColumnElement[Any]] = [
        sa.func.count(),
        sa.func.coalesce(sa.func.sum(ExportStatus.record_count), 0),
        sa.func.coalesce(
            sa.func.sum(ExportStatus.planned_rows - ExportStatus.record_count).filter(is_short), 0
        ),
        sa.func.coalesce(sa.func.sum(ExportStatus.file_size), 0),
        sa.func.sum(duration),
        *edges,
    ]
    wanted = sa.select(*columns).where(ExportStatus.status == Status.COMPLETED, *seen)
    if since is not None:
        wanted = wanted.where(ExportStatus.finished_at >= since)
    exports, rows, rejected, size, total, *classes = (await session.execute(wanted)).one()
    by_seconds = {str(edge): int(count) for edge, count in zip(DURATION_EDGES, classes, strict=True)}
    return Totals(
        exports=exports,
        rows=int(rows),
        rejected_rows=int(rejected),
        bytes=int(size),
        seconds=0.0 if total is None else round(total / second, 3),
        exports_by_seconds={**by_seconds, "+Inf": exports},
    )


def _duration(is_sqlite: bool) -> tuple[sa.ColumnElement[Any], Any]:
    """Return the time from start to end as the database subtracts times, and one second in its unit."""
    text = "exports.finished_at - exports.started_at"
    if is_sqlite:
        return sa.literal_column(f"({text})", sa.BigInteger()), 1_000_000
    return sa.literal_column(f"({text})", sa.Interval()), timedelta(seconds=1)


async def _kinds(session: AsyncSession, seen: _Conditions) -> dict[str, KindStats]:
    summed = [sa.func.sum(ExportFile.rows), sa.func.sum(ExportFile.size_bytes), sa.func.count()]
    # Reports belong to no kind.
    wanted = sa.select(ExportFile.kind, *summed).where(ExportFile.kind != "").group_by(ExportFile.kind)
    if seen:
        wanted = wanted.where(ExportFile.export_id.in_(sa.select(ExportStatus.id).where(*seen)))
    answer = await session.execute(wanted.order_by(ExportFile.kind))
    return {row[0]: KindStats(rows=int(row[1]), bytes=int(row[2]), files=int(row[3])) for row in answer}


async def _last_day(session: AsyncSession, is_sqlite: bool, since: datetime, seen: _Conditions) -> DayStats:
    ended: Counter[str] = Counter()
    for status in ENDED:
        wanted = sa.select(sa.func.count()).where(
            ExportStatus.status == status, ExportStatus.finished_at >= since, *seen
        )
        ended[status.value] = await session.scalar(wanted) or 0
    totals = await _totals(session, is_sqlite, since, seen)
    completed = sa.select(ExportStatus.counts).where(
        ExportStatus.status == Status.COMPLETED, ExportStatus.finished_at >= since, *seen
    )
    return DayStats(
        ended_by_status=dict(ended),
        totals=totals,
        average_seconds=round(totals.seconds / totals.exports, 3) if totals.exports else None,
        rows_by_kind=_added_up((await session.scalars(completed)).all()),
    )


def _added_up(counts: Sequence[dict[str, dict[str, int]] | None]) -> dict[str, dict[str, int]]:
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for of_export in counts:
        for kind, values in (of_export or {}).items():
            found[kind].update(values)
    return {kind: dict(found[kind]) for kind in sorted(found)}
