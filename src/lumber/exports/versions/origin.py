"""Which source a version has read: an increment continues rows of the same tables, mapped the same way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lumber.catalog.kind import Kind
from lumber.sources.guarantee import Guarantee
from lumber.sources.guest import Guest
from lumber.sources.registry import Source

_MAY_ASK = "SELECT has_function_privilege('pg_control_system()', 'execute')"
_CLUSTER = "SELECT system_identifier::text FROM pg_control_system()"
# A standby doesn't write, and has no log file of its own.
_TIMELINE = (
    "SELECT CASE WHEN pg_is_in_recovery() THEN 'standby' "
    "ELSE substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) END"
)
_DATABASE = "SELECT oid::text FROM pg_database WHERE datname = current_database()"
_TABLE = "SELECT to_regclass(:name)::oid::text"


async def source_identity(connection: AsyncConnection, guest: Guest, kinds: Iterable[str]) -> str:
    """Return a text that no other source has: its database, and its mapped tables."""
    if guest.collector is not None:
        # Nothing more is known of all such sources: rows that were replaced have another digest.
        return f"collected/{sha256(str(guest.source.url).encode()).hexdigest()[:16]}"
    if guest.database.is_sqlite:
        # A file that was restored, or put in the place of another one, is another file.
        return f"sqlite/{guest.database.url.path.stat().st_ino}"
    may_ask = await _value(connection, _MAY_ASK)
    parts = [
        await _value(connection, _CLUSTER) if may_ask else "unknown",
        await _value(connection, _TIMELINE),
        await _value(connection, _DATABASE),
    ]
    for kind in sorted(kinds):
        table = guest.tables[kind]
        parts.append(await _value(connection, _TABLE, name=table.sql) if table.is_base else "view")
    return "/".join(["postgresql", *map(str, parts)])


def only_grows(kind: Kind, source: Source | None) -> bool:
    """Say whether rows of a kind are only added. A source's mapping says it of its rows."""
    if source is None or not kind.is_append_only:
        return kind.is_append_only
    return source.mappings[kind.name].mapping.guarantee is Guarantee.APPEND_ONLY


def origin_mark(guest: Guest, kinds: Iterable[str]) -> dict[str, Any]:
    """Return what a watermark says about the mappings that made the rows."""
    return {kind: guest.source.mappings[kind].mapping.sha256 for kind in kinds}


def why_other_source(mark: Mapping[str, Any], identity: str) -> str | None:
    """Return how a source differs from the one that a version with this watermark read; None: it doesn't."""
    known = str(mark.get("database"))
    if known == identity:
        return None
    before, now = known.split("/"), identity.split("/")
    if before[0] != now[0] or len(before) != len(now):
        return "another database"
    if now[0] == "sqlite":
        return "another file"
    if now[0] == "collected":
        return "another address"
    if before[1] != now[1] or before[3] != now[3]:
        return "another PostgreSQL database"
    if before[2] != now[2]:
        return "the PostgreSQL cluster was restored or promoted"
    return "tables were dropped and made again"


def why_not_continued(guest: Guest, kind: str, mark: Mapping[str, Any], number: int) -> str | None:
    """Return why rows of a source that a version has read must be read again; None if they needn't."""
    mapping = guest.source.mappings[kind].mapping
    if mapping.guarantee is not Guarantee.APPEND_ONLY:
        return f"its mapping promises {mapping.guarantee} only, so rows that were read may have changed"
    if mark.get("source", {}).get(kind) != mapping.sha256 or kind not in mark["max_ids"]:
        return f"its mapping isn't the one of version {number}"
    if not guest.sees_all(kind):
        return "a preview reads only the first rows of this source: which ones are new, the export finds out"
    return None


async def _value(connection: AsyncConnection, text: str, **values: Any) -> Any:
    return (await connection.execute(sa.text(text), values)).scalar()
