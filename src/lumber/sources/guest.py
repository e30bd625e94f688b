"""Guest: a source that an export reads, opened, with the queries that stand for the tables of its kinds."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncConnection

from lumber.catalog.kind import Kind
from lumber.catalog.selection import Selection
from lumber.errors import DatabaseError, SourceFailed, SourceTableChanged, SourceUnfit, SourceUnmapped
from lumber.sources.compiling import Compiled, compile_mapping
from lumber.sources.guarantee import Guarantee, weakest
from lumber.sources.interface import ReaderOptions
from lumber.sources.mapping import TableMapping
from lumber.sources.registry import Source
from lumber.sources.tables import SourceTable, reflect_mapped, table_names
from lumber.store.database import Database, GuestRules, open_guest
from lumber.store.keyset import Cutoff
from lumber.store.relations import Relations
from lumber.store.url import DatabaseUrl
from lumber.text import counted

if TYPE_CHECKING:
    from lumber.sources.collector import Collector

APPLICATION = "lumber"


@dataclass(frozen=True, slots=True)
class Guest:
    """An opened source. `compiled` has the query of each mapped kind, `facts` what a manifest says."""

    source: Source
    database: Database
    compiled: dict[str, Compiled]
    tables: dict[str, SourceTable]
    facts: dict[str, Any]
    # What collects the rows first; None: they are read where they are.
    collector: Collector | None = None

    @property
    def relations(self) -> Relations:
        """The queries that stand for the tables of the kinds."""
        found = [each.relation for each in self.compiled.values()]
        return Relations({relation.table: relation for relation in found})

    @property
    def guarantee(self) -> Guarantee:
        """What holds for all kinds together."""
        return Guarantee(self.facts["guarantee"])

    @property
    def is_collected(self) -> bool:
        """Say whether the rows are collected, and so stay as they are."""
        return self.collector is not None and self.collector.found is not None

    def sees_all(self, kind: str) -> bool:
        """Say whether all rows of a kind can be seen. Of a source that is collected, it may be a sample."""
        return self.collector is None or self.collector.has_all(kind)

    def continue_collected(self) -> bool:
        """Say whether an earlier attempt has collected the rows; its moment is then that of this one too."""
        found = None if self.collector is None else self.collector.find()
        if found is not None:
            self.facts["collected"] = found.facts
        return found is not None

    async def collect(self, on_rows: Callable[[int], None] = lambda _rows: None) -> None:
        """Collect the rows, if that is how they are read and nobody has. Raises as `collecting.collect`."""
        if self.collector is not None:
            self.facts["collected"] = (await self.collector.collect(on_rows)).facts

    async def cutoffs(self, connection: AsyncConnection, kinds: Sequence[Kind]) -> dict[str, Cutoff]:
        """Return what the transaction of a connection sees of each kind, for a later one to see again."""
        found = {}
        for kind in kinds:
            highest = None
            mapping = self.source.mappings[kind.name].mapping
            if kind.is_append_only and mapping.guarantee is Guarantee.APPEND_ONLY:
                text = f"SELECT max({kind.id_column}) FROM {kind.table}"  # noqa: S608 - names of the catalog
                answer = await connection.exec_driver_sql(self.relations.sql(text))
                highest = int(answer.scalar() or 0)
            found[kind.name] = Cutoff(max_id=highest, is_own=kind.is_append_only)
        return found

    async def check_rows(self, connection: AsyncConnection) -> None:
        """Raise SourceUnfit if rows have no key or no time that can be read: no partition would have them."""
        for name, compiled in self.compiled.items():
            if compiled.unusable is None:
                continue
            rows = int((await connection.exec_driver_sql(compiled.unusable)).scalar() or 0)
            if rows:
                mapping = self.source.mappings[name].mapping
                time = " and ".join(mapping.columns[mapping.kind.time_column].columns)
                raise SourceUnfit(
                    f"{counted(rows, 'row')} of {mapping.place} in the source {self.source.name} "
                    f"{'has' if rows == 1 else 'have'} no key or no time that can be read (columns "
                    f"{mapping.columns[mapping.kind.id_column].column} and {time}). No row is left out "
                    "silently: correct them, or exclude them in the mapping with "
                    f'filter = "{time} IS NOT NULL" or a condition like it.'
                )

    async def close(self) -> None:
        """End what workers that were killed have left running in the server, and close every connection."""
        if not self.database.is_sqlite:
            with suppress(DatabaseError, SourceFailed):
                await _end_statements(self.database)
        await self.database.close()


def require_mapped(source: Source, kinds: Sequence[str]) -> None:
    """Raise SourceUnmapped if a source has no mapping for one of these kinds."""
    missing = [kind for kind in kinds if kind not in source.mappings]
    if missing:
        known = ", ".join(source.mappings) or "no data type"
        raise SourceUnmapped(
            f"The source {source.name} has no mapping for {missing[0]}. It has mappings for {known}. Write "
            f"one with `lumber source suggest {source.name} TABLE`, and keep it with `lumber source map "
            f"{source.name} FILE`."
        )


@asynccontextmanager
async def open_source(
    source: Source,
    kinds: Sequence[str],
    *,
    name: str = APPLICATION,
    statement_seconds: float | None = None,
    stopped: threading.Event | None = None,
    folder: Path | None = None,
    selections: Sequence[Selection] = (),
) -> AsyncIterator[Guest]:
    """Open a source for reading these kinds; other mapped kinds can be joined.

    `name` is what its server calls the connections. Rows that must be collected are then still to be
    collected into `folder`; without one, a sample of them is there already. `selections`: only rows in their
    dates are needed. Raises SourceUnmapped, SourceTableChanged, SourceDenied,
    ConfigError for a mapping that no longer fits, or DatabaseError.
    """
    require_mapped(source, kinds)
    if source.words == "collected":
        limit = min(source.statement_seconds, statement_seconds or source.statement_seconds)
        options = ReaderOptions(name, limit, folder, stopped or threading.Event())
        async with _open_collected(source, kinds, options, folder, selections) as collected:
            yield collected
        return
    database = open_source_database(source, name, statement_seconds, stopped)
    guest = Guest(source, database, {}, {}, {})
    try:
        async with database.connect() as connection:
            for kind in source.mappings:
                table, compiled = await _checked(source, kind, connection)
                guest.compiled[kind] = compiled
                guest.tables[kind] = table
        guest.facts.update(_facts(source, kinds))
        yield guest
    finally:
        await guest.close()


@asynccontextmanager
async def _open_collected(
    source: Source,
    kinds: Sequence[str],
    options: ReaderOptions,
    folder: Path | None,
    selections: Sequence[Selection],
) -> AsyncIterator[Guest]:
    # Other sources don't need it.
    from lumber.sources.collector import opened_collector

    async with opened_collector(source, kinds, options, folder=folder, selections=selections) as (
        collector,
        found,
    ):
        database = open_guest(
            DatabaseUrl.of_file(collector.file),
            GuestRules(options.name, options.statement_seconds),
            stopped=options.stopped,
        )
        guest = Guest(source, database, {}, {}, {}, collector)
        try:
            for kind, each in found.items():
                guest.compiled[kind] = _compiled(source, kind, each.table)
                guest.tables[kind] = each.table
            guest.facts.update(_facts(source, kinds))
            if folder is None:
                await guest.collect()
            yield guest
        finally:
            await guest.close()


async def mapped_table(source: Source, mapping: TableMapping) -> SourceTable:
    """Return the table of a mapping that isn't checked yet. Raises as `open_source`."""
    if source.words == "collected":
        from lumber.sources.collected_kind import plain_table
        from lumber.sources.collector import described

        options = ReaderOptions(APPLICATION, source.statement_seconds)
        return plain_table(await described(source, mapping, options))
    database = open_source_database(source)
    try:
        async with database.connect() as connection:
            return await reflect_mapped(connection, mapping, database.url.dialect)
    finally:
        await database.close()


