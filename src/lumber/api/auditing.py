"""The audit trail of calls: who makes them, and the two lines of every download."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any

import structlog
from fastapi import Depends, Response
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from lumber.api.file_response import ByteStream, OpenFileResponse
from lumber.api.metering import Meter
from lumber.api.service import Service
from lumber.audit.actor import Actor
from lumber.audit.download import Download
from lumber.audit.line import NewLine
from lumber.errors import LumberError
from lumber.identity.audited import actor_of
from lumber.identity.rights import Principal
from lumber.store.shielded import shielded

_FIRST_BYTE = re.compile(r"bytes ([0-9]+)-")
_EMPTY = frozenset({304, 416})

_log = structlog.stdlib.get_logger(__name__)


async def get_actor(connection: HTTPConnection) -> Actor:
    """Return who makes an admitted call, with the address of the client."""
    principal: Principal = connection.state.principal
    return actor_of(principal).at(address_of(connection))


def address_of(connection: HTTPConnection) -> str | None:
    """Return the address of the client, as trusted proxies say it."""
    return None if connection.client is None else connection.client.host


def local_at(connection: HTTPConnection) -> Actor:
    """Return the machine itself as the actor of a call."""
    return actor_of(Principal.local()).at(address_of(connection))


ActorDep = Annotated[Actor, Depends(get_actor)]


async def record_done(service: Service, *lines: NewLine) -> None:
    """Record what can't be taken back. An error is logged only; a cancelled call still records it."""
    try:
        await shielded(service.record(*lines))
    except LumberError as error:
        _log.error("audit_failed", actions=[line.action for line in lines], error=str(error))


async def audited(service: Service, download: Download, response: Response) -> Response:
    """Record that a download begins, and return the response, which records how it ends.

    Raises AuditFailed if it can't be recorded, and QuotaExceeded: then nothing is sent. Responses without
    content get no line.
    """
    if response.status_code in _EMPTY:
        return response
    try:
        meter = await Meter.begin(service, download)
        try:
            (started,) = await service.record(download.started())
        except BaseException:
            await meter.end(0)
            raise
    except BaseException:
        if isinstance(response, ByteStream | OpenFileResponse):
            response.release()
        raise
    return _AuditedResponse(service, download, started.seq, response, meter)


class _AuditedResponse(Response):
    """Sends another response, and counts and hashes what is sent."""

    def __init__(
        self, service: Service, download: Download, started_seq: int, inner: Response, meter: Meter
    ) -> None:
        self._service = service
        self._meter = meter
        self._download = download
        self._started_seq = started_seq
        self._inner = inner
        self.status_code = inner.status_code
        self.raw_headers = inner.raw_headers
        self.background = inner.background

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response and record how much of it was sent."""
        sent = _Sent(receive, send, is_hashed=self._download.sha256 is None)
        try:
            await self._inner(_without_shortcuts(scope), sent.receive, sent.send)
        finally:
            line = self._download.ended(
                self._started_seq,
                sent.count,
                is_complete=sent.is_complete,
                first_byte=sent.first_byte,
                sha256=sent.sha256,
            )
            await record_done(self._service, line)
            await self._meter.end(sent.count)


class _Sent:
    """What passed on its way to the client, until it disconnected."""

    def __init__(self, receive: Receive, send: Send, *, is_hashed: bool) -> None:
        self._receive = receive
        self._send = send
        self._hash = hashlib.sha256() if is_hashed else None
        self._is_gone = False
        self.count = 0
        self.first_byte: int | None = None
        self.is_complete = False

    @property
    def sha256(self) -> str | None:
        """The hash of what was sent, if it was asked for."""
        return None if self._hash is None else self._hash.hexdigest()

    async def receive(self) -> Message:
        """Pass what the client sends, and note when it has gone away."""
        message = await self._receive()
        self._is_gone |= message["type"] == "http.disconnect"
        return message

    async def send(self, message: Message) -> None:
        """Pass what is sent. The server accepts it also for a client that is gone, and drops it."""
        await self._send(message)
        if message["type"] == "http.response.start":
            self.first_byte = _first_byte(message)
        elif message["type"] == "http.response.body" and not self._is_gone:
            body = message.get("body", b"")
            self.count += len(body)
            if self._hash is not None:
                self._hash.update(body)
            self.is_complete = not message.get("more_body", False)


def _first_byte(start: Message) -> int | None:
    """Return the place of the first byte in the file, of an answer with a part of it."""
    ranges = [value for name, value in start["headers"] if name.lower() == b"content-range"]
    match = _FIRST_BYTE.match(ranges[0].decode("latin-1")) if ranges else None
    return None if match is None else int(match[1])


def _without_shortcuts(scope: Scope) -> dict[str, Any]:
    """Return a scope in which a server isn't asked to send a file by its path, past the counting."""
    extensions = {
        name: value for name, value in scope.get("extensions", {}).items() if name != "http.response.pathsend"
    }
    return {**scope, "extensions": extensions}
