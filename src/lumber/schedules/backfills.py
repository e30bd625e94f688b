"""Backfills that the service runs: a range is asked for once, and its windows follow one another.

The ledger has what was asked for; the range that the dataset holds says what is left. So any number of
schedulers can go on with a backfill, also after all of them were killed, and no window is added twice.
Windows of one dataset run one at a time, because each version continues the one before. Backfills of several
datasets run side by side, as many as the workers run exports.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, ActorKind, local_actor
from lumber.audit.append import append
from lumber.audit.line import NewLine
from lumber.errors import (
    AuditError,
    DatabaseError,
    DatasetNotFound,
    DatasetStateError,
    LumberError,
    TooManyExports,
)
from lumber.exports.creation import NewExport, create_exports
from lumber.exports.locks import lock_creation, lock_writes
from lumber.exports.naming import Naming
from lumber.exports.status import ENDED, Status
from lumber.exports.versions.backfilling import Backfill, busy_export, parse_length, plan_backfill
from lumber.exports.versions.listing import dataset_row
from lumber.schedules.report import EXPORT_COLUMNS, end_reason
from lumber.schedules.rights import require_owner_may
from lumber.store.clock import database_now
from lumber.store.database import Database
from lumber.store.models import DatasetBackfill, ExportStatus, NamedDataset
from lumber.store.models.base import utc_now

NAME = "backfill"
_LONGEST_REASON = 1_000
_AT_ONCE = 100
_SHOWN = 20

_log = structlog.stdlib.get_logger(__name__)


class BackfillState(StrEnum):
    """State of a backfill."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class RunningBackfill:
    """A backfill of the service. `done` of its `windows` are added; `export_id` adds the next one."""

    backfill_id: str
    start: str
    end: str | None
    window: str
    state: str
    windows: int
    done: int
    export_id: str | None
    reason: str | None
    created_at: datetime
    finished_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        finished = None if self.finished_at is None else self.finished_at.isoformat()
        return {**asdict(self), "created_at": self.created_at.isoformat(), "finished_at": finished}


async def list_backfills(
    session: AsyncSession, name: str, owner_id: str | None = None
) -> Sequence[RunningBackfill]:
    """Return the last backfills of a dataset, newest first. Raises DatasetNotFound."""
    dataset = await dataset_row(session, name, owner_id)
    wanted = sa.select(DatasetBackfill).where(DatasetBackfill.dataset_id == dataset.id)
    newest = wanted.order_by(DatasetBackfill.created_at.desc(), DatasetBackfill.id).limit(_SHOWN)
    return [_of(row) for row in await session.scalars(newest)]


async def running_backfill(session: AsyncSession, name: str) -> RunningBackfill | None:
    """Return the backfill of a dataset that has not ended. Raises DatasetNotFound."""
    row = await _running(session, await dataset_row(session, name))
    return None if row is None else _of(row)


async def start_backfill(
    session: AsyncSession,
    planned: Backfill,
    asked: tuple[str, str | None, str],
    owner_id: str | None,
    *,
    by: Actor | None = None,
) -> RunningBackfill:
    """Record a backfill, with the range and the window as they were asked for. The same one twice is one.

    Raises DatasetNotFound, and DatasetStateError while another backfill of the dataset runs.
    """
    await lock_creation(session)
    dataset = await dataset_row(session, planned.dataset)
    start, end, window = asked
    known = await _running(session, dataset)
    if known is not None:
        if (known.start, known.end, known.window) == asked:
            return _of(known)
        raise DatasetStateError(
            f"A backfill of {dataset.name} from {known.start} is running: wait for it, or cancel it."
        )
    row = DatasetBackfill(
        id=str(uuid.uuid4()),
        dataset_id=dataset.id,
        owner_id=owner_id,
        start=start,
        end=end,
        window=window,
        state=BackfillState.RUNNING,
        windows=len(planned.windows),
        done=0,
        created_at=utc_now(),
    )
    session.add(row)
    await session.flush()
    await _record(session, by, Action.BACKFILL_STARTED, dataset, row)
    return _of(row)


