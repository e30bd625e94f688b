"""Says which database it is: transactions of another one mean nothing for an increment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lumber.text import counted

_MAY_ASK = "SELECT has_function_privilege('pg_control_system()', 'execute')"
_CLUSTER = "SELECT system_identifier::text FROM pg_control_system()"
# A promoted standby and a restore to a point in time begin a new timeline. The control file names it only
# after the next checkpoint, the name of the log file at once.
_TIMELINE = "SELECT substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)"
_DATABASE = "SELECT oid::text FROM pg_database WHERE datname = current_database()"
# A dump that was restored into the same database has other tables.
_TABLE = "SELECT to_regclass(:name)::oid::text"
_NEWEST = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"
# The parts of an identity before those of the tables.
_PARTS = 3


async def database_identity(connection: AsyncConnection, tables: Iterable[str]) -> str | None:
    """Return a text that no other database has; None on SQLite.

    There the ledger is in the same file as the rows, so both are restored together.
    """
    if connection.dialect.name != "postgresql":
        return None
    may_ask = await _value(connection, _MAY_ASK)
    parts = [
        await _value(connection, _CLUSTER) if may_ask else "unknown",
        int(await _value(connection, _TIMELINE), 16),
        await _value(connection, _DATABASE),
    ]
    parts += [await _value(connection, _TABLE, name=table) for table in sorted(tables)]
    return "/".join(map(str, parts))


async def why_other_database(
    connection: AsyncConnection, watermark: Mapping[str, Any], identity: str | None
) -> str | None:
    """Return how the database differs from the one that a version with this watermark read; None: it doesn't.

    A copy of the same cluster has the same identity. If it is older, it hasn't reached the transactions that
    the version has seen.
    """
    known = watermark.get("database")
    if known != identity:
        return _difference(str(known).split("/"), str(identity).split("/"))
    # A version over a source has no snapshot of ours: it is read whole each time.
    if identity is None or watermark.get("snapshot") is None:
        return None
    seen, newest = int(watermark["snapshot"].split(":")[1]), int(await _value(connection, _NEWEST))
    if newest < seen:
        behind = counted(seen - newest, "transaction")
        return f"an older copy of the PostgreSQL cluster, {behind} behind"
    return None


def _difference(known: list[str], now: list[str]) -> str:
    if len(known) != len(now) or len(now) <= _PARTS:
        return "another database"
    if known[0] != now[0]:
        return "another PostgreSQL cluster"
    if known[1] != now[1]:
        return f"the PostgreSQL cluster was restored or promoted: its timeline was {known[1]}, now {now[1]}"
    if known[2] != now[2]:
        return "another database of the PostgreSQL cluster"
    return "tables were dropped and made again"


async def _value(connection: AsyncConnection, text: str, **values: Any) -> Any:
    return (await connection.execute(sa.text(text), values)).scalar()
