"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from lumber.catalog.storage import Storage

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(moment: datetime) -> int:
    """Return the whole microseconds from 1970-01-01 UTC to `moment`; a naive time means UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return (aware - _EPOCH) // _MICROSECOND


def from_microseconds(value: int) -> datetime:
    """Return the UTC time `value` microseconds after 1970. Raises OverflowError outside years 1 to 9999."""
    return _EPOCH + timedelta(microseconds=value)


class UtcDateTime(TypeDecorator[datetime]):
    """A UTC time: timestamptz on PostgreSQL, whole microseconds since 1970 on SQLite.

    With integers, SQLite's order and ranges are exact, and bulk reads parse no text.
    """

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the stored type for the dialect."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(sa.Integer())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Turn a time into what the database stores."""
        if value is None:
            return None
        if dialect.name == "postgresql":
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value
        return to_microseconds(value)

    def literal_processor(self, dialect: Dialect) -> Callable[[Any], str]:
        """Write a time into SQL text. Overridden as a whole: the PostgreSQL type would format it again."""
        is_postgresql = dialect.name == "postgresql"

        def process(value: datetime | None) -> str:
            if value is None:
                return "NULL"
            if not is_postgresql:
                return str(to_microseconds(value))
            aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value
            return f"TIMESTAMPTZ '{aware.astimezone(UTC).isoformat()}'"

        return process

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Turn what the database stores into a UTC time."""
        if value is None:
            return None
        if not isinstance(value, datetime):
            return from_microseconds(value)
        # For infinity, asyncpg returns the first or last time of Python, without a zone.
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonText(TypeDecorator[Any]):
    """JSON kept as the text it came as. Text passes unchanged; any other value is written as JSON."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write a value as JSON text."""
        if value is None or isinstance(value, str):
            return value
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Parse stored JSON; text that is not JSON comes back as it is."""
        if value is None:
            return None
        try:
            return json.loads(value)
        except ValueError:
            return value


BigInt: TypeEngine[int] = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Double: TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")

TYPE_OF: dict[Storage, TypeEngine[Any]] = {
    Storage.INTEGER: BigInt,
    Storage.BOOLEAN: BigInt,
    Storage.REAL: Double,
    Storage.TEXT: sa.Text(),
    Storage.TIME: UtcDateTime(),
    Storage.JSON: JsonText(),
}
