"""OrderOptions: the order of the rows in every split."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lumber.errors import ConfigError, FieldProblem
from lumber.exports.options.form import require_object
from lumber.exports.options.json_types import Whole
from lumber.steps.order import ShuffleRule

_FORMS = 'time or shuffle, or an object such as {"by": "shuffle", "seed": 7}'


class OrderOptions(BaseModel):
    """The order of the rows in every split."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    by: Literal["time", "shuffle"] = Field(
        default="time",
        description="time: by time, then id. shuffle: all rows of a split in random order, the same every "
        "time.",
    )
    seed: Whole = Field(
        default=0, ge=0, lt=2**63, description="Seed of the shuffle: another one gives another order."
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """Accept the name of an order alone."""
        return {"by": value} if isinstance(value, str) else require_object("order", value, _FORMS)

    @model_validator(mode="after")
    def _consistent(self) -> OrderOptions:
        if self.by != "shuffle" and self.seed != type(self).model_fields["seed"].default:
            message = f"has no effect with order {self.by}, only with shuffle"
            raise ConfigError([FieldProblem("order.seed", self.seed, message)])
        return self

    def rule(self) -> ShuffleRule | None:
        """Return how rows are shuffled; None if they aren't."""
        return ShuffleRule(self.seed) if self.by == "shuffle" else None
