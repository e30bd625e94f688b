"""One upload: a file that a client sends, and the progress of its load."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import structlog

from lumber.errors import LumberError, UploadCancelled, UploadInterrupted, UploadStateError, UploadTooLarge
from lumber.ingest.uploads.child import Event, LoadingProcess, error_of
from lumber.ingest.uploads.job import UploadJob
from lumber.store.shielded import shielded
from lumber.text import counted

_ENDED_BY_SERVICE = "The service stopped the load. Send the file again: the load continues where it stopped."
_ABANDONED_SECONDS = 30

_log = structlog.stdlib.get_logger(__name__)


class UploadStatus(StrEnum):
    """The state of an upload: it waits for its content, is being loaded, or has ended."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of an upload, as in SourceReport. loaded + rejected = lines."""

    lines: int = 0
    loaded: int = 0
    rejected: int = 0
    skipped: int = 0
    source_id: str | None = None
    ignored_fields: tuple[str, ...] = ()
    formats: tuple[dict[str, Any], ...] = ()
    unrecognised: int = 0
    reasons: tuple[dict[str, Any], ...] = ()
    filled: dict[str, int] = field(default_factory=dict)
    are_years_guessed: bool = False
    joined_lines: int = 0
    joined_records: int = 0
    is_mostly_rejected: bool = False

    @classmethod
    def of(cls, event: Event) -> Counts:
        """Read them from an event of the process."""
        names = ("lines", "loaded", "rejected", "skipped", "unrecognised", "joined_lines", "joined_records")
        numbers = {name: int(event[name]) for name in names}
        return cls(
            **numbers,
            source_id=event["source_id"],
            ignored_fields=tuple(event["ignored_fields"]),
            formats=tuple(event["formats"]),
            reasons=tuple(event["reasons"]),
            filled=event["filled"],
            are_years_guessed=event["are_years_guessed"],
            is_mostly_rejected=event["is_mostly_rejected"],
        )


@dataclass(slots=True)
class Upload:
    """A file that is being loaded. All methods run in one event loop."""

    job: UploadJob
    size_bytes: int | None
    max_bytes: int
    idle_seconds: float
    owner_id: str | None = None
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
        """Say whether it counts as one of the uploads at a time."""
        return self.status in (UploadStatus.PENDING, UploadStatus.RUNNING)

    @property
    def seconds(self) -> float:
        """Seconds from the first byte to now, or to the end."""
        return self._seconds or (time.monotonic() - self._started if self._started is not None else 0.0)

    @property
    def bytes_per_second(self) -> float | None:
        """The mean speed; None before the first bytes."""
        return self.bytes_received / self.seconds if self.bytes_received and self.seconds else None

    @property
    def eta_seconds(self) -> float | None:
        """Seconds left at this speed; None if that is unknown."""
        speed = self.bytes_per_second
        if self.status is not UploadStatus.RUNNING or self.size_bytes is None or speed is None:
            return None
        return max(0, self.size_bytes - self.bytes_received) / speed

    def refuse_late(self) -> None:
        """Raise UploadStateError unless content can be sent now."""
        if self.status is not UploadStatus.PENDING:
            raise UploadStateError(
                f"Upload {self.upload_id} is {self.status}: content can be sent once, while it is pending."
            )

    async def receive(self, pieces: AsyncIterator[bytes]) -> None:
        """Load the content while it arrives, and return when all of it is in the database.

        Raises UploadStateError, UploadTooLarge, UploadInterrupted, UploadCancelled, and what the load raises.
        Committed rows stay in any case; if the same file is sent again, the load continues after them.
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
        """Stop it, before or during its content. Raises UploadStateError if it has ended."""
        if not self.is_active:
            raise UploadStateError(f"Upload {self.upload_id} has ended: it is {self.status}.")
        message = "The upload was cancelled. Loaded rows stay. Send the file again to load the rest."
        self._ended(UploadStatus.CANCELLED, UploadCancelled(message))
        self._stop()

    def interrupt(self) -> None:
        """Stop it because the service shuts down."""
        self._ended(UploadStatus.FAILED, UploadInterrupted(_ENDED_BY_SERVICE))
        self._stop()

    def expire(self) -> None:
        """End an upload whose content never came."""
        self._ended(UploadStatus.FAILED, UploadInterrupted("The content of the file was never sent."))

    def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _ended(self, status: UploadStatus, error: LumberError | None) -> None:
        if not self.is_active:
            return  # it was cancelled before
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
            if self.is_active:  # it was not stopped meanwhile
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
            # Complete chunks of what has arrived are still loaded.
            process.abandon()
            await asyncio.wait([following], timeout=_ABANDONED_SECONDS)
            raise
        except asyncio.CancelledError:
            if self.is_active:  # not by `_stop`: the caller is cancelled
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
            # The process has ended: its last event has the reason.
            return

    async def _next(self, pieces: AsyncIterator[bytes]) -> bytes | None:
        try:
            async with asyncio.timeout(self.idle_seconds):
                return await anext(pieces, None)
        except TimeoutError:
            raise UploadInterrupted(
                f"Nothing was received for {self.idle_seconds:g} s. Send the file again: the load continues."
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
    """Return the error for a file that is too large."""
    return UploadTooLarge(
        f"The file is larger than {counted(max_bytes, 'byte')}, the limit of LUMBER_MAX_UPLOAD_BYTES. "
        "`lumber ingest` loads files of any size."
    )
