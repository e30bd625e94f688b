"""NullBins: when the values of columns are null, in few bins.

Bins are as those of TimeBins: 2**level microseconds wide, counted from 1970. The level is the lowest one at
which no column has nulls in more than MOST_BINS bins. It follows from the rows alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from lumber.dataset.times import TimeBins, Times

MOST_BINS = 64
_FINEST_LEVEL, _COARSEST_LEVEL = 20, 62


@dataclass(frozen=True, slots=True)
class NullsOverTime:
    """Bins with rows, by their numbers, and in the same order their rows and the nulls of each column."""

    level: int
    numbers: tuple[int, ...]
    rows: tuple[int, ...]
    columns: Mapping[str, tuple[int, ...]]


@dataclass(slots=True)
class NullBins:
    """The nulls of each column by the number of the bin. Columns without nulls aren't listed."""

    level: int = _FINEST_LEVEL
    columns: dict[str, Counter[int]] = field(default_factory=dict)

    def add(self, batch: pa.RecordBatch, times: Times) -> None:
        """Count the nulls of a batch, whose rows are at these ascending times, in microseconds since 1970."""
        starts: npt.NDArray[np.int64] | None = None
        numbers: npt.NDArray[np.int64] | None = None
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if not column.null_count:
                continue
            if starts is None or numbers is None:
                of_rows = times >> self.level
                starts = np.flatnonzero(np.concatenate(([True], of_rows[1:] != of_rows[:-1])))
                numbers = of_rows[starts]
            nulls = self.columns.setdefault(name, Counter())
            if column.null_count == len(column):
                counts = np.diff(starts, append=len(times))
            else:
                # Arrow's own to_numpy loads pandas.
                is_null = pl.Series(pl.from_arrow(column.is_null())).to_numpy()
                counts = np.add.reduceat(is_null.astype(np.int64), starts)
            for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
                if count:
                    nulls[number] += count
        self._coarsen(self._least_level())

    def merge(self, other: NullBins) -> None:
        """Add the nulls of other rows."""
        level = max(self.level, other.level)
        self._coarsen(level)
        for name, nulls in list(other.columns.items()):
            mine = self.columns.setdefault(name, Counter())
            mine.update(_at_level(nulls, level - other.level))
        self._coarsen(self._least_level())

    def over_time(self, times: TimeBins, names: Sequence[str]) -> NullsOverTime | None:
        """Return the nulls of these columns in at most MOST_BINS bins of the main part of the times.

        Columns that are never or always null aren't listed. None without others.
        """
        main = times.main_part().bins
        rows = sum(each.rows for each in main)
        level = max(self.level, times.level)
        while len({each.number >> (level - times.level) for each in main}) > MOST_BINS:
            level += 1
        in_bins: Counter[int] = Counter()
        for each in main:
            in_bins[each.number >> (level - times.level)] += each.rows
        numbers = sorted(in_bins)
        found: dict[str, tuple[int, ...]] = {}
        for name in names:
            nulls = _at_level(self.columns.get(name, Counter()), level - self.level)
            counts = tuple(min(nulls[number], in_bins[number]) for number in numbers)
            if 0 < sum(counts) < rows:
                found[name] = counts
        if not found:
            return None
        return NullsOverTime(level, tuple(numbers), tuple(in_bins[number] for number in numbers), found)

    def _least_level(self) -> int:
        """Return the lowest level from the present one on at which no column has too many bins."""
        level = self.level
        for nulls in self.columns.values():
            while level < _COARSEST_LEVEL and len(_at_level(nulls, level - self.level)) > MOST_BINS:
                level += 1
        return level

    def _coarsen(self, level: int) -> None:
        if level > self.level:
            by, self.level = level - self.level, level
            self.columns = {name: _at_level(nulls, by) for name, nulls in self.columns.items()}


def _at_level(nulls: Counter[int], by: int) -> Counter[int]:
    """Return nulls in bins that are 2**by times as wide."""
    if not by:
        return nulls
    wider: Counter[int] = Counter()
    for number, count in nulls.items():
        wider[number >> by] += count
    return wider
