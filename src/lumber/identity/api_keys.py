"""API keys in the database. Each function works in the transaction of its session; the caller commits it.

Each change adds a line to the audit trail in the same transaction. `by` is who makes the change: without it,
the user of the command line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actions import Action
from lumber.audit.actor import Actor
from lumber.errors import ConfigError, FieldProblem, KeyNotFound, UserStateError
from lumber.identity.audited import record_key
from lumber.identity.keys import KeyText, is_key_id, new_key
from lumber.identity.names import checked_key_name
from lumber.identity.rights import Principal, checked_scopes
from lumber.identity.users import Account, locked_account
from lumber.store.models import ApiKey, User
from lumber.store.models.base import utc_now


class KeyState(StrEnum):
    """Whether a key works, and why it doesn't."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"
    OWNER_DISABLED = "owner disabled"


@dataclass(frozen=True, slots=True)
class Key:
    """An API key without its secret. `kinds` is None for a key that may use all kinds."""

    key_id: str
    name: str
    user_id: str
    user_name: str
    scopes: tuple[str, ...]
    kinds: tuple[str, ...] | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    state: KeyState


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just created. `text.text` is the key itself: show it once, and keep it nowhere."""

    key: Key
    text: KeyText


async def create_key(
    session: AsyncSession,
    owner: Account,
    name: str,
    scopes: Iterable[str],
    *,
    kinds: Iterable[str] | None = None,
    expires_at: datetime | None = None,
    within: Principal | None = None,
    by: Actor | None = None,
) -> NewKey:
    """Create a key of an account.

    `within` limits it to the rights of the one who creates it. Raises ConfigError for a scope beyond them or
    beyond the owner's, and for other values that aren't allowed, UserStateError if the owner is disabled, and
    UserNotFound if the account is gone.
    """
    owner = await locked_account(session, owner)
    if owner.is_disabled:
        raise UserStateError(f"{owner.name!r} is disabled: enable the account first.")
    rights = owner.principal
    if within is not None:
        rights = rights.with_key("", within.scopes, within.kinds)
    now = utc_now()
    if expires_at is not None and expires_at <= now:
        message = f"{expires_at.isoformat()} is in the past"
        raise ConfigError([FieldProblem("expires_at", expires_at.isoformat(), message)])
    text = new_key()
    wanted = checked_kinds(rights, kinds)
    row = ApiKey(
        id=text.key_id,
        user_id=owner.user_id,
        name=checked_key_name(name),
        key_sha256=text.sha256,
        scopes=sorted(scope.value for scope in checked_scopes(rights, scopes)),
        kinds=None if wanted is None else list(wanted),
        expires_at=expires_at,
        created_at=now,
    )
    session.add(row)
    await session.flush()
    ends = None if expires_at is None else expires_at.isoformat()
    details = {"scopes": row.scopes, "kinds": row.kinds, "expires_at": ends}
    await record_key(session, by, Action.KEY_CREATED, row, owner.name, **details)
    return NewKey(_of(row, owner.name, owner.is_disabled, now), text)


async def list_keys(
    session: AsyncSession, user_id: str | None = None, *, id_prefix: str = ""
) -> Sequence[Key]:
    """Return the keys of one account, or of all, whose ids begin so, the newest first."""
    statement = sa.select(ApiKey, User.name, User.is_disabled).join(User, User.id == ApiKey.user_id)
    # As it is now, also if this session has read it before.
    statement = statement.execution_options(populate_existing=True)
    if user_id is not None:
        statement = statement.where(ApiKey.user_id == user_id)
    if id_prefix:
        statement = statement.where(ApiKey.id.startswith(id_prefix, autoescape=True))
    rows = (await session.execute(statement.order_by(ApiKey.created_at.desc(), ApiKey.id))).all()
    now = utc_now()
    return [_of(row, name, bool(is_disabled), now) for row, name, is_disabled in rows]


async def find_key(session: AsyncSession, key_id: str, user_id: str | None = None) -> Key:
    """Return the key with this id; if `user_id` is given, only one of this account. Raises KeyNotFound."""
    if is_key_id(key_id):
        for key in await list_keys(session, user_id, id_prefix=key_id):
            return key
    raise KeyNotFound(f"There is no API key {key_id!r}. `lumber key list` shows all keys.")


async def revoke_key(
    session: AsyncSession, key_id: str, user_id: str | None = None, *, by: Actor | None = None
) -> Key:
    """Revoke a key for ever. A key that was revoked before keeps its time. Raises KeyNotFound."""
    key = await find_key(session, key_id, user_id)
    statement = sa.update(ApiKey).where(ApiKey.id == key.key_id, ApiKey.revoked_at.is_(None))
    revoked = await session.scalar(statement.values(revoked_at=utc_now()).returning(ApiKey))
    if revoked is not None:
        await record_key(session, by, Action.KEY_REVOKED, revoked, key.user_name)
    return await find_key(session, key_id, user_id)


def checked_kinds(rights: Principal, kinds: Iterable[str] | None) -> tuple[str, ...] | None:
    """Return the kinds of a new key, None for all. Raises ConfigError for one that isn't allowed."""
    if kinds is None and rights.kinds is None:
        return None
    from lumber.catalog.registry import all_kinds  # the kinds load Polars and pyarrow

    allowed = tuple(kind for kind in all_kinds() if rights.may_use(kind))
    wanted = tuple(dict.fromkeys(allowed if kinds is None else kinds))
    problems = [
        FieldProblem("kinds", kind, f"{kind!r} is not a kind of data that the key may use", allowed)
        for kind in wanted
        if kind not in allowed
    ]
    if not wanted:
        problems = [FieldProblem("kinds", None, "a key needs at least one kind of data", allowed)]
    if problems:
        raise ConfigError(problems)
    return wanted


def _of(row: ApiKey, user_name: str, is_owner_disabled: bool, now: datetime) -> Key:
    return Key(
        key_id=row.id,
        name=row.name,
        user_id=row.user_id,
        user_name=user_name,
        scopes=tuple(row.scopes),
        kinds=None if row.kinds is None else tuple(row.kinds),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        state=key_state(row.revoked_at, row.expires_at, is_owner_disabled, now),
    )


def key_state(
    revoked_at: datetime | None, expires_at: datetime | None, is_owner_disabled: bool, now: datetime
) -> KeyState:
    """Say whether a key works at a moment. It expires at `expires_at` itself."""
    if revoked_at is not None:
        return KeyState.REVOKED
    if expires_at is not None and expires_at <= now:
        return KeyState.EXPIRED
    return KeyState.OWNER_DISABLED if is_owner_disabled else KeyState.ACTIVE
