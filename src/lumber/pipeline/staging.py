"""The output folder while an export writes to it: locked, staged, and whole only at the very end.

Files are written under `.lumber-staging` in the output folder. To commit, they are listed in
`commit.json` there, renamed into place, and the manifest goes last. A crash before the manifest leaves
a folder that is not a dataset; the next export into it removes exactly what the crashed one left.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from lumber.errors import DiskFull, OutputError, OutputOccupied, OutputUnwritable

MANIFEST = "manifest.json"
_STAGING = ".lumber-staging"
_COMMIT = "commit.json"
_LOCK = "lock"


class OutputFolder:
    """One export's hold on its output folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.staging = path / _STAGING
        self._lock: IO[str] | None = None
        self._made_folder = False

    def open(self) -> None:
        """Make the folder if needed, lock it, and clean up after a crashed export.

        Raises OutputOccupied when it holds a dataset, anything else, or another running export;
        OutputUnwritable or DiskFull when it cannot be written.
        """
        with output_errors(self.path):
            self._made_folder = not self.path.exists()
            self._take_lock()
            try:
                self._remove_leftovers()
                self._refuse_occupied()
            except OutputError:
                self.discard()
                raise

    def commit(self, moves: Mapping[str, str], manifest: bytes) -> None:
        """Move staged files into place (`moves`: staged name -> path in the folder), manifest last."""
        with output_errors(self.path):
            targets = [*moves.values()]
            self._refuse_foreign(targets)
            _write_synced(self.staging / _COMMIT, json.dumps(targets).encode())
            _sync_folder(self.staging)
            folders = {self.path}
            for staged, target in moves.items():
                final = self.path / target
                final.parent.mkdir(parents=True, exist_ok=True)
                folders.add(final.parent)
                (self.staging / staged).rename(final)
            for folder in folders:
                _sync_folder(folder)
            _write_synced(self.staging / MANIFEST, manifest)
            (self.staging / MANIFEST).rename(self.path / MANIFEST)
            _sync_folder(self.path)
            self._remove_staging()

    def discard(self) -> None:
        """Remove everything that this export left in the folder; never raises.

        A folder whose lock is another export's is left alone.
        """
        if self._lock is not None:
            with suppress(OSError):
                self._remove_leftovers()
            self._remove_staging()
        if self._made_folder:
            # Only an empty folder can be removed so.
            with suppress(OSError):
                self.path.rmdir()

    def _take_lock(self) -> None:
        """Lock the staging folder. An export that ends takes its lock file away: then it is made anew."""
        while self._lock is None:
            self.staging.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):
                file = (self.staging / _LOCK).open("w")
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if os.path.samestat(os.fstat(file.fileno()), (self.staging / _LOCK).stat()):
                        self._lock = file
                except BlockingIOError:
                    raise OutputOccupied(
                        f"Another export is writing to {self.path}. Wait for it, or choose another --output."
                    ) from None
                finally:
                    if self._lock is None:
                        file.close()

    def _refuse_occupied(self) -> None:
        if (self.path / MANIFEST).exists():
            raise OutputOccupied(
                f"{self.path} already holds a dataset. Choose another --output, or remove that folder first."
            )
        others = sorted(item.name for item in self.path.iterdir() if item.name != _STAGING)
        if others:
            raise OutputOccupied(
                f"{self.path} is not empty (it holds {', '.join(others[:3])}). "
                "Choose a new or an empty folder."
            )

    def _refuse_foreign(self, targets: Sequence[str]) -> None:
        """Refuse to write over what somebody put into the folder meanwhile."""
        for target in [*targets, MANIFEST]:
            if os.path.lexists(self.path / target):
                raise OutputOccupied(
                    f"{self.path / target} came into being while the export ran; it is not written over. "
                    "Choose a folder that nobody else writes to."
                )

    def _remove_leftovers(self) -> None:
        """Remove what a crashed export staged, and what it had moved into place without a manifest."""
        if not self.staging.exists():
            return
        listed = self.staging / _COMMIT
        if listed.exists() and not (self.path / MANIFEST).exists():
            self._remove_moved(listed)
        for item in self.staging.iterdir():
            if item.name != _LOCK:
                item.unlink(missing_ok=True)

    def _remove_moved(self, listed: Path) -> None:
        try:
            targets = [self.path / str(name) for name in json.loads(listed.read_bytes())]
        except (ValueError, TypeError):
            return  # the list was not finished, so nothing was moved
        if any(".." in target.parts or not target.is_relative_to(self.path) for target in targets):
            return  # not a list that an export wrote
        for target in targets:
            target.unlink(missing_ok=True)
        for folder in sorted({target.parent for target in targets} - {self.path}):
            with suppress(OSError):
                folder.rmdir()

    def _remove_staging(self) -> None:
        shutil.rmtree(self.staging, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn an operating system's error inside the block into an OutputError that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(
                f"The disk of {path} is full. Free some space and run the export again."
            ) from error
        raise OutputUnwritable(
            f"{path} cannot be written: {error.strerror or error}. Choose another --output, or correct its "
            "permissions."
        ) from error
