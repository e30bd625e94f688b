"""The outbox: deliveries that wait, claims on them, and how they ended.

Several processes deliver. A claim is a lease on the database's clock with a mark of its own, so a process
that was slow changes nothing once another one has taken over.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from lumber.audit.actor import Actor
from lumber.exports.announcing import queue
from lumber.exports.locks import lock_writes
from lumber.notices.document import NoticeDocument
from lumber.notices.message import TEST
from lumber.notices.stored import StoredNotice, document_of, record_test, signing_secrets
from lumber.store.clock import database_now
from lumber.store.models import Notice, NoticeDelivery, User
from lumber.store.models.base import utc_now

PENDING, DELIVERED, FAILED = "pending", "delivered", "failed"
# A receiver that hangs leaves places for others.
_MOST_OF_A_NOTICE = 2
_LATELY = timedelta(days=1)
_FORGOTTEN_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one notice, as the log of deliveries shows it."""

    delivery_id: str
    event: str
    status: str
    attempts: int
    next_attempt_at: datetime | None
    response_status: int | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        """Return the delivery as plain JSON values."""
        times = ("next_attempt_at", "created_at", "finished_at")
        found = {name: getattr(self, name) for name in self.__slots__}
        return {
            name: value.isoformat() if name in times and value is not None else value
            for name, value in found.items()
        }


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process may send now, and all that it needs to."""

    delivery_id: str
    claim: str
    event: str
    payload: dict[str, Any]
    attempt: int
    created_at: datetime
    notice: NoticeDocument
    notice_id: str
    secrets: Sequence[str] = field(repr=False)
    secret_source: str | None
    is_owner_gone: bool


async def list_deliveries(session: AsyncSession, notice_id: str, *, limit: int = 100) -> Sequence[Delivery]:
    """Return the deliveries of a notice, newest first."""
    wanted = sa.select(NoticeDelivery).where(NoticeDelivery.notice_id == notice_id)
    newest = wanted.order_by(NoticeDelivery.created_at.desc(), NoticeDelivery.id.desc()).limit(limit)
    return [_of(row) for row in await session.scalars(newest)]


async def find_delivery(session: AsyncSession, delivery_id: str) -> Delivery | None:
    """Return a delivery; None if it was deleted with its notice."""
    row = await session.get(NoticeDelivery, delivery_id)
    return None if row is None else _of(row)


async def queue_test(session: AsyncSession, notice: StoredNotice, by: Actor | None = None) -> str:
    """Queue a test of a notice, and return the id of its delivery."""
    data = {"notice": notice.document.name, "reason": "Somebody tests whether notices arrive."}
    payload = {"type": TEST, "timestamp": utc_now().isoformat(), "data": data}
    (delivery_id,) = await queue(session, [notice.notice_id], TEST, json.dumps(payload, ensure_ascii=False))
    await record_test(session, notice, by)
    return delivery_id


async def claim_next(
    session: AsyncSession, lease_seconds: float, *, delivery_id: str | None = None
) -> Claimed | None:
    """Claim the delivery that is due first, or the one with this id; None if there is none."""
    now = await database_now(session)
    wanted = due(now) if delivery_id is None else [NoticeDelivery.id == delivery_id, *due(now)]
    if not await session.scalar(sa.select(sa.exists().where(*wanted))):
        return None
    await lock_writes(session)
    first = sa.select(NoticeDelivery).where(*wanted, _has_place(now))
    first = first.order_by(NoticeDelivery.next_attempt_at).limit(1).with_for_update(skip_locked=True)
    row = await session.scalar(first)
    notice = None if row is None else await session.get(Notice, row.notice_id)
    if row is None or notice is None:
        return None
    owner = None if notice.owner_id is None else await session.get(User, notice.owner_id)
    row.claim, row.lease_until = uuid4().hex, now + timedelta(seconds=lease_seconds)
    row.attempts += 1
    return Claimed(
        row.id,
        row.claim,
        row.event,
        row.payload,
        row.attempts,
        row.created_at,
        document_of(notice),
        notice.id,
        signing_secrets(notice),
        notice.secret_source,
        owner is not None and bool(owner.is_disabled),
    )


async def record_delivered(
    session: AsyncSession, claimed: Claimed, response_status: int | None, note: str | None
) -> bool:
    """Record that the receiver took it. Return whether this process still had it."""
    values = {"status": DELIVERED, "error": note, "next_attempt_at": None, "finished_at": utc_now()}
    return await _end(session, claimed, response_status=response_status, **values)


async def record_failure(
    session: AsyncSession,
    claimed: Claimed,
    error: str,
    *,
    response_status: int | None,
    wait_seconds: float | None,
) -> bool:
    """Record an attempt that failed: another one follows after a wait, or none if that is None."""
    values: dict[str, Any] = {"error": error, "response_status": response_status}
    if wait_seconds is None:
        values |= {"status": FAILED, "next_attempt_at": None, "finished_at": utc_now()}
    else:
        values |= {"next_attempt_at": await database_now(session) + timedelta(seconds=wait_seconds)}
    return await _end(session, claimed, **values)


async def count_deliveries(session: AsyncSession) -> dict[str, int]:
    """Return how many deliveries wait, and how many arrived or failed within a day. Tests don't count."""
    is_pending = NoticeDelivery.status == sa.literal_column(f"'{PENDING}'")
    waiting = await session.scalar(sa.select(sa.func.count()).where(is_pending))
    lately = (
        sa.select(NoticeDelivery.status, sa.func.count())
        .where(NoticeDelivery.finished_at > utc_now() - _LATELY, NoticeDelivery.event != TEST)
        .group_by(NoticeDelivery.status)
    )
    ended = {row[0]: row[1] for row in await session.execute(lately)}
    return {PENDING: waiting or 0, DELIVERED: ended.get(DELIVERED, 0), FAILED: ended.get(FAILED, 0)}


