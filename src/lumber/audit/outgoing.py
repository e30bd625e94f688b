"""What left: downloads, rows that somebody looked at, and datasets that commands wrote.

Each comes with what its export covers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lumber.audit.actions import Action
from lumber.audit.actor import ActorKind
from lumber.audit.line import Line
from lumber.audit.reading import AuditQuery, conditions, line_of
from lumber.store.database import Database
from lumber.store.models.audit import AUDIT_LINES

# Of the creation of an export, what says what its dataset contains.
_COVERED = ("kinds", "columns", "filters", "is_private", "privacy", "policies")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One departure: the line of its begin, of its end, and of the creation of the export.

    `ended` is None for a download that has not ended, or whose service was killed. `created` is None if the
    retention deleted the line, and for what isn't an export.
    """

    begun: Line
    ended: Line | None
    created: Line | None

    def as_json(self) -> dict[str, Any]:
        """Return who got what, as JSON values."""
        begun, details = self.begun.members, _details(self.begun)
        end = _details(self.ended)
        is_download = begun["action"] == Action.DOWNLOAD_STARTED
        is_viewing = begun["action"] == Action.ROWS_VIEWED
        place = "file" if is_download else "folder"
        who = ("seq", "at", "actor_kind", "actor_id", "actor_name", "key_id", "address")
        covered = _details(self.created)
        return {
            **{name: begun[name] for name in who},
            "target_kind": begun["target_kind"],
            "target_id": begun["target_id"],
            "file": f"rows of {details.get('table')}" if is_viewing else details.get(place),
            "bytes": details.get("bytes"),
            "bytes_sent": end.get("bytes_sent") if is_download else details.get("bytes"),
            "is_complete": False if is_viewing else end.get("is_complete") if is_download else True,
            "sha256": end.get("sha256") or details.get("sha256") or details.get("files_sha256"),
            "created_by": None if self.created is None else self.created.members["actor_name"],
            **{name: covered.get(name) for name in _COVERED},
        }


@dataclass(frozen=True, slots=True)
class OutgoingPage:
    """One page, newest first, and `before` for the next page; None on the last one."""

    items: Sequence[Outgoing]
    next_before: int | None


async def find_outgoing(database: Database, query: AuditQuery) -> OutgoingPage:
    """Return one page of what left. Actions in the query are ignored."""
    columns = AUDIT_LINES.c
    is_written = (columns.action == Action.EXPORT_COMPLETED.value) & (
        columns.actor_kind == ActorKind.LOCAL.value
    )
    has_begun = columns.action.in_((Action.DOWNLOAD_STARTED.value, Action.ROWS_VIEWED.value))
    has_left = has_begun | is_written
    wanted = sa.select(AUDIT_LINES).where(has_left, *conditions(query)).order_by(columns.seq.desc())
    async with database.connect() as connection:
        rows = (await connection.execute(wanted.limit(query.limit + 1))).all()
        begun = [line_of(row) for row in rows[: query.limit]]
        targets = {str(line.members["target_id"]) for line in begun}
        created = await _created(connection, targets)
        ended = await _ended(connection, targets, [line.seq for line in begun], database.is_sqlite)
    items = [Outgoing(line, ended.get(line.seq), created.get(line.members["target_id"])) for line in begun]
    return OutgoingPage(items, begun[-1].seq if len(rows) > query.limit else None)


async def _created(connection: AsyncConnection, targets: set[str]) -> dict[str, Line]:
    is_creation = AUDIT_LINES.c.action == Action.EXPORT_CREATED.value
    wanted = sa.select(AUDIT_LINES).where(is_creation, AUDIT_LINES.c.target_id.in_(targets))
    lines = [line_of(row) for row in await connection.execute(wanted)]
    return {line.members["target_id"]: line for line in lines}


async def _ended(
    connection: AsyncConnection, targets: set[str], seqs: Sequence[int], is_sqlite: bool
) -> dict[int, Line]:
    """Return the lines of the ends of downloads, by the number of the line of their begin."""
    if not seqs:
        return {}
    # Lines that somebody changed may not be JSON.
    text = (
        "CASE WHEN json_valid(details) THEN json_extract(details, '$.started_seq') END"
        if is_sqlite
        else "CAST(substring(details from '\"started_seq\":([0-9]{1,18})') AS bigint)"
    )
    started_seq: sa.ColumnElement[int] = sa.literal_column(text, sa.BigInteger())
    wanted = sa.select(AUDIT_LINES).where(
        AUDIT_LINES.c.action == Action.DOWNLOAD.value,
        AUDIT_LINES.c.target_id.in_(targets),
        AUDIT_LINES.c.seq > min(seqs),
        started_seq.in_(seqs),
    )
    lines = [line_of(row) for row in await connection.execute(wanted)]
    return {_details(line)["started_seq"]: line for line in lines if "started_seq" in _details(line)}


def _details(line: Line | None) -> dict[str, Any]:
    details = {} if line is None else line.members["details"]
    return details if isinstance(details, dict) else {}
