"""ExportMetadata: what everybody is told about an export."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lumber.store.models import ExportAttempt, ExportStatus


class ExportMetadata(BaseModel):
    """One export: its config, its status and its counts. Times are UTC, sizes are bytes."""

    model_config = ConfigDict(frozen=True)

    export_id: str = Field(description="The id that every later call knows.")
    data_version: str = Field(description="Version of the dataset's layout and records.")
    export_config: dict[str, Any] = Field(description="The frozen config.")
    record_count: int = Field(description="Rows written, all kinds together.")
    file_size: int = Field(description="Bytes of all files together.")
    status: str = Field(description="pending, running, completed, failed or cancelled.")
    kinds: dict[str, dict[str, int]] = Field(
        default_factory=dict, description="Per kind: rows read, written, rejected and deduplicated."
    )
    path: str | None = Field(default=None, description="The folder that holds the dataset.")
    executor: str = Field(default="service", description="Who runs it: service (a worker) or command.")
    phase: str | None = Field(
        default=None, description="While it runs: planning, surveying, exporting or packing."
    )
    attempt: int = Field(default=0, description="Number of the last attempt.")
    planned_rows: int | None = Field(default=None, description="Rows that the plan covers.")
    is_cancelling: bool = Field(default=False, description="Somebody asked to cancel it, and it still runs.")
    error_code: str | None = Field(default=None, description="Stable code of what went wrong.")
    error_message: str | None = Field(default=None, description="What went wrong and what to do.")
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = Field(default=None, description="When its first attempt began.")
    finished_at: datetime | None = Field(default=None, description="When it ended.")
    next_attempt_at: datetime | None = Field(default=None, description="Not attempted again before this.")

    @classmethod
    def from_status(cls, status: ExportStatus) -> ExportMetadata:
        """Build it from the ledger's row."""
        return cls(**_values(status))


class AttemptRecord(BaseModel):
    """One attempt at an export."""

    model_config = ConfigDict(frozen=True)

    number: int = Field(description="1 for the first.")
    owner: str = Field(description="The worker or command that made it.")
    started_at: datetime
    finished_at: datetime | None = None
    outcome: str | None = Field(
        default=None, description="completed, failed, cancelled, handed_back or lost; null while it runs."
    )
    error_code: str | None = None
    error_message: str | None = None


class ExportDetails(ExportMetadata):
    """One export with the history of its attempts."""

    attempts: tuple[AttemptRecord, ...] = Field(default=(), description="Every attempt, the first one first.")

    @classmethod
    def from_rows(cls, status: ExportStatus, attempts: Iterable[ExportAttempt]) -> ExportDetails:
        """Build it from the ledger's rows."""
        records = tuple(
            AttemptRecord(
                number=attempt.number,
                owner=attempt.owner,
                started_at=attempt.started_at,
                finished_at=attempt.finished_at,
                outcome=attempt.outcome,
                error_code=attempt.error_code,
                error_message=attempt.error_message,
            )
            for attempt in attempts
        )
        return cls(**_values(status), attempts=records)


def _values(status: ExportStatus) -> dict[str, Any]:
    return {
        "export_id": status.id,
        "data_version": status.data_version,
        "export_config": status.config,
        "record_count": status.record_count,
        "file_size": status.file_size,
        "status": status.status,
        "kinds": status.counts or {},
        "path": status.output_path,
        "executor": status.executor,
        "phase": status.phase,
        "attempt": status.attempt,
        "planned_rows": status.planned_rows,
        "is_cancelling": status.cancel_requested_at is not None,
        "error_code": status.error_code,
        "error_message": status.error_message,
        "created_at": status.created_at,
        "updated_at": status.updated_at,
        "started_at": status.started_at,
        "finished_at": status.finished_at,
        "next_attempt_at": status.not_before,
    }
