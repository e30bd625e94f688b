"""Says which database it is: transactions of another one mean nothing for an increment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

_MAY_ASK = """SELECT has_function_privilege('pg_control_system()', 'execute')
AND has_function_privilege('pg_control_checkpoint()', 'execute')"""
# A promoted standby and a restore to a point in time begin a new timeline.
_CLUSTER = """SELECT s.system_identifier || '/' || c.timeline_id
FROM pg_control_system() AS s, pg_control_checkpoint() AS c"""
_DATABASE = "SELECT oid::text FROM pg_database WHERE datname = current_database()"
# A dump that was restored into the same database has other tables.
_TABLE = "SELECT to_regclass(:name)::oid::text"


async def database_identity(connection: AsyncConnection, tables: Iterable[str]) -> str | None:
    """Return a text that no other database has; None on SQLite.

    There the ledger is in the same file as the rows, so both are restored together.
    """
    if connection.dialect.name != "postgresql":
        return None
    cluster = await _value(connection, _CLUSTER) if await _value(connection, _MAY_ASK) else "unknown"
    parts = [cluster, await _value(connection, _DATABASE)]
    parts += [await _value(connection, _TABLE, name=table) for table in sorted(tables)]
    return "/".join(map(str, parts))


async def _value(connection: AsyncConnection, text: str, **values: Any) -> Any:
    return (await connection.execute(sa.text(text), values)).scalar()
