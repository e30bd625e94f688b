"""Folder: a folder that is held open, and in which no name is looked up through a link.

Between the check of a path and its use, another process can replace a part of the path with a link. Here
each part is opened from the folder above it (`dir_fd`) with `O_NOFOLLOW`, and the opened file is checked.
"""

from __future__ import annotations

import errno
import os
import posixpath
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# Not blocking, in case a pipe has replaced the file.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class PathRefused(OSError):
    """A path inside a folder that is not plain, leads through a link, or ends at something unexpected."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(errno.ELOOP, reason, path)


class Folder:
    """An open folder. Close it after use.

    Paths given to its methods are relative and plain: `a/b.csv`. Methods raise PathRefused for any other path
    and for one that leads through a link, FileNotFoundError if nothing is there, and other OSErrors.
    """

    def __init__(self, handle: int, path: Path) -> None:
        """Wrap the descriptor of an open folder. `path` is only for messages."""
        self.handle = handle
        self.path = path

    @classmethod
    def open(cls, path: Path) -> Folder:
        """Open the folder that a caller chose. Links in `path` itself are followed: they are the choice."""
        return cls(os.open(path, _FOLDER), path)

    def close(self) -> None:
        """Close it. Doing so twice is fine."""
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1

    def __enter__(self) -> Folder:
        return self

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def again(self) -> Folder:
        """Open the same folder a second time."""
        return Folder(os.dup(self.handle), self.path)

    def folder(self, path: str) -> Folder:
        """Open a folder inside."""
        return self._walk(_parts(path), path)

    def make_folder(self, path: str, mode: int) -> Folder:
        """Open a folder inside. Folders that are missing get this mode, whatever the umask is."""
        return self._walk(_parts(path), path, mode)

    def file(self, path: str) -> BinaryIO:
        """Open a regular file for reading."""
        with self.parent(path) as (parent, name):
            if not stat.S_ISREG(parent.state(name).st_mode):
                # Not opened at all: opening a device or a pipe can have effects.
                raise PathRefused(path, parent.what_is(name))
            handle = _open(name, _FILE, parent.handle, path)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise PathRefused(path, "is not a regular file")
        return os.fdopen(handle, "rb")

    @contextmanager
    def parent(self, path: str) -> Iterator[tuple[Folder, str]]:
        """Yield the folder that a path lies in, and its name there."""
        *folders, name = _parts(path)
        if not folders:
            yield self, name
            return
        with self._walk(folders, path) as parent:
            yield parent, name

    def names(self) -> list[str]:
        """Return the names of everything in the folder, sorted."""
        return sorted(os.listdir(self.handle))  # noqa: PTH208 - of an open folder

    def state(self, path: str) -> os.stat_result:
        """Return the state of what is at a path; of a link itself."""
        with self.parent(path) as (parent, name):
            return os.stat(name, dir_fd=parent.handle, follow_symlinks=False)

    def find(self, path: str) -> os.stat_result | None:
        """Return the state of what is at a path, or None if there is nothing."""
        try:
            return self.state(path)
        except FileNotFoundError:
            return None

    def has_folder(self, path: str) -> bool:
        """Return whether there is a folder at a path, not a link to one."""
        state = self.find(path)
        return state is not None and stat.S_ISDIR(state.st_mode)

    def what_is(self, path: str) -> str:
        """Say what is in the place of a regular file."""
        mode = self.state(path).st_mode
        return "is a link" if stat.S_ISLNK(mode) else "is not a regular file"

    def unlink(self, path: str) -> None:
        """Remove a file or a link."""
        with self.parent(path) as (parent, name):
            os.unlink(name, dir_fd=parent.handle)

    def rmdir(self, path: str) -> None:
        """Remove an empty folder."""
        with self.parent(path) as (parent, name):
            os.rmdir(name, dir_fd=parent.handle)

    def remove(self, path: str) -> None:
        """Remove a file, a link, or a folder with everything in it. Nothing there is fine."""
        with self.parent(path) as (parent, name):
            state = parent.find(name)
            if state is None:
                return
            if stat.S_ISDIR(state.st_mode):
                shutil.rmtree(name, onerror=_unless_gone, dir_fd=parent.handle)
            else:
                os.unlink(name, dir_fd=parent.handle)

    def walk(self) -> Iterator[tuple[str, os.stat_result]]:
        """Yield the path and the state of everything inside, in any order. Links are not followed."""
        for top, folders, files, handle in os.fwalk(dir_fd=self.handle, follow_symlinks=False):
            for name in (*folders, *files):
                try:
                    state = os.stat(name, dir_fd=handle, follow_symlinks=False)
                except FileNotFoundError:
                    continue
                yield posixpath.normpath(posixpath.join(top, name)), state

    def sync(self) -> None:
        """Make the names in the folder durable."""
        os.fsync(self.handle)

    def _walk(self, parts: list[str], path: str, mode: int | None = None) -> Folder:
        handle = os.dup(self.handle)
        for part in parts:
            try:
                is_new = mode is not None and _made(part, mode, handle)
                inner = _open(part, _FOLDER | os.O_NOFOLLOW, handle, path)
            finally:
                os.close(handle)
            handle = inner
            if is_new and mode is not None:
                set_mode(handle, mode)
        return Folder(handle, self.path / path)


def is_plain_path(path: str) -> bool:
    """Return whether a path is relative, without `..`, and in normal form."""
    if not path or "\0" in path or "\\" in path:
        return False
    return all(part not in ("", ".", "..") for part in path.split("/"))


def set_mode(handle: int, mode: int) -> None:
    """Give an open file or folder a mode. Disks that know no rights, such as FAT, keep theirs."""
    present = stat.S_IMODE(os.fstat(handle).st_mode)
    special = present & 0o7000  # a folder's setgid bit passes its group on
    if present == mode | special:
        return
    try:
        os.fchmod(handle, mode | special)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS):
            raise


def _unless_gone(_call: object, _path: object, failure: tuple[object, BaseException, object]) -> None:
    """Raise the error of a removal, unless somebody else removed the same thing just now."""
    if not isinstance(failure[1], FileNotFoundError):
        raise failure[1]


def _parts(path: str) -> list[str]:
    if not is_plain_path(path):
        raise PathRefused(path, "is not a path inside the folder")
    return path.split("/")


def _made(name: str, mode: int, parent: int) -> bool:
    try:
        os.mkdir(name, mode, dir_fd=parent)
    except FileExistsError:
        return False
    return True


def _open(name: str, flags: int, parent: int, path: str) -> int:
    try:
        return os.open(name, flags, dir_fd=parent)
    except OSError as error:
        # What a link gives: ELOOP for a file, ENOTDIR for a folder.
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            state = os.stat(name, dir_fd=parent, follow_symlinks=False)
            is_link = stat.S_ISLNK(state.st_mode)
            raise PathRefused(path, "leads through a link" if is_link else "leads through a file") from None
        raise
