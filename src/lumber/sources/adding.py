"""Registers a source once it was reached, and keeps mappings once they were checked."""

from __future__ import annotations

from lumber.audit.actor import Actor
from lumber.sources.address import SourceAddress
from lumber.sources.checking import Checked, check_mapping
from lumber.sources.guest import reaching, readable_tables
from lumber.sources.mapping import TableMapping
from lumber.sources.password import Password
from lumber.sources.registry import (
    STATEMENT_SECONDS,
    Source,
    add_source,
    checked_source_name,
    find_source,
    keep_mapping,
    require_free,
)
from lumber.store.database import Database
from lumber.store.models.base import utc_now
from lumber.store.url import DatabaseUrl


async def register(
    database: Database,
    name: str,
    url: DatabaseUrl | SourceAddress,
    password: Password,
    *,
    statement_seconds: float = STATEMENT_SECONDS,
    by: Actor | None = None,
) -> tuple[Source, list[str]]:
    """Reach a database and register it; return it with the names of its tables.

    Raises SourceUnfit if it can't be reached, and ConfigError for a name that is wrong or taken.
    """
    checked_source_name(name)
    async with database.session() as session:
        await require_free(session, name)
    tried = Source("", name, url, password, statement_seconds, utc_now())
    with reaching(name):
        tables = await readable_tables(tried)
    async with database.session() as session:
        added = await add_source(session, name, url, password, statement_seconds=statement_seconds, by=by)
    return added, tables


async def checked(database: Database, name: str, mapping: TableMapping) -> Checked:
    """Check a mapping of a registered source. Raises as `check_mapping`, and SourceNotFound."""
    async with database.session() as session:
        source = await find_source(session, name)
    with reaching(source.name):
        return await check_mapping(source, mapping)


async def keep(
    database: Database, name: str, mapping: TableMapping, *, by: Actor | None = None
) -> tuple[Source, Checked]:
    """Check a mapping of a registered source and store it. Raises as `checked`."""
    found = await checked(database, name, mapping)
    async with database.session() as session:
        return await keep_mapping(
            session,
            name,
            mapping,
            found.schema,
            probe=None if found.probe is None else found.probe.as_json(),
            by=by,
        ), found
