"""Splits: every row in one, the same one whatever surrounds it, and none on both sides of a cut."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.catalog.kind import LEADER_GROUP, LEADER_TIME
from lumber.catalog.registry import get_kind
from lumber.steps.split import NO_SPLIT, SplitMode, SplitRule

SHARES = (("train", 0.8), ("validation", 0.1), ("test", 0.1))
CUTS = (("validation", 1_000), ("test", 2_000))
INT64 = st.integers(-(2**63), 2**63 - 1)
ROWS = st.lists(
    st.tuples(st.integers(-500, 3_000), st.none() | st.text(max_size=4), INT64), min_size=1, max_size=60
)
RULES = st.builds(
    SplitRule,
    mode=st.sampled_from(SplitMode),
    shares=st.just(SHARES),
    cuts=st.just(CUTS),
    embargo_us=st.sampled_from([0, 1, 300, 5_000]),
    by=st.just("device_id"),
    unseen_share=st.sampled_from([0.0, 0.3, 0.9]),
    seed=st.integers(0, 3),
)

Row = tuple[int, str | None, int]


def assigned(rule: SplitRule, rows: list[Row]) -> list[str | None]:
    times, groups, ids = zip(*rows, strict=True)
    series = rule.assign(
        pl.Series(times, dtype=pl.Int64), pl.Series(groups, dtype=pl.String), pl.Series(ids, dtype=pl.Int64)
    )
    return [None if place is None else rule.names[place] for place in series]


@given(RULES, ROWS, st.randoms(use_true_random=False), st.integers(1, 7))
def test_order_and_batches_do_not_matter(rule: SplitRule, rows: list[Row], random, size: int) -> None:
    together = dict(zip(rows, assigned(rule, rows), strict=True))
    mixed = random.sample(rows, len(rows))
    for start in range(0, len(mixed), size):
        batch = mixed[start : start + size]
        assert assigned(rule, batch) == [together[row] for row in batch]


@given(RULES, ROWS)
def test_no_group_and_no_time_is_on_two_sides(rule: SplitRule, rows: list[Row]) -> None:
    found = list(zip(rows, assigned(rule, rows), strict=True))
    if rule.mode is SplitMode.GROUP:
        for group in {row[1] for row, _ in found}:
            assert len({split for row, split in found if row[1] == group}) == 1
    if rule.mode is SplitMode.TIME_GROUP:
        unseen = {row[1] for row, split in found if split == "test_unseen"}
        assert not any(row[1] in unseen for row, split in found if split not in (None, "test_unseen"))
    if not rule.mode.is_in_time:
        return
    for (time, _, _), split in found:
        if split == "train":
            assert time < 1_000
        elif split == "validation":
            assert 1_000 + rule.embargo_us <= time < 2_000
        elif split is not None:
            assert time >= 2_000 + rule.embargo_us


def test_time_cuts_and_embargo() -> None:
    rule = SplitRule(SplitMode.TIME, SHARES, CUTS, embargo_us=10)
    times = [-5, 0, 999, 1_000, 1_009, 1_010, 1_999, 2_000, 2_009, 2_010, 9_999]
    splits = assigned(rule, [(time, None, 1) for time in times])
    names = [*["train"] * 3, None, None, *["validation"] * 2, None, None, *["test"] * 2]
    assert splits == names


def test_held_out_groups_are_tested_apart_and_trained_on_nowhere() -> None:
    rule = SplitRule(SplitMode.TIME_GROUP, SHARES, CUTS, by="device_id", unseen_share=0.2)
    rows = [(time, f"device-{number}", number) for time in (0, 1_500, 2_500) for number in range(500)]
    splits = dict(zip(rows, assigned(rule, rows), strict=True))
    unseen = {row[1] for row, split in splits.items() if split == "test_unseen"}
    assert 70 < len(unseen) < 130
    for (time, device, _), split in splits.items():
        plain = {0: "train", 1_500: "validation", 2_500: "test"}[time]
        held_out = "test_unseen" if time == 2_500 else None
        assert split == (held_out if device in unseen else plain)


@pytest.mark.parametrize("mode", [SplitMode.RANDOM, SplitMode.GROUP])
def test_shares_are_about_as_asked_for(mode: SplitMode) -> None:
    rows = [(0, f"device {number}", number * 7 - 3) for number in range(20_000)]
    counts = Counter(assigned(SplitRule(mode, SHARES, by="device_id"), rows))
    for name, share in SHARES:
        assert abs(counts[name] / len(rows) - share) < 0.01


@pytest.mark.parametrize("mode", [SplitMode.RANDOM, SplitMode.GROUP])
def test_another_seed_gives_another_division(mode: SplitMode) -> None:
    rows = [(0, f"device {number}", number) for number in range(1_000)]
    first, same, other = (assigned(SplitRule(mode, SHARES, by="d", seed=seed), rows) for seed in (1, 1, 2))
    assert first == same
    assert first != other


def test_the_division_is_the_same_in_every_version() -> None:
    """Whoever exports again after an update must find every row where it was."""
    rows = [(0, name, number) for number, name in enumerate(["a", "router-1", None, "", "é", "z" * 99])]
    half = (("train", 0.5), ("test", 0.5))
    assert assigned(SplitRule(SplitMode.RANDOM, half, seed=7), rows) == RANDOM_7
    assert assigned(SplitRule(SplitMode.GROUP, half, by="d", seed=7), rows) == GROUP_7


@pytest.mark.parametrize("block_us", [1, 1_000])
def test_a_random_split_keeps_what_may_be_duplicates_together(block_us: int) -> None:
    rows = [
        (time * 500, device, 10_000 * time + number)
        for time in range(2_000)
        for number, device in enumerate(["a", "b", "a", None])
    ]
    splits = assigned(SplitRule(SplitMode.RANDOM, SHARES, seed=3, block_us=block_us), rows)
    of_blocks: dict[tuple[int, str | None], set[str | None]] = {}
    for (time, device, _), split in zip(rows, splits, strict=True):
        of_blocks.setdefault((time // block_us, device), set()).add(split)
    assert all(len(found) == 1 for found in of_blocks.values())
    counts = Counter(next(iter(found)) for found in of_blocks.values())
    for name, share in SHARES:
        assert abs(counts[name] / len(of_blocks) - share) < 0.03
    # Devices fall independently enough: not all of a moment go together.
    assert any(of_blocks[block, "a"] != of_blocks[block, "b"] for block, _ in of_blocks)


RANDOM_7 = ["train", "test", "train", "test", "train", "test"]
GROUP_7 = ["test", "train", "test", "train", "test", "train"]


def test_without_splits_everything_is_train() -> None:
    assert assigned(NO_SPLIT, [(0, None, 1), (5, "a", 2)]) == ["train", "train"]


def moment(microseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def test_an_anomaly_goes_where_its_log_line_goes() -> None:
    rule = SplitRule(SplitMode.TIME, SHARES, CUTS)
    frame = pl.DataFrame(
        {
            "id": [1, 2, 3],
            "timestamp": [moment(2_500)] * 3,
            "log_entry_id": [10, 11, None],
            "device_id": ["a", "a", "a"],
            LEADER_TIME: [moment(5), moment(1_500), None],
            LEADER_GROUP: ["b", "b", None],
        }
    )
    assert rule.of(frame, get_kind("anomalies")).to_list() == [0, 1, 2]


def test_an_address_is_as_late_as_it_was_last_seen() -> None:
    rule = SplitRule(SplitMode.TIME, SHARES, CUTS)
    frame = pl.DataFrame(
        {
            "id": [1, 2, 3],
            # The last one is damaged: it was last seen before it was first seen.
            "first_seen": [moment(5), moment(5), moment(2_500)],
            "last_seen": [moment(2_500), None, moment(5)],
            "device_id": [None, "a", "a"],
        },
        schema_overrides={"device_id": pl.String},
    )
    assert rule.of(frame, get_kind("ips")).to_list() == [2, 0, 2]
