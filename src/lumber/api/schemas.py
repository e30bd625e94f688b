"""Response models of the service that the exports package doesn't define."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, Field

from lumber.exports.estimate import ExportEstimate
from lumber.exports.metadata import ExportMetadata
from lumber.exports.preview_report import KindPreview, KindPreviewReport, VersionPreview
from lumber.exports.progress import ExportProgress
from lumber.exports.status import Status
from lumber.exports.watch import ExportState


class ProgressReport(BaseModel):
    """Progress of an export. Totals are 0 until the export is planned."""

    status: str = Field(description="pending, running, completed, failed or cancelled.")
    progress: dict[str, float] = Field(description="Percent per data type, 0 to 100.")
    current_batch: int = Field(description="Batches done.")
    total_batches: int = Field(description="Planned batches.")
    processed_records: int = Field(description="Rows read.")
    total_records: int = Field(description="Planned rows.")
    records_per_second: float | None = Field(description="Current speed; null if the export isn't running.")
    eta_seconds: float | None = Field(description="Estimated seconds left; null if unknown.")
    phase: str | None = Field(
        description="Phase of a running export: collecting (rows of a source that can't be read in place), "
        "planning, surveying (first pass), exporting, packing or publishing."
    )
    surveyed_percent: float | None = Field(
        default=None, description="Percent of the first pass over the rows; null if none is running."
    )
    start_time: datetime | None = Field(description="Start of the first attempt.")
    end_time: datetime | None = Field(description="End of the export.")
    error_message: str | None = Field(description="Error message.")
    reported: ExportProgress | None = Field(
        default=None,
        description="What the attempt reported last: phase, speed, and rows and batches per data type. Null "
        "before the first report.",
    )

    @classmethod
    def from_state(cls, state: ExportState) -> ProgressReport:
        """Build the report from the ledger."""
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
            reported=progress,
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


class PreviewReport(BaseModel):
    """Preview of an export, with estimates of size and time."""

    total_rows: int = Field(description="Rows of all data types.")
    estimate: ExportEstimate
    kinds: dict[str, KindPreviewReport]
    version: VersionPreview | None = Field(
        default=None, description="The version of the dataset that it would make; null without `dataset`."
    )

    @classmethod
    def from_previews(
        cls, previews: Mapping[str, KindPreview], estimate: ExportEstimate, version: VersionPreview | None
    ) -> PreviewReport:
        """Build the report from the previews of all data types."""
        total_rows = sum(kind.rows for kind in previews.values())
        return cls(total_rows=total_rows, estimate=estimate, kinds=dict(previews), version=version)


class Deletion(BaseModel):
    """A deleted export."""

    export: ExportMetadata = Field(description="The deleted export.")
    files_deleted: bool = Field(
        description="Whether the files were deleted; a folder that a user chose is kept."
    )
