"""The identities of accounts at providers. Each function works in the transaction of its session.

An identity belongs to one account. Only issuer and subject decide whose account it is: names
and e-mail addresses can be chosen by others, and change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, local_actor
from lumber.errors import UserNotFound, UserStateError
from lumber.identity.audited import record_account
from lumber.identity.sessions import end_sessions
from lumber.identity.users import Account, find_account, locked_account
from lumber.store.models import User, UserIdentity
from lumber.store.models.base import utc_now


@dataclass(frozen=True, slots=True)
class Identity:
    """A person at a provider. `provider` is the id that the provider had when the identity was linked."""

    provider: str
    issuer: str
    subject: str
    created_at: datetime
    last_login_at: datetime | None


async def identities_of(session: AsyncSession, user_id: str) -> Sequence[Identity]:
    """Return the identities of one account, by provider."""
    return (await identities_of_all(session, user_id)).get(user_id, ())


async def identities_of_all(
    session: AsyncSession, user_id: str | None = None
) -> Mapping[str, Sequence[Identity]]:
    """Return the identities of all accounts by the id of the account; those without any are left out."""
    statement = sa.select(UserIdentity).order_by(UserIdentity.provider, UserIdentity.subject)
    if user_id is not None:
        statement = statement.where(UserIdentity.user_id == user_id)
    found: dict[str, list[Identity]] = {}
    for row in await session.scalars(statement.execution_options(populate_existing=True)):
        found.setdefault(row.user_id, []).append(_of(row))
    return found


async def owner_of(session: AsyncSession, issuer: str, subject: str) -> str | None:
    """Return the id of the account of an identity, if there is one."""
    statement = sa.select(UserIdentity.user_id).where(
        UserIdentity.issuer == issuer, UserIdentity.subject == subject
    )
    return await session.scalar(statement)


async def link(
    session: AsyncSession, name: str, provider: str, issuer: str, subject: str, *, by: Actor | None = None
) -> tuple[Account, Identity]:
    """Let a person of a provider sign in with an account.

    Raises UserNotFound, and UserStateError for a service account and for an identity that an account has.
    """
    account = await locked_account(session, await find_account(session, name))
    if account.is_service:
        raise UserStateError(f"{account.name!r} is a service account: nobody can sign in with it.")
    owner = await owner_of(session, issuer, subject)
    if owner is not None:
        other = await session.get(User, owner)
        holder = owner if other is None else other.name
        raise UserStateError(f"{subject!r} of the provider {provider!r} is linked to {holder!r} already.")
    row = UserIdentity(
        issuer=issuer, subject=subject, user_id=account.user_id, provider=provider, created_at=utc_now()
    )
    session.add(row)
    await session.flush()
    await _record(session, account, by)
    return account, _of(row)


async def unlink(
    session: AsyncSession, name: str, provider: str, subject: str | None = None, *, by: Actor | None = None
) -> tuple[Account, Sequence[Identity]]:
    """Remove the identities that an account has at a provider, or only that with a subject; end its sessions.

    Raises UserNotFound, and UserStateError if there is none.
    """
    account = await locked_account(session, await find_account(session, name))
    wanted = [
        identity
        for identity in await identities_of(session, account.user_id)
        if identity.provider == provider and subject in (None, identity.subject)
    ]
    if not wanted:
        raise UserStateError(
            f"{account.name!r} has no such identity at the provider {provider!r}. `lumber user show` lists "
            "its identities."
        )
    for identity in wanted:
        await session.execute(
            sa.delete(UserIdentity).where(
                UserIdentity.issuer == identity.issuer, UserIdentity.subject == identity.subject
            )
        )
    await end_sessions(session, account.user_id, by=by or local_actor())
    await _record(session, account, by)
    return account, wanted


async def _record(session: AsyncSession, account: Account, by: Actor | None) -> None:
    row = await session.get(User, account.user_id)
    if row is None:
        raise UserNotFound(f"There is no account {account.name!r}.")
    await record_account(session, by, Action.USER_CHANGED, row, role=row.role, fields=["identities"])


def _of(row: UserIdentity) -> Identity:
    return Identity(row.provider, row.issuer, row.subject, row.created_at, row.last_login_at)
