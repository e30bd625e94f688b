"""FolderStore: a folder on this machine, or on a disk that several machines share.

It is written without obstore, which neither syncs what it wrote nor can compare before it replaces. A file is
written under a temporary name, synced, and then linked (never over another one) or renamed to its key.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import posixpath
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime

from lumber.destinations.address import Address
from lumber.destinations.failures import folder_errors, missing_folder
from lumber.destinations.store import PART_BYTES, KeyChanged, KeyExists, KeyMissing, Stored, Unfinished
from lumber.errors import DestinationError
from lumber.files.folder import Folder, set_mode
from lumber.files.modes import file_mode, folder_mode, open_new_folder

# Files that aren't finished. Names with a dot are no keys.
_UPLOADS = ".lumber-uploads"
_LOCK = ".lumber-lock"
_TRIES = 100


class FolderStore:
    """A folder. See `Store`."""

    def __init__(self, address: Address, *, umask: int, must_exist: bool = False) -> None:
        """Name it. Nothing is made before the first write, and no folder if it must exist."""
        self.address = address
        self._umask = umask
        self._must_exist = must_exist

    def find(self, key: str) -> Stored | None:
        """Return what is at a key; None if nothing is there."""
        try:
            with folder_errors(self.address), self._opened() as folder:
                return _stored(key, folder.state(key))
        except KeyMissing:
            return None

    def read(self, key: str, limit_bytes: int) -> tuple[bytes, str | None]:
        """Return the content of a small file, with its etag. Raises KeyMissing."""
        with folder_errors(self.address), self._opened() as folder, folder.file(key) as file:
            content = file.read(limit_bytes + 1)
            if len(content) > limit_bytes:
                raise DestinationError(
                    f"{self.address.below(key)} has more than the {limit_bytes:,} bytes that are read."
                )
            return content, _etag(content)

    def stream(self, key: str, *, start: int = 0) -> Iterator[bytes]:
        """Yield the content of a file from a place on. Raises KeyMissing."""
        with folder_errors(self.address), self._opened() as folder, folder.file(key) as file:
            file.seek(start)
            while chunk := file.read(PART_BYTES):
                yield chunk

    def create(self, key: str, content: bytes) -> None:
        """Write a new file. Raises KeyExists if there is one."""
        self._write(key, iter((content,)), is_new=True)

    def replace(self, key: str, content: bytes, *, etag: str | None = None) -> None:
        """Write a file; with `etag`, only in the place of this content. Raises KeyChanged."""
        if etag is None:
            self._write(key, iter((content,)), is_new=False)
            return
        with self._locked():
            try:
                present = self.read(key, 16 * PART_BYTES)[1]
            except KeyMissing:
                present = None
            if present != etag:
                raise KeyChanged
            self._write(key, iter((content,)), is_new=False)

    def upload(self, key: str, parts: Iterator[bytes], size_bytes: int) -> None:
        """Write a large file from its parts. If the iterator raises an error, nothing is at the key."""
        self._write(key, parts, is_new=False)

    def list(self, prefix: str) -> Iterator[Stored]:
        """Yield all files below a prefix, in any order."""
        below = prefix.strip("/")
        try:
            with (
                folder_errors(self.address),
                self._opened() as top,
                top.folder(below) if below else top.again() as folder,
            ):
                for path, state in folder.walk():
                    if stat.S_ISREG(state.st_mode) and "/." not in f"/{path}":
                        yield _stored(posixpath.join(below, path), state)
        except KeyMissing:
            return

    def folders(self) -> Sequence[str]:
        """Return the names of the folders at the top."""
        try:
            with folder_errors(self.address), self._opened() as top:
                return [name for name in top.names() if not name.startswith(".") and top.has_folder(name)]
        except KeyMissing:
            return ()

    def delete(self, keys: Sequence[str]) -> None:
        """Delete files, and folders that are empty then. Keys without a file are fine."""
        with suppress(KeyMissing), folder_errors(self.address), self._opened() as top:
            for key in keys:
                with suppress(FileNotFoundError):
                    top.unlink(key)
                above = posixpath.dirname(key)
                with suppress(OSError):
                    while above:
                        if "/" not in above:
                            _forget_uploads(top, above)
                        top.rmdir(above)
                        above = posixpath.dirname(above)

    def unfinished(self, prefix: str) -> Sequence[Unfinished]:
        """Return files below a prefix that were begun and never finished. Their keys aren't known."""
        below = prefix.strip("/")
        found: list[Unfinished] = []
        for above in (below,) if below else ("", *self.folders()):
            with suppress(KeyMissing), folder_errors(self.address), self._opened() as top:
                with top.folder(_uploads(above)) as uploads:
                    states = [(name, uploads.find(name)) for name in uploads.names()]
                found += [Unfinished(above, name, _time(state)) for name, state in states if state]
        return found

    def abandon(self, upload: Unfinished) -> None:
        """Remove an unfinished file. One that is gone is fine."""
        with suppress(KeyMissing), folder_errors(self.address), self._opened() as top:
            top.unlink(f"{_uploads(upload.key)}/{upload.upload_id}")

    @contextmanager
    def _opened(self, *, is_new: bool = False) -> Iterator[Folder]:
        """Yield the folder. Inside, a missing file raises KeyMissing."""
        path = self.address.path
        assert path is not None
        try:
            makes = is_new and not self._must_exist
            opened = open_new_folder(path, self._umask) if makes else Folder.open(path)
        except FileNotFoundError:
            if self._must_exist:
                raise missing_folder(self.address) from None
            raise KeyMissing from None
        try:
            with opened as folder:
                yield folder
        except FileNotFoundError:
            raise KeyMissing from None

    def _write(self, key: str, parts: Iterator[bytes], *, is_new: bool) -> None:
        above, name = posixpath.split(key)
        temporary = secrets.token_hex(16)
        with folder_errors(self.address), self._opened(is_new=True) as top, ExitStack() as opened:
            uploads, handle = self._begun(top, _uploads(above.partition("/")[0]), temporary, opened)
            try:
                with os.fdopen(handle, "wb") as file:
                    for part in parts:
                        file.write(part)
                    file.flush()
                    os.fsync(file.fileno())
                self._place(uploads, temporary, top, above, name, is_new=is_new)
            except BaseException:
                with suppress(OSError):
                    uploads.unlink(temporary)
                raise

    def _begun(self, top: Folder, path: str, name: str, opened: ExitStack) -> tuple[Folder, int]:
        """Begin a file in a folder for uploads, which may be removed as empty meanwhile."""
        for left in reversed(range(_TRIES)):
            with ExitStack() as tried:
                try:
                    uploads = tried.enter_context(top.make_folder(path, folder_mode(self._umask)))
                    handle = _new_file(uploads, name, file_mode(self._umask))
                except FileNotFoundError:
                    if not left:
                        raise
                    continue
                opened.enter_context(tried.pop_all())
                return uploads, handle
        raise AssertionError

    def _place(
        self, uploads: Folder, temporary: str, top: Folder, above: str, name: str, *, is_new: bool
    ) -> None:
        """Give a finished file its name. Its folder may be removed as empty meanwhile, and is made again."""
        for left in reversed(range(_TRIES)):
            try:
                with top.make_folder(above, folder_mode(self._umask)) if above else top.again() as folder:
                    _place(uploads, temporary, folder, name, is_new=is_new)
                    folder.sync()
            except FileNotFoundError:
                if not left or uploads.find(temporary) is None:
                    raise
                continue
            return

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other processes from replacing by comparison meanwhile."""
        with folder_errors(self.address), self._opened(is_new=True) as top:
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            handle = os.open(_LOCK, flags, file_mode(self._umask), dir_fd=top.handle)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                yield
            finally:
                os.close(handle)


def _new_file(folder: Folder, name: str, mode: int) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(name, flags, mode, dir_fd=folder.handle)
    set_mode(handle, mode)
    return handle


def _forget_uploads(top: Folder, root: str) -> None:
    """Remove the empty folder for uploads of a root that has nothing else, such as that of a probe."""
    with top.folder(root) as folder:
        if list(folder.names()) == [_UPLOADS]:
            folder.rmdir(_UPLOADS)


def _place(uploads: Folder, temporary: str, folder: Folder, name: str, *, is_new: bool) -> None:
    """Give a finished file its name. Raises KeyExists if it must be new and isn't."""
    if not is_new:
        os.rename(temporary, name, src_dir_fd=uploads.handle, dst_dir_fd=folder.handle)
        return
    try:
        os.link(temporary, name, src_dir_fd=uploads.handle, dst_dir_fd=folder.handle, follow_symlinks=False)
    except FileExistsError:
        raise KeyExists from None
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
            raise
        _exchange_names(uploads, temporary, folder, name)
        return
    uploads.unlink(temporary)


def _exchange_names(uploads: Folder, temporary: str, folder: Folder, name: str) -> None:
    """Rename on a disk without links: an empty file takes the name first, so that only one can have it."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        os.close(os.open(name, flags, 0o600, dir_fd=folder.handle))
    except FileExistsError:
        raise KeyExists from None
    os.rename(temporary, name, src_dir_fd=uploads.handle, dst_dir_fd=folder.handle)


def _stored(key: str, state: os.stat_result) -> Stored:
    if not stat.S_ISREG(state.st_mode):
        raise KeyMissing
    return Stored(key, state.st_size, _time(state), None)


def _uploads(above: str) -> str:
    """Return the folder for unfinished files of a root."""
    return f"{above}/{_UPLOADS}" if above else _UPLOADS


def _time(state: os.stat_result) -> datetime:
    return datetime.fromtimestamp(state.st_mtime, UTC)


def _etag(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
