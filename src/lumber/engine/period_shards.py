"""The shards of a partition with a new file for every period, so that each file goes into one folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.engine.staged_files import StagedShards
from lumber.formats import WriteOptions
from lumber.formats.periods import END_US, FIRST_US, Period

if TYPE_CHECKING:
    from lumber.dataset.sketches.shards import SketchRule

_UNITS = {"date": "D", "month": "M"}


class PeriodShards(StagedShards):
    """The output files of a partition and a split, each with the rows of one period only.

    The rows come in order of time, so one file is open at a time.
    """

    def __init__(
        self,
        period: Period,
        folder: Path,
        stem: str,
        kind: Kind,
        schema: pa.Schema,
        split: str,
        options: WriteOptions,
        shard_size_bytes: int,
        sketches: SketchRule | None = None,
    ) -> None:
        super().__init__(folder, stem, kind, schema, split, options, shard_size_bytes, sketches)
        self._time_column = kind.time_column
        self._period = period
        self._number: int | None = None

    def add(self, records: pa.RecordBatch) -> None:
        """Write a batch that is not empty. A row of another period begins a new file."""
        times = records.column(self._time_column).cast(pa.int64()).to_numpy(zero_copy_only=False)
        for number, part in _parts(records, period_numbers(self._period, times)):
            if number != self._number:
                self._close()
                self._number = number
            super().add(part)


def period_numbers(period: Period, times_us: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the number of the period of each time in microseconds since 1970 UTC: days or months since then.

    Times before the calendar's years have the number below the first one's, times after them the number above
    the last one's.
    """
    # Beyond these times NumPy's conversion may overflow.
    known = np.clip(times_us, FIRST_US - 1, END_US)
    return known.astype("datetime64[us]").astype(f"datetime64[{_UNITS[period]}]").astype(np.int64)


def period_starts(period: Period, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the first moment of each period, in microseconds since 1970 UTC."""
    return numbers.astype(f"datetime64[{_UNITS[period]}]").astype("datetime64[us]").astype(np.int64)


def _parts(records: pa.RecordBatch, numbers: npt.NDArray[np.int64]) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield the rows of each period, without copying."""
    starts = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist()]
    for start, end in zip(starts, [*starts[1:], len(numbers)], strict=True):
        yield int(numbers[start]), records.slice(start, end - start)
