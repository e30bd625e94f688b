"""A sample answers what the planner asks, near to what counting all rows would answer."""

import asyncio
import random
from itertools import pairwise

from lumber.engine.key_sample import KeySample
from lumber.engine.plan import BUCKETS, KindPlan, Plan, as_read, even_edges, plan_kind
from lumber.formats.staged_file import Key
from lumber.store.key_probes import spread_ids

ROWS = 200_000
PROBES = 4_000


def sampled(times: list[int], probes: int = PROBES) -> KeySample:
    """Sample rows by their ids, which say nothing of their times."""
    keys = sorted(Key(times[place], place) for place in spread_ids(0, len(times) - 1, probes))
    return KeySample(tuple(keys), len(times), min(times), max(times))


def plan_of(sample: KeySample, partition_rows: int, whole_us: int | None = None) -> KindPlan:
    return asyncio.run(
        plan_kind(
            sample,
            kind="logs",
            schema_hash="",
            partition_rows=partition_rows,
            is_divisible=True,
            whole_us=whole_us,
            sample=sample,
        )
    )


def test_partitions_of_a_sample_are_about_even_and_leave_no_gap() -> None:
    chance = random.Random(1)
    # A burst has half of all rows, and damaged times make the span a thousand times as long.
    times = [chance.randrange(10**9) if n % 2 else chance.randrange(10**6) for n in range(ROWS - 2)]
    times += [10**12, -(10**12)]
    plan = plan_of(sampled(times), ROWS // 20)
    assert plan.is_estimate
    assert sum(part.rows for part in plan.partitions) == plan.rows == ROWS
    assert len(plan.partitions) == 20
    assert plan.partitions[0].lower is None
    assert plan.partitions[-1].upper is None
    edges = [part.upper for part in plan.partitions[:-1]]
    assert edges == [part.lower for part in plan.partitions[1:]]
    assert all(one is not None and two is not None and one < two for one, two in pairwise(edges))
    keys = [Key(time, place) for place, time in enumerate(times)]
    for part in plan.partitions:
        inside = sum(
            (part.lower is None or key >= part.lower) and (part.upper is None or key < part.upper)
            for key in keys
        )
        assert 0.6 * ROWS / 20 < inside < 1.5 * ROWS / 20


def test_a_small_sample_makes_fewer_partitions() -> None:
    plan = plan_of(sampled(list(range(ROWS)), 200), 10)
    assert 20 <= len(plan.partitions) <= 25


def test_cuts_keep_whole_steps_of_time() -> None:
    plan = plan_of(sampled(list(range(ROWS))), ROWS // 10, whole_us=7_000)
    cuts = [part.lower for part in plan.partitions[1:]]
    assert cuts
    assert all(key is not None and key.time_us % 7_000 == 0 for key in cuts)


def test_counts_add_up_to_all_rows_and_times_ascend() -> None:
    sample = sampled(list(range(0, 3 * ROWS, 3)), 777)
    edges = even_edges(0, 3 * ROWS - 3)
    counts = asyncio.run(sample.counts(edges))
    assert sum(counts) == ROWS
    assert len(counts) <= BUCKETS
    times = [asyncio.run(sample.time_at(place)) for place in range(0, ROWS, 1_000)]
    assert times == sorted(times, key=lambda time: time or 0)
    assert asyncio.run(sample.time_at(ROWS)) is None
    assert asyncio.run(sample.time_at(0, from_end=True)) == sample.keys[-1].time_us
    assert asyncio.run(sample.key_at(sample.keys[-1], ROWS)) is None


def test_one_sampled_row_still_is_a_plan() -> None:
    plan = plan_of(KeySample((Key(5, 1),), 1, 0, 9), 10)
    assert [(part.lower, part.upper) for part in plan.partitions] == [(None, None)]


def test_what_was_read_takes_the_place_of_estimates() -> None:
    kind = plan_of(sampled(list(range(ROWS))), ROWS // 4)
    read = {("logs", part.ordinal): part.rows + part.ordinal for part in kind.partitions}
    plan = as_read(Plan("", "sqlite", {}, (kind,)), read)
    assert [part.rows for part in plan.kind("logs").partitions] == list(read.values())
    assert plan.rows == sum(read.values())
