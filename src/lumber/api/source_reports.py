"""Sources and their mappings as clients of the service give and see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from lumber.errors import ConfigError, FieldProblem
from lumber.sources.address import SourceAddress
from lumber.sources.checking import Checked
from lumber.sources.guarantee import DESCRIBED
from lumber.sources.mapping import MOST_BYTES, TableMapping, parse_mapping
from lumber.sources.password import LONGEST
from lumber.sources.registry import NAME_PATTERN, STATEMENT_SECONDS, Source, checked_url
from lumber.store.url import DatabaseUrl

GIVEN: dict[str, Any] = {
    "name": "plant",
    "url": "postgresql://reader@db/plant",
    "password": "write-only",
}
MAPPING = (
    'kind = "logs"\ntable = "public.event_log"\nkey = "id"\ntime = "at"\n\n[columns]\nmessage = "text"\n'
)
_MAPPED: dict[str, Any] = {
    "table": "public.event_log",
    "guarantee": "snapshot",
    "guarantee_means": "every row is read as it was at one moment; an attempt after a crash begins anew",
    "mapping_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "schema_sha256": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
    "checked_at": "2026-11-29T12:00:00Z",
}
SOURCE: dict[str, Any] = {
    "name": "plant",
    "url": "postgresql://reader@db/plant",
    "database": "postgresql",
    "password": "file",
    "statement_seconds": 3600.0,
    "mappings": {"logs": _MAPPED},
    "created_at": "2026-11-29T12:00:00Z",
}
ADDED: dict[str, Any] = {**SOURCE, "mappings": {}, "tables": ["public.event_log"]}
CHECKED: dict[str, Any] = {
    "kind": "logs",
    "table": "public.event_log",
    "guarantee": "snapshot",
    "guarantee_means": "every row is read as it was at one moment; an attempt after a crash begins anew",
    "mapping_sha256": _MAPPED["mapping_sha256"],
    "schema_sha256": _MAPPED["schema_sha256"],
    "columns": {"id": "id bigint", "timestamp": "at timestamp with time zone", "message": "text text"},
    "unmapped": ["severity_text"],
    "unused": ["operator"],
    "notes": [],
    "samples": [{"id": 1, "timestamp": "2026-11-29T12:00:00+00:00", "message": "started"}],
    "rejects": {"rows": 1, "rejected": 0, "rejected_strictly": 0, "by_rule": {}, "examples": {}},
}


DATASET: dict[str, Any] = {
    "kind": "ci_runs",
    "title": "CI runs",
    "description": "Builds of the CI system.",
    "is_built_in": False,
    "time_column": "timestamp",
    "process_column": None,
    "level_column": None,
    "columns": [
        {
            "name": "result",
            "type": "string",
            "is_nullable": True,
            "is_json": False,
            "description": "How it ended.",
        }
    ],
    "added": {},
    "filters": [
        {
            "name": "result",
            "type": "text",
            "operators": ["eq", "ne", "in", "not_in", "contains", "starts_with", "is_null"],
            "allowed": [],
            "description": "How it ended.",
            "known": None,
        }
    ],
}


# What may be registered over HTTP, and the one parameter that its address may have.
_OVER_HTTP = {"collected": "sslmode", "postgresql": "sslmode", "mysql": "ssl_mode", "mariadb": "ssl_mode"}


class NewSource(BaseModel):
    """A database of PostgreSQL, MySQL or MariaDB to register. It is reached first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=NAME_PATTERN, description="Unique name, in any case.")
    url: str = Field(
        min_length=1,
        max_length=1_000,
        description="postgresql://USER@HOST:PORT/NAME or mysql://USER@HOST:PORT/NAME without a password, "
        "and with no parameter but sslmode (ssl_mode for MySQL). Other sources are registered on the command "
        "line.",
    )
    password: SecretStr = Field(
        min_length=1,
        max_length=LONGEST,
        description="Write-only: the service keeps it in a file that only it can read.",
    )
    statement_seconds: Annotated[float, Field(ge=1, le=604_800)] = Field(
        default=STATEMENT_SECONDS,
        description="The server ends a statement of Lumber that takes longer.",
    )

    def address(self) -> DatabaseUrl | SourceAddress:
        """Return the address, checked. Raises ConfigError."""
        url = checked_url(self.url)
        kind = url.dialect if isinstance(url, DatabaseUrl) else url.name
        if kind not in _OVER_HTTP:
            message = (
                "may only be that of PostgreSQL, MySQL or MariaDB. Register others on the command line "
                "(lumber source add): they name files and services that only this machine may reach"
            )
            raise ConfigError([FieldProblem("url", "***", message)])
        if any(name != _OVER_HTTP[kind] for name in url.parameters):
            # Others name files of the service, or a server in another way.
            message = f"may have the parameter {_OVER_HTTP[kind]} only"
            raise ConfigError([FieldProblem("url", "***", message)])
        if "\x00" in self.password.get_secret_value():
            raise ConfigError([FieldProblem("password", "***", "must be a text without NUL")])
        return url


