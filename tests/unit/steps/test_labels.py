"""Labels against a slow reference in plain Python, which goes over every line and every anomaly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lumber.catalog.kinds.logs import KIND as LOGS
from lumber.steps.label_windows import range_maxima
from lumber.steps.labels import Labeler, LabelRule, read_findings
from tests.examples import examples
from tests.label_reference import Row, reference

SOURCE = LOGS.labels_from
assert SOURCE is not None
START = datetime(2026, 1, 1, tzinfo=UTC)
DEVICES = ("fw-1", "fw-2", None)
TYPES = ("port_scan", "beacon", 'a "b"\\ü\n', "", "nul\x00", None)
VERDICTS = ("true_positive", "false_positive", "unknown", None)


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def anomaly(**values: Any) -> Row:
    """Make an anomaly of the line 1, certain and confirmed by nobody."""
    plain: Row = {
        "id": 1,
        "log_entry_id": 1,
        "device_id": None,
        "timestamp": at(0),
        "anomaly_type": "port_scan",
        "score": 0.5,
        "score_raw": None,
        "score_max": None,
        "detector": "d1",
        "verdict": None,
    }
    return plain | values


def line(id_: int = 1, second: float = 0, device: str | None = None) -> Row:
    return {"id": id_, "timestamp": at(second), "device_id": device}


def frame(rows: list[Row]) -> pl.DataFrame:
    types = {"id": pl.Int64, "timestamp": pl.Datetime("us", "UTC"), "device_id": pl.String}
    return pl.DataFrame(rows, schema=types)


def found(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=read_findings(SOURCE, []).schema)


def labels(rule: LabelRule, lines: list[Row], anomalies: list[Row]) -> list[tuple[Any, ...]]:
    """Label lines and return (label, types, score, source) of each."""
    return rows_of(Labeler(rule, LOGS, found(anomalies)).apply(frame(lines)))


def rows_of(labelled: pl.DataFrame) -> list[tuple[Any, ...]]:
    return labelled.select("label", "anomaly_types", "anomaly_score", "label_source").rows()


seconds = st.integers(0, 30)
scores = st.none() | st.sampled_from([0.0, 0.25, 0.5, 1.0, 1.5, -1.0, 50.0])
anomalies_of_chance = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.just(1),
            "log_entry_id": st.none() | st.integers(1, 12),
            "device_id": st.sampled_from(DEVICES),
            "timestamp": seconds.map(at),
            "anomaly_type": st.sampled_from(TYPES),
            "score": scores,
            "score_raw": scores,
            "score_max": st.sampled_from([None, 0.0, 100.0]),
            "detector": st.sampled_from(["d1", "d2", None]),
            "verdict": st.sampled_from(VERDICTS),
        }
    ),
    max_size=14,
)
lines_of_chance = st.lists(
    st.builds(line, st.integers(1, 12), seconds, st.sampled_from(DEVICES)), max_size=14
)
windows = st.none() | st.tuples(st.integers(0, 8), st.integers(0, 8)).map(
    lambda pair: (pair[0] * 1_000_000, pair[1] * 1_000_000)
)
rules = st.builds(
    LabelRule, windows, st.booleans(), st.booleans(), st.sampled_from([(), ("d1",), ("d1", "d2")])
)


@examples(300)
@given(rules, lines_of_chance, anomalies_of_chance)
@example(LabelRule((0, 0)), [line(1, 3, "fw-1")], [anomaly(log_entry_id=None, device_id="fw-1")])
def test_labels_are_those_of_a_slow_look_at_every_pair(
    rule: LabelRule, lines: list[Row], anomalies: list[Row]
) -> None:
    assert labels(rule, lines, anomalies) == reference(rule, lines, anomalies)


@examples(100)
@given(rules, lines_of_chance, anomalies_of_chance, st.data())
def test_neither_batches_nor_the_order_of_anomalies_change_a_label(
    rule: LabelRule, lines: list[Row], anomalies: list[Row], data: st.DataObject
) -> None:
    whole = labels(rule, lines, anomalies)
    labeler = Labeler(rule, LOGS, found(data.draw(st.permutations(anomalies))))
    size = data.draw(st.integers(1, 5))
    parts = [labeler.apply(frame(lines[start : start + size])) for start in range(0, len(lines), size)]
    assert [row for part in parts for row in rows_of(part)] == whole


@examples(100)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.data())
def test_range_maxima_are_those_of_slices(values: list[int], data: st.DataObject) -> None:
    ends = st.integers(0, len(values))
    ranges = data.draw(st.lists(st.tuples(ends, ends).map(sorted), max_size=10))
    array = pl.Series(values, dtype=pl.Float64).to_numpy()
    starts, stops = (pl.Series([pair[at] for pair in ranges], dtype=pl.Int64).to_numpy() for at in (0, 1))
    maxima = pl.Series(range_maxima(array, starts, stops), nan_to_null=True).to_list()
    assert maxima == [max(values[start:stop], default=None) for start, stop in ranges]


# -- the policies, one by one


def test_a_line_without_an_anomaly_has_no_label() -> None:
    assert labels(LabelRule(), [line()], []) == [(None, None, None, None)]


def test_a_line_without_an_anomaly_is_normal_where_that_is_assumed() -> None:
    assert labels(LabelRule(assume_normal=True), [line()], []) == [(0, None, None, "assumed_normal")]


@pytest.mark.parametrize(
    ("verdict", "label", "confirmed"),
    [("true_positive", 1, 1), ("false_positive", 0, 0), ("unknown", 1, None), (None, 1, None)],
)
def test_a_verdict_decides(verdict: str | None, label: int, confirmed: int | None) -> None:
    anomalies = [anomaly(verdict=verdict)]
    assert labels(LabelRule(), [line()], anomalies)[0][0] == label
    strict = LabelRule(confirmed_only=True, assume_normal=True)
    # What nobody confirmed is not normal either.
    assert labels(strict, [line()], anomalies)[0][0] == confirmed


def test_the_anomalies_that_decided_are_named_and_no_others() -> None:
    anomalies = [
        anomaly(anomaly_type="b", score=0.2),
        anomaly(anomaly_type="a", score=0.4),
        anomaly(anomaly_type="b", score=0.3),
        anomaly(anomaly_type="no", score=0.9, verdict="false_positive"),
    ]
    assert labels(LabelRule(), [line()], anomalies) == [(1, '["a","b"]', 0.4, "log_entry")]


def test_an_id_is_named_before_a_window_and_both_give_types_and_score() -> None:
    near = anomaly(log_entry_id=None, device_id="fw-1", anomaly_type="near", score=0.9)
    both = labels(LabelRule((0, 0)), [line(device="fw-1")], [anomaly(), near])
    assert both == [(1, '["near","port_scan"]', 0.9, "log_entry")]


def test_a_window_reaches_its_ends_and_no_microsecond_further() -> None:
    rule = LabelRule((2_000_000, 1_000_000))
    near = anomaly(log_entry_id=None, device_id="fw-1", timestamp=at(10))
    times = [7.999999, 8, 11, 11.000001]
    lines = [line(number, second, "fw-1") for number, second in enumerate(times)]
    assert [row[0] for row in labels(rule, lines, [near])] == [None, 1, 1, None]


def test_an_anomaly_of_a_line_says_nothing_of_its_neighbours() -> None:
    rule = LabelRule((60_000_000, 60_000_000))
    of_other = anomaly(log_entry_id=2, device_id="fw-1")
    assert labels(rule, [line(1, 0, "fw-1")], [of_other]) == [(None, None, None, None)]


def test_only_the_chosen_detectors_count() -> None:
    rule = LabelRule(detectors=("d2",), assume_normal=True)
    assert labels(rule, [line()], [anomaly()]) == [(0, None, None, "assumed_normal")]
    assert labels(rule, [line()], [anomaly(detector="d2")])[0][0] == 1


def test_a_detectors_own_scale_becomes_0_to_1() -> None:
    rescaled = anomaly(score=None, score_raw=80.0, score_max=100.0)
    assert labels(LabelRule(), [line()], [rescaled])[0][2] == 0.8


@pytest.mark.parametrize("broken", [{"score": 7.0}, {"score_raw": 1e308, "score_max": 1e-300}])
def test_an_anomaly_with_an_impossible_score_labels_without_it(broken: Row) -> None:
    assert labels(LabelRule(), [line()], [anomaly(**broken)]) == [(1, '["port_scan"]', None, "log_entry")]


@pytest.mark.parametrize("type_", ["", "nul\x00", None])
def test_an_anomaly_without_a_usable_type_labels_without_it(type_: str | None) -> None:
    assert labels(LabelRule(), [line()], [anomaly(anomaly_type=type_)]) == [(1, "[]", 0.5, "log_entry")]


def test_ten_thousand_windows_over_one_another_are_no_more_work_than_their_edges() -> None:
    day = 86_400_000_000
    near = [anomaly(log_entry_id=None, device_id="fw-1", timestamp=at(number)) for number in range(10_000)]
    lines = [line(number, number, "fw-1") for number in range(10_000)]
    answer = labels(LabelRule((day, day)), lines, near)
    assert set(answer) == {(1, '["port_scan"]', 0.5, "device_window")}


def test_text_that_is_not_utf_8_is_a_value_that_is_not_known() -> None:
    columns = {
        "id": pa.array([1], pa.int64()),
        "log_entry_id": pa.array([1], pa.int64()),
        "timestamp": pa.array([0], pa.int64()),
        **{name: pa.array([0.5], pa.float64()) for name in ("score", "score_raw", "score_max")},
        **{
            name: pa.array([b"\xff"], pa.binary()).view(pa.string())
            for name in ("device_id", "anomaly_type", "detector", "verdict")
        },
    }
    anomalies = read_findings(SOURCE, [pa.RecordBatch.from_pydict(columns)])
    labelled = Labeler(LabelRule((0, 0)), LOGS, anomalies).apply(frame([line()]))
    assert rows_of(labelled) == [(1, "[]", 1.0, "log_entry")]


def test_no_anomalies_at_all_are_anomalies_too() -> None:
    assert rows_of(Labeler(LabelRule((0, 0)), LOGS, read_findings(SOURCE, [])).apply(frame([line()]))) == [
        (None,) * 4
    ]
