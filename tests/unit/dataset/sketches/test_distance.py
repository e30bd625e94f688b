"""How far a column moved: 0 for the same values, 1 for nothing in common, and what lies between."""

import math

import numpy as np
import polars as pl
import pytest

from lumber.dataset.sketches.distance import Distance, column_distance
from tests.sketches import sketch_of


def distance(before: list[object], after: list[object]) -> Distance | None:
    type_ = pl.String if any(isinstance(each, str) for each in (*before, *after)) else pl.Float64
    first, second = (
        sketch_of(pl.DataFrame({"a": pl.Series("a", values, type_)})) for values in (before, after)
    )
    return column_distance(first.columns["a"], first.rows, second.columns["a"], second.rows)


def value(before: list[object], after: list[object]) -> float:
    found = distance(before, after)
    assert found is not None
    return found.value


def test_distances_need_no_count_of_different_values() -> None:
    # Sketches of an earlier Lumber and of this one, merged, have none.
    column = sketch_of(pl.DataFrame({"a": ["x", "x", "y"]})).columns["a"]
    unknown = column.model_copy(update={"distinct": None})
    found = column_distance(unknown, 3, column, 3)
    assert found is not None
    assert found.value == 0


def test_the_same_values_have_no_distance() -> None:
    assert value(["a", "b", "b", None], ["b", "a", None, "b"] * 5) == pytest.approx(0)
    assert value([1.5, 2.5, None] * 100, [2.5, 1.5, None] * 100) == pytest.approx(0, abs=0.01)


def test_values_with_nothing_in_common_have_distance_1() -> None:
    assert value(["a", "b"], ["c", "d"]) == pytest.approx(1)
    assert value([1.0, 2.0], [3.0, 4.0]) == pytest.approx(1)
    assert value(["a", "a"], [None, None]) == pytest.approx(1)


def test_categories_have_the_jensen_shannon_distance() -> None:
    p, q = (0.9, 0.1), (0.5, 0.5)
    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    divergence = sum(side[at] * math.log2(side[at] / middle[at]) / 2 for side in (p, q) for at in range(2))
    found = distance(["a"] * 90 + ["b"] * 10, ["a"] * 50 + ["b"] * 50)
    assert found is not None
    assert found.value == pytest.approx(math.sqrt(divergence))
    assert found.measure == "jensen-shannon"
    assert found.most == ("'a'", 0.9, 0.5)


def test_nulls_are_a_category() -> None:
    found = distance(["a"] * 50 + ["b"] * 50, ["a"] * 30 + ["b"] * 30 + [None] * 40)
    assert found is not None
    assert found.value > 0.4
    assert found.most == ("null", 0.0, 0.4)


def test_numbers_have_the_kolmogorov_smirnov_statistic() -> None:
    random = np.random.default_rng(1)
    before, after = random.uniform(0, 1, 20_000), random.uniform(0.25, 1.25, 20_000)
    found = distance(before.tolist(), after.tolist())
    assert found is not None
    assert found.measure == "kolmogorov-smirnov"
    assert found.value == pytest.approx(0.25, abs=0.02)


def test_numbers_that_became_null_moved() -> None:
    assert value([1.0] * 100, [1.0] * 70 + [None] * 30) == pytest.approx(0.3)
    assert value([1.0] * 100, [1.0, *[None] * 99]) == pytest.approx(0.99)


def test_rare_values_beside_many_others_are_not_drift() -> None:
    before = [f"v{number}" for number in range(3_000)]
    after = [f"w{number}" for number in range(3_000)]
    assert value(before, after) == pytest.approx(0, abs=0.05)


def test_no_rows_are_not_compared() -> None:
    assert distance([], ["a"]) is None
