"""Receives syslog over TCP (RFC 6587) and TLS (RFC 5425).

What was read of a connection is in the spool before more of it is read. So if a sender ends its side and the
other side ends in order (in TLS with close_notify), everything that it sent is safe. In every other case the
connection is reset, also if this process is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import time
from collections import Counter
from dataclasses import dataclass

import structlog

from lumber.ingest.listen.counts import Counts
from lumber.ingest.listen.framing import BadFrame, Frame, FrameSplitter
from lumber.ingest.listen.peers import peer_name
from lumber.ingest.listen.segments import Message
from lumber.ingest.listen.sink import SpoolSink
from lumber.ingest.listen.streams import PlainStream, Stream, TlsStream

_log = structlog.stdlib.get_logger(__name__)

_READ_BYTES = 64 * 1024
_HANDSHAKE_SECONDS = 10.0
_CLOSING_SECONDS = 2.0
# What has arrived when a stop begins is still read.
_DRAIN_SECONDS = 0.25
_LINGER = struct.Struct("ii")


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What senders may occupy."""

    message_bytes: int
    connections: int
    connections_per_address: int
    idle_seconds: float
    handshake_seconds: float = _HANDSHAKE_SECONDS


class ConnectionReceiver:
    """Accepts the connections of one listening socket. Several share the counts of `open_by_address`."""

    def __init__(
        self,
        sink: SpoolSink,
        counts: Counts,
        limits: ConnectionLimits,
        open_by_address: Counter[str],
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._sink, self._counts, self._limits = sink, counts, limits
        self._open = open_by_address
        self._context = context
        self._transport = "tls" if context is not None else "tcp"
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._reading: dict[Stream, asyncio.Timeout] = {}
        self._is_stopping = self._is_over = False

    async def start(self, listening: socket.socket) -> None:
        """Accept connections from now on."""
        self._server = await asyncio.start_server(self._serve, sock=listening, limit=_READ_BYTES)

    async def stop(self) -> None:
        """Accept no more connections, read what has arrived on the open ones, and end them."""
        if self._server is not None:
            self._server.close()
        self._is_stopping = True
        if self._tasks:
            await asyncio.sleep(_DRAIN_SECONDS)
        self._is_over = True
        for waiting in self._reading.values():
            waiting.reschedule(asyncio.get_running_loop().time())
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _set_reset_at_close(writer, is_reset=True)
        peer = peer_name(writer.get_extra_info("peername"))
        reason = self._refusal(peer)
        if reason is not None:
            self._counts.refused_connections += 1
            _log.warning("connection_refused", peer=peer, transport=self._transport, reason=reason)
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._open[peer] += 1
        self._counts.connections += 1
        self._tasks.add(task)
        try:
            stream: Stream = PlainStream(reader)
            if self._context is not None:
                stream = TlsStream(reader, writer, self._context)
            async with asyncio.timeout(self._limits.handshake_seconds):
                await stream.begin()
            is_read = await self._read(stream, peer)
            if is_read:
                _set_reset_at_close(writer, is_reset=False)
                await stream.finish()
        except (OSError, ssl.SSLError, TimeoutError) as error:
            reason = str(error) or "it took too long"
            _log.warning("connection_failed", peer=peer, transport=self._transport, reason=reason)
        finally:
            await self._end(writer, task, peer)

    def _refusal(self, peer: str) -> str | None:
        """Return why a connection is not accepted."""
        if self._is_stopping:
            return "the listener is stopping"
        if self._open.total() >= self._limits.connections:
            return "too many connections (LUMBER_LISTEN_CONNECTIONS)"
        if self._open[peer] >= self._limits.connections_per_address:
            return "too many connections from its address (LUMBER_LISTEN_CONNECTIONS_PER_ADDRESS)"
        return None

    async def _read(self, stream: Stream, peer: str) -> bool:
        """Take messages to the end of a connection. Return whether all that was sent is in the spool."""
        splitter = FrameSplitter(self._limits.message_bytes)
        while True:
            try:
                data = await self._next(stream)
            except OSError:
                # The sender is gone. What came before is whole.
                await self._submit(splitter.end(is_cut=True), peer)
                raise
            if not data:
                await self._submit(splitter.end(is_cut=not stream.is_ended), peer)
                return stream.is_ended
            try:
                frames = splitter.feed(data)
            except BadFrame as error:
                await self._submit(error.frames, peer)
                _log.warning("bad_frame", peer=peer, transport=self._transport, reason=str(error))
                return False
            await self._submit(frames, peer)

    async def _next(self, stream: Stream) -> bytes:
        """Return the next bytes; none if there are no more, if the sender is idle, or after a stop."""
        try:
            # After a stop, what the reader already has is still taken.
            async with asyncio.timeout(0 if self._is_over else self._limits.idle_seconds) as waiting:
                self._reading[stream] = waiting
                try:
                    return await stream.read(_READ_BYTES)
                finally:
                    del self._reading[stream]
        except TimeoutError:
            return b""

    async def _submit(self, frames: list[Frame], peer: str) -> None:
        now = time.time_ns() // 1_000
        self._counts.received[self._transport] += len(frames)
        await self._sink.submit([Message(frame.text, peer, now, frame.flaw) for frame in frames])

    async def _end(self, writer: asyncio.StreamWriter, task: asyncio.Task[None], peer: str) -> None:
        try:
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
                async with asyncio.timeout(_CLOSING_SECONDS):
                    await writer.wait_closed()
        finally:
            writer.transport.abort()
            self._open[peer] -= 1
            if not self._open[peer]:
                del self._open[peer]
            self._tasks.discard(task)


def _set_reset_at_close(writer: asyncio.StreamWriter, *, is_reset: bool) -> None:
    """Choose whether the sender sees a reset when the socket is closed, also by the end of this process.

    It must not take that for an orderly end, which acknowledges what it sent.
    """
    sock = writer.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER.pack(int(is_reset), 0))
