"""Receives syslog over UDP (RFC 5426): a datagram is a message."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
import time

from lumber.ingest.listen.counts import Counts
from lumber.ingest.listen.peers import peer_name
from lumber.ingest.listen.segments import Message
from lumber.ingest.listen.sink import SpoolSink

_DATAGRAM_BYTES = 65_535
_RECEIVE_BUFFER_BYTES = 8 * 1024 * 1024
# Datagrams that are read before other work has a turn.
_AT_ONCE = 256
# Not in the socket module: Linux tells with each datagram how many it has dropped so far.
_RXQ_OVFL = 40
_COUNTER = struct.Struct("=I")


class DatagramReceiver:
    """Reads one socket as long as it is open."""

    def __init__(self, sock: socket.socket, sink: SpoolSink, counts: Counts) -> None:
        self._socket, self._sink, self._counts = sock, sink, counts
        self._kernel_dropped = 0
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        if sys.platform == "linux":
            sock.setsockopt(socket.SOL_SOCKET, _RXQ_OVFL, 1)

    def start(self) -> None:
        """Receive from now on."""
        asyncio.get_running_loop().add_reader(self._socket, self._receive)

    def stop(self) -> None:
        """Take what has arrived, and close the socket."""
        asyncio.get_running_loop().remove_reader(self._socket)
        while self._receive():
            pass
        self._socket.close()

    def _receive(self) -> bool:
        """Read some datagrams. Return whether there may be more."""
        for _ in range(_AT_ONCE):
            try:
                text, ancillary, _, address = self._socket.recvmsg(_DATAGRAM_BYTES, socket.CMSG_SPACE(4))
            except BlockingIOError:
                return False
            except OSError:
                continue  # an answer to nothing that was sent from here
            for level, kind, data in ancillary:
                if level == socket.SOL_SOCKET and kind == _RXQ_OVFL:
                    self._count_dropped(_COUNTER.unpack(data[:4])[0])
            self._counts.received["udp"] += 1
            if text := text.rstrip(b"\r\n\x00"):
                message = Message(text, peer_name(address), time.time_ns() // 1_000)
                self._counts.dropped += not self._sink.offer(message)
        return True

    def _count_dropped(self, total: int) -> None:
        self._counts.kernel_dropped += (total - self._kernel_dropped) % 2**32
        self._kernel_dropped = total
