"""SQLite takes one worker at a time: it has one writer, and all workers would wait for each other."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lumber.errors import DatabaseLocked
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
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
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


def _lock_file(url: DatabaseUrl) -> Path:
    """Return where the lock is: beside the file itself, whichever link leads to it."""
    path = url.path.resolve()
    return path.with_name(f"{path.name}-worker")