async def readable_tables(source: Source) -> list[str]:
    """Return the names of the tables of a source that may be read. Raises as `open_source`."""
    if source.words == "collected":
        from lumber.sources.collector import listed_tables

        return await listed_tables(source, ReaderOptions(APPLICATION, source.statement_seconds))
    database = open_source_database(source)
    try:
        async with database.connect() as connection:
            return await table_names(connection, database.url.dialect)
    finally:
        await database.close()


def open_source_database(
    source: Source,
    name: str = APPLICATION,
    statement_seconds: float | None = None,
    stopped: threading.Event | None = None,
) -> Database:
    """Return the database of a source. Nothing is connected yet. Raises SourceDenied without its password."""
    limit = min(source.statement_seconds, statement_seconds or source.statement_seconds)
    return open_guest(source.address(), GuestRules(name, limit), stopped=stopped)


@contextmanager
def reaching(name: str) -> Iterator[None]:
    """Turn errors of a source's database into SourceUnfit: it isn't the database that Lumber needs."""
    try:
        yield
    except (DatabaseError, SourceFailed) as error:
        raise SourceUnfit(f"The source {name} can't be used: {error}") from error


async def _checked(source: Source, kind: str, connection: AsyncConnection) -> tuple[SourceTable, Compiled]:
    table = await reflect_mapped(connection, source.mappings[kind].mapping, source.address().dialect)
    return table, _compiled(source, kind, table)


def _compiled(source: Source, kind: str, table: SourceTable) -> Compiled:
    """Compile a mapping over its table as it is now. Raises SourceTableChanged or ConfigError."""
    stored = source.mappings[kind]
    if changes := stored.schema.changes(table):
        raise SourceTableChanged(
            f"{table.name} in the source {source.name} has changed since its mapping was checked: "
            f"{'; '.join(changes)}. Check the mapping again: `lumber source map {source.name} FILE`."
        )
    return compile_mapping(stored.mapping, table, source.words)


def _facts(source: Source, kinds: Sequence[str]) -> dict[str, Any]:
    used = {kind: source.mappings[kind] for kind in kinds}
    return {
        "name": source.name,
        "database": source.database,
        "guarantee": weakest(each.mapping.guarantee for each in used.values()).value,
        "kinds": {kind: each.as_json() for kind, each in used.items()},
    }


async def _end_statements(database: Database) -> None:
    """End the connections of the same name: of processes that are gone, but whose statement still runs."""
    assert database.guest is not None
    name = database.guest.application_name
    if name == APPLICATION:
        return  # shared with others
    async with database.connect() as connection:
        await connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 "
            "AND usename = current_user AND pid <> pg_backend_pid()",
            (name,),
        )
