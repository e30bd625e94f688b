"""Top: the most frequent values of a column.

A Misra-Gries summary. Summaries merge without losing their bound: a count is at most `error` too low, and
`error` at most rows / (capacity + 1). Counts are exact while a column has no more values than the capacity.
The summary follows from the counts alone, on every platform.

Source: Agarwal, Cormode, Huang, Phillips, Wei, Yi, "Mergeable Summaries", PODS 2012, section 3.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from lumber.dataset.sketches.document import TopValues

CAPACITY = 512
# Longer values are cut, and end with a hash of the whole.
_LONGEST = 200
_DIGEST = 12


@dataclass(slots=True)
class Top:
    """Values with at least their number of rows; the true number is at most `error` higher."""

    capacity: int = CAPACITY
    counts: dict[str, int] = field(default_factory=dict)
    error: int = 0

    @classmethod
    def of(cls, values: TopValues) -> Top:
        """Return what a document has."""
        return cls(values.capacity, dict(values.counts), values.error)

    @property
    def is_complete(self) -> bool:
        """Whether all values are here, and as they are."""
        return self.error == 0 and all(len(text) < _LONGEST for text in self.counts)

    def add(self, texts: pl.Series) -> None:
        """Count the values of a column, which has no nulls."""
        self.add_counts(texts.alias("text").value_counts(name="rows"), texts)

    def add_counts(self, counted: pl.DataFrame, texts: pl.Series) -> None:
        """Add counted values: `rows` with `text`, or with the `row` of `texts` that has it."""
        cut = 0
        if counted.height > self.capacity:
            cut = int(counted["rows"].top_k(self.capacity + 1).min())  # type: ignore[arg-type]
            counted = counted.filter(pl.col("rows") > cut)
        if "row" in counted.columns:
            counted = counted.select(texts.gather(counted["row"]).alias("text"), "rows")
        self.merge({_shortened(text): rows - cut for text, rows in counted.iter_rows()}, cut)

    def merge(self, counts: Mapping[str, int], error: int) -> None:
        """Add the counts of other rows, which are at most `error` too low."""
        for text, rows in counts.items():
            self.counts[text] = self.counts.get(text, 0) + rows
        self.error += error
        if len(self.counts) > self.capacity:
            cut = sorted(self.counts.values(), reverse=True)[self.capacity]
            self.counts = {text: rows - cut for text, rows in self.counts.items() if rows > cut}
            self.error += cut

    def ordered(self) -> dict[str, int]:
        """Return the counts, the most frequent value first, and equal ones by name."""
        return dict(sorted(self.counts.items(), key=lambda item: (-item[1], item[0])))


def _shortened(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]
    return f"{text[: _LONGEST - _DIGEST - 1]}~{digest}"
