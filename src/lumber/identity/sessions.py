"""Sessions of browsers in the database. Each function works in the transaction of its session.

The cookie has a token of 256 random bits, of which only the SHA-256 is stored. Each sign-in makes a new
token, so nobody can prepare one for somebody else. All sessions of an account end when its role or its
password changes, and when it is disabled or deleted: see `users`.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, ActorKind
from lumber.audit.append import append
from lumber.audit.line import NewLine
from lumber.errors import AuthenticationFailed, SessionNotFound
from lumber.identity.users import Account, lock_accounts, locked_account
from lumber.settings import Settings
from lumber.store.models import User, UserSession
from lumber.store.models.base import utc_now

PASSWORD = "password"
_TOKEN_BYTES, _ID_BYTES = 32, 8
_LONGEST_USER_AGENT = 300
# A browser that signs in again and again must not fill the database.
_MOST_SESSIONS = 100


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session lasts: at most, and without use."""

    longest: timedelta
    idle: timedelta

    @classmethod
    def of(cls, settings: Settings) -> SessionLimits:
        """Return the limits of the settings."""
        return cls(timedelta(hours=settings.session_hours), timedelta(minutes=settings.session_idle_minutes))


DEFAULT_LIMITS = SessionLimits(timedelta(hours=24), timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Session:
    """A session without its token. `method` is `password`, or the id of a provider."""

    session_id: str
    user_id: str
    method: str
    address: str | None
    user_agent: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


def token_hash(token: str) -> str:
    """Return what is stored of a token. A fast hash is enough for 256 random bits."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


async def open_session(
    session: AsyncSession,
    account: Account,
    limits: SessionLimits,
    *,
    method: str = PASSWORD,
    address: str | None = None,
    user_agent: str | None = None,
    replaces: str | None = None,
    now: datetime | None = None,
) -> tuple[str, Session]:
    """Sign an account in. Return the token for the cookie, which is stored nowhere, and the session.

    `account` is the account as it was when its owner proved who they are. `replaces` is the id of the session
    that the browser had before. The audit trail gets a line. Raises AuthenticationFailed if the account was
    changed since, or may not sign in, and UserNotFound if it is gone.
    """
    current = await locked_account(session, account)
    if current.updated_at != account.updated_at or current.is_disabled or current.is_service:
        raise AuthenticationFailed("The account was changed meanwhile. Sign in again.")
    at = now or utc_now()
    await _clean_up(session, account.user_id, limits, at, replaces)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    row = UserSession(
        id=secrets.token_hex(_ID_BYTES),
        token_sha256=token_hash(token),
        user_id=account.user_id,
        method=method,
        address=address,
        user_agent=_shown(user_agent),
        created_at=at,
        last_used_at=at,
        expires_at=at + limits.longest,
    )
    session.add(row)
    await session.execute(sa.update(User).where(User.id == account.user_id).values(last_login_at=at))
    by = Actor(ActorKind.USER, account.name, account.user_id, None, address)
    details = {"method": method, "session": row.id}
    await append(session, [NewLine(by, Action.LOGIN, ("user", account.user_id), details=details)])
    return token, _of(row)


async def list_sessions(
    session: AsyncSession, user_id: str, limits: SessionLimits, *, now: datetime | None = None
) -> Sequence[Session]:
    """Return the sessions of an account that haven't expired, the last used first."""
    at = now or utc_now()
    wanted = (
        sa.select(UserSession)
        .where(UserSession.user_id == user_id, ~_has_expired(limits, at))
        .order_by(UserSession.last_used_at.desc(), UserSession.id)
    )
    return [_of(row) for row in await session.scalars(wanted)]


async def count_sessions(
    session: AsyncSession, limits: SessionLimits, *, now: datetime | None = None
) -> dict[str, int]:
    """Return the number of sessions that haven't expired, by the id of the account."""
    counted = (
        sa.select(UserSession.user_id, sa.func.count())
        .where(~_has_expired(limits, now or utc_now()))
        .group_by(UserSession.user_id)
    )
    return {user_id: int(count) for user_id, count in await session.execute(counted)}


async def end_session(session: AsyncSession, user_id: str, session_id: str, *, by: Actor) -> None:
    """End one session of an account. Raises SessionNotFound."""
    wanted = (UserSession.user_id == user_id, UserSession.id == session_id)
    if not session_id.isprintable() or not await _end(session, user_id, wanted, by, session_id):
        raise SessionNotFound(f"There is no session {session_id!r}. It may have ended.")


async def end_sessions(session: AsyncSession, user_id: str, *, by: Actor) -> int:
    """End all sessions of an account, and return their number."""
    return await _end(session, user_id, (UserSession.user_id == user_id,), by)


async def _end(
    session: AsyncSession,
    user_id: str,
    wanted: Sequence[sa.ColumnElement[bool]],
    by: Actor,
    session_id: str | None = None,
) -> int:
    # As every change of accounts does it: a sign-in may write to the audit trail before it deletes old sessions.  # noqa: E501
    await lock_accounts(session)
    ended = list(await session.scalars(sa.delete(UserSession).where(*wanted).returning(UserSession.id)))
    if ended:
        details = {"sessions": len(ended), "session": session_id}
        await append(session, [NewLine(by, Action.LOGOUT, ("user", user_id), details=details)])
    return len(ended)


async def _clean_up(
    session: AsyncSession, user_id: str, limits: SessionLimits, at: datetime, replaces: str | None
) -> None:
    """Delete sessions that have expired, the one that is replaced, and the oldest of too many."""
    kept = (
        sa.select(UserSession.id)
        .where(UserSession.user_id == user_id)
        .order_by(UserSession.created_at.desc(), UserSession.id)
        .limit(_MOST_SESSIONS - 1)
    )
    too_many = sa.and_(UserSession.user_id == user_id, UserSession.id.not_in(kept))
    gone = [_has_expired(limits, at), too_many]
    if replaces is not None:
        gone.append(UserSession.id == replaces)
    await session.execute(sa.delete(UserSession).where(sa.or_(*gone)))


def _has_expired(limits: SessionLimits, at: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(UserSession.expires_at <= at, UserSession.last_used_at <= at - limits.idle)


def _shown(user_agent: str | None) -> str | None:
    """Return what a browser says it is, as far as every database stores it."""
    if not user_agent:
        return None
    return "".join(each for each in user_agent[:_LONGEST_USER_AGENT] if each.isprintable())


def _of(row: UserSession) -> Session:
    return Session(
        session_id=row.id,
        user_id=row.user_id,
        method=row.method,
        address=row.address,
        user_agent=row.user_agent,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
    )
