"""Retention: deletes old exports, oldest first, and folders without an export.

Only folders that the service created are removed. If a user chose the folder, only the export's record is
deleted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actor import Actor, system_actor
from lumber.errors import ExportNotFound, ExportStateError
from lumber.exports.control import delete_export
from lumber.exports.orphans import Orphan, find_orphans, folder_bytes, remove_orphans
from lumber.exports.status import ENDED, Status
from lumber.exports.versions.retention import surplus_versions
from lumber.exports.versions.withdrawing import Withdrawals, WithdrawnVersion, withdraw_surplus
from lumber.settings import Settings
from lumber.store.clock import database_now
from lumber.store.database import Database
from lumber.store.models import ExportStatus

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """Limits of the retention; None is no limit.

    `days` since an export finished; `total_bytes` of all exports in the service's folder; `keep_last`: number
    of finished exports.
    """

    days: float | None = None
    total_bytes: int | None = None
    keep_last: int | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> RetentionPolicy:
        """Return the policy in the settings."""
        return cls(settings.retention_days, settings.retention_bytes, settings.retention_count)

    @property
    def is_set(self) -> bool:
        """Return whether the policy has any limit."""
        return any(value is not None for value in (self.days, self.total_bytes, self.keep_last))


class CleanedExport(BaseModel):
    """An export that was or would be deleted."""

    model_config = ConfigDict(frozen=True)

    export_id: str
    status: str
    finished_at: datetime
    file_size: int = Field(description="Bytes of its files.")
    reason: str = Field(description="days, total_bytes or keep_last.")
    files_deleted: bool = Field(
        description="Whether its files were deleted; false for a folder that a user chose."
    )


class CleanupReport(BaseModel):
    """Result of a clean-up or of a dry run."""

    model_config = ConfigDict(frozen=True)

    is_dry_run: bool
    exports: list[CleanedExport] = Field(description="Deleted exports, oldest first.")
    orphans: list[str] = Field(description="Names of removed folders without an export.")
    unknown_datasets: list[str] = Field(
        description="Names of folders with a complete dataset but no export in this ledger; they are kept."
    )
    freed_bytes: int = Field(description="Bytes of deleted files.")
    kept: int = Field(description="Finished exports that are kept.")
    skipped: list[str] = Field(description="Ids of exports that changed during the clean-up and are kept.")
    withdrawn: list[WithdrawnVersion] = Field(
        description="Versions beyond the limits of their dataset that were removed from their destination. "
        "Empty in a dry run."
    )
    not_withdrawn: list[str] = Field(
        description="Why versions that should be removed from a destination are still there, in words. The "
        "next clean-up tries again."
    )


@dataclass(frozen=True, slots=True)
class _Ended:
    export_id: str
    status: str
    finished_at: datetime
    file_size: int
    has_own_folder: bool


async def clean_up(
    database: Database,
    settings: Settings,
    policy: RetentionPolicy,
    *,
    is_dry_run: bool = False,
    is_stopping: Callable[[], bool] = lambda: False,
    by: Actor | None = None,
) -> CleanupReport:
    """Delete exports beyond the policy's limits, and folders without an export that are older than a day.

    Versions of datasets that are deleted, now or by an earlier run, also go from their destinations.
    `by` is who asks for it; None for the retention itself. Queued and running exports are never deleted.
    `is_stopping` is checked before each deletion. Raises DatabaseError.
    """
    async with database.session() as session:
        now = await database_now(session)
        ended = await _ended(session, settings)
        versions, surplus = await surplus_versions(session, now)
    if policy.total_bytes is not None:
        ended = await asyncio.to_thread(_measured, ended, settings)
    cleaned: list[CleanedExport] = []
    skipped: list[str] = []
    # Datasets have limits of their own for their versions.
    others = [item for item in ended if item.export_id not in versions]
    beyond = [(item, surplus[item.export_id]) for item in ended if item.export_id in surplus]
    for item, reason in [*_chosen(others, policy, now), *beyond]:
        if is_stopping():
            break
        deleted = item.has_own_folder
        if not is_dry_run:
            try:
                deleting = delete_export(
                    database, settings, item.export_id, by=by or system_actor("retention"), cause=reason
                )
                deleted = (await deleting).files_deleted
            except (ExportNotFound, ExportStateError):
                skipped.append(item.export_id)  # deleted or retried by another process
                continue
        cleaned.append(_record(item, reason, deleted))
    withdrawals = await _withdrawn(database, settings, is_stopping, by, is_dry_run=is_dry_run)
    orphans = await find_orphans(database, settings.effective_exports_dir, now)
    abandoned = [orphan for orphan in orphans if not orphan.is_dataset and not is_stopping()]
    removed = abandoned if is_dry_run else await remove_orphans(abandoned)
    return CleanupReport(
        is_dry_run=is_dry_run,
        exports=cleaned,
        orphans=[orphan.path.name for orphan in removed],
        unknown_datasets=[orphan.path.name for orphan in orphans if orphan.is_dataset],
        freed_bytes=_freed(cleaned, removed),
        kept=len(ended) - len(cleaned),
        skipped=skipped,
        withdrawn=withdrawals.versions,
        not_withdrawn=withdrawals.left,
    )


async def _withdrawn(
    database: Database,
    settings: Settings,
    is_stopping: Callable[[], bool],
    by: Actor | None,
    *,
    is_dry_run: bool,
) -> Withdrawals:
    if is_dry_run:
        return Withdrawals()
    return await withdraw_surplus(database, umask=settings.file_umask, is_stopping=is_stopping, by=by)


async def _ended(session: AsyncSession, settings: Settings) -> list[_Ended]:
    """Return all finished exports, oldest first."""
    columns = (
        ExportStatus.id,
        ExportStatus.status,
        ExportStatus.finished_at,
        ExportStatus.created_at,
        ExportStatus.file_size,
        ExportStatus.output_path,
    )
    wanted = sa.select(*columns).where(ExportStatus.status.in_(ENDED))
    found = [
        _Ended(
            row.id,
            row.status,
            row.finished_at or row.created_at,
            row.file_size,
            row.output_path is not None and Path(row.output_path) == settings.effective_exports_dir / row.id,
        )
        for row in await session.execute(wanted)
    ]
    return sorted(found, key=lambda item: (item.finished_at, item.export_id))


def _measured(ended: Sequence[_Ended], settings: Settings) -> list[_Ended]:
    """Add the bytes that unsuccessful exports keep for a retry, which are not in the ledger."""
    return [
        item
        if item.status == Status.COMPLETED or not item.has_own_folder
        else replace(item, file_size=folder_bytes(settings.effective_exports_dir / item.export_id))
        for item in ended
    ]


def _chosen(ended: Sequence[_Ended], policy: RetentionPolicy, now: datetime) -> list[tuple[_Ended, str]]:
    """Return the exports to delete, oldest first, each with the first limit that it exceeds."""
    reasons = dict(_by_age(ended, policy, now))
    reasons = {**dict(_by_number(ended, policy)), **reasons}
    left = [item for item in ended if item.export_id not in reasons]
    reasons.update(_by_size(left, policy))
    return [(item, reasons[item.export_id]) for item in ended if item.export_id in reasons]


def _by_age(ended: Sequence[_Ended], policy: RetentionPolicy, now: datetime) -> Iterator[tuple[str, str]]:
    if policy.days is not None:
        for item in ended:
            if (now - item.finished_at) / _DAY > policy.days:
                yield item.export_id, "days"


def _by_number(ended: Sequence[_Ended], policy: RetentionPolicy) -> Iterator[tuple[str, str]]:
    if policy.keep_last is not None:
        surplus = max(0, len(ended) - policy.keep_last)
        yield from ((item.export_id, "keep_last") for item in ended[:surplus])


def _by_size(ended: Sequence[_Ended], policy: RetentionPolicy) -> Iterator[tuple[str, str]]:
    """Skip exports whose deletion frees nothing, such as datasets in a user's folder."""
    if policy.total_bytes is None:
        return
    ours = [item for item in ended if item.has_own_folder and item.file_size > 0]
    total = sum(item.file_size for item in ours)
    for item in ours:
        if total <= policy.total_bytes:
            return
        total -= item.file_size
        yield item.export_id, "total_bytes"


def _record(item: _Ended, reason: str, files_deleted: bool) -> CleanedExport:
    return CleanedExport(
        export_id=item.export_id,
        status=item.status,
        finished_at=item.finished_at,
        file_size=item.file_size,
        reason=reason,
        files_deleted=files_deleted,
    )


def _freed(cleaned: Sequence[CleanedExport], orphans: Sequence[Orphan]) -> int:
    of_exports = sum(item.file_size for item in cleaned if item.files_deleted)
    return of_exports + sum(orphan.size_bytes for orphan in orphans)
