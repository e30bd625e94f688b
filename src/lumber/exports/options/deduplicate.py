"""DeduplicateOptions: how an export removes duplicate log lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lumber.errors import ConfigError, FieldProblem
from lumber.exports.options.form import require_object
from lumber.exports.options.json_types import Whole
from lumber.steps.deduplicate import DuplicateMode, DuplicateRule

# The rows of a burst are in memory together.
_LONGEST_SECONDS = 3_600
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORMS = 'off (also false), exact, burst, or an object such as {"mode": "burst", "burst_seconds": 30}'


class DeduplicateOptions(BaseModel):
    """How to remove duplicate log lines. Other data types are unchanged."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    mode: DuplicateMode = Field(
        default=DuplicateMode.OFF,
        description="off: keep every line. exact: of lines with the same device, time, process and message, "
        "keep the first. burst: of a run of lines of one device with the same process, level and message, "
        "keep the first, with repeat_count, first_timestamp and last_timestamp. Any other line of the device "
        "ends a run, and so does each multiple of burst_seconds.",
    )
    burst_seconds: Whole = Field(
        default=60,
        ge=1,
        le=_LONGEST_SECONDS,
        description="With burst: a run ends at each multiple of this many seconds since 1970 UTC, 1 to 3600.",
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """Accept a mode alone; false and null mean off."""
        if value is None or value is False:
            return {}
        return {"mode": value} if isinstance(value, str) else require_object("deduplicate", value, _FORMS)

    @model_validator(mode="after")
    def _consistent(self) -> DeduplicateOptions:
        usual = type(self).model_fields["burst_seconds"].default
        if self.mode is not DuplicateMode.BURST and self.burst_seconds != usual:
            message = f"has no effect with mode {self.mode}, only with {DuplicateMode.BURST}"
            raise ConfigError([FieldProblem("deduplicate.burst_seconds", self.burst_seconds, message)])
        return self

    def rule(self) -> DuplicateRule:
        """Return how duplicates are found."""
        return DuplicateRule(self.mode, self.burst_seconds * 1_000_000)


def date_problems(options: DeduplicateOptions, dates: Mapping[str, datetime]) -> list[FieldProblem]:
    """Return the dates of a split that fall inside a burst's step of time: it would be in two splits."""
    if options.mode is not DuplicateMode.BURST:
        return []
    step = timedelta(seconds=options.burst_seconds)
    message = (
        f"must be a multiple of deduplicate.burst_seconds ({options.burst_seconds}) since 1970 UTC, so that "
        "no burst is in two splits"
    )
    return [
        FieldProblem(f"split.dates.{name}", moment.isoformat(), message)
        for name, moment in dates.items()
        if (moment - _EPOCH) % step
    ]
