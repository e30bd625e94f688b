"""What a comparison of two exports says. A is the first of them, B the second."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from lumber.exports.metadata import ExportMetadata


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class ComparedExport(_Part):
    """One of the two exports."""

    export_id: str
    name: str | None = Field(description="Its name; null without one.")
    what: str = Field(description="Its config in one line.")
    created_at: datetime
    rows: int = Field(description="Rows of all data types.")
    bytes: int = Field(description="Size of its files.")

    @classmethod
    def of(cls, export: ExportMetadata) -> ComparedExport:
        """Return what is shown of an export."""
        return cls(
            export_id=export.export_id,
            name=export.name,
            what=export.what,
            created_at=export.created_at,
            rows=export.record_count,
            bytes=export.file_size,
        )


class CountPair(_Part):
    """A number of rows in A and in B."""

    what: str = Field(description="What is counted, such as written, or the name of a split.")
    a: int | None = Field(description="In A; null if A doesn't have it.")
    b: int | None = Field(description="In B; null if B doesn't have it.")


class SharePair(_Part):
    """The share of something among the rows of A and of B, from 0 to 1."""

    value: str = Field(description="A value, or the name of a column.")
    a: float | None = Field(description="In A; null if it is unknown.")
    b: float | None = Field(description="In B; null if it is unknown.")


class Distribution(_Part):
    """How the rows spread over the values of a column: the most frequent ones of both."""

    of: Literal["levels", "processes", "labels"] = Field(description="What the values are.")
    distance: float = Field(
        description="How far the shares moved, from 0 (the same) to 1: the Jensen-Shannon distance."
    )
    shares: list[SharePair] = Field(description="The largest shares, and all others together.")


class ColumnChange(_Part):
    """A column that only one of the two has, or whose type differs."""

    name: str
    a: str | None = Field(description="Type in A; null if A doesn't have it.")
    b: str | None = Field(description="Type in B; null if B doesn't have it.")


class TimePair(_Part):
    """A time in A and in B."""

    what: Literal["first", "median", "last"]
    a: str | None
    b: str | None


class KindComparison(_Part):
    """One data type in both datasets."""

    kind: str
    counts: list[CountPair] = Field(description="Rows read, written, rejected and left out.")
    splits: list[CountPair] = Field(description="Rows of each split; empty without splits.")
    times: list[TimePair] = Field(description="First, median and last time.")
    columns: list[ColumnChange] = Field(description="Columns that differ.")
    same_columns: int = Field(description="Columns that both have with the same type.")
    filled: list[SharePair] = Field(description="Share of rows with a value, of columns where it differs.")
    distributions: list[Distribution]


class ConfigChange(_Part):
    """A field of the config that differs. A part of a field is named like `split.mode`."""

    field: str
    a: Any = Field(description="Value in A; null if A lacks the field.")
    b: Any = Field(description="Value in B; null if B lacks the field.")


class Comparison(_Part):
    """What the manifests and quality reports of two exports differ in. No data file is read."""

    a: ComparedExport
    b: ComparedExport
    kinds: list[KindComparison]
    config: list[ConfigChange]
    notes: list[str] = Field(description="What limits the comparison.")


class ColumnDrift(_Part):
    """How far the values of one column moved."""

    kind: str
    column: str
    type: str = Field(description="Arrow type.")
    distance: float | None = Field(
        description="From 0 (the same) to 1 (nothing in common); null if it can't be told."
    )
    measure: Literal["jensen-shannon", "kolmogorov-smirnov"] | None = Field(
        description="Jensen-Shannon distance for texts, Kolmogorov-Smirnov statistic for numbers and times."
    )
    nulls: SharePair = Field(description="Share of rows without a value.")
    distinct: CountPair = Field(description="About how many different values there are.")
    most: SharePair | None = Field(description="The value whose share changed most; null for numbers.")
    median_a: float | None = Field(description="About the median; of times in microseconds since 1970.")
    median_b: float | None = Field(description="The same in B.")


class DriftReport(_Part):
    """The drift of all columns that both datasets have, the largest first."""

    columns: list[ColumnDrift]
    is_complete: bool = Field(description="False if the time ran out before all rows were read.")
    notes: list[str] = Field(description="What limits the comparison.")


class ChangedRow(_Part):
    """A row that differs, as an example."""

    kind: str
    id: int
    changes: list[str] = Field(description="added, removed, changed, moved.")
    split_a: str | None = Field(description="Its split in A; null if A doesn't have the row.")
    split_b: str | None = Field(description="Its split in B; null if B doesn't have the row.")
    columns: list[ValueChange] = Field(description="Columns that differ.")


class ValueChange(_Part):
    """The value of a column in A and in B, as JSON. Long values are cut."""

    column: str
    a: str
    b: str


class KindRows(_Part):
    """The rows of one data type that differ, matched by their ids."""

    kind: str
    rows_a: int
    rows_b: int
    added: int | None = Field(description="Rows that only B has; null if ids can't be compared.")
    removed: int | None = Field(description="Rows that only A has.")
    changed: int | None = Field(description="Rows with another value in a column that both have.")
    moved: int | None = Field(description="Rows in another split.")


class RowReport(_Part):
    """The rows that differ between two datasets."""

    is_same: bool | None = Field(description="Whether no row differs; null if it isn't complete.")
    kinds: list[KindRows]
    examples: list[ChangedRow] = Field(description="The first rows of each change.")
    is_complete: bool = Field(description="False if the time ran out before all rows were read.")
    notes: list[str] = Field(description="What limits the comparison.")


class Differences(_Part):
    """All that two exports differ in."""

    documents: Comparison = Field(description="What their manifests and quality reports say.")
    drift: DriftReport = Field(description="How far the values of each column moved.")
    rows: RowReport | None = Field(description="The rows that differ; null if they weren't compared.")


ChangedRow.model_rebuild()
