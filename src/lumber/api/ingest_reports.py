"""Requests and responses of uploads and loaded sources."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from lumber.catalog.severity import LOG_LEVELS
from lumber.exports.options.json_types import LARGEST_EXACT, NO_TEXT, NULL, Flag, words
from lumber.exports.options.moment import refuse_number
from lumber.ingest.formats.definition import FORMAT_NAME
from lumber.ingest.loads import Load
from lumber.ingest.options import FIRST_YEAR, FORMAT_HELP, LAST_YEAR, MULTILINE, Format
from lumber.ingest.patterns.pattern import LONGEST_PATTERN
from lumber.ingest.source_ids import SOURCE_ID
from lumber.ingest.targets import TARGETS
from lumber.ingest.time_format import LONGEST_FORM
from lumber.ingest.uploads.request import LONGEST_NAME, UploadRequest
from lumber.ingest.uploads.upload import Upload

FORMATS_TEXT = "Formats that the lines were recognised as, the most frequent first."
UNRECOGNISED_TEXT = "Lines of no known format. With those of `formats` they are all lines."
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
    "formats": [{"format": "rfc3164", "name": "syslog (RFC 3164)", "lines": 400000}],
    "unrecognised": 0,
    "reasons": [
        {
            "reason": "timestamp: … is not a time",
            "count": 2,
            "line": 17,
            "example": "Feb 30 10:00:00 web1 su: failed",
        }
    ],
    "filled": {"log_level": 120000, "process_name": 399998, "host_name": 399998},
    "are_years_guessed": True,
    "joined_lines": 31,
    "joined_records": 2,
    "is_mostly_rejected": False,
    "seconds": 4.2,
    "bytes_per_second": 12483047.6,
    "eta_seconds": 4.2,
    "created_at": "2026-02-01T09:00:00Z",
    "finished_at": None,
    "error_code": None,
    "error_message": None,
}
SAMPLE: dict[str, Any] = {"logs": 20_000, "anomalies": 96, "ips": 1_234}
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
    "reading": {"timezone": "Europe/Berlin"},
    "formats": [{"format": "rfc3164", "name": "syslog (RFC 3164)", "lines": 800000}],
    "unrecognised": 0,
    "filled": {"log_level": 240000, "process_name": 799997, "host_name": 799997},
    "can_delete": True,
}


class SampleReport(BaseModel):
    """The rows that were added."""

    logs: int
    anomalies: int
    ips: int


class UploadBody(BaseModel):
    """A file to be sent and its reading options, as for `lumber ingest`."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(
        description="Data type in the file: logs, anomalies or ips.", json_schema_extra=words(*TARGETS)
    )
    name: str = Field(
        json_schema_extra={"minLength": 1, "maxLength": LONGEST_NAME},
        description="File name, 1 to 255 characters. It is recorded and displayed, and never used as a path.",
    )
    size_bytes: Annotated[int, Field(ge=0, le=LARGEST_EXACT), NO_TEXT] | None = Field(
        default=None, description="File size, for the estimate of the time left."
    )
    modified_at: Annotated[AwareDatetime, BeforeValidator(refuse_number)] | None = Field(
        default=None,
        description="Modification time. Without `year`, lines get the latest year that doesn't put "
        "them after it. Default: now.",
    )
    format: str = Field(
        default="auto",
        json_schema_extra={"anyOf": [words(*Format), {"type": "string", "pattern": FORMAT_NAME}]},
        description=f"{FORMAT_HELP}; or the name of a saved format.",
    )
    timezone: str = Field(
        default="UTC",
        description="Zone of times without one: an IANA name or an offset. A saved format may have another "
        "default.",
    )
    year: Annotated[int, NO_TEXT] | None = Field(
        default=None,
        # The loader checks it, together with the other options.
        json_schema_extra={"anyOf": [{"type": "integer", "minimum": FIRST_YEAR, "maximum": LAST_YEAR}, NULL]},
        description=f"Year of the first line, {FIRST_YEAR} to {LAST_YEAR}, if times have no year.",
    )
    default_level: str | None = Field(
        default=None,
        json_schema_extra={"anyOf": [words(*LOG_LEVELS), NULL]},
        description="Level of lines without one: DEBUG, INFO, WARNING, ERROR or CRITICAL.",
    )
    derive_ips: Flag = Field(
        default=True, description="Update the IP records from addresses in log messages."
    )
    source_id: str | None = Field(
        default=None,
        json_schema_extra={"anyOf": [{"type": "string", "pattern": SOURCE_ID}, NULL]},
        description="Load the file under this name, even if its content was loaded before. 1 to 128 "
        "letters, digits, '.', '_' or '-'.",
    )

    map: dict[str, str] = Field(
        default_factory=dict,
        max_length=100,
        description="Fields of records that make a column, by the column's name: "
        '`{"message": "Content", "timestamp": "Date+Time"}`. A dot leads into a nested object.',
    )
    time_format: str | None = Field(
        default=None,
        json_schema_extra={"anyOf": [{"type": "string", "maxLength": LONGEST_FORM}, NULL]},
        description="Form of the times in records, with the directives of strptime, if it is not ISO 8601: "
        "`%d/%m/%Y %H:%M:%S`.",
    )
    multiline: str = Field(
        default="auto",
        json_schema_extra=words(*MULTILINE),
        description="auto joins stack traces and other lines that continue a log line to it. none rejects "
        "them.",
    )
    pattern: str | None = Field(
        default=None,
        json_schema_extra={"anyOf": [{"type": "string", "maxLength": LONGEST_PATTERN}, NULL]},
        description="Form of each line with the names of its fields: "
        "`%{TIMESTAMP_ISO8601:timestamp} %{LOGLEVEL:level} %{GREEDYDATA:message}`, or a regular expression "
        "with groups `(?P<name>...)`. It has to match whole lines.",
    )

    def as_request(self) -> UploadRequest:
        """Convert to the request of the loader."""
        return UploadRequest(**self.reading_options())

    def reading_options(self) -> dict[str, Any]:
        """Return the fields. A zone that was not sent is None: a saved format may have one."""
        zone = self.timezone if "timezone" in self.model_fields_set else None
        return {**dict(self), "timezone": zone}


