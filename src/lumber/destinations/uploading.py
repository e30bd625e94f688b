"""Uploads: sends the files of a dataset, several at a time, and checks each against its hash on the way."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lumber.destinations.store import PART_BYTES, KeyExists, Store
from lumber.errors import DatasetDamaged, DestinationUnreachable, ExportCancelled
from lumber.files.folder import Folder, PathRefused

_AT_ONCE = 4
_TRIES = 5
_FIRST_WAIT_SECONDS = 0.5
_LOOK_SECONDS = 0.2
# After a cancellation, requests in flight get this time. Then they are left to their own timeouts.
_END_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Item:
    """One content to upload, with the path of a file that has it."""

    key: str
    path: str
    size_bytes: int
    sha256: str


class Uploads:
    """The uploads of one publication. `run` returns when all are there."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        items: Sequence[Item],
        on_progress: Callable[[int, int], None],
        is_cancelled: Callable[[], bool],
    ) -> None:
        self.uploaded_files = self.uploaded_bytes = 0
        self._store = store
        self._folder = folder
        self._waiting: queue.SimpleQueue[Item] = queue.SimpleQueue()
        for item in sorted(items, key=lambda each: -each.size_bytes):
            self._waiting.put(item)
        self._total = sum(item.size_bytes for item in items)
        self._files = len(items)
        self._on_progress = on_progress
        self._is_cancelled = is_cancelled
        self._done = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._failure: BaseException | None = None

    def check(self) -> None:
        """Raise ExportCancelled if the publication was cancelled."""
        if self._is_cancelled():
            raise ExportCancelled("The export was cancelled.")

    def run(self) -> None:
        """Upload what isn't there. Raises the first error, after the others have stopped."""
        threads = [
            # A request that hangs must not keep the process from ending.
            threading.Thread(target=self._work, name=f"lumber-upload-{number}", daemon=True)
            for number in range(min(_AT_ONCE, self._files))
        ]
        for thread in threads:
            thread.start()
        try:
            while (running := [thread for thread in threads if thread.is_alive()]) and not self._failure:
                self.check()
                self._on_progress(self._done, self._total)
                running[0].join(_LOOK_SECONDS)
        finally:
            self._end(threads)
        if self._failure is not None:
            raise self._failure
        self._on_progress(self._done, self._total)

    def _end(self, threads: Sequence[threading.Thread]) -> None:
        """Tell the threads to stop, and give their requests a moment to end."""
        self._stop.set()
        for thread in threads:
            thread.join(_END_SECONDS / len(threads))

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                item = self._waiting.get_nowait()
            except queue.Empty:
                return
            try:
                is_sent = self._settle(item)
            except BaseException as error:  # noqa: BLE001 - raised by `run`
                with self._lock:
                    self._failure = self._failure or error
                return
            with self._lock:
                self.uploaded_files += is_sent
                self.uploaded_bytes += item.size_bytes if is_sent else 0

    def _settle(self, item: Item) -> bool:
        """Return whether a file had to be sent. Tries again after errors that may pass."""
        wait = _FIRST_WAIT_SECONDS
        for left in reversed(range(_TRIES)):
            progress = _Progress(self)
            try:
                is_sent = self._send(item, progress)
            except DestinationUnreachable:
                progress.undo()
                if not left or self._stop.wait(wait):
                    raise
                wait *= 2
                continue
            progress.add(item.size_bytes - progress.size_bytes)
            return is_sent
        raise AssertionError

    def _send(self, item: Item, progress: _Progress) -> bool:
        present = self._store.find(item.key)
        if present is not None and present.size_bytes == item.size_bytes:
            return False
        with self._opened(item) as file:
            parts = self._parts(item, file, progress)
            if item.size_bytes > PART_BYTES:
                self._store.upload(item.key, parts, item.size_bytes)
            else:
                self._put(item, b"".join(parts), is_new=present is None)
        found = self._store.find(item.key)
        if found is None or found.size_bytes != item.size_bytes:
            raise DestinationUnreachable(
                f"{self._store.address.below(item.key)} isn't there as it was sent. Try again later."
            )
        return True

    def _put(self, item: Item, content: bytes, *, is_new: bool) -> None:
        """Write a small file. What is there with another size isn't what its key says, and is replaced."""
        if is_new:
            with suppress(KeyExists):
                self._store.create(item.key, content)
                return
            present = self._store.find(item.key)
            if present is not None and present.size_bytes == item.size_bytes:
                return
        self._store.replace(item.key, content)

    def _parts(self, item: Item, file: BinaryIO, progress: _Progress) -> Iterator[bytes]:
        """Yield the content of a file. Raises DatasetDamaged before its end if its hash is another."""
        digest, size_bytes = hashlib.sha256(), 0
        while chunk := file.read(PART_BYTES):
            if self._stop.is_set():
                raise ExportCancelled("The export was cancelled.")
            digest.update(chunk)
            size_bytes += len(chunk)
            if size_bytes >= item.size_bytes:
                self._require_same(item, digest.hexdigest(), size_bytes + len(file.read(1)))
            yield chunk
            progress.add(len(chunk))
        if size_bytes < item.size_bytes or not size_bytes:
            self._require_same(item, digest.hexdigest(), size_bytes)

    def _require_same(self, item: Item, sha256: str, size_bytes: int) -> None:
        if size_bytes != item.size_bytes or sha256 != item.sha256:
            raise DatasetDamaged(
                f"{self._folder / item.path} isn't what the manifest lists: it was changed after the export. "
                "Nothing was published. Export again."
            )

    def _opened(self, item: Item) -> BinaryIO:
        try:
            with Folder.open(self._folder) as folder:
                return folder.file(item.path)
        except (PathRefused, OSError) as error:
            raise DatasetDamaged(
                f"{self._folder / item.path} can't be read: {error.strerror}. Nothing was published."
            ) from None


class _Progress:
    """The bytes that one try at a file has added to the progress."""

    def __init__(self, uploads: Uploads) -> None:
        self.size_bytes = 0
        self._uploads = uploads

    def add(self, size_bytes: int) -> None:
        with self._uploads._lock:
            self.size_bytes += size_bytes
            self._uploads._done += size_bytes

    def undo(self) -> None:
        self.add(-self.size_bytes)
