"""ExportMetadata: what everybody is told about an export."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lumber.store.models import ExportStatus


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
    error_code: str | None = None
    error_message: str | None = None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @classmethod
    def from_status(cls, status: ExportStatus) -> ExportMetadata:
        """Build it from the ledger's row."""
        return cls(
            export_id=status.id,
            data_version=status.data_version,
            export_config=status.config,
            record_count=status.record_count,
            file_size=status.file_size,
            status=status.status,
            kinds=status.counts or {},
            path=status.output_path,
            error_code=status.error_code,
            error_message=status.error_message,
            created_at=status.created_at,
            updated_at=status.updated_at,
            started_at=status.started_at,
            finished_at=status.finished_at,
        )
