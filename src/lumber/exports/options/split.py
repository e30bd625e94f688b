"""SplitOptions: how an export is asked to be split."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from lumber.catalog.kind import Kind, Storage
from lumber.catalog.registry import get_kind
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.options.form import require_object
from lumber.exports.options.moment import in_utc, refuse_number
from lumber.steps.split import TEST, TRAIN, VALIDATION, SplitMode

_NAMED = (TRAIN, VALIDATION, TEST)
_TOLERANCE = 1e-6
_FORMS = 'none, time, group, time_group or random, or an object such as {"mode": "time"}; false or null: none'

_Moment = Annotated[datetime, BeforeValidator(refuse_number), AfterValidator(in_utc)]


class SplitOptions(BaseModel):
    """How rows are divided into train, validation and test. The same row always lands in the same split."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: SplitMode = Field(
        default=SplitMode.NONE,
        description="none: everything is train. time: cut at moments. group: all rows of a group together. "
        "time_group: cut at moments, with held-out groups as test_unseen. random: row by row, which leaks "
        "between neighbours in time.",
    )
    ratios: dict[str, float] = Field(
        default={TRAIN: 0.8, VALIDATION: 0.1, TEST: 0.1},
        description="Share of each split; they add up to 1. Left out or 0: no such split.",
    )
    dates: dict[str, _Moment] = Field(
        default_factory=dict,
        description="In time modes, instead of ratios: the first moment of validation and of test. "
        "Without a zone it means UTC.",
    )
    embargo_seconds: float = Field(
        default=0,
        ge=0,
        le=10 * 366 * 86_400,
        allow_inf_nan=False,
        description="In time modes: rows less than this after a cut are left out.",
    )
    by: str = Field(
        default="device_id", description="In group modes: the column whose value makes rows a group."
    )
    unseen: float = Field(
        default=0.1, ge=0, lt=1, description="In time_group: the share of groups held out of training."
    )
    seed: int = Field(default=0, ge=0, lt=2**63, description="Another seed gives another division.")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """Take the name of a mode alone; false and null are none."""
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
        """Return the fields that are not as usual and do nothing: whoever gave them expects something."""
        mode, modes = self.mode, list(SplitMode)
        users: dict[str, list[SplitMode]] = {
            "ratios": [each for each in modes if each is not SplitMode.NONE],
            "embargo_seconds": [each for each in modes if each.is_in_time],
            "by": [each for each in modes if each.has_groups],
            "unseen": [SplitMode.TIME_GROUP],
            # Where nothing is left to chance a seed does no harm.
            "seed": [each for each in modes if each is not SplitMode.NONE],
        }
        usual = type(self).model_fields
        return [
            FieldProblem(
                f"split.{name}",
                value,
                f"has no meaning with mode {mode}, only with {', '.join(used)}",
            )
            for name, used in users.items()
            if mode not in used and (value := getattr(self, name)) != usual[name].default
        ]

    def _ratios_problems(self) -> list[FieldProblem]:
        found = [
            FieldProblem(f"split.ratios.{name}", share, f"{share!r} is not a share between 0 and 1")
            for name, share in self.ratios.items()
            if not 0 <= share <= 1
        ]
        total = sum(self.ratios.values())
        if not found and abs(total - 1) > _TOLERANCE:
            found.append(FieldProblem("split.ratios", self.ratios, f"add up to {total:g}, not to 1"))
        if not found and not self.ratios.get(TRAIN):
            found.append(FieldProblem("split.ratios.train", 0, "must be above 0"))
        return found

    def _dates_problems(self) -> list[FieldProblem]:
        if not self.mode.is_in_time:
            message = f"have no meaning with mode {self.mode}: only time and time_group cut in time"
            return [FieldProblem("split.dates", self.dates, message)]
        if "ratios" in self.model_fields_set and self.ratios != type(self).model_fields["ratios"].default:
            return [FieldProblem("split.dates", self.dates, "and split.ratios cannot both be given")]
        if TRAIN in self.dates:
            return [FieldProblem("split.dates.train", self.dates[TRAIN], "train begins with the first row")]
        moments = [self.dates[name] for name in _NAMED if name in self.dates]
        if moments != sorted(set(moments)):
            return [FieldProblem("split.dates", self.dates, "test must begin after validation")]
        return []

    @property
    def shares(self) -> tuple[tuple[str, float], ...]:
        """The splits in their order, with their shares; with dates every share is unknown, and 0."""
        if self.dates:
            return tuple((name, 0.0) for name in _NAMED if name == TRAIN or name in self.dates)
        return tuple((name, self.ratios[name]) for name in _NAMED if self.ratios.get(name))


def group_problems(options: SplitOptions, kinds: Sequence[Kind]) -> list[FieldProblem]:
    """Return what is wrong with the column of the groups: every kind needs it, or a leader that has it."""
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
