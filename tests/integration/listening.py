"""Runs a listener in the event loop of a test, on free ports of this machine."""

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from lumber.ingest.follow.pace import Pace
from lumber.ingest.listen.connections import ConnectionLimits
from lumber.ingest.listen.endpoints import Endpoint
from lumber.ingest.listen.listener import Listener
from lumber.ingest.listen.spool import Spool
from lumber.ingest.loader import Loader
from lumber.ingest.options import IngestOptions
from lumber.ingest.patient_loader import PatientLoader
from lumber.store.bulk import BulkConnection
from lumber.store.url import DatabaseUrl
from tests.integration.processes import PATIENCE_SECONDS

LIMITS = ConnectionLimits(4_096, 20, 10, 60.0, handshake_seconds=60.0)
QUICK = Pace(batch_lines=1, batch_seconds=0, poll_seconds=0.002)


def deliver(address: tuple[str, int], pieces: list[bytes], context: ssl.SSLContext | None = None) -> None:
    """Send bytes over one connection, and wait for its acknowledgement: its end, in order.

    Raises OSError if there is none.
    """
    with socket.create_connection(address, timeout=PATIENCE_SECONDS) as plain:
        if context is None:
            for piece in pieces:
                plain.sendall(piece)
            plain.shutdown(socket.SHUT_WR)
            assert plain.recv(1) == b""
            return
        with context.wrap_socket(plain, server_hostname="localhost") as sender:
            for piece in pieces:
                sender.sendall(piece)
            # Python's `unwrap` does not always wait for the other side.
            assert sender.unwrap().recv(1) == b""


@dataclass
class Running:
    """A listener that runs, and where its sockets are: `udp`, `tcp` and `tls`."""

    listener: Listener
    ports: dict[str, int]

    @property
    def counts(self):
        return self.listener.counts

    async def send(self, data: bytes | Iterable[bytes], context: ssl.SSLContext | None = None) -> None:
        """Send bytes over one connection, and wait until the listener ends its side in order.

        Raises OSError if it does not.
        """
        pieces = [data] if isinstance(data, bytes) else list(data)
        port = self.ports["tls" if context else "tcp"]
        await asyncio.to_thread(deliver, ("127.0.0.1", port), pieces, context)

    def datagram(self, *messages: bytes) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for message in messages:
                sender.sendto(message, ("127.0.0.1", self.ports["udp"]))

    async def until(self, condition, seconds: float = 60) -> None:
        """Wait until a condition holds."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"{self.counts}"
            await asyncio.sleep(0.002)


@asynccontextmanager
async def listening(
    url: str,
    folder: Path,
    *transports: str,
    limits: ConnectionLimits = LIMITS,
    pace: Pace = QUICK,
    max_spool_bytes: int = 1024**3,
    context: ssl.SSLContext | None = None,
    connect=None,
    **options: object,
) -> AsyncIterator[Running]:
    """Run a listener while the block runs. At its end, everything that was received is loaded."""
    stop, chosen = Event(), IngestOptions(kind="logs", **options)
    spool = Spool(folder / "spool")
    spool.open()
    loader = PatientLoader(
        connect or (lambda: BulkConnection(DatabaseUrl.parse(url))),
        lambda connection: Loader(connection, chosen, folder, lambda _report: None),
        stop,
        lambda _text: None,
    )
    listener = Listener(spool, loader, stop, limits, pace, max_spool_bytes, context)
    bound = [(name, Endpoint.parse(name, "0").bound()) for name in transports]
    ports = {name: sock.getsockname()[1] for name, sock in bound}
    ready = asyncio.Event()
    task = asyncio.create_task(listener.run(bound, ready.set, 30.0))
    try:
        await asyncio.wait({task, asyncio.create_task(ready.wait())}, return_when=asyncio.FIRST_COMPLETED)
        yield Running(listener, ports)
    finally:
        listener.stop()
        await task
        spool.close()
        for _, sock in bound:
            sock.close()
