"""Commits published versions to the tables of their datasets, by itself.

Any number of processes may try: a claim in the ledger lets one of them work, and the tables themselves say
which version they have, so nothing is committed twice. A failure is kept with its reason, and tried again
after a while. So a version that was held at first, or whose process was killed, is committed later.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.destinations.tables.table import TableFormat
from lumber.destinations.tables.update import Done, Version
from lumber.errors import DatabaseError, LumberError
from lumber.exports.announcing import Event, announce
from lumber.exports.locks import lock_writes
from lumber.exports.versions.reserving import VersionState
from lumber.exports.versions.tables import find_place, find_versions, write_tables
from lumber.settings import Settings
from lumber.store.clock import database_now
from lumber.store.database import Database
from lumber.store.models import DatasetTable, DatasetVersion, ExportPublication, NamedDataset
from lumber.store.shielded import in_thread

# A process that has not renewed its claim for this long was killed. Another one takes over.
_CLAIM_SECONDS = 120.0
_RENEW_SECONDS = 30.0
_WAIT_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 3_600.0
# A short outage is nobody's business. After this many failures in a row, notices tell of them, once.
TOLD_FAILURES = 3
_LONGEST_ERROR = 1_000

_log = logging.getLogger(__name__)


class _Stopped(Exception):
    """The process ends, so the rest is committed later."""


@dataclass(frozen=True, slots=True)
class _Due:
    """Tables that lack a published version."""

    dataset_id: str
    dataset: str
    format: TableFormat
    place: str
    catalog: str | None
    latest: int
    # Where its latest version is in a destination.
    published_at: str | None


async def commit_due(
    database: Database,
    settings: Settings,
    dataset: str | None = None,
    *,
    is_stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Commit what the tables of all datasets lack, or those of one; return how many commits were made.

    Failures are kept and told, not raised. Versions whose files aren't on this machine are left to others.
    Raises DatabaseError.
    """
    made = 0
    for due in await _due(database, dataset):
        if is_stopping():
            break
        made += await _try(database, settings, due, is_stopping)
    return made


async def _due(database: Database, dataset: str | None) -> Sequence[_Due]:
    newest = (
        sa.select(sa.func.max(DatasetVersion.number))
        .where(DatasetVersion.dataset_id == DatasetTable.dataset_id)
        .where(DatasetVersion.state == VersionState.PUBLISHED)
        .correlate(DatasetTable)
        .scalar_subquery()
    )
    async with database.session() as session:
        now = await database_now(session)
        wanted = (
            sa.select(DatasetTable, NamedDataset.name, newest)
            .join(NamedDataset, NamedDataset.id == DatasetTable.dataset_id)
            .where(newest > sa.func.coalesce(DatasetTable.committed, 0))
            .where(sa.or_(DatasetTable.next_at.is_(None), DatasetTable.next_at <= now))
            .order_by(DatasetTable.next_at, NamedDataset.name_key, DatasetTable.format)
        )
        if dataset is not None:
            wanted = wanted.where(NamedDataset.name_key == dataset.lower())
        found = []
        for row, name, latest in (await session.execute(wanted)).all():
            format = TableFormat(row.format)
            where = await _destination(session, row.dataset_id, latest)
            found.append(_Due(row.dataset_id, name, format, row.place, row.catalog, latest, where))
        return found


async def _destination(session: AsyncSession, dataset_id: str, number: int) -> str | None:
    """Return the address of a version in its destination, as `find_versions` takes it; None without one."""
    wanted = (
        sa.select(ExportPublication.destination, ExportPublication.root)
        .join(DatasetVersion, DatasetVersion.export_id == ExportPublication.export_id)
        .where(DatasetVersion.dataset_id == dataset_id, DatasetVersion.number == number)
    )
    found = (await session.execute(wanted)).first()
    return None if found is None else f"{found.destination}:{found.root}"


