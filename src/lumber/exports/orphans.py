"""Finds orphans: folders in the exports folder without an export in the ledger.

A worker that dies after its export was deleted leaves one. A folder with a manifest is a complete dataset,
perhaps of another database: it is only reported.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import stat
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from lumber.dataset.layout import MANIFEST, STAGING
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
    for orphan in orphans:
        await asyncio.to_thread(shutil.rmtree, orphan.path, ignore_errors=True)
    return [orphan for orphan in orphans if not orphan.path.exists()]


def folder_bytes(folder: Path) -> int:
    """Return the bytes of all files in a folder; 0 when it does not exist."""
    return sum(state.st_size for state in _states(folder) if stat.S_ISREG(state.st_mode))


def _named_by_an_id(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return sorted(
            entry.name for entry in entries if _is_id(entry.name) and entry.is_dir(follow_symlinks=False)
        )


def _is_id(name: str) -> bool:
    try:
        return str(uuid.UUID(name)) == name
    except ValueError:
        return False


def _orphan(path: Path, oldest: datetime) -> Orphan | None:
    try:
        states = [path.lstat(), *_states(path)]
        if datetime.fromtimestamp(max(state.st_mtime for state in states), UTC) > oldest or _is_held(path):
            return None
        return Orphan(path, (path / MANIFEST).exists(), folder_bytes(path))
    except OSError:
        return None  # it was just removed, or is not readable


def _states(path: Path) -> Iterator[os.stat_result]:
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            with suppress(FileNotFoundError):
                yield Path(folder, name).lstat()


def _is_held(path: Path) -> bool:
    """Return whether an export, of any ledger, is using the folder."""
    try:
        lock = (path / STAGING / "lock").open("rb")
    except FileNotFoundError:
        return False
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
