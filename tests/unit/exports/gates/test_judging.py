"""Every condition of a gate holds a version just beyond its limit, and lets it pass at the limit."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest

from lumber.exports.gates.facts import VersionFacts
from lumber.exports.gates.gate import parse_gate
from lumber.exports.gates.judging import HeldBecause, judge
from tests.sketches import version


def levels(errors: int, rows: int = 1_000, **more: Any) -> pl.DataFrame:
    """Return lines of which so many have the level ERROR."""
    return pl.DataFrame({"log_level": ["ERROR"] * errors + ["INFO"] * (rows - errors), **more})


def held(
    gate: dict[str, Any],
    new: VersionFacts,
    before: VersionFacts | None = None,
    earlier: Sequence[dict[str, int]] = (),
) -> list[HeldBecause]:
    return judge(parse_gate(gate), new, before, earlier)


def rules(found: Sequence[HeldBecause]) -> list[tuple[str, str]]:
    return [(each.rule, each.where) for each in found]


def test_an_equal_version_passes_a_strict_gate() -> None:
    strict = {
        "max_drift": {"*": 0},
        "max_reject_ratio": 0,
        "rows": {"min": 1_000, "max": 1_000, "min_ratio": 1, "max_ratio": 1},
        "max_class_change": 0,
        "test_set": {"name": "mine"},
    }
    same = version(levels(100), in_test_set=("mine", 0))
    assert held(strict, same, same, [same.rows()]) == []


@pytest.mark.parametrize(("rejected", "is_held"), [(0, False), (10, False), (11, True)])
def test_rejected_rows(rejected: int, is_held: bool) -> None:
    found = held({"max_reject_ratio": 0.01}, version(levels(0, 990), rejected=rejected))
    assert bool(found) == is_held
    if is_held:
        assert rules(found) == [("max_reject_ratio", "logs")]
        assert "11 of 1,001 rows of logs were rejected" in found[0].message


@pytest.mark.parametrize(
    ("limits", "rows", "rule"),
    [
        ({"min": 100}, 100, None),
        ({"min": 101}, 100, "rows.min"),
        ({"max": 100}, 100, None),
        ({"max": 99}, 100, "rows.max"),
        ({"min_ratio": 0.5}, 50, None),
        ({"min_ratio": 0.5}, 49, "rows.min_ratio"),
        ({"max_ratio": 1.5}, 150, None),
        ({"max_ratio": 1.5}, 151, "rows.max_ratio"),
        ({"min_ratio": 0.5}, 0, "rows.min_ratio"),
        # Of the last version alone, which had 1,000 rows.
        ({"min_ratio": 0.5, "of_last": 1}, 499, "rows.min_ratio"),
    ],
)
def test_number_of_rows(limits: dict[str, Any], rows: int, rule: str | None) -> None:
    earlier = [{"logs": 1_000}, {"logs": 100}, {"logs": 10}]
    found = held({"rows": limits}, version(levels(0, rows)), None, earlier)
    assert [each.rule for each in found] == ([] if rule is None else [rule])


def test_rows_after_versions_without_rows() -> None:
    limits = {"rows": {"min_ratio": 0.5, "max_ratio": 2}}
    empty = [{"logs": 0}] * 3
    assert held(limits, version(levels(0, 0)), None, empty) == []
    assert rules(held(limits, version(levels(0, 10)), None, empty)) == [("rows.max_ratio", "logs")]


@pytest.mark.parametrize(("matched", "is_held"), [(0, False), (1, True)])
def test_rows_of_the_test_set(matched: int, is_held: bool) -> None:
    found = held({"test_set": {"name": "mine"}}, version(levels(0), in_test_set=("mine", matched)))
    assert rules(found) == ([("test_set.max_share", "logs")] if is_held else [])


def test_a_share_of_rows_of_the_test_set_may_be_allowed() -> None:
    limit = {"test_set": {"name": "mine", "max_share": 0.002}}
    assert held(limit, version(levels(0), in_test_set=("mine", 2))) == []
    (found,) = held(limit, version(levels(0), in_test_set=("mine", 3)))
    assert found.message == "3 rows of logs (0.30%) occur in the test set mine; allowed are 0.20%."


@pytest.mark.parametrize("compared", [None, ("other", 0)])
def test_a_version_that_was_not_compared_with_the_test_set_is_held(compared: tuple[str, int] | None) -> None:
    found = held({"test_set": {"name": "mine"}}, version(levels(0), in_test_set=compared))
    assert rules(found) == [("test_set", "mine")]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"id": "int64!", "message": "string"}, None),
        ({"id": "int64!"}, "message was removed"),
        ({"id": "int64!", "message": "string", "host": "string"}, "host was added"),
        ({"id": "int32!", "message": "string"}, "id was int64, never null and is int32, never null"),
        ({"id": "int64", "message": "string"}, "id was int64, never null and is int64"),
    ],
)
def test_changed_columns(fields: dict[str, str], words: str | None) -> None:
    before = version(levels(0), fields={"id": "int64!", "message": "string"})
    new = version(levels(0), fields=fields)
    found = held({}, new, before)
    assert [each.rule for each in found] == ([] if words is None else ["schema_change"])
    if words is not None:
        assert words in found[0].message
    assert held({"schema_change": "allow"}, new, before) == []


def test_changed_data_types() -> None:
    found = held({}, version(levels(0), kind="ips"), version(levels(0)))
    assert [each.message for each in found] == [
        "logs is no longer in the dataset.",
        "ips is new in the dataset.",
    ]


# Of 10% and 20% errors, the Jensen-Shannon distance is 0.12.
@pytest.mark.parametrize(("limit", "is_held"), [(0.13, False), (0.11, True)])
@pytest.mark.parametrize("column", ["logs.log_level", "*"])
def test_drift_of_categories(limit: float, is_held: bool, column: str) -> None:
    found = held({"max_drift": {column: limit}}, version(levels(200)), version(levels(100)))
    assert rules(found) == ([("max_drift", "logs.log_level")] if is_held else [])
    if is_held:
        assert "went from" in found[0].message


@pytest.mark.parametrize(("limit", "is_held"), [(0.31, False), (0.29, True)])
def test_drift_of_numbers(limit: float, is_held: bool) -> None:
    before, after = (
        pl.DataFrame({"score": [each / 1_000 for each in range(start, start + 1_000)]}) for start in (0, 300)
    )
    found = held({"max_drift": {"logs.score": limit}}, version(after), version(before))
    assert rules(found) == ([("max_drift", "logs.score")] if is_held else [])


def test_a_named_column_has_its_own_limit() -> None:
    gate = {"max_drift": {"*": 0, "logs.log_level": 1}}
    assert held(gate, version(levels(500)), version(levels(100))) == []


def test_later_times_are_drift_only_of_a_named_column() -> None:
    old, new = (
        version(
            pl.DataFrame({"timestamp": pl.Series(range(start, start + 500)).cast(pl.Datetime("us", "UTC"))})
        )
        for start in (0, 500)
    )
    assert held({"max_drift": {"*": 0}}, new, old) == []
    assert rules(held({"max_drift": {"logs.timestamp": 0.9}}, new, old)) == [("max_drift", "logs.timestamp")]


@pytest.mark.parametrize(("rows", "is_held"), [(99, False), (100, True)])
def test_few_rows_are_not_compared(rows: int, is_held: bool) -> None:
    gate = {"max_drift": {"*": 0.1}, "max_class_change": 0.1}
    assert bool(held(gate, version(levels(rows, rows)), version(levels(0)))) == is_held


@pytest.mark.parametrize(("errors", "is_held"), [(150, False), (151, True), (50, False), (49, True)])
def test_class_balance_of_levels(errors: int, is_held: bool) -> None:
    found = held({"max_class_change": 0.05}, version(levels(errors)), version(levels(100)))
    assert {each.rule for each in found} == ({"max_class_change"} if is_held else set())


def test_class_balance_of_labels() -> None:
    old, new = (
        version(pl.DataFrame({"label": pl.Series([1] * ones + [0] * (1_000 - ones)).cast(pl.Int8)}))
        for ones in (10, 100)
    )
    found = held({"max_class_change": 0.05}, new, old)
    assert rules(found) == [("max_class_change", "logs.label=0"), ("max_class_change", "logs.label=1")]
    assert "The share of label 1 in logs went from 1.00% to 10.00%" in found[1].message


def test_the_rows_of_an_increment_are_compared_with_the_version_before() -> None:
    before = version(levels(100, 10_000))
    new = version(levels(300, 10_200), added=levels(200, 200))
    assert rules(held({"max_drift": {"*": 0.2}}, new, before)) == [("max_drift", "logs.log_level")]
    assert held({"rows": {"max": 200}}, new, before) == []


@pytest.mark.parametrize("which", ["new", "before"])
def test_versions_without_sketches_are_held(which: str) -> None:
    whole = version(levels(0))
    bare = VersionFacts(whole.manifest, None, whole.counts)
    new, before = (bare, whole) if which == "new" else (whole, bare)
    gate = {"max_drift": {"*": 1}, "max_class_change": 1}
    assert rules(held(gate, new, before)) == [("max_drift", "sketches"), ("max_class_change", "sketches")]
    assert held({}, new, before) == []


def test_reasons_come_in_the_order_of_the_gate() -> None:
    gate = {"rows": {"min": 2_000}, "max_drift": {"*": 0}, "max_reject_ratio": 0, "max_class_change": 0}
    new = version(levels(500), rejected=1, fields={"id": "int32"})
    found = held(gate, new, version(levels(100)))
    names = [each.rule for each in found]
    order = [
        "schema_change",
        "max_drift",
        "max_reject_ratio",
        "rows.min",
        "max_class_change",
        "max_class_change",
    ]
    assert names == order
