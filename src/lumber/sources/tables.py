"""What a source's database says about a table, a view or a SELECT: its columns, their types, its keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from lumber.errors import ConfigError, FieldProblem
from lumber.sources.lines import nearest
from lumber.sources.mapping import TableMapping
from lumber.store.url import Dialect
from lumber.text import counted

MOST_LISTED = 40

# Whose words the types of a table's columns are: those of a database, or `Form`s of collected rows.
Words = Literal["postgresql", "sqlite", "collected"]


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: its name, its type in the words of the database, and whether it may be null."""

    name: str
    type: str
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table as it was reflected. `sql` is what stands after FROM.

    `indexes` are the columns of each index, in order; `unique` those of them that allow no value twice.
    `is_base`: a table with rows of its own, neither a view nor a SELECT.
    """

    name: str
    sql: str
    columns: tuple[TableColumn, ...]
    is_base: bool = False
    indexes: tuple[tuple[str, ...], ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    # The integer column that SQLite finds rows by.
    row_id: str | None = None
    # Columns of the kind that a column of the table already has in the right form, by the kind's names.
    made: Mapping[str, str] = field(default_factory=dict)
    # PostgreSQL marks each row with the transaction that wrote it.
    has_row_versions: bool = False

    def find(self, name: str) -> TableColumn | None:
        """Return a column by its name, in any case if only one column has it."""
        exact = [column for column in self.columns if column.name == name]
        found = exact or [column for column in self.columns if column.name.lower() == name.lower()]
        return found[0] if len(found) == 1 else None

    def is_unique(self, column: str) -> bool:
        """Say whether the database allows no value of a column twice."""
        return column == self.row_id or (column,) in self.unique

    def missing(self, mapping: TableMapping, name: str, column: str) -> FieldProblem:
        """Return the problem of a column that the table doesn't have."""
        known = tuple(each.name for each in self.columns)
        message = f"{self.name} has no column {column!r}{nearest(column, known)}"
        return mapping.problem(name, column, message, known[:MOST_LISTED])


@dataclass(frozen=True, slots=True)
class UsedSchema:
    """The columns of a table that a mapping reads, as they were when it was checked."""

    types: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, mapping: TableMapping, table: SourceTable) -> UsedSchema:
        """Return the columns that a mapping reads."""
        found = [table.find(name) for made in mapping.columns.values() for name in made.columns]
        return cls({column.name: column.type for column in found if column is not None})

    @property
    def sha256(self) -> str:
        """The hash of names and types."""
        return sha256(repr(sorted(self.types.items())).encode()).hexdigest()

    def changes(self, table: SourceTable) -> list[str]:
        """Return what is different in the table now, in words."""
        now = {column.name: column.type for column in table.columns}
        gone = [f"column {name} is gone" for name in self.types if name not in now]
        return gone + [
            f"column {name} was {type_} and is {now[name]}"
            for name, type_ in self.types.items()
            if name in now and now[name] != type_
        ]


def quoted(name: str) -> str:
    """Return a name as SQL, whatever it contains."""
    return '"' + name.replace('"', '""') + '"'


async def reflect_mapped(connection: AsyncConnection, mapping: TableMapping, dialect: Dialect) -> SourceTable:
    """Return the table of a mapping. Raises ConfigError if there is none, and DatabaseError."""
    if mapping.select is not None:
        return await reflect_select(connection, mapping.select, dialect)
    assert mapping.table is not None
    found = await reflect(connection, mapping.table, dialect)
    if found is None:
        known = tuple(await table_names(connection, dialect))
        message = f"there is no table or view {mapping.table!r}{nearest(mapping.table, known)}"
        more = f", and {counted(len(known) - MOST_LISTED, 'other')}" if len(known) > MOST_LISTED else ""
        problem = mapping.lines.problem("table", mapping.table, message + more, known[:MOST_LISTED])
        raise ConfigError([problem])
    return found


async def reflect(connection: AsyncConnection, name: str, dialect: Dialect) -> SourceTable | None:
    """Return a table or view by its name, with or without its schema; None if there is none."""
    parts = [part.strip().strip('"') for part in name.split(".")]
    if len(parts) > 2 or not all(parts):
        return None
    schema, table = (None, parts[0]) if len(parts) == 1 else (parts[0], parts[1])
    if dialect == "postgresql":
        return await _reflect_postgresql(connection, schema, table)
    return await _reflect_sqlite(connection, schema, table)


async def table_names(connection: AsyncConnection, dialect: Dialect) -> list[str]:
    """Return the names of tables and views that may be read."""
    if dialect == "sqlite":
        text = (
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
            "AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
        )
    else:
        text = (
            "SELECT n.nspname || '.' || c.relname FROM pg_class c "
            "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') "
            "AND n.nspname NOT IN ('pg_catalog', 'information_schema') "
            "AND n.nspname NOT LIKE 'pg_toast%' AND has_table_privilege(c.oid, 'SELECT')"
        )
    return sorted(str(row[0]) for row in await connection.exec_driver_sql(text))


