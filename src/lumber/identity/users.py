"""Accounts in the database. Each function works in the transaction of its session; the caller commits it.

Each change adds a line to the audit trail in the same transaction, which must take no other lock afterwards.
`by` is who makes the change: without it, the user of the command line.
Accounts are on as soon as there is one. At least one admin who can sign in is always left, so they stay on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from lumber.audit.actions import Action
from lumber.audit.actor import Actor
from lumber.errors import ConfigError, FieldProblem, UserNotFound, UserStateError
from lumber.identity.audited import record_account
from lumber.identity.names import checked_email, checked_name, name_key
from lumber.identity.rights import Principal, Role
from lumber.store.models import ApiKey, User, UserSession
from lumber.store.models.base import utc_now

# Each call of a service without accounts asks this.
_IS_ANY = sa.select(sa.exists(sa.select(User.id)))
# Arbitrary key of the PostgreSQL lock for changes of accounts.
_LOCK = 0x4C554D55


@dataclass(frozen=True, slots=True)
class Account:
    """A person or a service account, without its password's hash."""

    user_id: str
    name: str
    email: str | None
    role: Role
    is_service: bool
    is_disabled: bool
    has_password: bool
    created_at: datetime
    updated_at: datetime
    last_login_at: datetime | None = field(default=None, compare=False)

    @property
    def principal(self) -> Principal:
        """The account as the one who acts, with all rights of its role, whether it is disabled or not."""
        return Principal.of_user(self.user_id, self.name, self.role)


async def are_accounts_on(connection: AsyncSession | AsyncConnection) -> bool:
    """Say whether there are accounts. Once true, it stays true."""
    return bool(await connection.scalar(_IS_ANY))


async def list_accounts(session: AsyncSession) -> Sequence[Account]:
    """Return all accounts by name."""
    return [as_account(row) for row in await session.scalars(sa.select(User).order_by(User.name_key))]


async def find_account(session: AsyncSession, name: str) -> Account:
    """Return the account with this name, in any case. Raises UserNotFound."""
    return as_account(await _row(session, name))


async def find_account_by_id(session: AsyncSession, user_id: str) -> Account | None:
    """Return the account with this id, if there is one."""
    row = await session.get(User, user_id)
    return None if row is None else as_account(row)


async def require_account(session: AsyncSession, user_id: str, *, is_locked: bool = False) -> Account:
    """Return the account with this id. Raises UserNotFound.

    `is_locked` keeps other transactions from changing it until this one ends.
    """
    if is_locked:
        await lock_accounts(session)
    found = await find_account_by_id(session, user_id) if user_id.isprintable() else None
    if found is None:
        raise _missing(user_id)
    return found


async def require_free_name(session: AsyncSession, name: str) -> None:
    """Raise ConfigError if there is an account with this name, in any case."""
    if await session.scalar(sa.select(User.id).where(User.name_key == name_key(name))) is not None:
        raise ConfigError([FieldProblem("name", name, f"there is an account {name!r} already")])


