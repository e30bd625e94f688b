"""Puts what happened into the outbox of the notices, in the transaction in which it happens.

`announce` costs one statement that finds nothing while there are no notices. What it writes is sent later, by
`lumber serve` or `lumber worker`: see `lumber.notices`.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.exports.status import Status
from lumber.exports.visibility import shared_with
from lumber.identity.rights import ROLE_SCOPES, Principal, Role, Scope
from lumber.store.clock import clock_sql
from lumber.store.models import ExportStatus
from lumber.store.models.base import utc_now
from lumber.store.types import BigInt, JsonText, UtcDateTime

_LONGEST_TEXT = 500
# Why a schedule is paused or a version is held can name values and paths: the page of it has the reason.
_WITHHELD = frozenset({"reason"})


# What a version is when a gate holds it: see `lumber.exports.versions`.
_HELD = "held"

Detail: TypeAlias = str | int | Sequence[str] | None


class Event(StrEnum):
    """What a notice can tell."""

    COMPLETED = "completed"
    FAILED = "failed"
    HELD = "held"
    PAUSED = "paused"
    NO_NEW_DATA = "no_new_data"
    TABLES_FAILED = "tables_failed"


@dataclass(frozen=True, slots=True)
class _About:
    """Whose event it is, and of which export and dataset."""

    owner_id: str | None
    export_id: str | None
    dataset: str | None


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
_VERSIONS = sa.table(
    "dataset_versions",
    *(sa.column(name, sa.Text()) for name in ("export_id", "state")),
    *(sa.column(name, BigInt) for name in ("number", "is_incremental", "added", "changed", "removed")),
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
    **details: Detail,
) -> int:
    """Queue an event for the notices that it concerns, in the transaction of `session`. Return their number.

    `owner_id` is the account whose export or schedule it is; None: the machine itself. `details` go into the
    message: names, numbers and codes, such as `version`, `schedule`, `rows` and `error_code`. Never give
    rows, values of filters, texts of errors or secrets; a `reason` is withheld. Call it before the line of
    the audit trail is appended, which must come last.
    """
    found = (await session.execute(_ENABLED)).all()
    about = _About(owner_id, export_id, dataset)
    return await _tell(session, found, event, about, details) if found else 0


async def announce_end(session: AsyncSession, row: ExportStatus) -> None:
    """Queue that an export is completed or failed for good, and whether its version is held or empty."""
    found = (await session.execute(_ENABLED)).all()
    if not found:
        return
    config = row.config if isinstance(row.config, dict) else {}
    about = _About(row.owner_id, row.id, config.get("dataset"))
    details: dict[str, Detail] = {"data_version": row.data_version, "error_code": row.error_code}
    if row.status != Status.COMPLETED:
        await _tell(session, found, Event.FAILED, about, details)
        return
    details |= {"rows": row.record_count, "size_bytes": row.file_size}
    version = None if about.dataset is None else (await session.execute(_version_of(row.id))).one_or_none()
    if version is not None:
        details |= {name: getattr(version, name) for name in ("added", "changed", "removed")}
        details["version"] = version.number
    await _tell(session, found, Event.COMPLETED, about, details)
    if version is not None and version.state == _HELD:
        await _tell(session, found, Event.HELD, about, details)
    elif version is not None and version.is_incremental and version.number > 1 and not _changes(version):
        await _tell(session, found, Event.NO_NEW_DATA, about, details)


async def _tell(
    session: AsyncSession,
    notices: Sequence[Any],
    event: Event,
    about: _About,
    details: Mapping[str, Detail],
) -> int:
    wanted = [
        notice.id
        for notice in notices
        if event in notice.events
        and _is_meant(notice.datasets, about.dataset)
        and await _may_know(session, notice, about)
    ]
    if not wanted:
        return 0
    known = {"export_id": about.export_id, "dataset": about.dataset, **details}
    told = {
        name: _short(value) for name, value in known.items() if value is not None and name not in _WITHHELD
    }
    message = {"type": event.value, "timestamp": utc_now().isoformat(), "data": told}
    await queue(session, wanted, event.value, json.dumps(message, ensure_ascii=False))
    return len(wanted)


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


async def _may_know(session: AsyncSession, notice: Any, about: _About) -> bool:
    """Say whether the owner of a notice may see what happened, with the role of this moment."""
    if notice.owner_id is None:
        return True
    if notice.is_disabled or Scope.EXPORTS_READ not in ROLE_SCOPES[Role(notice.role)]:
        return False
    if notice.owner_id == about.owner_id:
        return True
    if notice.is_for_all and notice.role == Role.ADMIN:
        return True
    if about.export_id is None:
        return False
    owner = Principal.of_user(notice.owner_id, "", notice.role)
    is_shared = sa.select(ExportStatus.id).where(ExportStatus.id == about.export_id, shared_with(owner))
    return await session.scalar(is_shared) is not None


def _is_meant(datasets: Sequence[str] | None, dataset: str | None) -> bool:
    """Say whether a notice is about a dataset. Names of datasets differ by more than their case."""
    if datasets is None:
        return True
    return dataset is not None and dataset.lower() in {name.lower() for name in datasets}


def _version_of(export_id: str) -> sa.Select[Any]:
    return sa.select(*_VERSIONS.c).where(_VERSIONS.c.export_id == export_id)


def _changes(version: Any) -> int:
    return int(version.added + version.changed + version.removed)


def _short(value: str | int | Sequence[str]) -> str | int | Sequence[str]:
    return value[:_LONGEST_TEXT] if isinstance(value, str) else value
