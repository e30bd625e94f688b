"""Request and response of the preview of a file."""

from __future__ import annotations

import base64
from typing import Any

from pydantic import BaseModel, Field

from lumber.api.ingest_reports import (
    FORMATS_TEXT,
    UNRECOGNISED_TEXT,
    RecognisedFormat,
    RejectReason,
    UploadBody,
)
from lumber.exports.options.json_types import Flag
from lumber.ingest.uploads.preview import FirstBytes
from lumber.ingest.uploads.request import UploadRequest

# With the other fields, less than the limit on bodies.
_MOST_CHARACTERS = 960_000
_BASE64 = r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
PREVIEW_BODY: dict[str, Any] = {
    "kind": "logs",
    "name": "auth.log",
    "timezone": "Europe/Berlin",
    "content": "PDM0Pk9jdCAxMSAyMjoxNDoxNSB3ZWIxIHN1OiBmYWlsZWQK",
    "is_whole": False,
}
UPLOAD_PREVIEW: dict[str, Any] = {
    "lines": 1,
    "loaded": 1,
    "rejected": 0,
    "has_more": True,
    "rows": [
        {
            "timestamp": "2025-10-11T20:14:15+00:00",
            "log_level": "CRITICAL",
            "severity_text": "critical",
            "process_name": "su",
            "message": "failed",
            "device_id": None,
            "device_ip": None,
            "host_name": "web1",
            "raw_message": "<34>Oct 11 22:14:15 web1 su: failed",
            "structured_data": None,
        }
    ],
    "formats": [{"format": "rfc3164", "name": "syslog (RFC 3164)", "lines": 1}],
    "unrecognised": 0,
    "reasons": [],
    "ignored_fields": [],
    "filled": {"log_level": 1, "process_name": 1, "host_name": 1},
    "are_years_guessed": True,
    "joined_lines": 0,
    "joined_records": 0,
    "is_mostly_rejected": False,
}


class PreviewBody(UploadBody):
    """The first bytes of a file, and its reading options."""

    content: str = Field(
        max_length=_MOST_CHARACTERS,
        pattern=_BASE64,
        json_schema_extra={"contentEncoding": "base64"},
        description="The first bytes of the file in base64, plain or compressed, at most 720,000 bytes.",
    )
    is_whole: Flag = Field(
        default=False,
        description="The content is the whole file. If it isn't, a last line without an end is left out, and "
        "compressed data may end early. Parquet is shown only whole.",
    )

    def first_bytes(self) -> FirstBytes:
        """Convert to what the loader reads."""
        values = self.reading_options()
        content = base64.b64decode(values.pop("content"))
        return FirstBytes(is_whole=values.pop("is_whole"), content=content, request=UploadRequest(**values))


class UploadPreview(BaseModel):
    """What a load of the first lines would do. loaded + rejected = lines."""

    lines: int = Field(description="Lines that were read, at most 1,000.")
    loaded: int = Field(description="Lines that would be loaded.")
    rejected: int = Field(description="Lines that would be rejected.")
    has_more: bool = Field(description="The file has more lines.")
    rows: list[dict[str, Any]] = Field(description="The first rows as they would be stored, at most 10.")
    formats: list[RecognisedFormat] = Field(description=FORMATS_TEXT)
    unrecognised: int = Field(description=UNRECOGNISED_TEXT)
    reasons: list[RejectReason] = Field(description="Rejected lines by reason, the most frequent first.")
    ignored_fields: list[str] = Field(description="Fields that the data type doesn't have.")
    filled: dict[str, int] = Field(
        description="Log lines with a value, for log_level, process_name and host_name."
    )
    are_years_guessed: bool = Field(description="Times have no year, and `year` was not set.")
    joined_lines: int = Field(description="Lines that were joined to the log line that they continue.")
    joined_records: int = Field(description="Log lines that such lines were joined to.")
    is_mostly_rejected: bool = Field(
        description="Almost all of these lines would be rejected. Check the file and its reading options."
    )
