"""Deletes a load in one transaction: its rows, its part in the addresses, and its entry in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actor import Actor, local_actor
from lumber.audit.append import append
from lumber.errors import LoadStateError
from lumber.ingest.audited import deleted_line
from lumber.ingest.loads import is_source_id, missing
from lumber.store.database import Database
from lumber.store.models import (
    AnomalyDetection,
    ExportPartition,
    ExportStatus,
    IngestAddress,
    IngestChunk,
    IngestSource,
    LogEntry,
)
from lumber.store.models.load import ADDRESS_LOCK

_TABLES: dict[str, Any] = {"logs": LogEntry.__table__, "anomalies": AnomalyDetection.__table__}
_WORDS = {
    "sqlite": {"same": "IS", "least": "min", "greatest": "max"},
    "postgresql": {"same": "IS NOT DISTINCT FROM", "least": "least", "greatest": "greatest"},
}
# Addresses that only this load knows, as it left them. What lines tell has no score, tags or device: if a row
# has them, somebody else added them.
_ONLY_MINE = """
DELETE FROM ip_addresses WHERE address IN (
    SELECT mine.address FROM ingest_addresses AS mine
    JOIN ip_addresses AS known ON known.address = mine.address
    WHERE mine.source_id = :source_id
    AND known.sightings {same} mine.sightings AND known.first_seen = mine.first_seen
    AND known.last_seen {same} mine.last_seen
    AND (:is_record = 1
         OR (known.risk_score IS NULL AND known.tags IS NULL AND known.device_id IS NULL))
    AND NOT EXISTS (SELECT 1 FROM ingest_addresses AS other
                    WHERE other.address = mine.address AND other.source_id <> :source_id))
"""
# Sightings are subtracted. A time becomes that of the other loads, unless somebody has changed it since.
_SHARED = """
UPDATE ip_addresses SET
    sightings = CASE
        WHEN mine.sightings IS NULL OR ip_addresses.sightings IS NULL THEN ip_addresses.sightings
        WHEN mine.others IS NOT NULL AND mine.counted = 0 AND ip_addresses.sightings = mine.sightings
            THEN NULL
        WHEN mine.sightings >= 0 AND ip_addresses.sightings >= 0
            THEN CASE WHEN ip_addresses.sightings > mine.sightings
                      THEN ip_addresses.sightings - mine.sightings ELSE 0 END
        WHEN mine.sightings < 0 AND ip_addresses.sightings < 0
            THEN ip_addresses.sightings - mine.sightings
        ELSE ip_addresses.sightings END,
    first_seen = CASE
        WHEN mine.others IS NOT NULL
             AND ip_addresses.first_seen = {least}(mine.first_seen, mine.others_first)
            THEN mine.others_first ELSE ip_addresses.first_seen END,
    last_seen = CASE
        WHEN mine.others IS NOT NULL
             AND ip_addresses.last_seen
                 = coalesce({greatest}(mine.last_seen, mine.others_last), mine.last_seen)
            THEN mine.others_last ELSE ip_addresses.last_seen END
FROM (
    SELECT part.address, part.first_seen, part.last_seen, part.sightings, other.others, other.counted,
           other.first_seen AS others_first, other.last_seen AS others_last
    FROM ingest_addresses AS part LEFT JOIN (
        SELECT address, count(*) AS others, count(sightings) AS counted, min(first_seen) AS first_seen,
               max(last_seen) AS last_seen
        FROM ingest_addresses
        WHERE source_id <> :source_id
        AND address IN (SELECT address FROM ingest_addresses WHERE source_id = :source_id)
        GROUP BY address) AS other ON other.address = part.address
    WHERE part.source_id = :source_id) AS mine
WHERE ip_addresses.address = mine.address
"""
# What was there before the first load is of use only as long as there is a load.
_LONE_BASES = """
DELETE FROM ingest_addresses WHERE source_id = ''
AND address IN (SELECT address FROM ingest_addresses WHERE source_id = :source_id)
AND NOT EXISTS (SELECT 1 FROM ingest_addresses AS other WHERE other.address = ingest_addresses.address
                AND other.source_id NOT IN ('', :source_id))
