"""ConfigFields: the fields of an export's request, each checked by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from lumber.catalog.filter_values import MAX_CONDITIONS, MAX_TEXT, MAX_VALUES
from lumber.catalog.kind import Level
from lumber.catalog.registry import declared_now, get_kind
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.options.date_range import checked_range, checked_zone
from lumber.exports.options.deduplicate import DeduplicateOptions
from lumber.exports.options.json_types import (
    FALSE,
    NULL,
    TRUE,
    Flag,
    Number,
    ShortForms,
    Whole,
    words,
)
from lumber.exports.options.labels import LabelOptions
from lumber.exports.options.moment import in_utc, refuse_number
from lumber.exports.options.order import OrderOptions
from lumber.exports.options.output_format import OutputFormat
from lumber.exports.options.privacy import PrivacyOptions
from lumber.exports.options.sample import SAMPLE_SIZES, SampleOptions
from lumber.exports.options.schema import describe_values
from lumber.exports.options.sequences import SequenceConfig
from lumber.exports.options.split import SplitOptions
from lumber.exports.options.templates import TemplateConfig
from lumber.exports.options.version import MAX_NAME, checked_name
from lumber.formats.periods import Period
from lumber.privacy.rule import AddressMode
from lumber.steps.deduplicate import DuplicateMode
from lumber.steps.split import SplitMode


class ConfigFields(BaseModel):
    """The fields of ExportConfig, and what can be said about each without the others."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=describe_values)

    start_date: datetime | None = Field(
        default=None,
        description="First moment, inclusive. Without a zone it is UTC; null means no limit.",
    )
    end_date: datetime | None = Field(
        default=None,
        description="Last moment, inclusive. Without a zone it is UTC; null means no limit. A date alone "
        "includes that whole day.",
    )
    end_before: datetime | None = Field(
        default=None,
        description="Instead of end_date: the first moment after the range, exclusive. Adjacent ranges then "
        "share no log line and no anomaly. An IP record is in every range in which its address was seen.",
    )
    date_range: Annotated[str, Field(max_length=MAX_TEXT)] | None = Field(
        default=None,
        description="Instead of dates: today, yesterday, last 24 hours, last 7 days, this week, last month "
        "and so on. When the export is created, they become start_date and end_before.",
    )
    time_zone: Annotated[str, Field(max_length=MAX_TEXT)] | None = Field(
        default=None,
        description="Time zone of date_range, such as Europe/Berlin. null is UTC; in a schedule, its zone.",
    )
    data_types: list[str] = Field(
        min_length=1, max_length=100, description="Data types to export: logs, anomalies, ips."
    )
    filters: dict[str, Any] = Field(
        default_factory=dict,
        max_length=MAX_CONDITIONS,
        description="Conditions, all of which must hold. Each maps a column to a value (equal), a list (any "
        "of) or {operator: value}. A column may name its data type, such as ips.risk_score. Without one, "
        "the condition applies to every exported data type that has the column. At most "
        f"{MAX_CONDITIONS} conditions with {MAX_VALUES:,} values in all, each text of at most {MAX_TEXT:,} "
        "characters.",
    )
    batch_size: Whole = Field(
        default=1000, ge=1, le=1_000_000, description="Maximum rows that one step holds in memory."
    )
    include_metadata: Flag = Field(
        default=True,
        description="Write the dataset card, croissant.json and datacontract.yaml, and export_metadata in "
        "JSON.",
    )
    validation_level: Level = Field(
        default=Level.BASIC, description="How strictly rows are validated: none, basic or strict."
    )
    output_format: OutputFormat = Field(
        default=OutputFormat("json"), description="File format: json, jsonl, csv, parquet or arrow."
    )
    compression: Flag | Literal["none", "gzip", "zstd"] = Field(
        default=False,
        description="none, gzip or zstd, if the format supports it; true selects the format's usual one.",
    )
    processes: list[Annotated[str, Field(max_length=MAX_TEXT)]] = Field(
        default_factory=list,
        max_length=MAX_VALUES,
        description="Export only log lines of these processes; an empty list means all.",
    )
    max_reject_ratio: Number = Field(
        default=1.0, ge=0.0, le=1.0, description="Maximum share of rejected rows. Above it, the export fails."
    )
    csv_escape_formulas: Flag = Field(
        default=True, description="Prefix CSV cells that a spreadsheet would run as a formula with '."
    )
    partition_by: Period | None = Field(
        default=None,
        description="Put the files of each split into a folder for each day (date) or month (month) in UTC, "
        "such as logs/train/date=2026-01-31. null makes no such folders.",
    )
    destination: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        description="Name of a destination, to which the finished dataset is also written: a folder or an "
        "object store. null writes it to its folder only.",
    )
    split: Annotated[SplitOptions, ShortForms((NULL, FALSE, words(*SplitMode)))] = Field(
        default=SplitOptions(), description="How to divide the rows into train, validation and test."
    )
    deduplicate: Annotated[DeduplicateOptions, ShortForms((NULL, FALSE, words(*DuplicateMode)))] = Field(
        default=DeduplicateOptions(),
        description="How to remove duplicate log lines: off, exact or burst. Other data types are unchanged.",
    )
    labels: Annotated[LabelOptions | None, ShortForms((TRUE, FALSE))] = Field(
        default=None,
        description="Label log lines with the anomalies found in them. true uses the defaults; null adds no "
        "labels.",
    )
    fields: dict[str, Annotated[list[str], Field(max_length=1_000)]] = Field(
        default_factory=dict,
        max_length=100,
        description="The columns to write for each data type, in this order. Without an entry, all of them.",
    )
    privacy: Annotated[PrivacyOptions | None, ShortForms((TRUE, FALSE, words(*AddressMode)))] = Field(
        default=None,
        description="How to replace addresses and names and remove secrets. true uses the defaults; null "
        "changes nothing.",
    )

    sample: Annotated[SampleOptions | None, ShortForms((FALSE, *SAMPLE_SIZES))] = Field(
        default=None, description="Keep a share or a number of the rows of each data type; null keeps all."
    )
    order: Annotated[OrderOptions, ShortForms((words("time", "shuffle"),))] = Field(
        default=OrderOptions(), description="The order of the rows in every split: time or shuffle."
    )
    templates: Annotated[TemplateConfig | None, ShortForms((TRUE, FALSE))] = Field(
        default=None,
        description="Mine the templates of log messages from train only. true uses the defaults; null means "
        "none.",
    )
    sequences: Annotated[SequenceConfig | None, ShortForms((TRUE, FALSE, words("sliding", "session")))] = (
        Field(
            default=None,
            description="Cut the templates of each device into windows or sessions. true uses the defaults; "
            "null means none.",
        )
    )

    dataset: str | None = Field(
        default=None,
        max_length=MAX_NAME,
        description="Name of the dataset that the export is a version of. null: the export stands alone.",
    )
    incremental: Flag = Field(
        default=False,
        description="With dataset: read only rows that its latest version hasn't seen. The new version still "
        "is the whole dataset.",
    )
    new_major: Flag = Field(
        default=False,
        description="With dataset: begin a new major version. All rows are read again, and the times that "
        "divide the splits and the log templates are found anew. Rows may move between splits.",
    )

    source: str | None = Field(
        default=None,
        validate_default=True,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        description="Name of a source that rows are read from: a database of other programs, with a mapping "
        "for each data type. null reads Lumber's own tables.",
    )

    planning: Literal["exact", "estimated"] = Field(
        default="exact",
        description="How partitions are planned: exact counts all rows first; estimated samples the keys of "
        "a large table of logs instead. Every row is exported either way.",
    )

    @field_validator("dataset", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        return checked_name(value) if isinstance(value, str) else value

    @field_validator("start_date", "end_date", "end_before", mode="before")
    @classmethod
    def _whole_day(cls, value: Any, info: ValidationInfo) -> Any:
        refuse_number(value)
        day = _as_day(value)
        if day is None:
            return value
        edge = time.max if info.field_name == "end_date" else time.min
        return datetime.combine(day, edge, tzinfo=UTC)

    @field_validator("start_date", "end_date", "end_before", mode="after")
    @classmethod
    def _in_utc(cls, value: datetime | None) -> datetime | None:
        return None if value is None else in_utc(value)

    @field_validator("date_range", mode="after")
    @classmethod
    def _known_range(cls, value: str | None) -> str | None:
        return None if value is None else checked_range(value)

    @field_validator("time_zone", mode="after")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        return None if value is None else checked_zone(value)

    @field_validator("data_types", mode="after")
    @classmethod
    def _each_once(cls, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))

    @field_validator("source", mode="after")
    @classmethod
    def _known_kinds(cls, value: str | None, info: ValidationInfo) -> str | None:
        names = info.data.get("data_types", []) if are_kinds_known(value) else []
        unknown = [problem for name in names for problem in _unknown_kind(name)]
        if unknown:
            raise ConfigError(unknown)
        return value

    @field_validator("privacy", mode="before")
    @classmethod
    def _off(cls, value: Any) -> Any:
        if value is None or value is False:
            return None
        if value is not True and (value == "" or isinstance(value, int | float | list)):
            raise ValueError("must be true, false, a mode for addresses, or an object of fields")
        return value

    @field_validator("labels", "sample", "templates", "sequences", mode="before")
    @classmethod
    def _false_is_none(cls, value: Any) -> Any:
        return None if value is False else value

    @field_validator("processes", mode="after")
    @classmethod
    def _plain_names(cls, value: list[str]) -> list[str]:
        for name in value:
            if not name or "\x00" in name:
                raise ValueError(f"{name!r} is not a process name")
        return list(dict.fromkeys(value))

    @field_validator("filters", mode="before")
    @classmethod
    def _plain_json(cls, value: Any) -> Any:
        return json.loads(json.dumps(value, default=_plain)) if isinstance(value, Mapping) else value


def are_kinds_known(source: str | None) -> bool:
    """Say whether the data types of a config are known: those of a source are while it is in use."""
    declared = None if source is None else declared_now()
    return source is None or (declared is not None and declared.source.lower() == source.lower())


def _unknown_kind(name: str) -> Sequence[FieldProblem]:
    try:
        get_kind(name)
    except ConfigError as error:
        return error.problems
    return ()


def _as_day(value: Any) -> date | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and len(value.strip()) == 10:
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            return None
    return None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, set | frozenset | tuple):
        return sorted(value, key=str)
    return str(value)
