"""How the columns of a kind are stored."""

from __future__ import annotations

from enum import StrEnum


class Storage(StrEnum):
    """How a table column is stored and read."""

    INTEGER = "integer"
    REAL = "real"
    TEXT = "text"
    BOOLEAN = "boolean"  # 0 or 1, only in queries over sources
    TIME = "time"  # UTC; microseconds since 1970 on SQLite, timestamptz on PostgreSQL
    JSON = "json"  # JSON text
