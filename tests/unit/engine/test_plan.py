"""The plan over a plain list of keys: every row in exactly one partition, in order, of about equal size."""

import asyncio
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lumber.engine.plan import BUCKETS, KindPlan, PartitionRange, Plan, keys_at, plan_kind, rows_before
from lumber.formats.staged_file import Key
from tests.examples import examples

FAR = 253_402_300_799_999_999  # the last moment of the year 9999
EARLY = -62_135_596_800_000_000  # the first moment of the year 1
LIMITS = (-(2**63) + 1, 2**63 - 1)  # what stands for the infinities


class ListedKeys:
    """The reference for every KeySource: it answers from a sorted list."""

    def __init__(self, keys: Sequence[tuple[int, int]]) -> None:
        self.keys = sorted(Key(*key) for key in keys)
        self.asked: list[int] = []

    async def span(self) -> tuple[int, int] | None:
        return (self.keys[0].time_us, self.keys[-1].time_us) if self.keys else None

    async def counts(self, edges: Sequence[int]) -> list[int]:
        """Count every row where the contract puts it."""
        found = [0] * (len(edges) - 1)
        for key in self.keys:
            inside = [i for i in range(len(found)) if edges[i] <= key.time_us < edges[i + 1]]
            if not inside and key.time_us == edges[-1]:
                inside = [len(found) - 1]
            if edges[0] <= key.time_us <= edges[-1]:
                found[inside[0]] += len(inside)
        return found

    async def key_at(self, lower: Key | None, offset: int) -> Key | None:
        self.asked.append(offset)
        place = (0 if lower is None else bisect_left(self.keys, lower)) + offset
        return self.keys[place] if place < len(self.keys) else None


def plan_of(
    keys: Sequence[tuple[int, int]],
    partition_rows: int,
    *,
    is_divisible: bool = True,
    whole_us: int | None = None,
) -> tuple[KindPlan, ListedKeys]:
    source = ListedKeys(keys)
    planned = plan_kind(
        source,
        kind="logs",
        schema_hash="s",
        partition_rows=partition_rows,
        is_divisible=is_divisible,
        whole_us=whole_us,
    )
    return asyncio.run(planned), source


def inside(part: PartitionRange, key: Key) -> bool:
    return (part.lower is None or part.lower <= key) and (part.upper is None or key < part.upper)


def check(keys: Sequence[tuple[int, int]], partition_rows: int) -> KindPlan:
    """Check every promise of a plan over `keys`."""
    plan, source = plan_of(keys, partition_rows)
    parts = plan.partitions
    assert plan.rows == len(keys) == sum(bucket.rows for bucket in plan.buckets)
    assert [part.ordinal for part in parts] == list(range(len(parts)))
    if not keys:
        return plan
    assert (parts[0].lower, parts[-1].upper) == (None, None)
    assert all(one.upper == other.lower for one, other in pairwise(parts))
    owners = [[part.ordinal for part in parts if inside(part, key)] for key in source.keys]
    assert all(len(owner) == 1 for owner in owners)
    assert owners == sorted(owners)
    for part in parts:
        assert part.rows == owners.count([part.ordinal])
    aim = len(keys) / len(parts)
    assert aim <= partition_rows < aim * 2 + 2 or len(parts) == 1
    assert all(0.75 * aim - 1 <= part.rows <= 1.25 * aim + 1 for part in parts)
    return plan


IDS = st.integers(-(2**63), 2**63 - 1)
TIMES = st.one_of(
    st.integers(0, 3),  # most at one moment
    st.integers(0, 10**6),
    st.integers(EARLY, FAR),
    st.sampled_from([0, -1, 1, EARLY, FAR, *LIMITS]),
    st.integers(0, 62).map(lambda power: 2**power),  # the more, the later
)


def keys_of(times: Sequence[int]) -> list[tuple[int, int]]:
    return [(time, index) for index, time in enumerate(times)]


@examples(150)
@given(
    keys=st.lists(st.tuples(TIMES, IDS), max_size=120, unique=True),
    partition_rows=st.integers(1, 130) | st.just(2**62),
)
@example(keys=[], partition_rows=1)
@example(keys=[(0, 0)], partition_rows=1)
@example(keys=[(0, 0), (0, 1)], partition_rows=1)
@example(keys=[(LIMITS[0], 0), (LIMITS[1], 1)], partition_rows=1)
def test_any_rows_are_cut_into_partitions_that_cover_each_once(
    keys: list[tuple[int, int]], partition_rows: int
) -> None:
    check(keys, partition_rows)


@pytest.mark.parametrize("rows", [7, 100, 1000])
@pytest.mark.parametrize(
    ("name", "time_of"),
    [
        ("all equal", lambda index: 5),
        ("even", lambda index: index * 1000),
        ("two crowds", lambda index: 0 if index % 2 else 10**15),
        ("skewed", lambda index: 2 ** (index % 60)),
        ("one far in the future", lambda index: FAR if index == 0 else index),
        ("one far in the past", lambda index: EARLY if index == 0 else index),
        ("one at infinity", lambda index: LIMITS[1] if index == 0 else index),
        ("backwards", lambda index: -index),
    ],
)
@pytest.mark.parametrize("partition_rows", [1, 3, 10, 99, 10_000])
def test_partitions_are_about_equal_however_the_times_lie(
    rows: int, name: str, time_of, partition_rows: int
) -> None:
    if rows / partition_rows > 150:
        partition_rows = rows // 150
    check(keys_of([time_of(index) for index in range(rows)]), partition_rows)


STEP = 60_000_000


