"""ExportStatusManager: all reads and writes of exports in the ledger, each in one transaction.

A worker holds a `Claim` on its export. Every write checks the claim's fence, so that a worker that lost the
export without noticing cannot change anything.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, local_actor, system_actor
from lumber.audit.append import append
from lumber.audit.line import Detail
from lumber.dataset.manifest import FileEntry
from lumber.engine.result import PartitionResult
from lumber.errors import (
    ExportNotFound,
    ExportStateError,
    LeaseLost,
    LumberError,
)
from lumber.exports.announcing import announce_end, announce_held
from lumber.exports.audited import (
    changed_line,
    completed_line,
    failed_line,
    held_line,
    published_line,
    runner,
)
from lumber.exports.claimable import LONGEST_WAIT_SECONDS, claimable, is_command_lost
from lumber.exports.config import ExportConfig
from lumber.exports.creation import Executor, NewExport, create_exports, stored_key
from lumber.exports.locks import lock_writes
from lumber.exports.metadata import ExportDetails, ExportMetadata
from lumber.exports.owners import with_owners
from lumber.exports.progress import ExportProgress
from lumber.exports.status import ENDED, Status
from lumber.exports.stored import PROGRESS, RESULT
from lumber.exports.visibility import usable
from lumber.identity.rights import Principal, Scope
from lumber.store.clock import database_now
from lumber.store.database import Database
from lumber.store.models import ExportAttempt, ExportFile, ExportPartition, ExportPublication, ExportStatus
from lumber.store.models.base import utc_now

if TYPE_CHECKING:
    from lumber.engine.plan import VersionPlan
    from lumber.exports.versions.publishing import VersionOutcome
    from lumber.exports.versions.reserving import Parent, Reservation
    from lumber.exports.versions.running import VersionRun


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
_LOST = (
    "worker_lost",
    "The worker stopped responding: failure {failures} of {allowed} allowed. Check its log, memory and "
    "disk{advice}.",
)
_COMMAND_LOST = (
    "command_lost",
    "The command stopped responding. Run it again, or retry the export.",
)
# Who finds that a holder is lost, in the audit trail.
_EXPIRED = system_actor("lease")
_LATE = (
    "worker_late",
    "The worker renewed its lease too late, after another worker had taken over. This attempt doesn't count.",
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


@dataclass(frozen=True, slots=True)
class Job:
    """The start of an attempt: the export, its plan and its finished partitions, if any.

    `owner_id` is the account that owns the export; None: the machine itself.
    """

    export: ExportMetadata
    plan: dict[str, Any] | None
    partitions: tuple[PartitionResult, ...]
    progress: ExportProgress | None
    owner_id: str | None = None


class ExportStatusManager:
    """Read and change exports in the ledger. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self,
        config: ExportConfig,
        *,
        executor: Executor = "service",
        idempotency_key: str | None = None,
        max_queued: int | None = None,
    ) -> ExportMetadata:
        """Record a new pending export and return it.

        A repeated key with the same config returns the existing export. Raises IdempotencyConflict for the
        same key with another config, and TooManyExports beyond `max_queued`.
        """
        (created,) = await self.create_all(
            [NewExport(config, executor, idempotency_key)], max_queued=max_queued
        )
        if isinstance(created, LumberError):
            raise created
        return created

    async def create_all(
        self, wanted: Sequence[NewExport], *, max_queued: int | None = None
    ) -> Sequence[ExportMetadata | LumberError]:
        """Do what `create` does for several exports; return the export, or the error, for each of them."""
        async with self._database.session() as session:
            return await create_exports(session, wanted, max_queued)

    async def has_key(self, idempotency_key: str, owner_id: str | None = None) -> bool:
        """Return whether an account, or the machine itself, created an export with this key."""
        stored = stored_key(idempotency_key, owner_id)
        known = sa.select(ExportStatus.id).where(ExportStatus.idempotency_key == stored)
        async with self._database.session() as session:
            return await session.scalar(known) is not None

    async def require_usable(self, export_id: str, principal: Principal, scope: Scope) -> None:
        """Raise ExportNotFound unless the principal may use the scope on the export.

        An export of somebody else doesn't differ from one that doesn't exist.
        """
        conditions = usable(principal, scope)
        if not conditions:
            return
        found = sa.select(ExportStatus.id).where(ExportStatus.id == export_id, *conditions)
        # Text that a database cannot store is not an id.
        if export_id.isprintable():
            async with self._database.connect() as connection:
                if await connection.scalar(found) is not None:
                    return
        raise ExportNotFound(f"There is no export {export_id!r}.")

    async def get(self, export_id: str) -> ExportMetadata:
        """Return one export. Raises ExportNotFound."""
        async with self._database.session() as session:
            return ExportMetadata.from_status(await _row(session, export_id))

    async def config_and_owner(self, export_id: str) -> tuple[Any, str | None]:
        """Return the stored config of an export, and the account that owns it. Raises ExportNotFound."""
        async with self._database.session() as session:
            row = await _row(session, export_id)
            return row.config, row.owner_id

    async def details(self, export_id: str) -> ExportDetails:
        """Return one export with its attempts. Raises ExportNotFound."""
        async with self._database.session() as session:
            row = await _row(session, export_id)
            of_export = sa.select(ExportAttempt).where(ExportAttempt.export_id == export_id)
            attempts = await session.scalars(of_export.order_by(ExportAttempt.number))
            published = await session.get(ExportPublication, export_id)
            (found,) = await with_owners(session, [ExportDetails.from_rows(row, attempts, published)])
            return found

    async def with_owner(self, export: ExportMetadata) -> ExportMetadata:
        """Return an export with the name of its owner, and whether it is shared."""
        if export.owner is None:
            return export
        async with self._database.session() as session:
            (found,) = await with_owners(session, [export])
            return found

    async def progress(
        self, export_ids: Sequence[str]
    ) -> dict[str, tuple[ExportMetadata, ExportProgress | None]]:
        """Return the progress of exports. Unknown ids are left out."""
        wanted = sa.select(ExportStatus).where(ExportStatus.id.in_(_padded(export_ids)))
        wanted = wanted.options(defer(ExportStatus.plan, raiseload=True))  # it may be large
        async with self._database.session() as session:
            return {
                row.id: (ExportMetadata.from_status(row), PROGRESS.load(row.progress))
                for row in await session.scalars(wanted)
            }

    async def list(self, *, limit: int = 100, offset: int = 0) -> Sequence[ExportMetadata]:
        """Return exports, newest first."""
        newest = sa.select(ExportStatus).order_by(ExportStatus.created_at.desc(), ExportStatus.id.desc())
        async with self._database.session() as session:
            rows = await session.scalars(newest.limit(limit).offset(offset))
            return [ExportMetadata.from_status(row) for row in rows]

    async def files(self, export_id: str) -> Sequence[ExportFile]:
        """Return the files of a completed export in the manifest's order. Raises ExportNotFound."""
        async with self._database.session() as session:
            await _row(session, export_id)
            of_export = sa.select(ExportFile).where(ExportFile.export_id == export_id)
            return (await session.scalars(of_export.order_by(ExportFile.path))).all()

    # Claims.

    async def claim(self, export_id: str, owner: str, lease_seconds: float) -> Claim:
        """pending -> running. Raises ExportNotFound or ExportStateError."""
        async with self._database.session() as session:
            row = await _locked_row(session, export_id)
            if row.status == Status.FAILED and row.error_code == _COMMAND_LOST[0] and row.attempt == 0:
                _move(row, Status.PENDING)  # the command was slow to begin, and not lost
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
                await _end_attempt(session, row, Outcome.LOST, *_COMMAND_LOST)
            _move(row, Status.FAILED, *_COMMAND_LOST)
            await announce_end(session, row)
            await append(session, [failed_line(_EXPIRED, row)])
            return True

    async def job(self, claim: Claim) -> Job:
        """Return the start of the claimed export's attempt. Raises LeaseLost."""
        async with self._database.session() as session:
            row = await _held_row(session, claim)
            of_export = sa.select(ExportPartition).where(ExportPartition.export_id == claim.export_id)
            results = tuple(RESULT.load(part.result) for part in await session.scalars(of_export))
            progress = PROGRESS.load(row.progress)
            return Job(ExportMetadata.from_status(row), row.plan, results, progress, row.owner_id)

    async def renew(self, claim: Claim, lease_seconds: float, progress: ExportProgress | None = None) -> bool:
        """Renew the lease for `lease_seconds`, record the progress, and return whether to cancel.

        Raises LeaseLost.
        """
        async with self._database.session() as session:
            row = await _held_row(session, claim)
            row.lease_until = await database_now(session) + timedelta(seconds=lease_seconds)
            if progress is not None:
                row.progress = PROGRESS.dump(progress.not_before(PROGRESS.load(row.progress)))
                row.phase = progress.phase
            return row.cancel_requested_at is not None

    async def placed(self, claim: Claim, output_path: str) -> None:
        """Record the output folder of a running export. Raises LeaseLost."""
        async with self._database.session() as session:
            (await _held_row(session, claim)).output_path = output_path

    async def reserve_version(self, claim: Claim, name: str, *, is_incremental: bool) -> Reservation:
        """Reserve the next version of a dataset. Raises LeaseLost, DatasetBusy or DatasetStateError."""
        from lumber.exports.versions.reserving import reserve

        async with self._database.session() as session:
            return await reserve(
                session, await _held_row(session, claim), name, is_incremental=is_incremental
            )

    async def version_parent(self, plan: VersionPlan) -> tuple[Parent | None, Any]:
        """Return the parent of a version that an earlier attempt planned, and the version's watermark."""
        from lumber.exports.versions.reserving import planned_version

        async with self._database.session() as session:
            return await planned_version(session, plan)

    async def planned(self, claim: Claim, plan: Mapping[str, Any], version: VersionRun | None = None) -> None:
        """Freeze the plan of a running export. Raises LeaseLost."""
        async with self._database.session() as session:
            row = await _held_row(session, claim)
            if version is not None:
                from lumber.exports.versions.reserving import reserved_row

                reserved = await reserved_row(session, row.id, version.plan.dataset_id, version.plan.number)
                reserved.watermark, reserved.frozen = version.watermark, version.frozen
                # Not its hash: it is what idempotency keys compare with what was asked for.
                if version.config is not None:
                    row.config = version.config.as_json()
            row.plan, row.planned_rows, row.phase = dict(plan), int(plan["rows"]), "exporting"

    async def partition_done(self, claim: Claim, result: PartitionResult) -> None:
        """Record a finished partition of a running export. Raises LeaseLost."""
        async with self._database.session() as session:
            await _held_row(session, claim)
            session.add(
                ExportPartition(
                    export_id=claim.export_id,
                    kind=result.kind,
                    ordinal=result.ordinal,
                    attempt=claim.attempt,
                    result=RESULT.dump(result),
                )
            )

    async def start_over(self, claim: Claim) -> None:
        """Forget the plan and the finished partitions of a running export. Raises LeaseLost."""
        async with self._database.session() as session:
            _forget(await _held_row(session, claim))
            await _forget_partitions(session, claim.export_id)

    async def check(self, claim: Claim) -> None:
        """Raise LeaseLost unless the claim still holds."""
        async with self._database.session() as session:
            await _held_row(session, claim)

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
            attempt = await _attempt_of(session, claim)
            if attempt.error_code == _LOST[0]:
                attempt.error_code, attempt.error_message = _LATE
                row.failures = max(0, row.failures - 1)

    # Outcomes of an attempt.

    async def complete(
        self,
        claim: Claim,
        counts: Mapping[str, Mapping[str, int]],
        files: Sequence[FileEntry],
        publication: ExportPublication | None = None,
        version: VersionOutcome | None = None,
    ) -> ExportMetadata:
        """running -> completed, with the counts per kind and the manifest's files. Raises LeaseLost.

        `publication` says where the dataset was written to, besides its folder. A version of a dataset is
        published in the same transaction, and with it what it has seen.
        """
        async with self._database.session() as session:
            row = await _held_row(session, claim)
            if version is not None:
                from lumber.exports.versions.publishing import publish_version

                await publish_version(session, row, version)
            await _end_attempt(session, row, Outcome.COMPLETED)
            _move(row, Status.COMPLETED)
            row.counts = {kind: dict(values) for kind, values in counts.items()}
            row.record_count = sum(values["written"] for values in counts.values())
            row.file_size = sum(file.size_bytes for file in files)
            session.add_all(
                ExportFile(
                    id=str(uuid.uuid4()),
                    export_id=claim.export_id,
                    path=file.path,
                    kind=file.kind or "",
                    split=file.split or "",
                    rows=file.rows or 0,
                    size_bytes=file.size_bytes,
                    sha256=file.sha256,
                )
                for file in files
            )
            await _forget_partitions(session, claim.export_id)
            if row.owner_id is not None:
                await _count_use(session, row, row.owner_id)
            await announce_end(session, row)
            by = runner(row, claim.owner)
            lines = [completed_line(by, row, files)]
            if version is not None and version.held_by:
                await announce_held(session, row, version.plan.number, version.reason or "")
                plan = version.plan
                lines.append(
                    held_line(by, row, (plan.dataset_id, plan.dataset, plan.number), version.held_by)
                )
            if publication is not None:
                await session.merge(publication)
                lines.append(published_line(by, publication))
            await append(session, lines)
            return ExportMetadata.from_status(row)

    async def fail(self, claim: Claim, code: str, message: str) -> ExportMetadata:
        """running -> failed without another attempt. A retry starts again. Raises LeaseLost."""
        async with self._database.session() as session:
            row = await _held_row(session, claim)
            await _end_attempt(session, row, Outcome.FAILED, code, message)
            _move(row, Status.FAILED, code, message)
            _forget(row)
            await _forget_partitions(session, claim.export_id)
            await announce_end(session, row)
            await append(session, [failed_line(runner(row, claim.owner), row)])
            return ExportMetadata.from_status(row)

    async def try_again(
        self, claim: Claim, code: str, message: str, *, max_attempts: int, wait_seconds: float
    ) -> ExportMetadata:
        """running -> pending with exponential back-off, or -> failed without attempts left.

        Raises LeaseLost.
        """
        async with self._database.session() as session:
            row = await _held_row(session, claim)
            await _end_attempt(session, row, Outcome.FAILED, code, message)
            row.failures += 1
            if row.failures >= max_attempts:
                _move(row, Status.FAILED, code, message)
                await announce_end(session, row)
                await append(session, [failed_line(runner(row, claim.owner), row)])
                return ExportMetadata.from_status(row)
            _move(row, Status.PENDING, code, message)
            wait = min(wait_seconds * 2 ** (row.failures - 1), LONGEST_WAIT_SECONDS)
            row.not_before = await database_now(session) + timedelta(seconds=wait)
            return ExportMetadata.from_status(row)

    async def hand_back(self, claim: Claim) -> ExportMetadata:
        """running -> pending: the next worker resumes from the finished partitions. Raises LeaseLost."""
        async with self._database.session() as session:
            row = await _held_row(session, claim)
            await _end_attempt(session, row, Outcome.HANDED_BACK)
            _move(row, Status.PENDING)
            return ExportMetadata.from_status(row)

    async def cancelled(self, claim: Claim) -> ExportMetadata:
        """running -> cancelled, after its files were removed. Raises LeaseLost."""
        async with self._database.session() as session:
            row = await _held_row(session, claim)
            await _end_attempt(session, row, Outcome.CANCELLED)
            _move(row, Status.CANCELLED)
            _forget(row)
            await _forget_partitions(session, claim.export_id)
            by = runner(row, claim.owner)
            await append(session, [changed_line(by, Action.EXPORT_CANCELLED, row, status=row.status)])
            return ExportMetadata.from_status(row)

    # Requests of a user.

    async def request_cancel(self, export_id: str, *, by: Actor | None = None) -> ExportMetadata:
        """Cancel a queued export, or ask its worker to stop. Idempotent.

        Raises ExportNotFound, or ExportStateError if it has finished otherwise.
        """
        async with self._database.session() as session:
            row = await _locked_row(session, export_id)
            is_new = row.status == Status.PENDING or row.cancel_requested_at is None
            if row.status == Status.PENDING:
                _move(row, Status.CANCELLED)
                _forget(row)
                await _forget_partitions(session, export_id)
            elif row.status == Status.RUNNING:
                row.cancel_requested_at = row.cancel_requested_at or utc_now()
            elif row.status == Status.CANCELLED:
                is_new = False
            else:
                raise ExportStateError(
                    f"Export {export_id} is {row.status}: only pending or running exports can be cancelled."
                )
            if is_new:
                line = changed_line(by or local_actor(), Action.EXPORT_CANCELLED, row, status=row.status)
                await append(session, [line])
            return ExportMetadata.from_status(row)

    async def retry(self, export_id: str, *, by: Actor | None = None) -> ExportMetadata:
        """failed or cancelled -> pending, for a worker. Raises ExportNotFound or ExportStateError.

        The next attempt resumes from the finished partitions that the failure left.
        """
        async with self._database.session() as session:
            row = await _locked_row(session, export_id)
            if row.status not in (Status.FAILED, Status.CANCELLED):
                raise ExportStateError(
                    f"Export {export_id} is {row.status}: only failed or cancelled exports can be retried."
                )
            _move(row, Status.PENDING)
            row.failures, row.executor = 0, "service"
            await append(session, [changed_line(by or local_actor(), Action.EXPORT_RETRIED, row)])
            return ExportMetadata.from_status(row)

    async def delete(
        self, export_id: str, *, by: Actor | None = None, cause: str | None = None
    ) -> ExportMetadata:
        """Delete a finished export and return its record. `cause` is the limit of the retention, if any.

        Raises ExportNotFound or ExportStateError.
        """
        async with self._database.session() as session:
            row = await _locked_row(session, export_id)
            if row.status not in ENDED:
                raise ExportStateError(f"Export {export_id} is {row.status}: cancel it before deleting it.")
            deleted = ExportMetadata.from_status(row)
            details: dict[str, Detail] = {"status": row.status, "rows": row.record_count, "cause": cause}
            line = changed_line(by or local_actor(), Action.EXPORT_DELETED, row, **details)
            for table in (ExportFile, ExportPartition, ExportAttempt):
                await session.execute(sa.delete(table).where(table.export_id == export_id))
            await session.execute(sa.delete(ExportStatus).where(ExportStatus.id == export_id))
            await _forget_version(session, export_id, cause)
            await append(session, [line])
            return deleted


