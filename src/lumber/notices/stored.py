"""Notices in the database. Each function works in the transaction of its session.

Each change adds a line to the audit trail in the same transaction, which must take no other lock afterwards.
`by` is who makes the change: without it, the user of the command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, local_actor
from lumber.audit.append import append
from lumber.audit.line import Detail, NewLine
from lumber.errors import ConfigError, FieldProblem, NoticeNotFound
from lumber.exports.announcing import Event
from lumber.exports.visibility import sees_all_owners
from lumber.identity.rights import Principal, Role
from lumber.notices.document import Channel, NoticeDocument
from lumber.notices.signing import new_secret
from lumber.store.models import Notice, User
from lumber.store.models.base import utc_now

_MOST_OF_AN_OWNER = 100
MOST_OVERLAP_HOURS = 24 * 90


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """A notice with its id and owner. `owner` is None for the machine itself."""

    notice_id: str
    document: NoticeDocument
    owner_id: str | None
    owner: str | None
    has_secret: bool
    secret_source: str | None
    created_at: datetime
    updated_at: datetime
    # Until then, a secret that was replaced also signs.
    old_secret_until: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the notice as plain JSON values, without its secret."""
        return {
            "notice_id": self.notice_id,
            **self.document.as_json(),
            "owner": self.owner,
            "has_secret": self.has_secret,
            "old_secret_until": None if self.old_secret_until is None else self.old_secret_until.isoformat(),
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class WithSecret:
    """A notice, and its secret if it is shown now and never again."""

    notice: StoredNotice
    secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class GivenSecret:
    """Where the secret of a webhook comes from: a text, or a file or variable. Neither: a new one is made."""

    text: str | None = field(default=None, repr=False)
    source: str | None = None


_WANTED = sa.select(Notice, User.name).outerjoin(User, User.id == Notice.owner_id)


async def list_notices(session: AsyncSession, principal: Principal | None = None) -> Sequence[StoredNotice]:
    """Return the notices that a principal may see, by name. None sees all."""
    wanted = _WANTED.where(*_visible(principal)).order_by(Notice.name, Notice.id)
    return [_of(row, owner) for row, owner in await session.execute(wanted)]


async def find_notice(
    session: AsyncSession, notice_id: str, principal: Principal | None = None
) -> StoredNotice:
    """Return a notice that a principal may see. Raises NoticeNotFound."""
    if notice_id.isprintable():
        wanted = _WANTED.where(Notice.id == notice_id, *_visible(principal))
        found = (await session.execute(wanted)).one_or_none()
        if found is not None:
            return _of(*found)
    raise missing(notice_id)


async def create_notice(
    session: AsyncSession,
    document: NoticeDocument,
    owner: Principal | None = None,
    *,
    secret: GivenSecret | None = None,
    by: Actor | None = None,
) -> WithSecret:
    """Create a notice of an owner; None: of the machine itself. A webhook without a secret gets a new one.

    Raises ConfigError for a name that the owner has already, and for what the owner may not have.
    """
    owner_id = None if owner is None else owner.user_id
    given = secret or GivenSecret()
    is_webhook = document.channel is Channel.WEBHOOK
    if not is_webhook and given != GivenSecret():
        raise ConfigError([FieldProblem("secret", None, "has no effect with the channel email: remove it")])
    await _check(session, document, owner_id, is_admin=owner is None or sees_all_owners(owner))
    made = new_secret() if is_webhook and given == GivenSecret() else None
    now = utc_now()
    row = Notice(id=str(uuid4()), owner_id=owner_id, created_at=now, updated_at=now)
    row.secret, row.secret_source = made or given.text, given.source
    _write(row, document)
    session.add(row)
    await session.flush()
    await _record(session, by, Action.NOTICE_CREATED, row.id, document, is_for_all=document.is_for_all)
    return WithSecret(_of(row, None if owner_id is None or owner is None else owner.name), made)


async def change_notice(
    session: AsyncSession,
    notice_id: str,
    document: NoticeDocument,
    *,
    renews_secret: bool = False,
    secret: str | None = None,
    overlap_hours: float | None = None,
    by: Actor | None = None,
) -> WithSecret:
    """Replace a notice, and its secret if asked for. Raises NoticeNotFound, and ConfigError as above.

    `overlap_hours`: how long the old secret also signs. Without a new secret, 0 ends the old one now.
    """
    row = await _row(session, notice_id)
    owner = None if row.owner_id is None else await session.get(User, row.owner_id)
    before = document_of(row)
    is_admin = owner is None or owner.role == Role.ADMIN
    await _check(session, document, row.owner_id, is_admin=is_admin, notice_id=notice_id)
    fields = [
        name for name in NoticeDocument.model_fields if getattr(before, name) != getattr(document, name)
    ]
    made = new_secret() if renews_secret else None
    if made is not None or secret is not None:
        if document.channel is not Channel.WEBHOOK:
            message = "has no effect with the channel email: remove it"
            raise ConfigError([FieldProblem("secret", None, message)])
        _keep_old_secret(row, overlap_hours or 0)
        row.secret, row.secret_source = made or secret, None
        fields.append("secret")
    elif overlap_hours is not None:
        if overlap_hours:
            message = "has an effect only with a new secret; 0 ends the old one now"
            raise ConfigError([FieldProblem("overlap_hours", overlap_hours, message)])
        row.old_secret = row.old_secret_until = None
        fields.append("secret")
    if fields:
        _write(row, document)
        row.updated_at = utc_now()
        await session.flush()
        about: dict[str, Detail] = {"is_for_all": document.is_for_all, "fields": fields}
        await _record(session, by, Action.NOTICE_CHANGED, row.id, document, **about)
    return WithSecret(_of(row, None if owner is None else owner.name), made)


async def forget_old_secrets(session: AsyncSession) -> None:
    """Delete secrets that were replaced and sign no more."""
    ended = sa.update(Notice).where(Notice.old_secret_until <= utc_now())
    await session.execute(ended.values(old_secret=None, old_secret_until=None))


def signing_secrets(row: Notice) -> Sequence[str]:
    """Return the stored secrets that sign now, the newest first."""
    is_old = row.old_secret_until is not None and row.old_secret_until > utc_now()
    return [each for each in (row.secret, row.old_secret if is_old else None) if each is not None]


async def delete_notice(session: AsyncSession, notice_id: str, *, by: Actor | None = None) -> None:
    """Delete a notice and its deliveries, also those that aren't sent yet. Raises NoticeNotFound."""
    row = await _row(session, notice_id)
    document = document_of(row)
    await session.delete(row)
    await _record(session, by, Action.NOTICE_DELETED, notice_id, document)


async def record_test(session: AsyncSession, notice: StoredNotice, by: Actor | None) -> None:
    """Record that somebody sends a test."""
    await _record(session, by, Action.NOTICE_TESTED, notice.notice_id, notice.document)


def document_of(row: Notice) -> NoticeDocument:
    """Return a stored notice. It was checked when it was stored."""
    given = {name: getattr(row, name) for name in ("name", "url", "datasets")}
    return NoticeDocument.model_construct(
        **given,
        channel=Channel(row.channel),
        to=row.recipients,
        events=[event for event in Event if event in row.events],
        is_for_all=bool(row.is_for_all),
        is_enabled=bool(row.is_enabled),
    )


def missing(notice: str) -> NoticeNotFound:
    """Return the error for a notice that isn't there, or belongs to somebody else."""
    return NoticeNotFound(f"There is no notice {notice!r}. `lumber notice list` shows all notices.")


def _of(row: Notice, owner: str | None) -> StoredNotice:
    has_secret = row.secret is not None or row.secret_source is not None
    return StoredNotice(
        row.id,
        document_of(row),
        row.owner_id,
        owner,
        has_secret,
        row.secret_source,
        row.created_at,
        row.updated_at,
        row.old_secret_until,
    )


def _keep_old_secret(row: Notice, hours: float) -> None:
    """Let the secret that is replaced also sign for a while. Raises ConfigError if it isn't stored."""
    if not hours:
        row.old_secret = row.old_secret_until = None
        return
    if not 0 < hours <= MOST_OVERLAP_HOURS:
        allowed = (f"0 to {MOST_OVERLAP_HOURS:,}",)
        raise ConfigError([FieldProblem("overlap_hours", hours, "is out of range", allowed)])
    if row.secret is None:
        message = "needs an old secret in the database: in a file or variable, put both, the new one first"
        raise ConfigError([FieldProblem("overlap_hours", hours, message)])
    row.old_secret, row.old_secret_until = row.secret, utc_now() + timedelta(hours=hours)


def _write(row: Notice, document: NoticeDocument) -> None:
    row.name, row.channel, row.url = document.name, document.channel.value, document.url
    row.recipients, row.datasets = document.to, document.datasets
    row.events = [str(event) for event in document.events]
    row.is_for_all, row.is_enabled = int(document.is_for_all), int(document.is_enabled)


def _visible(principal: Principal | None) -> Sequence[sa.ColumnElement[bool]]:
    if principal is None or sees_all_owners(principal):
        return ()
    return (Notice.owner_id == principal.user_id,)


async def _row(session: AsyncSession, notice_id: str) -> Notice:
    """Return a notice that no other transaction changes until this one ends."""
    if notice_id.isprintable():
        # SQLite has no FOR UPDATE: only a write blocks other writers.
        touch = sa.update(Notice).where(Notice.id == notice_id)
        await session.execute(touch.values(is_enabled=Notice.is_enabled))
        row = await session.get(Notice, notice_id, populate_existing=True)
        if row is not None:
            return row
    raise missing(notice_id)


async def _check(
    session: AsyncSession,
    document: NoticeDocument,
    owner_id: str | None,
    *,
    is_admin: bool,
    notice_id: str | None = None,
) -> None:
    if document.is_for_all and not is_admin:
        message = "only a notice of an admin may tell about other accounts"
        raise ConfigError([FieldProblem("is_for_all", True, message, ("false",))])
    others = [
        name
        for other_id, name in await session.execute(
            sa.select(Notice.id, Notice.name).where(Notice.owner_id.is_not_distinct_from(owner_id))
        )
        if other_id != notice_id
    ]
    if document.name in others:
        message = f"there is a notice {document.name!r} already"
        raise ConfigError([FieldProblem("name", document.name, message)])
    if notice_id is None and len(others) >= _MOST_OF_AN_OWNER:
        message = f"an account has at most {_MOST_OF_AN_OWNER} notices: delete one first"
        raise ConfigError([FieldProblem("name", document.name, message)])


async def _record(
    session: AsyncSession,
    by: Actor | None,
    action: Action,
    notice_id: str,
    document: NoticeDocument,
    **details: Detail,
) -> None:
    about: dict[str, Detail] = {
        "name": document.name,
        "channel": document.channel.value,
        "place": document.place,
        "events": [event.value for event in document.events],
        **details,
    }
    await append(session, [NewLine(by or local_actor(), action, ("notice", notice_id), details=about)])