async def forget_old(session: AsyncSession, days: float) -> int:
    """Delete some deliveries that ended before so many days, and return their number."""
    old = sa.select(NoticeDelivery.id).where(NoticeDelivery.finished_at < utc_now() - timedelta(days=days))
    oldest = old.order_by(NoticeDelivery.finished_at).limit(_FORGOTTEN_AT_ONCE)
    done = await session.execute(sa.delete(NoticeDelivery).where(NoticeDelivery.id.in_(oldest)))
    return int(getattr(done, "rowcount", 0))


async def _end(session: AsyncSession, claimed: Claimed, **values: Any) -> bool:
    held = sa.update(NoticeDelivery).where(
        NoticeDelivery.id == claimed.delivery_id, NoticeDelivery.claim == claimed.claim
    )
    done = await session.execute(held.values(claim=None, lease_until=None, **values))
    return bool(getattr(done, "rowcount", 0))


def due(now: datetime) -> list[sa.ColumnElement[bool]]:
    """Return the conditions on deliveries that wait, whose time has come and that nobody sends."""
    is_free = sa.or_(NoticeDelivery.lease_until.is_(None), NoticeDelivery.lease_until <= now)
    # As a literal, so that the index on what is pending is used.
    is_pending = NoticeDelivery.status == sa.literal_column(f"'{PENDING}'")
    return [is_pending, NoticeDelivery.next_attempt_at <= now, is_free]


def _has_place(now: datetime) -> sa.ColumnElement[bool]:
    """Say whether this process and others send few enough messages of the same notice."""
    other = aliased(NoticeDelivery)
    busy = (
        sa.select(other.notice_id)
        .where(other.status == PENDING, other.lease_until > now)
        .group_by(other.notice_id)
        .having(sa.func.count() >= _MOST_OF_A_NOTICE)
    )
    return NoticeDelivery.notice_id.not_in(busy)


def _of(row: NoticeDelivery) -> Delivery:
    return Delivery(
        row.id,
        row.event,
        row.status,
        row.attempts,
        row.next_attempt_at,
        row.response_status,
        row.error,
        row.created_at,
        row.finished_at,
    )
