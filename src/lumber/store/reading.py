"""The text of the queries that read rows: each partition in bulk, or a few sample rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from lumber.catalog.kind import LEADER_GROUP, LEADER_TIME, Column, Kind, Reference, Storage
from lumber.catalog.registry import get_kind
from lumber.catalog.selection import Selection
from lumber.store.conditions import where
from lumber.store.keyset import Cutoff, date_bounds, key_condition, microseconds_sql
from lumber.store.literal import literal_sql
from lumber.store.relations import OWN, Relations
from lumber.store.tables import table_of
from lumber.store.url import Dialect

_INT64_MIN = -(2**63)
# SQLite's driver takes each column's type from the first row, so that a typed row comes before all others.
_FIRST_ROW = {
    Storage.INTEGER: "0",
    Storage.BOOLEAN: "0",
    Storage.TIME: str(_INT64_MIN),
    Storage.REAL: "0.0",
    Storage.TEXT: "''",
    Storage.JSON: "''",
}
_PG_CASTS = {
    Storage.INTEGER: "bigint",
    Storage.BOOLEAN: "bigint",
    Storage.TIME: "timestamptz",
    Storage.REAL: "double precision",
    Storage.TEXT: "text",
    Storage.JSON: "text",
}


def read_statement(
    selection: Selection,
    dialect: Dialect,
    cutoff: Cutoff,
    *,
    lower: tuple[int, int] | None = None,
    upper: tuple[int, int] | None = None,
    led_by: Column | None = None,
    relations: Relations = OWN,
) -> str:
    """Return the SQL that reads one partition in bulk: the kind's columns and references, in key order.

    Columns are named as in the kind, then one integer per reference (1: the target exists), then, with
    `led_by`, the time of the row's leader and its value of that column. On SQLite the first row is not
    data: it fixes the types, and the reader drops it.
    """
    kind = selection.kind
    columns = [bulk_column(column, dialect) for column in kind.columns]
    columns += [_reference(reference, kind, dialect, relations) for reference in kind.references]
    led = _led(kind, led_by, relations)
    columns += [bulk_column(column, dialect, f"({text})") for column, text in led]
    body = _ordered(selection, dialect, cutoff, columns, lower, upper, relations)
    if dialect == "postgresql":
        return relations.sql(body)
    first = [f"{first_value(column, kind)} AS {column.sql}" for column in kind.columns]
    first += [f"0 AS {reference.name}" for reference in kind.references]
    first += [f"{_FIRST_ROW[column.storage]} AS {column.sql}" for column, _ in led]
    return relations.sql(f"SELECT {', '.join(first)} UNION ALL {body}")


def sample_statement(
    selection: Selection,
    dialect: Dialect,
    cutoff: Cutoff,
    *,
    lower: tuple[int, int] | None,
    limit: int,
    upper: tuple[int, int] | None = None,
    led_by: Column | None = None,
    relations: Relations = OWN,
) -> str:
    """Return the SQL that reads a few rows from `lower` on, and before `upper`, through any driver.

    Like `read_statement`, but texts are bytes and times are whole microseconds: no value can fail to decode.
    """
    kind = selection.kind
    columns = [plain_column(column, dialect) for column in kind.columns]
    columns += [_reference(reference, kind, dialect, relations) for reference in kind.references]
    led = _led(kind, led_by, relations)
    columns += [plain_column(column, dialect, f"({text})") for column, text in led]
    body = _ordered(selection, dialect, cutoff, columns, lower, upper, relations)
    return relations.sql(f"{body} LIMIT {limit}")


def _ordered(
    selection: Selection,
    dialect: Dialect,
    cutoff: Cutoff,
    columns: Sequence[str],
    lower: tuple[int, int] | None,
    upper: tuple[int, int] | None,
    relations: Relations,
) -> str:
    kind = selection.kind
    conditions = [*where(selection, dialect), *cutoff.conditions(kind, dialect)]
    conditions += date_bounds(selection, relations)
    ends = [None if key is None else key[0] for key in (lower, upper)]
    conditions += [sa.literal_column(each) for each in relations.bounds(kind, *ends)]
    if lower is not None:
        conditions.append(key_condition(kind, dialect, ">=", lower))
    if upper is not None:
        conditions.append(key_condition(kind, dialect, "<", upper))
    body: sa.Select[*tuple[Any, ...]] = sa.select(*[sa.literal_column(text) for text in columns])
    names = [column.name for column in kind.columns]
    order = f"ORDER BY {names.index(kind.time_column) + 1}, {names.index(kind.id_column) + 1}"
    return f"{literal_sql(body.select_from(table_of(kind)).where(*conditions), dialect)} {order}"


def plain_column(column: Column, dialect: Dialect, text: str | None = None) -> str:
    """Write a column, or an expression under its name: texts as bytes, times as whole microseconds."""
    text = text or column.sql
    if column.storage in (Storage.TEXT, Storage.JSON):
        as_bytes = f"convert_to({text}, 'UTF8')" if dialect == "postgresql" else f"CAST({text} AS BLOB)"
        return f"{as_bytes} AS {column.sql}"
    if column.storage is Storage.TIME:
        return f"{microseconds_sql(text, dialect)} AS {column.sql}"
    return f"{text} AS {column.sql}"


def first_value(column: Column, kind: Kind) -> str:
    return str(_INT64_MIN) if column.name == kind.id_column else _FIRST_ROW[column.storage]


def bulk_column(column: Column, dialect: Dialect, text: str | None = None) -> str:
    """Write a column, or an expression under its name, in the type of its storage."""
    text = text or column.sql
    if dialect == "postgresql":
        return f"CAST({text} AS {_PG_CASTS[column.storage]}) AS {column.sql}"
    if column.storage is Storage.JSON:
        # SQLite stores JSON that looks like a number as a number. A text column must only have text.
        return f"CAST({text} AS TEXT) AS {column.sql}"
    return f"{text} AS {column.sql}"


def _led(kind: Kind, by: Column | None, relations: Relations) -> list[tuple[Column, str]]:
    """Return what is read of the leading row: columns, each with its query."""
    if by is None or (leader := kind.leader) is None:
        return []
    leading = get_kind(leader.kind)
    if not relations.has(leading.table):
        return [(Column(LEADER_TIME, Storage.TIME), "NULL"), (Column(LEADER_GROUP, by.storage), "NULL")]
    where = f"{leading.id_column} = {kind.table}.{leader.column}"
    wanted = ((LEADER_TIME, Storage.TIME, leading.time_column), (LEADER_GROUP, by.storage, by.name))
    return [
        (Column(name, storage), f"SELECT leader.{source} FROM {leading.table} AS leader WHERE leader.{where}")  # noqa: S608 - names of the catalog
        for name, storage, source in wanted
    ]


def _reference(reference: Reference, kind: Kind, dialect: Dialect, relations: Relations) -> str:
    if not relations.has(reference.table):
        # Nobody can say that the target is missing.
        return f"{'1::bigint' if dialect == 'postgresql' else '1'} AS {reference.name}"
    exists = (
        f"EXISTS (SELECT 1 FROM {reference.table} AS target "  # noqa: S608 - names of the catalog
        f"WHERE target.{reference.target} = {kind.table}.{reference.column})"
    )
    number = f"CAST({exists} AS integer)::bigint" if dialect == "postgresql" else exists
    return f"{number} AS {reference.name}"
