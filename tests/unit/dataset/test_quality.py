"""The quality report: counts that add up, however the rows were cut into batches and partitions."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.catalog.registry import get_kind
from lumber.dataset.nulls import MOST_BINS
from lumber.dataset.quality import NAMES_KEPT, OTHER, Quality, quality_report, time_text
from lumber.dataset.times import GAPS_KEPT
from lumber.steps.cast import TIME_MAX_US, TIME_MIN_US, cast_batch
from lumber.steps.transform import DataTransformer
from lumber.store.types import from_microseconds
from tests.examples import examples
from tests.unit.engine.batches import NOON, batch_of

DAY = 86_400_000_000
NOTHING: Counter[str] = Counter()


def records(*rows: dict[str, Any], kind: str = "logs") -> pa.RecordBatch:
    found = get_kind(kind)
    return DataTransformer(found).apply(cast_batch(batch_of(found, *rows), found).frame)


def quality_of(*batches: Sequence[dict[str, Any]], kind: str = "logs") -> Quality:
    quality = Quality()
    for rows in batches:
        quality.add(records(*rows, kind=kind), get_kind(kind))
    return quality


def report_of(
    quality: Quality, *, read: int, rules: Counter[str] = NOTHING, kind: str = "logs"
) -> dict[str, Any]:
    report = quality_report(
        get_kind(kind), quality, read=read, rules=rules, changes=Counter({"b": 2, "a": 1})
    )
    return json.loads(json.dumps(report, allow_nan=False))


def test_a_report_describes_what_was_written() -> None:
    rows = [
        {"severity_text": "err", "process_name": "sshd", "device_id": "a"},
        {"severity_text": "err", "process_name": None},
        {"severity_text": "loud", "process_name": "sshd", "timestamp": NOON + timedelta(days=1)},
    ]
    report = report_of(quality_of(rows), read=4, rules=Counter({"message.required": 1}))
    assert report["rows"] == 3
    assert report["levels"] == {"ERROR": 2, "(none)": 1}
    assert report["processes"] == {"sshd": 2, "(none)": 1}
    assert report["fields"]["device_id"] == {"completeness": 0.333333, "conformity": 1.0}
    assert report["fields"]["message"] == {"completeness": 1.0, "conformity": 0.75}
    assert report["fields"]["log_level"]["completeness"] == 0.666667
    assert report["time"] == {
        "first": "2026-01-01T12:00:00.000000Z",
        "last": "2026-01-02T12:00:00.000000Z",
        "quantiles": {
            "q01": "2026-01-01T12:00:00.000000Z",
            "q25": "2026-01-01T12:00:00.000000Z",
            "q50": "2026-01-01T12:00:00.000000Z",
            "q75": "2026-01-02T12:00:00.000000Z",
            "q99": "2026-01-02T12:00:00.000000Z",
        },
        "quantile_error_seconds": 1.048576,
        "main": {
            "rows": 3,
            "first": "2026-01-01T12:00:00.000000Z",
            "last": "2026-01-02T12:00:00.000000Z",
        },
        "far_out": {"rows": 0, "before": None, "after": None, "ranges": []},
        "rows_per_day": {"2026-01-01": 2, "2026-01-02": 1},
        "longest_gaps": [{"after": "2026-01-01T12:00:00.000000Z", "seconds": 86400.0}],
        "bins": {
            "seconds": 1.048576,
            "start": "2026-01-01T11:59:59.217664Z",
            "places": [0, 82_398],
            "rows": [2, 1],
        },
        "nulls": {
            "seconds": 1.048576,
            "start": "2026-01-01T11:59:59.217664Z",
            "places": [0, 82_398],
            "rows": [2, 1],
            "columns": {
                "log_level": [0, 1],
                "severity_number": [0, 1],
                "process_name": [1, 0],
                "device_id": [1, 1],
            },
        },
    }
    assert report["rejects_by_rule"] == {"message.required": 1}
    assert list(report["changes"]) == ["a", "b"]


def test_no_rows_are_described_without_a_division_by_zero() -> None:
    report = report_of(Quality(), read=0)
    assert report["rows"] == 0
    assert report["fields"]["message"] == {"completeness": None, "conformity": None}
    time = report["time"]
    assert (time["first"], time["last"], time["main"], time["far_out"]["rows"]) == (None, None, None, 0)
    assert (time["rows_per_day"], time["longest_gaps"]) == ({}, [])
    assert "bins" not in time
    assert set(time["quantiles"].values()) == {None}


def test_a_kind_without_levels_and_processes_says_so() -> None:
    report = report_of(quality_of([{}, {}], kind="ips"), read=2, kind="ips")
    assert (report["levels"], report["processes"]) == (None, None)
    assert list(report["fields"]) == get_kind("ips").schema.names


def plain(times: Sequence[int]) -> dict[str, Any]:
    """Say the same of sorted times in plain Python."""
    gaps = sorted(((a, b - a) for a, b in pairwise(times) if b > a), key=lambda gap: (-gap[1], gap[0]))
    return {
        "days": Counter(from_microseconds(time).date().isoformat() for time in times),
        "edges": (times[0], times[-1]) if times else (None, None),
        "gaps": gaps[:GAPS_KEPT],
    }


@examples(60)
@given(
    times=st.lists(st.integers(-5 * DAY, 5 * DAY) | st.integers(TIME_MIN_US, TIME_MAX_US), max_size=30).map(
        sorted
    ),
    cuts=st.lists(st.integers(0, 30), max_size=5).map(sorted),
    partition=st.integers(0, 5),
)
def test_batches_and_partitions_leave_no_trace(times: list[int], cuts: list[int], partition: int) -> None:
    edges = [0, *cuts, max(30, len(times))]
    parts = [[{"timestamp": time} for time in times[a:b]] for a, b in pairwise(edges)]
    merged = quality_of(*parts[:partition])
    merged.merge(quality_of(*parts[partition:]))
    expected = plain(times)
    assert (merged.rows, merged.days) == (len(times), expected["days"])
    assert (merged.first_us, merged.last_us) == expected["edges"]
    assert merged.times.longest_gaps(merged.times.bins) == expected["gaps"]
    assert merged.filled["message"] == len(times)


def test_times_that_are_not_written_have_no_bins() -> None:
    kind = get_kind("logs")
    without = replace(kind, schema=pa.schema([field for field in kind.schema if field.name != "timestamp"]))
    quality = quality_of([{"message": "a"}, {"message": "b"}])
    report = quality_report(without, quality, read=2, rules=NOTHING, changes=NOTHING)
    assert "bins" not in report["time"]


@examples(60)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 400 * DAY), st.none() | st.just("a"), st.none() | st.just("b")), max_size=200
    ).map(lambda rows: sorted(rows, key=lambda row: row[0])),
    cuts=st.lists(st.integers(0, 200), max_size=5).map(sorted),
    partition=st.integers(0, 5),
)
def test_nulls_over_time_are_in_few_bins_and_add_up_however_they_were_cut(
    rows: list[tuple[int, str | None, str | None]], cuts: list[int], partition: int
) -> None:
    records_ = [{"timestamp": time, "process_name": name, "device_id": device} for time, name, device in rows]
    edges = [0, *cuts, max(200, len(rows))]
    parts = [records_[a:b] for a, b in pairwise(edges)]
    merged = quality_of(*parts[:partition])
    merged.merge(quality_of(*parts[partition:]))
    assert merged.nulls == quality_of(records_).nulls
    time = report_of(merged, read=len(rows))["time"]
    if not rows:
        return
    bins = time["bins"]
    assert len(bins["rows"]) == len(bins["places"]) <= 256
    assert sum(bins["rows"]) == time["main"]["rows"]
    if time["nulls"] is None:
        return
    assert len(time["nulls"]["rows"]) == len(time["nulls"]["places"]) <= MOST_BINS
    assert sum(time["nulls"]["rows"]) == time["main"]["rows"]
    if time["far_out"]["rows"] == 0:
        for place, column in ((1, "process_name"), (2, "device_id")):
            nulls = sum(row[place] is None for row in rows)
            assert sum(time["nulls"]["columns"].get(column, [])) == (nulls if nulls < len(rows) else 0)


def test_what_is_added_later_may_be_older() -> None:
    """The new rows of an increment may lie within the times of the version before."""
    first, new = ({"timestamp": NOON + timedelta(hours=hours), "message": "a"} for hours in (5, 2))
    merged = quality_of([first])
    merged.merge(quality_of([new]))
    assert (merged.first_us, merged.last_us) == (
        quality_of([new]).first_us,
        quality_of([first]).last_us,
    )


def test_of_many_bins_a_report_has_few() -> None:
    records = [{"timestamp": NOON + timedelta(seconds=4 * number)} for number in range(400)]
    bins = report_of(quality_of(records), read=400)["time"]["bins"]
    assert 128 < len(bins["places"]) <= 256
    assert sum(bins["rows"]) == 400
    assert bins["places"][0] == 0
    assert bins["places"][-1] * bins["seconds"] == pytest.approx(399 * 4, abs=bins["seconds"])


def test_far_times_are_named_and_stretch_no_gap() -> None:
    """A week of lines each ten minutes with one gap of two hours, and three damaged times."""
    minutes = [minute for minute in range(0, 7 * 1_440, 10) if not 3_000 < minute < 3_120]
    week = [{"timestamp": NOON + timedelta(minutes=minute)} for minute in minutes]
    times = [{"timestamp": 5_000_000}, *week, *[{"timestamp": 20_212_156_800_000_000}] * 2]
    report = report_of(quality_of(times[:100], times[100:]), read=len(times))["time"]
    assert report["first"] == "1970-01-01T00:00:05.000000Z"
    assert report["last"] == "2610-07-02T00:00:00.000000Z"
    assert report["main"] == {
        "rows": len(week),
        "first": "2026-01-01T12:00:00.000000Z",
        "last": "2026-01-08T11:50:00.000000Z",
    }
    early = {"rows": 1, "first": report["first"], "last": report["first"]}
    late = {"rows": 2, "first": report["last"], "last": report["last"]}
    assert report["far_out"] == {"rows": 3, "before": early, "after": late, "ranges": [early, late]}
    assert report["longest_gaps"][0] == {"after": "2026-01-03T14:00:00.000000Z", "seconds": 7_200.0}
    assert {gap["seconds"] for gap in report["longest_gaps"][1:]} == {600.0}
    assert report["quantiles"]["q50"].startswith("2026-01-0")


def test_the_report_names_the_most_frequent_exactly_and_sums_the_others() -> None:
    names = [f"process-{index:05d}" for index in range(3 * NAMES_KEPT)]
    quality = quality_of([{"process_name": "often"}] * 5)
    for start in range(0, len(names), 500):
        rows = [{"process_name": name} for name in names[start : start + 500]]
        quality.add(records(*rows), get_kind("logs"))
    shown = quality_report(get_kind("logs"), quality, read=quality.rows, rules=Counter(), changes=Counter())
    processes = shown["processes"]
    assert next(iter(processes.items())) == ("often", 5)
    assert list(processes)[1:-1] == names[: NAMES_KEPT - 1]
    assert processes[OTHER] == len(names) - (NAMES_KEPT - 1)
    assert sum(processes.values()) == quality.rows


def test_names_of_one_count_are_in_the_same_order_whatever_the_batches() -> None:
    rows = [{"process_name": f"process-{index % 30}"} for index in range(300)]
    orders = []
    for parts in ([rows], [rows[:7], rows[7:100], rows[100:]]):
        quality = quality_of(*parts)
        report = quality_report(get_kind("logs"), quality, read=300, rules=Counter(), changes=Counter())
        orders.append(list(report["processes"].items()))
    assert orders[0] == orders[1]


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (TIME_MIN_US, "0001-01-01T00:00:00.000000Z"),
        (TIME_MAX_US, "9999-12-31T23:59:59.999999Z"),
        (TIME_MAX_US + 1, "253402300800000000 microseconds since 1970"),
        (-(2**63), "-9223372036854775808 microseconds since 1970"),
    ],
)
def test_a_time_is_iso_8601_where_the_calendar_has_it(time: int, text: str) -> None:
    assert time_text(time) == text
