"""On whose behalf a command acts that even the owner of the machine may not use without an account."""

from __future__ import annotations

from lumber.audit.actor import Actor, local_actor
from lumber.errors import AuthenticationFailed
from lumber.identity.audited import actor_of
from lumber.identity.authentication import Authenticator, Refusal
from lumber.identity.passwords import Passwords
from lumber.identity.rights import Principal
from lumber.identity.users import are_accounts_on
from lumber.settings import Settings
from lumber.store.database import Database

_HOW = (
    "This database has accounts, and this command acts for one of them: set LUMBER_API_KEY, or "
    "LUMBER_API_KEY_FILE, to an API key of an account with the scope {0}. `lumber key create` makes one."
)


async def acting_principal(
    database: Database, settings: Settings, key: str | None, *, scope: str
) -> tuple[Principal, Actor]:
    """Return who acts, and as whom the audit trail names them. `key` is the API key, if one is set.

    Without accounts, it is the machine itself. Raises AuthenticationFailed, which names the needed `scope`.
    """
    async with database.connect() as connection:
        if not await are_accounts_on(connection):
            return Principal.local(), local_actor()
    if key is None:
        raise AuthenticationFailed(_HOW.format(scope))
    passwords = Passwords.of(settings)
    authenticator = Authenticator(database, passwords)
    try:
        found = await authenticator.authenticate_key(key)
    finally:
        await authenticator.close()
        passwords.close()
    if isinstance(found, Refusal):
        raise found.error()
    return found, actor_of(found)
