"""The text of the queries that show rows of a table: pages from a key on, in order of time and id.

No query skips rows that it has shown: each begins after the last key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from lumber.catalog.kind import Kind, Storage
from lumber.catalog.selection import Selection
from lumber.store.conditions import where
from lumber.store.keyset import key_condition, microseconds_sql
from lumber.store.literal import literal_sql
from lumber.store.reading import plain_column
from lumber.store.relations import Relations
from lumber.store.tables import table_of
from lumber.store.url import Dialect

Key = tuple[int, int]
_DIGITS = frozenset("0123456789.-")


@dataclass(frozen=True, slots=True)
class TableQueries:
    """Writes the queries about the rows of one kind. With `is_descending`, the last key comes first."""

    selection: Selection
    dialect: Dialect
    relations: Relations
    is_descending: bool = False

    @property
    def kind(self) -> Kind:
        """The kind of the rows."""
        return self.selection.kind

    def page(self, after: Key | None, upto: Key | None, limit: int, search: str | None) -> str:
        """Return rows that come after a key and not after another, and meet selection and search.

        They have the kind's columns: texts are bytes, and times are microseconds since 1970 UTC.
        """
        columns = [plain_column(column, self.dialect) for column in self.kind.columns]
        conditions = [*where(self.selection, self.dialect), *self._between(after, upto)]
        if search is not None:
            conditions.append(self._has(search))
        return self._text(columns, conditions, limit)

    def stretch(self, after: Key | None, rows: int) -> str:
        """Return the number of the next rows, at most `rows`, and time and id of the last of them."""
        dated = Selection(self.kind, self.selection.start, self.selection.end, before=self.selection.before)
        conditions = [*where(dated, self.dialect), *self._between(after, None)]
        keys = [self._time("key_time"), f"{self.kind.id_column} AS key_id"]
        inner = self._text(keys, conditions, rows)
        back = "ASC" if self.is_descending else "DESC"
        return (
            f"SELECT count(*) OVER (), key_time, key_id FROM ({inner}) AS stretch "  # noqa: S608 - names of the catalog
            f"ORDER BY key_time {back}, key_id {back} LIMIT 1"
        )

    def one(self, row: int) -> str:
        """Return the row with an id."""
        columns = [plain_column(column, self.dialect) for column in self.kind.columns]
        return self._text(columns, [sa.column(self.kind.id_column) == row], 1)

    def ids(self) -> str:
        """Return the smallest and the largest id; null without rows."""
        name = self.kind.id_column
        # Two queries: SQLite looks up one end of an index at a time.
        ends = ", ".join(f"(SELECT {end}({name}) FROM {self.kind.table})" for end in ("min", "max"))  # noqa: S608 - names of the catalog
        return self.relations.sql(f"SELECT {ends}")

    def from_id(self, row: int, limit: int) -> str:
        """Return the rows from an id on, in the order of ids."""
        columns = [plain_column(column, self.dialect) for column in self.kind.columns]
        name = self.kind.id_column
        asked = self._select(columns, [sa.column(name) >= row])
        return self.relations.sql(f"{asked} ORDER BY {name} LIMIT {limit}")

    def _time(self, name: str) -> str:
        return f"{microseconds_sql(self.kind.time_column, self.dialect)} AS {name}"

    def _between(self, after: Key | None, upto: Key | None) -> list[sa.ColumnElement[bool]]:
        signs = ("<", ">=") if self.is_descending else (">", "<=")
        return [
            key_condition(self.kind, self.dialect, sign, key)
            for sign, key in zip(signs, (after, upto), strict=True)
            if key is not None
        ]

    def _has(self, search: str) -> sa.ColumnElement[bool]:
        """Return whether a text is in any column, whatever the case of its letters. Times aren't searched."""
        function = "instr" if self.dialect == "sqlite" else "strpos"
        wanted = sa.literal(search.lower(), sa.Text())
        is_number = frozenset(search) <= _DIGITS
        searched = [
            column
            for column in self.kind.columns
            if column.storage in (Storage.TEXT, Storage.JSON)
            or (column.storage in (Storage.INTEGER, Storage.REAL) and is_number)
        ]
        found = []
        for column in searched:
            text: sa.ColumnElement[Any] = sa.cast(sa.literal_column(column.sql), sa.Text())
            position = getattr(sa.func, function)(sa.func.lower(text), wanted)
            found.append(sa.func.coalesce(position, 0) > 0)
        return sa.or_(sa.false(), *found)

    def _select(self, columns: Sequence[str], conditions: Sequence[sa.ColumnElement[bool]]) -> str:
        asked: sa.Select[*tuple[Any, ...]] = sa.select(*[sa.literal_column(text) for text in columns])
        return literal_sql(asked.select_from(table_of(self.kind)).where(*conditions), self.dialect)

    def _text(self, columns: Sequence[str], conditions: Sequence[sa.ColumnElement[bool]], limit: int) -> str:
        direction = "DESC" if self.is_descending else "ASC"
        table = self.kind.table
        order = ", ".join(
            f"{table}.{name} {direction}" for name in (self.kind.time_column, self.kind.id_column)
        )
        return self.relations.sql(f"{self._select(columns, conditions)} ORDER BY {order} LIMIT {limit}")
