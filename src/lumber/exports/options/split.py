"""SplitOptions: how an export divides its rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from lumber.catalog.kind import Kind, Storage
from lumber.catalog.registry import get_kind
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.options.form import require_object
from lumber.exports.options.json_types import MOMENT, Number, Whole
from lumber.exports.options.moment import in_utc, refuse_number
from lumber.steps.split import TEST, TRAIN, VALIDATION, SplitMode

_NAMED = (TRAIN, VALIDATION, TEST)
_TOLERANCE = 1e-6
_FORMS = 'none (also false or null), time, group, time_group, random, or an object such as {"mode": "time"}'

_Moment = Annotated[datetime, BeforeValidator(refuse_number), AfterValidator(in_utc)]


class SplitOptions(BaseModel):
    """How rows are divided into train, validation and test. The same row always lands in the same split."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    mode: SplitMode = Field(
        default=SplitMode.NONE,
        description="none: all rows are train. time: cut by time. group: keep the rows of a group in one "
        "split. time_group: cut by time, and hold out groups as test_unseen. random: row by row, which "
        "leaks between neighbours in time.",
    )
    ratios: dict[str, Number] = Field(
        json_schema_extra={
            "properties": {name: {"type": "number", "minimum": 0, "maximum": 1} for name in _NAMED},
            "additionalProperties": False,
        },
        default={TRAIN: 0.8, VALIDATION: 0.1, TEST: 0.1},
        max_length=100,
        description="Share of each split. They add up to 1. A split without a share is not written.",
    )
    dates: dict[str, _Moment] = Field(
        json_schema_extra={
            "properties": {name: MOMENT for name in _NAMED if name != TRAIN},
            "additionalProperties": False,
        },
        default_factory=dict,
        max_length=100,
        description="With time and time_group, instead of ratios: the first moment of validation and of "
        "test. Without a zone it is UTC.",
    )
    embargo_seconds: Number = Field(
        default=0,
        ge=0,
        le=10 * 366 * 86_400,
        allow_inf_nan=False,
        description="With time and time_group: leave out rows less than this after a cut.",
    )
    by: str = Field(
        default="device_id",
        description="With group and time_group: the column whose value is the group of a row.",
    )
    stratify: Literal["log_level", "label"] | None = Field(
        default=None,
        description="With group: give each value of this column the shares of the splits, as far as whole "
        "groups allow.",
    )
    unseen: Number = Field(
        default=0.1,
        ge=0,
        lt=1,
        description="With time_group: share of the groups to hold out of training, as test_unseen.",
    )
    seed: Whole = Field(
        default=0, ge=0, lt=2**63, description="Seed: another one divides the rows differently."
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """Accept a mode alone; false and null mean none."""
        if value is None or value is False:
            return {}
        return {"mode": value} if isinstance(value, str) else require_object("split", value, _FORMS)

    @model_validator(mode="after")
    def _consistent(self) -> SplitOptions:
        problems = [
            FieldProblem(f"split.{field}.{name}", given[name], "is not a split", _NAMED)
            for field, given in (("ratios", self.ratios), ("dates", self.dates))
            for name in given
            if name not in _NAMED
        ]
        problems += self._dates_problems() if self.dates else self._ratios_problems()
        problems += self._idle_problems()
        if problems:
            raise ConfigError(problems)
        return self

    def _idle_problems(self) -> list[FieldProblem]:
        """Return the fields that are set but have no effect with this mode."""
        mode, modes = self.mode, list(SplitMode)
        users: dict[str, list[SplitMode]] = {
            "ratios": [each for each in modes if each is not SplitMode.NONE],
            "embargo_seconds": [each for each in modes if each.is_in_time],
            "by": [each for each in modes if each.has_groups],
            "stratify": [SplitMode.GROUP],
            "unseen": [SplitMode.TIME_GROUP],
            # A seed is harmless in modes that don't use it.
            "seed": [each for each in modes if each is not SplitMode.NONE],
        }
        usual = type(self).model_fields
        return [
            FieldProblem(
                f"split.{name}",
                value,
                f"has no effect with mode {mode}, only with {', '.join(used)}",
            )
            for name, used in users.items()
            if mode not in used and (value := getattr(self, name)) != usual[name].default
        ]

    def _ratios_problems(self) -> list[FieldProblem]:
        found = [
            FieldProblem(f"split.ratios.{name}", share, f"must be between 0 and 1, got {share!r}")
            for name, share in self.ratios.items()
            if not 0 <= share <= 1
        ]
        total = sum(self.ratios.values())
        if not found and abs(total - 1) > _TOLERANCE:
            found.append(FieldProblem("split.ratios", self.ratios, f"must add up to 1, not to {total:g}"))
        if not found and not self.ratios.get(TRAIN):
            found.append(FieldProblem("split.ratios.train", 0, "must be greater than 0"))
        return found

    def _dates_problems(self) -> list[FieldProblem]:
        if not self.mode.is_in_time:
            message = f"have no effect with mode {self.mode}, only with time and time_group"
            return [FieldProblem("split.dates", self.dates, message)]
        if "ratios" in self.model_fields_set and self.ratios != type(self).model_fields["ratios"].default:
            return [FieldProblem("split.dates", self.dates, "can't be combined with split.ratios")]
        if TRAIN in self.dates:
            return [
                FieldProblem(
                    "split.dates.train", self.dates[TRAIN], "is not allowed: train begins with the first row"
                )
            ]
        moments = [self.dates[name] for name in _NAMED if name in self.dates]
        if moments != sorted(set(moments)):
            return [FieldProblem("split.dates", self.dates, "must put validation before test")]
        return []

    @property
    def shares(self) -> tuple[tuple[str, float], ...]:
        """The splits in order, with their shares. With dates the shares are unknown, and 0."""
        if self.dates:
            return tuple((name, 0.0) for name in _NAMED if name == TRAIN or name in self.dates)
        return tuple((name, self.ratios[name]) for name in _NAMED if self.ratios.get(name))


def group_problems(options: SplitOptions, kinds: Sequence[Kind]) -> list[FieldProblem]:
    """Return problems with the column of the groups: each kind, or its leader, must have it."""
    if not options.mode.has_groups:
        return []
    found = []
    for kind in kinds:
        holder = kind if kind.leader is None else get_kind(kind.leader.kind)
        columns = tuple(column.name for column in holder.columns if column.storage is Storage.TEXT)
        if options.by not in columns:
            message = f"{options.by!r} is not a text column of {holder.name}"
            found.append(FieldProblem("split.by", options.by, message, columns))
    return found
