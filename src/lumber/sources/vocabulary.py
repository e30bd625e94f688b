"""The values that a table allows in its columns, as far as its types and checks say it plainly."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from lumber.sources.tables import SourceTable, text_literal
from lumber.store.url import Dialect

MOST_VALUES = 50
_TEXT = r"'((?:[^']|'')*)'"
# status = ANY (ARRAY['a'::text, ...]), as PostgreSQL writes IN.
_ANY = re.compile(r"\(*\"?(\w+)\"?\)*(?:::[a-z ]+)? = ANY \(+ARRAY\[(.+?)\]")
# status IN ('a', 'b'), as a SQLite table keeps it.
_IN = re.compile(rf"[\"`\[]?(\w+)[\"`\]]?\s+IN\s*\(\s*({_TEXT}(?:\s*,\s*{_TEXT})*)\s*\)", re.IGNORECASE)
_PG_CHECKS = """
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid = to_regclass({table})
"""
_PG_ENUMS = """
SELECT a.attname::text, e.enumlabel::text FROM pg_attribute a JOIN pg_enum e ON e.enumtypid = a.atttypid
WHERE a.attrelid = to_regclass({table}) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum, e.enumsortorder
"""


async def allowed_texts(
    connection: AsyncConnection, table: SourceTable, dialect: Dialect
) -> dict[str, tuple[str, ...]]:
    """Return the texts that a table allows in a column, for columns with few. Raises DatabaseError."""
    if not table.is_base:
        return {}
    if dialect == "sqlite":
        name = text_literal(table.name)
        found = await connection.exec_driver_sql(
            f"SELECT sql FROM main.sqlite_master WHERE type = 'table' AND name = {name}"  # noqa: S608 - quoted
        )
        return _few({match[1]: match[2] for match in _IN.finditer(str(found.scalar() or ""))})
    name = text_literal(table.sql)
    checks = await connection.exec_driver_sql(_PG_CHECKS.format(table=name))
    listed = {match[1]: match[2] for row in checks for match in _ANY.finditer(str(row[0]))}
    allowed: dict[str, list[str]] = {}
    labels: list[tuple[Any, ...]] = [
        tuple(row) for row in await connection.exec_driver_sql(_PG_ENUMS.format(table=name))
    ]
    for column, label in labels:
        allowed.setdefault(str(column), []).append(str(label))
    return {**_few(listed), **{column: tuple(found) for column, found in allowed.items()}}


def _few(listed: dict[str, str]) -> dict[str, tuple[str, ...]]:
    texts = {
        column: tuple(each.replace("''", "'") for each in re.findall(_TEXT, text))
        for column, text in listed.items()
    }
    return {column: found for column, found in texts.items() if 0 < len(found) <= MOST_VALUES}
