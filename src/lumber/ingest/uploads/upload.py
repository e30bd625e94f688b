"""One upload: a file that a client sends, and how far its load is."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

import structlog

from lumber.errors import LumberError, UploadCancelled, UploadInterrupted, UploadStateError, UploadTooLarge
from lumber.ingest.uploads.child import Event, LoadingProcess, error_of
from lumber.ingest.uploads.job import UploadJob
from lumber.store.shielded import shielded
from lumber.text import counted

_ENDED_BY_SERVICE = "The service ended the load. Send the file again: the load goes on where it stopped."
_ABANDONED_SECONDS = 30

_log = structlog.stdlib.get_logger(__name__)


class UploadStatus(StrEnum):
    """Where an upload is: it waits for its content, is loaded, or has ended."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Counts:
    """What one upload did. loaded + rejected = lines; `skipped` lines were loaded before."""

    lines: int = 0
    loaded: int = 0
    rejected: int = 0
    skipped: int = 0
    source_id: str | None = None
    ignored_fields: tuple[str, ...] = ()

    @classmethod
    def of(cls, event: Event) -> Counts:
        """Read them out of what the process says."""
        numbers = {name: int(event[name]) for name in ("lines", "loaded", "rejected", "skipped")}
        return cls(**numbers, source_id=event["source_id"], ignored_fields=tuple(event["ignored_fields"]))


@dataclass(slots=True)
class Upload:
    """A file on its way into the database. All of it runs in one event loop."""

    job: UploadJob
    size_bytes: int | None
    max_bytes: int
    idle_seconds: float
    upload_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: UploadStatus = UploadStatus.PENDING
    counts: Counts = field(default_factory=Counts)
    bytes_received: int = 0
    has_all: bool = False
    error: LumberError | None = None
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    finished_at: datetime | None = None
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    waiting_since: float = field(default_factory=time.monotonic)
    _started: float | None = None
    _seconds: float = 0.0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def is_active(self) -> bool:
        """Say whether it takes up a place."""
        return self.status in (UploadStatus.PENDING, UploadStatus.RUNNING)

    @property
    def seconds(self) -> float:
        """Seconds from the first byte to now, or to the end."""
        return self._seconds or (time.monotonic() - self._started if self._started is not None else 0.0)

    @property
    def bytes_per_second(self) -> float | None:
        """The mean speed; null before there is one."""
        return self.bytes_received / self.seconds if self.bytes_received and self.seconds else None

    @property
    def eta_seconds(self) -> float | None:
        """Seconds left at this speed; null when nobody can say."""
        speed = self.bytes_per_second
        if self.status is not UploadStatus.RUNNING or self.size_bytes is None or speed is None:
            return None
        return max(0, self.size_bytes - self.bytes_received) / speed

    def refuse_late(self) -> None:
        """Raise UploadStateError unless the content may come now."""
        if self.status is not UploadStatus.PENDING:
            raise UploadStateError(
                f"Upload {self.upload_id} is {self.status}: content can be sent once, while it is pending."
            )

    async def receive(self, pieces: AsyncIterator[bytes]) -> None:
        """Load the content as it comes, and return when all of it is in the database.

        Raises UploadStateError, UploadTooLarge, UploadInterrupted, UploadCancelled, and what the load
        raises. Whatever happens, what was committed stays, and the same file goes on from there.
        """
        self.refuse_late()
        self.status, self._started = UploadStatus.RUNNING, time.monotonic()
        try:
            await self._run(pieces)
        except LumberError as error:
            self._ended(UploadStatus.FAILED, error)
        except BaseException:
            self._ended(UploadStatus.FAILED, UploadInterrupted(_ENDED_BY_SERVICE))
            raise
        finally:
            self.gone.set()
        if self.error is not None:
            raise self.error
        self._ended(UploadStatus.COMPLETED, None)

    def cancel(self) -> None:
        """Stop it, before or in the middle of its content. Raises UploadStateError when it has ended."""
        if not self.is_active:
            raise UploadStateError(f"Upload {self.upload_id} has ended: it is {self.status}.")
        message = "The upload was cancelled. What was loaded before stays; sending the file again goes on."
        self._ended(UploadStatus.CANCELLED, UploadCancelled(message))
        self._stop()

    def interrupt(self) -> None:
        """Stop it because the service stops."""
        self._ended(UploadStatus.FAILED, UploadInterrupted(_ENDED_BY_SERVICE))
        self._stop()

    def expire(self) -> None:
        """End an upload whose content never came."""
        self._ended(UploadStatus.FAILED, UploadInterrupted("The content of the file never came."))

    def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _ended(self, status: UploadStatus, error: LumberError | None) -> None:
        if not self.is_active:
            return  # who cancelled it was first
        self.status, self.error = status, error
        self._seconds = self.seconds
        self.finished_at = datetime.now(UTC)
        _log.info(
            "upload_ended",
            upload_id=self.upload_id,
            name=self.job.name,
            status=status.value,
            error=str(error) if error else None,
        )

    async def _run(self, pieces: AsyncIterator[bytes]) -> None:
        process = await LoadingProcess.started(self.job)
        try:
            if self.is_active:  # nobody has stopped it meanwhile
                await self._load(process, pieces)
        finally:
            await shielded(process.close())

    async def _load(self, process: LoadingProcess, pieces: AsyncIterator[bytes]) -> None:
        feeding = asyncio.create_task(self._feed(process, pieces))
        following = asyncio.create_task(self._follow(process))
        self._tasks = {feeding, following}
        try:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                await feeding
            await following
        except UploadInterrupted:
            # What has come is loaded first, as far as it makes whole chunks.
            process.abandon()
            await asyncio.wait([following], timeout=_ABANDONED_SECONDS)
            raise
        except asyncio.CancelledError:
            if self.is_active:  # not by `stop`: the caller is cancelled
                raise
        finally:
            self._stop()
            await asyncio.gather(feeding, following, return_exceptions=True)
            self._tasks = set()

    async def _feed(self, process: LoadingProcess, pieces: AsyncIterator[bytes]) -> None:
        try:
            while (piece := await self._next(pieces)) is not None:
                self.bytes_received += len(piece)
                if self.bytes_received > self.max_bytes:
                    raise too_large(self.max_bytes)
                await process.send(piece)
            self.has_all = True
            await process.end()
        except ConnectionError:
            # The process has ended: what it said last tells why.
            return

    async def _next(self, pieces: AsyncIterator[bytes]) -> bytes | None:
        try:
            async with asyncio.timeout(self.idle_seconds):
                return await anext(pieces, None)
        except TimeoutError:
            raise UploadInterrupted(
                f"Nothing came for {self.idle_seconds:g} s. Send the file again: the load goes on."
            ) from None

    async def _follow(self, process: LoadingProcess) -> None:
        last: Event | None = None
        async for event in process.events():
            last = event
            if event["event"] in ("progress", "result"):
                self.counts = Counts.of(event)
        if last is None or last["event"] != "result":
            raise error_of(last if last and last["event"] == "error" else None)


def too_large(max_bytes: int) -> UploadTooLarge:
    """Return the refusal of a file that is too large."""
    return UploadTooLarge(
        f"A file may have {counted(max_bytes, 'byte')}, as LUMBER_MAX_UPLOAD_BYTES says. "
        "`lumber ingest` loads files of any size."
    )
