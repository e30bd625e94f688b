"""Reserves the next version of a dataset for an export. Only one export at a time writes a version."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.engine.plan import VersionPlan
from lumber.errors import DatasetBusy, DatasetStateError, LeaseLost
from lumber.exports.locks import lock_creation
from lumber.exports.status import Status
from lumber.store.models import DatasetVersion, ExportStatus, NamedDataset
from lumber.store.models.base import utc_now

_USERS = sa.table("users", sa.column("id", sa.Text()), sa.column("role", sa.Text()))


class VersionState(StrEnum):
    """State of a version."""

    BUILDING = "building"
    PUBLISHED = "published"
    HELD = "held"
    DROPPED = "dropped"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Parent:
    """The latest published version of a dataset, as the ledger has it."""

    number: int
    data_version: str
    export_id: str
    manifest_sha256: str
    path: str
    watermark: dict[str, Any]
    frozen: dict[str, Any]
    totals: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reservation:
    """The number that an export has reserved, and the version that it continues."""

    dataset_id: str
    dataset: str
    number: int
    parent: Parent | None


async def reserve(
    session: AsyncSession, row: ExportStatus, name: str, *, is_incremental: bool
) -> Reservation:
    """Reserve the next version for a running export, whose row is locked; make the dataset if there is none.

    Raises DatasetBusy while another export writes a version, and DatasetStateError if a version is held or
    the dataset belongs to another account.
    """
    await lock_creation(session)
    dataset = await _dataset(session, row, name)
    await _release(session, dataset, row.id)
    newest = await newest_version(session, dataset.id)
    refuse_held(dataset, newest)
    parent = await latest_version(session, dataset.id)
    number = 1 if newest is None else newest.number + 1
    session.add(
        DatasetVersion(
            dataset_id=dataset.id,
            number=number,
            export_id=row.id,
            state=VersionState.BUILDING,
            parent_number=None if parent is None else parent.number,
            is_incremental=int(is_incremental),
            created_at=utc_now(),
        )
    )
    return Reservation(dataset.id, dataset.name, number, None if parent is None else parent_of(parent))


def refuse_held(dataset: NamedDataset, newest: DatasetVersion | None) -> None:
    """Raise DatasetStateError if the newest version of a dataset is held."""
    if newest is not None and newest.state == VersionState.HELD:
        raise DatasetStateError(
            f"Version {newest.number} of {dataset.name} is held. Publish it with `lumber datasets publish "
            f"{dataset.name} {newest.number}`, or drop it with `lumber datasets drop`; then run this again."
        )


async def expected(session: AsyncSession, name: str, owner_id: str | None) -> tuple[Reservation, str | None]:
    """Return what `reserve` would return now, and why an export into the dataset would wait or fail.

    Raises DatasetStateError if the dataset belongs to another account.
    """
    dataset = await session.scalar(sa.select(NamedDataset).where(NamedDataset.name_key == name.lower()))
    if dataset is None:
        return Reservation("", name, 1, None), None
    await _require_own(session, dataset, owner_id)
    newest, parent = await newest_version(session, dataset.id), await latest_version(session, dataset.id)
    blocked = None
    try:
        refuse_held(dataset, newest)
    except DatasetStateError as error:
        blocked = str(error)
    number = 1 if newest is None else newest.number + 1
    return Reservation(
        dataset.id, dataset.name, number, None if parent is None else parent_of(parent)
    ), blocked


async def reserved_row(session: AsyncSession, export_id: str, dataset_id: str, number: int) -> DatasetVersion:
    """Return the row that an export has reserved. Raises LeaseLost if another export has it now."""
    row = await session.get(DatasetVersion, (dataset_id, number))
    if row is None or row.export_id != export_id:
        raise LeaseLost(f"Export {export_id} no longer holds version {number} of its dataset.")
    return row


async def planned_version(session: AsyncSession, plan: VersionPlan) -> tuple[Parent | None, Any]:
    """Return the parent and the watermark of a version that is being made."""
    row = await session.get_one(DatasetVersion, (plan.dataset_id, plan.number))
    if plan.parent is None:
        return None, row.watermark
    parent = await session.get_one(DatasetVersion, (plan.dataset_id, plan.parent.number))
    return parent_of(parent), row.watermark


async def newest_version(session: AsyncSession, dataset_id: str) -> DatasetVersion | None:
    """Return the version of a dataset with the highest number, in any state."""
    return await session.scalar(
        sa.select(DatasetVersion)
        .where(DatasetVersion.dataset_id == dataset_id)
        .order_by(DatasetVersion.number.desc())
        .limit(1)
    )


async def latest_version(session: AsyncSession, dataset_id: str) -> DatasetVersion | None:
    """Return the latest published version of a dataset."""
    return await session.scalar(
        sa.select(DatasetVersion)
        .where(DatasetVersion.dataset_id == dataset_id, DatasetVersion.state == VersionState.PUBLISHED)
        .order_by(DatasetVersion.number.desc())
        .limit(1)
    )


async def _dataset(session: AsyncSession, row: ExportStatus, name: str) -> NamedDataset:
    known = await session.scalar(sa.select(NamedDataset).where(NamedDataset.name_key == name.lower()))
    if known is None:
        known = NamedDataset(
            id=str(uuid.uuid4()),
            name=name,
            name_key=name.lower(),
            owner_id=row.owner_id,
            created_at=utc_now(),
        )
        session.add(known)
        await session.flush()
    else:
        await _require_own(session, known, row.owner_id)
    return known


async def _require_own(session: AsyncSession, dataset: NamedDataset, owner_id: str | None) -> None:
    if owner_id not in (None, dataset.owner_id) and not await _is_admin(session, owner_id):
        raise DatasetStateError(
            f"The dataset {dataset.name} belongs to another account. Choose another name."
        )


async def _is_admin(session: AsyncSession, user_id: str | None) -> bool:
    return await session.scalar(sa.select(_USERS.c.role).where(_USERS.c.id == user_id)) == "admin"


async def _release(session: AsyncSession, dataset: NamedDataset, export_id: str) -> None:
    """Delete versions in the making whose exports ended, and an earlier one of this export."""
    making = sa.select(DatasetVersion).where(
        DatasetVersion.dataset_id == dataset.id, DatasetVersion.state == VersionState.BUILDING
    )
    for version in await session.scalars(making):
        if version.export_id != export_id:
            status = await session.scalar(
                sa.select(ExportStatus.status).where(ExportStatus.id == version.export_id)
            )
            if status in (Status.PENDING, Status.RUNNING):
                raise DatasetBusy(
                    f"Export {version.export_id} is writing version {version.number} of {dataset.name}. "
                    "Wait for it, or cancel it."
                )
        await session.delete(version)
    await session.flush()


def parent_of(row: DatasetVersion) -> Parent:
    """Return a published version as one that can be continued."""
    return Parent(
        row.number,
        row.data_version or "",
        row.export_id,
        row.manifest_sha256 or "",
        row.path or "",
        row.watermark or {},
        row.frozen or {},
        row.totals or {},
    )
