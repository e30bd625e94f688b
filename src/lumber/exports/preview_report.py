"""The models of a preview, for the HTTP interface and for `--json`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from lumber.exports.sizing import EncodedSample


class HistogramBar(BaseModel):
    """Rows in one of up to 40 equal time ranges, without rows that lie far out."""

    start: str
    end: str
    rows: int


class OutsideRows(BaseModel):
    """Rows on one side of the histogram."""

    rows: int
    first: str = Field(description="Earliest time of these rows.")
    last: str = Field(description="Latest time of these rows.")


class FarOut(BaseModel):
    """Rows whose times lie far from all others, often damaged ones. They are exported."""

    rows: int
    before: OutsideRows | None = Field(description="Rows before the histogram; null without any.")
    after: OutsideRows | None = Field(description="Rows after the histogram; null without any.")


class SampleRecords(BaseModel):
    """The same sample records as stored and as written."""

    before: list[dict[str, Any]]
    after: list[dict[str, Any]]


class RejectEstimate(BaseModel):
    """Estimated rejects of the export."""

    rows: int = Field(description="Estimated rejects of the whole export.")
    sampled_rows: int = Field(description="Rows in the sample.")
    rejected_in_sample: int = Field(description="Rejected sample rows.")
    is_exact: bool = Field(description="The sample contains every row.")
    by_rule: dict[str, int] = Field(description="Rejected sample rows per rule.")


class KindPreviewReport(BaseModel):
    """Preview of one data type."""

    rows: int
    first: str | None = Field(description="Earliest time of a row.")
    last: str | None = Field(description="Latest time of a row.")
    unapplied_filters: list[str] = Field(
        default_factory=list,
        description="Filters (also `processes`) on columns that this data type doesn't have. They "
        "don't apply to it.",
    )
    histogram: list[HistogramBar]
    far_out: FarOut | None = Field(
        default=None,
        description="Rows outside the histogram, because they lie far from all others; null without any.",
    )
    sample: SampleRecords
    missing_key: str | None = Field(
        default=None,
        description="Why `sample.after` is empty: a private export needs a key.",
    )
    folders: int | None = Field(
        default=None,
        description="Folders for periods with `partition_by`, not counted again for each split; null without "
        "it.",
    )
    splits: dict[str, int] = Field(
        default_factory=dict,
        description="Rows per split, before rejects, `deduplicate` and `sample`. Empty without a split.",
    )
    splits_are_estimated: bool = Field(default=False, description="`splits` is estimated from sample rows.")
    reject_estimate: RejectEstimate


class KindPreview(KindPreviewReport):
    """A preview with the data for an estimate: the valid sample rows in the config's format."""

    kind: str = Field(exclude=True)
    encoded: EncodedSample | None = Field(default=None, exclude=True)
