"""Lists what was loaded: each load is one source in the ledger, with the rows that it wrote."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.errors import SourceMissing
from lumber.ingest.source_ids import SOURCE_ID
from lumber.ingest.uploads.sources import LoadedSource
from lumber.store.database import Database
from lumber.store.models import IngestAddress, IngestChunk, IngestSource


@dataclass(frozen=True, slots=True)
class Load:
    """A loaded source. `can_delete` is false if an earlier version loaded some of its rows.

    `addresses` is the number of addresses that the load added or updated; None if they weren't counted.
    """

    source: LoadedSource
    can_delete: bool
    addresses: int | None = None


@dataclass(frozen=True, slots=True)
class LoadPage:
    """Loads, the newest first, and the number of all. The next page begins after the load `next_after`."""

    loads: Sequence[Load]
    total: int
    next_after: str | None


async def list_loads(
    database: Database, limit: int, after: str | None, *, kinds: Collection[str] | None = None
) -> LoadPage:
    """Return one page of the loads, of all kinds or of some.

    The page begins behind the load `after`, wherever it is by then. Raises SourceMissing if it isn't there.
    """
    async with database.session() as session:
        newest = sa.select(IngestSource).where(*_of_kinds(kinds))
        newest = newest.order_by(IngestSource.created_at.desc(), IngestSource.source_id.desc())
        if after is not None:
            last = await session.get(IngestSource, after) if is_source_id(after) else None
            if last is None or (kinds is not None and last.kind not in kinds):
                raise SourceMissing(
                    f"There is no load {after!r}, so no page begins after it. Begin at the first page."
                )
            is_same_time = IngestSource.created_at == last.created_at
            is_after = is_same_time & (IngestSource.source_id < last.source_id)
            newest = newest.where((IngestSource.created_at < last.created_at) | is_after)
        rows = (await session.scalars(newest.limit(limit + 1))).all()
        is_last, rows = len(rows) <= limit, rows[:limit]
        recorded = await _recorded(session, [row.source_id for row in rows])
        total = await session.scalar(_counted(kinds))
    loads = [_load(row, recorded) for row in rows]
    return LoadPage(loads, total or 0, None if is_last else rows[-1].source_id)


async def last_changed(
    database: Database, limit: int, offset: int, *, kinds: Collection[str] | None = None
) -> tuple[Sequence[Load], int]:
    """Return one page of the loads of all or of some kinds, the last changed first, and their number."""
    newest = sa.select(IngestSource).where(*_of_kinds(kinds))
    newest = newest.order_by(IngestSource.updated_at.desc(), IngestSource.source_id)
    async with database.session() as session:
        rows = (await session.scalars(newest.limit(limit).offset(offset))).all()
        recorded = await _recorded(session, [row.source_id for row in rows])
        total = await session.scalar(_counted(kinds))
    return [_load(row, recorded) for row in rows], total or 0


async def find_load(database: Database, source_id: str) -> Load:
    """Return a load with the number of its addresses. Raises SourceMissing."""
    async with database.session() as session:
        row = await session.get(IngestSource, source_id) if is_source_id(source_id) else None
        if row is None:
            raise missing(source_id)
        recorded = await _recorded(session, [source_id])
        count = sa.select(sa.func.count()).where(IngestAddress.source_id == source_id)
        addresses = await session.scalar(count)
    return _load(row, recorded, addresses)


async def find_ids(database: Database, prefix: str, limit: int = 5) -> Sequence[str]:
    """Return the source ids that begin with a text: the id itself first, if there is one."""
    if not is_source_id(prefix):
        return []
    column = IngestSource.source_id
    query = sa.select(column).where(column.startswith(prefix, autoescape=True))
    async with database.session() as session:
        return (await session.scalars(query.order_by(sa.func.length(column), column).limit(limit))).all()


async def kind_of(database: Database, source_id: str) -> str | None:
    """Return the kind of a load; None if there is no such load."""
    if not is_source_id(source_id):
        return None
    async with database.connect() as connection:
        statement = sa.select(IngestSource.kind).where(IngestSource.source_id == source_id)
        kind: str | None = await connection.scalar(statement)
    return kind


def _of_kinds(kinds: Collection[str] | None) -> Sequence[sa.ColumnElement[bool]]:
    return () if kinds is None else (IngestSource.kind.in_(sorted(kinds)),)


def _counted(kinds: Collection[str] | None) -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(IngestSource).where(*_of_kinds(kinds))


async def _recorded(session: AsyncSession, source_ids: Sequence[str]) -> dict[str, int]:
    """Return the number of recorded rows of each source."""
    rows = sa.func.sum(IngestChunk.rows)
    query = sa.select(IngestChunk.source_id, rows).where(IngestChunk.source_id.in_(source_ids))
    found: Any = await session.execute(query.group_by(IngestChunk.source_id))
    return {source_id: int(count) for source_id, count in found}


def _load(row: IngestSource, recorded: dict[str, int], addresses: int | None = None) -> Load:
    return Load(LoadedSource.of(row), recorded.get(row.source_id, 0) == row.loaded, addresses)


def is_source_id(text: str) -> bool:
    """Say whether a source can have this id. Databases don't take every text."""
    return re.fullmatch(SOURCE_ID, text) is not None


def missing(source_id: str) -> SourceMissing:
    """Return the error for a source id that isn't in the ledger."""
    return SourceMissing(
        f"Nothing was loaded under the source id {source_id!r}. `lumber loads list` shows all loads."
    )