async def cancel_backfill(
    session: AsyncSession, name: str, backfill_id: str, *, by: Actor | None = None
) -> RunningBackfill:
    """running -> cancelled: no further window is queued. Idempotent. The caller cancels the export.

    Raises DatasetNotFound, and DatasetStateError for a backfill that ended otherwise.
    """
    await lock_writes(session)
    dataset = await dataset_row(session, name)
    row = None
    if backfill_id.isprintable():
        row = await session.get(DatasetBackfill, backfill_id, with_for_update=True)
    if row is None or row.dataset_id != dataset.id:
        raise DatasetNotFound(f"{dataset.name} has no backfill {backfill_id[:100]!r}.")
    if row.state == BackfillState.CANCELLED:
        return _of(row)
    if row.state != BackfillState.RUNNING:
        raise DatasetStateError(f"The backfill is {row.state}: only a running one can be cancelled.")
    _end(row, BackfillState.CANCELLED, f"Cancelled by {(by or local_actor()).name}.", utc_now())
    await session.flush()
    await _record(session, by, Action.BACKFILL_CANCELLED, dataset, row)
    return _of(row)


async def advance_backfills(database: Database, max_queued: int | None) -> int:
    """Queue the next windows of backfills, and end those that have none; return how many were queued.

    An error of one backfill doesn't stop the others. Raises DatabaseError.
    """
    ended = sa.or_(
        DatasetBackfill.export_id.is_(None),
        ExportStatus.id.is_(None),
        ExportStatus.status.in_([each.value for each in ENDED]),
    )
    wanted = (
        sa.select(DatasetBackfill.id)
        .outerjoin(ExportStatus, ExportStatus.id == DatasetBackfill.export_id)
        .where(DatasetBackfill.state == BackfillState.RUNNING, ended)
        .order_by(DatasetBackfill.created_at)
        .limit(_AT_ONCE)
    )
    async with database.session() as session:
        found = (await session.scalars(wanted)).all()
    return sum([await advance_backfill(database, each, max_queued) for each in found])


async def advance_backfill(database: Database, backfill_id: str, max_queued: int | None) -> int:
    """Do what a backfill needs now: queue its next window, wait, or end. Return how many were queued."""
    try:
        return await _advance(database, backfill_id, max_queued)
    except (DatabaseError, AuditError):
        raise
    except LumberError as error:
        await _fail(database, backfill_id, error.public)
    except Exception as error:  # noqa: BLE001 - a defect of one backfill, which the others don't share
        _log.exception("backfill_failed", backfill_id=backfill_id, error=str(error))
        await _fail(database, backfill_id, f"An unexpected error ({type(error).__name__}). The log has more.")
    return 0


async def _advance(database: Database, backfill_id: str, max_queued: int | None) -> int:
    async with database.session() as session:
        row = await session.get(DatasetBackfill, backfill_id)
        if row is None or row.state != BackfillState.RUNNING:
            return 0
        dataset = await session.get_one(NamedDataset, row.dataset_id)
        if await busy_export(session, dataset.name) is not None:
            return 0  # it may be ours, or one that a person made
        export = None
        if row.export_id is not None:
            one = sa.select(*EXPORT_COLUMNS).where(ExportStatus.id == row.export_id)
            export = (await session.execute(one)).first()
        name, asked, left = dataset.name, (row.start, row.end, row.window), row.windows - row.done
        queued = row.export_id
    if export is not None and export.status not in ENDED:
        return 0
    if export is not None and export.status != Status.COMPLETED:
        cancelled = export.status == Status.CANCELLED
        state = BackfillState.CANCELLED if cancelled else BackfillState.FAILED
        await _end_with(database, backfill_id, queued, state, end_reason(export))
        return 0
    planned = await plan_backfill(database, name, asked[0], asked[1], parse_length(asked[2]), counts=False)
    if export is not None and len(planned.windows) >= left and planned.windows:
        raise DatasetStateError(f"The window from {planned.windows[0].start.isoformat()} wasn't added.")
    return await _queue(database, backfill_id, queued, planned, max_queued)


