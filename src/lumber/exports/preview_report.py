"""KindPreview: what a preview shows of one kind. The HTTP interface and `--json` print it as it is."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from lumber.exports.sizing import EncodedSample


class HistogramBar(BaseModel):
    """Rows of one of up to 40 equal stretches of time."""

    start: str
    end: str
    rows: int


class SampleRecords(BaseModel):
    """The same few records, as they are stored and as they would be written."""

    before: list[dict[str, Any]]
    after: list[dict[str, Any]]


class RejectEstimate(BaseModel):
    """How many rows the export is expected to reject."""

    rows: int = Field(description="Expected rejects of the whole export.")
    sampled_rows: int = Field(description="Rows looked at.")
    rejected_in_sample: int = Field(description="Rejects among those.")
    is_exact: bool = Field(description="Every row was looked at.")
    by_rule: dict[str, int] = Field(description="Rejects among the rows looked at, per rule.")


class KindPreviewReport(BaseModel):
    """What an export would cover of one kind."""

    rows: int
    first: str | None = Field(description="Earliest time.")
    last: str | None = Field(description="Latest time.")
    unapplied_filters: list[str] = Field(
        default_factory=list,
        description="Filters on columns that it does not have, also `processes`: they do not narrow it.",
    )
    histogram: list[HistogramBar]
    sample: SampleRecords
    missing_key: str | None = Field(
        default=None,
        description="Why no sample is shown as it would be written: a private export needs a key.",
    )
    splits: dict[str, int] = Field(
        default_factory=dict,
        description="Rows of each split, before any is rejected or taken out by `deduplicate` or `sample`; "
        "empty without a split.",
    )
    splits_are_estimated: bool = Field(
        default=False, description="`splits` is worked out from sample rows, not counted."
    )
    reject_estimate: RejectEstimate


class KindPreview(KindPreviewReport):
    """A preview, and what an estimate needs besides: the valid sample rows in the config's format."""

    kind: str = Field(exclude=True)
    encoded: EncodedSample | None = Field(default=None, exclude=True)
