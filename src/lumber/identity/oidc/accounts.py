"""The account of who signed in through a provider: found by issuer and subject, or made where allowed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actor import Actor, system_actor
from lumber.errors import UserStateError
from lumber.identity.identities import link, owner_of
from lumber.identity.names import name_key, proposed_name
from lumber.identity.oidc.config import Provider
from lumber.identity.oidc.failures import Reason, SignInFailed
from lumber.identity.oidc.person import Person, role_of
from lumber.identity.rights import Role
from lumber.identity.users import (
    Account,
    are_accounts_on,
    create_account,
    find_account_by_id,
    lock_accounts,
    set_role,
)
from lumber.store.models import User, UserIdentity

_MOST_NUMBERED = 100


async def account_of(
    session: AsyncSession, provider: Provider, person: Person, now: datetime, *, address: str | None
) -> Account:
    """Return the account of a person who signed in, with the role that the provider's groups give.

    Raises SignInFailed, and leaves the database unchanged, if the person may not sign in.
    """
    role = role_of(provider.config, person)
    by = system_actor(f"provider {provider.id}").at(address)
    await lock_accounts(session)
    if not await are_accounts_on(session):
        raise SignInFailed(Reason.NO_ACCOUNTS, "there are no accounts yet: create the first admin")
    owner = await owner_of(session, person.issuer, person.subject)
    account = None if owner is None else await find_account_by_id(session, owner)
    if account is None:
        account = await _created(session, provider, person, role or provider.config.default_role, by)
    elif account.is_disabled:
        message = f"the account {account.name!r} is disabled"
        raise SignInFailed(Reason.DISABLED_USER, message, user_id=account.user_id)
    elif role is not None and role is not account.role:
        account = await _with_role(session, account, role, by)
    await session.execute(
        sa.update(UserIdentity)
        .where(UserIdentity.issuer == person.issuer, UserIdentity.subject == person.subject)
        .values(last_login_at=now, provider=provider.id)
    )
    return account


async def _created(
    session: AsyncSession, provider: Provider, person: Person, role: Role | None, by: Actor
) -> Account:
    if not provider.config.create_accounts or role is None:
        raise SignInFailed(Reason.NO_ACCOUNT, f"{person.subject!r} of {provider.id!r} has no account")
    is_known = person.is_email_verified or provider.config.trust_unverified_email
    name = await _free_name(session, person)
    email = person.email if is_known else None
    account = await create_account(session, name, role, email=email, by=by)
    await link(session, account.name, provider.id, person.issuer, person.subject, by=by)
    return account


async def _with_role(session: AsyncSession, account: Account, role: Role, by: Actor) -> Account:
    try:
        return await set_role(session, account.name, role, by=by)
    except UserStateError:
        # The last admin stays one, whatever the provider says: nobody else could manage accounts.
        return account


async def _free_name(session: AsyncSession, person: Person) -> str:
    """Return a name that no account has, after what the provider calls the person."""
    for name in _names(person):
        taken = sa.select(User.id).where(User.name_key == name_key(name))
        if await session.scalar(taken) is None:
            return name
    raise AssertionError("a random name is free")


def _names(person: Person) -> Iterator[str]:
    local_part = (person.email or "").rpartition("@")[0]
    wanted = proposed_name(person.username or "") or proposed_name(local_part) or "user"
    yield wanted
    for number in range(2, _MOST_NUMBERED):
        yield proposed_name(wanted, f"-{number}")
    yield proposed_name(wanted, f"-{secrets.token_hex(8)}")
