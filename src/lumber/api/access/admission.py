"""Decides who makes a call, once for each call, before anything of it is read."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import HTTPConnection

from lumber.api.access.cookies import SessionCookies
from lumber.api.access.credentials import BearerKey, Credential, SessionCookie
from lumber.errors import DatabaseError
from lumber.identity.authentication import Authenticator, Reason, Refusal
from lumber.identity.passwords import Passwords
from lumber.identity.rights import Principal
from lumber.identity.sessions import SessionLimits
from lumber.identity.users import are_accounts_on
from lumber.mcp.machine import MACHINE
from lumber.settings import Settings
from lumber.store.batches import Batches
from lumber.store.database import Database

_LOOKS_AT_ONCE = 1_000
_NOBODY = Refusal(
    Reason.NO_CREDENTIAL,
    "This service has accounts. Sign in, or send an API key as `Authorization: Bearer KEY`; `lumber key "
    "create` makes one.",
)


class Admission:
    """Finds out who makes a call. Close it when done.

    Without accounts it is the machine itself, who may do everything. A service with a public URL never takes
    a call for the machine's own, apart from those that a program with the database makes in its own process.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self._database = database
        self.passwords = Passwords.of(settings)
        self.session_limits = SessionLimits.of(settings)
        self.authenticator = Authenticator(database, self.passwords, self.session_limits)
        self.cookies = SessionCookies(settings)
        self._credentials: Sequence[Credential] = (
            BearerKey(self.authenticator),
            SessionCookie(self.authenticator, self.cookies),
        )
        self._are_on = bool(settings.public_url)
        self._were_off = False
        # Calls during a look share the next one.
        self._looks: Batches[None, bool] = Batches(self._look, most_per_batch=_LOOKS_AT_ONCE)

    async def principal_of(self, connection: HTTPConnection) -> Principal | Refusal:
        """Return who makes a call, or why nobody is recognised. Raises DatabaseError."""
        if connection.scope.get(MACHINE) or not await self.are_accounts_on():
            return Principal.local()
        for credential in self._credentials:
            found = await credential.principal(connection)
            if found is not None:
                return found
        return _NOBODY

    async def session_of(self, connection: HTTPConnection) -> Principal | None:
        """Return who is signed in with the browser that makes a call, if anybody. Raises DatabaseError."""
        token = self.cookies.token_of(connection)
        found = None if token is None else await self.authenticator.authenticate_session(token)
        return found if isinstance(found, Principal) else None

    @property
    def knows_accounts(self) -> bool:
        """Say whether an earlier call found that there are accounts."""
        return self._are_on

    async def are_accounts_on(self) -> bool:
        """Say whether calls need an account. Once true, it stays true, so it is then remembered.

        If the database can't be read, the last answer holds: the call finds no data either. Raises
        DatabaseError if there is no answer yet.
        """
        if not self._are_on:
            try:
                found = await self._looks.call(None)
                self._are_on, self._were_off = found, not found
            except DatabaseError:
                if not self._were_off:
                    raise
        return self._are_on

    async def close(self) -> None:
        """Write the last uses of keys, and stop the threads for passwords."""
        await self.authenticator.close()
        self.passwords.close()

    async def _look(self, callers: Sequence[None]) -> Sequence[bool | Exception]:
        async with self._database.connect() as connection:
            return [await are_accounts_on(connection)] * len(callers)
