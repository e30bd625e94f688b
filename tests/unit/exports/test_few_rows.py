"""A first version with too few rows to place the splits of all later ones says so."""

import pytest

from lumber.exports.versions.few_rows import few_rows
from lumber.steps.split import SplitMode, SplitRule

USUAL = (("train", 0.8), ("validation", 0.1), ("test", 0.1))


@pytest.mark.parametrize("rows", [1, 99])
def test_too_few_rows_are_named_with_what_is_needed_and_what_to_do(rows: int) -> None:
    found = few_rows(SplitRule(SplitMode.TIME, USUAL), {"logs": rows, "ips": 1_000})
    assert found is not None
    for text in (f"The times of {rows} row", "of logs", "fewer than 100 rows", "--new-major", "split.dates"):
        assert text in found


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        (SplitRule(SplitMode.TIME, USUAL), 100),
        (SplitRule(SplitMode.TIME, (("train", 0.5), ("test", 0.5))), 20),
        # Nothing is placed yet.
        (SplitRule(SplitMode.TIME, USUAL), 0),
        # The cuts are given.
        (SplitRule(SplitMode.TIME, (("train", 0.0), ("test", 0.0))), 1),
        # A hash divides any number of rows.
        (SplitRule(SplitMode.GROUP, USUAL), 1),
        (SplitRule(SplitMode.RANDOM, USUAL), 1),
        (SplitRule(SplitMode.NONE, (("train", 1.0),)), 1),
    ],
)
def test_enough_rows_and_splits_that_need_none_say_nothing(rule: SplitRule, rows: int) -> None:
    assert few_rows(rule, {"logs": rows}) is None
