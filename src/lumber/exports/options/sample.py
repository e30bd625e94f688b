"""SampleOptions: which share or number of rows an export keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.json_schema import JsonSchemaValue

from lumber.catalog.kind import Kind
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.options.form import require_object
from lumber.exports.options.json_types import NO_TEXT, Number, Whole
from lumber.steps.sample import SampleRequest, SampleRule

_FORMS = (
    'a share such as 0.1, a number of rows such as 50000, an object such as {"rows": 50000, "seed": 7}, '
    "or false or null (all rows)"
)

# The schemas of a sample that is a share or a number of rows alone.
SAMPLE_SIZES: tuple[JsonSchemaValue, ...] = (
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    {"type": "integer", "minimum": 1},
)


class SampleOptions(BaseModel):
    """A seeded sample of the valid rows of each data type. The same seed keeps the same rows."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    share: Number | None = Field(
        default=None,
        gt=0,
        lt=1,
        allow_inf_nan=False,
        description="Keep about this share of the rows. Without strata, anomalies stay with their log line.",
    )
    rows: Annotated[int, Field(ge=1), NO_TEXT] | None = Field(
        default=None,
        description="Instead of a share: keep this many rows of each data type, or all if there are fewer.",
    )
    stratify: Literal["log_level", "label"] | None = Field(
        default=None,
        description="Keep the proportions of this column. Each of its values keeps at least one row, if the "
        "sample is large enough.",
    )
    seed: Whole = Field(
        default=0, ge=0, lt=2**63, description="Seed of the sample: another one keeps other rows."
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """Accept a number alone: an integer is rows, any other number a share."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return require_object("sample", value, _FORMS)
        # In JSON, 50000.0 is the integer 50000. 1.0 could mean all rows, so it isn't taken for one row.
        is_whole = isinstance(value, int) or (value > 1 and value.is_integer())
        return {"rows" if is_whole else "share": value}

    @model_validator(mode="after")
    def _consistent(self) -> SampleOptions:
        if self.share is None and self.rows is None:
            message = 'needs share or rows, such as {"share": 0.1} or {"rows": 50000}'
            raise ConfigError([FieldProblem("sample", None, message)])
        if self.share is not None and self.rows is not None:
            raise ConfigError([FieldProblem("sample", None, "must have only one of share and rows")])
        return self

    def rule(self) -> SampleRule | SampleRequest:
        """Return which rows stay; a number of rows and strata need a first pass over the rows."""
        if self.share and not self.stratify:
            return SampleRule.of_share(self.share, self.seed)
        return SampleRequest(self.seed, self.rows, self.share, self.stratify)


def stratify_problems(option: str, column: str | None, complete: Sequence[Kind]) -> list[FieldProblem]:
    """Return the problems with the strata of an option: at least one kind must have their column."""
    if column is None or any(column in kind.schema.names for kind in complete):
        return []
    message = "is not a column of any exported data type" + ("; add labels" if column == "label" else "")
    return [FieldProblem(f"{option}.stratify", column, message, ("log_level", "label"))]
