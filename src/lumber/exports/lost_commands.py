"""Fails the exports whose command was killed, and removes what such a command left in a user's folder."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from lumber.engine.staging import Holder, OutputFolder
from lumber.engine.staging_lock import is_locked, is_marked
from lumber.errors import LumberError
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.status import Status
from lumber.files.folder import Folder
from lumber.files.staged import STAGING
from lumber.settings import Settings
from lumber.store.clock import database_now
from lumber.store.database import Database
from lumber.store.models import ExportStatus

_COMMAND_LOST = "command_lost"
# Several processes may fail a command; each clears what it finds.
_RECENT = timedelta(minutes=5)


async def fail_lost_commands(database: Database, settings: Settings) -> None:
    """Fail the exports whose command has died, and clear their output folders.

    A folder in the exports folder keeps what is staged, because a retry resumes from it. Raises
    DatabaseError.
    """
    if not await ExportStatusManager(database).fail_lost_commands():
        return
    async with database.session() as session:
        lost = sa.select(ExportStatus.id, ExportStatus.fence, ExportStatus.output_path).where(
            ExportStatus.status == Status.FAILED,
            ExportStatus.finished_at >= await database_now(session) - _RECENT,
            ExportStatus.error_code == _COMMAND_LOST,
            ExportStatus.output_path.is_not(None),
        )
        found = [(row.id, row.fence, Path(row.output_path)) for row in await session.execute(lost)]
    for export_id, fence, path in found:
        if path != settings.effective_exports_dir / export_id:
            await asyncio.to_thread(_clear, path, Holder(export_id, fence + 1))


def _clear(path: Path, next_attempt: Holder) -> None:
    """Remove what an export left in a folder, unless its process lives or another export came after it."""
    try:
        with Folder.open(path) as folder, folder.folder(STAGING) as staging:
            is_left = any(next_attempt.fence_of(name) is not None for name in staging.names())
            if not is_left or is_locked(folder) or not is_marked(folder):
                return
    except OSError:
        return  # the folder is gone, or on another machine
    output = OutputFolder(path, next_attempt)
    with suppress(LumberError):
        output.open()
        output.discard()
