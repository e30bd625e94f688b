"""A connection that breaks: a door to a service that closes after some bytes, or changes one."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_CHUNK_BYTES = 4_096


@dataclass
class Door:
    """How the door behaves, and what went through it. Tests change it while it is open."""

    address: str = ""
    # Which requests are disturbed: those whose path contains this.
    path: str = "/files/"
    # What a connection that asks for a file may get, before it breaks; None for everything.
    most_bytes: int | None = None
    # Connections that break; the others get everything.
    cuts: int = 0
    # A connection doesn't break then, but nothing more comes.
    is_stuck: bool = False
    # A byte at this place of the body of a file is changed.
    wrong_at: int | None = None
    requests: list[str] = field(default_factory=list)

    def ranges(self) -> list[str]:
        """Return the ranges that were asked for."""
        lines = [line for request in self.requests for line in request.splitlines()]
        return [line.partition(": ")[2] for line in lines if line.lower().startswith("range:")]


@contextmanager
def door(address: str) -> Iterator[Door]:
    """Yield a door to the service at an address."""
    found = Door()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    port = urlsplit(address).port

    async def open_it() -> asyncio.Server:
        return await asyncio.start_server(lambda r, w: _pass(r, w, found, port or 80), "127.0.0.1", 0)

    try:
        server = asyncio.run_coroutine_threadsafe(open_it(), loop).result()
        found.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield found
    finally:
        asyncio.run_coroutine_threadsafe(_close_all(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.close()


async def _close_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    # A transport that is told to close does so in the next turns of the loop.
    for _ in range(3):
        await asyncio.sleep(0)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, door: Door, port: int) -> None:
    """Pass one request and its answer, and close the connection."""
    with closing(writer), suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        door.requests.append(head)
        there, back = await asyncio.open_connection("127.0.0.1", port)
        lines = [line for line in head.split("\r\n") if not line.lower().startswith(("connection:", "host:"))]
        lines[1:1] = ["Connection: close", f"Host: 127.0.0.1:{port}"]
        back.write("\r\n".join(lines).encode("latin-1"))
        sending = asyncio.create_task(_copy(reader, back))
        try:
            await _answer(there, writer, door, is_file=door.path in lines[0])
        finally:
            sending.cancel()
            back.close()


async def _answer(
    there: asyncio.StreamReader, writer: asyncio.StreamWriter, door: Door, *, is_file: bool
) -> None:
    head = await there.readuntil(b"\r\n\r\n")
    writer.write(head)
    most = door.most_bytes if is_file and door.cuts > 0 else None
    sent = 0
    while chunk := await there.read(_CHUNK_BYTES):
        if most is not None:
            chunk = chunk[: most - sent]
        if is_file and door.wrong_at is not None and sent <= door.wrong_at < sent + len(chunk):
            place = door.wrong_at - sent
            chunk = chunk[:place] + bytes([chunk[place] ^ 1]) + chunk[place + 1 :]
        writer.write(chunk)
        await writer.drain()
        sent += len(chunk)
        if most is not None and sent >= most:
            door.cuts -= 1
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(3_600 if door.is_stuck else 0)
            return


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK_BYTES):
        writer.write(chunk)
        await writer.drain()