class MappingText(BaseModel):
    """A mapping, as the text of its TOML file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1, max_length=MOST_BYTES, description="The mapping, as TOML.")

    def parsed(self) -> TableMapping:
        """Return the mapping. Raises ConfigError."""
        return parse_mapping(self.text)


class KeptMapping(BaseModel):
    """A mapping that is kept, with its text."""

    kind: str
    text: str = Field(description="The mapping, as TOML.")


class Suggestion(BaseModel):
    """A mapping that was guessed, to edit."""

    kind: str
    text: str = Field(description='The mapping, as TOML. A line with "?" is what couldn\'t be guessed.')


class MappingReport(BaseModel):
    """A mapping of a source, without its text."""

    table: str = Field(description="The table or view that it reads.")
    guarantee: str = Field(description="snapshot, append_only or best_effort.")
    guarantee_means: str = Field(description="What an export can promise, in words.")
    mapping_sha256: str
    schema_sha256: str = Field(description="Hash of the columns that it reads, with their types.")
    declares: dict[str, Any] | None = Field(
        default=None,
        description="Columns that the data type doesn't have itself, or all columns of a data type of one's "
        "own, with their types and rules; null: none.",
    )
    checked_at: datetime


class SourceReport(BaseModel):
    """A registered source, without its password."""

    name: str
    url: str
    database: str = Field(description="postgresql, sqlite, or another kind such as folder.")
    password: str = Field(description="Where its password comes from: platform, file or environment.")
    statement_seconds: float
    mappings: dict[str, MappingReport] = Field(description="The mapping of each data type that has one.")
    created_at: datetime

    @classmethod
    def of(cls, found: Source) -> SourceReport:
        """Build the report."""
        given = found.as_json()
        for kind, mapping in given["mappings"].items():
            mapping["guarantee_means"] = DESCRIBED[found.mappings[kind].mapping.guarantee]
        return cls(**given)


class AddedSource(SourceReport):
    """A source that was just registered, and what it has."""

    tables: list[str] = Field(description="Tables and views that may be read.")

    @classmethod
    def with_tables(cls, found: Source, tables: Sequence[str]) -> AddedSource:
        """Build the report."""
        return cls(**SourceReport.of(found).model_dump(), tables=list(tables))


class SourceList(BaseModel):
    """All sources."""

    sources: list[SourceReport]


class RejectsReport(BaseModel):
    """What validation says about some rows of a mapped table: at most 1,000."""

    rows: int = Field(description="Rows that were validated.")
    rejected: int = Field(description="Rows that the level basic rejects.")
    rejected_strictly: int = Field(description="Rows that the level strict rejects.")
    by_rule: dict[str, int] = Field(description="Rows that break each rule of the level strict.")
    examples: dict[str, str] = Field(description="A row that breaks each rule, in words.")


class CheckReport(BaseModel):
    """What a check of a mapping found."""

    kind: str
    table: str
    guarantee: str
    guarantee_means: str = Field(description="What an export can promise, in words.")
    mapping_sha256: str
    schema_sha256: str
    columns: dict[str, str] = Field(description="What each column of the data type is made of.")
    unmapped: list[str] = Field(description="Columns of the data type that stay empty.")
    unused: list[str] = Field(description="Columns of the table that nothing reads.")
    notes: list[str] = Field(description="What reading costs the source, and what nothing guarantees.")
    samples: list[dict[str, Any]] = Field(description="The first rows, before validation.")
    rejects: RejectsReport

    @classmethod
    def of(cls, found: Checked) -> CheckReport:
        """Build the report."""
        return cls(**found.as_json())
