"""Shares: accounts and roles that may read an export of somebody else, and never change it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, local_actor
from lumber.audit.append import append
from lumber.audit.line import NewLine
from lumber.errors import ConfigError, ExportNotFound, FieldProblem
from lumber.exports.audited import export_target
from lumber.exports.metadata import ShareRecord
from lumber.identity.names import name_key
from lumber.identity.rights import Role
from lumber.store.models import ExportShare, ExportStatus, User
from lumber.store.models.base import utc_now

MOST_SHARES = 1_000


async def list_shares(session: AsyncSession, export_id: str) -> Sequence[ShareRecord]:
    """Return the shares of an export: accounts by name, then roles."""
    wanted = (
        sa.select(ExportShare, User.name)
        .outerjoin(User, User.id == ExportShare.user_id)
        .where(ExportShare.export_id == export_id)
        .order_by(ExportShare.role, User.name_key)
    )
    found = [
        ShareRecord(
            user_id=row.user_id,
            user_name=name,
            role=row.role,
            created_at=row.created_at,
            created_by=row.created_by,
        )
        for row, name in await session.execute(wanted)
    ]
    return sorted(found, key=lambda share: share.role is not None)


async def set_shares(
    session: AsyncSession,
    export_id: str,
    users: Sequence[str],
    roles: Sequence[str],
    *,
    by: Actor | None = None,
) -> Sequence[ShareRecord]:
    """Replace all shares of an export, and return them. The audit trail gets a line for each change.

    `by` is who asks for it; None for the user of the command line. Raises ExportNotFound, and ConfigError for
    names that no account or role has.
    """
    await _lock(session, export_id)
    accounts = await _accounts(session, users)
    named = _checked_roles(roles)
    known = {
        (row.user_id, row.role): row
        for row in await session.scalars(sa.select(ExportShare).where(ExportShare.export_id == export_id))
    }
    wanted: dict[tuple[str | None, str | None], str | None] = {
        **{(user_id, None): name for user_id, name in accounts.items()},
        **{(None, role): None for role in named},
    }
    actor, now = by or local_actor(), utc_now()
    gone = {key: row for key, row in known.items() if key not in wanted}
    new = {key: name for key, name in wanted.items() if key not in known}
    names = {**await _names(session, [user_id for user_id, _ in gone if user_id is not None]), **accounts}
    for row in gone.values():
        await session.delete(row)
    for user_id, role in new:
        session.add(
            ExportShare(
                id=str(uuid4()),
                export_id=export_id,
                user_id=user_id,
                role=role,
                created_by=actor.name,
                created_at=now,
            )
        )
    await session.flush()
    found = await list_shares(session, export_id)
    lines = [
        _line(actor, export_id, names.get(user_id or ""), role, is_shared=is_shared)
        for keys, is_shared in ((gone, False), (new, True))
        for user_id, role in keys
    ]
    await append(session, lines)
    return found


def _line(actor: Actor, export_id: str, user: str | None, role: str | None, *, is_shared: bool) -> NewLine:
    details = {"user": user, "role": role, "is_shared": is_shared}
    return NewLine(actor, Action.EXPORT_SHARED, export_target(export_id), details=details)


async def _lock(session: AsyncSession, export_id: str) -> None:
    """Lock out other changes of an export's shares until this transaction ends. Raises ExportNotFound."""
    if export_id.isprintable():
        # SQLite has no FOR UPDATE: only a write blocks other writers.
        touch = sa.update(ExportStatus).where(ExportStatus.id == export_id)
        await session.execute(touch.values(owner_id=ExportStatus.owner_id))
        if await session.scalar(sa.select(ExportStatus.id).where(ExportStatus.id == export_id)) is not None:
            return
    raise ExportNotFound(f"There is no export {export_id!r}.")


async def _accounts(session: AsyncSession, users: Sequence[str]) -> dict[str, str]:
    """Return the names of accounts by their ids. Raises ConfigError."""
    wanted = {name_key(user): user for user in users}
    found = await session.execute(
        sa.select(User.name_key, User.id, User.name).where(User.name_key.in_(list(wanted)))
    )
    known = {row.name_key: (row.id, row.name) for row in found}
    problems = [
        FieldProblem("users", user, f"there is no account {user!r}")
        for key, user in wanted.items()
        if key not in known
    ]
    if problems:
        raise ConfigError(problems)
    return dict(known.values())


def _checked_roles(roles: Sequence[str]) -> Sequence[str]:
    allowed = tuple(role.value for role in Role)
    problems = [
        FieldProblem("roles", role, f"{role!r} is not a role", allowed)
        for role in roles
        if role not in allowed
    ]
    if problems:
        raise ConfigError(problems)
    return list(dict.fromkeys(str(role) for role in roles))


async def _names(session: AsyncSession, user_ids: Sequence[str]) -> dict[str, str]:
    if not user_ids:
        return {}
    found = await session.execute(sa.select(User.id, User.name).where(User.id.in_(user_ids)))
    return {row.id: row.name for row in found}
