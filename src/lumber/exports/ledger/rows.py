"""The rows of exports in the ledger: how they are locked, whose they are, and how their status changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.errors import ExportNotFound, ExportStateError, LeaseLost
from lumber.exports.status import ENDED, Status
from lumber.store.clock import database_now
from lumber.store.database import Database
from lumber.store.models import ExportAttempt, ExportJob, ExportOffer, ExportPartition, ExportStatus
from lumber.store.models.base import utc_now


class Outcome(StrEnum):
    """Outcome of an attempt."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    HANDED_BACK = "handed_back"
    LOST = "lost"


# running -> pending: handed back, or failed with attempts left. Finished -> pending: retry.
# Failed -> pending -> running at once: its holder was taken for lost, and reports back.
_NEXT: Mapping[Status, tuple[Status, ...]] = {
    Status.PENDING: (Status.RUNNING, Status.FAILED, Status.CANCELLED),
    Status.RUNNING: (Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.PENDING),
    Status.COMPLETED: (),
    Status.FAILED: (Status.PENDING,),
    Status.CANCELLED: (Status.PENDING,),
}
# Every failure counts, not only lost workers.
LOST = (
    "worker_lost",
    "The worker stopped responding: failure {failures} of {allowed} allowed. Check its log, memory and "
    "disk{advice}.",
)
COMMAND_LOST = (
    "command_lost",
    "The command stopped responding. Run it again, or retry the export.",
)
# A holder that reports back renews within a second.
_REPORTED_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on an export, until another worker claims it with a higher fence."""

    export_id: str
    owner: str
    fence: int
    attempt: int


class LedgerPart:
    """Some of the transactions on exports. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database


async def export_row(session: AsyncSession, export_id: str) -> ExportStatus:
    # Text that a database cannot store is not an id.
    row = await session.get(ExportStatus, export_id) if export_id.isprintable() else None
    if row is None:
        raise ExportNotFound(f"There is no export {export_id!r}.")
    return row


async def locked_row(session: AsyncSession, export_id: str) -> ExportStatus:
    """Return the row, locked against changes until this transaction ends."""
    if export_id.isprintable():
        # SQLite has no FOR UPDATE: only a write blocks other writers.
        touch = sa.update(ExportStatus).where(ExportStatus.id == export_id)
        await session.execute(touch.values(updated_at=utc_now()))
    return await export_row(session, export_id)


async def held_row(session: AsyncSession, claim: Claim) -> ExportStatus:
    """Return the claimed export's row, locked. Raises LeaseLost if another worker has it.

    Only a claim with a higher fence ends this one: a lease that ran out does not. If the holder was taken for
    lost, and the export therefore failed, it runs again.
    """
    row = await locked_row(session, claim.export_id)
    if row.fence == claim.fence:
        if row.status == Status.RUNNING:
            return row
        if row.status == Status.FAILED and row.error_code in (LOST[0], COMMAND_LOST[0]):
            await _take_up_again(session, row, claim)
            return row
    raise LeaseLost(
        f"This worker no longer holds export {claim.export_id}, which is {row.status} with fence "
        f"{row.fence}; the worker's fence is {claim.fence}."
    )


async def _take_up_again(session: AsyncSession, row: ExportStatus, claim: Claim) -> None:
    """failed -> running: the holder that was taken for lost reports back before anybody else claims."""
    attempt = await attempt_of(session, claim)
    attempt.finished_at = attempt.outcome = attempt.error_code = attempt.error_message = None
    move(row, Status.PENDING)
    move(row, Status.RUNNING)
    row.failures = max(0, row.failures - 1)
    row.lease_owner = claim.owner
    row.lease_until = await database_now(session) + timedelta(seconds=_REPORTED_SECONDS)
    row.phase = "planning" if row.plan is None else "exporting"


async def attempt_of(session: AsyncSession, claim: Claim) -> ExportAttempt:
    return await session.get_one(ExportAttempt, (claim.export_id, claim.attempt))


async def end_attempt(
    session: AsyncSession,
    row: ExportStatus,
    outcome: Outcome,
    code: str | None = None,
    message: str | None = None,
) -> None:
    attempt = await session.get_one(ExportAttempt, (row.id, row.attempt))
    attempt.finished_at, attempt.outcome = await database_now(session), outcome
    attempt.error_code, attempt.error_message = code, message


def forget_plan(row: ExportStatus) -> None:
    row.plan = row.planned_rows = row.counts = None
    # What happened is not forgotten.
    journal = (row.progress or {}).get("journal")
    row.progress = journal and {"phase": row.phase or "", "kinds": {}, "journal": journal}


async def forget_partitions(session: AsyncSession, export_id: str) -> None:
    # Jobs and offers are left by a coordinator that died.
    for table in (ExportPartition, ExportJob, ExportOffer):
        await session.execute(sa.delete(table).where(table.export_id == export_id))


def move(row: ExportStatus, status: Status, code: str | None = None, message: str | None = None) -> None:
    """Change the status. No other code changes it. Raises ExportStateError."""
    allowed = _NEXT[Status(row.status)]
    if status not in allowed:
        choices = ", ".join(allowed) or "nothing"
        raise ExportStateError(
            f"Export {row.id} is {row.status}: it can become {choices}, not {status.value}."
        )
    now = utc_now()
    row.status, row.updated_at, row.phase = status, now, None
    row.error_code, row.error_message = code, message
    row.finished_at = row.not_before = None
    if status is not Status.RUNNING:
        row.lease_owner = row.lease_until = None
    if status in ENDED:
        # A cancel request outlives a worker that did not see it.
        row.finished_at, row.cancel_requested_at = now, None
