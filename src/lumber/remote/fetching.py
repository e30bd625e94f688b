"""Fetches the files of a dataset into its staging folder, a few at a time, and continues broken ones."""

from __future__ import annotations

import hashlib
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from io import FileIO
from typing import TYPE_CHECKING

from lumber.errors import DatasetDamaged, LumberError, RemoteError, ServerUnreachable, TooManyRequests
from lumber.exports.metadata import FileRecord
from lumber.remote.connection import body_of, wait_after
from lumber.remote.problems import stranger
from lumber.remote.staging import Staging, write_all

if TYPE_CHECKING:
    from lumber.remote.client import Client

_AT_ONCE = 3
_CHUNK_BYTES = 1024 * 1024
_LOOK_SECONDS = 0.1
_LEAVE_SECONDS = 2.0

OnBytes = Callable[[int], None]


class _Stopped(Exception):
    """Another file failed, or the user stops the download."""


class _Refused(Exception):
    """The service allows no further download at this time."""

    def __init__(self, file: FileRecord, cause: TooManyRequests) -> None:
        super().__init__(file.path)
        self.file, self.cause = file, cause


def fetch_all(
    client: Client, export_id: str, files: Sequence[FileRecord], staging: Staging, on_bytes: OnBytes
) -> None:
    """Fetch all files. Raises the first error of one; the others end at their next part.

    If the service allows fewer downloads at a time, the files that it refuses are fetched after the others.
    """
    waiting: queue.SimpleQueue[FileRecord] = queue.SimpleQueue()
    for file in files:
        waiting.put(file)
    stop, errors, lock = threading.Event(), list[Exception](), threading.Lock()

    def count(number: int) -> None:
        with lock:
            on_bytes(number)

    def work_off() -> None:
        while not stop.is_set():
            try:
                file = waiting.get_nowait()
            except queue.Empty:
                return
            _File(client, export_id, file, staging, count, stop).fetch()

    refused: list[FileRecord] = []

    def work() -> None:
        try:
            work_off()
        except _Stopped:
            pass
        except _Refused as error:
            refused.append(error.file)
        except Exception as error:  # noqa: BLE001 - raised below, in the thread of the caller
            errors.append(error)
            stop.set()

    # Not a pool, which would wait for a stalled connection when the user stops the program.
    threads = [
        threading.Thread(target=work, name=f"lumber-download-{number}", daemon=True)
        for number in range(min(_AT_ONCE, len(files)))
    ]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():  # short waits notice Ctrl-C
                thread.join(_LOOK_SECONDS)
    except BaseException:
        stop.set()
        until = time.monotonic() + _LEAVE_SECONDS
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        raise
    if errors:
        raise errors[0]
    for file in refused:
        waiting.put(file)
    try:
        work_off()
    except _Refused as error:
        raise error.cause from None


class _File:
    """One file, and how far it is."""

    def __init__(
        self,
        client: Client,
        export_id: str,
        file: FileRecord,
        staging: Staging,
        on_bytes: OnBytes,
        stop: threading.Event,
    ) -> None:
        self._client, self._file, self._staging = client, file, staging
        self._path = client.file_path(export_id, file.file_id)
        self._on_bytes, self._stop = on_bytes, stop
        self._done = 0
        self._digest = hashlib.sha256()

    def fetch(self) -> None:
        """Fetch the file, or what is missing of it. Raises DatasetDamaged if its sha256 differs."""
        with self._staging.file(self._file.path) as opened:
            self._take_over(opened)
            was_resumed = self._done > 0
            self._complete(opened)
            if self._is_wrong() and was_resumed:
                # What was there before may be what is wrong.
                self._start_over(opened)
                self._complete(opened)
            os.fsync(opened.fileno())
        if self._is_wrong():
            self._staging.forget(self._file.path)
            raise DatasetDamaged(
                f"The file {self._file.path!r} arrived with the sha256 {self._digest.hexdigest()} instead of "
                f"{self._file.sha256}. It was removed. Download again, or export again if it stays wrong."
            )

    def _take_over(self, opened: FileIO) -> None:
        """Read what an earlier download left."""
        if os.fstat(opened.fileno()).st_size > self._file.size_bytes:
            opened.truncate(0)
        while block := opened.read(_CHUNK_BYTES):
            self._add(block)

    def _complete(self, opened: FileIO) -> None:
        failures = 0
        while self._done < self._file.size_bytes:
            before = self._done
            try:
                self._ask(opened)
            except LumberError as error:
                failures = 1 if self._done > before else failures + 1
                wait = wait_after(error, is_repeatable=True)
                waits = self._client.connection.download_waits
                if wait is None or failures > len(waits):
                    if isinstance(error, TooManyRequests):
                        self._on_bytes(-self._done)
                        raise _Refused(self._file, error) from None
                    raise
                if self._stop.wait(max(wait, waits[failures - 1])):
                    raise _Stopped from None

    def _ask(self, opened: FileIO) -> None:
        """Ask for the rest of the file, and write what comes."""
        size, first = self._file.size_bytes, self._done
        headers = {"Range": f"bytes={first}-", "If-Range": f'"{self._file.sha256}"'} if first else {}
        with self._client.connection.open("GET", self._path, headers=headers) as answer:
            if answer.status_code == 206:
                if answer.headers.get("Content-Range") != f"bytes {first}-{size - 1}/{size}":
                    raise stranger(self._client.server, f"it sends another part of {self._file.path!r}")
            elif first:
                self._start_over(opened)
            for chunk in body_of(self._client.server, answer):
                if self._stop.is_set():
                    raise _Stopped
                if self._done + len(chunk) > size:
                    raise RemoteError(
                        f"{self._client.server} sends more than the {size:,} bytes of {self._file.path!r}."
                    )
                write_all(opened, chunk)
                self._add(chunk)
        if self._done < size:
            raise ServerUnreachable(
                f"{self._client.server} sent only {self._done:,} of {size:,} bytes of {self._file.path!r}."
            )

    def _start_over(self, opened: FileIO) -> None:
        opened.truncate(0)
        opened.seek(0)
        self._on_bytes(-self._done)
        self._done, self._digest = 0, hashlib.sha256()

    def _add(self, block: bytes) -> None:
        self._digest.update(block)
        self._done += len(block)
        self._on_bytes(len(block))

    def _is_wrong(self) -> bool:
        return self._digest.hexdigest() != self._file.sha256
