"""MainRange: the times of the rows that don't lie far from all others, and those rows' histogram.

One damaged time, such as the year 2610, would put all other rows into one bar. The rule for what is far out
is that of the quality report: `lumber.dataset.times`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from lumber.dataset.times import LEAST_ROWS, fence, trimmed_rows
from lumber.engine.plan import BUCKETS, Bucket, KindPlan, even_edges


@dataclass(frozen=True, slots=True)
class OutsideRange:
    """The rows on one side of the main range. Times are microseconds since 1970 UTC."""

    rows: int
    first_us: int
    last_us: int


@dataclass(frozen=True, slots=True)
class MainRange:
    """The histogram of the main range, and the rows before and after it."""

    buckets: tuple[Bucket, ...]
    before: OutsideRange | None = None
    after: OutsideRange | None = None


class TimeSource(Protocol):
    """Answers questions about the selected rows of one kind, all at one moment."""

    async def counts(self, edges: Sequence[int]) -> list[int]:
        """Count the rows between each two neighbouring edges; the last range includes its end."""

    async def time_at(self, offset: int, *, from_end: bool = False) -> int | None:
        """Return the time of the row at an offset from the first or the last row; None past the end."""


async def main_range(source: TimeSource, plan: KindPlan) -> MainRange:
    """Return the main range of the planned rows. Without far rows, it asks the database nothing."""
    whole = MainRange(plan.buckets)
    first, last = plan.first_us, plan.last_us
    if first is None or last is None or not _may_have_far_rows(plan, first, last):
        return whole
    trimmed = trimmed_rows(plan.rows)
    core_first, core_last = await source.time_at(trimmed), await source.time_at(trimmed, from_end=True)
    if core_first is None or core_last is None:
        return whole
    low, high = fence(core_first, core_last)
    before = (await source.counts([first, low - 1]))[0] if first < low else 0
    after = (await source.counts([high + 1, last]))[0] if last > high else 0
    if not before and not after:
        return whole
    start, end = await source.time_at(before), await source.time_at(after, from_end=True)
    assert start is not None
    assert end is not None
    edges = even_edges(start, end)
    counts = await source.counts(edges)
    buckets = tuple(Bucket(*pair, rows) for pair, rows in zip(pairwise(edges), counts, strict=True))
    return MainRange(
        buckets,
        await _outside(source, before, from_end=False),
        await _outside(source, after, from_end=True),
    )


async def _outside(source: TimeSource, rows: int, *, from_end: bool) -> OutsideRange | None:
    if not rows:
        return None
    times = [await source.time_at(offset, from_end=from_end) for offset in (0, rows - 1)]
    first, last = sorted(time for time in times if time is not None)
    return OutsideRange(rows, first, last)


def _may_have_far_rows(plan: KindPlan, first: int, last: int) -> bool:
    """Say whether the histogram leaves room for far rows: nearly all rows are in a few of its bars."""
    if plan.rows < LEAST_ROWS or len(plan.buckets) < BUCKETS // 2:
        return False
    trimmed = trimmed_rows(plan.rows)
    low, high = _bucket_at(plan, trimmed), _bucket_at(plan, plan.rows - 1 - trimmed)
    # What nearly all rows span at least.
    least = max(0, plan.buckets[high].start_us - plan.buckets[low].end_us)
    reach = fence(0, least)[1] - least
    return first < plan.buckets[low].end_us - reach or last > plan.buckets[high].start_us + reach


def _bucket_at(plan: KindPlan, place: int) -> int:
    for index, bucket in enumerate(plan.buckets):
        if place < bucket.rows:
            return index
        place -= bucket.rows
    return len(plan.buckets) - 1
