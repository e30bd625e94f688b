"""Gate: the conditions for a new version of a dataset, with the same JSON everywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from lumber.catalog.declared import is_kind_name
from lumber.catalog.registry import all_kinds
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.options.form import fields_at

_LARGEST = 2**53 - 1
_MOST_COLUMNS = 1_000
_MOST_VERSIONS = 100
_LONGEST_SHOWN = 200
TEST_SET_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?")
# Of max_drift: every column that isn't named, except for ids and times.
ALL_COLUMNS = "*"


def _whole(value: Any) -> Any:
    """Return 5 for 5.0, which JSON Schema takes for an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, Field(ge=0, le=_LARGEST, strict=True), BeforeValidator(_whole)]
Share = Annotated[float, Field(ge=0, le=1, strict=True)]
Ratio = Annotated[float, Field(ge=0, le=1_000_000, strict=True)]
Versions = Annotated[int, Field(ge=1, le=_MOST_VERSIONS, strict=True), BeforeValidator(_whole)]


class RowLimits(BaseModel):
    """How many rows a version may have; of an increment, how many it may add."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min: Whole | None = Field(default=None, description="Fewest rows, of all data types together.")
    max: Whole | None = Field(default=None, description="Most rows, of all data types together.")
    min_ratio: Ratio | None = Field(
        default=None,
        description="Fewest rows of each data type, as a ratio to the median of versions before.",
    )
    max_ratio: Ratio | None = Field(
        default=None, description="Most rows of each data type, as a ratio to the median of versions before."
    )
    of_last: Versions = Field(default=7, description="Number of versions for the median, the latest ones.")


class TestSetLimit(BaseModel):
    """How many rows may be in a frozen test set."""

    __test__ = False  # it is no test

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="Name of the test set, as `lumber datasets freeze-test` saved it.")
    max_share: Share = Field(default=0.0, description="Largest share of the new rows of a data type.")


class Gate(BaseModel):
    """The conditions. A new version that breaks one is held. A condition that is null holds nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_change: Literal["hold", "allow"] = Field(
        default="hold", description="hold, or allow: what to do if data types, columns or their types change."
    )
    max_drift: Annotated[dict[str, Share], Field(max_length=_MOST_COLUMNS)] = Field(
        default_factory=dict,
        description="Largest distance of a column's values from the version before, 0 to 1, by column, such "
        "as logs.log_level. * means every other column except ids and times. Categories have the "
        "Jensen-Shannon distance, numbers the Kolmogorov-Smirnov statistic.",
    )
    min_drift_rows: Whole = Field(
        default=100, description="Drift and class balance are compared if both versions have so many rows."
    )
    max_reject_ratio: Share | None = Field(
        default=None, description="Largest share of rejected rows of a data type."
    )
    rows: RowLimits | None = Field(default=None, description="How many rows are usual.")
    max_class_change: Share | None = Field(
        default=None, description="Largest change of the share of a label or level from the version before."
    )
    test_set: TestSetLimit | None = Field(
        default=None, description="A frozen test set whose rows must not be in the version."
    )

    @model_validator(mode="after")
    def _consistent(self) -> Gate:
        problems = [*self._column_problems(), *self._row_problems()]
        if self.test_set is not None and not TEST_SET_NAME.fullmatch(self.test_set.name):
            allowed = ("lower-case letters, digits, - and _, at most 64",)
            problems.append(
                FieldProblem("test_set.name", self.test_set.name, "is not a name for a test set", allowed)
            )
        if problems:
            raise ConfigError(problems)
        return self

    def _column_problems(self) -> list[FieldProblem]:
        kinds = all_kinds()
        problems = []
        for name in self.max_drift:
            kind, _, column = name.partition(".")
            # A source may declare others: whether one does is asked when the gate is stored.
            is_kind = kind in kinds or is_kind_name(kind)
            if name != ALL_COLUMNS and not (is_kind and column):
                message = f"{name!r} is not a column: write its data type, a dot and its name"
                allowed = (ALL_COLUMNS, *(f"{each}.COLUMN" for each in kinds))
                problems.append(FieldProblem("max_drift", name, message, allowed))
        return problems

    def _row_problems(self) -> list[FieldProblem]:
        rows = self.rows
        if rows is None:
            return []
        pairs = (("rows.max", rows.min, rows.max), ("rows.max_ratio", rows.min_ratio, rows.max_ratio))
        return [
            FieldProblem(field, most, f"is below the minimum, {least:g}", (f"at least {least:g}",))
            for field, least, most in pairs
            if least is not None and most is not None and most < least
        ]

    def as_json(self) -> dict[str, Any]:
        """Return the gate as plain JSON values."""
        return self.model_dump(mode="json")


def parse_gate(value: Any) -> Gate:
    """Build a gate from plain JSON values. Raises ConfigError that names each field and what is allowed."""
    if not isinstance(value, Mapping):
        raise ConfigError([FieldProblem("gate", None, "must be a JSON object of fields", _names(()))])
    try:
        return Gate.model_validate(dict(value))
    except ValidationError as error:
        raise ConfigError(gate_problems(error)) from None


def gate_problems(error: ValidationError) -> list[FieldProblem]:
    """Turn the errors of pydantic into field problems."""
    problems: dict[tuple[str, str], FieldProblem] = {}
    for item in error.errors(include_url=False):
        cause = item.get("ctx", {}).get("error")
        found = cause.problems if isinstance(cause, ConfigError) else [_problem(item)]
        for problem in found:
            problems.setdefault((problem.field, problem.message), problem)
    return list(problems.values())


def _problem(item: Any) -> FieldProblem:
    location = [str(part) for part in item["loc"]]
    field = ".".join(location) or "gate"
    shown = json.dumps(item["input"], default=str)[:_LONGEST_SHOWN]
    if item["type"] == "extra_forbidden":
        return FieldProblem(field, item["input"], "is not a field", _names(location[:-1]))
    if item["type"] == "missing":
        return FieldProblem(field, None, "is required")
    allowed = ("hold", "allow") if field == "schema_change" else ()
    message = str(item["msg"]).removeprefix("Input ")
    return FieldProblem(field, item["input"], f"{message}, got {shown}", allowed)


def _names(path: Any) -> tuple[str, ...]:
    try:
        return tuple(fields_at(Gate, list(path)))
    except KeyError:
        return ()
