"""The source of an export's config, opened for as long as it is read."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from lumber.catalog.registry import declaring
from lumber.exports.config import ExportConfig
from lumber.exports.parsing import parse_config
from lumber.sources.guest import APPLICATION, Guest, open_source, require_mapped
from lumber.sources.registry import Source, source_of
from lumber.store.database import Database


def source_kinds(config: ExportConfig) -> tuple[str, ...]:
    """Return the kinds that a source must have: those that are exported, and those that label them."""
    sources = [kind.labels_from.kind for kind in config.kinds if kind.labels_from is not None]
    return tuple(dict.fromkeys([*config.data_types, *(sources if config.labels is not None else ())]))


@asynccontextmanager
async def sourced(config: ExportConfig, database: Database) -> AsyncIterator[Source | None]:
    """Let what the mappings of a config's source declare be known for the block, and yield the source.

    Only then can it be said whether its data types, columns and filters are right. Raises ConfigError if they
    aren't or if there is no such source, or SourceUnmapped.
    """
    if config.source is None:
        yield None
        return
    async with database.session() as session:
        source = await source_of(session, config.source)
    with _fitting(config, source):
        yield source


@asynccontextmanager
async def sourced_in(config: ExportConfig, session: AsyncSession) -> AsyncIterator[None]:
    """Do the same in the transaction of a session."""
    if config.source is None:
        yield
        return
    with _fitting(config, await source_of(session, config.source)):
        yield


@contextmanager
def _fitting(config: ExportConfig, source: Source) -> Iterator[None]:
    with declaring(source.name, source.declarations):
        # The first time that its data types, columns and filters can be checked.
        parse_config(config.as_json())
        require_mapped(source, source_kinds(config))
        yield


@asynccontextmanager
async def guest_of(
    config: ExportConfig,
    database: Database,
    *,
    name: str = APPLICATION,
    statement_seconds: float | None = None,
    folder: Path | None = None,
    stopped: threading.Event | None = None,
) -> AsyncIterator[Guest | None]:
    """Open the source of a config for the block; None for our own tables. `database` has the ledger.

    Rows that must be collected are then still to be collected into `folder`, until `stopped`; without a
    folder, a sample of them is there already. What its mappings declare is known meanwhile. Raises
    ConfigError, SourceError or DatabaseError.
    """
    async with sourced(config, database) as source:
        if source is None:
            yield None
            return
        opened: AbstractAsyncContextManager[Guest] = open_source(
            source,
            source_kinds(config),
            name=name,
            statement_seconds=statement_seconds,
            stopped=database.stopped if stopped is None else stopped,
            folder=folder,
            # The dates of a version may be others than those of its config, and labels look beyond them.
            selections=() if config.dataset is not None or config.labels is not None else config.selections(),
        )
        async with opened as guest:
            yield guest
