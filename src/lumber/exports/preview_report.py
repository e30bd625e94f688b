"""The models of a preview, for the HTTP interface and for `--json`."""

from __future__ import annotations

from typing import Any, Literal

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


class SplitCut(BaseModel):
    """Where a split in time begins."""

    split: str = Field(description="The split that begins here: validation or test.")
    start: str = Field(description="Its first moment.")
    until: str | None = Field(
        description="End of the embargo: rows from `start` until then are in no split. Null without one."
    )


class SampleRecords(BaseModel):
    """The same sample records as stored and as written."""

    before: list[dict[str, Any]]
    after: list[dict[str, Any]]
    not_shown: list[str] = Field(
        default_factory=list,
        description="Columns that the export writes and `after` lacks, because they need all rows.",
    )
    approximate: list[str] = Field(
        default_factory=list,
        description="Columns in `after` whose values come from the sample rows: the export mines templates "
        "in all training rows, so its ids may differ.",
    )


class ReplacementExample(BaseModel):
    """The part of a value that a private export changes, as stored and as written."""

    before: str
    after: str | None = Field(description="Null if the value is dropped.")


class Replacement(BaseModel):
    """What a private export would replace in one column of the sample rows."""

    column: str
    type: str = Field(
        description="What is replaced: address, an identifier, a secret such as secret:password, or a type "
        "of your own."
    )
    values: int = Field(description="Replaced values in the sample rows.")
    examples: list[ReplacementExample] = Field(
        description="Up to two. None without sample rows, and for accounts that may not see stored rows."
    )


class RejectEstimate(BaseModel):
    """Estimated rejects of the export."""

    rows: int = Field(description="Estimated rejects of the whole export.")
    sampled_rows: int = Field(description="Rows in the sample.")
    rejected_in_sample: int = Field(description="Rejected sample rows.")
    is_exact: bool = Field(description="The sample contains every row.")
    by_rule: dict[str, int] = Field(description="Rejected sample rows per rule.")


class KindIncrement(BaseModel):
    """How a version of a dataset reads a data type."""

    mode: Literal["append", "whole"] = Field(description="append: only rows that are new; whole: all rows.")
    kept_rows: int = Field(description="Rows that were read for the version before and aren't read again.")
    reason: str | None = Field(description="Why all rows are read; null if only new ones are.")


class VersionPreview(BaseModel):
    """The version of a dataset that the export would make now."""

    dataset: str = Field(description="Name of the dataset.")
    number: int = Field(description="Number of the version.")
    data_versions: list[str] = Field(
        description="Its semantic version. There are two if only the export shows whether any row changed: "
        "the first one is that without a change."
    )
    parent: str | None = Field(description="Version that it continues, such as v12; null for the first one.")
    is_major: bool = Field(description="Whether a new major version begins.")
    reason: str | None = Field(description="Why everything is read again, or a new major version begins.")
    blocked: str | None = Field(description="Why the export would fail now; null if it wouldn't.")
    warning: str | None = Field(
        default=None,
        description="What to look at before the export: the first version has too few rows to place splits. "
        "Null if there is nothing.",
    )
    start_date: str | None = Field(description="First moment of the version; null means no limit.")
    end_before: str | None = Field(
        description="First moment after the version; null means no limit. An increment includes the dates of "
        "the version before."
    )


class KindPreviewReport(BaseModel):
    """Preview of one data type. For an increment, of the rows that it would read."""

    rows: int
    rows_are_estimated: bool = Field(
        default=False,
        description="With `planning` estimated: `rows`, `histogram`, `folders` and `splits` are estimates "
        "from sampled keys. `first` and `last` are those of all rows within the dates, whatever the filters.",
    )
    increment: KindIncrement | None = Field(
        default=None, description="What a version of a dataset reads; null without `dataset`."
    )
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
    replacements: list[Replacement] = Field(
        default_factory=list,
        description="What a private export would replace in the valid ones of `reject_estimate.sampled_rows` "
        "rows, by column and type. Empty without privacy, and without its key.",
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
    cuts: list[SplitCut] = Field(
        default_factory=list,
        description="Where the splits after the first begin. Empty without a split in time; a split that "
        "begins after all rows is left out.",
    )
    cuts_from: str | None = Field(
        default=None,
        description="Data type whose rows turn the shares of a split in time into `cuts`; null if dates set "
        "them.",
    )
    reject_estimate: RejectEstimate
    guarantee: str | None = Field(
        default=None,
        description="What the source promises: snapshot, append_only or best_effort; null for Lumber's own "
        "tables.",
    )
    notes: list[str] = Field(default_factory=list, description="What it costs to read the source.")


class KindPreview(KindPreviewReport):
    """A preview with the data for an estimate: the valid sample rows in the config's format."""

    kind: str = Field(exclude=True)
    encoded: EncodedSample | None = Field(default=None, exclude=True)
