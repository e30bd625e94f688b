"""The splits of groups by strata: whole groups, even shares, whatever the batches and their order."""

import random
from collections import Counter, defaultdict

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.catalog.kind import Storage
from lumber.catalog.registry import get_kind
from lumber.errors import ConfigError
from lumber.steps import strata
from lumber.steps.split import NO_SPLIT, SplitMode, SplitRule
from lumber.steps.step import Unfitted
from lumber.steps.strata import StrataCounts

LOGS = get_kind("logs")
TYPES = {
    Storage.INTEGER: pl.Int64(),
    Storage.REAL: pl.Float64(),
    Storage.TEXT: pl.String(),
    Storage.JSON: pl.String(),
    Storage.TIME: pl.Datetime("us", "UTC"),
}
SHARES = (0.6, 0.3, 0.1)
Row = tuple[str | None, str | None]  # group and level


def counted(*batches: list[Row], kind: str = "logs") -> StrataCounts:
    found = StrataCounts("log_level", kind)
    for batch in batches:
        rows = pl.DataFrame(batch, schema={"group": pl.String, "log_level": pl.String}, orient="row")
        frame = rows.with_columns(
            pl.lit(None, TYPES[column.storage]).alias(column.name)
            for column in LOGS.columns
            if column.name != "log_level"
        )
        found.add(frame["group"], frame)
    return found


def shares_of(rows: list[Row], places: dict[str | None, int]) -> dict[str | None, list[float]]:
    """Return the share of every split of each level."""
    counts: dict[str | None, Counter[int]] = defaultdict(Counter)
    for group, level in rows:
        counts[level][places[group]] += 1
    return {
        level: [found[at] / found.total() for at in range(len(SHARES))] for level, found in counts.items()
    }


def test_rare_levels_that_few_groups_have_are_in_every_split() -> None:
    chance = random.Random(5)
    rows: list[Row] = []
    for number in range(400):
        group = f"g{number}"
        rows += [(group, "INFO")] * chance.randrange(5, 40)
        # One group in eight has errors, and hardly any other.
        rows += [(group, "ERROR")] * (chance.randrange(10, 30) if number % 8 == 0 else 0)
    even = shares_of(rows, dict(counted(rows).places(SHARES, 1)))
    for shares in even.values():
        assert shares == pytest.approx(SHARES, abs=0.02)


@given(
    rows=st.lists(
        st.tuples(st.sampled_from([None, *"abcdefghij"]), st.sampled_from([None, "INFO", "ERROR"]))
    ),
    cut=st.integers(0, 50),
    seed=st.integers(0, 2**63 - 1),
)
def test_neither_batches_nor_their_order_show(rows: list[Row], cut: int, seed: int) -> None:
    whole = counted(rows).places(SHARES, seed)
    one, two = counted(rows[cut:]), counted(rows[:cut])
    one.merge(two)
    assert one.places(SHARES, seed) == whole
    assert {group for group, _ in whole} == {group for group, _ in rows}
    assert all(0 <= place < len(SHARES) for _, place in whole)


def test_spellings_of_a_level_are_one_stratum() -> None:
    found = counted([("a", "warn"), ("b", "WARNING"), ("c", "Warning")])
    assert found.counts["stratum"].unique().to_list() == ["WARNING"]


def test_another_seed_divides_like_groups_otherwise() -> None:
    rows = [(f"g{number}", "INFO") for number in range(50)]
    assert counted(rows).places(SHARES, 1) != counted(rows).places(SHARES, 2)


def test_too_many_groups_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strata, "MOST_GROUPS", 3)
    found = counted([(name, "INFO") for name in "abc"])
    with pytest.raises(ConfigError, match="at most 3 groups"):
        found.merge(counted([("d", "INFO")]))


def test_groups_that_nobody_counted_are_divided_by_chance_as_without_strata() -> None:
    shares = (("train", 0.5), ("test", 0.5))
    plain = SplitRule(SplitMode.GROUP, shares, by="device_id")
    rule = SplitRule(
        SplitMode.GROUP, shares, by="device_id", stratify="log_level", groups=((None, 1), ("a", 0))
    )
    groups = pl.Series([None, "a", *map(str, range(100))], dtype=pl.String)
    ids = pl.Series(range(102))
    found = rule.assign(ids, groups, ids).to_list()
    assert found[:2] == [1, 0]
    assert found[2:] == plain.assign(ids, groups, ids).to_list()[2:]


def test_a_rule_does_not_start_before_its_groups_are_known() -> None:
    rule = SplitRule(SplitMode.GROUP, (("train", 0.5), ("test", 0.5)), by="device_id", stratify="log_level")
    assert rule.fit(LOGS) is not None
    assert NO_SPLIT.fit(LOGS) is None
    with pytest.raises(Unfitted):
        rule.start(None)  # type: ignore[arg-type]
