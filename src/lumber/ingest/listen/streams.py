"""What is read of a connection: its bytes, or those that TLS protects.

The TLS of asyncio ends a connection by itself as soon as its sender does. Here it ends after what was sent is
safe, so that its end is an acknowledgement.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_READ_BYTES = 64 * 1024


class PlainStream:
    """The bytes of a TCP connection."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    @property
    def is_ended(self) -> bool:
        """Say whether the sender has ended its side, and all of it was read."""
        return self._reader.at_eof()

    async def begin(self) -> None:
        """Do nothing: the connection is there."""

    async def read(self, size: int) -> bytes:
        """Return up to `size` bytes; none at the end."""
        return await self._reader.read(size)

    async def finish(self) -> None:
        """Do nothing: closing the socket tells the sender."""


class TlsStream:
    """The bytes that a sender has sent through TLS."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, context: ssl.SSLContext
    ) -> None:
        self._reader, self._writer = reader, writer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self.is_ended = False

    async def begin(self) -> None:
        """Do the handshake. Raises ssl.SSLError."""
        await self._drive(self._tls.do_handshake)

    async def read(self, size: int) -> bytes:
        """Return up to `size` bytes; none at the end. Only with `is_ended` it was the sender who ended it."""
        try:
            data = await self._drive(lambda: self._tls.read(size))
        except ssl.SSLEOFError:
            return b""  # cut, perhaps not by the sender
        self.is_ended = not data
        return data

    async def finish(self) -> None:
        """Tell the sender that everything was received."""
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
        await self._flush()

    async def _drive(self, call: Callable[[], T]) -> T:
        """Return what `call` returns when it has got the bytes that it wants."""
        while True:
            try:
                result = call()
            except ssl.SSLWantReadError:
                await self._flush()
                if data := await self._reader.read(_READ_BYTES):
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
            except ssl.SSLError:
                await self._flush()  # the alert that says why
                raise
            else:
                await self._flush()
                return result

    async def _flush(self) -> None:
        if data := self._outgoing.read():
            self._writer.write(data)
            await self._writer.drain()


Stream = PlainStream | TlsStream
