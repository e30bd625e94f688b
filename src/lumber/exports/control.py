"""Cancels, retries and deletes exports that another process may be running."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from lumber.audit.actor import Actor
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.metadata import ExportMetadata
from lumber.exports.removal import remove_export_folder
from lumber.settings import Settings
from lumber.store.database import Database


@dataclass(frozen=True, slots=True)
class DeletedExport:
    """A deleted export, and whether its files were deleted. Folders that a user chose are kept."""

    export: ExportMetadata
    files_deleted: bool


async def cancel_export(
    database: Database, settings: Settings, export_id: str, *, by: Actor | None = None
) -> ExportMetadata:
    """Cancel a queued export, or ask the worker of a running one to stop; it then becomes `cancelled`.

    `by` is who asks for it, here and below; None for the user of the command line. Raises ExportNotFound or
    ExportStateError.
    """
    export = await ExportStatusManager(database).request_cancel(export_id, by=by)
    if export.status == "cancelled":
        # It was queued: its folder is unused, but may hold files of an earlier attempt.
        await asyncio.to_thread(_remove_folder, settings, export)
    return export


async def retry_export(database: Database, export_id: str, *, by: Actor | None = None) -> ExportMetadata:
    """Queue a failed or cancelled export again; it resumes from its finished partitions.

    Raises ExportNotFound or ExportStateError.
    """
    return await ExportStatusManager(database).retry(export_id, by=by)


async def delete_export(
    database: Database,
    settings: Settings,
    export_id: str,
    *,
    by: Actor | None = None,
    cause: str | None = None,
) -> DeletedExport:
    """Delete a finished export and its files. Raises ExportNotFound or ExportStateError.

    `cause` is the limit of the retention that it exceeds. A folder outside the exports folder was chosen by
    a user and is kept.
    """
    export = await ExportStatusManager(database).delete(export_id, by=by, cause=cause)
    return DeletedExport(export, await asyncio.to_thread(_remove_folder, settings, export))


def _remove_folder(settings: Settings, export: ExportMetadata) -> bool:
    """Remove the export's own folder. Return whether it was removed."""
    folder = settings.effective_exports_dir / export.export_id
    if export.path is not None and Path(export.path) != folder:
        return False
    return remove_export_folder(folder.parent, folder.name)
