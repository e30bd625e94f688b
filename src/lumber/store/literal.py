"""SQL text that contains its values, for bulk reads through drivers that take no parameters there."""

from __future__ import annotations

from typing import Any

from sqlalchemy.sql import ClauseElement


def literal_sql(statement: ClauseElement, dialect: str) -> str:
    """Return a statement as SQL text with its values written into it, safely quoted."""
    return str(statement.compile(dialect=_target(dialect), compile_kwargs={"literal_binds": True}))


def _target(dialect: str) -> Any:
    # Only the dialect in use is loaded. With these styles no character is doubled as a parameter's mark.
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.dialect(paramstyle="qmark")
    from sqlalchemy.dialects import postgresql

    return postgresql.asyncpg.dialect()
