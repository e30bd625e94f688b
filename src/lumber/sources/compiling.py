"""Compiles a mapping into the query that stands for the table of its kind: its columns, in the same form.

Both databases move the conditions of a statement into such a query, so a column that is taken as it is keeps
its index. Where the stored time has another form, the query also has it raw (see `RawTime`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from lumber.catalog.kind import Column, Kind, Storage
from lumber.errors import ConfigError, FieldProblem
from lumber.sources import collected, postgresql, sqlite
from lumber.sources.declaring import is_own
from lumber.sources.expressions import Expression, Unfit, Value
from lumber.sources.mapping import Made, TableMapping, required_columns
from lumber.sources.tables import SourceTable, Words, quoted
from lumber.store.relations import RAW_TIME, ROW_VERSION, Relation


class _Maker(Protocol):
    """The SQL of a database for each form of a mapping; see `postgresql` and `sqlite`."""

    def key(self, value: Value, table: SourceTable, /) -> Expression: ...
    def time(self, value: Value, made: Made, /) -> Expression: ...
    def constant(self, value: str | int | float | bool, storage: Storage, /) -> str: ...
    def stored(self, made: Made, values: Sequence[Value], storage: Storage, /) -> str: ...


_MAKERS: dict[Words, _Maker] = {"postgresql": postgresql, "sqlite": sqlite, "collected": collected}
# What a column without a mapping holds.
_NULLS: dict[Words, dict[Storage, str]] = {
    "postgresql": {
        Storage.INTEGER: "NULL::bigint",
        Storage.BOOLEAN: "NULL::bigint",
        Storage.REAL: "NULL::double precision",
        Storage.TEXT: "NULL::text",
        Storage.JSON: "NULL::text",
        Storage.TIME: "NULL::timestamptz",
    },
    "sqlite": dict.fromkeys(Storage, "NULL"),
    "collected": dict.fromkeys(Storage, "NULL"),
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A mapping as SQL. `unusable` counts the rows without a key or a time; None: there can't be any.

    `columns` has the SQL of each column of the kind.
    """

    relation: Relation
    columns: dict[str, Expression]
    unusable: str | None


def compile_mapping(mapping: TableMapping, table: SourceTable, words: Words) -> Compiled:
    """Compile a mapping over a reflected table. Raises ConfigError with every problem.

    Collected rows are those that the filter lets through already.
    """
    kind, problems = mapping.kind, list[FieldProblem]()
    found: dict[str, Expression] = {}
    for column in kind.columns:
        made = mapping.columns.get(column.name)
        if made is None:
            found[column.name] = Expression(_NULLS[words][column.storage])
            continue
        missing = [
            table.missing(mapping, column.name, name) for name in made.columns if table.find(name) is None
        ]
        problems += missing
        if not missing:
            try:
                found[column.name] = _expression(column, made, mapping, table, words)
            except Unfit as error:
                problems.append(mapping.problem(column.name, _shown(made), str(error), error.allowed))
    if problems:
        raise ConfigError(problems)
    for name in required_columns(kind):
        if kind.column(name).storage is Storage.TEXT:
            # Our own table has no null there. An empty text breaks the same rule.
            found[name] = Expression(f"coalesce({found[name].sql}, '')")
    time = found[kind.time_column]
    listed = [f"{found[column.name].sql} AS {column.sql}" for column in kind.columns]
    if time.raw is not None:
        listed.append(f"{time.raw} AS {RAW_TIME}")
    if table.has_row_versions:
        listed.append(f"CAST(CAST(mapped.xmin AS text) AS bigint) AS {ROW_VERSION}")
    filter_ = None if words == "collected" else mapping.filter
    rows = f"FROM {table.sql} AS mapped{_condition(filter_)}"
    query = f"SELECT {', '.join(listed)} {rows}"
    return Compiled(
        Relation(kind.table, query, time.raw_time if time.raw is not None else None, table.has_row_versions),
        found,
        _unusable(mapping, found, table, rows, "AND" if filter_ is not None else "WHERE"),
    )


def _expression(
    column: Column, made: Made, mapping: TableMapping, table: SourceTable, words: Words
) -> Expression:
    if (ready := table.made.get(column.name)) is not None:
        return Expression(f"mapped.{quoted(ready)}", f"mapped.{quoted(ready)} IS NULL")
    made_by = _MAKERS[words]
    if column.name == mapping.kind.id_column:
        return made_by.key(_values(made, table)[0], table)
    if column.storage is Storage.TIME:
        return made_by.time(_values(made, table)[0], made)
    if made.constant is not None:
        return Expression(made_by.constant(made.constant, column.storage))
    return Expression(made_by.stored(made, _values(made, table), column.storage))


def _values(made: Made, table: SourceTable) -> list[Value]:
    found = [table.find(name) for name in made.columns]
    return [Value.of(column) for column in found if column is not None]


def _condition(text: str | None) -> str:
    # On lines of its own: a comment at its end takes nothing else away.
    return "" if text is None else f" WHERE (\n{text}\n)"


def _unusable(
    mapping: TableMapping, found: dict[str, Expression], table: SourceTable, rows: str, joined: str
) -> str | None:
    kind = mapping.kind
    # Without these no partition would have the row; other columns are checked by rules.
    names = [kind.id_column, kind.time_column, *(each for each in _later(kind) if each in mapping.columns)]
    wrong = [each for name in names for each in _wrong(found[name], mapping.columns[name], table)]
    if not wrong:
        return None
    return f"SELECT count(*) {rows} {joined} ({' OR '.join(wrong)})"


def _later(kind: Kind) -> tuple[str, ...]:
    """Return the other required times of a built-in kind."""
    return tuple(
        name
        for name in required_columns(kind)
        if name != kind.time_column and kind.column(name).storage is Storage.TIME and not is_own(kind, name)
    )


def _wrong(expression: Expression, made: Made, table: SourceTable) -> Iterator[str]:
    """Yield the conditions of a row whose key or time can't be read."""
    if expression.wrong is not None:
        yield expression.wrong
    elif any(column is None or column.nullable for column in map(table.find, made.columns)):
        yield f"{expression.sql} IS NULL"


def _shown(made: Made) -> object:
    return made.column if made.column is not None else (list(made.join) or made.constant)
