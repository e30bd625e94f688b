"""Duplicates against a slow reference in plain Python, however the rows are cut."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.catalog.registry import get_kind
from lumber.steps import deduplicate
from lumber.steps.cast import cast_batch
from lumber.steps.deduplicate import Deduplicator, DuplicateMode, DuplicateRule
from tests.duplicate_groups import EPOCH, Row, burst_groups, exact_groups, labelled
from tests.examples import examples
from tests.unit.engine.batches import batch_of

LOGS = get_kind("logs")
BURST = DuplicateRule(DuplicateMode.BURST, 10_000_000)
EXACT = DuplicateRule(DuplicateMode.EXACT)
LEVELS = {None: None, "err": "ERROR", "error": "ERROR", "info": "INFO", "odd": None}


@st.composite
def log_rows(draw: st.DrawFn) -> list[Row]:
    """Rows in the order of their keys; few different values, so that many of them are equal."""
    one: st.SearchStrategy[Row] = st.fixed_dictionaries(
        {
            "step": st.sampled_from([0, 0, 0, 1, 1_000_000, 4_000_000, 25_000_000]),
            "device_id": st.sampled_from([None, "a", "b"]),
            "process_name": st.sampled_from([None, "sshd"]),
            "message": st.sampled_from(["x", "x", "a message that is longer than twelve bytes"]),
            "severity_text": st.sampled_from(list(LEVELS)),
            "place": st.sampled_from([0, 0, 0, 1]),
            "label": st.sampled_from([None, None, 0, 1]),
        }
    )
    rows = draw(st.lists(one, max_size=60))
    start = draw(st.sampled_from([0, -30_000_000, 1_767_225_600_000_000]))
    times = itertools.accumulate((row.pop("step") for row in rows), initial=start)
    return [
        row
        | {
            "id": number,
            "timestamp": EPOCH + timedelta(microseconds=time),
            "log_level": LEVELS[row["severity_text"]],
        }
        for number, (row, time) in enumerate(zip(rows, times, strict=False))
    ]


def frame_of(rows: Sequence[Row], *, has_labels: bool) -> pl.DataFrame:
    frame = cast_batch(batch_of(LOGS, *rows), LOGS).frame
    columns = [pl.Series("place", [row["place"] for row in rows], pl.UInt8)]
    if has_labels:
        values = [row["label"] for row in rows]
        columns += [
            pl.Series("label", values, pl.Int8),
            # What tells the row that a label came from.
            pl.Series("anomaly_types", [str(row["id"]) for row in rows], pl.String),
            pl.Series("anomaly_score", [float(row["id"]) for row in rows], pl.Float64),
            pl.Series("label_source", [f"row {row['id']}" for row in rows], pl.String),
        ]
    return frame.with_columns(columns)


def micros(row: Row) -> int:
    found: int = (row["timestamp"] - EPOCH) // timedelta(microseconds=1)
    return found


def expected(rows: Sequence[Row], rule: DuplicateRule, *, has_labels: bool) -> list[Row]:
    is_burst = rule.mode is DuplicateMode.BURST
    found = []
    for group in burst_groups(rows, 10, "place") if is_burst else exact_groups(rows, "place"):
        kept: Row = {"id": group[0]["id"], "message": group[0]["message"], "place": group[0]["place"]}
        if is_burst:
            times = {"first_timestamp": group[0]["timestamp"], "last_timestamp": group[-1]["timestamp"]}
            kept |= {"repeat_count": len(group), **times}
        if has_labels:
            label = labelled(group)
            kept |= {"label": label["label"], "label_source": f"row {label['id']}"}
            kept |= {"anomaly_types": str(label["id"]), "anomaly_score": float(label["id"])}
        found.append(kept)
    return found


def taken(rule: DuplicateRule, frames: Iterable[pl.DataFrame]) -> tuple[list[Row], int]:
    """Return what stays of the frames, in order, and how many rows do not."""
    step = Deduplicator(rule, LOGS, ("place",))
    done = [step.add(frame) for frame in frames]
    last = step.finish()
    rows = [row for frame in [*done, *([] if last is None else [last])] for row in frame.to_dicts()]
    assert step.finish() is None
    return rows, step.dropped


def pieces(frame: pl.DataFrame, cuts: Iterable[int]) -> list[pl.DataFrame]:
    edges = sorted({0, frame.height, *(cut for cut in cuts if cut < frame.height)})
    return [frame.slice(low, high - low) for low, high in itertools.pairwise(edges)]


@examples(200)
@given(
    rows=log_rows(),
    batches=st.sets(st.integers(1, 60)),
    partitions=st.sets(st.integers(1, 60), max_size=3),
    has_labels=st.booleans(),
    few=st.sampled_from([0, 3, 10_000]),
)
@pytest.mark.parametrize("rule", [EXACT, BURST], ids=lambda rule: rule.mode.value)
def test_the_same_rows_stay_as_in_the_reference_however_they_are_cut(
    rule: DuplicateRule,
    rows: list[Row],
    batches: set[int],
    partitions: set[int],
    has_labels: bool,
    few: int,
) -> None:
    frame = frame_of(rows, has_labels=has_labels)
    wanted = expected(rows, rule, has_labels=has_labels)
    # A plan cuts between whole steps of time only.
    at = [cut for cut in partitions if cut < len(rows)]
    at = [
        next(i for i, row in enumerate(rows) if micros(row) // rule.whole_us == step)
        for step in {micros(rows[cut]) // rule.whole_us for cut in at}
    ]
    found: list[Row] = []
    dropped = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deduplicate, "_FEW", few)
        for part in pieces(frame, at):
            stayed, gone = taken(rule, pieces(part, batches))
            found += stayed
            dropped += gone
    assert [{name: row[name] for name in wanted[0]} for row in found] == wanted
    assert dropped == len(rows) - len(wanted)
    added = {"repeat_count", "first_timestamp", "last_timestamp"} if rule is BURST else set()
    assert all(row.keys() == {*frame.columns, *added} for row in found)


def test_rows_are_held_back_only_while_more_of_their_step_may_come() -> None:
    times = [0, 1, 9_999_999, 10_000_000, 10_000_001, 20_000_000]
    rows = [
        {"id": at, "timestamp": EPOCH + timedelta(microseconds=time), "place": 0, "message": str(at)}
        for at, time in enumerate(times)
    ]
    step = Deduplicator(BURST, LOGS)
    frame = frame_of(rows, has_labels=False)
    assert [step.add(piece)["id"].to_list() for piece in pieces(frame, [2, 4, 5])] == [
        [],
        [0, 1, 2],
        [],
        [3, 4],
    ]
    last = step.finish()
    assert last is not None
    assert last["id"].to_list() == [5]


@pytest.mark.parametrize("rule", [EXACT, BURST], ids=lambda rule: rule.mode.value)
def test_equal_rows_are_not_gathered_in_memory(rule: DuplicateRule) -> None:
    """Twenty batches of one moment, of three lines and a new one: 23 rows are held, and no other's texts."""
    text = "a line of some length " * 50
    lines = [
        {"timestamp": EPOCH, "place": 0, "device_id": name, "message": text} for name in ("a", "b", None)
    ]
    batch = frame_of([row | {"id": at} for at, row in enumerate(lines * 1_000)], has_labels=False)
    step = Deduplicator(rule, LOGS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deduplicate, "_FEW", 0)
        for number in range(20):
            new = pl.lit(f"{text}{number}")
            step.add(
                batch.with_columns(
                    pl.when(pl.int_range(pl.len()) == 0).then(new).otherwise("message").alias("message")
                )
            )
            held = pl.concat(step._held)
            assert held.height <= 3 + 2 * (number + 1)
            assert memory_bytes(held) < batch.estimated_size() / 10
    last = step.finish()
    assert last is not None
    assert last.height <= 3 + 2 * 20
    assert step.dropped == 20 * batch.height - last.height


def memory_bytes(frame: pl.DataFrame) -> int:
    """Return the size of all memory that a frame keeps alive, also that of rows which are not in it."""
    columns = frame.to_arrow(compat_level=pl.CompatLevel.newest()).columns
    return sum(
        buffer.size for column in columns for part in column.chunks for buffer in part.buffers() if buffer
    )


def test_only_messages_of_devices_can_be_duplicates() -> None:
    assert EXACT.applies_to(LOGS)
    assert not EXACT.applies_to(get_kind("anomalies"))
    assert not EXACT.applies_to(get_kind("ips"))
    assert not DuplicateRule(DuplicateMode.OFF).applies_to(LOGS)
