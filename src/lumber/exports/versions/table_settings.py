"""The table formats that versions of a dataset are committed to, as the ledger keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actor import Actor
from lumber.audit.append import append
from lumber.destinations.registry import find_destination
from lumber.destinations.tables.places import beside, table_opener
from lumber.destinations.tables.table import TableFormat, require_library
from lumber.errors import ConfigError, DatasetNotFound, FieldProblem
from lumber.exports.audited import tables_line
from lumber.exports.versions.listing import dataset_row
from lumber.exports.versions.reserving import VersionState
from lumber.exports.versions.tables import elsewhere
from lumber.store.models import DatasetTable, DatasetVersion, NamedDataset
from lumber.store.models.base import utc_now


@dataclass(frozen=True, slots=True)
class TableSetting:
    """Tables of a dataset in one format. `to` is a destination, a folder or an address.

    `committed` is the last version that they have, `latest` the latest published one. After `failures` in a
    row, `error` says why, and `next_at` when it is tried again.
    """

    format: str
    to: str
    committed: int | None
    latest: int | None
    failures: int
    error: str | None
    next_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {**asdict(self), "next_at": None if self.next_at is None else self.next_at.isoformat()}


async def list_tables(session: AsyncSession, name: str, owner_id: str | None = None) -> list[TableSetting]:
    """Return the tables of a dataset by format. Raises DatasetNotFound."""
    dataset = await dataset_row(session, name, owner_id)
    return await _settings(session, dataset)


async def set_tables(
    session: AsyncSession,
    name: str,
    format: TableFormat,
    to: str,
    catalog: str | None = None,
    *,
    by: Actor | None = None,
) -> Sequence[TableSetting]:
    """Commit the published versions of a dataset to tables from now on, the ones that exist first.

    Raises DatasetNotFound, DestinationNotFound, and ConfigError for a place that the format can't use.
    """
    require_library(format)
    dataset = await dataset_row(session, name)
    place = elsewhere(to)
    if place is None:
        destination = await find_destination(session, to)
        to, place = destination.name, beside(destination, dataset.name, format)
    else:
        to = place.url
    _check_catalog(format, catalog)
    table_opener(format, place, dataset.name, catalog or "")
    row = await session.get(DatasetTable, (dataset.id, format.value))
    if row is not None and (row.place, row.catalog) == (to, catalog):
        row.next_at = None
        return await _settings(session, dataset)
    if row is not None:
        await session.delete(row)
        await session.flush()
    session.add(
        DatasetTable(
            dataset_id=dataset.id, format=format.value, place=to, catalog=catalog, created_at=utc_now()
        )
    )
    await session.flush()
    found = await _settings(session, dataset)
    await append(session, [tables_line(by, dataset, format.value, to)])
    return found


async def remove_tables(
    session: AsyncSession, name: str, format: TableFormat, *, by: Actor | None = None
) -> None:
    """Commit no further version to tables. The tables stay. Raises DatasetNotFound."""
    dataset = await dataset_row(session, name)
    row = await session.get(DatasetTable, (dataset.id, format.value))
    if row is None:
        raise DatasetNotFound(f"{dataset.name} isn't committed to tables of {format.value}.")
    await session.delete(row)
    await session.flush()
    await append(session, [tables_line(by, dataset, format.value, None)])


def _check_catalog(format: TableFormat, catalog: str | None) -> None:
    """Raise ConfigError for a catalog that can't be one, or has a password: it would be in the database."""
    if catalog is None:
        return
    if format is not TableFormat.ICEBERG:
        raise ConfigError([FieldProblem("catalog", None, f"has no effect with {format.value}: remove it")])
    try:
        has_password = make_url(catalog).password is not None
    except ArgumentError:
        message = "must be the address of a SQL database, such as sqlite:////var/lib/lumber/catalog.db"
        raise ConfigError([FieldProblem("catalog", None, message)]) from None
    if has_password:
        message = "must have no password: give it in the environment, such as PGPASSWORD, or in ~/.pgpass"
        raise ConfigError([FieldProblem("catalog", None, message)])


async def _settings(session: AsyncSession, dataset: NamedDataset) -> list[TableSetting]:
    of_dataset = DatasetVersion.dataset_id == dataset.id
    published = sa.select(sa.func.max(DatasetVersion.number)).where(
        of_dataset, DatasetVersion.state == VersionState.PUBLISHED
    )
    latest: int | None = await session.scalar(published)
    rows = sa.select(DatasetTable).where(DatasetTable.dataset_id == dataset.id).order_by(DatasetTable.format)
    return [
        TableSetting(
            row.format,
            row.place,
            row.committed,
            latest,
            row.failures,
            row.error,
            row.next_at if row.failures else None,
        )
        for row in await session.scalars(rows)
    ]
