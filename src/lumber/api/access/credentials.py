"""The ways in which a request says who makes it."""

from __future__ import annotations

from typing import Protocol

from starlette.requests import HTTPConnection

from lumber.identity.authentication import Authenticator, Reason, Refusal
from lumber.identity.rights import Principal


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