async def _try(database: Database, settings: Settings, due: _Due, is_stopping: Callable[[], bool]) -> int:
    """Commit what one table format lacks, and keep how it ended. Return how many commits were made."""
    versions = await _versions(database, due)
    if versions is None:
        return 0
    claim = str(uuid.uuid4())
    if not await _claim(database, due, claim):
        return 0
    renewing = asyncio.create_task(_renew(database, due, claim))
    error: str | None = None
    made: list[Done] = []
    try:
        await _commit(database, settings, due, versions, made, is_stopping)
    except _Stopped:
        error = ""
    except DatabaseError:
        raise
    except LumberError as failure:
        error = failure.public
    except Exception as failure:  # noqa: BLE001 - a defect of one table, which the others don't share
        _log.exception("The %s tables of %s failed.", due.format.value, due.dataset)
        error = f"An unexpected error ({type(failure).__name__}). The log has more."
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
    await _keep(database, due, claim, versions[-1].number, error)
    if error:
        _log.warning(
            "The %s tables of %s lack v%d, which is tried again: %s",
            due.format.value,
            due.dataset,
            due.latest,
            error,
        )
    for each in made:
        _log.info("v%d of %s is committed to %s.", each.number, due.dataset, each.place)
    return len(made)


async def _versions(database: Database, due: _Due) -> Sequence[Version] | None:
    """Return the versions with their files, from here or from the destination; None if they aren't here."""
    _, versions = await find_versions(database, due.dataset)
    if versions and versions[-1].number == due.latest:
        return versions
    if due.published_at is None:
        return None
    try:
        _, versions = await find_versions(database, due.published_at)
    except LumberError:
        return None
    # The destination names a version after it is published.
    return versions if versions and versions[-1].number == due.latest else None


async def _commit(
    database: Database,
    settings: Settings,
    due: _Due,
    versions: Sequence[Version],
    made: list[Done],
    is_stopping: Callable[[], bool],
) -> None:
    place = await find_place(database, due.place, due.dataset, due.format)
    catalog = due.catalog or default_catalog(settings)

    def done(each: Done) -> None:
        made.append(each)
        if is_stopping():
            raise _Stopped

    await in_thread(
        lambda: write_tables(due.dataset, versions, due.format, place, catalog, settings.read_limits, done),
        lambda: None,
    )


def default_catalog(settings: Settings) -> str:
    """Return the database of the Iceberg catalog in the data folder."""
    return f"sqlite:///{settings.data_dir / 'iceberg.db'}"


async def _claim(database: Database, due: _Due, claim: str) -> bool:
    async with database.session() as session:
        await lock_writes(session)
        row = await _row(session, due)
        now = await database_now(session)
        if row is None or (row.next_at is not None and row.next_at > now):
            return False
        row.claim, row.next_at = claim, now + timedelta(seconds=_CLAIM_SECONDS)
        return True


async def _renew(database: Database, due: _Due, claim: str) -> None:
    while True:
        await asyncio.sleep(_RENEW_SECONDS)
        # A claim that is lost costs a conflict, and no row: the next renewal may succeed.
        with suppress(LumberError):
            async with database.session() as session:
                row = await _row(session, due)
                if row is not None and row.claim == claim:
                    row.next_at = await database_now(session) + timedelta(seconds=_CLAIM_SECONDS)


async def _keep(database: Database, due: _Due, claim: str, number: int, error: str | None) -> None:
    """Record how it ended: None: well; an empty text: it was stopped. Another claim decides for itself."""
    async with database.session() as session:
        await lock_writes(session)
        row = await _row(session, due)
        if row is None or row.claim != claim:
            return
        row.claim = None
        if not error:
            row.failures, row.error, row.next_at = 0, None, None
            row.committed = number if error is None else row.committed
            return
        row.failures += 1
        row.error = error[:_LONGEST_ERROR]
        wait = min(_WAIT_SECONDS * 2 ** min(row.failures - 1, 10), LONGEST_WAIT_SECONDS)
        row.next_at = await database_now(session) + timedelta(seconds=wait)
        if row.failures == TOLD_FAILURES:
            await _announce(session, due, row.failures)


async def _announce(session: AsyncSession, due: _Due, failures: int) -> None:
    """Tell the notices that tables don't get the latest version. The page of the dataset says why."""
    owner = sa.select(NamedDataset.owner_id).where(NamedDataset.id == due.dataset_id)
    await announce(
        session,
        Event.TABLES_FAILED,
        owner_id=await session.scalar(owner),
        dataset=due.dataset,
        format=due.format.value,
        version=due.latest,
        failures=failures,
    )


async def _row(session: AsyncSession, due: _Due) -> DatasetTable | None:
    key = (due.dataset_id, due.format.value)
    return await session.get(DatasetTable, key, with_for_update=True)
