"""Smallest hashes: the sketch that the library makes of the same values, however they are divided."""

import numpy as np
import polars as pl
import pytest
from datasketches import compact_theta_sketch, update_theta_sketch

from lumber.dataset.sketches.document import Distinct
from lumber.dataset.sketches.hashing import SEEDS, Hashes, number_hashes, text_hashes, text_hashing
from lumber.dataset.sketches.smallest import Smallest
from lumber.errors import DatasetDamaged

TEXTS = [f"line {number}" for number in range(5_000)]


def smallest(hashes: Hashes, at_once: int = 700) -> Smallest:
    found = Smallest("murmur3")
    for start in range(0, len(hashes), at_once):
        found.add(hashes[start : start + at_once])
    return found


def of_library(values: list[object]) -> compact_theta_sketch:
    sketch = update_theta_sketch(10)
    for value in values:
        sketch.update(value)  # type: ignore[arg-type]
    sketch.trim()
    return sketch.compact()


@pytest.mark.parametrize(
    "values",
    [
        np.arange(30_000) * 7_919 - 5_000,
        np.random.default_rng(1).normal(size=20_000),
        np.array([0.0, -0.0, np.nan, 1.5]),
        np.arange(1_024),
        np.arange(1_025),
        np.arange(1),
    ],
    ids=["whole", "floats", "odd floats", "exact", "one more", "one"],
)
@pytest.mark.parametrize("at_once", [700, 100_000])
def test_numbers_have_the_sketch_of_the_library(values: np.ndarray, at_once: int) -> None:
    expected = of_library(values.tolist())
    found = smallest(number_hashes(values), at_once)
    assert found.hashes.tolist() == sorted(expected)
    assert found.below == expected.theta64
    assert found.estimate == round(expected.get_estimate())


def test_texts_may_have_the_sketch_of_the_library() -> None:
    # Where Polars has another hash than the one that is known.
    assert text_hashing({"lumber": 1}) == "murmur3"
    expected = of_library([*TEXTS, "\x00"])
    found = smallest(text_hashes(pl.Series(["", *TEXTS]), "murmur3"))
    assert found.hashes.tolist() == sorted(expected)


def test_the_hash_of_polars_is_the_one_that_is_known() -> None:
    # If a new Polars has another one, sketches of texts made by it can't be merged with older ones, and are
    # made with the slower hash.
    assert text_hashing() == "xxh3"
    found = Smallest("xxh3")
    found.add(text_hashes(pl.Series(TEXTS), "xxh3"))
    assert found.estimate == pytest.approx(len(TEXTS), rel=0.1)


@pytest.mark.parametrize("rows", [0, 1, 1_000, 1_024, 1_025, 5_000])
@pytest.mark.parametrize("hashing", ["murmur3", "xxh3"])
def test_it_is_read_as_it_was_written(rows: int, hashing: str) -> None:
    found = Smallest("murmur3" if hashing == "murmur3" else "xxh3")
    found.add(number_hashes(np.arange(rows)))
    distinct = found.as_distinct()
    again = Smallest.read(distinct)
    assert (again.hashes.tolist(), again.below) == (found.hashes.tolist(), found.below)
    assert again.as_distinct() == distinct
    wrong = distinct.model_copy(update={"hash": "xxh3" if hashing == "murmur3" else "murmur3"})
    if rows:
        with pytest.raises(DatasetDamaged, match="Export the version again"):
            Smallest.read(wrong)


def test_merged_ones_are_those_of_all_values() -> None:
    hashes = number_hashes(np.arange(30_000))
    whole = smallest(hashes)
    for cut in (0, 1, 500, 20_000, 30_000):
        first, second = smallest(hashes[:cut]), smallest(hashes[max(0, cut - 400) :])
        first.merge(second)
        assert (first.hashes.tolist(), first.below) == (whole.hashes.tolist(), whole.below)


def test_other_programs_know_whose_hashes_fit_together() -> None:
    assert len(set(SEEDS.values())) == len(SEEDS)
    assert Distinct(estimate=3).model_dump() == {"estimate": 3}