async def _reflect_sqlite(connection: AsyncConnection, schema: str | None, table: str) -> SourceTable | None:
    if schema not in (None, "main"):
        return None
    found = await _rows(
        connection, "SELECT name, type FROM main.sqlite_master WHERE lower(name) = lower(?)", (table,)
    )
    if not found:
        return None
    name, type_ = found[0]
    infos = await _rows(connection, f"PRAGMA main.table_xinfo({quoted(name)})")
    keys = [info for info in infos if info[5]]
    columns = tuple(TableColumn(str(info[1]), str(info[2]).upper(), not info[3]) for info in infos)
    row_id = str(keys[0][1]) if len(keys) == 1 and str(keys[0][2]).upper() == "INTEGER" else None
    indexes, unique = [], []
    for index in await _rows(connection, f"PRAGMA main.index_list({quoted(name)})"):
        members = await _rows(connection, f"PRAGMA main.index_info({quoted(str(index[1]))})")
        if index[4] or any(member[2] is None for member in members):
            continue  # of some rows only, or of an expression
        names = tuple(str(member[2]) for member in members)
        indexes.append(names)
        if index[2]:
            unique.append(names)
    if row_id is not None:
        # Its rows are in this order, and every index ends with it.
        indexes = [(row_id,), *((*each, row_id) for each in indexes)]
    return SourceTable(
        name, f"main.{quoted(name)}", columns, type_ == "table", tuple(indexes), tuple(unique), row_id
    )


_PG_TABLE = """
SELECT c.oid::bigint, n.nspname, c.relname, c.relkind::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND lower(c.relname) = lower({table})
AND ({schema} IS NULL AND pg_table_is_visible(c.oid) OR lower(n.nspname) = lower({schema}))
ORDER BY c.relname <> {table}, n.nspname LIMIT 1
"""
_PG_COLUMNS = """
SELECT attname, format_type(atttypid, NULL), NOT attnotnull FROM pg_attribute
WHERE attrelid = {oid} AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
_PG_INDEXES = """
SELECT i.indisunique, (SELECT array_agg(a.attname::text ORDER BY k.at)
 FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, at) JOIN pg_attribute a
 ON a.attrelid = i.indrelid AND a.attnum = k.number WHERE k.at <= i.indnkeyatts)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am am ON am.oid = c.relam
WHERE i.indrelid = {oid} AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND am.amname = 'btree'
"""


async def _reflect_postgresql(
    connection: AsyncConnection, schema: str | None, table: str
) -> SourceTable | None:
    chosen = "NULL::text" if schema is None else text_literal(schema)
    found = await _rows(connection, _PG_TABLE.format(table=text_literal(table), schema=chosen))
    if not found:
        return None
    oid, space, name, kind = found[0]
    columns = await _rows(connection, _PG_COLUMNS.format(oid=oid))
    indexes = [
        (bool(row[0]), tuple(row[1] or ())) for row in await _rows(connection, _PG_INDEXES.format(oid=oid))
    ]
    return SourceTable(
        f"{space}.{name}",
        f"{quoted(space)}.{quoted(name)}",
        tuple(TableColumn(str(row[0]), str(row[1]), bool(row[2])) for row in columns),
        kind in "rp",
        tuple(names for _, names in indexes),
        tuple(names for is_unique, names in indexes if is_unique),
        has_row_versions=kind == "r",
    )


async def reflect_select(connection: AsyncConnection, select: str, dialect: Dialect) -> SourceTable:
    """Return what a SELECT finds as a table. Raises DatabaseError."""
    inside = f"(\n{select}\n)"
    answer = await connection.exec_driver_sql(f"SELECT * FROM {inside} AS mapped LIMIT 0")  # noqa: S608
    names = list(answer.keys())
    answer.close()
    columns = ", ".join(f"mapped.{quoted(name)}" for name in names)
    if dialect == "sqlite":
        # A result has no declared types: each value has its own.
        types = [""] * len(names)
    else:
        shown = ", ".join(f"pg_typeof(mapped.{quoted(name)})::text" for name in names)
        one = f"SELECT {shown} FROM (SELECT 1) AS one LEFT JOIN LATERAL (SELECT * FROM {inside} AS m LIMIT 0)"  # noqa: S608
        types = (
            [str(each) for each in (await _rows(connection, f"{one} AS mapped ON true"))[0]]
            if columns
            else []
        )
    made = tuple(TableColumn(name, type_) for name, type_ in zip(names, types, strict=True))
    return SourceTable("the SELECT", f"{inside}", made)


async def _rows(
    connection: AsyncConnection, text: str, values: tuple[Any, ...] = ()
) -> Sequence[tuple[Any, ...]]:
    answer = await (connection.exec_driver_sql(text, values) if values else connection.exec_driver_sql(text))
    return [tuple(row) for row in answer]


def text_literal(text: str) -> str:
    """Return a text as SQL. A backslash isn't an escape: connections set what decides that."""
    return "'" + text.replace("'", "''") + "'"