async def _forget_version(session: AsyncSession, export_id: str, cause: str | None) -> None:
    from lumber.exports.versions.retention import forget_version

    await forget_version(session, export_id, cause)


def _padded(ids: Sequence[str]) -> Sequence[str]:
    """Repeat the last id up to a power of two: drivers keep each statement that they have prepared."""
    padding = (1 << (len(ids) - 1).bit_length()) - len(ids)
    return [*ids, *(ids[-1] for _ in range(padding if ids else 0))]


async def _row(session: AsyncSession, export_id: str) -> ExportStatus:
    # Text that a database cannot store is not an id.
    row = await session.get(ExportStatus, export_id) if export_id.isprintable() else None
    if row is None:
        raise ExportNotFound(f"There is no export {export_id!r}.")
    return row


async def _locked_row(session: AsyncSession, export_id: str) -> ExportStatus:
    """Return the row, locked against changes until this transaction ends."""
    if export_id.isprintable():
        # SQLite has no FOR UPDATE: only a write blocks other writers.
        touch = sa.update(ExportStatus).where(ExportStatus.id == export_id)
        await session.execute(touch.values(updated_at=utc_now()))
    return await _row(session, export_id)


async def _held_row(session: AsyncSession, claim: Claim) -> ExportStatus:
    """Return the claimed export's row, locked. Raises LeaseLost if another worker has it.

    Only a claim with a higher fence ends this one: a lease that ran out does not. If the holder was taken for
    lost, and the export therefore failed, it runs again.
    """
    row = await _locked_row(session, claim.export_id)
    if row.fence == claim.fence:
        if row.status == Status.RUNNING:
            return row
        if row.status == Status.FAILED and row.error_code in (_LOST[0], _COMMAND_LOST[0]):
            await _take_up_again(session, row, claim)
            return row
    raise LeaseLost(
        f"This worker no longer holds export {claim.export_id}, which is {row.status} with fence "
        f"{row.fence}; the worker's fence is {claim.fence}."
    )


