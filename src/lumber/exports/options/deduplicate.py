"""DeduplicateOptions: which log lines of an export count as one."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lumber.errors import ConfigError, FieldProblem
from lumber.exports.options.form import require_object
from lumber.steps.deduplicate import DuplicateMode, DuplicateRule

# Rows of one such span are in memory together.
_LONGEST_SECONDS = 3_600
_FORMS = 'off, exact or burst, or an object such as {"mode": "burst", "burst_seconds": 30}; false: off'


class DeduplicateOptions(BaseModel):
    """Which log lines count as one. Other kinds have no duplicates."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: DuplicateMode = Field(
        default=DuplicateMode.OFF,
        description="off: every line stays. exact: of lines equal in device, time, process and message the "
        "first stays. burst: of lines of a device that follow each other with the same process, level and "
        "message the first stays, with repeat_count, first_timestamp and last_timestamp.",
    )
    burst_seconds: int = Field(
        default=60,
        ge=1,
        le=_LONGEST_SECONDS,
        description="With burst: a run ends at each whole step of so many seconds since 1970 UTC.",
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """Take the name of a mode alone; false and null are off."""
        if value is None or value is False:
            return {}
        return {"mode": value} if isinstance(value, str) else require_object("deduplicate", value, _FORMS)

    @model_validator(mode="after")
    def _consistent(self) -> DeduplicateOptions:
        usual = type(self).model_fields["burst_seconds"].default
        if self.mode is not DuplicateMode.BURST and self.burst_seconds != usual:
            message = f"has no meaning with mode {self.mode}, only with {DuplicateMode.BURST}"
            raise ConfigError([FieldProblem("deduplicate.burst_seconds", self.burst_seconds, message)])
        return self

    def rule(self) -> DuplicateRule:
        """Return how duplicates are found."""
        return DuplicateRule(self.mode, self.burst_seconds * 1_000_000)
