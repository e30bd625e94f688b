"""PostgreSQL through TLS only: the embedded server knows none, so a door stands before it."""

import asyncio
import shutil
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Made with openssl for these tests, for the name `localhost`, and good for a hundred years.
FILES = Path(__file__).with_name("tls_files")
_SSL_REQUEST = bytes.fromhex("00000008 04d2162f")
_GSS_REQUEST = bytes.fromhex("00000008 04d21630")


def certificates(folder: Path) -> Path:
    """Copy the certificates and keys to a folder; a key that others may read is refused by libpq."""
    target = folder / "tls"
    shutil.copytree(FILES, target)
    for key in target.glob("*.key"):
        key.chmod(0o600)
    return target


@contextmanager
def encrypting(port: int, files: Path) -> Iterator[int]:
    """Yield a port that leads to the server at `port`, for clients that show a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files / "server.crt", files / "server.key")
    context.load_verify_locations(files / "ca.crt")
    context.verify_mode = ssl.CERT_REQUIRED

    async def open_door() -> asyncio.Server:
        return await asyncio.start_server(lambda r, w: _pass_through(r, w, context, port), "127.0.0.1", 0)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        server = asyncio.run_coroutine_threadsafe(open_door(), loop).result()
        yield server.sockets[0].getsockname()[1]
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


async def _pass_through(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, context: ssl.SSLContext, port: int
) -> None:
    # What a client that gives up leaves behind.
    with suppress(OSError, ssl.SSLError, asyncio.IncompleteReadError):
        try:
            while (first := await reader.readexactly(8)) == _GSS_REQUEST:
                writer.write(b"N")
            if first == _SSL_REQUEST:
                writer.write(b"S")
                await writer.drain()
                await writer.start_tls(context)
                await _join(reader, writer, port)
        finally:
            writer.close()


async def _join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))
    finally:
        inner_writer.close()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(1 << 16):
        target.write(data)
        await target.drain()
    target.close()
