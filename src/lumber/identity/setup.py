"""One-time tokens with which somebody makes the first admin. Functions work in the session's transaction.

`lumber serve` prints a token while there are no accounts. Only its SHA-256 is in the database, where all
processes of a service find it.
"""

from __future__ import annotations

import hmac
import secrets

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actor import Actor
from lumber.errors import NotPermitted, UserStateError
from lumber.identity.rights import Role
from lumber.identity.sessions import token_hash
from lumber.identity.users import Account, are_accounts_on, create_account, lock_accounts
from lumber.store.models import SetupToken
from lumber.store.models.base import utc_now

_TOKEN_BYTES = 32
# Each start of the service prints one.
_MOST_TOKENS = 10
_ACCOUNTS_EXIST = "There are accounts already. Sign in, or let an admin create an account for you."


async def new_setup_token(session: AsyncSession) -> str | None:
    """Return a new token; None if there are accounts. Only the newest ten tokens stay valid."""
    await lock_accounts(session)
    if await are_accounts_on(session):
        return None
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session.add(SetupToken(token_sha256=token_hash(token), created_at=utc_now()))
    await session.flush()
    newest = sa.select(SetupToken.token_sha256).order_by(SetupToken.created_at.desc()).limit(_MOST_TOKENS)
    await session.execute(sa.delete(SetupToken).where(SetupToken.token_sha256.not_in(newest)))
    return token


async def is_setup_open(session: AsyncSession) -> bool:
    """Say whether a token would make the first admin."""
    if await are_accounts_on(session):
        return False
    return bool(await session.scalar(sa.select(sa.exists(sa.select(SetupToken.token_sha256)))))


async def require_setup_token(session: AsyncSession, token: str) -> None:
    """Raise UserStateError if there are accounts, and NotPermitted if the token isn't valid."""
    if await are_accounts_on(session):
        raise UserStateError(_ACCOUNTS_EXIST)
    given = token_hash(token)
    known = list(await session.scalars(sa.select(SetupToken.token_sha256)))
    # All are compared, each in a time that doesn't depend on where they differ.
    if sum(hmac.compare_digest(given, each) for each in known) == 0:
        raise NotPermitted(
            "The token is wrong or was replaced. Open the address that `lumber serve` printed last, or start "
            "it again."
        )


async def create_first_admin(
    session: AsyncSession,
    token: str,
    name: str,
    *,
    email: str | None,
    password_hash: str,
    by: Actor,
) -> Account:
    """Create the first account, an admin, with a token, and end all tokens.

    Raises UserStateError if there are accounts, NotPermitted for a wrong token, and ConfigError.
    """
    await lock_accounts(session)
    await require_setup_token(session, token)
    await session.execute(sa.delete(SetupToken))
    return await create_account(session, name, Role.ADMIN, email=email, password_hash=password_hash, by=by)
