"""Reads the audit trail: filtered pages, newest first, and all lines in order."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lumber.audit.actions import Action
from lumber.audit.line import MEMBERS, Line, Result, storable, time_text
from lumber.errors import AuditError
from lumber.store.database import Database
from lumber.store.models.audit import AUDIT_HEAD, AUDIT_LINES

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain, and its anchor: the oldest line that is kept, and the hash before it."""

    last_seq: int
    last_hash: str
    first_seq: int
    first_prev_hash: str


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which lines to list, newest first. `actor` is a name or an id of a user or key.

    `target` is an id or its beginning, or a kind and an id such as `export:3f2a`. `before` is a number: only
    older lines.
    """

    actor: str | None = None
    action: Sequence[Action] = ()
    target: str | None = None
    result: Result | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of lines, newest first, and `before` for the next page; None on the last one."""

    lines: Sequence[Line]
    next_before: int | None


async def find_lines(database: Database, query: AuditQuery) -> AuditPage:
    """Return one page of lines. No total is counted, because the trail only grows."""
    wanted = sa.select(AUDIT_LINES).where(*conditions(query)).order_by(AUDIT_LINES.c.seq.desc())
    async with database.connect() as connection:
        rows = (await connection.execute(wanted.limit(query.limit + 1))).all()
    lines = [line_of(row) for row in rows[: query.limit]]
    return AuditPage(lines, lines[-1].seq if len(rows) > query.limit else None)


async def read_head(connection: AsyncConnection) -> Head | None:
    """Return the head of the chain; None if somebody deleted it."""
    found = (await connection.execute(sa.select(AUDIT_HEAD).where(AUDIT_HEAD.c.id == 1))).one_or_none()
    if found is None:
        return None
    return Head(found.last_seq, found.last_hash, found.first_seq, found.first_prev_hash)


async def pages(
    connection: AsyncConnection, after: int, last: int | None = None
) -> AsyncIterator[Sequence[sa.Row[Any]]]:
    """Yield the rows of all lines with numbers above `after`, up to `last`, in order."""
    while True:
        wanted = sa.select(AUDIT_LINES).where(AUDIT_LINES.c.seq > after)
        if last is not None:
            wanted = wanted.where(AUDIT_LINES.c.seq <= last)
        rows = (await connection.execute(wanted.order_by(AUDIT_LINES.c.seq).limit(_PAGE))).all()
        if rows:
            yield rows
        if len(rows) < _PAGE:
            return
        after = rows[-1].seq


async def export_lines(database: Database) -> AsyncIterator[str]:
    """Yield all lines as canonical JSON, in order, and at the end a line with the head of the chain.

    No transaction is open between two pages, however slowly they are read. Raises AuditError if lines are
    missing, for example because the retention deleted them meanwhile.
    """
    head = await _require_head(database)
    seq = head.first_seq - 1
    while seq < head.last_seq:
        async with database.connect() as connection:
            rows = [row async for page in _one_page(connection, seq, head.last_seq) for row in page]
        for row in rows:
            if row.seq != seq + 1:
                break
            seq = row.seq
            yield line_of(row).as_text()
        else:
            if rows:
                continue
        raise AuditError(
            f"Line {seq + 1:,} of the audit trail is missing. Run `lumber audit verify`. If the retention "
            "has just deleted it, export again."
        )
    yield json.dumps({"head": _head_json(head)}, sort_keys=True, separators=(",", ":"))


async def _require_head(database: Database) -> Head:
    async with database.connect() as connection:
        head = await read_head(connection)
    if head is None:
        raise AuditError("The head of the audit trail is missing. Run `lumber audit verify`.")
    return head


async def _one_page(
    connection: AsyncConnection, after: int, last: int
) -> AsyncIterator[Sequence[sa.Row[Any]]]:
    async for rows in pages(connection, after, min(last, after + _PAGE)):
        yield rows
        return


def _head_json(head: Head) -> dict[str, Any]:
    return {
        "last_seq": head.last_seq,
        "last_hash": head.last_hash,
        "first_seq": head.first_seq,
        "first_prev_hash": head.first_prev_hash,
    }


def line_of(row: Any) -> Line:
    """Return the line of a row, without checking it."""
    found = row._mapping
    members: dict[str, Any] = {name: found[name] for name in MEMBERS}
    members["at"] = time_text(found["at"])
    try:
        members["details"] = json.loads(found["details"])
    except (ValueError, RecursionError):
        members["details"] = found["details"]  # somebody changed it
    return Line(members, found["hash"])


def conditions(query: AuditQuery) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of a query, without its limit."""
    columns = AUDIT_LINES.c
    found: list[sa.ColumnElement[bool]] = []
    if query.actor is not None:
        actor = storable(query.actor)
        is_actor = (columns.actor_name, columns.actor_id, columns.key_id)
        found.append(sa.or_(*(column == actor for column in is_actor)))
    if query.action:
        found.append(columns.action.in_([action.value for action in query.action]))
    if query.target is not None:
        found.append(_is_target(storable(query.target)))
    if query.result is not None:
        found.append(columns.result == query.result.value)
    if query.since is not None:
        found.append(columns.at >= query.since)
    if query.until is not None:
        found.append(columns.at <= query.until)
    if query.before is not None:
        found.append(columns.seq < query.before)
    return found


def _is_target(text: str) -> sa.ColumnElement[bool]:
    columns = AUDIT_LINES.c
    kind, colon, id_ = text.partition(":")
    of_id = columns.target_id.startswith(text, autoescape=True)
    if not colon:
        return of_id
    return of_id | ((columns.target_kind == kind) & columns.target_id.startswith(id_, autoescape=True))
