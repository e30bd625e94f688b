"""SequenceConfig: how an export cuts the templates of each device into sequences."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lumber.engine.sequences.options import MAX_EVENTS, MAX_OVERLAP, MAX_SECONDS, WindowOptions
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.options.form import require_object
from lumber.exports.options.json_types import NO_TEXT, Flag, Whole

_DEFAULT = WindowOptions()
_FORMS = 'true (the defaults), false or null (none), sliding, session, or an object such as {"size": 20}'
_SLIDING, _SESSION = "mode sliding", "mode session"


class SequenceConfig(BaseModel):
    """Sequences of log templates, separate for each device and split, in a table of their own."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    mode: Literal["sliding", "session"] = Field(
        default=_DEFAULT.mode,
        description="sliding: windows of one size. session: lines of a device without a long gap between "
        "them.",
    )
    unit: Literal["events", "seconds"] = Field(
        default=_DEFAULT.unit, description="Unit of size and step: events (log lines) or seconds."
    )
    size: Whole = Field(
        default=_DEFAULT.size, ge=1, le=MAX_SECONDS, description="With sliding: size of a window."
    )
    step: Annotated[int, Field(ge=1, le=MAX_SECONDS), NO_TEXT] | None = Field(
        default=None,
        description="With sliding: distance from the start of a window to the start of the next. null: the "
        "size, so that windows don't overlap.",
    )
    gap_seconds: Whole = Field(
        default=_DEFAULT.gap_seconds, ge=1, le=MAX_SECONDS, description="With session: a longer gap ends it."
    )
    max_length: Whole = Field(
        default=_DEFAULT.max_length,
        ge=1,
        le=MAX_EVENTS,
        description="Maximum lines in a session, or in a window with unit seconds.",
    )
    drop_last: Flag | None = Field(
        default=None,
        description="Drop incomplete sequences at the end of a split. null: drop incomplete windows, unless "
        "the device would have none, and keep sessions.",
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """Accept `true`, or a mode alone."""
        if value is True:
            return {}
        return {"mode": value} if isinstance(value, str) else require_object("sequences", value, _FORMS)

    @model_validator(mode="after")
    def _consistent(self) -> SequenceConfig:
        problems = self._idle_problems()
        if problems:
            raise ConfigError(problems)
        if self.unit == "events" and self.size > MAX_EVENTS:
            problems.append(FieldProblem("sequences.size", self.size, f"must be between 1 and {MAX_EVENTS}"))
        if self.step is not None and self.step > self.size:
            problems.append(
                FieldProblem("sequences.step", self.step, f"must be between 1 and the size {self.size}")
            )
        if self.unit == "seconds" and self.size > MAX_OVERLAP * (self.step or self.size):
            problems.append(
                FieldProblem("sequences.step", self.step, f"must be at least size / {MAX_OVERLAP}")
            )
        if problems:
            raise ConfigError(problems)
        return self

    def _idle_problems(self) -> list[FieldProblem]:
        """Return the fields that are set but have no effect with this mode."""
        is_sliding = self.mode == "sliding"
        users = {
            "unit": (is_sliding, _SLIDING),
            "size": (is_sliding, _SLIDING),
            "step": (is_sliding, _SLIDING),
            "gap_seconds": (not is_sliding, _SESSION),
            "max_length": (not is_sliding or self.unit == "seconds", f"{_SESSION} or unit seconds"),
        }
        usual = type(self).model_fields
        return [
            FieldProblem(f"sequences.{name}", value, f"has no effect with mode {self.mode}, only with {used}")
            for name, (is_used, used) in users.items()
            if not is_used and (value := getattr(self, name)) != usual[name].default
        ]

    def rule(self) -> WindowOptions:
        """Return the options of the window builder."""
        return WindowOptions(
            self.mode, self.unit, self.size, self.step, self.gap_seconds, self.max_length, self.drop_last
        )