async def _take_up_again(session: AsyncSession, row: ExportStatus, claim: Claim) -> None:
    """failed -> running: the holder that was taken for lost reports back before anybody else claims."""
    attempt = await _attempt_of(session, claim)
    attempt.finished_at = attempt.outcome = attempt.error_code = attempt.error_message = None
    _move(row, Status.PENDING)
    _move(row, Status.RUNNING)
    row.failures = max(0, row.failures - 1)
    row.lease_owner = claim.owner
    row.lease_until = await database_now(session) + timedelta(seconds=_REPORTED_SECONDS)
    row.phase = "planning" if row.plan is None else "exporting"


async def _attempt_of(session: AsyncSession, claim: Claim) -> ExportAttempt:
    return await session.get_one(ExportAttempt, (claim.export_id, claim.attempt))


async def _survives_loss(session: AsyncSession, row: ExportStatus, now: datetime, max_attempts: int) -> bool:
    """Record that the worker of an export is lost. Return whether attempts are left."""
    row.failures += 1
    if row.executor == "command":
        await _end_attempt(session, row, Outcome.LOST, *_COMMAND_LOST)
        _move(row, Status.FAILED, *_COMMAND_LOST)
        await announce_end(session, row)
        await append(session, [failed_line(_EXPIRED, row)])
        return False
    is_last = row.failures >= max_attempts
    advice = ", then retry the export" if is_last else ""
    code, message = _LOST[0], _LOST[1].format(failures=row.failures, allowed=max_attempts, advice=advice)
    await _end_attempt(session, row, Outcome.LOST, code, message)
    if is_last:
        _move(row, Status.FAILED, code, message)
        await announce_end(session, row)
        await append(session, [failed_line(_EXPIRED, row)])
        return False
    _move(row, Status.PENDING, code, message)
    return True


