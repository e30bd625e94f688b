"""Sketches of columns: the same whatever the batches, exact counts, and merged as if made of all rows."""

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumber.dataset.sketches.columns import ColumnSketcher, merged
from lumber.dataset.sketches.document import ColumnSketch, KindSketch, Sketches
from lumber.dataset.sketches.hashing import Hashing
from lumber.dataset.sketches.top import CAPACITY, Top
from tests.sketches import sketch_of

ROWS = 150_000


def frame_of(rows: int = ROWS, seed: int = 1) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "id": np.arange(rows),
            "timestamp": pl.Series(np.arange(rows) * 1_000_000).cast(pl.Datetime("us", "UTC")),
            "log_level": random.choice(["INFO", "ERROR", "DEBUG"], rows, p=[0.7, 0.1, 0.2]),
            "message": [f"line {number}" for number in random.integers(0, rows, rows)],
            "score": random.normal(50, 10, rows),
            "severity_number": pl.Series(random.integers(1, 25, rows)).cast(pl.Int8),
            "sightings": random.integers(0, 1_000_000, rows),
        }
    ).with_columns(
        pl.when(pl.int_range(pl.len()) % 7 != 0).then("score").alias("score"),
        pl.when(pl.int_range(pl.len()) % 11 != 0).then("message").alias("message"),
    )


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    return frame_of()


@pytest.fixture(scope="module")
def text(frame: pl.DataFrame) -> str:
    return Sketches(kinds={"logs": sketch_of(frame)}).as_text()


@pytest.mark.parametrize("batch_rows", [777, 65_536, 100_000])
def test_batches_leave_no_trace(frame: pl.DataFrame, text: str, batch_rows: int) -> None:
    assert Sketches(kinds={"logs": sketch_of(frame, batch_rows)}).as_text() == text


def test_other_rows_have_other_sketches(frame: pl.DataFrame, text: str) -> None:
    assert Sketches(kinds={"logs": sketch_of(frame.head(ROWS - 1))}).as_text() != text


def test_what_is_known_of_a_column_agrees_with_its_values(frame: pl.DataFrame) -> None:
    found = sketch_of(frame).columns
    assert found["id"] == ColumnSketch(type="int64", nulls=0)
    for name, column in found.items():
        values = frame[name].drop_nulls()
        assert column.nulls == frame[name].null_count()
        if column.distinct is not None:
            assert column.distinct.estimate == pytest.approx(values.n_unique(), rel=0.15)
    levels = found["log_level"].top
    assert levels is not None
    assert levels.error == 0
    assert list(levels.counts.items()) == frame["log_level"].value_counts(sort=True).rows()
    scores = found["score"].quantiles
    assert scores is not None
    assert (scores.minimum, scores.maximum) == (frame["score"].min(), frame["score"].max())
    for percent in (1, 25, 50, 75, 99):
        rank = (frame["score"] <= scores.at[f"q{percent:02}"]).mean()
        assert rank == pytest.approx(percent / 100, abs=0.002)
    times = found["timestamp"].quantiles
    assert times is not None
    assert times.at["q50"] == pytest.approx(ROWS / 2 * 1_000_000, rel=0.01)


def test_merged_sketches_are_like_those_of_all_rows(frame: pl.DataFrame) -> None:
    whole = sketch_of(frame)
    both = merged(sketch_of(frame.head(90_000)), sketch_of(frame.tail(60_000)))
    assert both.rows == whole.rows
    assert both.columns.keys() == whole.columns.keys()
    for name, column in both.columns.items():
        of_whole = whole.columns[name]
        assert (column.type, column.nulls, column.distinct) == (
            of_whole.type,
            of_whole.nulls,
            of_whole.distinct,
        )
        if column.top is not None and of_whole.top is not None and of_whole.top.error == 0:
            assert column.top == of_whole.top
        if column.quantiles is not None and of_whole.quantiles is not None:
            width = of_whole.quantiles.maximum - of_whole.quantiles.minimum
            for percent, value in column.quantiles.at.items():
                assert value == pytest.approx(of_whole.quantiles.at[percent], abs=0.01 * width)


