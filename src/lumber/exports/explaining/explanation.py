"""Explanation: what became of a row in an export."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, Field


class Outcome(StrEnum):
    """What became of a row."""

    WRITTEN = "written"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    EMBARGOED = "embargoed"
    HELD_OUT = "held_out"
    UNLABELLED = "unlabelled"
    SAMPLED_OUT = "sampled_out"
    OUT_OF_RANGE = "out_of_range"
    FILTERED = "filtered"
    LATER = "later"
    EARLIER = "earlier"
    UNKNOWN = "unknown"
    UNFINISHED = "unfinished"


class BrokenRule(BaseModel):
    """A rule that the row broke."""

    column: str
    rule: str
    value: str | None = Field(description="Value that broke the rule, as the export's rejects show it.")
    reason: str


class Explanation(BaseModel):
    """What became of a row in an export."""

    kind: str = Field(description="Data type of the row.")
    row: int = Field(description="Id of the row.")
    outcome: Outcome = Field(
        description="What became of the row. `later`: it was added after the export began. `earlier`: an "
        "earlier version of the dataset read it. `unfinished`: look further from `next`."
    )
    text: str = Field(description="The same in a sentence.")
    split: str | None = Field(default=None, description="Split of a written row.")
    file: str | None = Field(default=None, description="File of a written row.")
    place: int | None = Field(
        default=None, description="Number of a written row in all splits of its data type, from 0."
    )
    rules: list[BrokenRule] = Field(default=[], description="Rules that a rejected row broke.")
    duplicate_of: int | None = Field(default=None, description="Id of the row that stands for a duplicate.")
    filters: list[str] = Field(default=[], description="Filters of the export that the row doesn't meet.")
    next: int | None = Field(default=None, description="Value of `place` to look further, if unfinished.")
