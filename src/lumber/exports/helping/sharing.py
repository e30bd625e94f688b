"""Decides how the work of an attempt is shared: what others may do, and what they must have for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from lumber.catalog.registry import get_kind
from lumber.engine.partition import PartitionSpec
from lumber.engine.pool import WorkerPool
from lumber.engine.protocol import Engine
from lumber.engine.staging import OutputFolder
from lumber.exports.config import ExportConfig
from lumber.exports.helping.engine import Placing, SharedEngine
from lumber.exports.helping.facts import OfferFacts, present_versions, write_marker
from lumber.exports.helping.parcel import Own
from lumber.exports.ledger.jobs import JobLedger, changes_of_rows
from lumber.exports.ledger.rows import Claim
from lumber.exports.snapshot import Snapshot
from lumber.privacy.rule import PrivacyRule
from lumber.settings import Settings
from lumber.store.database import Database
from lumber.store.shielded import shielded


@dataclass(frozen=True, slots=True)
class Shared:
    """An attempt whose work may be shared. `specs` returns its partitions as seen from a snapshot."""

    claim: Claim
    config: ExportConfig
    snapshot: Snapshot
    privacy: PrivacyRule | None
    is_guest: bool
    specs: Callable[[Snapshot], Sequence[PartitionSpec]]


@asynccontextmanager
async def engine_of(
    pool: WorkerPool, database: Database, settings: Settings, folder: OutputFolder, shared: Shared
) -> AsyncIterator[Engine]:
    """Yield the engine of an attempt: its pool alone, its pool and who helps, or a Dask cluster.

    Raises ConfigError or ExportError for a cluster that can't be used.
    """
    if settings.engine == "pool":
        yield pool
        return
    placing: Placing | None = None
    if settings.engine == "dask":
        # It takes libraries that other exports don't load.
        from lumber.exports.helping.dask_placing import DaskPlacing

        placing = await DaskPlacing.connect(
            settings.dask_scheduler, shared.claim, str(database.url), settings.lease_seconds
        )
    snapshot, staging = shared.snapshot, folder.staging
    is_sqlite = database.is_sqlite

    async def facts() -> OfferFacts:
        return OfferFacts(
            versions=present_versions(),
            config_hash=shared.config.hash,
            dialect=database.url.dialect,
            folder=staging.name,
            nonce=await shielded(asyncio.to_thread(write_marker, staging)),
            key_id=None if shared.privacy is None else shared.privacy.key_id,
            # Of the source, if there is one: only the pool reads that.
            snapshot_id=None if shared.is_guest else snapshot.source.snapshot_id,
            changes=await changes_of_rows(snapshot.connection) if is_sqlite and not shared.is_guest else {},
        )

    engine = SharedEngine(
        pool if pool.is_started else None,
        JobLedger(database),
        shared.claim,
        facts,
        Own(staging, snapshot.source, shared.privacy),
        is_shareable=lambda spec: not shared.is_guest and (not is_sqlite or _is_steady(spec, snapshot)),
        far_statements=(lambda: _far_statements(shared)) if is_sqlite else None,
        placing=placing,
    )
    async with engine:
        yield engine


def needs_pool(settings: Settings, database: Database, *, is_guest: bool) -> bool:
    """Return whether an attempt needs processes of its own: not if a cluster may do all of its work."""
    return settings.engine != "dask" or database.is_sqlite or is_guest


def _is_steady(spec: PartitionSpec, snapshot: Snapshot) -> bool:
    """Return whether a worker that sees a later moment of SQLite reads the same rows, or notices it."""
    if spec.is_estimate or spec.side_statements:  # without their number, nobody notices rows that are gone
        return False
    return get_kind(spec.kind).is_append_only and snapshot.cutoffs[spec.kind].max_id is not None


def _far_statements(shared: Shared) -> dict[tuple[str, int], str]:
    """Return the statements of partitions with the condition that a later moment needs."""
    cutoffs = {name: replace(cutoff, is_own=False) for name, cutoff in shared.snapshot.cutoffs.items()}
    specs = shared.specs(replace(shared.snapshot, cutoffs=cutoffs))
    return {(spec.kind, spec.ordinal): spec.statement for spec in specs}
