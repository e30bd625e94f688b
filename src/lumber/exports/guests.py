"""The source of an export's config, opened for as long as it is read."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from lumber.exports.config import ExportConfig
from lumber.sources.guest import APPLICATION, Guest, open_source, require_mapped
from lumber.sources.registry import Source, source_of
from lumber.store.database import Database


def source_kinds(config: ExportConfig) -> tuple[str, ...]:
    """Return the kinds that a source must have: those that are exported, and those that label them."""
    sources = [kind.labels_from.kind for kind in config.kinds if kind.labels_from is not None]
    return tuple(dict.fromkeys([*config.data_types, *(sources if config.labels is not None else ())]))


async def require_source(config: ExportConfig, database: Database) -> Source | None:
    """Return the source of a config. Raises ConfigError if there is none, or SourceUnmapped."""
    if config.source is None:
        return None
    async with database.session() as session:
        return await require_source_in(session, config)


async def require_source_in(session: AsyncSession, config: ExportConfig) -> Source | None:
    """Return the source of a config in a transaction. Raises as `require_source`."""
    if config.source is None:
        return None
    source = await source_of(session, config.source)
    require_mapped(source, source_kinds(config))
    return source


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
    folder, a sample of them is there already. Raises ConfigError, SourceError or DatabaseError.
    """
    source = await require_source(config, database)
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
