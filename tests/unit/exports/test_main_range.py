"""The main range of a plan over a plain list of times: far rows are counted, and stretch nothing."""

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from lumber.dataset.times import LEAST_ROWS, fence, trimmed_rows
from lumber.engine.plan import BUCKETS, KindPlan, plan_kind
from lumber.exports.main_range import MainRange, OutsideRange, main_range
from tests.examples import examples
from tests.unit.engine.test_plan import EARLY, FAR, LIMITS, ListedKeys

DAY = 86_400_000_000
WEEK = [1_767_225_600_000_000 + minute * 60_000_000 for minute in range(0, 7 * 1_440, 5)]


class ListedTimes(ListedKeys):
    """It also answers by places."""

    def __init__(self, times: Sequence[int]) -> None:
        super().__init__([(time, number) for number, time in enumerate(times)])
        self.placed = 0

    async def time_at(self, offset: int, *, from_end: bool = False) -> int | None:
        self.placed += 1
        if offset >= len(self.keys):
            return None
        return self.keys[-1 - offset if from_end else offset].time_us


def found_in(times: Sequence[int]) -> tuple[MainRange, KindPlan, ListedTimes]:
    source = ListedTimes(times)

    async def find() -> tuple[MainRange, KindPlan]:
        plan = await plan_kind(source, kind="logs", schema_hash="", partition_rows=2**62, is_divisible=True)
        return await main_range(source, plan), plan

    return *asyncio.run(find()), source


def test_far_rows_are_counted_and_the_others_fill_the_histogram() -> None:
    found, plan, _ = found_in([5, *WEEK, FAR, FAR])
    assert found.before == OutsideRange(1, 5, 5)
    assert found.after == OutsideRange(2, FAR, FAR)
    assert (found.buckets[0].start_us, found.buckets[-1].end_us) == (WEEK[0], WEEK[-1])
    assert sum(bucket.rows for bucket in found.buckets) == len(WEEK)
    assert sum(bucket.rows > 0 for bucket in found.buckets) > BUCKETS * 0.9
    assert plan.rows == len(WEEK) + 3


def test_infinite_times_are_far_out_too() -> None:
    found, _, _ = found_in([LIMITS[0], *WEEK, LIMITS[1]])
    assert found.before == OutsideRange(1, LIMITS[0], LIMITS[0])
    assert found.after == OutsideRange(1, LIMITS[1], LIMITS[1])


def test_usual_rows_cost_no_further_question() -> None:
    found, plan, source = found_in(WEEK)
    assert found == MainRange(plan.buckets)
    assert source.placed == 0


@examples(60)
@given(
    rows=st.integers(0, 400),
    width=st.sampled_from([1, 3_600_000_000, DAY, 400 * DAY]),
    strays=st.lists(st.integers(EARLY, FAR), max_size=8),
)
def test_the_rule_is_the_one_that_is_written_down(rows: int, width: int, strays: list[int]) -> None:
    times = sorted([*(WEEK[0] + width * number // max(1, rows) for number in range(rows)), *strays])
    found, _, _ = found_in(times)
    outside: tuple[list[int], list[int]] = ([], [])
    if len(times) >= LEAST_ROWS:
        trimmed = trimmed_rows(len(times))
        low, high = fence(times[trimmed], times[-1 - trimmed])
        outside = ([time for time in times if time < low], [time for time in times if time > high])
    for side, listed in zip((found.before, found.after), outside, strict=True):
        assert side == (OutsideRange(len(listed), listed[0], listed[-1]) if listed else None)
    assert sum(bucket.rows for bucket in found.buckets) == len(times) - sum(map(len, outside))
