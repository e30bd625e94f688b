"""Claims exports for workers and commands, and finds the exports whose holder is lost."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actor import system_actor
from lumber.audit.append import append
from lumber.errors import ExportNotFound
from lumber.exports.announcing import announce_end
from lumber.exports.audited import failed_line
from lumber.exports.claimable import claimable, is_command_lost
from lumber.exports.ledger.rows import (
    COMMAND_LOST,
    LOST,
    Claim,
    LedgerPart,
    Outcome,
    attempt_of,
    end_attempt,
    held_row,
    locked_row,
    move,
)
from lumber.exports.locks import lock_writes
from lumber.exports.progress import ExportProgress
from lumber.exports.status import Status
from lumber.exports.stored import PROGRESS
from lumber.store.clock import database_now
from lumber.store.models import ExportAttempt, ExportStatus
from lumber.store.models.base import utc_now

# Who finds that a holder is lost, in the audit trail.
_EXPIRED = system_actor("lease")
_LATE = (
    "worker_late",
    "The worker renewed its lease too late, after another worker had taken over. This attempt doesn't count.",
)


class ExportClaims(LedgerPart):
    """Claim exports, keep their leases, and fail those of lost holders."""

    async def claim(self, export_id: str, owner: str, lease_seconds: float) -> Claim:
        """pending -> running. Raises ExportNotFound or ExportStateError."""
        async with self._database.session() as session:
            row = await locked_row(session, export_id)
            if row.status == Status.FAILED and row.error_code == COMMAND_LOST[0] and row.attempt == 0:
                move(row, Status.PENDING)  # the command was slow to begin, and not lost
            return await _claimed(session, row, owner, lease_seconds)

    async def claim_next(
        self,
        owner: str,
        lease_seconds: float,
        *,
        max_attempts: int,
        max_rows: int | None = None,
        running: Collection[str] = (),
    ) -> Claim | None:
        """Claim the next export for a worker, or return None.

        Exports of lost workers come first, then the queue in order. `max_rows` skips exports that are known
        to be larger. `running` names the exports that this worker runs: it doesn't take over from itself. An
        export fails after `max_attempts` lost workers.
        """
        async with self._database.session() as session:
            found = claimable(await database_now(session), max_rows, running)
            if not await session.scalar(sa.select(found.exists())):
                return None
        async with self._database.session() as session:
            await lock_writes(session)
            now = await database_now(session)
            found = claimable(now, max_rows, running).order_by(
                (ExportStatus.status == Status.PENDING).asc(), ExportStatus.created_at, ExportStatus.id
            )
            row = await session.scalar(found.limit(1).with_for_update(skip_locked=True))
            if row is None:
                return None
            if row.status == Status.RUNNING and not await _survives_loss(session, row, now, max_attempts):
                return None
            return await _claimed(session, row, owner, lease_seconds)

    async def begin_again(
        self, claim: Claim, code: str, message: str, *, max_attempts: int, lease_seconds: float
    ) -> Claim | None:
        """End the attempt as failed, and claim the export for the next one. None without attempts left.

        Nobody else can take the export in between. Raises LeaseLost.
        """
        async with self._database.session() as session:
            row = await held_row(session, claim)
            if row.failures + 1 >= max_attempts or row.cancel_requested_at is not None:
                return None
            await end_attempt(session, row, Outcome.FAILED, code, message)
            row.failures += 1
            move(row, Status.PENDING, code, message)
            return await _claimed(session, row, claim.owner, lease_seconds)

    async def renew(self, claim: Claim, lease_seconds: float, progress: ExportProgress | None = None) -> bool:
        """Renew the lease for `lease_seconds`, record the progress, and return whether to cancel.

        Raises LeaseLost.
        """
        async with self._database.session() as session:
            row = await held_row(session, claim)
            row.lease_until = await database_now(session) + timedelta(seconds=lease_seconds)
            if progress is not None:
                row.progress = PROGRESS.dump(progress.not_before(PROGRESS.load(row.progress)))
                row.phase = progress.phase
            return row.cancel_requested_at is not None

    async def check(self, claim: Claim) -> None:
        """Raise LeaseLost unless the claim still holds."""
        async with self._database.session() as session:
            await held_row(session, claim)

    async def report_late(self, claim: Claim) -> None:
        """Record that the worker of a lost attempt is alive: the attempt then doesn't count as a failure.

        Another worker goes on holding the export. Raises ExportNotFound.
        """
        async with self._database.session() as session:
            await lock_writes(session)
            this = sa.select(ExportStatus).where(ExportStatus.id == claim.export_id)
            row = await session.scalar(this.with_for_update())
            if row is None:
                raise ExportNotFound(f"There is no export {claim.export_id!r}.")
            attempt = await attempt_of(session, claim)
            if attempt.error_code == LOST[0]:
                attempt.error_code, attempt.error_message = _LATE
                row.failures = max(0, row.failures - 1)

    async def fail_lost_commands(self) -> int:
        """Fail the exports whose command has died, and return their number."""
        async with self._database.session() as session:
            lost = sa.select(ExportStatus.id).where(is_command_lost(await database_now(session)))
            ids = (await session.scalars(lost)).all()
        return sum([await self._fail_lost_command(export_id) for export_id in ids])

    async def _fail_lost_command(self, export_id: str) -> bool:
        """Fail the export, unless another process did or its command is still alive."""
        async with self._database.session() as session:
            await lock_writes(session)
            lost = sa.select(ExportStatus).where(
                ExportStatus.id == export_id, is_command_lost(await database_now(session))
            )
            row = await session.scalar(lost.with_for_update())
            if row is None:
                return False
            if row.status == Status.RUNNING:
                await end_attempt(session, row, Outcome.LOST, *COMMAND_LOST)
            move(row, Status.FAILED, *COMMAND_LOST)
            await announce_end(session, row)
            await append(session, [failed_line(_EXPIRED, row)])
            return True


async def _survives_loss(session: AsyncSession, row: ExportStatus, now: datetime, max_attempts: int) -> bool:
    """Record that the worker of an export is lost. Return whether attempts are left."""
    row.failures += 1
    if row.executor == "command":
        await end_attempt(session, row, Outcome.LOST, *COMMAND_LOST)
        move(row, Status.FAILED, *COMMAND_LOST)
        await announce_end(session, row)
        await append(session, [failed_line(_EXPIRED, row)])
        return False
    is_last = row.failures >= max_attempts
    advice = ", then retry the export" if is_last else ""
    code, message = LOST[0], LOST[1].format(failures=row.failures, allowed=max_attempts, advice=advice)
    await end_attempt(session, row, Outcome.LOST, code, message)
    if is_last:
        move(row, Status.FAILED, code, message)
        await announce_end(session, row)
        await append(session, [failed_line(_EXPIRED, row)])
        return False
    move(row, Status.PENDING, code, message)
    return True


async def _claimed(session: AsyncSession, row: ExportStatus, owner: str, lease_seconds: float) -> Claim:
    now = await database_now(session)
    move(row, Status.RUNNING)
    row.fence += 1
    row.attempt += 1
    row.lease_owner, row.lease_until = owner, now + timedelta(seconds=lease_seconds)
    # On the clock of the export's other times. Leases and attempts use the database's clock.
    row.started_at = row.started_at or utc_now()
    row.phase = "planning" if row.plan is None else "exporting"
    session.add(ExportAttempt(export_id=row.id, number=row.attempt, owner=owner, started_at=now))
    return Claim(row.id, owner, row.fence, row.attempt)