def test_merging_with_no_rows_changes_no_count(frame: pl.DataFrame) -> None:
    whole = sketch_of(frame)
    for both in (merged(whole, sketch_of(frame.clear())), merged(sketch_of(frame.clear()), whole)):
        assert both.rows == whole.rows
        for name, column in both.columns.items():
            assert column.distinct == whole.columns[name].distinct
            assert column.top == whole.columns[name].top
            assert (column.quantiles is None) == (whole.columns[name].quantiles is None)


def test_columns_of_one_side_only_are_left_out() -> None:
    first = sketch_of(pl.DataFrame({"a": ["x"], "b": ["y"], "c": ["z"]}))
    second = sketch_of(pl.DataFrame({"a": ["x"], "b": [1.5], "d": ["z"]}))
    assert list(merged(first, second).columns) == ["a"]


def test_odd_values_are_counted() -> None:
    values = pl.DataFrame(
        {
            "text": ["", "", None],
            "number": [float("nan"), float("inf"), 1.0],
            "long": ["x" * 300, "x" * 301, "y"],
        }
    )
    found = sketch_of(values).columns
    assert found["text"].distinct is not None
    assert found["text"].distinct.estimate == 1
    assert found["text"].top is not None
    assert found["text"].top.counts == {"": 2}
    assert found["number"].quantiles is not None
    assert (found["number"].quantiles.minimum, found["number"].quantiles.maximum) == (1.0, 1.0)
    assert found["long"].top is not None
    assert len(found["long"].top.counts) == 3  # cut texts stay apart


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 60), max_size=80), min_size=1, max_size=6),
    st.integers(min_value=1, max_value=20),
)
def test_counts_of_frequent_values_keep_their_bound(parts: list[list[int]], capacity: int) -> None:
    top, all_values = Top(capacity), [str(value) for part in parts for value in part]
    for part in parts:
        other = Top(capacity)
        other.add(pl.Series([str(value) for value in part], dtype=pl.String))
        top.merge(other.counts, other.error)
    assert len(top.counts) <= capacity
    assert top.error <= len(all_values) / (capacity + 1)
    for value in set(all_values) | set(top.counts):
        found, true = top.counts.get(value, 0), all_values.count(value)
        assert found <= true <= found + top.error


def test_a_frequent_value_among_many_is_found() -> None:
    values = pl.Series([f"v{number}" for number in range(20_000)] + ["often"] * 5_000).sample(
        fraction=1, shuffle=True, seed=1
    )
    top = Top()
    for start in range(0, len(values), 5_000):
        top.add(values.slice(start, 5_000))
    assert next(iter(top.ordered())) == "often"
    assert top.counts["often"] <= 5_000 <= top.counts["often"] + top.error
    assert top.error <= len(values) / (CAPACITY + 1)


def texts_of(*values: str, hashing: Hashing | None = None) -> KindSketch:
    sketcher = ColumnSketcher("message", "string", hashing)
    sketcher.add(pa.array(values))
    return KindSketch(rows=len(values), columns={"message": sketcher.finish()})


MANY = [f"line {number}" for number in range(2_000)]


def test_a_column_whose_values_are_all_known_needs_no_hashes() -> None:
    found = texts_of("a", "b", "a").columns["message"].distinct
    assert found is not None
    assert (found.estimate, found.theta) == (2, None)
    long = texts_of("a", "x" * 300).columns["message"].distinct
    assert long is not None
    assert long.theta is not None


@pytest.mark.parametrize("hashing", ["murmur3", "xxh3"])
def test_known_values_get_the_hashes_of_the_others(hashing: Hashing) -> None:
    many, few = texts_of(*MANY, hashing=hashing), texts_of("line 7", "a", "b")
    whole = texts_of(*MANY, "line 7", "a", "b", hashing=hashing).columns["message"].distinct
    assert merged(many, few).columns["message"].distinct == whole
    assert merged(few, many).columns["message"].distinct == whole
    # Together two short columns are too many to be listed.
    short = texts_of(*MANY[:400]), texts_of(*MANY[300:700])
    both = merged(*short).columns["message"].distinct
    assert both is not None
    assert both.estimate == 700


def test_hashes_of_two_kinds_are_not_mixed() -> None:
    # A version that an earlier Lumber wrote, and an increment.
    both = merged(texts_of(*MANY, hashing="murmur3"), texts_of(*MANY, hashing="xxh3"))
    assert both.columns["message"].distinct is None
    assert both.columns["message"].top is not None
    assert merged(both, texts_of("a")).columns["message"].distinct is None
