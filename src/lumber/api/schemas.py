"""What the service answers, where it is not what the exports package says itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, Field

from lumber.exports.estimate import ExportEstimate
from lumber.exports.ledger import Status
from lumber.exports.metadata import ExportMetadata
from lumber.exports.preview_report import KindPreview, KindPreviewReport
from lumber.exports.watch import ExportState
from lumber.store.models import ExportFile


class ProgressReport(BaseModel):
    """How far an export is. Totals are 0 until the plan is made."""

    status: str = Field(description="pending, running, completed, failed or cancelled.")
    progress: dict[str, float] = Field(description="Per kind: percent, 0 to 100.")
    current_batch: int = Field(description="Batches done.")
    total_batches: int = Field(description="Batches of the plan.")
    processed_records: int = Field(description="Rows read.")
    total_records: int = Field(description="Rows of the plan.")
    records_per_second: float | None = Field(description="Present speed; null when it does not run.")
    eta_seconds: float | None = Field(description="Seconds left at this speed; null when nobody can say.")
    phase: str | None = Field(description="While it runs: planning, surveying, exporting or packing.")
    surveyed_percent: float | None = Field(
        default=None, description="How far the first pass over the rows is; null while none runs."
    )
    start_time: datetime | None = Field(description="When its first attempt began.")
    end_time: datetime | None = Field(description="When it ended.")
    error_message: str | None = Field(description="What went wrong and what to do.")

    @classmethod
    def from_state(cls, state: ExportState) -> ProgressReport:
        """Build it from what the ledger says."""
        export, progress = state.export, state.progress
        is_running = export.status == Status.RUNNING
        report = cls(
            status=export.status,
            progress=_percents(state),
            current_batch=progress.batches_done if progress else 0,
            total_batches=(progress.batches_total if progress else None) or 0,
            processed_records=progress.rows_done if progress else 0,
            total_records=(progress.rows_total if progress else None) or export.planned_rows or 0,
            records_per_second=progress.rows_per_second if progress and is_running else None,
            eta_seconds=progress.eta_seconds if progress and is_running else None,
            phase=export.phase,
            surveyed_percent=progress.surveyed_percent if progress and is_running else None,
            start_time=export.started_at,
            end_time=export.finished_at,
            error_message=export.error_message,
        )
        if export.status != Status.COMPLETED:
            return report
        read = sum(counts.get("read", 0) for counts in export.kinds.values())
        done = {"processed_records": read, "total_records": read, "current_batch": report.total_batches}
        return report.model_copy(update=done)


def _percents(state: ExportState) -> dict[str, float]:
    kinds = state.export.export_config["data_types"]
    if state.export.status == Status.COMPLETED:
        return dict.fromkeys(kinds, 100.0)
    known = state.progress.kinds if state.progress else {}
    return {kind: known[kind].percent if kind in known else 0.0 for kind in kinds}


class FileRecord(BaseModel):
    """One file of a finished dataset, as its manifest lists it."""

    file_id: str = Field(description="The id to fetch it by.")
    path: str = Field(description="Its place in the dataset's folder.")
    kind: str | None = Field(description="Kind of its records; null for files about the dataset.")
    split: str | None = Field(description="Split of its records; null for files about the dataset.")
    rows: int = Field(description="Records in it.")
    size_bytes: int = Field(description="Its size.")
    sha256: str = Field(description="Its checksum, which is its ETag too.")

    @classmethod
    def from_file(cls, file: ExportFile) -> FileRecord:
        """Build it from the ledger's row."""
        return cls(
            file_id=file.id,
            path=file.path,
            kind=file.kind or None,
            split=file.split or None,
            rows=file.rows,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
        )


class PreviewReport(BaseModel):
    """What an export would cover, and what it would take."""

    total_rows: int = Field(description="Rows of all kinds together.")
    estimate: ExportEstimate
    kinds: dict[str, KindPreviewReport]

    @classmethod
    def from_previews(cls, previews: Mapping[str, KindPreview], estimate: ExportEstimate) -> PreviewReport:
        """Build it from the previews of every kind."""
        total_rows = sum(kind.rows for kind in previews.values())
        return cls(total_rows=total_rows, estimate=estimate, kinds=dict(previews))


class Deletion(BaseModel):
    """An export that is gone."""

    export: ExportMetadata = Field(description="What it was.")
    files_deleted: bool = Field(description="Its files are gone too; a folder that a user chose stays.")
