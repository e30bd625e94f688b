"""Puts what happened into the outbox of the notices, in the transaction in which it happens.

`announce` costs one statement that finds nothing while there are no notices. What it writes is sent later, by
`lumber serve` or `lumber worker`: see `lumber.notices`.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.exports.status import Status
from lumber.exports.visibility import shared_with
from lumber.identity.rights import ROLE_SCOPES, Principal, Role, Scope
from lumber.store.clock import clock_sql
from lumber.store.models import ExportStatus
from lumber.store.models.base import utc_now
from lumber.store.types import BigInt, JsonText, UtcDateTime

_LONGEST_REASON = 500


class Event(StrEnum):
    """What a notice can tell."""

    COMPLETED = "completed"
    FAILED = "failed"
    HELD = "held"
    PAUSED = "paused"
    NO_NEW_DATA = "no_new_data"


# The models would load those of all tables, and most exports have no notice.
_NOTICES = sa.table(
    "notices",
    *(sa.column(name, sa.Text()) for name in ("id", "owner_id")),
    *(sa.column(name, JsonText()) for name in ("events", "datasets")),
    *(sa.column(name, BigInt) for name in ("is_for_all", "is_enabled")),
)
_USERS = sa.table("users", sa.column("id", sa.Text()), sa.column("role", sa.Text()), sa.column("is_disabled"))
_DELIVERIES = sa.table(
    "notice_deliveries",
    *(sa.column(name, sa.Text()) for name in ("id", "notice_id", "event", "status")),
    sa.column("payload", JsonText()),
    sa.column("attempts", BigInt),
    *(sa.column(name, UtcDateTime()) for name in ("next_attempt_at", "created_at")),
)
# Locked, so that no notice is deleted between this look and the end of the transaction. SQLite locks anyway.
_ENABLED = (
    sa.select(*_NOTICES.c, _USERS.c.role, _USERS.c.is_disabled)
    .select_from(_NOTICES.outerjoin(_USERS, _USERS.c.id == _NOTICES.c.owner_id))
    .where(_NOTICES.c.is_enabled == 1)
    .order_by(_NOTICES.c.id)
    .with_for_update(read=True, key_share=True, of=_NOTICES)
)


async def announce(
    session: AsyncSession,
    event: Event,
    *,
    owner_id: str | None,
    export_id: str | None = None,
    dataset: str | None = None,
    **details: str | int | Sequence[str] | None,
) -> int:
    """Queue an event for the notices that it concerns, in the transaction of `session`. Return their number.

    `owner_id` is the account whose export or schedule it is; None: the machine itself. `details` go into the
    message: names, numbers and codes, such as `version`, `schedule`, `rows`, `error_code` and `reason`. Never
    give rows, values of filters or secrets. Call it before the line of the audit trail is appended, which
    must come last.
    """
    found = (await session.execute(_ENABLED)).all()
    notices = [
        notice.id
        for notice in found
        if event in notice.events
        and (notice.datasets is None or dataset in notice.datasets)
        and await _may_know(session, notice, owner_id, export_id)
    ]
    if not notices:
        return 0
    now = utc_now()
    known = {"export_id": export_id, "dataset": dataset, **details}
    told = {name: _short(value) for name, value in known.items() if value is not None}
    body = json.dumps({"type": event.value, "timestamp": now.isoformat(), "data": told}, ensure_ascii=False)
    await queue(session, notices, event.value, body)
    return len(notices)


async def announce_end(session: AsyncSession, row: ExportStatus) -> None:
    """Queue that an export is completed, or failed for good."""
    event = Event.COMPLETED if row.status == Status.COMPLETED else Event.FAILED
    config = row.config if isinstance(row.config, dict) else {}
    is_completed = event is Event.COMPLETED
    await announce(
        session,
        event,
        owner_id=row.owner_id,
        export_id=row.id,
        dataset=config.get("dataset"),
        data_version=row.data_version,
        rows=row.record_count if is_completed else None,
        size_bytes=row.file_size if is_completed else None,
        error_code=row.error_code,
    )


async def queue(session: AsyncSession, notice_ids: Sequence[str], event: str, body: str) -> Sequence[str]:
    """Add a delivery for each notice, due at once. Return the ids of the deliveries."""
    ids = [str(uuid.uuid4()) for _ in notice_ids]
    # One statement each: the time is the database's own, which takes no list of values.
    for delivery_id, notice_id in zip(ids, notice_ids, strict=True):
        await session.execute(
            sa.insert(_DELIVERIES).values(
                id=delivery_id,
                notice_id=notice_id,
                event=event,
                payload=body,
                status="pending",
                attempts=0,
                next_attempt_at=clock_sql(session),
                created_at=utc_now(),
            )
        )
    return ids


async def _may_know(session: AsyncSession, notice: Any, owner_id: str | None, export_id: str | None) -> bool:
    """Say whether the owner of a notice may see what happened, with the role of this moment."""
    if notice.owner_id is None:
        return True
    if notice.is_disabled or Scope.EXPORTS_READ not in ROLE_SCOPES[Role(notice.role)]:
        return False
    if notice.owner_id == owner_id:
        return True
    if notice.is_for_all and notice.role == Role.ADMIN:
        return True
    if export_id is None:
        return False
    owner = Principal.of_user(notice.owner_id, "", notice.role)
    is_shared = sa.select(ExportStatus.id).where(ExportStatus.id == export_id, shared_with(owner))
    return await session.scalar(is_shared) is not None


def _short(value: str | int | Sequence[str]) -> str | int | Sequence[str]:
    return value[:_LONGEST_REASON] if isinstance(value, str) else value
