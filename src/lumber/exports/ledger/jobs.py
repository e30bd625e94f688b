"""JobLedger: the jobs of running exports that other workers may do, and who does them.

The attempt that holds an export coordinates it. It posts jobs under its own fence. A worker elsewhere claims
one, which gives the job a new fence, renews the lease while it works, and records the result. Each is one
transaction. A worker whose job was given to another one, or whose coordinator lost the export, is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from lumber.engine.result import PartitionResult
from lumber.errors import LeaseLost, SourceFailed
from lumber.exports.claimable import is_lease_over
from lumber.exports.ledger.rows import Claim, LedgerPart, held_row
from lumber.exports.locks import lock_writes
from lumber.exports.status import Status
from lumber.exports.stored import RESULT
from lumber.store.clock import database_now
from lumber.store.models import ExportJob, ExportOffer, ExportPartition, ExportStatus

POSTED, CLAIMED, DONE, FAILED = "posted", "claimed", "done", "failed"
PARTITION = "partition"


@dataclass(frozen=True, slots=True)
class Offer:
    """The jobs of an export that other workers may do, for as long as its `coordinator` holds it.

    `attempt` is that of the coordinator, `config` and `path` are the export's.
    """

    export_id: str
    coordinator: int
    attempt: int
    facts: Mapping[str, Any]
    config: Any
    path: str


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to post. `parcel` says where in staging it is described."""

    number: int
    stage: str
    kind: str | None
    ordinal: int | None
    parcel: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JobState:
    """What the ledger says of a posted job.

    `is_free`: nobody does it, or its worker is lost. `result` is that of a job that is done or failed.
    """

    number: int
    stage: str
    kind: str | None
    state: str
    owner: str | None
    rows: int
    batches: int
    is_free: bool
    result: Any


@dataclass(frozen=True, slots=True)
class HeldJob:
    """The right to do a job, until another worker claims it with a higher fence."""

    export_id: str
    coordinator: int
    attempt: int
    number: int
    fence: int
    owner: str
    stage: str
    kind: str | None
    parcel: Mapping[str, Any] = field(compare=False)


