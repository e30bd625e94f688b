"""The public record of an export."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lumber.exports.summary import summary_of
from lumber.store.models import ExportAttempt, ExportFile, ExportPublication, ExportStatus


class ExportOwner(BaseModel):
    """The account that an export belongs to."""

    model_config = ConfigDict(frozen=True)

    user_id: str = Field(description="Id of the account.")
    name: str | None = Field(default=None, description="Its name; null if the account was deleted.")


class ExportMetadata(BaseModel):
    """An export with its config, status and counts. Times are UTC, sizes are bytes."""

    model_config = ConfigDict(frozen=True)

    export_id: str = Field(description="Id of the export.")
    name: str | None = Field(default=None, description="Name that people gave it; null without one.")
    tags: list[str] = Field(default=[], description="Tags, sorted.")
    note: str | None = Field(default=None, description="Note; null without one.")
    what: str = Field(
        default="",
        description="The config in one line: data types, filters, range in UTC, split, options and format.",
    )
    data_version: str = Field(description="Version of the dataset's layout and records.")
    export_config: dict[str, Any] = Field(description="The frozen config.")
    record_count: int = Field(description="Rows written, of all data types.")
    file_size: int = Field(description="Bytes of all files.")
    status: str = Field(description="pending, running, completed, failed or cancelled.")
    kinds: dict[str, dict[str, int]] = Field(
        default_factory=dict, description="Rows read, written, rejected and deduplicated per data type."
    )
    path: str | None = Field(default=None, description="Folder of the dataset.")
    executor: str = Field(default="service", description="service (run by a worker) or command.")
    phase: str | None = Field(
        default=None,
        description="Phase of a running export: collecting (rows of a source that can't be read in place), "
        "planning, surveying (first pass), exporting, packing or publishing.",
    )
    attempt: int = Field(default=0, description="Number of the last attempt.")
    planned_rows: int | None = Field(default=None, description="Planned rows.")
    is_cancelling: bool = Field(
        default=False, description="A cancel was requested and the export is still running."
    )
    error_code: str | None = Field(default=None, description="Stable error code.")
    error_message: str | None = Field(default=None, description="Error message.")
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = Field(default=None, description="Start of the first attempt.")
    finished_at: datetime | None = Field(default=None, description="End of the export.")
    next_attempt_at: datetime | None = Field(default=None, description="Earliest time of the next attempt.")
    owner: ExportOwner | None = Field(
        default=None, description="Account that created the export; null for this machine itself."
    )
    is_shared: bool = Field(default=False, description="Other accounts or roles may read the export.")

    @classmethod
    def from_status(cls, status: ExportStatus) -> ExportMetadata:
        """Build the record from the ledger."""
        return cls(**_values(status))


class AttemptRecord(BaseModel):
    """One attempt at an export."""

    model_config = ConfigDict(frozen=True)

    number: int = Field(description="1 for the first.")
    owner: str = Field(description="Worker or command of this attempt.")
    started_at: datetime
    finished_at: datetime | None = None
    outcome: str | None = Field(
        default=None, description="completed, failed, cancelled, handed_back or lost; null while running."
    )
    error_code: str | None = None
    error_message: str | None = None


class PublicationRecord(BaseModel):
    """Where an export was written to, besides its folder."""

    model_config = ConfigDict(frozen=True)

    destination: str = Field(description="Name of the destination.")
    url: str = Field(description="Address of the dataset's root, which has its manifest and its files.")
    manifest_sha256: str = Field(description="SHA-256 of the manifest, which is there byte for byte.")
    files: int = Field(description="Files of the dataset in the destination, each content once.")
    bytes: int = Field(description="Their size.")
    uploaded_files: int = Field(description="Files that were sent. The others were there already.")
    uploaded_bytes: int = Field(description="Bytes that were sent.")
    not_promised: list[str] = Field(description="What the destination can't promise, in words.")
    published_at: datetime

    @classmethod
    def from_row(cls, row: ExportPublication) -> PublicationRecord:
        """Build the record from the ledger."""
        return cls(
            destination=row.destination,
            url=f"{row.url.rstrip('/')}/{row.root}",
            manifest_sha256=row.manifest_sha256,
            files=row.files,
            bytes=row.size_bytes,
            uploaded_files=row.uploaded_files,
            uploaded_bytes=row.uploaded_bytes,
            not_promised=row.not_promised,
            published_at=row.published_at,
        )


class ExportDetails(ExportMetadata):
    """An export with its attempts."""

    attempts: tuple[AttemptRecord, ...] = Field(default=(), description="All attempts, oldest first.")
    publication: PublicationRecord | None = Field(
        default=None, description="Where it was written to, besides its folder; null without a destination."
    )

    @classmethod
    def from_rows(
        cls,
        status: ExportStatus,
        attempts: Iterable[ExportAttempt],
        published: ExportPublication | None = None,
    ) -> ExportDetails:
        """Build the record from the ledger."""
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
        publication = None if published is None else PublicationRecord.from_row(published)
        return cls(**_values(status), attempts=records, publication=publication)


# The files of one page, which is built at once.
MOST_FILES = 10_000


class FileRecord(BaseModel):
    """One file of a dataset, from its manifest."""

    file_id: str = Field(description="Id for downloads.")
    path: str = Field(description="Path in the dataset's folder.")
    kind: str | None = Field(description="Data type of the records; null for files about the dataset.")
    split: str | None = Field(description="Split of the records; null for files about the dataset.")
    rows: int = Field(description="Number of records.")
    size_bytes: int = Field(description="File size.")
    sha256: str = Field(description="Checksum, also the ETag.")

    @classmethod
    def from_file(cls, file: ExportFile) -> FileRecord:
        """Build the record from the ledger."""
        return cls(
            file_id=file.id,
            path=file.path,
            kind=file.kind or None,
            split=file.split or None,
            rows=file.rows,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
        )


class ShareRecord(BaseModel):
    """An account or a role that may read an export of somebody else."""

    model_config = ConfigDict(frozen=True, title="ShareReport")

    user_id: str | None = Field(description="Id of the account; null for a role.")
    user_name: str | None = Field(description="Its name.")
    role: str | None = Field(description="The role; null for an account.")
    created_at: datetime
    created_by: str = Field(description="Account that shared the export.")


def _values(status: ExportStatus) -> dict[str, Any]:
    return {
        "export_id": status.id,
        "name": status.name,
        "tags": status.tags or [],
        "note": status.note,
        "what": summary_of(status.config),
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
        "owner": None if status.owner_id is None else ExportOwner(user_id=status.owner_id),
    }
