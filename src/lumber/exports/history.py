"""The history of exports: found by status, kind, text and date, newest first.

By status and date the answer is as fast with a hundred thousand exports as with ten. Kind and text are
looked for in every export of the chosen statuses and dates.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from lumber.exports.metadata import ExportMetadata
from lumber.store.database import Database
from lumber.store.models import ExportStatus
from lumber.store.url import Dialect

_TYPES = '"data_types":['


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """Which exports to find; what is not given does not narrow. Both times are inclusive, naive means UTC.

    `statuses`: any of them. `text`, in any case, is looked for in the id, the folder, the error and the
    config.
    """

    statuses: Sequence[str] = ()
    kind: str | None = None
    text: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    limit: int = 100
    offset: int = 0


async def find_exports(database: Database, query: HistoryQuery) -> tuple[Sequence[ExportMetadata], int]:
    """Return one page of exports, newest first, and how many there are on all pages."""
    if query.text is not None and not _is_storable(query.text):
        return (), 0
    conditions = _conditions(query, database.url.dialect)
    keys = _page(query, conditions)
    page = (
        sa.select(ExportStatus)
        .join(keys, keys.c.id == ExportStatus.id)
        .order_by(ExportStatus.created_at.desc(), ExportStatus.id.desc())
    )
    counted = sa.select(sa.func.count()).select_from(ExportStatus).where(*_of_statuses(query), *conditions)
    async with database.session() as session:
        rows = [ExportMetadata.from_status(row) for row in await session.scalars(page)]
        return rows, int(await session.scalar(counted) or 0)


def _page(query: HistoryQuery, conditions: Sequence[sa.ColumnElement[bool]]) -> sa.Subquery:
    """Select the ids of the page: first the newest of each status, each from the index, then of those."""
    newest = (ExportStatus.created_at.desc(), ExportStatus.id.desc())
    chosen = sa.select(ExportStatus.id, ExportStatus.created_at).where(*conditions).order_by(*newest)
    statuses = list(dict.fromkeys(query.statuses))
    if len(statuses) < 2:
        return chosen.where(*_of_statuses(query)).limit(query.limit).offset(query.offset).subquery("keys")
    parts = [
        sa.select(chosen.where(ExportStatus.status == status).limit(query.limit + query.offset).subquery())
        for status in statuses
    ]
    merged = sa.union_all(*parts).subquery("merged")
    ordered = sa.select(merged.c.id).order_by(merged.c.created_at.desc(), merged.c.id.desc())
    return ordered.limit(query.limit).offset(query.offset).subquery("keys")


def _of_statuses(query: HistoryQuery) -> list[sa.ColumnElement[bool]]:
    statuses = list(dict.fromkeys(query.statuses))
    if len(statuses) == 1:
        return [ExportStatus.status == statuses[0]]
    return [ExportStatus.status.in_(statuses)] if statuses else []


def _conditions(query: HistoryQuery, dialect: Dialect) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if query.created_from is not None:
        found.append(ExportStatus.created_at >= query.created_from)
    if query.created_to is not None:
        found.append(ExportStatus.created_at <= query.created_to)
    if query.kind is not None:
        found.append(_has_kind(query.kind, dialect))
    if query.text:
        found.append(_has_text(query.text, dialect))
    return found


def _has_kind(kind: str, dialect: Dialect) -> sa.ColumnElement[bool]:
    """Look into the config's text, as the ledger writes it; to parse each would take far longer."""
    config = sa.type_coerce(ExportStatus.config, sa.Text())
    types = sa.func.substr(config, _position(config, _TYPES, dialect) + len(_TYPES))
    place = _position(types, json.dumps(kind, ensure_ascii=False), dialect)
    return sa.and_(place > 0, place < _position(types, "]", dialect))


def _has_text(text: str, dialect: Dialect) -> sa.ColumnElement[bool]:
    plain = (ExportStatus.id, ExportStatus.output_path, ExportStatus.error_code, ExportStatus.error_message)
    config = sa.type_coerce(ExportStatus.config, sa.Text())
    as_json = json.dumps(text, ensure_ascii=False)[1:-1]
    return sa.or_(
        *[_position(sa.func.lower(column), sa.func.lower(text), dialect) > 0 for column in plain],
        _position(sa.func.lower(config), sa.func.lower(as_json), dialect) > 0,
    )


def _position(
    text: sa.ColumnElement[str], part: str | sa.ColumnElement[str], dialect: Dialect
) -> sa.ColumnElement[int]:
    position = sa.func.instr if dialect == "sqlite" else sa.func.strpos
    return position(text, part, type_=sa.Integer())


def _is_storable(text: str) -> bool:
    """Say whether a database could hold the text; if not, it is nowhere to be found."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text
