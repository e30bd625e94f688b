"""Calls of a provider: bounded in time and size, without redirects and without cookies."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from lumber.identity.oidc.failures import Reason, SignInFailed

_SECONDS = 15.0
_MOST_BYTES = 512 * 1024
_OK = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON object that a provider answered."""

    status: int
    document: Mapping[str, Any]

    @property
    def is_ok(self) -> bool:
        """Whether the call succeeded."""
        return self.status == _OK


class ProviderClient:
    """Asks providers, each time for so many seconds at most. Close it when done."""

    def __init__(self, *, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._client: httpx2.AsyncClient | None = None

    async def get(self, url: str, *, bearer: str | None = None) -> Answer:
        """Return the JSON object at an address. Raises SignInFailed."""
        headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
        return await self._call("GET", url, headers=headers)

    async def post(
        self, url: str, form: Mapping[str, str], *, basic: tuple[str, str] | None = None
    ) -> Answer:
        """Send a form, and return the JSON object that is answered. Raises SignInFailed."""
        auth = None if basic is None else httpx2.BasicAuth(*basic)
        return await self._call("POST", url, data=dict(form), auth=auth)

    async def close(self) -> None:
        """Close all connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _call(self, method: str, url: str, **values: Any) -> Answer:
        try:
            async with asyncio.timeout(self._seconds):
                status, body = await self._body(method, url, **values)
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, OSError) as error:
            message = f"{url} can't be reached: {str(error) or type(error).__name__}"
            raise SignInFailed(Reason.UNREACHABLE, message) from error
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise SignInFailed(Reason.UNREACHABLE, f"{url} answered {status} without a JSON object")
        return Answer(status, document)

    async def _body(self, method: str, url: str, **values: Any) -> tuple[int, bytes]:
        async with self._opened().stream(method, url, **values) as response:
            if response.headers.get("content-encoding", "identity") != "identity":
                raise SignInFailed(Reason.UNREACHABLE, f"{url} answered in an encoding that wasn't asked for")
            body = bytearray()
            async for part in response.aiter_raw():
                body += part
                if len(body) > _MOST_BYTES:
                    raise SignInFailed(Reason.UNREACHABLE, f"{url} answered more than {_MOST_BYTES:,} bytes")
            return response.status_code, bytes(body)

    def _opened(self) -> httpx2.AsyncClient:
        """Return the client. Opened late: loading the certificates of authorities takes time."""
        if self._client is None:
            # A compressed answer could expand to any size.
            headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
            self._client = httpx2.AsyncClient(headers=headers, timeout=self._seconds, follow_redirects=False)
        return self._client
