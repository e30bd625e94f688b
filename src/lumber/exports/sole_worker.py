"""SQLite takes one worker at a time: it has one writer, and all workers would wait for each other."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lumber.errors import DatabaseError, DatabaseLocked
from lumber.files.modes import PRIVATE_FILE
from lumber.store.url import DatabaseUrl


@contextmanager
def sole_worker(url: DatabaseUrl) -> Iterator[None]:
    """Hold the place of a SQLite database's worker; a PostgreSQL database has as many as there come.

    The lock goes with the process, however it ends. Raises DatabaseLocked while another process works.
    """
    if url.dialect != "sqlite":
        yield
        return
    path = _lock_file(url)
    handle = _opened(path)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 32).decode(errors="replace").strip()
            who = f"process {holder}" if holder.isdigit() else "another process"
            raise DatabaseLocked(
                f"A worker is already running on {url} ({who}), and SQLite allows only one. Run "
                "`lumber serve --no-worker`, raise LUMBER_CONCURRENCY of the worker, or use PostgreSQL."
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def _opened(path: Path) -> int:
    """Open the lock file. It is written to, so it must not be another name of another file."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(path, flags, PRIVATE_FILE)
    except OSError as error:
        raise DatabaseError(f"The lock file {path} can't be opened: {error.strerror}.") from error
    state = os.fstat(handle)
    if not stat.S_ISREG(state.st_mode) or state.st_nlink > 1:
        os.close(handle)
        raise DatabaseError(f"{path} is not a lock file of Lumber. Move it away, and start the worker again.")
    return handle


def _lock_file(url: DatabaseUrl) -> Path:
    """Return where the lock is: beside the file itself, whichever link leads to it."""
    path = url.path.resolve()
    return path.with_name(f"{path.name}-worker")
