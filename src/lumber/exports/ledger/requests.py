"""What people ask for: to cancel an export, to retry it, to name it or to delete it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, local_actor
from lumber.audit.append import append
from lumber.audit.line import Detail
from lumber.errors import ExportStateError
from lumber.exports.audited import changed_line
from lumber.exports.ledger.rows import LedgerPart, forget_partitions, forget_plan, locked_row, move
from lumber.exports.metadata import ExportMetadata
from lumber.exports.naming import NamingChange
from lumber.exports.status import ENDED, Status
from lumber.store.models import ExportAttempt, ExportFile, ExportPartition, ExportStatus
from lumber.store.models.base import utc_now


class ExportRequests(LedgerPart):
    """Cancel, retry, name and delete exports."""

    async def request_cancel(self, export_id: str, *, by: Actor | None = None) -> ExportMetadata:
        """Cancel a queued export, or ask its worker to stop. Idempotent.

        Raises ExportNotFound, or ExportStateError if it has finished otherwise.
        """
        async with self._database.session() as session:
            row = await locked_row(session, export_id)
            is_new = row.status == Status.PENDING or row.cancel_requested_at is None
            if row.status == Status.PENDING:
                move(row, Status.CANCELLED)
                forget_plan(row)
                await forget_partitions(session, export_id)
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
            row = await locked_row(session, export_id)
            if row.status not in (Status.FAILED, Status.CANCELLED):
                raise ExportStateError(
                    f"Export {export_id} is {row.status}: only failed or cancelled exports can be retried."
                )
            move(row, Status.PENDING)
            row.failures, row.executor = 0, "service"
            await append(session, [changed_line(by or local_actor(), Action.EXPORT_RETRIED, row)])
            return ExportMetadata.from_status(row)

    async def name(self, export_id: str, change: NamingChange, *, by: Actor | None = None) -> ExportMetadata:
        """Change the name, the tags and the note of an export, and return it. Idempotent.

        Raises ExportNotFound and ConfigError.
        """
        wanted = change.checked()
        async with self._database.session() as session:
            return await _name(session, await locked_row(session, export_id), wanted, by)

    async def retag(
        self, export_id: str, *, add: Sequence[str] = (), remove: Sequence[str] = (), by: Actor | None = None
    ) -> ExportMetadata:
        """Add tags to an export, and remove others. Idempotent. Raises ExportNotFound and ConfigError."""
        async with self._database.session() as session:
            row = await locked_row(session, export_id)
            kept = [tag for tag in row.tags or () if tag not in remove]
            return await _name(session, row, NamingChange.of_tags([*kept, *add]).checked(), by)

    async def delete(
        self, export_id: str, *, by: Actor | None = None, cause: str | None = None
    ) -> ExportMetadata:
        """Delete a finished export and return its record. `cause` is the limit of the retention, if any.

        Raises ExportNotFound or ExportStateError.
        """
        async with self._database.session() as session:
            row = await locked_row(session, export_id)
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


async def _name(
    session: AsyncSession, row: ExportStatus, wanted: Mapping[str, Any], by: Actor | None
) -> ExportMetadata:
    """Set columns of a locked row. The audit trail gets a line if something changes."""
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    if changed:
        # The note stays out of the audit trail: it can be long, and say anything.
        told: dict[str, Detail] = {"fields": sorted(changed), "name": row.name, "tags": row.tags}
        await append(session, [changed_line(by or local_actor(), Action.EXPORT_NAMED, row, **told)])
    return ExportMetadata.from_status(row)


async def _forget_version(session: AsyncSession, export_id: str, cause: str | None) -> None:
    from lumber.exports.versions.retention import forget_version

    await forget_version(session, export_id, cause)
