"""ExportStatusManager: every change of an export's row in the ledger, each in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.errors import ExportNotFound, ExportStateError
from lumber.exports.config import ExportConfig
from lumber.exports.metadata import ExportMetadata
from lumber.pipeline.manifest import ShardEntry
from lumber.pipeline.partition import PartitionResult, result_to_json
from lumber.store.database import Database
from lumber.store.models import ExportFile, ExportPartition, ExportStatus
from lumber.store.models.base import utc_now

DATA_VERSION = "1.0.0"


class Status(StrEnum):
    """Where an export stands."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


_NEXT: Mapping[Status, tuple[Status, ...]] = {
    Status.PENDING: (Status.RUNNING, Status.FAILED, Status.CANCELLED),
    Status.RUNNING: (Status.COMPLETED, Status.FAILED, Status.CANCELLED),
    Status.COMPLETED: (),
    Status.FAILED: (),
    Status.CANCELLED: (),
}


class ExportStatusManager:
    """Reads and changes exports in the ledger. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, config: ExportConfig) -> ExportMetadata:
        """Record a new export, pending, and return it with its id."""
        now = utc_now()
        row = ExportStatus(
            id=str(uuid.uuid4()),
            status=Status.PENDING,
            data_version=DATA_VERSION,
            config=config.as_json(),
            config_hash=config.hash,
            created_at=now,
            updated_at=now,
        )
        async with self._database.session() as session:
            session.add(row)
            await session.flush()
            return ExportMetadata.from_status(row)

    async def get(self, export_id: str) -> ExportMetadata:
        """Return one export. Raises ExportNotFound."""
        async with self._database.session() as session:
            return ExportMetadata.from_status(await _row(session, export_id))

    async def list(self, *, limit: int = 100, offset: int = 0) -> Sequence[ExportMetadata]:
        """Return exports, newest first."""
        newest = sa.select(ExportStatus).order_by(ExportStatus.created_at.desc(), ExportStatus.id.desc())
        async with self._database.session() as session:
            rows = await session.scalars(newest.limit(limit).offset(offset))
            return [ExportMetadata.from_status(row) for row in rows]

    async def start(self, export_id: str, output_path: str) -> ExportMetadata:
        """pending -> running."""
        return await self._change(
            export_id, Status.RUNNING, started_at=utc_now(), output_path=output_path, attempt=1
        )

    async def planned(self, export_id: str, plan: Mapping[str, Any]) -> None:
        """Freeze the plan of a running export."""
        async with self._database.session() as session:
            row = await _running_row(session, export_id)
            row.plan, row.phase, row.updated_at = dict(plan), "exporting", utc_now()

    async def partition_done(self, export_id: str, result: PartitionResult, attempt: int) -> None:
        """Record a finished partition of a running export."""
        async with self._database.session() as session:
            await _running_row(session, export_id)
            session.add(
                ExportPartition(
                    export_id=export_id,
                    kind=result.kind,
                    ordinal=result.ordinal,
                    attempt=attempt,
                    result=result_to_json(result),
                )
            )

    async def complete(
        self, export_id: str, counts: Mapping[str, Mapping[str, int]], files: Sequence[ShardEntry]
    ) -> ExportMetadata:
        """running -> completed, with the counts per kind and the manifest's files."""
        async with self._database.session() as session:
            row = await _locked_row(session, export_id)
            _move(row, Status.COMPLETED)
            row.counts = {kind: dict(values) for kind, values in counts.items()}
            row.record_count = sum(values["written"] for values in counts.values())
            row.file_size = sum(file.size_bytes for file in files)
            session.add_all(
                ExportFile(
                    id=str(uuid.uuid4()),
                    export_id=export_id,
                    path=file.path,
                    kind=file.kind or "",
                    split=file.split or "",
                    rows=file.rows or 0,
                    size_bytes=file.size_bytes,
                    sha256=file.sha256,
                )
                for file in files
            )
            return ExportMetadata.from_status(row)

    async def fail(self, export_id: str, code: str, message: str) -> ExportMetadata:
        """-> failed, with the reason."""
        return await self._change(export_id, Status.FAILED, error_code=code, error_message=message)

    async def cancel(self, export_id: str) -> ExportMetadata:
        """-> cancelled."""
        return await self._change(export_id, Status.CANCELLED)

    async def _change(self, export_id: str, status: Status, **values: Any) -> ExportMetadata:
        async with self._database.session() as session:
            row = await _locked_row(session, export_id)
            _move(row, status)
            for name, value in values.items():
                setattr(row, name, value)
            return ExportMetadata.from_status(row)


async def _row(session: AsyncSession, export_id: str) -> ExportStatus:
    # Text that no database column can hold is no id either.
    row = await session.get(ExportStatus, export_id) if export_id.isprintable() else None
    if row is None:
        raise ExportNotFound(f"There is no export {export_id!r}.")
    return row


async def _locked_row(session: AsyncSession, export_id: str) -> ExportStatus:
    """Return the row when nobody else can change it until this transaction ends."""
    if export_id.isprintable():
        # SQLite knows no FOR UPDATE: only a write keeps others from writing what they read before.
        touch = sa.update(ExportStatus).where(ExportStatus.id == export_id)
        await session.execute(touch.values(updated_at=utc_now()))
    return await _row(session, export_id)


async def _running_row(session: AsyncSession, export_id: str) -> ExportStatus:
    row = await _locked_row(session, export_id)
    if row.status != Status.RUNNING:
        raise ExportStateError(f"Export {export_id} is {row.status}: only a running one makes progress.")
    return row


def _move(row: ExportStatus, status: Status) -> None:
    """Change the status, the one place where it changes. Raises ExportStateError."""
    allowed = _NEXT[Status(row.status)]
    if status not in allowed:
        choices = ", ".join(allowed) or "nothing"
        raise ExportStateError(
            f"Export {row.id} is {row.status}: it can become {choices}, not {status.value}."
        )
    now = utc_now()
    row.status, row.updated_at = status, now
    if not _NEXT[status]:
        row.finished_at, row.phase = now, None
