"""Export policies in the database. Each function works in the transaction of its session.

Each change adds a line to the audit trail in the same transaction, which must take no other lock afterwards.
`by` is who makes the change: without it, the user of the command line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, local_actor
from lumber.audit.append import append
from lumber.audit.line import Detail, NewLine
from lumber.errors import ConfigError, FieldProblem, PolicyNotFound, PolicyVersion
from lumber.identity.names import folded, name_key
from lumber.identity.policies.document import PolicyDocument, changes
from lumber.store.models import ExportPolicy, User
from lumber.store.models.base import utc_now


@dataclass(frozen=True, slots=True)
class Policy:
    """An export policy with its id and version."""

    policy_id: str
    version: int
    document: PolicyDocument
    updated_at: datetime

    @property
    def named(self) -> PolicyVersion:
        """The policy as errors and datasets name it."""
        return PolicyVersion(self.policy_id, self.document.name, self.version)

    def as_json(self) -> dict[str, Any]:
        """Return the policy as plain JSON values."""
        return {
            "policy_id": self.policy_id,
            "version": self.version,
            **self.document.as_json(),
            "updated_at": self.updated_at.isoformat(),
        }


async def list_policies(session: AsyncSession, *, only_enabled: bool = False) -> Sequence[Policy]:
    """Return all policies by name, or those that are enabled."""
    wanted = sa.select(ExportPolicy).order_by(ExportPolicy.name_key)
    if only_enabled:
        wanted = wanted.where(ExportPolicy.is_enabled == 1)
    return [_of(row) for row in await session.scalars(wanted)]


async def find_policy(session: AsyncSession, policy_id: str) -> Policy:
    """Return the policy with this id. Raises PolicyNotFound."""
    row = await session.get(ExportPolicy, policy_id) if policy_id.isprintable() else None
    if row is None:
        raise _missing(policy_id)
    return _of(row)


async def find_policy_by_name(session: AsyncSession, name: str) -> Policy:
    """Return the policy with this name, in any case. Raises PolicyNotFound."""
    row = None
    if name.isprintable():
        row = await session.scalar(sa.select(ExportPolicy).where(ExportPolicy.name_key == folded(name)))
    if row is None:
        raise _missing(name)
    return _of(row)


async def create_policy(
    session: AsyncSession, document: PolicyDocument, *, by: Actor | None = None
) -> Policy:
    """Create a policy. Raises ConfigError for a name that is taken, and for accounts that don't exist."""
    await _check(session, document)
    now = utc_now()
    row = ExportPolicy(
        id=str(uuid4()),
        name=document.name,
        name_key=document.name_key,
        version=1,
        is_enabled=int(document.is_enabled),
        rules=document.as_json(),
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    await _flush(session, document)
    given = {name: value for name, value in document.as_json().items() if value not in (None, [])}
    await _record(session, by, Action.POLICY_CHANGED, row, _told(changes({}, given)))
    return _of(row)


async def change_policy(
    session: AsyncSession, policy_id: str, document: PolicyDocument, *, by: Actor | None = None
) -> Policy:
    """Replace a policy; its version rises unless it stays the same.

    Raises PolicyNotFound, and ConfigError as `create_policy` does.
    """
    row = await _row(session, policy_id)
    before = _of(row)
    await _check(session, document, before)
    changed = changes(before.document.as_json(), document.as_json())
    if not changed:
        return before
    row.name, row.name_key = document.name, document.name_key
    row.is_enabled, row.rules = int(document.is_enabled), document.as_json()
    row.version, row.updated_at = row.version + 1, utc_now()
    await _flush(session, document)
    await _record(session, by, Action.POLICY_CHANGED, row, _told(changed))
    return _of(row)


async def delete_policy(session: AsyncSession, policy_id: str, *, by: Actor | None = None) -> Policy:
    """Delete a policy and return it. Raises PolicyNotFound."""
    row = await _row(session, policy_id)
    deleted = _of(row)
    await session.delete(row)
    await _record(session, by, Action.POLICY_DELETED, row, {})
    return deleted


def _of(row: ExportPolicy) -> Policy:
    # The rules of a kind or column that is gone still hold for what is left.
    return Policy(row.id, row.version, _document(row.rules), row.updated_at)


def _document(rules: Mapping[str, Any]) -> PolicyDocument:
    try:
        return PolicyDocument.model_validate(rules)
    except ValueError:
        return _unchecked(rules)


def _unchecked(rules: Mapping[str, Any]) -> PolicyDocument:
    """Return a stored policy that names a data type or a column which this program doesn't know."""
    from lumber.identity.policies.document import AppliesTo

    found = {**rules, "applies_to": AppliesTo.model_validate(rules["applies_to"])}
    for name in ("earliest", "latest"):
        found[name] = None if found[name] is None else datetime.fromisoformat(found[name])
    return PolicyDocument.model_construct(**found)


async def _row(session: AsyncSession, policy_id: str) -> ExportPolicy:
    """Return a policy that no other transaction changes until this one ends."""
    if policy_id.isprintable():
        # SQLite has no FOR UPDATE: only a write blocks other writers.
        touch = sa.update(ExportPolicy).where(ExportPolicy.id == policy_id)
        await session.execute(touch.values(version=ExportPolicy.version))
        row = await session.get(ExportPolicy, policy_id, populate_existing=True)
        if row is not None:
            return row
    raise _missing(policy_id)


def _missing(policy: str) -> PolicyNotFound:
    return PolicyNotFound(f"There is no policy {policy!r}. `lumber policy list` shows all policies.")


async def _check(session: AsyncSession, document: PolicyDocument, before: Policy | None = None) -> None:
    # An account that was deleted may stay in a policy: it restricts the next one of that name.
    kept = set() if before is None else set(before.document.applies_to.users)
    wanted = {name_key(user): user for user in document.applies_to.users if user not in kept}
    known = set(await session.scalars(sa.select(User.name_key).where(User.name_key.in_(list(wanted)))))
    problems = [
        FieldProblem("applies_to.users", user, f"there is no account {user!r}")
        for key, user in wanted.items()
        if key not in known
    ]
    if problems:
        raise ConfigError(problems)
    same = await session.scalar(sa.select(ExportPolicy.id).where(ExportPolicy.name_key == document.name_key))
    if same is not None and (before is None or same != before.policy_id):
        raise _taken(document)


async def _flush(session: AsyncSession, document: PolicyDocument) -> None:
    try:
        await session.flush()
    except IntegrityError:
        raise _taken(document) from None


def _taken(document: PolicyDocument) -> ConfigError:
    message = f"there is a policy {document.name!r} already"
    return ConfigError([FieldProblem("name", document.name, message)])


def _told(changed: Mapping[str, tuple[Any, Any]]) -> dict[str, Detail]:
    """Return what changed as the audit trail has it."""
    texts = [f"{name}: {_text(before)} -> {_text(after)}" for name, (before, after) in changed.items()]
    return {"fields": list(changed), "changes": texts}


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


async def _record(
    session: AsyncSession, by: Actor | None, action: Action, row: ExportPolicy, details: Mapping[str, Detail]
) -> None:
    about = {"name": row.name, "version": row.version, **details}
    await append(session, [NewLine(by or local_actor(), action, ("policy", row.id), details=about)])