async def _claimed(session: AsyncSession, row: ExportStatus, owner: str, lease_seconds: float) -> Claim:
    now = await database_now(session)
    _move(row, Status.RUNNING)
    row.fence += 1
    row.attempt += 1
    row.lease_owner, row.lease_until = owner, now + timedelta(seconds=lease_seconds)
    # On the clock of the export's other times. Leases and attempts use the database's clock.
    row.started_at = row.started_at or utc_now()
    row.phase = "planning" if row.plan is None else "exporting"
    session.add(ExportAttempt(export_id=row.id, number=row.attempt, owner=owner, started_at=now))
    return Claim(row.id, owner, row.fence, row.attempt)


async def _end_attempt(
    session: AsyncSession,
    row: ExportStatus,
    outcome: Outcome,
    code: str | None = None,
    message: str | None = None,
) -> None:
    attempt = await session.get_one(ExportAttempt, (row.id, row.attempt))
    attempt.finished_at, attempt.outcome = await database_now(session), outcome
    attempt.error_code, attempt.error_message = code, message


def _forget(row: ExportStatus) -> None:
    row.plan = row.planned_rows = row.progress = row.counts = None


async def _count_use(session: AsyncSession, row: ExportStatus, owner_id: str) -> None:
    # Exports without accounts don't need it.
    from lumber.exports.policies.quotas import add_use, day_of

    day = day_of(await database_now(session))
    await add_use(session, owner_id, day, rows=row.record_count, written_bytes=row.file_size)


async def _forget_partitions(session: AsyncSession, export_id: str) -> None:
    await session.execute(sa.delete(ExportPartition).where(ExportPartition.export_id == export_id))


def _move(row: ExportStatus, status: Status, code: str | None = None, message: str | None = None) -> None:
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
