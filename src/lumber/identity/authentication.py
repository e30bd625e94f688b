"""Finds out who somebody is, by an API key, by a session of a browser or by a password."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from lumber.errors import AuthenticationFailed, DatabaseLocked
from lumber.identity.api_keys import KeyState, key_state
from lumber.identity.keys import read_key
from lumber.identity.last_uses import LastUses
from lumber.identity.names import name_key
from lumber.identity.passwords import Passwords
from lumber.identity.rights import Principal
from lumber.identity.sessions import DEFAULT_LIMITS, SessionLimits, token_hash
from lumber.identity.users import Account, as_account
from lumber.store.database import Database
from lumber.store.models import ApiKey, User, UserSession
from lumber.store.models.base import utc_now

_log = logging.getLogger(__name__)

# Each request with a key asks this: columns on a plain connection take half the time of models in a session.
_KEY_AND_OWNER = (
    sa.select(
        ApiKey.key_sha256,
        ApiKey.scopes,
        ApiKey.kinds,
        ApiKey.expires_at,
        ApiKey.last_used_at,
        ApiKey.revoked_at,
        ApiKey.user_id,
        User.name.label("user_name"),
        User.role,
        User.is_disabled,
    )
    .join(User, User.id == ApiKey.user_id)
    .where(ApiKey.id == sa.bindparam("key_id"))
)

_SESSION_AND_OWNER = (
    sa.select(
        UserSession.id.label("session_id"),
        UserSession.last_used_at,
        UserSession.expires_at,
        UserSession.user_id,
        User.name.label("user_name"),
        User.role,
        User.is_disabled,
    )
    .join(User, User.id == UserSession.user_id)
    .where(UserSession.token_sha256 == sa.bindparam("token_sha256"))
)


class Reason(StrEnum):
    """Why somebody was refused. A code for the audit trail; clients get `Refusal.message`."""

    NO_CREDENTIAL = "no_credential"
    MALFORMED_KEY = "malformed_key"
    UNKNOWN_KEY = "unknown_key"
    WRONG_SECRET = "wrong_secret"
    REVOKED_KEY = "revoked_key"
    EXPIRED_KEY = "expired_key"
    UNKNOWN_SESSION = "unknown_session"
    EXPIRED_SESSION = "expired_session"
    UNKNOWN_USER = "unknown_user"
    WRONG_PASSWORD = "wrong_password"
    NO_PASSWORD = "no_password"
    DISABLED_USER = "disabled_user"


_OF_STATE = {
    KeyState.REVOKED: (Reason.REVOKED_KEY, "The API key was revoked."),
    KeyState.EXPIRED: (Reason.EXPIRED_KEY, "The API key has expired."),
    KeyState.OWNER_DISABLED: (Reason.DISABLED_USER, "The account of the API key is disabled."),
}
_NO_KEY = "This is not a valid API key."
_NO_PASSWORD = "The name or the password is wrong."
_NO_SESSION = "You are signed out: the session has ended. Sign in again."


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nobody was recognised. `message` may be shown to the client.

    It says more only to who has the whole key, and never whether there is an account. `user_id` and `key_id`
    are those that were found.
    """

    reason: Reason
    message: str
    user_id: str | None = None
    key_id: str | None = None

    def error(self) -> AuthenticationFailed:
        """Return the refusal as an error."""
        return AuthenticationFailed(self.message)


class Authenticator:
    """Checks keys, sessions and passwords against the database. Close it when done."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        limits: SessionLimits = DEFAULT_LIMITS,
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._limits = limits
        self._now = now
        self._last_uses = LastUses(database, ApiKey)
        self._last_visits = LastUses(database, UserSession)

    async def authenticate_key(self, text: str) -> Principal | Refusal:
        """Return who acts with an API key, with the rights of this moment.

        A text that can't be a key is refused without a look into the database. Raises DatabaseError.
        """
        given = read_key(text)
        if given is None:
            return Refusal(Reason.MALFORMED_KEY, _NO_KEY)
        async with self._database.connect() as connection:
            key = (await connection.execute(_KEY_AND_OWNER, {"key_id": given.key_id})).one_or_none()
        if key is None:
            return Refusal(Reason.UNKNOWN_KEY, _NO_KEY, None, given.key_id)
        if not given.matches(key.key_sha256):
            return Refusal(Reason.WRONG_SECRET, _NO_KEY, key.user_id, given.key_id)
        now = self._now()
        state = key_state(key.revoked_at, key.expires_at, bool(key.is_disabled), now)
        if state is not KeyState.ACTIVE:
            return Refusal(*_OF_STATE[state], key.user_id, given.key_id)
        self._last_uses.note(given.key_id, key.last_used_at, now)
        owner = Principal.of_user(key.user_id, key.user_name, key.role)
        return owner.with_key(given.key_id, key.scopes, key.kinds)

    async def authenticate_session(self, token: str) -> Principal | Refusal:
        """Return who is signed in with the token of a session. Raises DatabaseError."""
        async with self._database.connect() as connection:
            given = {"token_sha256": token_hash(token)}
            found = (await connection.execute(_SESSION_AND_OWNER, given)).one_or_none()
        if found is None:
            return Refusal(Reason.UNKNOWN_SESSION, _NO_SESSION)
        now = self._now()
        if now >= found.expires_at or now >= found.last_used_at + self._limits.idle:
            return Refusal(Reason.EXPIRED_SESSION, _NO_SESSION, found.user_id)
        if found.is_disabled:
            return Refusal(Reason.DISABLED_USER, _NO_SESSION, found.user_id)
        self._last_visits.note(found.session_id, found.last_used_at, now)
        owner = Principal.of_user(found.user_id, found.user_name, found.role)
        return owner.with_session(found.session_id)

    async def authenticate_password(self, name: str, password: str) -> Account | Refusal:
        """Return the account with this name and password.

        An unknown account takes as long as a wrong password, and the message is the same. A hash that is
        weaker than the settings ask for is renewed. Raises TooManyLogins and DatabaseError.
        """
        async with self._database.session() as session:
            user = await session.scalar(sa.select(User).where(User.name_key == name_key(name)))
        stored = None if user is None or user.is_service else user.password_hash
        verdict = await self._passwords.check(password, stored)
        if user is None:
            return Refusal(Reason.UNKNOWN_USER, _NO_PASSWORD)
        if not verdict.is_right:
            reason = Reason.NO_PASSWORD if stored is None else Reason.WRONG_PASSWORD
            return Refusal(reason, _NO_PASSWORD, user.id)
        if user.is_disabled:
            return Refusal(Reason.DISABLED_USER, _NO_PASSWORD, user.id)
        if verdict.rehashed is not None:
            await self._renew(user.id, user.password_hash, verdict.rehashed)
        return as_account(user)

    async def close(self) -> None:
        """Write what is still to be written. The database and the passwords stay open."""
        await self._last_uses.close()
        await self._last_visits.close()

    async def _renew(self, user_id: str, before: str | None, after: str) -> None:
        """Replace a hash, unless the password was changed meanwhile."""
        statement = sa.update(User).where(User.id == user_id, User.password_hash == before)
        try:
            async with self._database.session() as session:
                await session.execute(statement.values(password_hash=after))
        except DatabaseLocked as error:
            _log.warning("the hash of a password was not renewed: %s", error)  # the next login tries again
