"""What a user asks of an export that somebody else runs: cancel it, retry it, delete it."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

from lumber.exports.ledger import ExportStatusManager
from lumber.exports.metadata import ExportMetadata
from lumber.settings import Settings
from lumber.store.database import Database


@dataclass(frozen=True, slots=True)
class DeletedExport:
    """An export that is gone; its files too, unless they are in a folder that a user chose."""

    export: ExportMetadata
    files_deleted: bool


async def cancel_export(database: Database, settings: Settings, export_id: str) -> ExportMetadata:
    """Cancel an export that waits, or ask its worker to stop; it then becomes `cancelled` by itself.

    Raises ExportNotFound or ExportStateError.
    """
    export = await ExportStatusManager(database).request_cancel(export_id)
    if export.status == "cancelled":
        # It waited: nobody works in its folder, where an earlier attempt may have left something.
        await asyncio.to_thread(_remove_folder, settings, export)
    return export


async def retry_export(database: Database, export_id: str) -> ExportMetadata:
    """Put a failed or cancelled export into the queue again; it goes on from what is finished.

    Raises ExportNotFound or ExportStateError.
    """
    return await ExportStatusManager(database).retry(export_id)


async def delete_export(database: Database, settings: Settings, export_id: str) -> DeletedExport:
    """Delete an export that has ended, with its files. Raises ExportNotFound or ExportStateError.

    A folder outside the exports folder was chosen by a user, and stays.
    """
    export = await ExportStatusManager(database).delete(export_id)
    return DeletedExport(export, await asyncio.to_thread(_remove_folder, settings, export))


def _remove_folder(settings: Settings, export: ExportMetadata) -> bool:
    """Remove the export's own folder; say whether it is gone."""
    folder = settings.effective_exports_dir / export.export_id
    if export.path is not None and Path(export.path) != folder:
        return False
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()
