"""Progress goes forward, and says no more than is known."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.exports.progress import ExportProgress, KindProgress
from lumber.exports.stored import PROGRESS as CODEC

COUNTS = st.integers(0, 10**12)


@st.composite
def kinds(draw: st.DrawFn) -> KindProgress:
    rows_total, batches_total = draw(st.none() | COUNTS), draw(st.none() | COUNTS)
    rows = draw(COUNTS if rows_total is None else st.integers(0, rows_total))
    batches = draw(COUNTS if batches_total is None else st.integers(0, batches_total))
    return KindProgress(rows, rows_total, batches, batches_total)


PROGRESS = st.builds(
    ExportProgress,
    st.sampled_from(["planning", "surveying", "exporting", "packing"]),
    st.dictionaries(st.sampled_from(["logs", "anomalies", "ips"]), kinds()),
    st.none() | st.floats(0, 1e9),
    st.none() | st.floats(0, 100),
)


@given(PROGRESS)
def test_what_the_ledger_keeps_is_read_back(progress: ExportProgress) -> None:
    assert CODEC.load(json.loads(json.dumps(CODEC.dump(progress)))) == progress


@given(PROGRESS, PROGRESS)
def test_counts_never_go_backwards_and_never_past_the_plan(
    now: ExportProgress, before: ExportProgress
) -> None:
    merged = now.not_before(before)
    assert (merged.phase, merged.rows_per_second) == (now.phase, now.rows_per_second)
    assert set(merged.kinds) == set(now.kinds) | set(before.kinds)
    for name, kind in merged.kinds.items():
        earlier, present = before.kinds.get(name), now.kinds.get(name, before.kinds.get(name))
        assert (kind.rows_total, kind.batches_total) == (present.rows_total, present.batches_total)
        for done, total, was in [
            (kind.rows_done, kind.rows_total, earlier.rows_done if earlier else 0),
            (kind.batches_done, kind.batches_total, earlier.batches_done if earlier else 0),
        ]:
            assert done >= (was if total is None else min(was, total))
            assert total is None or done <= total


@given(PROGRESS)
def test_progress_after_itself_or_nothing_is_itself(progress: ExportProgress) -> None:
    assert progress.not_before(progress) == progress
    assert progress.not_before(None) == progress


def test_an_attempt_that_knows_no_kinds_yet_takes_nothing_back() -> None:
    shown = ExportProgress("exporting", {"logs": KindProgress(30, 100, 3, 10)}, 5.0)
    assert ExportProgress("planning").not_before(shown).kinds == shown.kinds


def test_a_smaller_plan_bounds_what_was_shown() -> None:
    shown = KindProgress(90, 100, 9, 10)
    assert KindProgress(0, 50, 0, 5).not_before(shown) == KindProgress(50, 50, 5, 5)


@pytest.mark.parametrize(
    ("done", "total", "percent"),
    [
        (0, None, 0),
        (5, None, 0),
        (0, 0, 100),
        (0, 3, 0),
        (1, 3, 33.33),
        (2, 3, 66.66),
        (3, 3, 100),
        (999_999, 1_000_000, 99.99),
        (10**15 - 1, 10**15, 99.99),
    ],
)
def test_percent_is_100_only_of_what_is_done(done: int, total: int | None, percent: float) -> None:
    assert KindProgress(done, total).percent == percent


@given(kinds())
def test_percent_is_between_0_and_100(kind: KindProgress) -> None:
    assert 0 <= kind.percent <= 100
    assert (kind.percent == 100) == (kind.rows_total is not None and kind.rows_done == kind.rows_total)


def test_sums_are_those_of_all_kinds() -> None:
    progress = ExportProgress(
        "exporting", {"logs": KindProgress(3, 10, 1, 4), "ips": KindProgress(2, 2, 1, 1)}
    )
    assert (progress.rows_done, progress.rows_total) == (5, 12)
    assert (progress.batches_done, progress.batches_total) == (2, 5)


def test_the_total_is_unknown_until_every_kind_is_planned() -> None:
    progress = ExportProgress("planning", {"logs": KindProgress(3, 10, 1, 4), "ips": KindProgress()})
    assert (progress.rows_done, progress.rows_total, progress.batches_total) == (3, None, None)
    assert ExportProgress("planning").rows_total is None


@pytest.mark.parametrize(
    ("done", "total", "speed", "seconds"),
    [
        (40, 100, 30.0, 2.0),
        (100, 100, 30.0, 0.0),
        (40, None, 30.0, None),
        (40, 100, None, None),
        (0, 9, 0.0, None),
    ],
)
def test_the_time_left_follows_from_the_speed(
    done: int, total: int | None, speed: float | None, seconds: float | None
) -> None:
    progress = ExportProgress("exporting", {"logs": KindProgress(done, total)}, speed)
    assert progress.eta_seconds == seconds