async def _queue(
    database: Database, backfill_id: str, queued: str | None, planned: Backfill, max_queued: int | None
) -> int:
    """Create the export of the next window, if nobody else did meanwhile."""
    async with database.session() as session:
        await lock_creation(session)
        row = await _locked(session, backfill_id, queued)
        if row is None:
            return 0
        now = await database_now(session)
        row.windows = max(row.windows, row.done + len(planned.windows))
        row.done = row.windows - len(planned.windows)
        if not planned.windows:
            _end(row, BackfillState.COMPLETED, None, now)
            return 0
        window = planned.windows[0]
        config = planned.config_of(window)
        policies = await require_owner_may(session, row.owner_id, config, what=NAME)
        new = NewExport(
            config,
            idempotency_key=f"{NAME} {row.id} {window.start.isoformat()} {window.before.isoformat()}",
            by=Actor(ActorKind.SYSTEM, NAME, row.owner_id),
            policies=policies,
            naming=Naming.default(f"{config.dataset} {window.start.date().isoformat()}"),
        )
        (created,) = await create_exports(session, [new], max_queued)
        if isinstance(created, TooManyExports):
            row.reason = created.public[:_LONGEST_REASON]
            return 0
        if isinstance(created, LumberError):
            raise created
        row.export_id, row.reason = created.export_id, None
        return 1


async def _fail(database: Database, backfill_id: str, reason: str) -> None:
    async with database.session() as session:
        await lock_writes(session)
        row = await session.get(DatasetBackfill, backfill_id, with_for_update=True)
        if row is not None and row.state == BackfillState.RUNNING:
            _end(row, BackfillState.FAILED, reason, await database_now(session))


async def _end_with(
    database: Database, backfill_id: str, queued: str | None, state: BackfillState, reason: str
) -> None:
    async with database.session() as session:
        await lock_writes(session)
        row = await _locked(session, backfill_id, queued)
        if row is not None:
            _end(row, state, reason, await database_now(session))


async def _locked(session: AsyncSession, backfill_id: str, queued: str | None) -> DatasetBackfill | None:
    """Return a running backfill, locked; None if another scheduler went on with it meanwhile."""
    row = await session.get(DatasetBackfill, backfill_id, with_for_update=True, populate_existing=True)
    if row is None or row.state != BackfillState.RUNNING or row.export_id != queued:
        return None
    return row


def _end(row: DatasetBackfill, state: BackfillState, reason: str | None, now: datetime) -> None:
    row.state, row.finished_at = state, now
    row.reason = None if reason is None else reason[:_LONGEST_REASON]


async def _running(session: AsyncSession, dataset: NamedDataset) -> DatasetBackfill | None:
    found: DatasetBackfill | None = await session.scalar(
        sa.select(DatasetBackfill).where(
            DatasetBackfill.dataset_id == dataset.id, DatasetBackfill.state == BackfillState.RUNNING
        )
    )
    return found


def _of(row: DatasetBackfill) -> RunningBackfill:
    return RunningBackfill(
        row.id,
        row.start,
        row.end,
        row.window,
        row.state,
        row.windows,
        row.done,
        row.export_id,
        row.reason,
        row.created_at,
        row.finished_at,
    )


async def _record(
    session: AsyncSession, by: Actor | None, action: Action, dataset: NamedDataset, row: DatasetBackfill
) -> None:
    details: dict[str, Any] = {
        "name": dataset.name,
        "backfill_id": row.id,
        "start": row.start,
        "end": row.end,
        "window": row.window,
    }
    await append(session, [NewLine(by or local_actor(), action, ("dataset", dataset.id), details=details)])
