"""Opens the table of a data type: our own, or that of a source by its mapping."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from lumber.catalog.kind import Column, Kind, Storage
from lumber.dataset.quality import time_text
from lumber.dataset.rows.values import LARGEST_EXACT
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.browsing.reports import TableRow
from lumber.exports.config import ExportConfig
from lumber.exports.guests import guest_of
from lumber.store.browsing import Key, TableQueries
from lumber.store.database import Database
from lumber.store.relations import OWN


@dataclass(frozen=True, slots=True)
class OpenTable:
    """A table that rows are read from. `is_own`: it is one of ours, so its ids have an index."""

    connection: AsyncConnection
    queries: TableQueries
    is_own: bool

    @property
    def kind(self) -> Kind:
        """The kind of the rows."""
        return self.queries.kind

    async def rows(self, statement: str) -> Sequence[tuple[Any, ...]]:
        """Return the rows of a query."""
        return [tuple(row) for row in await self.connection.exec_driver_sql(statement)]

    def key_of(self, row: tuple[Any, ...]) -> Key:
        """Return the key of a row with the kind's columns."""
        names = [column.name for column in self.kind.columns]
        time, id_ = (row[names.index(name)] for name in (self.kind.time_column, self.kind.id_column))
        return int(time), int(id_)

    def shown(self, row: tuple[Any, ...], most_characters: int) -> TableRow:
        """Return a row as JSON values, with long texts cut."""
        values, cut = {}, []
        for column, value in zip(self.kind.columns, row, strict=True):
            shown = _shown(column, value)
            if isinstance(shown, str) and len(shown) > most_characters:
                shown = shown[:most_characters]
                cut.append(column.name)
            values[column.name] = shown
        key = self.key_of(row)
        return TableRow(key=f"{key[0]},{key[1]}", id=str(key[1]), values=values, cut=cut)


@asynccontextmanager
async def open_table(
    config: ExportConfig, database: Database, *, is_descending: bool = False
) -> AsyncIterator[OpenTable]:
    """Open the table of the only data type of a config, and of its source, if it names one.

    Raises ConfigError for a source whose rows can't be read where they are, SourceError and DatabaseError.
    """
    async with guest_of(config, database) as guest:
        if guest is not None and guest.collector is not None:
            message = "rows of this source are collected before they are read, so they can't be looked at"
            raise ConfigError([FieldProblem("source", config.source, message)])
        (selection,) = config.selections()
        opened = database if guest is None else guest.database
        relations = OWN if guest is None else guest.relations
        queries = TableQueries(selection, opened.url.dialect, relations, is_descending)
        async with opened.connect() as connection:
            yield OpenTable(connection, queries, guest is None)


def _shown(column: Column, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    if column.storage is Storage.TIME:
        return time_text(int(value))
    if column.storage is Storage.BOOLEAN:
        return bool(value)
    if isinstance(value, int):
        return value if abs(value) <= LARGEST_EXACT else str(value)
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    return str(value)
