"""Deletes or tags many exports: those with some ids, or all that match a search, a batch at a time.

A batch ends after some exports and some seconds, and says where the next one begins. An export that can't be
changed is reported, and the others are changed.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from lumber.audit.actor import Actor
from lumber.errors import AuditError, DatabaseError, LumberError
from lumber.exports.control import delete_export
from lumber.exports.history import HistoryQuery, matching
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.visibility import usable
from lumber.identity.rights import Principal, Scope
from lumber.settings import Settings
from lumber.store.database import Database
from lumber.store.models import ExportStatus

# As many exports as a list has on a page. Deleting one with many files takes a while.
MOST_IDS, MOST_AT_ONCE, _SECONDS = 100, 50, 5.0


class BulkAction(StrEnum):
    """What is done to each export."""

    DELETE = "delete"
    TAG = "tag"
    UNTAG = "untag"


@dataclass(frozen=True, slots=True)
class BulkChange:
    """What is done to each export, with the tags that are added or removed."""

    action: BulkAction
    tags: Sequence[str] = ()

    async def apply(
        self, database: Database, settings: Settings, export_id: str, by: Actor | None = None
    ) -> None:
        """Change one export. `by` is None for the user of the command line. Raises a LumberError."""
        if self.action is BulkAction.DELETE:
            await delete_export(database, settings, export_id, by=by)
            return
        add, remove = (self.tags, ()) if self.action is BulkAction.TAG else ((), self.tags)
        await ExportStatusManager(database).retag(export_id, add=add, remove=remove, by=by)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a batch ended: the creation time and the id of its last export. Batches go from old to new."""

    created_at: datetime
    export_id: str


@dataclass(frozen=True, slots=True)
class Target:
    """An export that is to be changed."""

    export_id: str
    name: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """An export that was not changed, and why."""

    export_id: str
    name: str | None
    error: LumberError


@dataclass(frozen=True, slots=True)
class Batch:
    """What was done: how many exports were changed, which were not, and how many of the targets it took."""

    done: int
    failed: Sequence[Failed]
    taken: int


@dataclass(slots=True)
class Outcome:
    """What all batches did: how many exports were changed or had been so before, and which were not."""

    done: int = 0
    failed: list[Failed] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """The number of exports that were chosen."""
        return self.done + len(self.failed)


async def count_matching(database: Database, query: HistoryQuery, principal: Principal | None = None) -> int:
    """Return how many exports match a search that the principal may change. None is the command line."""
    async with database.session() as session:
        conditions = await matching(session, query, database.url.dialect)
        wanted = sa.select(sa.func.count()).select_from(ExportStatus).where(*conditions)
        return int(await session.scalar(wanted.where(*usable(principal, Scope.EXPORTS_WRITE))) or 0)


async def next_matching(
    database: Database, query: HistoryQuery, principal: Principal | None, after: Place | None
) -> Sequence[Target]:
    """Return the next exports that match a search and that the principal may change, old ones first."""
    async with database.session() as session:
        conditions = [
            *await matching(session, query, database.url.dialect),
            *usable(principal, Scope.EXPORTS_WRITE),
        ]
        if after is not None:
            is_same_time = ExportStatus.created_at == after.created_at
            is_later = sa.and_(is_same_time, ExportStatus.id > after.export_id)
            conditions.append(sa.or_(ExportStatus.created_at > after.created_at, is_later))
        wanted = sa.select(ExportStatus.id, ExportStatus.created_at, ExportStatus.name).where(*conditions)
        page = wanted.order_by(ExportStatus.created_at, ExportStatus.id).limit(MOST_AT_ONCE)
        return [Target(row.id, row.name, row.created_at) for row in await session.execute(page)]


async def change_each(targets: Sequence[Target], change: Callable[[str], Awaitable[object]]) -> Batch:
    """Change some exports, one after the other, until some seconds have passed.

    Raises AuditError and DatabaseError, which concern all of them.
    """
    until = time.monotonic() + _SECONDS
    failed: list[Failed] = []
    for number, target in enumerate(targets, 1):
        try:
            await change(target.export_id)
        except (AuditError, DatabaseError):
            raise
        except LumberError as error:
            failed.append(Failed(target.export_id, target.name, error))
        if time.monotonic() > until or number == len(targets):
            return Batch(number - len(failed), failed, number)
    return Batch(0, (), 0)


async def change_matching(
    database: Database, settings: Settings, query: HistoryQuery, change: BulkChange
) -> Outcome:
    """Change all exports that match a search, for the user of the command line, batch by batch.

    An export that can't be changed is reported, and the others are changed. Raises AuditError and
    DatabaseError.
    """
    outcome, place = Outcome(), None
    while targets := await next_matching(database, query, None, place):
        batch = await change_each(targets, lambda each: change.apply(database, settings, each))
        outcome.done += batch.done
        outcome.failed += batch.failed
        last = targets[batch.taken - 1]
        assert last.created_at is not None
        place = Place(last.created_at, last.export_id)
    return outcome


async def change_named(
    database: Database, settings: Settings, ids: Sequence[str], change: BulkChange
) -> Outcome:
    """Change the exports with some ids, for the user of the command line. Raises as `change_matching`."""
    outcome = Outcome()
    while outcome.taken < len(ids):
        rest = [Target(each) for each in ids[outcome.taken :]]
        batch = await change_each(rest, lambda each: change.apply(database, settings, each))
        outcome.done += batch.done
        outcome.failed += batch.failed
    return outcome
