"""Ends calls that take long when whoever made them may no longer do so.

While a stream, a download or an upload runs, a key can be revoked or expire, an account can be disabled or
lose a right, and a share can be taken back. Calls of the same key or session share the look at who it is.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass

import structlog
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from lumber.api.access.admission import Admission
from lumber.api.limits.callers import fingerprint_of
from lumber.errors import AuthenticationFailed, DatabaseError, LumberError
from lumber.identity.authentication import Refusal
from lumber.identity.rights import Principal

# An event stream sends something each ten seconds, so it ends within fifteen.
_SECONDS = 5.0
_MOST_LOOKS = 1_000
_EVENTS = b"text/event-stream"

# Raises what a principal is told who may not make the call.
Check = Callable[[Principal], Awaitable[None]]

_log = structlog.stdlib.get_logger(__name__)


# Set for the rest of a call that was ended on purpose.
_is_ended: ContextVar[bool] = ContextVar("is_ended", default=False)


def tell_ended_calls() -> None:
    """Let the server log an answer as information, not as an error, if it is incomplete on purpose."""
    logging.getLogger("uvicorn.error").addFilter(_as_information)


def _as_information(record: logging.LogRecord) -> bool:
    if _is_ended.get() and record.levelno == logging.ERROR:
        record.levelno, record.levelname = logging.INFO, logging.getLevelName(logging.INFO)
    return True


class AccessEnded(Exception):
    """The answer must not go on. It is no error of Lumber: nobody can be told any more."""


@dataclass(frozen=True, slots=True)
class _Look:
    """Who has a credential, as of a moment."""

    begun: float
    found: asyncio.Future[Principal | Refusal]


class Standings:
    """Says who callers are by now. An answer is at most `seconds` old."""

    def __init__(self, admission: Admission, *, seconds: float = _SECONDS) -> None:
        self.seconds = seconds
        self._admission = admission
        self._looks: dict[bytes, _Look] = {}

    async def principal_of(self, scope: Scope) -> Principal | Refusal:
        """Return who makes a call, with the rights of this moment. Raises DatabaseError."""
        return await asyncio.shield(self._look(scope).found)

    def _look(self, scope: Scope) -> _Look:
        fingerprint, now = fingerprint_of(scope) or b"", time.monotonic()
        known = self._looks.get(fingerprint)
        if known is not None and now < known.begun + self.seconds:
            return known
        if len(self._looks) >= _MOST_LOOKS:
            recent = {key: look for key, look in self._looks.items() if now < look.begun + self.seconds}
            self._looks = recent
        found = asyncio.ensure_future(self._admission.principal_of(HTTPConnection(scope)))
        self._looks[fingerprint] = _Look(now, found)
        return self._looks[fingerprint]


class WatchedCall:
    """Passes the messages of an admitted call, and looks now and then whether it may go on."""

    def __init__(
        self, standings: Standings, check: Check, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._standings = standings
        self._check = check
        self._scope = scope
        self._receive = receive
        self._send = send
        self._due = time.monotonic() + standings.seconds
        self._is_stream = False

    async def receive(self) -> Message:
        """Pass a part of the body. Raises AuthenticationFailed when the caller may send no more."""
        message = await self._receive()
        if message["type"] == "http.request" and message.get("more_body") and not await self._is_good():
            raise AuthenticationFailed("The API key or session stopped working. The rest isn't accepted.")
        return message

    async def send(self, message: Message) -> None:
        """Pass a part of the answer. Raises AccessEnded when the caller may have no more."""
        if message["type"] == "http.response.start":
            self._is_stream = any(
                _EVENTS in value for name, value in message["headers"] if name == b"content-type"
            )
        elif message.get("more_body") and not await self._is_good():
            raise AccessEnded
        await self._send(message)

    async def end(self) -> None:
        """Close an event stream, whose client then asks again and is refused.

        Nothing ends a download: the server closes the connection, which shows that it is incomplete.
        """
        _log.info("access_ended", path=self._scope["path"])
        _is_ended.set(True)
        if self._is_stream:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _is_good(self) -> bool:
        if time.monotonic() < self._due:
            return True
        try:
            found = await self._standings.principal_of(self._scope)
            if isinstance(found, Refusal):
                return False
            await self._check(found)
        except DatabaseError:
            pass  # while it can't be read, nothing changes
        except LumberError:
            return False
        self._due = time.monotonic() + self._standings.seconds
        return True
