"""SQL text that contains its values, for bulk reads through drivers that take no parameters there."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy.sql import ClauseElement


def literal_sql(statement: ClauseElement, dialect: str) -> str:
    """Return a statement as SQL text with its values written into it, safely quoted."""
    return str(statement.compile(dialect=_target(dialect), compile_kwargs={"literal_binds": True}))


@cache
def _target(dialect: str) -> Any:
    # Only the dialect in use is loaded. With these styles no character is doubled as a parameter's mark.
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.dialect(paramstyle="qmark")
    from sqlalchemy.dialects import postgresql

    target: Any = postgresql.asyncpg.dialect()
    base: Any = target.statement_compiler

    class Compiler(base):  # type: ignore[misc]
        """Writes texts so that `standard_conforming_strings` doesn't change their meaning."""

        def render_literal_value(self, value: Any, type_: Any) -> str:
            text: str = super().render_literal_value(value, type_)
            # In '...' a backslash is an escape if that setting is off, and the quote after it ends nothing.
            return "E" + text.replace("\\", "\\\\") if "\\" in text and text.startswith("'") else text

    target.statement_compiler = Compiler
    return target
