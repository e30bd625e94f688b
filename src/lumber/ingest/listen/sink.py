"""Writes what arrives to the spool: many senders wait for one write and one sync."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog

from lumber.ingest.listen.counts import Counts
from lumber.ingest.listen.segments import Message
from lumber.ingest.listen.spool import Spool

_log = structlog.stdlib.get_logger(__name__)

# What datagrams may occupy in memory while the spool is written.
_BUFFER_MESSAGES = 50_000
_BUFFER_BYTES = 32 * 1024 * 1024
_PAUSE_SECONDS = 0.05
_DISK_PAUSE_SECONDS = 1.0


class SpoolSink:
    """The way into the spool. All methods belong to the event loop."""

    def __init__(self, spool: Spool, counts: Counts, max_bytes: int, wake: Callable[[], None]) -> None:
        self._spool, self._counts, self._max_bytes, self._wake = spool, counts, max_bytes, wake
        # What has arrived is then written in any case.
        self.is_stopping = False
        self._pending: list[Message] = []
        self._pending_bytes = 0
        self._is_writing = False
        self._waiters: list[asyncio.Future[None]] = []
        self._has_work = asyncio.Event()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="lumber-spool")

    async def submit(self, messages: Sequence[Message]) -> None:
        """Return when the messages are in the spool. Until then the sender is not read any further."""
        if not messages:
            return
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pending += messages
        self._pending_bytes += sum(len(message.text) for message in messages)
        self._waiters.append(written)
        self._has_work.set()
        await written

    def offer(self, message: Message) -> bool:
        """Take a datagram, or return false because there is no room: its sender can't wait."""
        is_full = len(self._pending) >= _BUFFER_MESSAGES or self._pending_bytes >= _BUFFER_BYTES
        if is_full or self._spool.size_bytes >= self._max_bytes:
            return False
        self._pending.append(message)
        self._pending_bytes += len(message.text)
        self._has_work.set()
        return True

    async def run(self) -> None:
        """Write what arrives until the task is cancelled."""
        while True:
            await self._has_work.wait()
            await self._write_pending()

    async def drained(self) -> None:
        """Return when everything that has arrived is in the spool."""
        while self._pending or self._is_writing:  # noqa: ASYNC110 -- only at the end of a run
            await asyncio.sleep(_PAUSE_SECONDS)

    def close(self) -> None:
        """End the thread that writes."""
        self._writer.shutdown()

    async def _write_pending(self) -> None:
        # The thread that loads makes room.
        while self._spool.size_bytes >= self._max_bytes and not self.is_stopping:  # noqa: ASYNC110
            await asyncio.sleep(_PAUSE_SECONDS)
        messages, waiters = self._pending, self._waiters
        self._pending, self._waiters, self._pending_bytes = [], [], 0
        self._has_work.clear()
        self._is_writing = True
        loop, is_told = asyncio.get_running_loop(), False
        while True:
            try:
                await loop.run_in_executor(self._writer, self._spool.write, messages)
                break
            except OSError as error:
                # A full disk: connections wait, and so does the buffer of datagrams.
                if not is_told:
                    _log.error("spool_not_written", reason=error.strerror)
                    is_told = True
                await asyncio.sleep(_DISK_PAUSE_SECONDS)
        self._is_writing = False
        self._wake()
        for written in waiters:
            with contextlib.suppress(asyncio.InvalidStateError):
                written.set_result(None)
