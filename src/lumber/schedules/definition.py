"""ScheduleDefinition: what a user states about a schedule, checked."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from lumber.errors import ConfigError, FieldProblem
from lumber.exports.config import ExportConfig
from lumber.exports.gates.gate import parse_gate
from lumber.exports.options.json_types import NO_TEXT, Whole
from lumber.exports.parsing import parse_config
from lumber.schedules.timetable import (
    LONGEST_SECONDS,
    MOST_CRON,
    SHORTEST_SECONDS,
    Timetable,
    timetable_of,
)
from lumber.store.models.base import utc_now

MAX_NAME = 100
_LONGEST_JITTER = 3_600


class CatchUp(StrEnum):
    """What happens to nominal times that passed while nothing scheduled."""

    NONE = "none"
    ONE = "one"
    ALL = "all"


class Overlap(StrEnum):
    """What happens at a nominal time while an earlier run has not ended."""

    SKIP = "skip"
    QUEUE = "queue"


class Timing(BaseModel):
    """When something runs: a cron expression or an interval, in a time zone."""

    model_config = ConfigDict(extra="forbid")

    cron: str | None = Field(
        default=None,
        max_length=MOST_CRON,
        description="Minute, hour, day of the month, month and day of the week, such as `0 2 * * *`; or "
        "@hourly, @daily, @weekly, @monthly, @yearly.",
    )
    every_seconds: Annotated[int, Field(ge=SHORTEST_SECONDS, le=LONGEST_SECONDS), NO_TEXT] | None = Field(
        default=None,
        description="Instead of cron: an interval, counted from 1970-01-01 00:00 UTC.",
    )
    time_zone: str = Field(
        default="UTC", max_length=100, description="IANA time zone of cron and of relative dates."
    )

    @property
    def timetable(self) -> Timetable:
        """The nominal times. Raises ConfigError."""
        return timetable_of(self.cron, self.every_seconds, self.time_zone)


class ScheduleDefinition(Timing):
    """What a user states about a schedule. Defaults that depend on other fields are filled in."""

    name: str = Field(min_length=1, max_length=MAX_NAME, description="Name of the schedule.")
    config: dict[str, Any] = Field(
        description="Config of the exports. Relative dates mean those at the nominal time of a run."
    )
    catch_up: CatchUp = Field(
        default=CatchUp.ONE,
        description="Nominal times that passed while nothing scheduled: run none, one or all of them.",
    )
    overlap: Overlap | None = Field(
        default=None,
        description="At a nominal time while an earlier run has not ended: skip or queue. Default: queue for "
        "increments and with catch_up all, otherwise skip.",
    )
    pause_after_failures: Annotated[int, Field(ge=1, le=1_000), NO_TEXT] | None = Field(
        default=5,
        description="Pause after so many failed runs in a row; null: never.",
    )
    jitter_seconds: Whole = Field(
        default=0,
        ge=0,
        le=_LONGEST_JITTER,
        description="Start each run up to so many seconds late: always the same delay for the same run.",
    )
    gate: dict[str, Any] | None = Field(
        default=None, description="What a version must be like to become the latest; null: no condition."
    )

    @field_validator("name")
    @classmethod
    def _plain_name(cls, value: str) -> str:
        if not value.strip() or not value.isprintable():
            raise ValueError("must have printable characters, not only spaces")
        return value.strip()

    @model_validator(mode="after")
    def _consistent(self) -> ScheduleDefinition:
        config = parse_config(self.config)
        # Equal configs are stored equal, with all their fields.
        self.config = config.as_json()
        if self.gate is not None:
            parse_gate(self.gate)
        timetable = self.timetable
        self.cron = timetable.cron
        if self.overlap is None:
            queues = self.catch_up is CatchUp.ALL or bool(getattr(config, "incremental", False))
            self.overlap = Overlap.QUEUE if queues else Overlap.SKIP
        problems = []
        if config.new_major:
            message = "can't be used in a schedule: each run would begin a new major version"
            problems.append(FieldProblem("new_major", True, message, ("false",)))
        if self.catch_up is CatchUp.ALL and self.overlap is Overlap.SKIP:
            message = "would skip what catch_up all runs: use queue, or another catch_up"
            problems.append(FieldProblem("overlap", self.overlap.value, message, (Overlap.QUEUE.value,)))
        upcoming = timetable.upcoming(utc_now(), 2)
        if len(upcoming) > 1 and self.jitter_seconds >= (upcoming[1] - upcoming[0]).total_seconds():
            message = f"must be less than the time between two runs, got {self.jitter_seconds}"
            problems.append(FieldProblem("jitter_seconds", self.jitter_seconds, message))
        if problems:
            raise ConfigError(problems)
        return self

    @property
    def export_config(self) -> ExportConfig:
        """The config of its exports. Raises ConfigError if this program no longer knows what it names."""
        return parse_config(self.config)


def parse_definition(values: Mapping[str, Any]) -> ScheduleDefinition:
    """Return a checked definition. Raises ConfigError."""
    try:
        return ScheduleDefinition.model_validate(values)
    except ValidationError as error:
        raise ConfigError(
            [found for item in error.errors(include_url=False) for found in _of(item)]
        ) from None


def _of(item: Any) -> list[FieldProblem]:
    cause = item.get("ctx", {}).get("error")
    if isinstance(cause, ConfigError):
        return list(cause.problems)
    field = ".".join(str(part) for part in item["loc"]) or "schedule"
    if item["type"] == "missing":
        return [FieldProblem(field, None, "is required")]
    if item["type"] == "extra_forbidden":
        return [FieldProblem(field, item["input"], "is not a field", tuple(ScheduleDefinition.model_fields))]
    message = str(item["msg"]).removeprefix("Value error, ")
    return [FieldProblem(field, item["input"], f"{message}, got {item['input']!r}")]


class ScheduleChange(BaseModel):
    """Fields of a schedule that get other values; the others stay as they are."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=MAX_NAME, description="Name.")
    config: dict[str, Any] | None = Field(default=None, description="Config of the exports.")
    cron: str | None = Field(default=None, max_length=MOST_CRON, description="Replaces an interval.")
    every_seconds: Annotated[int, Field(ge=SHORTEST_SECONDS, le=LONGEST_SECONDS), NO_TEXT] | None = Field(
        default=None, description="Replaces cron."
    )
    time_zone: str | None = Field(default=None, max_length=100, description="IANA time zone.")
    catch_up: CatchUp | None = Field(default=None, description="none, one or all.")
    overlap: Overlap | None = Field(default=None, description="skip or queue.")
    pause_after_failures: Annotated[int, Field(ge=1, le=1_000), NO_TEXT] | None = Field(
        default=None, description="Failed runs in a row; null: never pause."
    )
    jitter_seconds: Annotated[int, Field(ge=0, le=_LONGEST_JITTER), NO_TEXT] | None = Field(
        default=None, description="Longest delay of a run."
    )
    gate: dict[str, Any] | None = Field(default=None, description="Conditions on a version; null: none.")

    def applied(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is stated about a schedule after the change."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        changes = {name: each for name, each in given.items() if each is not None or name in _NULLABLE}
        other = {"cron": "every_seconds", "every_seconds": "cron"}
        cleared = {other[name]: None for name in other if given.get(name) is not None}
        # Both at once are a mistake, and stay for the definition to judge.
        return {
            **before,
            **cleared,
            **{name: each for name, each in changes.items() if name not in other},
        } | {name: given[name] for name in other if given.get(name) is not None}


_NULLABLE = frozenset(("pause_after_failures", "gate"))