@examples(100)
@given(
    times=st.lists(TIMES | st.integers(-3 * STEP, 5 * STEP), max_size=120),
    partition_rows=st.integers(1, 60),
)
@pytest.mark.parametrize("whole_us", [1, 7, STEP])
def test_no_whole_step_of_time_is_cut(whole_us: int, times: list[int], partition_rows: int) -> None:
    keys = keys_of(times)
    free, _ = plan_of(keys, partition_rows)
    plan, source = plan_of(keys, partition_rows, whole_us=whole_us)
    owners: dict[int, int] = {}
    for key in source.keys:
        [owner] = [part.ordinal for part in plan.partitions if inside(part, key)]
        assert owners.setdefault(key.time_us // whole_us, owner) == owner
    counts = Counter(owners[key.time_us // whole_us] for key in source.keys)
    assert [part.rows for part in plan.partitions] == [counts[part.ordinal] for part in plan.partitions]
    assert all(part.rows for part in plan.partitions)
    assert len(plan.partitions) <= len(free.partitions)
    assert plan.buckets == free.buckets


@pytest.mark.parametrize("whole_us", [1, 100])
def test_cuts_that_lie_well_are_left_where_they_are(whole_us: int) -> None:
    keys = keys_of(range(0, 2_000_000, 100))
    free, _ = plan_of(keys, 1_000)
    plan, source = plan_of(keys, 1_000, whole_us=whole_us)
    assert len(plan.partitions) == len(free.partitions) == 20
    assert source.asked == []
    if whole_us == 1:
        assert plan == free


def test_many_more_whole_steps_than_one_statement_counts() -> None:
    """Every row is a moment of its own, and the cuts are more than the bars of the histogram."""
    keys = keys_of([2 ** (index % 41) + index for index in range(3 * BUCKETS + 11)])
    plan, source = plan_of(keys, 1, whole_us=1)
    moments = Counter(key.time_us for key in source.keys)
    assert [part.rows for part in plan.partitions] == [moments[time_us] for time_us in sorted(moments)]
    assert len(plan.partitions) > 2 * BUCKETS


def test_one_crowded_step_is_one_partition() -> None:
    plan, _ = plan_of(keys_of([5, 7, 7, 7, 9]), 1, whole_us=STEP)
    assert plan.partitions == (PartitionRange(0, None, None, 5),)


def test_no_rows_make_no_partition() -> None:
    plan = check([], 10)
    assert (plan.rows, plan.partitions, plan.buckets) == (0, (), ())
    assert (plan.first_us, plan.last_us) == (None, None)


def test_two_rows_make_one_partition_or_two() -> None:
    assert [part.rows for part in check([(1, 1), (2, 2)], 2).partitions] == [2]
    assert [part.rows for part in check([(1, 1), (1, 2)], 1).partitions] == [1, 1]


def test_rows_that_may_change_are_one_partition() -> None:
    plan, _ = plan_of(keys_of(range(1000)), 10, is_divisible=False)
    assert plan.partitions == (PartitionRange(0, None, None, 1000),)
    assert sum(bucket.rows for bucket in plan.buckets) == 1000


def test_the_same_rows_give_the_same_plan() -> None:
    keys = keys_of([2 ** (index % 40) for index in range(500)])
    assert plan_of(keys, 37)[0] == plan_of(list(reversed(keys)), 37)[0]


def test_the_histogram_runs_from_the_first_row_to_the_last() -> None:
    plan, _ = plan_of([(-5, 1), (100, 2), (10**9, 3)], 10)
    assert (plan.first_us, plan.last_us) == (-5, 10**9)
    assert (plan.buckets[0].start_us, plan.buckets[-1].end_us) == (-5, 10**9)
    assert len(plan.buckets) <= BUCKETS
    assert all(one.end_us == other.start_us for one, other in pairwise(plan.buckets))


def test_evenly_spread_rows_are_cut_without_stepping_over_any() -> None:
    """The borders of the histogram are good enough: no query has to step through rows."""
    plan, source = plan_of(keys_of(range(10_000)), 1000)
    assert len(plan.partitions) == 10
    assert source.asked == []


def test_a_crowded_moment_is_stepped_through_once() -> None:
    """Each step begins where the last one ended, so that all together pass over each row once."""
    _, source = plan_of(keys_of([7] * 1000), 100)
    assert len(source.asked) == 9
    assert sum(source.asked) <= 1000


def test_a_plan_finds_its_kinds() -> None:
    logs = plan_of(keys_of(range(5)), 2)[0]
    plan = Plan("hash", "sqlite", {}, (logs,))
    assert (plan.rows, plan.kind("logs")) == (5, logs)
    with pytest.raises(KeyError):
        plan.kind("ips")


def test_rows_are_found_and_counted_where_they_are() -> None:
    """Few and many to a moment, and one so far away that nearly all others are in one bucket."""
    for times in ([5], [7] * 50, range(0, 900, 3), [*range(300), FAR], [LIMITS[0], *[3] * 40, LIMITS[1]]):
        plan, source = plan_of(keys_of(times), 10**6)
        places = range(0, len(source.keys), 7)
        assert asyncio.run(keys_at(source, plan, places)) == [source.keys[place] for place in places]
        assert sum(source.asked) <= len(source.keys)
        assert asyncio.run(keys_at(source, plan, [0, len(source.keys)])) == source.keys[:1]
        for moment in {*LIMITS, *(time + step for time in times for step in (-1, 0, 1))}:
            before = sum(key.time_us < moment for key in source.keys)
            assert asyncio.run(rows_before(source, plan, moment)) == before
