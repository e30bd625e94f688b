"""Records how an attempt ended."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actions import Action
from lumber.audit.append import append
from lumber.dataset.manifest import FileEntry
from lumber.exports.announcing import announce_end
from lumber.exports.audited import (
    changed_line,
    completed_line,
    failed_line,
    held_line,
    published_line,
    runner,
)
from lumber.exports.claimable import LONGEST_WAIT_SECONDS
from lumber.exports.ledger.rows import (
    Claim,
    LedgerPart,
    Outcome,
    end_attempt,
    forget_partitions,
    forget_plan,
    held_row,
    move,
)
from lumber.exports.metadata import ExportMetadata
from lumber.exports.progress import ExportProgress
from lumber.exports.status import Status
from lumber.exports.stored import PROGRESS
from lumber.store.clock import database_now
from lumber.store.models import ExportAttempt, ExportFile, ExportPublication, ExportStatus

if TYPE_CHECKING:
    from lumber.exports.versions.publishing import VersionOutcome

# Rows of the list of files that are written together: a dataset may have 100,000.
_FILES_AT_ONCE = 1_000


class AttemptOutcomes(LedgerPart):
    """End the attempt of a claim."""

    async def complete(
        self,
        claim: Claim,
        counts: Mapping[str, Mapping[str, int]],
        files: Sequence[FileEntry],
        publication: ExportPublication | None = None,
        version: VersionOutcome | None = None,
        progress: ExportProgress | None = None,
    ) -> ExportMetadata:
        """running -> completed, with the counts per kind and the manifest's files. Raises LeaseLost.

        `publication` says where the dataset was written to, besides its folder. A version of a dataset is
        published in the same transaction, and with it what it has seen. `progress` is the last one.
        """
        async with self._database.session() as session:
            row = await held_row(session, claim)
            if version is not None:
                from lumber.exports.versions.publishing import publish_version

                await publish_version(session, row, version)
            await end_attempt(session, row, Outcome.COMPLETED)
            move(row, Status.COMPLETED)
            row.counts = {kind: dict(values) for kind, values in counts.items()}
            if progress is not None:
                row.progress = PROGRESS.dump(progress)
            if row.plan and row.plan.get("estimated"):
                row.planned_rows = sum(values["read"] for values in counts.values())
            row.record_count = sum(values["written"] for values in counts.values())
            row.file_size = sum(file.size_bytes for file in files)
            for first in range(0, len(files), _FILES_AT_ONCE):
                rows = [_listed(claim.export_id, file) for file in files[first : first + _FILES_AT_ONCE]]
                await session.execute(sa.insert(ExportFile), rows)
            await forget_partitions(session, claim.export_id)
            if row.owner_id is not None:
                await _count_use(session, row, row.owner_id)
            await announce_end(session, row)
            by = runner(row, claim.owner)
            lines = [completed_line(by, row, files)]
            if version is not None and version.held_by:
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
            row = await held_row(session, claim)
            await end_attempt(session, row, Outcome.FAILED, code, message)
            move(row, Status.FAILED, code, message)
            forget_plan(row)
            await forget_partitions(session, claim.export_id)
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
            row = await held_row(session, claim)
            await end_attempt(session, row, Outcome.FAILED, code, message)
            row.failures += 1
            if row.failures >= max_attempts:
                move(row, Status.FAILED, code, message)
                await announce_end(session, row)
                await append(session, [failed_line(runner(row, claim.owner), row)])
                return ExportMetadata.from_status(row)
            move(row, Status.PENDING, code, message)
            wait = min(wait_seconds * 2 ** (row.failures - 1), LONGEST_WAIT_SECONDS)
            row.not_before = await database_now(session) + timedelta(seconds=wait)
            return ExportMetadata.from_status(row)

    async def postpone(self, claim: Claim, code: str, message: str, *, wait_seconds: float) -> None:
        """running -> pending, after a while, because something else must end first. No attempt is spent.

        The records of earlier attempts that only waited are deleted. Raises LeaseLost.
        """
        async with self._database.session() as session:
            row = await held_row(session, claim)
            await end_attempt(session, row, Outcome.HANDED_BACK, code, message)
            waited = sa.delete(ExportAttempt).where(
                ExportAttempt.export_id == row.id,
                ExportAttempt.number < row.attempt,
                ExportAttempt.outcome == Outcome.HANDED_BACK,
                ExportAttempt.error_code == code,
            )
            await session.execute(waited.execution_options(synchronize_session=False))
            move(row, Status.PENDING, code, message)
            row.not_before = await database_now(session) + timedelta(seconds=wait_seconds)

    async def hand_back(self, claim: Claim) -> ExportMetadata:
        """running -> pending: the next worker resumes from the finished partitions. Raises LeaseLost."""
        async with self._database.session() as session:
            row = await held_row(session, claim)
            await end_attempt(session, row, Outcome.HANDED_BACK)
            move(row, Status.PENDING)
            return ExportMetadata.from_status(row)

    async def cancelled(self, claim: Claim) -> ExportMetadata:
        """running -> cancelled, after its files were removed. Raises LeaseLost."""
        async with self._database.session() as session:
            row = await held_row(session, claim)
            await end_attempt(session, row, Outcome.CANCELLED)
            move(row, Status.CANCELLED)
            forget_plan(row)
            await forget_partitions(session, claim.export_id)
            by = runner(row, claim.owner)
            await append(session, [changed_line(by, Action.EXPORT_CANCELLED, row, status=row.status)])
            return ExportMetadata.from_status(row)


def _listed(export_id: str, file: FileEntry) -> dict[str, Any]:
    """Return the row of a file in the manifest."""
    return {
        "id": str(uuid.uuid4()),
        "export_id": export_id,
        "path": file.path,
        "kind": file.kind or "",
        "split": file.split or "",
        "rows": file.rows or 0,
        "size_bytes": file.size_bytes,
        "sha256": file.sha256,
    }


async def _count_use(session: AsyncSession, row: ExportStatus, owner_id: str) -> None:
    # Exports without accounts don't need it.
    from lumber.exports.policies.quotas import add_use, day_of

    day = day_of(await database_now(session))
    await add_use(session, owner_id, day, rows=row.record_count, written_bytes=row.file_size)
