"""Requests and responses of saved formats and of the test of a format."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from lumber.api.problems import ProblemField, problem_field
from lumber.catalog.severity import LOG_LEVELS
from lumber.errors import ConfigError
from lumber.exports.options.json_types import NO_TEXT, NULL, words
from lumber.ingest.formats.definition import FormatDefinition
from lumber.ingest.formats.saved import SavedFormat
from lumber.ingest.formats.trial import LONGEST_TEXT, Trial, TriedReject
from lumber.ingest.patterns.pattern import LONGEST_PATTERN
from lumber.ingest.targets import TARGETS
from lumber.ingest.time_format import LONGEST_FORM

FORMAT: dict[str, Any] = {
    "kind": "logs",
    "pattern": "%{TIMESTAMP_ISO8601:timestamp} %{LOGLEVEL:level} %{INT:items:int} items",
    "timezone": "Europe/Berlin",
}
SAVED_FORMAT: dict[str, Any] = {
    **FORMAT,
    "name": "shop",
    "map": {},
    "time_format": None,
    "default_level": None,
    "created_at": "2026-02-01T09:00:00Z",
    "updated_at": "2026-02-01T09:00:00Z",
}
FORMAT_TEST: dict[str, Any] = {
    **FORMAT,
    "text": "2024-03-01 10:00:00 WARN 12 items\n2024-03-01 10:00:01 WARN no items\n",
}
FORMAT_TRIAL: dict[str, Any] = {
    "is_valid": True,
    "lines": 2,
    "loaded": 1,
    "rejected": 1,
    "rows": [
        {
            "line": 1,
            "row": {
                "timestamp": "2024-03-01T09:00:00+00:00",
                "log_level": "WARNING",
                "severity_text": "WARN",
                "message": "2024-03-01 10:00:00 WARN 12 items",
                "raw_message": "2024-03-01 10:00:00 WARN 12 items",
                "structured_data": {"items": 12},
            },
        }
    ],
    "rejects": [
        {
            "line": 2,
            "text": "2024-03-01 10:00:01 WARN no items",
            "reason": "does not match the pattern after '2024-03-01 10:00:01 WARN ': expected "
            "%{INT:items:int} (column 50), found 'no items'",
            "matched_characters": 25,
            "pattern_start": 49,
            "pattern_end": 65,
        }
    ],
    "fields": ["timestamp", "level", "items"],
    "errors": [],
}


class FormatBody(BaseModel):
    """The definition of a format: what `lumber ingest` takes as options."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(
        default="logs",
        description="Data type of the lines: logs, anomalies or ips.",
        json_schema_extra=words(*TARGETS),
    )
    pattern: str | None = Field(
        default=None,
        json_schema_extra={"anyOf": [{"type": "string", "maxLength": LONGEST_PATTERN}, NULL]},
        description="Form of each line. References `%{NAME:field}` and groups `(?P<name>...)` name its "
        "fields.",
    )
    map: dict[str, str] = Field(
        default_factory=dict, max_length=100, description="Fields that make a column, by the column's name."
    )
    time_format: str | None = Field(
        default=None,
        json_schema_extra={"anyOf": [{"type": "string", "maxLength": LONGEST_FORM}, NULL]},
        description="Form of the times, with the directives of strptime, if it is not ISO 8601.",
    )
    timezone: str | None = Field(
        default=None, description="Zone of times without one: an IANA name or an offset. Default: UTC."
    )
    default_level: str | None = Field(
        default=None,
        json_schema_extra={"anyOf": [words(*LOG_LEVELS), NULL]},
        description="Level of lines without one.",
    )

    def definition(self) -> FormatDefinition:
        """Convert to a definition, which is not checked yet."""
        return FormatDefinition(**{name: getattr(self, name) for name in FormatBody.model_fields})


class FormatRecord(FormatBody):
    """A saved format."""

    model_config = ConfigDict(extra="ignore")

    name: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, saved: SavedFormat) -> FormatRecord:
        """Build the record of a saved format."""
        times = {"created_at": saved.created_at, "updated_at": saved.updated_at}
        return cls(name=saved.name, **asdict(saved.definition), **times)


class FormatList(BaseModel):
    """All saved formats, by name."""

    formats: list[FormatRecord]


class FormatTest(FormatBody):
    """A definition, and a few lines to test it with.

    The schema has no limits on the values of the definition: the response says what is wrong with them.
    """

    kind: str = Field(default="logs", description="Data type of the lines: logs, anomalies or ips.")
    pattern: str | None = Field(default=None, description="Form of each line.")
    time_format: str | None = Field(default=None, description="Form of the times, if it is not ISO 8601.")
    default_level: str | None = Field(default=None, description="Level of lines without one.")
    text: str = Field(
        max_length=LONGEST_TEXT,
        description=f"Lines, at most {LONGEST_TEXT:,} characters. The first 100 are read.",
    )
    year: Annotated[int, NO_TEXT] | None = Field(
        default=None, description="Year of the first line, if times have no year."
    )


class TestedRow(BaseModel):
    """A line that would be loaded."""

    line: int = Field(description="Number of the line, from 1.")
    row: dict[str, Any] = Field(description="The row as it would be stored, without its nulls.")


class TestedReject(BaseModel):
    """A line that would be rejected."""

    line: int = Field(description="Number of the line, from 1.")
    text: str = Field(description="The line.")
    reason: str
    matched_characters: int | None = Field(
        description="Characters of the line that the pattern matches before it stops; null for other reasons."
    )
    pattern_start: int | None = Field(
        description="Where the part of the pattern begins that stops matching, in characters from 0; null if "
        "it is no part, or the reason is another."
    )
    pattern_end: int | None = Field(description="Where this part ends.")

    @classmethod
    def of(cls, tried: TriedReject) -> TestedReject:
        """Build it from the reject of a trial."""
        reject, where = tried.reject, tried.where
        return cls(
            line=reject.line,
            text=reject.raw,
            reason=reject.reason,
            matched_characters=where.matched if where else None,
            pattern_start=where.start if where else None,
            pattern_end=where.end if where else None,
        )


class FormatTrial(BaseModel):
    """What a load would make of the lines, or what is wrong with the definition."""

    is_valid: bool = Field(description="The definition has no error.")
    lines: int = Field(description="Lines that were read; lines that continue another one don't count.")
    loaded: int = Field(description="Lines that would be loaded.")
    rejected: int = Field(description="Lines that would be rejected.")
    rows: list[TestedRow]
    rejects: list[TestedReject]
    fields: list[str] = Field(description="Names of the fields in the pattern.")
    errors: list[ProblemField] = Field(
        description="What is wrong with the definition. `position` is the place in the pattern."
    )

    @classmethod
    def of(cls, trial: Trial) -> FormatTrial:
        """Build the response from a trial."""
        rows = [
            TestedRow(line=line, row={name: value for name, value in row.items() if value is not None})
            for line, row in trial.rows
        ]
        return cls(
            is_valid=True,
            lines=len(trial.rows) + len(trial.rejects),
            loaded=len(trial.rows),
            rejected=len(trial.rejects),
            rows=rows,
            rejects=[TestedReject.of(reject) for reject in trial.rejects],
            fields=list(trial.fields),
            errors=[],
        )

    @classmethod
    def refused(cls, error: ConfigError) -> FormatTrial:
        """Build the response for a definition that is wrong."""
        errors = [problem_field(problem) for problem in error.problems]
        return cls(
            is_valid=False, lines=0, loaded=0, rejected=0, rows=[], rejects=[], fields=[], errors=errors
        )
