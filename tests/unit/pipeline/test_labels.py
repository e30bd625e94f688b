"""Labels against a slow reference in plain Python, which goes over every line and every anomaly."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lumber.pipeline.label_windows import range_maxima
from lumber.pipeline.labels import NO_ANOMALIES, Labeler, LabelRule

START = datetime(2026, 1, 1, tzinfo=UTC)
DEVICES = ("fw-1", "fw-2", None)
TYPES = ("port_scan", "beacon", 'a "b"\\ü\n', "", "nul\x00", None)
VERDICTS = ("true_positive", "false_positive", "unknown", None)

Row = dict[str, Any]


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
    return pl.DataFrame(rows, schema=NO_ANOMALIES.schema)


def labels(rule: LabelRule, lines: list[Row], anomalies: list[Row]) -> list[tuple[Any, ...]]:
    """Label lines and return (label, types, score, source) of each."""
    return rows_of(Labeler(rule, found(anomalies)).apply(frame(lines)))


def rows_of(labelled: pl.DataFrame) -> list[tuple[Any, ...]]:
    return labelled.select("label", "anomaly_types", "anomaly_score", "label_source").rows()


# -- the reference


def reference(rule: LabelRule, lines: list[Row], anomalies: list[Row]) -> list[tuple[Any, ...]]:
    return [_label(rule, each, anomalies) for each in lines]


def _label(rule: LabelRule, each: Row, anomalies: list[Row]) -> tuple[Any, ...]:
    said = []
    for one in anomalies:
        source = _source(rule, each, one)
        if source is None or (rule.detectors and one["detector"] not in rule.detectors):
            continue
        said.append((_vote(rule, one), source, one))
    votes = {vote for vote, _, _ in said if vote is not None}
    if not votes:
        return (0, None, None, "assumed_normal") if rule.assume_normal and not said else (None,) * 4
    label = max(votes)
    why = [(source, one) for vote, source, one in said if vote == label]
    types = {one["anomaly_type"] for _, one in why if _is_usable(one["anomaly_type"])}
    scores = [score for _, one in why if (score := _score(one)) is not None]
    text = json.dumps(sorted(types), separators=(",", ":"), ensure_ascii=False)
    return label, text, max(scores, default=None), max(source for source, _ in why)


def _source(rule: LabelRule, each: Row, one: Row) -> str | None:
    if one["log_entry_id"] is not None:
        return "log_entry" if one["log_entry_id"] == each["id"] else None
    if rule.window_us is None or one["device_id"] is None or one["device_id"] != each["device_id"]:
        return None
    before, after = (timedelta(microseconds=span) for span in rule.window_us)
    is_near = one["timestamp"] - before <= each["timestamp"] <= one["timestamp"] + after
    return "device_window" if is_near else None


def _vote(rule: LabelRule, one: Row) -> int | None:
    if one["verdict"] == "false_positive":
        return 0
    return None if rule.confirmed_only and one["verdict"] != "true_positive" else 1


def _is_usable(type_: str | None) -> bool:
    return type_ is not None and type_ != "" and "\x00" not in type_


def _score(one: Row) -> float | None:
    raw = one["score"] if one["score_raw"] is None else one["score_raw"]
    if one["score_max"] is not None and one["score_max"] > 0:
        score = None if raw is None else raw / one["score_max"]
    else:
        score = one["score"] if one["score"] is not None else one["score_raw"]
    return score if score is not None and 0 <= score <= 1 else None


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


@settings(max_examples=300, deadline=None)
@given(rules, lines_of_chance, anomalies_of_chance)
@example(LabelRule((0, 0)), [line(1, 3, "fw-1")], [anomaly(log_entry_id=None, device_id="fw-1")])
def test_labels_are_those_of_a_slow_look_at_every_pair(
    rule: LabelRule, lines: list[Row], anomalies: list[Row]
) -> None:
    assert labels(rule, lines, anomalies) == reference(rule, lines, anomalies)


@settings(max_examples=100, deadline=None)
@given(rules, lines_of_chance, anomalies_of_chance, st.data())
def test_neither_batches_nor_the_order_of_anomalies_change_a_label(
    rule: LabelRule, lines: list[Row], anomalies: list[Row], data: st.DataObject
) -> None:
    whole = labels(rule, lines, anomalies)
    labeler = Labeler(rule, found(data.draw(st.permutations(anomalies))))
    size = data.draw(st.integers(1, 5))
    parts = [labeler.apply(frame(lines[start : start + size])) for start in range(0, len(lines), size)]
    assert [row for part in parts for row in rows_of(part)] == whole


@settings(max_examples=100, deadline=None)
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
