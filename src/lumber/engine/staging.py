"""The output folder while an export writes to it: locked, staged, and whole only at the very end.

Files are written under `.lumber-staging` in the output folder. To commit, they are listed in
`commit.json` there, renamed into place, and the manifest goes last. A crash before the manifest leaves
a folder that is not a dataset; the next export into it removes exactly what the crashed one left.

An export that may be resumed stages under `.lumber-staging/<export id>.<fence>`. Whoever takes it over
renames that folder to a higher fence first: from then on every path of the one before leads nowhere, so
that a frozen process that wakes up can neither add, nor move, nor commit anything.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lumber.dataset.layout import MANIFEST, STAGING, output_errors
from lumber.errors import LeaseLost, OutputError, OutputOccupied

_COMMIT = "commit.json"
_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Holder:
    """The export that holds a folder, with the fence of its present attempt."""

    export_id: str
    fence: int

    @property
    def folder_name(self) -> str:
        """The name of its folder in staging."""
        return f"{self.export_id}.{self.fence}"

    def fence_of(self, folder: Path) -> int | None:
        """Return the fence of a staging folder of this export; None when it is another's."""
        export_id, _, fence = folder.name.rpartition(".")
        return int(fence) if export_id == self.export_id and fence.isdecimal() else None


class OutputFolder:
    """One export's hold on its output folder. Without a holder it cannot be taken over."""

    def __init__(self, path: Path, holder: Holder | None = None) -> None:
        self.path = path
        self._root = path / STAGING
        self._holder = holder
        self.staging = self._root if holder is None else self._root / holder.folder_name
        self._lock: IO[str] | None = None
        self._is_lock_shared = False  # a frozen attempt of the same export has it
        self._made_folder = False
        self._is_open = False

    def open(self, keep: Iterable[str] = ()) -> None:
        """Make the folder if needed, lock it, and clean up after a crashed export.

        A holder takes over what its earlier attempts staged, except files that are not to `keep`. Raises
        OutputOccupied when the folder holds a dataset, anything else, or another running export; LeaseLost
        when a later attempt has it; OutputUnwritable or DiskFull when it cannot be written.
        """
        with output_errors(self.path):
            self._made_folder = not self.path.exists()
            self._take_lock()
            try:
                if self._holder is not None:
                    self._take_over(self._holder, frozenset(keep))
                if self._lock is not None:
                    self._remove_leftovers()
                if not self.is_committed:
                    self._refuse_occupied()
                self._is_open = True
            except OutputError:
                self.discard()
                raise

    @property
    def is_committed(self) -> bool:
        """Say whether an earlier attempt of the holder has committed its dataset here."""
        if self._holder is None:
            return False
        try:
            manifest = json.loads((self.path / MANIFEST).read_bytes())
        except (OSError, ValueError):
            return False
        return isinstance(manifest, dict) and manifest.get("export_id") == self._holder.export_id

    def commit(self, moves: Mapping[str, str], manifest: bytes) -> None:
        """Move staged files into place (`moves`: staged name -> path in the folder), manifest last."""
        with output_errors(self.path), self._fenced():
            self._refuse_foreign(moves.values())
            _write_synced(self.staging / _COMMIT, json.dumps(dict(moves)).encode())
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
        with output_errors(self.path):
            _sync_folder(self.path)
            self.finish()

    def finish(self) -> None:
        """Remove the staging of a committed dataset and let go of the folder."""
        shutil.rmtree(self.staging, ignore_errors=True)
        self._let_go()

    def suspend(self) -> None:
        """Let go of the folder, and leave what is staged for the next attempt. Never raises."""
        self._is_open = False
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def discard(self) -> None:
        """Remove everything that this export left in the folder; never raises.

        A folder whose lock is another export's is left alone, and what a later attempt took over too.
        """
        if self._lock is not None or self._is_open:
            with suppress(OSError):
                _remove_staged(self.path, self.staging)
            shutil.rmtree(self.staging, ignore_errors=True)
        self._let_go()
        if self._made_folder:
            # Only an empty folder can be removed so.
            with suppress(OSError):
                self.path.rmdir()

    def _let_go(self) -> None:
        """Take the lock file away, and the staging folder when nothing else is in it."""
        if self._lock is not None or (self._is_lock_shared and self._is_open):
            with suppress(OSError):
                (self._root / _LOCK).unlink()
        self.suspend()
        with suppress(OSError):
            self._root.rmdir()

    def _take_lock(self) -> None:
        """Lock the staging folder. An export that ends takes its lock file away: then it is made anew.

        A lock that a frozen attempt of the same export still holds does not stop its next attempt.
        """
        name = "" if self._holder is None else self._holder.export_id
        while self._lock is None:
            self._root.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):
                file = (self._root / _LOCK).open("a+")
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if os.path.samestat(os.fstat(file.fileno()), (self._root / _LOCK).stat()):
                        file.truncate(0)
                        file.write(name)
                        file.flush()
                        self._lock = file
                except BlockingIOError:
                    file.seek(0)
                    if name and file.read() == name:
                        self._is_lock_shared = True
                        return
                    raise OutputOccupied(
                        f"Another export is writing to {self.path}. Wait for it, or choose another --output."
                    ) from None
                finally:
                    if self._lock is None:
                        file.close()

    def _take_over(self, holder: Holder, keep: frozenset[str]) -> None:
        """Make the staging folder of an earlier attempt ours, and put what it had moved back into it."""
        found = {fence: item for item in self._root.iterdir() if (fence := holder.fence_of(item)) is not None}
        if any(fence > holder.fence for fence in found):
            raise LeaseLost(f"A later attempt of export {holder.export_id} works in {self.path}.")
        for fence in sorted(found, reverse=True):
            if not self.staging.exists():
                found[fence].rename(self.staging)
            elif found[fence] != self.staging:
                shutil.rmtree(found[fence])
        self.staging.mkdir(exist_ok=True)
        _sync_folder(self._root)
        if self.is_committed:
            return
        _undo_moves(self.path, self.staging)
        for item in self.staging.iterdir():
            if item.name not in keep:
                item.unlink(missing_ok=True)

    def _refuse_occupied(self) -> None:
        if (self.path / MANIFEST).exists():
            raise OutputOccupied(
                f"{self.path} already holds a dataset. Choose another --output, or remove that folder first."
            )
        others = sorted(item.name for item in self.path.iterdir() if item.name != STAGING)
        if others:
            raise OutputOccupied(
                f"{self.path} is not empty (it holds {', '.join(others[:3])}). "
                "Choose a new or an empty folder."
            )

    def _refuse_foreign(self, targets: Iterable[str]) -> None:
        """Refuse to write over what somebody put into the folder meanwhile."""
        for target in [*targets, MANIFEST]:
            if os.path.lexists(self.path / target):
                raise OutputOccupied(
                    f"{self.path / target} came into being while the export ran; it is not written over. "
                    "Choose a folder that nobody else writes to."
                )

    def _remove_leftovers(self) -> None:
        """Remove what crashed exports staged, and what they had moved into place without a manifest."""
        _remove_staged(self.path, self._root)
        for item in self._root.iterdir():
            if item == self.staging or item.name == _LOCK:
                continue
            if item.is_dir() and not item.is_symlink():
                _remove_staged(self.path, item)
                shutil.rmtree(item)
            else:
                item.unlink(missing_ok=True)

    @contextmanager
    def _fenced(self) -> Iterator[None]:
        """Say why a path in staging leads nowhere any more."""
        try:
            yield
        except FileNotFoundError:
            if self._holder is None or self.staging.exists():
                raise
            raise LeaseLost(
                f"Another attempt of export {self._holder.export_id} has taken over {self.path}."
            ) from None