class JobLedger(LedgerPart):
    """Post, claim and finish jobs of running exports. Every method is one transaction."""

    async def offer(self, claim: Claim, facts: Mapping[str, Any]) -> None:
        """Offer the jobs of a running export. Those of earlier attempts are void. Raises LeaseLost."""
        async with self._database.session() as session:
            await held_row(session, claim)
            await _forget(session, claim.export_id)
            session.add(ExportOffer(export_id=claim.export_id, coordinator=claim.fence, facts=dict(facts)))

    async def withdraw(self, claim: Claim) -> None:
        """End an offer: whoever still works on its jobs is refused. Raises LeaseLost."""
        async with self._database.session() as session:
            await held_row(session, claim)
            await _forget(session, claim.export_id)

    async def states(self, claim: Claim) -> list[JobState]:
        """Return the state of every job that the coordinator has posted and not removed."""
        is_partition = sa.and_(
            ExportJob.state == DONE,
            ExportPartition.export_id == ExportJob.export_id,
            ExportPartition.kind == ExportJob.kind,
            ExportPartition.ordinal == ExportJob.ordinal,
        )
        mine = ExportJob.export_id == claim.export_id, ExportJob.coordinator == claim.fence
        async with self._database.session() as session:
            asked = (
                sa.select(
                    ExportJob.number,
                    ExportJob.stage,
                    ExportJob.kind,
                    ExportJob.state,
                    ExportJob.owner,
                    ExportJob.rows,
                    ExportJob.batches,
                    _is_free(await database_now(session)),
                    ExportJob.result,
                    ExportPartition.result,
                )
                .outerjoin(ExportPartition, is_partition)
                .where(*mine)
            )
            found = (await session.execute(asked)).all()
        return [
            # The result of a partition is where those of all partitions are.
            JobState(
                *(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7]),
                row[9] if row[1] == PARTITION and row[3] == DONE else row[8],
            )
            for row in found
        ]

    async def settle(self, claim: Claim, remove: Collection[int], post: Sequence[NewJob]) -> None:
        """Remove jobs whose results were taken, and post new ones. Raises LeaseLost."""
        async with self._database.session() as session:
            await held_row(session, claim)
            if remove:
                mine = ExportJob.export_id == claim.export_id, ExportJob.number.in_(remove)
                await session.execute(sa.delete(ExportJob).where(*mine))
            session.add_all(
                ExportJob(
                    export_id=claim.export_id,
                    coordinator=claim.fence,
                    number=job.number,
                    stage=job.stage,
                    kind=job.kind,
                    ordinal=job.ordinal,
                    parcel=dict(job.parcel),
                    state=POSTED,
                )
                for job in post
            )

    async def take_back(self, claim: Claim, most: int) -> list[int]:
        """Take back jobs that nobody does: posted ones, and those whose worker is lost. Raises LeaseLost.

        A lost worker that comes back is refused: the job is no longer there.
        """
        async with self._database.session() as session:
            await held_row(session, claim)
            now = await database_now(session)
            free = (
                sa.select(ExportJob.number)
                .where(ExportJob.export_id == claim.export_id, _is_free(now))
                .order_by(ExportJob.number)
                .limit(most)
                .with_for_update(skip_locked=True)
            )
            numbers = list(await session.scalars(free))
            mine = ExportJob.export_id == claim.export_id, ExportJob.number.in_(numbers)
            await session.execute(sa.delete(ExportJob).where(*mine))
            return numbers

    async def offers(self, without: Collection[tuple[str, int]] = ()) -> list[Offer]:
        """Return the offers that have a job to claim, the oldest first, except those named `without`.

        An offer is named by its export and the fence of its coordinator.
        """
        async with self._database.session() as session:
            if not await session.scalar(sa.select(sa.select(ExportOffer.export_id).exists())):
                return []
            now = await database_now(session)
            free = sa.select(ExportJob.number).where(
                ExportJob.export_id == ExportOffer.export_id,
                ExportJob.coordinator == ExportOffer.coordinator,
                _is_free(now),
            )
            found = (await session.execute(_offers().where(free.exists()))).all()
            named = [(row.export_id, row.coordinator) for row in found]
            return [Offer(*row) for row, name in zip(found, named, strict=True) if name not in without]

    async def find_offer(self, export_id: str, coordinator: int) -> Offer | None:
        """Return an offer; None if it has ended."""
        asked = _offers().where(ExportOffer.export_id == export_id, ExportOffer.coordinator == coordinator)
        async with self._database.session() as session:
            row = (await session.execute(asked)).one_or_none()
            return None if row is None else Offer(*row)

    async def claim_jobs(
        self, offer: Offer, owner: str, lease_seconds: float, most: int, number: int | None = None
    ) -> list[HeldJob]:
        """Claim jobs of an offer that nobody does, or only the one with a number."""
        async with self._database.session() as session:
            await lock_writes(session)
            if not await _is_held(session, offer.export_id, offer.coordinator):
                return []
            now = await database_now(session)
            free = sa.select(ExportJob).where(
                ExportJob.export_id == offer.export_id,
                ExportJob.coordinator == offer.coordinator,
                _is_free(now),
            )
            if number is not None:
                free = free.where(ExportJob.number == number)
            free = free.order_by(ExportJob.number).limit(most).with_for_update(skip_locked=True)
            jobs = []
            for row in await session.scalars(free):
                row.state, row.owner, row.fence = CLAIMED, owner, row.fence + 1
                row.lease_until = now + timedelta(seconds=lease_seconds)
                row.rows = row.batches = 0
                jobs.append(
                    HeldJob(
                        row.export_id,
                        row.coordinator,
                        offer.attempt,
                        row.number,
                        row.fence,
                        owner,
                        row.stage,
                        row.kind,
                        row.parcel,
                    )
                )
            return jobs

    async def renew(
        self, jobs: Mapping[HeldJob, tuple[int, int]], lease_seconds: float
    ) -> tuple[set[HeldJob], bool]:
        """Renew the leases of jobs of one export, with the rows and batches that they have read.

        Return those that are still held, and whether their export still wants them: it doesn't once it is
        being cancelled, has ended or is with another worker.
        """
        first = next(iter(jobs))
        async with self._database.session() as session:
            await lock_writes(session)
            if not await _is_held(session, first.export_id, first.coordinator, is_wanted=True):
                return set(), False
            until = await database_now(session) + timedelta(seconds=lease_seconds)
            kept = set()
            # In one order, so that two workers never wait for each other.
            for job in sorted(jobs, key=lambda each: each.number):
                rows, batches = jobs[job]
                renewed = (
                    sa.update(ExportJob)
                    .where(*_is_job(job))
                    .values(lease_until=until, rows=rows, batches=batches)
                    .returning(ExportJob.number)
                )
                if (await session.execute(renewed)).one_or_none() is not None:
                    kept.add(job)
            return kept, True

    async def finish(
        self,
        job: HeldJob,
        result: PartitionResult | Mapping[str, Any],
        changes: Mapping[str, int] | None = None,
    ) -> None:
        """Record the result of a job. That of a partition is recorded as the partition's.

        Raises LeaseLost if the job was given to another worker, or its export is no longer its coordinator's,
        and SourceFailed if SQLite has counted other `changes` of rows than at the coordinator's moment.
        """
        async with self._database.session() as session:
            row = await _held_job(session, job)
            if row is None:
                return
            if changes and await changes_of_rows(session) != dict(changes):
                raise SourceFailed("Rows were changed after the moment that the export sees.")
            row.state = DONE
            if isinstance(result, PartitionResult):
                row.rows = result.read
                session.add(
                    ExportPartition(
                        export_id=job.export_id,
                        kind=result.kind,
                        ordinal=result.ordinal,
                        attempt=job.attempt,
                        result=RESULT.dump(result),
                    )
                )
            else:
                row.result = dict(result)

    async def fail(self, job: HeldJob, code: str, message: str) -> None:
        """Record that a job failed here. Raises LeaseLost as `finish` does."""
        async with self._database.session() as session:
            row = await _held_job(session, job)
            if row is not None:
                row.state, row.result = FAILED, {"code": code, "message": message}

    async def give_back(self, jobs: Collection[HeldJob]) -> None:
        """Let other workers claim jobs that this one doesn't finish."""
        async with self._database.session() as session:
            await lock_writes(session)
            for job in sorted(jobs, key=lambda each: each.number):
                free = {"state": POSTED, "owner": None, "lease_until": None, "rows": 0, "batches": 0}
                await session.execute(sa.update(ExportJob).where(*_is_job(job)).values(**free))


