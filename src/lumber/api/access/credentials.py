"""The ways in which a request says who makes it."""

from __future__ import annotations

from typing import Protocol

from starlette.requests import HTTPConnection

from lumber.api.access.cookies import SessionCookies
from lumber.errors import OriginRefused
from lumber.identity.authentication import Authenticator, Reason, Refusal
from lumber.identity.rights import Principal

_READING = frozenset({"GET", "HEAD"})


class Credential(Protocol):
    """One way. The first that a request uses decides: a refused key isn't made good by something else."""

    async def principal(self, connection: HTTPConnection) -> Principal | Refusal | None:
        """Return who makes the request, or why nobody is recognised; None if it doesn't use this way."""


class BearerKey:
    """An API key in the header: `Authorization: Bearer lmb_...` (RFC 6750)."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator

    async def principal(self, connection: HTTPConnection) -> Principal | Refusal | None:
        """Return the principal of the key. Raises DatabaseError."""
        given = connection.headers.getlist("authorization")
        if not given:
            return None
        scheme, _, key = given[0].partition(" ")
        if len(given) > 1 or scheme.lower() != "bearer":
            return Refusal(
                Reason.MALFORMED_KEY, "Send one header `Authorization: Bearer KEY` with an API key."
            )
        return await self._authenticator.authenticate_key(key.strip())


class SessionCookie:
    """The session of a browser. A request that may change something must come from a page of this service."""

    def __init__(self, authenticator: Authenticator, cookies: SessionCookies) -> None:
        self._authenticator = authenticator
        self._cookies = cookies

    async def principal(self, connection: HTTPConnection) -> Principal | Refusal | None:
        """Return who is signed in. Raises DatabaseError, and OriginRefused if nothing says it is ours."""
        token = self._cookies.token_of(connection)
        if token is None:
            return None
        found = await self._authenticator.authenticate_session(token)
        if isinstance(found, Principal) and not _is_ours(connection):
            raise OriginRefused(
                "A browser that is signed in must say which page sends this, by `Origin` or `Sec-Fetch-Site: "
                "same-origin`. Programs use an API key instead of the cookie."
            )
        return found


def _is_ours(connection: HTTPConnection) -> bool:
    """Say whether a page of this service sends a request. `KnownHosts` has refused other origins before."""
    if connection.scope["method"] in _READING:
        return True
    headers = connection.headers
    return "origin" in headers or headers.get("sec-fetch-site") == "same-origin"
