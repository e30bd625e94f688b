"""Schedules and runs as clients and the command line see them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, Field

from lumber.exports.metadata import ExportOwner
from lumber.exports.status import Status
from lumber.exports.versions.reserving import VersionState
from lumber.schedules.definition import CatchUp, Overlap
from lumber.schedules.sentence import sentence_of
from lumber.schedules.timetable import Timetable
from lumber.store.models import DatasetVersion, ExportStatus, Schedule, ScheduleRun

# What the status of its export makes of a run.
_OF_EXPORT: Mapping[str, str] = {
    Status.PENDING: "queued",
    Status.RUNNING: "running",
    Status.COMPLETED: "completed",
    Status.FAILED: "failed",
    Status.CANCELLED: "failed",
}


# What the state of a version that was held says about the decision. Only published ones are deleted later.
_DECISIONS: Mapping[str, str] = {
    VersionState.PUBLISHED: "published",
    VersionState.DELETED: "published",
    VersionState.DROPPED: "dropped",
}


class RunReport(BaseModel):
    """One run of a schedule."""

    nominal_at: datetime = Field(description="Time of the timetable that the run is for.")
    status: str = Field(description="skipped, queued, running, completed, failed or held.")
    export_id: str | None = Field(description="Export that it made; null if it made none.")
    decision: str | None = Field(
        description="published or dropped: what a person decided about a held version; null until then."
    )
    reason: str | None = Field(description="Why it was skipped, is queued, failed or was held.")
    started_at: datetime | None
    finished_at: datetime | None


class ScheduleReport(BaseModel):
    """A schedule with its next times and its last run."""

    schedule_id: str
    name: str
    config: dict[str, Any] = Field(description="Config of its exports.")
    cron: str | None = Field(description="Cron expression; null for an interval.")
    every_seconds: int | None = Field(description="Interval; null for cron.")
    time_zone: str = Field(description="IANA time zone of cron and of relative dates.")
    sentence: str = Field(description="When it runs, in words.")
    next: list[datetime] = Field(description="The next five nominal times; none while it is paused.")
    catch_up: CatchUp
    overlap: Overlap
    pause_after_failures: int | None
    jitter_seconds: int
    is_paused: bool
    pause_reason: str | None = Field(description="Why it is paused.")
    gate: dict[str, Any] | None = Field(description="Conditions on a version; null if there are none.")
    owner: ExportOwner | None = Field(description="Account that it belongs to; null for this machine itself.")
    created_at: datetime
    last_run: RunReport | None = Field(description="The run with the latest nominal time.")


def timetable_in(row: Schedule) -> Timetable:
    """Return the timetable of a stored schedule."""
    return Timetable(row.cron, row.every_seconds, row.time_zone)


def run_report(run: ScheduleRun, export: Any | None, version_state: str | None) -> RunReport:
    """Build the report of a run. `export` has id, status, times and error of its export, if that exists.

    The export decides: somebody may have retried it after the run had ended. `version_state` is the state of
    the version that it made, if it made one.
    """
    status, reason = run.status, run.reason
    started_at, finished_at = run.started_at, run.finished_at
    if export is not None and status != "held":
        status = _OF_EXPORT[export.status]
        started_at, finished_at = export.started_at, export.finished_at
        if status == "failed":
            reason = reason if run.status == "failed" and reason else end_reason(export)
        elif status != "queued":
            reason = reason if run.status == status else None
    return RunReport(
        nominal_at=run.nominal_at,
        status=status,
        export_id=run.export_id,
        decision=_DECISIONS.get(version_state or "") if status == "held" else None,
        reason=reason,
        started_at=started_at,
        finished_at=finished_at,
    )


def end_reason(export: Any) -> str:
    """Return why the export of a run failed."""
    if export.status == Status.CANCELLED:
        return "The export was cancelled."
    return export.error_message or "The export failed."


def schedule_report(
    row: Schedule, last: RunReport | None, owner_name: str | None, now: datetime
) -> ScheduleReport:
    """Build the report of a schedule."""
    timetable = timetable_in(row)
    after = now if row.next_at is None else min(now, row.next_at)
    return ScheduleReport(
        schedule_id=row.id,
        name=row.name,
        config=row.config,
        cron=row.cron,
        every_seconds=row.every_seconds,
        time_zone=row.time_zone,
        sentence=sentence_of(timetable),
        next=[] if row.is_paused else list(timetable.upcoming(max(after, now))),
        catch_up=CatchUp(row.catch_up),
        overlap=Overlap(row.overlap),
        pause_after_failures=row.pause_after_failures,
        jitter_seconds=row.jitter_seconds,
        is_paused=bool(row.is_paused),
        pause_reason=row.pause_reason,
        gate=row.gate,
        owner=None if row.owner_id is None else ExportOwner(user_id=row.owner_id, name=owner_name),
        created_at=row.created_at,
        last_run=last,
    )


# Plans of exports may be large, and no report needs them.
EXPORT_COLUMNS: tuple[sa.ColumnElement[Any], ...] = (
    ExportStatus.id,  # type: ignore[assignment]
    ExportStatus.status,
    ExportStatus.error_message,
    ExportStatus.started_at,
    ExportStatus.finished_at,
)
# The state of the version that the export of a run made.
VERSION_STATE: sa.ColumnElement[str | None] = (
    sa.select(DatasetVersion.state)
    .where(DatasetVersion.export_id == ScheduleRun.export_id)
    .correlate(ScheduleRun)
    .limit(1)
    .scalar_subquery()
    .label("version_state")
)
