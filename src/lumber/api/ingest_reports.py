"""What is said of uploads: what a client sends first, and what the service answers."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from lumber.ingest.uploads.request import UploadRequest
from lumber.ingest.uploads.sources import LoadedSource
from lumber.ingest.uploads.upload import Upload

UPLOAD_BODY: dict[str, Any] = {
    "kind": "logs",
    "name": "auth.log",
    "size_bytes": 104857600,
    "modified_at": "2026-02-01T06:25:01Z",
    "timezone": "Europe/Berlin",
}
UPLOAD: dict[str, Any] = {
    "upload_id": "8d0c5a5e-2c1f-4a3c-9f0b-5b8f3f1a7c11",
    "kind": "logs",
    "name": "auth.log",
    "status": "running",
    "size_bytes": 104857600,
    "bytes_received": 52428800,
    "has_all": False,
    "lines": 400000,
    "loaded": 399998,
    "rejected": 2,
    "skipped": 0,
    "source_id": "logs-5c1f0f2f7a90",
    "ignored_fields": [],
    "seconds": 4.2,
    "bytes_per_second": 12483047.6,
    "eta_seconds": 4.2,
    "created_at": "2026-02-01T09:00:00Z",
    "finished_at": None,
    "error_code": None,
    "error_message": None,
}
SOURCE: dict[str, Any] = {
    "source_id": "logs-5c1f0f2f7a90",
    "kind": "logs",
    "name": "auth.log",
    "is_complete": True,
    "bytes": 104857600,
    "lines": 800000,
    "loaded": 799997,
    "rejected": 3,
    "created_at": "2026-02-01T09:00:00Z",
    "updated_at": "2026-02-01T09:00:09Z",
}


class UploadBody(BaseModel):
    """A file that is about to be sent, and how its lines are read, as for `lumber ingest`."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(description="What the file holds: logs, anomalies or ips.")
    name: str = Field(description="Its name, 1 to 255 characters. It is shown and kept, and never a path.")
    size_bytes: int | None = Field(
        default=None, ge=0, le=2**63 - 1, description="Its size, from which the time left is known."
    )
    modified_at: AwareDatetime | None = Field(
        default=None,
        description="When it was last written: without `year`, lines get the latest year in which they are "
        "not later. Default: now.",
    )
    format: str = Field(
        default="auto",
        description="auto (recognised by content), syslog, rfc3164, rfc5424, iso8601, labelled, jsonl, "
        "journald, csv or parquet.",
    )
    timezone: str = Field(
        default="UTC", description="Zone of times that name none: an IANA name, or an offset."
    )
    year: int | None = Field(
        default=None, description="Year of the first line, 1 to 9999, where times have none."
    )
    default_level: str | None = Field(
        default=None, description="Level of lines that have none: DEBUG, INFO, WARNING, ERROR or CRITICAL."
    )
    derive_ips: bool = Field(
        default=True, description="Keep the IP records up to date with the addresses in log messages."
    )
    source_id: str | None = Field(
        default=None,
        description="Load the file under this name, also when its content was loaded before. Letters, "
        "digits, '.', '_' and '-', 1 to 128 of them.",
    )

    def as_request(self) -> UploadRequest:
        """Return it as the loader knows it."""
        return UploadRequest(**dict(self))


class UploadReport(BaseModel):
    """A file on its way into the database. loaded + rejected = lines."""

    upload_id: str
    kind: str
    name: str
    status: str = Field(description="pending, running, completed, failed or cancelled.")
    size_bytes: int | None = Field(description="Size of the file, as far as the client has said it.")
    bytes_received: int = Field(description="Bytes that have come.")
    has_all: bool = Field(description="The file has come to its end; what is left is to load it.")
    lines: int = Field(description="Lines, or rows of a Parquet file, that this upload has dealt with.")
    loaded: int = Field(description="Of them: rows that are in the database.")
    rejected: int = Field(description="Of them: lines that could not be loaded.")
    skipped: int = Field(description="Lines before them that were loaded before, and not again.")
    source_id: str | None = Field(description="The source in the ledger; null until a chunk is loaded.")
    ignored_fields: list[str] = Field(description="Fields of the file that the kind has no place for.")
    seconds: float = Field(description="How long it has taken so far.")
    bytes_per_second: float | None = Field(description="Mean speed; null before there is one.")
    eta_seconds: float | None = Field(description="Seconds left at this speed; null when nobody can say.")
    created_at: datetime
    finished_at: datetime | None
    error_code: str | None = Field(description="The code of what went wrong.")
    error_message: str | None = Field(description="What went wrong and what to do.")

    @classmethod
    def from_upload(cls, upload: Upload) -> UploadReport:
        """Build it from what this process knows."""
        counts = asdict(upload.counts)
        return cls(
            upload_id=upload.upload_id,
            kind=upload.job.options.kind,
            name=upload.job.name,
            status=upload.status,
            size_bytes=upload.size_bytes,
            bytes_received=upload.bytes_received,
            has_all=upload.has_all,
            seconds=round(upload.seconds, 3),
            bytes_per_second=upload.bytes_per_second,
            eta_seconds=upload.eta_seconds,
            created_at=upload.created_at,
            finished_at=upload.finished_at,
            error_code=upload.error.code if upload.error else None,
            error_message=str(upload.error) if upload.error else None,
            **{**counts, "ignored_fields": list(counts["ignored_fields"])},
        )


class SourceRecord(BaseModel):
    """A source and what of it is in the database, whoever loaded it."""

    source_id: str
    kind: str
    name: str = Field(description="The file's name when it was loaded; `-`: standard input.")
    is_complete: bool = Field(description="Its end was reached; false: it can go on.")
    bytes: int = Field(description="Bytes that are done, after decompression.")
    lines: int
    loaded: int
    rejected: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def from_source(cls, source: LoadedSource) -> SourceRecord:
        """Build it from what the ledger says."""
        values = asdict(source)
        del values["reject_bytes"]
        return cls(**values)


class SourcePage(BaseModel):
    """One page of the sources, the last that changed first."""

    sources: list[SourceRecord]
    total: int = Field(description="Sources on all pages.")
