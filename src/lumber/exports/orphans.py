"""Finds orphans: folders in the exports folder without an export in the ledger.

A worker that dies after its export was deleted leaves one: it holds a staging folder with our mark. An
interrupted removal leaves one too. A folder with a manifest is a complete dataset, perhaps of another
database: it is only reported. Other folders are not ours, whatever their name is.
"""

from __future__ import annotations

import asyncio
import stat
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from lumber.dataset.layout import MANIFEST
from lumber.engine.staging_lock import is_locked, is_marked
from lumber.exports.removal import REMOVED, remove_export_folder
from lumber.files.folder import Folder
from lumber.store.database import Database
from lumber.store.models import ExportStatus

_LEAST_AGE = timedelta(days=1)
_IDS_PER_QUERY = 500


@dataclass(frozen=True, slots=True)
class Orphan:
    """A folder without an export. `is_dataset`: it contains a manifest."""

    path: Path
    is_dataset: bool
    size_bytes: int


async def find_orphans(database: Database, folder: Path, now: datetime) -> list[Orphan]:
    """Return unlocked folders, unchanged for a day, that are named by the id of no export."""
    # List folders first, so that exports created meanwhile are in the ledger's answer.
    names = await asyncio.to_thread(_named_by_an_id, folder)
    known: set[str] = set()
    for start in range(0, len(names), _IDS_PER_QUERY):
        some = names[start : start + _IDS_PER_QUERY]
        async with database.session() as session:
            known.update(await session.scalars(sa.select(ExportStatus.id).where(ExportStatus.id.in_(some))))
    unknown = [folder / name for name in names if name not in known]
    found = [await asyncio.to_thread(_orphan, path, now - _LEAST_AGE) for path in unknown]
    return [orphan for orphan in found if orphan is not None]


async def remove_orphans(orphans: Sequence[Orphan]) -> list[Orphan]:
    """Remove the folders, and return those that were removed."""
    return [orphan for orphan in orphans if await asyncio.to_thread(_remove, orphan.path)]


def folder_bytes(folder: Path) -> int:
    """Return the bytes of all files in a folder; 0 when it does not exist."""
    try:
        with Folder.open(folder) as opened:
            return _bytes(opened)
    except OSError:
        return 0


def _named_by_an_id(folder: Path) -> list[str]:
    try:
        with Folder.open(folder) as exports:
            return [
                name
                for name in exports.names()
                if _is_id(name.removeprefix(REMOVED)) and exports.has_folder(name)
            ]
    except OSError:
        return []


def _is_id(name: str) -> bool:
    try:
        return str(uuid.UUID(name)) == name
    except ValueError:
        return False


def _orphan(path: Path, oldest: datetime) -> Orphan | None:
    try:
        with Folder.open(path.parent) as exports, exports.folder(path.name) as folder:
            if path.name.startswith(REMOVED):
                return Orphan(path, is_dataset=False, size_bytes=_bytes(folder))
            changed = [exports.state(path.name).st_mtime, *(state.st_mtime for _, state in folder.walk())]
            if datetime.fromtimestamp(max(changed), UTC) > oldest or is_locked(folder):
                return None
            is_dataset = folder.find(MANIFEST) is not None
            if not is_dataset and not is_marked(folder):
                return None
            return Orphan(path, is_dataset, _bytes(folder))
    except OSError:
        return None  # it was just removed, or is not readable


def _remove(path: Path) -> bool:
    """Remove an orphan, unless somebody has begun to use it."""
    try:
        with Folder.open(path.parent) as exports, exports.folder(path.name) as folder:
            if is_locked(folder):
                return False
    except OSError:
        return False
    return remove_export_folder(path.parent, path.name)


def _bytes(folder: Folder) -> int:
    return sum(state.st_size for _, state in folder.walk() if stat.S_ISREG(state.st_mode))
