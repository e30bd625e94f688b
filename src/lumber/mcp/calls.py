"""Calls of the HTTP API: at a service, or inside this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Protocol

import httpx2

from lumber.remote.connection import Connection
from lumber.remote.problems import error_in

_PREFIX = "/api/v1"
# Previews and comparisons end by themselves, after LUMBER_PREVIEW_SECONDS.
_SECONDS = 600.0


class Calls(Protocol):
    """Calls for one agent. They raise the LumberError that the service names."""

    @property
    def address(self) -> str | None:
        """The address of the service, for links; None without one."""

    async def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """Return the JSON at a path."""

    async def post(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """Return the JSON that answers a body."""


class RemoteCalls:
    """Calls at a service, in threads."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def address(self) -> str | None:
        """The address of the service."""
        return self._connection.server

    async def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """Return the JSON at a path."""
        return await asyncio.to_thread(self._connection.get, path, params)

    async def post(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """Return the JSON that answers a body. With an idempotency key, a call may be repeated."""

        def call() -> Any:
            is_repeatable = bool(headers) or path.endswith("/preview")
            return self._connection.call(
                "POST", path, body=body, headers=headers, is_repeatable=is_repeatable, seconds=_SECONDS
            )[0]

        return await asyncio.to_thread(call)


class InsideCalls:
    """Calls of the API in this process, with the key of whoever asks.

    `base_url` is how the client reached the service, `address` how people do. `client` is its address and
    port, `key` its header `Authorization`. The log has `request_id` for the message of the agent and for the
    calls that it causes.
    """

    def __init__(
        self,
        app: Any,
        *,
        base_url: str = "http://127.0.0.1",
        key: str | None = None,
        request_id: str | None = None,
        client: tuple[str, int] = ("127.0.0.1", 0),
        address: str | None = None,
    ) -> None:
        self._app, self._base_url, self._client = app, base_url, client
        given = {"Authorization": key, "X-Request-ID": request_id}
        self._headers = {name: value for name, value in given.items() if value is not None}
        self._address = address

    @property
    def address(self) -> str | None:
        """The address of the service; None if this process is none."""
        return self._address

    async def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """Return the JSON at a path."""
        return await self._call("GET", path, params=params)

    async def post(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """Return the JSON that answers a body."""
        return await self._call("POST", path, json=body, headers=headers)

    async def _call(self, method: str, path: str, **request: Any) -> Any:
        transport = httpx2.ASGITransport(self._app, client=self._client)
        given = {name: value for name, value in request.items() if value is not None}
        async with httpx2.AsyncClient(
            transport=transport,
            base_url=f"{self._base_url}{_PREFIX}",
            headers=self._headers,
            timeout=_SECONDS,
            trust_env=False,
        ) as http:
            answer = await http.request(method, path, **given)
        if answer.status_code >= 300:
            media_type = answer.headers.get("Content-Type", "")
            has_key = "Authorization" in self._headers
            raise error_in(self._base_url, answer.status_code, media_type, answer.content, has_key=has_key)
        return json.loads(answer.content) if answer.content else None
