"""Finds exports by status, kind, text and date, in a given order, and by the start of their id.

Filters on status and date use an index. Filters on text scan a narrow table with the searched texts, and the
kind filter an index of it. Pages by age come from an index; other orders sort all matching exports.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.exports.metadata import ExportMetadata
from lumber.exports.owners import with_owners
from lumber.exports.status import ENDED
from lumber.exports.visibility import usable
from lumber.identity.rights import Principal
from lumber.store.database import Database
from lumber.store.models import ExportSearch, ExportSearchDefault, ExportStatus
from lumber.store.url import Dialect

# Separates the texts in ExportSearch.outcome. Configs have no control characters: JSON escapes them.
_SEPARATOR = "\x1f"
# Matches of a search whose ids are passed back to the database.
_FEW = 500
_Key = sa.ColumnElement[Any]


class Order(StrEnum):
    """Sort order: age, rows, bytes, duration or status, each in both directions.

    Only finished exports have rows and bytes, and only those that started have a duration; others come last.
    Equal exports are sorted newest first.
    """

    NEWEST = "newest"
    OLDEST = "oldest"
    MOST_ROWS = "most_rows"
    FEWEST_ROWS = "fewest_rows"
    LARGEST = "largest"
    SMALLEST = "smallest"
    LONGEST = "longest"
    SHORTEST = "shortest"
    STATUS = "status"
    STATUS_REVERSED = "status_reversed"


_ASCENDING = (Order.FEWEST_ROWS, Order.SMALLEST, Order.SHORTEST, Order.STATUS)


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """Filters, page and order of a search. Both times are inclusive; naive times are UTC.

    An export matches any of `statuses`, and has all of `tags`, which are in lower case. `text` is searched in
    the id, the name, the tags, the note, the folder, the error and the config, in any case.
    """

    statuses: Sequence[str] = ()
    kind: str | None = None
    text: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    limit: int = 100
    offset: int = 0
    order: Order = Order.NEWEST
    tags: Sequence[str] = ()


async def find_exports(
    database: Database, query: HistoryQuery, *, principal: Principal | None = None
) -> tuple[Sequence[ExportMetadata], int]:
    """Return one page of the exports that a principal may see, and the number of exports on all pages.

    Without a principal, it is the command line, which sees all.
    """
    if query.text is not None and not _is_storable(query.text):
        return (), 0
    conditions = [*_times(query), *usable(principal)]
    async with database.session() as session:
        searched = await _searched(session, query, database.url.dialect)
        if not searched:
            return await _read_page(session, query, conditions, _counted(query, conditions))
        # These scan the searched texts. A few matches are remembered, so that the scan is done only once.
        some = _matches(query, conditions, searched, ExportSearch.export_id).limit(_FEW + 1)
        found = list(await session.scalars(some))
        if len(found) <= _FEW:
            few = [ExportStatus.id.in_(found)]
            return await _read_page(session, query, few, _counted(query, few))
        is_match = sa.exists().where(ExportSearch.export_id == ExportStatus.id, *searched)
        counted = _matches(query, conditions, searched, sa.func.count())
        return await _read_page(session, query, [*conditions, is_match], counted)


async def matching(
    session: AsyncSession, query: HistoryQuery, dialect: Dialect
) -> list[sa.ColumnElement[bool]]:
    """Return the conditions on exports that match a search, whoever may see them."""
    if query.text is not None and not _is_storable(query.text):
        return [sa.false()]
    found = [*_times(query), *_of_statuses(query)]
    searched = await _searched(session, query, dialect)
    if searched:
        found.append(sa.exists().where(ExportSearch.export_id == ExportStatus.id, *searched))
    return found


def _matches(
    query: HistoryQuery,
    conditions: Sequence[sa.ColumnElement[bool]],
    searched: Sequence[sa.ColumnElement[bool]],
    column: Any,
) -> sa.Select[Any]:
    """Select a column of the matching texts. Read the exports only if the query filters on them."""
    found = sa.select(column).select_from(ExportSearch).where(*searched)
    of_exports = [*_of_statuses(query), *conditions]
    if not of_exports:
        return found
    return found.join(ExportStatus, ExportStatus.id == ExportSearch.export_id).where(*of_exports)


def _counted(query: HistoryQuery, conditions: Sequence[sa.ColumnElement[bool]]) -> sa.Select[Any]:
    return sa.select(sa.func.count()).select_from(ExportStatus).where(*_of_statuses(query), *conditions)


async def _read_page(
    session: AsyncSession,
    query: HistoryQuery,
    conditions: Sequence[sa.ColumnElement[bool]],
    counted: sa.Select[Any],
) -> tuple[Sequence[ExportMetadata], int]:
    keys = _page(query, conditions)
    page = sa.select(ExportStatus).join(keys, keys.c.id == ExportStatus.id).order_by(*_order(query.order))
    rows = await with_owners(
        session, [ExportMetadata.from_status(row) for row in await session.scalars(page)]
    )
    return rows, int(await session.scalar(counted) or 0)


async def find_by_prefix(database: Database, text: str, *, limit: int = 10) -> Sequence[ExportMetadata]:
    """Return the export with the id `text`, or else those whose id starts with it, newest first."""
    if not text or not text.isprintable():
        return ()
    found = (
        sa.select(ExportStatus)
        .where(ExportStatus.id.startswith(text.lower(), autoescape=True))
        .order_by(ExportStatus.created_at.desc(), ExportStatus.id)
    )
    async with database.session() as session:
        exact = await session.get(ExportStatus, text)
        rows = [exact] if exact is not None else await session.scalars(found.limit(limit))
        return [ExportMetadata.from_status(row) for row in rows]


def _page(query: HistoryQuery, conditions: Sequence[sa.ColumnElement[bool]]) -> sa.Subquery:
    """Select the ids of the page in order.

    For several statuses by age, merge one page per status, each read from the index.
    """
    chosen = sa.select(ExportStatus.id, ExportStatus.created_at).where(*conditions)
    chosen = chosen.order_by(*_order(query.order))
    statuses = list(dict.fromkeys(query.statuses))
    if len(statuses) < 2 or query.order not in (Order.NEWEST, Order.OLDEST):
        return chosen.where(*_of_statuses(query)).limit(query.limit).offset(query.offset).subquery("keys")
    parts = [
        sa.select(chosen.where(ExportStatus.status == status).limit(query.limit + query.offset).subquery())
        for status in statuses
    ]
    merged = sa.union_all(*parts).subquery("merged")
    by_age = _by_age(merged.c.created_at, merged.c.id, query.order)
    ordered = sa.select(merged.c.id).order_by(*by_age)
    return ordered.limit(query.limit).offset(query.offset).subquery("keys")


def _order(order: Order) -> tuple[_Key, ...]:
    """Return the sort keys. The id comes last, so that the order is total."""
    by_age = _by_age(ExportStatus.created_at, ExportStatus.id, order)
    value = _value(order)
    if value is None:
        return by_age
    return (sa.nulls_last(value.asc() if order in _ASCENDING else value.desc()), *by_age)


def _by_age(created_at: Any, export_id: Any, order: Order) -> tuple[_Key, ...]:
    if order is Order.OLDEST:
        return created_at.asc(), export_id.asc()
    return created_at.desc(), export_id.desc()


def _value(order: Order) -> Any:
    """Return the first sort key, or None for orders by age."""
    has_ended = ExportStatus.status.in_(ENDED)
    match order:
        case Order.MOST_ROWS | Order.FEWEST_ROWS:
            return sa.case((has_ended, ExportStatus.record_count))
        case Order.LARGEST | Order.SMALLEST:
            return sa.case((has_ended, ExportStatus.file_size))
        case Order.LONGEST | Order.SHORTEST:
            return ExportStatus.finished_at - ExportStatus.started_at
        case Order.STATUS | Order.STATUS_REVERSED:
            return ExportStatus.status
        case Order.NEWEST | Order.OLDEST:
            return None


def _of_statuses(query: HistoryQuery) -> list[sa.ColumnElement[bool]]:
    statuses = list(dict.fromkeys(query.statuses))
    if len(statuses) == 1:
        return [ExportStatus.status == statuses[0]]
    return [ExportStatus.status.in_(statuses)] if statuses else []


def _times(query: HistoryQuery) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if query.created_from is not None:
        found.append(ExportStatus.created_at >= query.created_from)
    if query.created_to is not None:
        found.append(ExportStatus.created_at <= query.created_to)
    return found


async def _searched(
    session: AsyncSession, query: HistoryQuery, dialect: Dialect
) -> list[sa.ColumnElement[bool]]:
    """Return the conditions on the searched texts."""
    found: list[sa.ColumnElement[bool]] = []
    if query.kind is not None:
        kind = json.dumps(query.kind, ensure_ascii=False)
        found.append(_position(ExportSearch.kinds, sa.literal(kind, sa.Text()), dialect) > 0)
    for tag in query.tags:
        member = json.dumps(tag, ensure_ascii=False)
        # The index has no exports without tags.
        found += [
            ExportSearch.tags != sa.literal_column("''"),
            _position(ExportSearch.tags, sa.literal(member, sa.Text()), dialect) > 0,
        ]
    if query.text:
        as_json = json.dumps(query.text, ensure_ascii=False)[1:-1]
        matching = _contains(ExportSearchDefault.member, as_json, dialect)
        marks = await session.scalars(sa.select(ExportSearchDefault.mark).where(matching))
        has_default = [_position(ExportSearch.defaults, sa.literal(mark), dialect) > 0 for mark in marks]
        in_config = _contains(ExportSearch.config, as_json, dialect)
        in_tags = _contains(ExportSearch.tags, as_json, dialect)
        found.append(sa.or_(_in_outcome(query.text, dialect), in_config, in_tags, *has_default))
    return found


def _in_outcome(text: str, dialect: Dialect) -> sa.ColumnElement[bool]:
    """Return whether the id, the folder, the error, the name or the note contains the text."""
    if _SEPARATOR not in text:
        return _contains(ExportSearch.outcome, text, dialect)
    # It must not match across two of the joined texts.
    single = (
        ExportStatus.id,
        ExportStatus.output_path,
        ExportStatus.error_code,
        ExportStatus.error_message,
        ExportStatus.name,
        ExportStatus.note,
    )
    of_export = [_contains(sa.func.lower(column), text, dialect) for column in single]
    is_match = sa.exists().where(ExportStatus.id == ExportSearch.export_id, sa.or_(*of_export))
    return is_match.correlate(ExportSearch)


def _contains(lowered: Any, text: str, dialect: Dialect) -> sa.ColumnElement[bool]:
    """Return whether a lower-cased text contains `text` in any case, as the database folds it.

    On PostgreSQL, LIKE takes twice as long as strpos(), and ILIKE ten times, because it lower-cases each
    text again. On SQLite, LIKE takes half as long as instr().
    """
    if dialect == "sqlite":
        escaped = re.sub("([%_~])", r"~\1", text)
        return cast("sa.ColumnElement[bool]", lowered.like(f"%{escaped}%", escape="~"))
    return _position(lowered, sa.func.lower(sa.literal(text, sa.Text())), dialect) > 0


def _position(text: Any, part: sa.ColumnElement[str], dialect: Dialect) -> sa.ColumnElement[int]:
    position = sa.func.instr if dialect == "sqlite" else sa.func.strpos
    return position(text, part, type_=sa.Integer())


def _is_storable(text: str) -> bool:
    """Return whether a database can store the text. If not, no export matches."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text
