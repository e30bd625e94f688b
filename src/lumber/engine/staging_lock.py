"""The staging folder inside an output folder: made or recognised, and locked by one export.

A staging folder is ours if it is a real folder, belongs to this user, and holds a lock file with our mark.
Anything else of that name is refused, and nothing in it is changed.
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
from dataclasses import dataclass

from lumber.errors import OutputOccupied
from lumber.files.folder import Folder, PathRefused, set_mode
from lumber.files.modes import PRIVATE_FILE, PRIVATE_FOLDER
from lumber.files.staged import STAGING

LOCK = "lock"
_MARK = b"lumber staging\n"
# Version 0.1.0 wrote the id of the export alone.
_FORMER_MARK = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MARK_BYTES = 512
_LOCK_FILE = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(slots=True)
class StagingLock:
    """The open staging folder `root`, and the descriptor that holds its lock.

    Without a descriptor, a frozen attempt of the same export has the lock.
    """

    root: Folder
    handle: int | None
    is_new: bool

    @property
    def is_held(self) -> bool:
        """Return whether this export has the lock."""
        return self.handle is not None

    def sign(self, export_id: str) -> None:
        """Name the export in the lock file, once it is sure that nothing is refused."""
        if self.handle is not None:
            _write_mark(self.handle, export_id)

    def close(self) -> None:
        """Let go of the lock, and close the folder. Doing so twice is fine."""
        self.root.close()
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None


def lock_staging(output: Folder, export_id: str) -> StagingLock:
    """Open the staging folder of an output folder, make it if it is missing, and lock it for an export.

    Raises OutputOccupied if it isn't ours, or if another export has the lock.
    """
    while True:
        root, is_new = _opened(output)
        try:
            return StagingLock(root, _locked(root, output, export_id), is_new)
        except FileNotFoundError:
            root.close()  # the export that had it ended just now: both are made anew
        except BaseException:
            root.close()
            raise


def is_marked(output: Folder) -> bool:
    """Return whether a folder holds a staging folder of ours. Changes nothing."""
    try:
        with output.folder(STAGING) as root:
            if os.fstat(root.handle).st_uid != os.geteuid():
                return False
            with root.file(LOCK) as lock:
                return _has_mark(lock.read(_MARK_BYTES), root.names())
    except OSError:
        return False


def is_locked(output: Folder) -> bool:
    """Return whether an export, of any ledger, is using the folder. Changes nothing."""
    try:
        with output.folder(STAGING) as root, root.file(LOCK) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True  # or nobody can say
    return False


def _opened(output: Folder) -> tuple[Folder, bool]:
    """Open the staging folder; also return whether it was made now."""
    try:
        os.mkdir(STAGING, PRIVATE_FOLDER, dir_fd=output.handle)
        is_new = True
    except FileExistsError:
        is_new = False
    try:
        root = output.folder(STAGING)
    except PathRefused as error:
        raise _not_ours(output, f"it {error.strerror}") from None
    try:
        if is_new:
            set_mode(root.handle, PRIVATE_FOLDER)
        elif not _is_own(os.fstat(root.handle), output):
            raise _not_ours(output, "it belongs to another user")
    except BaseException:
        root.close()
        raise
    return root, is_new


def _locked(root: Folder, output: Folder, export_id: str) -> int | None:
    """Lock it. None: a frozen attempt of the same export has the lock.

    Raises FileNotFoundError if the lock file was removed meanwhile.
    """
    names = root.names()
    if names and LOCK not in names:
        raise _not_ours(output, "it doesn't hold our lock file")
    flags = _LOCK_FILE if names else _LOCK_FILE | os.O_CREAT
    try:
        handle = os.open(LOCK, flags, PRIVATE_FILE, dir_fd=root.handle)
    except FileNotFoundError:
        raise
    except OSError as error:
        if root.find(LOCK) is None or stat.S_ISREG(root.state(LOCK).st_mode):
            raise
        raise _not_ours(output, "its lock is not a plain file") from error
    try:
        if not _is_plain(handle):
            raise _not_ours(output, "its lock is not a plain file")
        content = os.pread(handle, _MARK_BYTES, 0)
        if not _has_mark(content, names):
            raise _not_ours(output, "its lock file doesn't have our mark")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if export_id and _export_of(os.pread(handle, _MARK_BYTES, 0)) == export_id:
                os.close(handle)
                return None
            raise OutputOccupied(
                f"Another export is writing to {output.path}. Wait for it, or choose another --output."
            ) from None
        if not os.path.samestat(os.fstat(handle), root.state(LOCK)):
            raise FileNotFoundError(LOCK)
        if not content:
            _write_mark(handle, export_id)
    except BaseException:
        os.close(handle)
        raise
    return handle


def _write_mark(handle: int, export_id: str) -> None:
    """Write the mark. A crash at any moment leaves one, and not an empty file."""
    content = _MARK + export_id.encode()
    os.pwrite(handle, content, 0)
    os.ftruncate(handle, len(content))


def _has_mark(content: bytes, names: list[str]) -> bool:
    if not content:
        return names in ([], [LOCK])  # a crash between making the file and writing the mark
    return content.startswith(_MARK) or _FORMER_MARK.fullmatch(content) is not None


def _export_of(content: bytes) -> str:
    return content.removeprefix(_MARK).decode(errors="replace")


def _is_plain(handle: int) -> bool:
    """Return whether it is a regular file that has no other name."""
    state = os.fstat(handle)
    return stat.S_ISREG(state.st_mode) and state.st_nlink <= 1


def _is_own(state: os.stat_result, output: Folder) -> bool:
    """Return whether a folder belongs to this user.

    On some disks, for example of another machine, what this process makes belongs to another user.
    """
    return state.st_uid == os.geteuid() or state.st_uid == _owner_of_new(output)


def _owner_of_new(output: Folder) -> int | None:
    name = f".lumber-{os.urandom(8).hex()}"
    try:
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE, dir_fd=output.handle)
    except OSError:
        return None
    try:
        return os.fstat(handle).st_uid
    finally:
        os.close(handle)
        os.unlink(name, dir_fd=output.handle)


def _not_ours(output: Folder, reason: str) -> OutputOccupied:
    return OutputOccupied(
        f"{output.path / STAGING} wasn't made by Lumber: {reason}. Nothing in it was changed. Remove it, or "
        "choose another --output."
    )