async def changes_of_rows(connection: AsyncSession | AsyncConnection) -> dict[str, int]:
    """Return how often rows of each table were changed, as SQLite counts it."""
    asked = sa.text("SELECT table_name, changes FROM row_changes")
    return {str(table): int(changes) for table, changes in await connection.execute(asked)}


def _offers() -> sa.Select[Any]:
    is_current = sa.and_(
        ExportStatus.id == ExportOffer.export_id,
        ExportStatus.fence == ExportOffer.coordinator,
        ExportStatus.status == Status.RUNNING,
        ExportStatus.cancel_requested_at.is_(None),
    )
    return (
        sa.select(
            ExportOffer.export_id,
            ExportOffer.coordinator,
            ExportStatus.attempt,
            ExportOffer.facts,
            ExportStatus.config,
            ExportStatus.output_path,
        )
        .join(ExportStatus, is_current)
        .order_by(ExportOffer.offered_at, ExportOffer.export_id)
    )


def _is_free(now: Any) -> sa.ColumnElement[bool]:
    is_lost = sa.and_(ExportJob.state == CLAIMED, is_lease_over(ExportJob.lease_until, now))
    return sa.or_(ExportJob.state == POSTED, is_lost)


def _is_job(job: HeldJob) -> tuple[sa.ColumnElement[bool], ...]:
    """Select a job as long as a worker holds it."""
    return (
        ExportJob.export_id == job.export_id,
        ExportJob.number == job.number,
        ExportJob.coordinator == job.coordinator,
        ExportJob.fence == job.fence,
        ExportJob.owner == job.owner,
        ExportJob.state == CLAIMED,
    )


async def _held_job(session: AsyncSession, job: HeldJob) -> ExportJob | None:
    """Return a held job, locked; None if it was recorded already, and only the answer was lost.

    Raises LeaseLost.
    """
    await lock_writes(session)
    if not await _is_held(session, job.export_id, job.coordinator):
        raise LeaseLost(f"Export {job.export_id} is no longer coordinated under fence {job.coordinator}.")
    asked = sa.select(ExportJob).where(ExportJob.export_id == job.export_id, ExportJob.number == job.number)
    row = await session.scalar(asked.with_for_update())
    is_same = row is not None and (row.coordinator, row.fence, row.owner) == (
        job.coordinator,
        job.fence,
        job.owner,
    )
    if row is not None and is_same and row.state == CLAIMED:
        return row
    if row is not None and is_same and row.state in (DONE, FAILED):
        return None
    raise LeaseLost(f"Job {job.number} of export {job.export_id} was given to another worker.")


async def _is_held(
    session: AsyncSession, export_id: str, coordinator: int, *, is_wanted: bool = False
) -> bool:
    """Return whether a coordinator still holds its export, which then stays so until the transaction ends."""
    held = sa.select(ExportStatus.id).where(
        ExportStatus.id == export_id,
        ExportStatus.fence == coordinator,
        ExportStatus.status == Status.RUNNING,
    )
    if is_wanted:
        held = held.where(ExportStatus.cancel_requested_at.is_(None))
    return await session.scalar(held.with_for_update(read=True)) is not None


async def _forget(session: AsyncSession, export_id: str) -> None:
    for table in (ExportJob, ExportOffer):
        await session.execute(sa.delete(table).where(table.export_id == export_id))