class RejectReason(BaseModel):
    """The rejected lines with one reason."""

    reason: str = Field(description="Reason, without the values that vary from line to line.")
    count: int = Field(description="Rejected lines with this reason.")
    line: int = Field(description="Number of the first of them, from 1.")
    example: str = Field(description="Text of the first of them, at most 200 characters.")


class RecognisedFormat(BaseModel):
    """The lines that were recognised as one form of a format."""

    format: str = Field(description="Format, as the reading option `format` names it; or `pattern`.")
    name: str = Field(description="Name of the form for people, such as `an access log`.")
    lines: int = Field(description="Lines of this form, loaded or rejected.")


class UploadReport(BaseModel):
    """Progress of an upload. loaded + rejected = lines."""

    upload_id: str
    kind: str
    name: str
    status: str = Field(description="pending, running, completed, failed or cancelled.")
    size_bytes: int | None = Field(description="File size; null if the client did not send it.")
    bytes_received: int = Field(description="Bytes received.")
    has_all: bool = Field(description="The whole file was received; loading may still be running.")
    lines: int = Field(description="Lines, or rows of a Parquet file, processed by this upload.")
    loaded: int = Field(description="Lines loaded into the database.")
    rejected: int = Field(description="Lines that could not be loaded.")
    skipped: int = Field(description="Lines skipped because they were loaded before.")
    source_id: str | None = Field(description="Source id in the ledger; null until a chunk is loaded.")
    ignored_fields: list[str] = Field(description="Fields of the file that the data type doesn't have.")
    formats: list[RecognisedFormat] = Field(description=FORMATS_TEXT)
    unrecognised: int = Field(description=UNRECOGNISED_TEXT)
    reasons: list[RejectReason] = Field(description="Rejected lines by reason, the most frequent first.")
    filled: dict[str, int] = Field(
        description="Loaded log lines with a value, for log_level, process_name and host_name."
    )
    are_years_guessed: bool = Field(description="Times have no year, and `year` was not set.")
    joined_lines: int = Field(
        description="Lines that were joined to the log line that they continue. They don't count as lines."
    )
    joined_records: int = Field(description="Log lines that such lines were joined to.")
    is_mostly_rejected: bool = Field(
        description="Almost all lines were rejected, now or before: LUMBER_MAX_REJECTED_SHARE is the limit. "
        "Loaded rows stay. Check the file and its reading options."
    )
    seconds: float = Field(description="Elapsed seconds.")
    bytes_per_second: float | None = Field(description="Mean speed; null if unknown.")
    eta_seconds: float | None = Field(description="Estimated seconds left; null if unknown.")
    created_at: datetime
    finished_at: datetime | None
    error_code: str | None = Field(description="Error code.")
    error_message: str | None = Field(description="Error message.")

    @classmethod
    def from_upload(cls, upload: Upload) -> UploadReport:
        """Build the report from this process's state."""
        counts = asdict(upload.counts)
        counts["ignored_fields"] = list(counts["ignored_fields"])
        counts["formats"] = [RecognisedFormat(**each) for each in counts["formats"]]
        counts["reasons"] = [RejectReason(**reason) for reason in counts["reasons"]]
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
            error_message=upload.error.public if upload.error else None,
            **counts,
        )


class SourceRecord(BaseModel):
    """A source that the service or the command line loaded."""

    source_id: str
    kind: str
    name: str = Field(description="File name when it was loaded; `-` for standard input.")
    is_complete: bool = Field(description="The whole source was read; if false, loading it again resumes.")
    bytes: int = Field(description="Bytes read, after decompression.")
    lines: int
    loaded: int
    rejected: int
    created_at: datetime
    updated_at: datetime
    can_delete: bool = Field(
        description="False if an earlier version loaded some of its rows and did not record which."
    )
    reading: dict[str, Any] | None = Field(
        default=None,
        description="Reading options of the last load that are not the default, by the names of an upload. "
        "A saved format is named in `saved_format`, with the options that it had. Null if an earlier version "
        "loaded it.",
    )
    formats: list[RecognisedFormat] = Field(
        description=f"{FORMATS_TEXT} Lines that an earlier version loaded are not among them."
    )
    unrecognised: int = Field(description="Lines of no known format, loaded by this version or a later one.")
    filled: dict[str, int] = Field(
        description="Loaded log lines with a value, for log_level, process_name and host_name. Lines that an "
        "earlier version loaded are not counted."
    )

    @classmethod
    def from_load(cls, load: Load) -> SourceRecord:
        """Build the record from the ledger."""
        values = asdict(load.source)
        del values["reject_bytes"]
        values |= values.pop("recognition")
        return cls(**values, can_delete=load.can_delete)


class SourcePage(BaseModel):
    """One page of sources, last changed first."""

    sources: list[SourceRecord]
    total: int = Field(description="Number of sources on all pages.")
