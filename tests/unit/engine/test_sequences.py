"""Sequences: windows over the events of each device of each split."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.catalog.registry import get_kind
from lumber.dataset.derived import SEQUENCES
from lumber.engine.sequences import events as events_module
from lumber.engine.sequences.builder import WindowBuilder, build_windows
from lumber.engine.sequences.events import EVENT_SCHEMA, DevicePart, StagedEvents, last_times, read_events
from lumber.engine.sequences.job import part_count
from lumber.engine.sequences.options import WindowOptions
from lumber.errors import ConfigError
from lumber.formats import columnar
from lumber.steps.step import Records
from tests.examples import examples

TIME = pl.Datetime("us", "UTC")
EVENT = {
    "split": pl.String,
    "device_id": pl.String,
    "timestamp": pl.Int64,
    "id": pl.Int64,
    "template_id": pl.String,
    "label": pl.Int8,
}


def events_of(*rows: tuple[str, str | None, float, int | None]) -> pl.DataFrame:
    """Make events of (split, device, seconds, label); ids count up, templates are t0, t1, ..."""
    whole = [
        (split, device, round(seconds * 1_000_000), place, f"t{place}", label)
        for place, (split, device, seconds, label) in enumerate(rows)
    ]
    return pl.DataFrame(whole, EVENT, orient="row").cast({"timestamp": TIME})


def of_one_device(*seconds: float) -> pl.DataFrame:
    return events_of(*(("train", "a", second, 0) for second in seconds))


def templates(frame: pl.DataFrame) -> list[str]:
    """Return the events of each window, as the digits of their templates."""
    return ["".join(name[1:] for name in names) for names in frame["template_ids"].to_list()]


def built(events: pl.DataFrame, batches: list[int], options: WindowOptions) -> pl.DataFrame:
    """Build with batches of these lengths, in turn."""
    builder = WindowBuilder(options)
    parts, start = [], 0
    while start < len(events):
        size = batches[len(parts) % len(batches)]
        parts.append(builder.add(events.slice(start, size)))
        start += size
    return pl.concat([*parts, builder.add(events.clear()), builder.finish()])


TYPES = {field.name: field.type for field in EVENT_SCHEMA if field.name != "place"}


# What the options mean, said again with a loop for each device.


def expected(events: pl.DataFrame, options: WindowOptions) -> set[tuple[Any, ...]]:
    """Return (split, device, ids) of every window."""
    found = set()
    last = {row["split"]: row["timestamp"].timestamp() for row in events.iter_rows(named=True)}
    groups: dict[tuple[str, str | None], list[tuple[float, int]]] = {}
    for row in events.iter_rows(named=True):
        group = groups.setdefault((row["split"], row["device_id"]), [])
        group.append((row["timestamp"].timestamp(), row["id"]))
    for (split, device), group in groups.items():
        if options.mode == "session":
            windows = list(_sessions(group, last[split], options))
        elif options.unit == "seconds":
            windows = list(_seconds(group, last[split], options))
        else:
            windows = list(_events(group, options))
        whole = [ids for ids, is_whole in windows if is_whole]
        short = [ids for ids, is_whole in windows if not is_whole]
        if options.drop_last or (options.drop_last is None and options.mode == "sliding" and whole):
            short = []
        elif options.drop_last is None and options.mode == "sliding":
            short = short[:1]
        found |= {(split, device, tuple(ids)) for ids in [*whole, *short]}
    return found


def _cut(ids: list[int], is_whole: bool, length: int) -> Iterator[tuple[list[int], bool]]:
    for start in range(0, len(ids), length):
        piece = ids[start : start + length]
        yield piece, is_whole or len(piece) == length


def _sessions(
    group: list[tuple[float, int]], last: float, options: WindowOptions
) -> Iterator[tuple[list[int], bool]]:
    sessions = [[group[0]]]
    for before, event in pairwise(group):
        if event[0] - before[0] > options.gap_seconds:
            sessions.append([])
        sessions[-1].append(event)
    for session in sessions:
        is_whole = session is not sessions[-1] or session[-1][0] + options.gap_seconds < last
        yield from _cut([id_ for _, id_ in session], is_whole, options.max_length)


def _seconds(
    group: list[tuple[float, int]], last: float, options: WindowOptions
) -> Iterator[tuple[list[int], bool]]:
    step, size = options.stride, options.size
    for lane in range(int(group[0][0] - size) // step, int(group[-1][0]) // step + 1):
        ids = [id_ for seconds, id_ in group if lane * step <= seconds < lane * step + size]
        yield from _cut(ids, lane * step + size <= last, options.max_length)


def _events(group: list[tuple[float, int]], options: WindowOptions) -> Iterator[tuple[list[int], bool]]:
    ids = [id_ for _, id_ in group]
    covered = 0
    for start in range(0, len(ids), options.stride):
        window = ids[start : start + options.size]
        if len(window) == options.size or start + len(window) > covered:
            yield window, len(window) == options.size
        covered = max(covered, start + len(window))


EVENT_ROW = st.tuples(
    st.sampled_from(["train", "train", "train", "test"]),
    st.sampled_from(["a", "a", "a", "b", "", None]),
    st.sampled_from([0, 0, 0, 0.5, 1, 2, 3, 7]),
    st.sampled_from([0, 0, 1, None]),
)
# A length first: lists alone are mostly too short for a whole window.
EVENTS = st.integers(0, 40).flatmap(lambda length: st.lists(EVENT_ROW, min_size=length, max_size=length))
SIZE_AND_STEP = st.integers(1, 6).flatmap(lambda size: st.tuples(st.just(size), st.integers(1, size)))
OPTIONS = st.one_of(
    st.builds(
        lambda size, drop_last: WindowOptions(size=size[0], step=size[1], drop_last=drop_last),
        SIZE_AND_STEP,
        st.sampled_from([None, True, False]),
    ),
    st.builds(
        lambda size, length, drop_last: WindowOptions(
            unit="seconds", size=size[0], step=size[1], max_length=length, drop_last=drop_last
        ),
        SIZE_AND_STEP,
        st.integers(1, 8),
        st.sampled_from([None, True, False]),
    ),
    st.builds(
        lambda gap, length, drop_last: WindowOptions(
            mode="session", gap_seconds=gap, max_length=length, drop_last=drop_last
        ),
        st.integers(1, 5),
        st.integers(1, 8),
        st.sampled_from([None, True, False]),
    ),
)


def in_time(rows: list[tuple[str, str | None, float, int | None]]) -> pl.DataFrame:
    """Make events whose seconds are those since the event before."""
    seconds, whole = 0.0, []
    for split, device, since, label in rows:
        seconds += since
        whole.append((split, device, seconds, label))
    return events_of(*whole)


@given(EVENTS, OPTIONS)
def test_windows_hold_what_the_options_say(rows: list[Any], options: WindowOptions):
    events = in_time(rows)
    frame = build_windows(events, options)
    found = [
        (split, device, tuple(int(name[1:]) for name in names))
        for split, device, names in frame.select("split", "device_id", "template_ids").iter_rows()
    ]
    if options.unit == "seconds" and options.mode == "sliding":
        assert set(found) == expected(events, options)
    else:
        assert sorted(found, key=str) == sorted(expected(events, options), key=str)
    assert frame["sequence_id"].is_unique().all()


@given(EVENTS, OPTIONS, st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_batches_do_not_show(rows: list[Any], options: WindowOptions, batches: list[int]):
    events = in_time(rows)
    assert built(events, batches, options).equals(build_windows(events, options))


@given(EVENTS, OPTIONS)
def test_a_window_says_what_its_events_say(rows: list[Any], options: WindowOptions):
    events = in_time(rows)
    by_id = {row["id"]: row for row in events.iter_rows(named=True)}
    for window in build_windows(events, options).iter_rows(named=True):
        inside = [by_id[int(name[1:])] for name in window["template_ids"]]
        times, labels = [row["timestamp"] for row in inside], [row["label"] for row in inside]
        assert {(row["split"], row["device_id"]) for row in inside} == {
            (window["split"], window["device_id"])
        }
        assert (window["start"], window["end"]) == (times[0], times[-1])
        assert (window["first_id"], window["last_id"]) == (inside[0]["id"], inside[-1]["id"])
        steps = [(after - before).total_seconds() * 1000 for before, after in pairwise(times)]
        assert window["deltas_ms"] == [0, *steps]
        assert window["labels"] == labels
        assert window["label"] == (1 if 1 in labels else None if None in labels else 0)


@given(EVENTS, OPTIONS)
@examples(40)
def test_a_builder_holds_no_more_than_open_windows(rows: list[Any], options: WindowOptions):
    builder = WindowBuilder(options)
    events = in_time(rows)
    for place in range(len(events)):
        builder.add(events.slice(place, 1))
        held = builder._held
        longest = (
            options.size - 1
            if (options.mode, options.unit) == ("sliding", "events")
            else options.max_length - 1
        )
        overlap = -(-options.size // options.stride) if options.unit == "seconds" else 1
        assert held.is_empty() or held.group_by("split", "device").len()["len"].max() <= longest * overlap


@given(EVENTS, OPTIONS, st.integers(2, 4))
def test_parts_of_the_devices_make_the_windows_of_all(rows: list[Any], options: WindowOptions, count: int):
    events = in_time(rows)
    lasts = dict(events.group_by("split").agg(pl.max("timestamp").dt.epoch("us")).iter_rows())
    whole = build_windows(events, options)
    found = []
    for number in range(count):
        builder = WindowBuilder(options, lasts)
        part = DevicePart(number, count).of(events)
        found.append(pl.concat([builder.add(part), builder.finish()]))
        devices = found[-1]["device_id"].unique()
        assert found[-1].equals(whole.filter(pl.col("device_id").is_in(devices, nulls_equal=True)))
    assert sum(map(len, found)) == len(whole)


SPLITS = ("train", "test")


def staged(folder: Path, parts: int, frames: list[pl.DataFrame]) -> list[Path]:
    """Stage each frame as the events of a partition, in batches of at most three rows."""
    paths = []
    for frame in frames:
        paths.append(folder / f"{parts}-{len(paths)}.arrow")
        file = StagedEvents(paths[-1], get_kind("logs"), parts)
        for batch in frame.iter_slices(3):
            columns = {name: batch[name].to_arrow().cast(type_) for name, type_ in TYPES.items()}
            places = pl.Series([SPLITS.index(split) for split in batch["split"]], dtype=pl.UInt8)
            file.add(Records(pa.RecordBatch.from_pydict(columns), places), [])
        (made,) = file.finish()
        assert made.rows == len(frame)
    return paths


def read(paths: list[Path], part: DevicePart | None = None) -> pl.DataFrame:
    found = list(read_events(paths, SPLITS, part))
    return pl.concat(found).select(*EVENT) if found else pl.DataFrame(schema=EVENT)


@pytest.mark.parametrize("group_rows", [4, 50_000])
def test_each_part_of_the_devices_is_read_from_files_for_any_number_of_parts(
    group_rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(columnar.RowBuffer.__init__, "__defaults__", (group_rows, 2**25))
    devices = ["a", None, "b", "", "c", "d"]
    rows = [(SPLITS[second > 30], devices[second * 7 % 6], second // 2, 0) for second in range(40)]
    events = events_of(*rows)
    # The last partition has no events.
    partitions = [events.slice(0, 17), events.slice(17, 23), events.clear()]
    for parts in (1, 3, 5):
        paths = staged(tmp_path, parts, partitions)
        assert read(paths).equals(events)
        assert last_times(paths, SPLITS) == {"train": 15_000_000, "test": 19_000_000}
        for count in (1, 3, 4):
            for number in range(count):
                part = DevicePart(number, count)
                assert read(paths, part).equals(part.of(events)), (parts, part)


def test_a_job_reads_only_the_batches_of_its_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rows = [("train", f"d{number % 50}", number, 0) for number in range(400)]
    paths = staged(tmp_path, 8, [events_of(*rows)])
    read_rows: list[int] = []
    frame = events_module._frame

    def counting(reader: Any, number: int) -> pl.DataFrame:
        found = frame(reader, number)
        read_rows.append(len(found))
        return found

    monkeypatch.setattr(events_module, "_frame", counting)
    of_parts = [len(read(paths, DevicePart(number, 8))) for number in range(8)]
    assert sum(of_parts) == sum(read_rows) == 400
    assert max(of_parts) < 200
    # Also if the rows that were read are fewer than those that were planned, so that fewer jobs are enough.
    for count in (1, 2, 4):
        read_rows.clear()
        assert sum(len(read(paths, DevicePart(number, count))) for number in range(count)) == 400
        assert sum(read_rows) == 400


def test_the_number_of_jobs_is_a_power_of_two():
    thousands = {0: 1, 900: 1, 1_414: 1, 1_415: 2, 2_828: 2, 2_829: 4, 10**9: 64}
    assert {rows: part_count(rows * 1_000, 1_000_000) for rows in thousands} == thousands


def test_windows_slide_over_events():
    events = of_one_device(*range(7))
    assert templates(build_windows(events, WindowOptions(size=3, step=2))) == ["012", "234", "456"]
    assert templates(build_windows(events, WindowOptions(size=3))) == ["012", "345"]
    assert templates(build_windows(events, WindowOptions(size=3, drop_last=False))) == ["012", "345", "6"]
    assert templates(build_windows(events, WindowOptions(size=9))) == ["0123456"]
    assert templates(build_windows(events, WindowOptions(size=9, drop_last=True))) == []


def test_windows_slide_over_seconds_on_whole_steps():
    events = of_one_device(3, 9, 10, 11, 25)
    options = WindowOptions(unit="seconds", size=10)
    assert templates(build_windows(events, options)) == ["01", "23"]
    overlapping = WindowOptions(unit="seconds", size=10, step=5, drop_last=False)
    assert templates(build_windows(events, overlapping)) == ["0", "01", "123", "23", "4", "4"]


def test_a_window_over_seconds_is_whole_once_its_split_is_past_it():
    events = events_of(
        ("train", "a", 1, 0), ("train", "b", 12, 0), ("train", "a", 13, 0), ("test", "a", 99, 0)
    )
    frame = build_windows(events, WindowOptions(unit="seconds", size=10))
    assert sorted(templates(frame)) == ["0", "1", "3"]


def test_a_device_with_a_whole_window_keeps_no_short_one():
    events = events_of(("train", "a", 6, 0), ("train", "b", 12, 0))
    frame = build_windows(events, WindowOptions(unit="seconds", size=10, step=5))
    assert frame.select("device_id", "first_id").rows() == [("a", 0), ("b", 1)]


def test_a_window_over_seconds_ends_before_its_end():
    events = events_of(("train", "a", 1, 0), ("train", "b", 10, 0))
    options = WindowOptions(unit="seconds", size=10, drop_last=True)
    assert templates(build_windows(events, options)) == ["0"]
    assert templates(build_windows(events_of(("train", "a", 1, 0), ("train", "b", 9.999, 0)), options)) == []


def test_a_session_ends_with_a_gap_or_when_it_is_too_long():
    events = of_one_device(0, 5, 10, 16, 17, 18, 19)
    frame = build_windows(events, WindowOptions(mode="session", gap_seconds=5, max_length=3))
    assert templates(frame) == ["012", "345", "6"]


def test_no_window_goes_over_a_cut():
    rows = [("train" if second < 5 else "test", "a", second, 0) for second in range(10)]
    for options in (
        WindowOptions(size=4, step=1),
        WindowOptions(unit="seconds", size=4, step=1),
        WindowOptions(mode="session"),
    ):
        frame = build_windows(events_of(*rows), options)
        assert set(frame["split"]) == {"train", "test"}
        train = frame.filter(split="train")["template_ids"].explode(empty_as_null=False)
        test = frame.filter(split="test")["template_ids"].explode(empty_as_null=False)
        assert set(train) <= {"t0", "t1", "t2", "t3", "t4"}
        assert set(test) <= {"t5", "t6", "t7", "t8", "t9"}


def test_windows_come_in_the_order_of_the_events_that_complete_them():
    events = events_of(
        *(("train", device, at, 0) for device, at in [("b", 0), ("a", 0), *[("b", 9), ("a", 9), ("b", 9)]])
    )
    for options in (WindowOptions(unit="seconds", size=5), WindowOptions(mode="session", gap_seconds=5)):
        assert templates(build_windows(events, options))[:2] == ["0", "1"]
    assert templates(build_windows(events, WindowOptions(size=2))) == ["02", "13"]


def test_a_session_is_over_once_its_split_is_past_the_gap():
    events = events_of(("train", "a", 0, 0), ("train", "b", 5, 0), ("train", "c", 6, 0))
    options = WindowOptions(mode="session", gap_seconds=5, drop_last=True)
    assert templates(build_windows(events, options)) == ["0"]
    assert templates(build_windows(events.head(2), options)) == []


def test_events_without_a_label_column_make_windows_without_labels():
    frame = build_windows(of_one_device(0, 1).drop("label"), WindowOptions(size=2))
    assert frame.select("label", "labels").rows() == [(None, [None, None])]


def test_an_id_depends_on_split_device_and_first_event():
    frame = build_windows(of_one_device(0, 1), WindowOptions(size=2))
    assert frame["sequence_id"].to_list() == ["s_286a10a089d1871e"]
    longer = build_windows(of_one_device(0, 1, 2), WindowOptions(mode="session"))
    assert longer["sequence_id"].to_list() == frame["sequence_id"].to_list()


def test_the_frame_fits_the_schema():
    for frame in (build_windows(of_one_device(0, 1)), build_windows(of_one_device())):
        table = frame.to_arrow().cast(SEQUENCES.schema)
        table.validate(full=True)
        assert table.schema.names == list(SEQUENCES.descriptions)


def test_times_before_1970_are_in_windows_too():
    events = of_one_device(-11, -10, -1, 0, 12)
    assert templates(build_windows(events, WindowOptions(unit="seconds", size=10))) == ["0", "12", "3"]


def test_events_out_of_order_are_refused():
    with pytest.raises(ValueError, match="not in order of time"):
        build_windows(of_one_device(1, 0))
    builder = WindowBuilder()
    builder.add(of_one_device(5))
    with pytest.raises(ValueError, match="not in order of time"):
        builder.add(of_one_device(4))


def test_bad_options_are_refused_all_at_once():
    with pytest.raises(ConfigError) as caught:
        WindowOptions(size=10, step=11, gap_seconds=0, max_length=0)
    assert [problem.field for problem in caught.value.problems] == ["step", "gap_seconds", "max_length"]
    with pytest.raises(ConfigError, match=r"mode: is not known \(allowed: sliding, session\)"):
        WindowOptions(mode="tumbling")
    with pytest.raises(ConfigError, match="step: must be at least size"):
        WindowOptions(unit="seconds", size=86_400, step=1)
