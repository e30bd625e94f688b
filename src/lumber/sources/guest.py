"""Guest: a source that an export reads, opened, with the queries that stand for the tables of its kinds."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from lumber.catalog.kind import Kind
from lumber.errors import DatabaseError, SourceTableChanged, SourceUnfit, SourceUnmapped
from lumber.sources.compiling import Compiled, compile_mapping
from lumber.sources.mapping import Guarantee
from lumber.sources.registry import Source
from lumber.sources.tables import SourceTable, reflect_mapped
from lumber.store.database import Database, GuestRules, open_guest
from lumber.store.keyset import Cutoff
from lumber.store.relations import Relations
from lumber.text import counted

APPLICATION = "lumber"


@dataclass(frozen=True, slots=True)
class Guest:
    """An opened source. `compiled` has the query of each mapped kind, `facts` what a manifest says."""

    source: Source
    database: Database
    compiled: dict[str, Compiled]
    tables: dict[str, SourceTable]
    facts: dict[str, Any]

    @property
    def relations(self) -> Relations:
        """The queries that stand for the tables of the kinds."""
        found = [each.relation for each in self.compiled.values()]
        return Relations({relation.table: relation for relation in found})

    @property
    def guarantee(self) -> Guarantee:
        """What holds for all kinds together."""
        return Guarantee(self.facts["guarantee"])

    async def cutoffs(self, connection: AsyncConnection, kinds: Sequence[Kind]) -> dict[str, Cutoff]:
        """Return what the transaction of a connection sees of each kind, for a later one to see again."""
        found = {}
        for kind in kinds:
            highest = None
            if kind.is_append_only and self.guarantee is Guarantee.APPEND_ONLY:
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
            with suppress(DatabaseError):
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
) -> AsyncIterator[Guest]:
    """Open a source for reading these kinds; other mapped kinds can be joined.

    `name` is what its server calls the connections. Raises SourceUnmapped, SourceTableChanged, SourceDenied,
    ConfigError for a mapping that no longer fits, or DatabaseError.
    """
    require_mapped(source, kinds)
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
    except DatabaseError as error:
        raise SourceUnfit(f"The source {name} can't be used: {error}") from error


async def _checked(source: Source, kind: str, connection: AsyncConnection) -> tuple[SourceTable, Compiled]:
    stored = source.mappings[kind]
    table = await reflect_mapped(connection, stored.mapping, source.url.dialect)
    if changes := stored.schema.changes(table):
        raise SourceTableChanged(
            f"{table.name} in the source {source.name} has changed since its mapping was checked: "
            f"{'; '.join(changes)}. Check the mapping again: `lumber source map {source.name} FILE`."
        )
    return table, compile_mapping(stored.mapping, table, source.url.dialect)


def _facts(source: Source, kinds: Sequence[str]) -> dict[str, Any]:
    used = {kind: source.mappings[kind] for kind in kinds}
    weakest = all(each.mapping.guarantee is Guarantee.APPEND_ONLY for each in used.values())
    return {
        "name": source.name,
        "database": source.url.dialect,
        "guarantee": (Guarantee.APPEND_ONLY if weakest else Guarantee.SNAPSHOT).value,
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
