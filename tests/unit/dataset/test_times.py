"""Bins of times: exact where they say so, of bounded size, and the same for any batches and partitions."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.dataset.times import GAPS_KEPT, LEAST_ROWS, MOST_BINS, QUANTILES, TimeBins, fence
from lumber.steps.cast import TIME_MAX_US, TIME_MIN_US
from tests.examples import examples

SECOND, DAY = 1_000_000, 86_400_000_000
# A crowd of times, some of them equal, and others anywhere.
CROWDS = st.builds(
    lambda seed, rows, width, step: (
        np.random.default_rng(seed).integers(0, width, rows) // step * step
    ).tolist(),
    st.integers(0, 2**32 - 1),
    st.integers(0, 3_000),
    st.sampled_from([SECOND, DAY, 30 * DAY, 9_000 * DAY]),
    st.sampled_from([1, SECOND, 60 * SECOND]),
)
STRAYS = st.lists(st.integers(TIME_MIN_US, TIME_MAX_US), max_size=40)


def bins_of(times: Sequence[int], cuts: Sequence[int] = (), partition: int = 0) -> TimeBins:
    """Count times in batches that end at the cuts, the first of them in a partition of their own."""
    parts = (TimeBins(), TimeBins())
    for number, (start, end) in enumerate(pairwise([0, *cuts, len(times)])):
        parts[number >= partition].add(np.array(times[start:end], np.int64))
    parts[0].merge(parts[1])
    return parts[0]


def longest(times: Sequence[int]) -> list[tuple[int, int]]:
    """Return the longest gaps in plain Python."""
    gaps = [(start, end - start) for start, end in pairwise(times) if end > start]
    return sorted(gaps, key=lambda gap: (-gap[1], gap[0]))[:GAPS_KEPT]


@examples(40)
@given(
    times=st.builds(lambda crowd, strays: sorted([*crowd, *strays]), CROWDS, STRAYS),
    data=st.data(),
)
def test_the_bins_follow_from_the_times_alone(times: list[int], data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(times)), max_size=6).map(sorted))
    whole, cut = bins_of(times), bins_of(times, cuts, data.draw(st.integers(0, 7)))
    assert (cut.level, cut.bins) == (whole.level, whole.bins)
    assert len(cut.bins) <= MOST_BINS
    assert cut.rows == len(times)
    main = cut.main_part()
    assert main == whole.main_part()
    assert cut.longest_gaps(main.bins) == whole.longest_gaps(main.bins)
    assert cut.longest_gaps(cut.bins) == longest(times)
    for percent in QUANTILES:
        found = cut.quantile(percent)
        assert found == whole.quantile(percent)
        if found is not None:
            exact = times[max(0, -(-len(times) * percent // 100) - 1)]
            assert abs(found - exact) <= cut.resolution_us


@examples(40)
@given(
    times=st.builds(lambda crowd, strays: [*crowd, *strays], CROWDS, STRAYS).filter(bool),
    seed=st.integers(0, 2**32 - 1),
)
def test_rows_of_any_order_are_added(times: list[int], seed: int) -> None:
    """An increment may have rows from before, between and behind those of the version before."""
    is_added = np.random.default_rng(seed).random(len(times)) < 0.5
    each = np.array(times, np.int64)
    found = bins_of(np.sort(each[~is_added]).tolist())
    found.merge(bins_of(np.sort(each[is_added]).tolist()))
    whole = bins_of(sorted(times))
    assert (found.level, found.bins) == (whole.level, whole.bins)
    assert found.main_part() == whole.main_part()
    # Gaps of two parts that lie on each other may go, but none is told that isn't there.
    without = set(zip(sorted(times)[:-1], np.diff(np.sort(each)).tolist(), strict=True))
    assert {(gap.start_us, gap.length_us) for gap in found.longest_gaps(found.bins)} <= without


def test_rows_from_long_before_have_a_main_part() -> None:
    found = bins_of([100 * DAY + second * SECOND for second in range(20)])
    found.merge(bins_of([90 * DAY + second * SECOND for second in range(20)]))
    main = found.main_part()
    assert (sum(each.rows for each in main.bins), main.before, main.after) == (40, [], [])
    assert found.longest_gaps(main.bins)[0] == (90 * DAY + 19 * SECOND, 10 * DAY - 19 * SECOND)


@pytest.mark.parametrize("far", [1, 3, 150])
@pytest.mark.parametrize("is_one_cluster", [True, False])
def test_far_times_are_separated_and_displace_no_gap(far: int, is_one_cluster: bool) -> None:
    """As devices without a clock write them: from 1970 on, minutes apart, or anywhere."""
    random = np.random.default_rng(7)
    week = np.sort(random.integers(56 * 365 * DAY, 56 * 365 * DAY + 7 * DAY, 20_000)).tolist()
    damaged = [n * 600 * SECOND for n in range(far)]
    if not is_one_cluster:
        damaged = np.sort(random.integers(TIME_MIN_US, 30 * 365 * DAY, far)).tolist()
    bins = bins_of([*damaged, *week, 230 * 365 * DAY], cuts=[100, 5_000])
    main = bins.main_part()
    assert (main.bins[0].first_us, main.bins[-1].last_us) == (week[0], week[-1])
    assert sum(each.rows for each in main.before) == far
    assert [each.rows for each in main.after] == [1]
    assert bins.longest_gaps(main.bins) == longest(week)
    assert bins.resolution_us <= 7 * DAY // 100


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("few rows", [0, *range(10 * 365 * DAY, 10 * 365 * DAY + LEAST_ROWS - 2)]),
        ("two halves", [*range(100), *range(365 * DAY, 365 * DAY + 100)]),
        ("years", [day * DAY for day in range(0, 5_000, 7)]),
        ("one moment, and the day before", [0, *[DAY] * 500]),
        ("a slow start", [*range(0, 8 * DAY, DAY), *range(8 * DAY, 9 * DAY, 60 * SECOND)]),
    ],
)
def test_what_is_not_far_out(name: str, times: list[int]) -> None:
    main = bins_of(times).main_part()
    assert (list(main.before), list(main.after)) == ([], []), name


def test_the_fence_is_ten_times_what_nearly_all_rows_span() -> None:
    assert fence(0, 7 * DAY) == (-70 * DAY, 77 * DAY)
    assert fence(5, 6) == (5 - DAY, 6 + DAY)