def _listed_moves(folder: Path, staging: Path) -> dict[Path, Path]:
    """Return the moves that a commit had begun: staged file -> final place; none that leads elsewhere."""
    listed = staging / _COMMIT
    if not listed.exists() or (folder / MANIFEST).exists():
        return {}
    try:
        moves = {
            staging / str(name): folder / str(target)
            for name, target in json.loads(listed.read_bytes()).items()
        }
    except (ValueError, TypeError, AttributeError):
        return {}  # the list was not finished, so nothing was moved
    for staged, target in moves.items():
        if staged.parent != staging or ".." in target.parts or not target.is_relative_to(folder):
            return {}  # not a list that an export wrote
    return moves


def _undo_moves(folder: Path, staging: Path) -> None:
    moves = _listed_moves(folder, staging)
    for staged, target in moves.items():
        if target.exists() and not staged.exists():
            target.rename(staged)
    _remove_empty(folder, moves.values())


def _remove_staged(folder: Path, staging: Path) -> None:
    """Remove what was moved out of a staging folder without a manifest, and the files in it."""
    moves = _listed_moves(folder, staging)
    for staged, target in moves.items():
        if not staged.exists():
            target.unlink(missing_ok=True)
    _remove_empty(folder, moves.values())
    for item in staging.iterdir() if staging.exists() else ():
        if item.is_file() and item.name != _LOCK:
            item.unlink(missing_ok=True)


def _remove_empty(folder: Path, targets: Iterable[Path]) -> None:
    for parent in sorted({target.parent for target in targets} - {folder}):
        with suppress(OSError):
            parent.rmdir()


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
