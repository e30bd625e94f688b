"""SQL text with its values written into it, for drivers that take no parameters in a bulk read."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ClauseElement


def literal_sql(statement: ClauseElement, dialect: str) -> str:
    """Return a statement as SQL text with its values written into it, safely quoted."""
    # numeric_dollar: no sign of the text is doubled as a parameter mark.
    target = sqlite.dialect(paramstyle="qmark") if dialect == "sqlite" else postgresql.asyncpg.dialect()
    return str(statement.compile(dialect=target, compile_kwargs={"literal_binds": True}))
