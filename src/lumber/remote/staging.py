"""The folder of a download that isn't complete: beside its target, for one process, and kept to resume."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path, PurePosixPath

from lumber.errors import OutputOccupied, OutputUnwritable
from lumber.files.folder import Folder, set_mode
from lumber.files.modes import PRIVATE_FOLDER, UMASK_VARIABLE, file_mode, folder_mode, umask_of

_PREFIX = ".lumber-download-"
_DATASET = "dataset"
_OCCUPIED = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR, errno.EISDIR)
_OPEN = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def require_free(target: Path) -> None:
    """Raise OutputOccupied unless `target` is missing or an empty folder."""
    if os.path.lexists(target) and (not target.is_dir() or any(target.iterdir())):
        raise OutputOccupied(f"{target} exists already. Choose a new or an empty folder.")


def place_of(target: Path) -> Path:
    """Return the absolute path of a target, whose last part is a name."""
    return target.resolve() if target.name in ("", "..") else target.absolute()


def write_all(file: FileIO, content: bytes) -> None:
    """Write all of the content: a single write may end early."""
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


def staging_path(target: Path, export_id: str) -> Path:
    """Return the staging folder for the download of an export to a target."""
    name = place_of(target).name
    mark = hashlib.sha256(os.fsencode(name)).hexdigest()[:8]
    return place_of(target).parent / f"{_PREFIX}{export_id}-{mark}"


class Staging:
    """An open staging folder. Paths are those in the dataset."""

    def __init__(self, above: Folder, folder: Folder, umask: int) -> None:
        self._above, self._folder, self._umask = above, folder, umask
        self.dataset = folder.make_folder(_DATASET, folder_mode(umask))

    @classmethod
    @contextmanager
    def open(cls, target: Path, export_id: str) -> Iterator[Staging]:
        """Yield the staging folder for a target. Raises OutputOccupied while another process uses it."""
        path = staging_path(target, export_id)
        umask = umask_of(os.environ.get(UMASK_VARIABLE))
        path.parent.mkdir(parents=True, exist_ok=True)
        with Folder.open(path.parent) as above, above.make_folder(path.name, PRIVATE_FOLDER) as folder:
            if os.fstat(folder.handle).st_uid != os.geteuid():
                raise OutputUnwritable(f"{path} belongs to another user. Choose another target.")
            set_mode(folder.handle, PRIVATE_FOLDER)
            try:
                fcntl.flock(folder.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise OutputOccupied(f"Another process is downloading this export to {target}.") from None
            staging = cls(above, folder, umask)
            try:
                yield staging
            finally:
                is_empty = not any(stat.S_ISREG(state.st_mode) for _, state in folder.walk())
                staging.dataset.close()
                if is_empty:
                    with suppress(OSError):
                        above.remove(path.name)

    @contextmanager
    def file(self, path: str) -> Iterator[FileIO]:
        """Yield a file for reading and writing, with what an earlier download left in it.

        What is written is in the file at once, also if the program is killed.
        """
        parent, _, name = path.rpartition("/")
        mode = folder_mode(self._umask)
        with self.dataset.make_folder(parent, mode) if parent else self.dataset.again() as folder:
            handle = os.open(name, _OPEN, file_mode(self._umask), dir_fd=folder.handle)
            with os.fdopen(handle, "r+b", buffering=0) as file:
                state = os.fstat(handle)
                if not stat.S_ISREG(state.st_mode) or state.st_nlink != 1:
                    raise OutputUnwritable(f"{folder.path / name} isn't a file of this download. Remove it.")
                yield file

    def staged_bytes(self) -> int:
        """Return the size of what earlier downloads left."""
        return sum(state.st_size for _, state in self.dataset.walk() if stat.S_ISREG(state.st_mode))

    def clear_strangers(self, paths: Collection[str]) -> None:
        """Remove everything that isn't one of these files, or a folder of one."""
        folders = {str(above) for path in paths for above in PurePosixPath(path).parents}
        for path, state in list(self.dataset.walk()):
            is_folder = stat.S_ISDIR(state.st_mode) and path in folders
            is_file = stat.S_ISREG(state.st_mode) and path in paths
            if not is_folder and not is_file and self.dataset.find(path) is not None:
                self.dataset.remove(path)

    def forget(self, path: str) -> None:
        """Remove a file, so that nothing of it is used again."""
        with suppress(FileNotFoundError):
            self.dataset.unlink(path)

    def become(self, target: Path) -> None:
        """Give the dataset its name, at once. Raises OutputOccupied."""
        self.dataset.sync()
        name = place_of(target).name
        try:
            os.rename(_DATASET, name, src_dir_fd=self._folder.handle, dst_dir_fd=self._above.handle)
        except OSError as error:
            if error.errno not in _OCCUPIED:
                raise
            raise OutputOccupied(f"{target} exists already. Choose a new or an empty folder.") from None
        self._above.sync()
