"""The listener: sockets, the spool, and the thread that loads it, from their start to their end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable, Sequence
from threading import Event

import structlog

from lumber.ingest.follow.pace import Pace
from lumber.ingest.listen.connections import ConnectionLimits, ConnectionReceiver
from lumber.ingest.listen.counts import Counts
from lumber.ingest.listen.datagrams import DatagramReceiver
from lumber.ingest.listen.loading import SegmentLoader
from lumber.ingest.listen.sink import SpoolSink
from lumber.ingest.listen.spool import Spool
from lumber.ingest.patient_loader import PatientLoader

_log = structlog.stdlib.get_logger(__name__)

_STATUS_SECONDS = 60.0

Bound = Sequence[tuple[str, socket.socket]]


class Listener:
    """Receives messages on sockets and loads them until it is stopped."""

    def __init__(
        self,
        spool: Spool,
        loader: PatientLoader,
        stop_loading: Event,
        limits: ConnectionLimits,
        pace: Pace,
        max_spool_bytes: int,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.counts = Counts()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.spool, self._limits, self._context = spool, limits, context
        # How many connections each address has.
        self.senders: Counter[str] = Counter()
        self._stopped = asyncio.Event()
        self._loading = SegmentLoader(spool, loader, self.counts, pace, stop_loading, self._fail)
        self._sink = SpoolSink(spool, self.counts, max_spool_bytes, self._loading.wake)

    @property
    def error(self) -> Exception | None:
        """Why the loading ended, if it was not stopped."""
        return self._loading.error

    @property
    def is_spool_empty(self) -> bool:
        """Say whether everything that was received is in the database."""
        return self.spool.is_empty

    def stop(self) -> None:
        """End the run. To be called in its event loop."""
        self._stopped.set()

    async def run(self, bound: Bound, announce: Callable[[], None], stop_seconds: float) -> None:
        """Receive until `stop`. Then take and load what has arrived, for at most `stop_seconds`."""
        self.loop = asyncio.get_running_loop()
        self.loop.set_exception_handler(_log_problem)
        datagrams: list[DatagramReceiver] = []
        connections: list[ConnectionReceiver] = []
        writing = asyncio.create_task(self._sink.run())
        telling = asyncio.create_task(self._tell())
        self._loading.start()
        for transport, sock in bound:
            if transport == "udp":
                datagrams.append(DatagramReceiver(sock, self._sink, self.counts))
                datagrams[-1].start()
            else:
                context = self._context if transport == "tls" else None
                connections.append(
                    ConnectionReceiver(self._sink, self.counts, self._limits, self.senders, context)
                )
                await connections[-1].start(sock)
        announce()
        await self._stopped.wait()
        deadline = time.monotonic() + stop_seconds
        telling.cancel()
        self._sink.is_stopping = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(stop_seconds / 2):
                await asyncio.gather(*(receiver.stop() for receiver in connections))
        for datagram in datagrams:
            datagram.stop()
        await self._flush(writing, deadline)
        await self._finish_loading(deadline)
        self._sink.close()

    async def _flush(self, writing: asyncio.Task[None], deadline: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.1, deadline - time.monotonic())):
                await self._sink.drained()
        writing.cancel()

    async def _finish_loading(self, deadline: float) -> None:
        self._loading.end()
        seconds = max(0.0, deadline - time.monotonic())
        if not await asyncio.to_thread(self._loading.join, seconds):
            self._loading.abandon()
            await asyncio.to_thread(self._loading.join)

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(_STATUS_SECONDS)
            self.log_status()

    def log_status(self) -> None:
        """Log the counts since the start."""
        counts = self.counts
        _log.info(
            "listen_status",
            messages=counts.messages,
            **dict(counts.received),
            loaded=counts.loaded,
            rejected=counts.rejected,
            without_time=counts.undated,
            dropped=counts.dropped,
            kernel_dropped=counts.kernel_dropped,
            connections=counts.connections,
            refused_connections=counts.refused_connections,
            spool_bytes=self.spool.size_bytes,
        )

    def _fail(self) -> None:
        if self.loop is not None:
            with contextlib.suppress(RuntimeError):
                self.loop.call_soon_threadsafe(self._stopped.set)


def _log_problem(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """Log what a connection left behind in one line: any sender can cause it."""
    _log.warning("connection_problem", reason=str(context.get("exception") or context.get("message")))
