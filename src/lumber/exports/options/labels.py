"""LabelOptions: how an export labels its log lines."""

from __future__ import annotations

from collections.abc import Sequence
from operator import not_
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.json_schema import JsonSchemaValue

from lumber.catalog.kind import Kind
from lumber.catalog.registry import all_kinds
from lumber.errors import FieldProblem
from lumber.exports.options.form import require_object
from lumber.exports.options.json_types import NAME, Flag, Number, ShortForms
from lumber.steps.labels import LabelRule

_FORMS = 'true (the defaults), false or null (no labels), or an object such as {"assume_normal": true}'
_MOST_SECONDS = 10 * 366 * 86_400
_Seconds = Annotated[Number, Field(ge=0, le=_MOST_SECONDS, allow_inf_nan=False)]
_SECONDS: JsonSchemaValue = {"type": "number", "minimum": 0, "maximum": _MOST_SECONDS}


class LabelWindow(BaseModel):
    """A time span around an anomaly. Both ends are inclusive."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    before: _Seconds = Field(default=0, description="Seconds before the anomaly.")
    after: _Seconds = Field(default=0, description="Seconds after the anomaly.")


class LabelOptions(BaseModel):
    """Which anomalies label a log line, and how. The filters of the export don't restrict the anomalies.

    An anomaly labels the line that it names by its id. If anomalies of a line disagree, 1 overrides 0.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    window_seconds: Annotated[LabelWindow | None, ShortForms((_SECONDS,))] = Field(
        default=None,
        description="If an anomaly names a device but no log line, label that device's lines within this "
        "time of it. A number applies before and after. null: such anomalies label nothing.",
    )
    assume_normal: Flag = Field(
        default=False,
        description="Give lines without an anomaly label 0. By default they have no label, because the "
        "absence of an anomaly isn't evidence that a line is normal.",
    )
    confirmed_only: Flag = Field(
        default=False, description="Give label 1 only for anomalies that a person judged true_positive."
    )
    detectors: list[str] = Field(
        json_schema_extra={"items": NAME},
        default_factory=list,
        max_length=1_000,
        description="Use only the anomalies of these detectors; an empty list means all. A detector without "
        "anomalies fails the export.",
    )

    # Left out when unset: configs without it are stored, and hashed, as before.
    only: Flag = Field(
        default=False,
        exclude_if=not_,
        description="Leave out log lines without a label. Other data types keep all rows.",
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """Accept `true` for the defaults."""
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
        """Return the rule that workers apply."""
        window = self.window_seconds
        return LabelRule(
            window_us=None if window is None else (_micros(window.before), _micros(window.after)),
            assume_normal=self.assume_normal,
            confirmed_only=self.confirmed_only,
            detectors=tuple(self.detectors),
        )


def label_problems(options: LabelOptions | None, kinds: Sequence[Kind]) -> list[FieldProblem]:
    """Return the problems of labels with these kinds."""
    if options is None or any(kind.labels_from is not None for kind in kinds):
        return []
    labelled = tuple(name for name, kind in all_kinds().items() if kind.labels_from is not None)
    message = f"need {' or '.join(labelled)} in data_types"
    return [FieldProblem("labels", True, message, labelled)]


def _micros(seconds: float) -> int:
    return round(seconds * 1_000_000)