async def create_account(
    session: AsyncSession,
    name: str,
    role: str,
    *,
    email: str | None = None,
    password_hash: str | None = None,
    is_service: bool = False,
    by: Actor | None = None,
) -> Account:
    """Create an account. The first one turns accounts on, and must be a person with the role admin.

    Without a password's hash, nobody can sign in with a password. Raises ConfigError for a name that is taken
    and for values that aren't allowed.
    """
    shown, address, known = checked_name(name), checked_email(email), checked_role(role)
    if is_service and password_hash is not None:
        message = "a service account can't sign in, so it has no password"
        raise ConfigError([FieldProblem("password", None, message)])
    await lock_accounts(session)
    if (known is not Role.ADMIN or is_service) and not await are_accounts_on(session):
        message = "the first account must be a person with the role admin"
        raise ConfigError([FieldProblem("role", role, message, (Role.ADMIN.value,))])
    await require_free_name(session, shown)
    now = utc_now()
    row = User(
        id=str(uuid4()),
        name=shown,
        name_key=name_key(shown),
        email=address,
        role=known.value,
        password_hash=password_hash,
        is_service=int(is_service),
        is_disabled=0,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    await session.flush()
    await record_account(session, by, Action.USER_CREATED, row, role=row.role, is_service_account=is_service)
    return as_account(row)


async def set_disabled(
    session: AsyncSession, name: str, is_disabled: bool, *, by: Actor | None = None
) -> Account:
    """Disable or enable an account. Its keys stop working meanwhile, and its sessions end.

    Raises UserNotFound, and UserStateError for the last admin.
    """
    row = await _locked(session, name)
    if bool(row.is_disabled) is not is_disabled:
        if is_disabled:
            await _require_another_admin(session, row)
        row.is_disabled, row.updated_at = int(is_disabled), utc_now()
        await _end_sessions(session, row)
        action = Action.USER_DISABLED if is_disabled else Action.USER_ENABLED
        await record_account(session, by, action, row)
    return as_account(row)


async def set_email(
    session: AsyncSession, name: str, email: str | None, *, by: Actor | None = None
) -> Account:
    """Give an account another e-mail address, or none. Raises ConfigError and UserNotFound."""
    address = checked_email(email)
    row = await _locked(session, name)
    if row.email != address:
        row.email, row.updated_at = address, utc_now()
        await record_account(session, by, Action.USER_CHANGED, row, role=row.role, fields=["email"])
    return as_account(row)


async def set_role(session: AsyncSession, name: str, role: str, *, by: Actor | None = None) -> Account:
    """Give an account another role. Its keys lose the rights that the role lacks, and its sessions end.

    Raises ConfigError, UserNotFound, and UserStateError for the last admin.
    """
    known = checked_role(role)
    row = await _locked(session, name)
    before = row.role
    if before != known.value:
        await _require_another_admin(session, row)
        row.role, row.updated_at = known.value, utc_now()
        await _end_sessions(session, row)
        await record_account(session, by, Action.ROLE_CHANGED, row, before=before, after=row.role)
    return as_account(row)


async def set_password(
    session: AsyncSession, name: str, password_hash: str, *, by: Actor | None = None
) -> Account:
    """Give an account another password; its sessions end.

    Raises UserNotFound, and UserStateError for a service account.
    """
    row = await _locked(session, name)
    if row.is_service:
        raise UserStateError(f"{row.name!r} is a service account: it can't sign in, so it has no password.")
    row.password_hash, row.updated_at = password_hash, utc_now()
    await _end_sessions(session, row)
    await record_account(session, by, Action.PASSWORD_CHANGED, row)
    return as_account(row)


async def delete_account(session: AsyncSession, name: str, *, by: Actor | None = None) -> tuple[Account, int]:
    """Delete an account with its keys; return it and the number of its keys.

    Raises UserNotFound, and UserStateError for the last admin.
    """
    row = await _locked(session, name)
    await _require_another_admin(session, row)
    deleted = as_account(row)
    count = sa.select(sa.func.count()).select_from(ApiKey).where(ApiKey.user_id == row.id)
    keys = await session.scalar(count) or 0
    await session.execute(sa.delete(ApiKey).where(ApiKey.user_id == row.id))
    await _end_sessions(session, row)
    await session.delete(row)
    await record_account(session, by, Action.USER_DELETED, row, keys=keys)
    return deleted, keys


def checked_role(role: str) -> Role:
    """Return a role by its name. Raises ConfigError."""
    names = tuple(each.value for each in Role)
    if role not in names:
        raise ConfigError([FieldProblem("role", role, f"{role!r} is not a role", names)])
    return Role(role)


async def _require_another_admin(session: AsyncSession, row: User) -> None:
    """Raise UserStateError if the account is the only admin who can sign in."""
    if row.role != Role.ADMIN.value or row.is_service or row.is_disabled:
        return
    others = sa.select(User.id).where(
        User.role == Role.ADMIN.value, User.is_service == 0, User.is_disabled == 0, User.id != row.id
    )
    if await session.scalar(others.limit(1)) is None:
        raise UserStateError(
            f"{row.name!r} is the last admin who can sign in. Make another account an admin first: "
            "`lumber user role NAME admin`."
        )


async def locked_account(session: AsyncSession, account: Account) -> Account:
    """Return an account as it is now, and until this transaction ends. Raises UserNotFound if it is gone."""
    await lock_accounts(session)
    row = await session.get(User, account.user_id, populate_existing=True)
    if row is None:
        raise _missing(account.name)
    return as_account(row)


async def _locked(session: AsyncSession, name: str) -> User:
    """Return an account that no other transaction changes until this one ends. Raises UserNotFound."""
    await lock_accounts(session)
    return await _row(session, name)


async def _row(session: AsyncSession, name: str) -> User:
    # As it is now, also if this session has read it before the lock.
    statement = (
        sa.select(User).where(User.name_key == name_key(name)).execution_options(populate_existing=True)
    )
    row = await session.scalar(statement)
    if row is None:
        raise _missing(name)
    return row


def _missing(name: str) -> UserNotFound:
    return UserNotFound(f"There is no account {name!r}. `lumber user list` shows all accounts.")


async def _end_sessions(session: AsyncSession, row: User) -> None:
    """End all sessions of an account whose rights, or whose owner, may be others now."""
    await session.execute(sa.delete(UserSession).where(UserSession.user_id == row.id))


async def lock_accounts(session: AsyncSession) -> None:
    """Lock out other transactions that change accounts, until this one ends."""
    if session.get_bind().dialect.name == "sqlite":
        await session.execute(sa.update(User).where(sa.false()).values(role=User.role))
    else:
        await session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def as_account(row: User) -> Account:
    """Return an account as it is in the database."""
    return Account(
        user_id=row.id,
        name=row.name,
        email=row.email,
        role=Role(row.role),
        is_service=bool(row.is_service),
        is_disabled=bool(row.is_disabled),
        has_password=row.password_hash is not None,
        created_at=row.created_at,
        updated_at=row.updated_at,
        last_login_at=row.last_login_at,
    )
