"""The spool: segments on the disk between the network and the database.

One thread writes, and one takes segments and removes them. A message is safe when `write` has returned: the
file and its name are synced.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from lumber.errors import IngestError, OutputUnwritable
from lumber.files.modes import PRIVATE_FILE
from lumber.ingest.listen.segments import MAGIC, Message, Segment, pack

# As much as a load has in one transaction.
_SEGMENT_BYTES = 4 * 1024 * 1024
_SUFFIX = ".segment"
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Spool:
    """The segments of one listener. Only one process at a time has a spool."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._closed: deque[Segment] = deque()
        self._handle: int | None = None
        self._path = Path()
        self._size = self._messages = 0
        self._begun = 0.0
        self._last_number = 0
        self._total = 0

    def open(self) -> None:
        """Take the spool and find what an earlier run left. Raises IngestError or OutputUnwritable."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._mark = os.open(
                self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE_FILE
            )
            self._directory = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(self._mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._directory)
            os.close(self._mark)
            raise IngestError(
                f"Another `lumber listen` uses the spool {self._folder}. Give this one another "
                "LUMBER_DATA_DIR."
            ) from None
        except OSError as error:
            raise OutputUnwritable(f"The spool {self._folder} can't be used: {error.strerror}.") from error
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            self._closed.append(Segment(path, path.stat().st_size))
        self._total = sum(segment.size_bytes for segment in self._closed)
        self.id = self._read_id()

    @property
    def size_bytes(self) -> int:
        """The size of all segments."""
        return self._total + self._size

    @property
    def is_empty(self) -> bool:
        """Say whether no message waits."""
        return not self._closed and self._handle is None

    def write(self, messages: Sequence[Message]) -> None:
        """Append messages and sync them. Raises OSError; then nothing of them is in the spool."""
        data = pack(messages)
        with self._lock:
            if self._handle is None or self._is_other_day():
                self._close()
                self._begin()
            assert self._handle is not None
            try:
                _write_all(self._handle, data)
                os.fsync(self._handle)
            except OSError:
                os.ftruncate(self._handle, self._size)
                raise
            self._size += len(data)
            self._messages += len(messages)
            if self._size >= _SEGMENT_BYTES:
                self._close()

    def take(self, least_messages: int, least_seconds: float) -> Segment | None:
        """Return the oldest segment; None if there is none with so many messages or of this age."""
        with self._lock:
            is_due = self._messages >= least_messages or time.monotonic() - self._begun >= least_seconds
            if not self._closed and self._handle is not None and is_due:
                self._close()
            return self._closed[0] if self._closed else None

    def remove(self, segment: Segment) -> None:
        """Remove the oldest segment, whose messages are in the database. Raises OSError.

        Its name is gone for good when this returns. The next segment must not be loaded before that: the
        ledger only knows the last one.
        """
        segment.path.unlink(missing_ok=True)
        os.fsync(self._directory)
        with self._lock:
            self._closed.popleft()
            self._total -= segment.size_bytes

    def close(self) -> None:
        """Close the files. Segments stay."""
        with self._lock:
            self._close()
        os.close(self._directory)
        os.close(self._mark)

    def _is_other_day(self) -> bool:
        return not self._path.name.startswith(_today())

    def _begin(self) -> None:
        self._last_number = max(self._last_number + 1, time.time_ns())
        self._path = self._folder / f"{_today()}-{self._last_number:020d}-{secrets.token_hex(4)}{_SUFFIX}"
        self._handle = os.open(self._path, _NEW_FILE, PRIVATE_FILE)
        self._size, self._messages, self._begun = 0, 0, time.monotonic()
        try:
            _write_all(self._handle, MAGIC)
            os.fsync(self._directory)
        except OSError:
            os.close(self._handle)
            self._handle = None
            with contextlib.suppress(OSError):
                self._path.unlink()
            raise
        self._size = len(MAGIC)

    def _close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._closed.append(Segment(self._path, self._size))
            self._total += self._size
            self._handle, self._size, self._messages = None, 0, 0

    def _read_id(self) -> str:
        """Return the name of this spool in the ledger, which is made once."""
        path = self._folder / "id"
        with contextlib.suppress(OSError):
            if len(known := path.read_text().strip()) == 8 and known.isalnum():
                return known
        made = secrets.token_hex(4)
        path.write_text(f"{made}\n")
        return made


def _today() -> str:
    return datetime.now(UTC).strftime("%Y%m%d")


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
