"""Middleware of every request: request id, error masking, access checks and the limit on body sizes."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import uuid
from collections.abc import Collection
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lumber.api.access.urls import REFUSAL, has_key, hide_keys
from lumber.api.problems import problem_response, unexpected_response
from lumber.api.security_headers import add_missing, security_headers

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]\s]+)(?::(?P<port>[0-9]{1,5}))?")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_PORTS = {"http": 80, "https": 443}
_MAX_BODY_BYTES = 1024 * 1024
_BODY_SECONDS = 120.0
_NAME_LENGTH = 200


class RequestContext:
    """Add a request id to the log and the response, the security headers, and mask unexpected errors.

    A request with an API key in its URL is refused here, because everything else may log the URL. So is one
    of which a proxy may think that it ends elsewhere.
    """

    def __init__(self, app: ASGIApp, *, public_url: str = "") -> None:
        self._app = app
        self._headers = security_headers(public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        is_usable = _REQUEST_ID.fullmatch(given) and not has_key(given)
        request_id = given if is_usable else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        refusal = REFUSAL if hide_keys(scope) else _ambiguity(headers)
        if (task := asyncio.current_task()) is not None:
            task.set_name(f"{scope['method']} {scope['path'][:_NAME_LENGTH]}")  # for the log of a shutdown
        has_started = False

        async def send_with_id(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
                add_missing(message, self._headers)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                app = self._app
                if refusal is not None:
                    app = problem_response(scope, "bad_request", refusal, headers={"Connection": "close"})
                await app(scope, receive, send_with_id)
            except Exception as error:
                # Details of unexpected errors must not reach the client.
                answer = unexpected_response(scope, error)
                if has_started:
                    raise  # The response has started: only a closed connection shows that it is incomplete.
                await answer(scope, receive, send_with_id)


class KnownHosts:
    """Reject other host names, against DNS rebinding, and writes from other origins.

    With a public URL, its host is known, and the loopback only to clients on this machine. Without one, the
    service has the names of the loopback, and the address at which it was reached.
    """

    def __init__(self, app: ASGIApp, *, public_url: str = "") -> None:
        self._app = app
        self._public_url = public_url
        parts = urlsplit(public_url)
        self._public_host = parts.netloc
        self._public_scheme = parts.scheme

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve or reject one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        is_public = self._is_public(host)
        if not is_public and not _is_own_host(host, scope, is_loopback_only=bool(self._public_url)):
            await problem_response(scope, "host_refused", self._host_advice(host))(scope, receive, send)
            return
        own = (self._public_url,) if is_public else (f"http://{host}".lower(), f"https://{host}".lower())
        if scope["method"] not in _SAFE_METHODS and not _is_own_origin(headers, own):
            origin = headers.get("origin", "another site")
            detail = f"Requests from {origin!r} are not allowed: only pages of this service can change data."
            await problem_response(scope, "origin_refused", detail)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_public(self, authority: str) -> bool:
        match = _AUTHORITY.fullmatch(authority)
        if match is None or not self._public_url:
            return False
        host, port = match["host"].rstrip(".").lower(), match["port"]
        is_default = port is None or int(port) == _PORTS[self._public_scheme]
        return (host if is_default else f"{host}:{int(port)}") == self._public_host

    def _host_advice(self, host: str) -> str:
        if self._public_url:
            return (
                f"The host {host!r} is not allowed. Use {self._public_url}. A proxy must pass the header "
                "`Host` on unchanged."
            )
        return (
            f"The host {host!r} is not allowed. Use localhost, 127.0.0.1 or [::1] with the port of the "
            "service, also at your end of a tunnel."
        )


class AnySlash:
    """Serve paths of the API with and without a slash at the end alike.

    `with_slash` are the paths below `prefix` whose routes end with a slash; they are given without it.
    """

    def __init__(self, app: ASGIApp, *, prefix: str, with_slash: Collection[str]) -> None:
        self._app = app
        self._prefix = f"{prefix}/"
        self._with_slash = frozenset(with_slash)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["path"].startswith(self._prefix):
            path = scope["path"].removesuffix("/")
            # In place: the metrics look at the scope afterwards.
            scope["path"] = f"{path}/" if path in self._with_slash else path
        await self._app(scope, receive, send)


class BodyLimit:
    """Reject bodies over 1 MiB, also without Content-Length, and those that take longer than `seconds`.

    Paths that match `unlimited` are exempt.
    """

    def __init__(self, app: ASGIApp, *, unlimited: re.Pattern[str], seconds: float = _BODY_SECONDS) -> None:
        self._app = app
        self._unlimited = unlimited
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve or reject one request."""
        is_free = scope["type"] != "http" or (
            scope["method"] == "PUT" and self._unlimited.fullmatch(scope["path"])
        )
        if is_free:
            await self._app(scope, receive, send)
            return
        refusal = f"The body exceeds the maximum of {_MAX_BODY_BYTES} bytes."
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length) > _MAX_BODY_BYTES:
            await problem_response(scope, "body_too_large", refusal)(scope, receive, send)
            return
        received, is_whole = 0, False
        deadline = asyncio.get_running_loop().time() + self._seconds

        async def receive_some() -> Message:
            nonlocal received, is_whole
            if is_whole:  # what comes then is that the client disconnects
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, f"The body didn't arrive within {self._seconds:g} s.") from None
            is_whole = not message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > _MAX_BODY_BYTES:
                raise HTTPException(413, refusal)
            return message

        await self._app(scope, receive_some, send)


def _ambiguity(headers: Headers) -> str | None:
    """Return what is wrong with a request that has two lengths: what follows one could be another request."""
    if "content-length" in headers and "transfer-encoding" in headers:
        return "The request has Content-Length and Transfer-Encoding. Send only one of them."
    return None


def _is_own_host(authority: str, scope: Scope, *, is_loopback_only: bool) -> bool:
    match = _AUTHORITY.fullmatch(authority)
    server = scope.get("server")
    if match is None or _port(match["port"], scope) != _port((server or (None, None))[1], scope):
        return False
    reached_at = "" if server is None else str(server[0]).lower()
    if is_loopback_only and not _is_loopback(reached_at):
        return False
    host = match["host"].strip("[]").rstrip(".").lower()
    # The local address of the connection. In-process clients without a socket set their own name here.
    return host == reached_at or _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _port(given: str | int | None, scope: Scope) -> int:
    """Return a port; without one it is that of the scheme."""
    return int(given) if given is not None else _PORTS.get(scope.get("scheme", "http"), 80)


def _is_own_origin(headers: Headers, own: Collection[str]) -> bool:
    origin = headers.get("origin")
    if origin is not None:
        return origin.lower() in own
    # Browsers that hide the origin send this header; other clients send neither.
    return headers.get("sec-fetch-site", "none") in ("same-origin", "none")
