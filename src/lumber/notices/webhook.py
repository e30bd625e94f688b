"""Sends a message to a webhook: to the address that was checked, bounded in time and size."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from lumber.notices.addresses import Address, Network, is_in, is_public, parsed
from lumber.notices.answer import Answer, reason_of
from lumber.notices.document import url_problem
from lumber.version import __version__

if TYPE_CHECKING:
    import httpx2

Resolver = Callable[[str, int], Sequence[str]]

_PORTS = {"http": 80, "https": 443}
_MOST_REDIRECTS = 3
_CONNECT_SECONDS = 5.0
# Whoever answers one of these wants the same message at another address.
_REDIRECTS = frozenset({301, 302, 307, 308})
_MOST_BODY_BYTES = 16 * 1024
_GONE, _TOO_MANY, _UNAVAILABLE = 410, 429, 503
_LONGEST_WAIT_SECONDS = 6 * 3_600


class _Refused(Exception):
    """The address may not be used."""


class Webhooks:
    """Sends messages, each for so many seconds at most.

    `allowed` networks may be inside this machine or its network. `resolve` is called once for each address of
    an attempt, in a thread of `threads`.
    """

    def __init__(
        self, allowed: Sequence[Network], seconds: float, resolve: Resolver, threads: Executor
    ) -> None:
        self._allowed = allowed
        self._seconds = seconds
        self._resolve = resolve
        self._threads = threads
        self._tls: ssl.SSLContext | None = None

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a message, and follow up to three redirects, each checked like the first address.

        Errors never have the path of the address, nor anything of the answer.
        """
        import httpx2

        host = urlsplit(url).hostname
        try:
            async with asyncio.timeout(self._seconds):
                return await self._follow(url, headers, body)
        except _Refused as error:
            return Answer(str(error))
        except TimeoutError:
            return Answer(f"{host} didn't answer within {self._seconds:g} s")
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError) as error:
            return Answer(f"{host} can't be reached: {reason_of(error)}")

    async def _follow(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        status = 0
        for _ in range(_MOST_REDIRECTS + 1):
            status, location, wait_seconds = await self._post(url, headers, body)
            if status not in _REDIRECTS or location is None:
                return _answer(status, wait_seconds)
            url = urljoin(url, location)
            if url_problem(url) is not None:
                return Answer("the receiver redirects to an address that isn't one of the web", status)
        return Answer(f"the receiver redirects more than {_MOST_REDIRECTS} times", status)

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str | None, float]:
        """Send one request. Return its status, where it redirects to, and how long to wait."""
        import httpx2

        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        for number, address in enumerate(addresses := await self._checked(parts.scheme, host, port)):
            try:
                return await self._request(url, address, headers, body)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                if number == len(addresses) - 1:
                    raise
        raise AssertionError("there is at least one address")

    async def _checked(self, scheme: str, host: str, port: int) -> Sequence[Address]:
        """Return the addresses of a host that may be used. Raises _Refused and OSError."""
        loop = asyncio.get_running_loop()
        texts = await loop.run_in_executor(self._threads, self._resolve, host, port)
        found = [parsed(text) for text in texts]
        inside = [address for address in found if is_in(address, self._allowed)]
        if scheme == "http":
            if not inside:
                raise _Refused(
                    f"{host} must be called by https: http is for LUMBER_NOTICE_ALLOWED_NETWORKS only"
                )
            return inside
        usable = [address for address in found if address in inside or is_public(address)]
        if not usable:
            # Which address it is stays untold: the name may be one of the network behind this machine.
            raise _Refused(
                f"{host} is inside this machine or its network. An operator can allow it with "
                "LUMBER_NOTICE_ALLOWED_NETWORKS"
            )
        return usable

    async def _request(
        self, url: str, address: Address, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, str | None, float]:
        """Send a request to this address and no other. The certificate is checked for the host's name."""
        import httpx2

        parts = urlsplit(url)
        target = httpx2.URL(url).copy_with(host=str(address))
        sent = {
            **headers,
            "Host": parts.netloc,
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": f"Lumber/{__version__}",
        }
        # Another address of the host may answer.
        patience = httpx2.Timeout(self._seconds, connect=min(_CONNECT_SECONDS, self._seconds))
        # A client of its own: a kept connection to this address may be to another host.
        transport = httpx2.AsyncHTTPTransport(verify=self._trusted(), trust_env=False)
        async with (
            httpx2.AsyncClient(
                transport=transport, trust_env=False, timeout=patience, follow_redirects=False
            ) as client,
            client.stream(
                "POST",
                target,
                headers=sent,
                content=body,
                extensions={"sni_hostname": parts.hostname or ""},
            ) as response,
        ):
            await _skim(response)
            location = response.headers.get("location")
            return response.status_code, location, _wait_seconds(response.headers.get("retry-after"))

    def _trusted(self) -> ssl.SSLContext:
        """Return what to trust. Made once and late: loading the certificates of authorities takes time."""
        if self._tls is None:
            import httpx2

            self._tls = httpx2.create_ssl_context()
        return self._tls


async def _skim(response: httpx2.Response) -> None:
    """Read the beginning of an answer, so that a polite server sees no broken connection."""
    count = 0
    async for part in response.aiter_raw():
        count += len(part)
        if count > _MOST_BODY_BYTES:
            return


def _answer(status: int, wait_seconds: float) -> Answer:
    if 200 <= status < 300:
        return Answer(None, status)
    if status == _GONE:
        return Answer("the receiver answered 410: it takes no more messages", status, is_final=True)
    waits = wait_seconds if status in (_TOO_MANY, _UNAVAILABLE) else 0.0
    return Answer(f"the receiver answered {status}", status, wait_seconds=waits)


def _wait_seconds(text: str | None) -> float:
    """Return how long a receiver wants to be left alone, if it says so in seconds."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 9:
        return 0.0
    return float(min(int(text), _LONGEST_WAIT_SECONDS))
