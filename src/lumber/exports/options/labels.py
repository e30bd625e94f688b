"""LabelOptions: how an export is asked to label its log lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from lumber.catalog.kind import Kind
from lumber.catalog.registry import all_kinds
from lumber.errors import FieldProblem
from lumber.exports.options.form import require_object
from lumber.steps.labels import LabelRule

_FORMS = 'true (all defaults), false or null (no labels), or an object such as {"assume_normal": true}'
_Seconds = Annotated[float, Field(ge=0, le=10 * 366 * 86_400, allow_inf_nan=False)]


class LabelWindow(BaseModel):
    """A span of time around an anomaly, both ends included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    before: _Seconds = Field(default=0, description="Seconds before the anomaly.")
    after: _Seconds = Field(default=0, description="Seconds after the anomaly.")


class LabelOptions(BaseModel):
    """Which anomalies label a log line, and what they make of it. The export's filters narrow none of them.

    An anomaly always labels the line that it names by its id. Several may label one line: 1 beats 0.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    window_seconds: LabelWindow | None = Field(
        default=None,
        description="Let anomalies that name a device and no log line label that device's lines in this time "
        "around them; a number means before and after. null: they label nothing.",
    )
    assume_normal: bool = Field(
        default=False,
        description="Label lines 0 in which nothing was found. Otherwise they have no label: a detector that "
        "is silent proves nothing.",
    )
    confirmed_only: bool = Field(
        default=False, description="Label 1 only what a person called a true_positive."
    )
    detectors: list[str] = Field(
        default_factory=list,
        description="Use the anomalies of these detectors only; empty: of all. One without any fails the "
        "export.",
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """Take `true` for all defaults."""
        return {} if value is True else require_object("labels", value, _FORMS)

    @field_validator("window_seconds", mode="before")
    @classmethod
    def _both_sides(cls, value: Any) -> Any:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return {"before": value, "after": value} if is_number else value

    @field_validator("detectors", mode="after")
    @classmethod
    def _plain_names(cls, value: list[str]) -> list[str]:
        for name in value:
            if not name or "\x00" in name:
                raise ValueError(f"{name!r} is not the name of a detector")
        return list(dict.fromkeys(value))

    def rule(self) -> LabelRule:
        """Return what workers do."""
        window = self.window_seconds
        return LabelRule(
            window_us=None if window is None else (_micros(window.before), _micros(window.after)),
            assume_normal=self.assume_normal,
            confirmed_only=self.confirmed_only,
            detectors=tuple(self.detectors),
        )


def label_problems(options: LabelOptions | None, kinds: Sequence[Kind]) -> list[FieldProblem]:
    """Return what is wrong with labels for these kinds."""
    if options is None or any(kind.labels_from is not None for kind in kinds):
        return []
    labelled = tuple(name for name, kind in all_kinds().items() if kind.labels_from is not None)
    message = f"are for {', '.join(labelled)} only: add one of them to data_types, or leave labels out"
    return [FieldProblem("labels", True, message, labelled)]


def _micros(seconds: float) -> int:
    return round(seconds * 1_000_000)
