"""Sign-ins that were begun and aren't finished: bounded, for ten minutes, and each used once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.identity.oidc.attempt import Attempt
from lumber.identity.oidc.failures import Reason, SignInFailed
from lumber.store.models import PendingLogin

LIFETIME = timedelta(minutes=10)
# Of one address the oldest gives way. Of all addresses no more are begun.
MOST_PER_ADDRESS, MOST = 100, 10_000


@dataclass(frozen=True, slots=True)
class Pending:
    """What was decided when a sign-in was begun."""

    provider: str
    redirect_uri: str
    next_path: str


async def remember(
    session: AsyncSession,
    attempt: Attempt,
    pending: Pending,
    address: str,
    now: datetime,
    *,
    most_per_address: int = MOST_PER_ADDRESS,
    most: int = MOST,
) -> None:
    """Remember a sign-in, and forget those that took too long. Raises SignInFailed if there are too many."""
    await session.execute(sa.delete(PendingLogin).where(PendingLogin.expires_at <= now))
    count = sa.select(sa.func.count()).select_from(PendingLogin)
    if (await session.scalar(count) or 0) >= most:
        raise SignInFailed(Reason.TOO_MANY, f"{most:,} sign-ins are not finished")
    own = sa.select(PendingLogin.state_sha256).where(PendingLogin.address == address)
    newest = own.order_by(PendingLogin.expires_at.desc()).limit(most_per_address - 1)
    oldest = sa.delete(PendingLogin).where(
        PendingLogin.address == address, PendingLogin.state_sha256.not_in(newest.scalar_subquery())
    )
    await session.execute(oldest)
    session.add(
        PendingLogin(
            state_sha256=attempt.state_sha256,
            browser_sha256=attempt.browser_sha256,
            provider=pending.provider,
            redirect_uri=pending.redirect_uri,
            next_path=pending.next_path,
            address=address,
            expires_at=now + LIFETIME,
        )
    )
    await session.flush()


async def take(session: AsyncSession, attempt: Attempt, now: datetime) -> Pending | None:
    """Return a sign-in once, to the browser that began it, while it is not too old."""
    statement = (
        sa.delete(PendingLogin)
        .where(
            PendingLogin.state_sha256 == attempt.state_sha256,
            PendingLogin.browser_sha256 == attempt.browser_sha256,
        )
        .returning(
            PendingLogin.provider, PendingLogin.redirect_uri, PendingLogin.next_path, PendingLogin.expires_at
        )
    )
    found = (await session.execute(statement)).one_or_none()
    if found is None or found.expires_at <= now:
        return None
    return Pending(found.provider, found.redirect_uri, found.next_path)
