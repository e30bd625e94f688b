"""The output folder while an export writes to it: locked, staged, and whole only at the very end.

Files are written under `.lumber-staging` in the output folder. To commit, they are listed in
`commit.json` there, renamed into place, and the manifest goes last. A crash before the manifest leaves
a folder that is not a dataset; the next export into it removes exactly what the crashed one left.

An export that may be resumed stages under `.lumber-staging/<export id>.<fence>`. Whoever takes it over
renames that folder to a higher fence first: from then on every path of the one before leads nowhere, so
that a frozen process that wakes up can neither add, nor move, nor commit anything.

A folder that is refused is left as it was: everything is looked at first. Paths are followed from open
folders and never through a link, so nothing outside the output folder is reached.
"""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from lumber.dataset.layout import MANIFEST, output_errors
from lumber.engine.moves import begun, folders_of, list_moves, undo_moves
from lumber.engine.staging_lock import LOCK, StagingLock, lock_staging
from lumber.errors import LeaseLost, OutputOccupied
from lumber.files.folder import Folder, set_mode
from lumber.files.json_text import DOCUMENT_BYTES, load_document
from lumber.files.modes import PRIVATE_FOLDER, file_mode, folder_mode, open_new_folder, umask_of
from lumber.files.staged import STAGING

_COMMIT = "commit.json"
_NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Holder:
    """The export that holds a folder, with the fence of its present attempt."""

    export_id: str
    fence: int

    @property
    def folder_name(self) -> str:
        """The name of its folder in staging."""
        return f"{self.export_id}.{self.fence}"

    def fence_of(self, name: str) -> int | None:
        """Return the fence of a staging folder of this export; None when it is another's."""
        export_id, _, fence = name.rpartition(".")
        return int(fence) if export_id == self.export_id and fence.isdecimal() else None