"""


@dataclass(frozen=True, slots=True)
class DeletedLoad:
    """What a deletion changed. IP records that other loads also know are updated and not deleted."""

    source_id: str
    kind: str
    name: str
    rows_deleted: int
    addresses_deleted: int
    addresses_updated: int


Progress = Callable[[int, int], None]


async def delete_load(
    database: Database,
    source_id: str,
    progress: Progress = lambda _done, _total: None,
    *,
    by: Actor | None = None,
    names_exports: bool = True,
) -> DeletedLoad:
    """Delete a load. `progress` gets the rows that are done and the number of all.

    `by` is who asks for it; None for the user of the command line. Unless `names_exports`, errors don't tell
    which exports are running. The same content can be loaded anew
    afterwards. Raises SourceMissing or LoadStateError.
    """
    if not is_source_id(source_id):
        raise missing(source_id)
    dialect = "sqlite" if database.is_sqlite else "postgresql"
    async with database.session() as session:
        kind, name, loaded = await _take(session, source_id)
        chunks = (
            await session.scalars(sa.select(IngestChunk).where(IngestChunk.source_id == source_id))
        ).all()
        if sum(chunk.rows for chunk in chunks) != loaded:
            raise _not_recorded(source_id)
        await _forget_plans(session, names_exports=names_exports)
        if dialect == "postgresql":
            await session.execute(sa.text(f"SELECT pg_advisory_xact_lock({ADDRESS_LOCK})"))
        deleted, done = 0, 0
        for chunk in chunks:
            deleted += await _delete_rows(session, kind, chunk)
            done += chunk.rows
            progress(done, loaded)
        await session.execute(sa.delete(IngestChunk).where(IngestChunk.source_id == source_id))
        gone, updated = await _subtract(session, source_id, kind, dialect)
        await append(session, [deleted_line(by or local_actor(), source_id, kind, name, deleted)])
    return DeletedLoad(source_id, kind, name, deleted, gone, updated)


async def _take(session: AsyncSession, source_id: str) -> tuple[str, str, int]:
    """Delete the ledger's entry, and return its kind, name and rows.

    The first statement, because it takes the write lock of SQLite. A load that is running waits for the end
    of this transaction, and then stops: its entry is gone.
    """
    statement = sa.delete(IngestSource).where(IngestSource.source_id == source_id)
    taken = await session.execute(
        statement.returning(IngestSource.kind, IngestSource.name, IngestSource.loaded)
    )
    found = taken.one_or_none()
    if found is None:
        raise missing(source_id)
    return found.kind, found.name, found.loaded


async def _forget_plans(session: AsyncSession, *, names_exports: bool) -> None:
    """Let ended exports begin anew when they are retried. Raises LoadStateError if one has not ended.

    Its plan counts the rows that are there now. If its attempt is interrupted, the next one reads them again.
    """
    has_plan = ExportStatus.plan.is_not(None)
    is_reading = (ExportStatus.status == "running") | ((ExportStatus.status == "pending") & has_plan)
    ids = (await session.scalars(sa.select(ExportStatus.id).where(is_reading).limit(5))).all()
    if ids:
        named = f": {', '.join(ids)}" if names_exports else ""
        raise LoadStateError(
            f"No load can be deleted while exports are reading rows{named}. Wait until they end, "
            "or cancel them with `lumber exports cancel`."
        )
    stale = sa.select(ExportStatus.id).where(ExportStatus.status.in_(("failed", "cancelled")), has_plan)
    await session.execute(sa.delete(ExportPartition).where(ExportPartition.export_id.in_(stale)))
    retried = ExportStatus.status.in_(("failed", "cancelled")) & has_plan
    await session.execute(sa.update(ExportStatus).where(retried).values(plan=None))


async def _delete_rows(session: AsyncSession, kind: str, chunk: IngestChunk) -> int:
    table = _TABLES.get(kind)
    if table is None:
        return 0  # the rows are addresses
    wanted = table.c.id.between(chunk.first_id, chunk.last_id)
    if chunk.tx is not None:
        wanted &= sa.text(f"tx = '{int(chunk.tx)}'::xid8")
    return _count(await session.execute(sa.delete(table).where(wanted)))


async def _subtract(session: AsyncSession, source_id: str, kind: str, dialect: str) -> tuple[int, int]:
    """Take the load's part out of the addresses. Return how many are gone, and how many are changed."""
    values: dict[str, Any] = {"source_id": source_id}
    is_record = {"is_record": int(kind not in _TABLES)}
    words = _WORDS[dialect]
    gone = await session.execute(sa.text(_ONLY_MINE.format(**words)), values | is_record)
    changed = await session.execute(sa.text(_SHARED.format(**words)), values)
    await session.execute(sa.text(_LONE_BASES), values)
    await session.execute(sa.delete(IngestAddress).where(IngestAddress.source_id == source_id))
    return _count(gone), _count(changed)


def _count(result: Any) -> int:
    return int(result.rowcount)


def _not_recorded(source_id: str) -> LoadStateError:
    return LoadStateError(
        f"The load {source_id} can't be deleted: an earlier version of Lumber loaded some of its rows and "
        "did not record which. To be without them, load everything else into a new database."
    )