class OutputFolder:
    """One export's hold on its output folder. Without a holder it cannot be taken over.

    `umask` decides who may read the dataset. Until the commit only the owner can.
    """

    def __init__(self, path: Path, holder: Holder | None = None, *, umask: int | None = None) -> None:
        self.path = path
        self._holder = holder
        self._name = "" if holder is None else holder.folder_name
        self._umask = umask_of(None) if umask is None else umask
        # For the processes that write the files. Here everything is reached from the open folders.
        self.staging = path / STAGING / self._name
        self._output: Folder | None = None
        self._lock: StagingLock | None = None
        self._made_folder = False
        self._is_open = False

    def open(self, keep: Iterable[str] = ()) -> None:
        """Make the folder if needed, lock it, and clean up after a crashed export.

        A holder takes over what its earlier attempts staged, except files that are not to `keep`. Raises
        OutputOccupied when the folder holds a dataset, anything else, or another running export; LeaseLost
        when a later attempt has it; OutputUnwritable or DiskFull when it cannot be written. A folder that is
        refused stays as it was.
        """
        with output_errors(self.path):
            self._made_folder = not os.path.lexists(self.path)
            try:
                self._output = open_new_folder(self.path, self._umask)
                self._refuse_early()
                export_id = "" if self._holder is None else self._holder.export_id
                self._lock = lock_staging(self._output, export_id)
                self._refuse_occupied()
                self._lock.sign(export_id)
                self._take_over(frozenset(keep))
                self._is_open = True
            except BaseException:
                self._withdraw()
                raise

    @property
    def is_committed(self) -> bool:
        """Say whether an earlier attempt of the holder has committed its dataset here."""
        if self._holder is None or self._output is None:
            return False
        try:
            with self._output.file(MANIFEST) as file:
                manifest = load_document(file.read(DOCUMENT_BYTES + 1))
        except (OSError, ValueError):
            return False
        return isinstance(manifest, dict) and manifest.get("export_id") == self._holder.export_id

    def commit(self, moves: Mapping[str, str], manifest: bytes) -> None:
        """Move staged files into place (`moves`: staged name -> path in the folder), manifest last."""
        with output_errors(self.path), self._fenced():
            output, root = self._opened()
            self._refuse_foreign([*moves.values(), MANIFEST])
            with self._staged() as staging:
                listed = list_moves(staging, moves, file_mode(self._umask))
                self._write(_COMMIT, listed)
                staging.sync()
            folders: set[str] = set()
            for staged, target in moves.items():
                with self._final(target) as (folder, name):
                    os.rename(self._in(staged), name, src_dir_fd=root.handle, dst_dir_fd=folder.handle)
                folders.update(folders_of(target))
            output.sync()
            for path in folders:
                with output.folder(path) as folder:
                    folder.sync()
            self._write(MANIFEST, manifest)
            os.rename(self._in(MANIFEST), MANIFEST, src_dir_fd=root.handle, dst_dir_fd=output.handle)
        with output_errors(self.path):
            output.sync()
            self.finish()

    def remove(self, names: Iterable[str]) -> None:
        """Remove staged files that nothing needs any more. Files that are missing are fine."""
        with output_errors(self.path), self._fenced(), self._staged() as staging:
            for name in names:
                staging.remove(name)

    def finish(self) -> None:
        """Remove the staging of a committed dataset and let go of the folder."""
        self._remove_staging()
        self._let_go()

    def suspend(self) -> None:
        """Let go of the folder, and leave what is staged for the next attempt. Never raises."""
        self._is_open = False
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        if self._output is not None:
            self._output.close()
            self._output = None

    def discard(self) -> None:
        """Remove everything that this export left in the folder; never raises.

        A folder whose lock is another export's is left alone, and what a later attempt took over too.
        """
        if self._is_open and self._output is not None:
            with suppress(OSError), self._staged() as staging:
                if self._output.find(MANIFEST) is None:
                    undo_moves(self._output, staging, is_own=True)
            self._remove_staging()
            self._let_go()
        if self._made_folder:
            # Only an empty folder can be removed so.
            with suppress(OSError):
                self.path.rmdir()

    def _opened(self) -> tuple[Folder, Folder]:
        """Return the open output folder and the open staging folder."""
        assert self._output is not None
        assert self._lock is not None
        return self._output, self._lock.root

    def _in(self, name: str) -> str:
        """Return the path of a staged file in the staging folder.

        It is looked up at every use: after a takeover it leads nowhere, whatever is open.
        """
        return f"{self._name}/{name}" if self._name else name

    def _staged(self) -> Folder:
        _, root = self._opened()
        return root.folder(self._name) if self._name else root.again()

    def _let_go(self) -> None:
        """Take the lock file away, and the staging folder when nothing else is in it."""
        if self._lock is not None and self._output is not None:
            # A later attempt that works there needs the mark in the lock file.
            with suppress(OSError):
                if self._lock.root.names() == [LOCK]:
                    self._lock.root.unlink(LOCK)
                    self._output.rmdir(STAGING)
        self.suspend()

    def _withdraw(self) -> None:
        """Leave a folder that is refused as it was."""
        if self._lock is not None and self._lock.is_new:
            self._let_go()
        self.suspend()

    def _refuse_early(self) -> None:
        """Refuse before anything is made: a dataset, and files that lie there without a staging folder."""
        assert self._output is not None
        self._refuse_dataset(self._output)
        if not self.is_committed and self._output.find(STAGING) is None and (names := self._output.names()):
            raise self._not_empty(names)

    def _refuse_dataset(self, output: Folder) -> None:
        if output.find(MANIFEST) is not None and not self.is_committed:
            raise OutputOccupied(
                f"{self.path} already holds a dataset. Choose another --output, or remove that folder first."
            )

    def _refuse_occupied(self) -> None:
        """Refuse a folder that holds a dataset, or files that no crashed export has moved there."""
        output, _ = self._opened()
        self._refuse_dataset(output)
        if self.is_committed:
            return
        ours: set[str] = set()
        holding: set[str] = set()
        for staging, is_own in self._stagings():
            with staging:
                done = begun(output, staging, is_own=is_own)
            ours.update(done.files.values())
            holding |= done.folders
        if others := _others(output, ours, holding):
            raise self._not_empty(others)

    def _not_empty(self, names: list[str]) -> OutputOccupied:
        return OutputOccupied(
            f"{self.path} is not empty (it holds {', '.join(names[:_NAMES_SHOWN])}). "
            "Choose a new or an empty folder."
        )

    def _stagings(self) -> Iterator[tuple[Folder, bool]]:
        """Yield the staging folders of all exports, and whether each is the holder's."""
        _, root = self._opened()
        yield root.again(), False
        for name in root.names():
            if root.has_folder(name):
                yield root.folder(name), self._holder is not None and self._holder.fence_of(name) is not None

    def _take_over(self, keep: frozenset[str]) -> None:
        """Make the staging of earlier attempts ours, and remove what other crashed exports left."""
        output, root = self._opened()
        assert self._lock is not None
        if self._holder is not None:
            self._rename_staging(self._holder)
            if not self.is_committed:
                with self._staged() as staging:
                    undo_moves(output, staging, is_own=True)
                    for name in staging.names():
                        if name not in keep:
                            staging.remove(name)
        if self._lock.is_held:
            for staging, is_own in self._stagings():
                with staging:
                    if not is_own and output.find(MANIFEST) is None:
                        undo_moves(output, staging, is_own=False)
            for name in root.names():
                if name not in (LOCK, self._name):
                    root.remove(name)

    def _rename_staging(self, holder: Holder) -> None:
        """Give the staging folder of the latest attempt our name, or make one."""
        _, root = self._opened()
        found = {
            fence: name
            for name in root.names()
            if (fence := holder.fence_of(name)) is not None and root.has_folder(name)
        }
        if any(fence > holder.fence for fence in found):
            raise LeaseLost(f"A later attempt of export {holder.export_id} works in {self.path}.")
        for fence in sorted(found, reverse=True):
            if root.find(self._name) is None:
                os.rename(found[fence], self._name, src_dir_fd=root.handle, dst_dir_fd=root.handle)
            elif found[fence] != self._name:
                root.remove(found[fence])
        root.make_folder(self._name, PRIVATE_FOLDER).close()
        root.sync()

    def _refuse_foreign(self, targets: Iterable[str]) -> None:
        """Refuse to write over what somebody put into the folder meanwhile."""
        output, _ = self._opened()
        for target in targets:
            if output.find(target) is not None:
                raise self._foreign(target)

    def _foreign(self, target: str) -> OutputOccupied:
        return OutputOccupied(
            f"{self.path / target} came into being while the export ran; it is not written over. "
            "Choose a folder that nobody else writes to."
        )

    @contextmanager
    def _final(self, target: str) -> Iterator[tuple[Folder, str]]:
        """Yield the folder of a final file, made where it is missing, and the file's name in it."""
        output, _ = self._opened()
        parent, name = posixpath.split(target)
        with output.make_folder(parent, folder_mode(self._umask)) if parent else output.again() as folder:
            if folder.find(name) is not None:
                raise self._foreign(target)
            yield folder, name

    def _write(self, name: str, content: bytes) -> None:
        """Write a file into our staging, and make it durable."""
        _, root = self._opened()
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(self._in(name), flags, file_mode(self._umask), dir_fd=root.handle)
        with os.fdopen(handle, "wb") as file:
            set_mode(handle, file_mode(self._umask))
            file.write(content)
            file.flush()
            os.fsync(handle)

    def _remove_staging(self) -> None:
        """Remove our staging. Never raises."""
        _, root = self._opened()
        names = [self._name] if self._name else [name for name in root.names() if name != LOCK]
        for name in names:
            with suppress(OSError, RecursionError):
                root.remove(name)

    @contextmanager
    def _fenced(self) -> Iterator[None]:
        """Say why a path in staging leads nowhere any more."""
        try:
            yield
        except FileNotFoundError:
            if self._holder is None or self._opened()[1].has_folder(self._name):
                raise
            raise LeaseLost(
                f"Another attempt of export {self._holder.export_id} has taken over {self.path}."
            ) from None


def _others(output: Folder, ours: set[str], holding: set[str]) -> list[str]:
    """Return what is in an output folder apart from staging, these files, and the folders that hold them."""
    found = []
    for name in output.names():
        if name == STAGING or name in ours:
            continue
        if name not in holding or not output.has_folder(name):
            found.append(name)
            continue
        with output.folder(name) as folder:
            for inner, state in folder.walk():
                path = f"{name}/{inner}"
                if path not in (holding if stat.S_ISDIR(state.st_mode) else ours):
                    found.append(path)
    return sorted(found)
