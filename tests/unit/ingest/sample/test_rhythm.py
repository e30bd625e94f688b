"""When the rows of a sample happen."""

from datetime import UTC, datetime

import numpy as np
import pytest

from lumber.ingest.sample.rhythm import Timeline
from lumber.store.types import to_microseconds

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US


def times_of(rows: int, days: int = 14) -> np.ndarray:
    return Timeline(START, days).times(range(rows), rows, np.random.default_rng(1))


def test_every_time_lies_in_the_asked_days() -> None:
    times = times_of(50_000, days=3)
    assert times.min() >= to_microseconds(START)
    assert times.max() < to_microseconds(START) + 3 * DAY_US
    # The whole of it is used.
    assert times.max() - times.min() > 2.98 * DAY_US


def test_days_are_busier_than_nights() -> None:
    hour = times_of(100_000) // HOUR_US % 24
    counts = np.bincount(hour, minlength=24)
    assert counts[9:17].mean() > 4 * counts[1:5].mean()
    assert counts.min() > 0


def test_weekends_are_quieter() -> None:
    counts = np.bincount((times_of(100_000) - to_microseconds(START)) // DAY_US, minlength=14)
    # The first of January 2026 is a Thursday.
    weekend, working = counts[[2, 3, 9, 10]], counts[[0, 1, 4, 5, 6, 7, 8]]
    assert weekend.max() < 0.8 * working.min()


def test_microseconds_are_used() -> None:
    assert len(np.unique(times_of(20_000) % 1_000)) > 900


@pytest.mark.parametrize("total", [1, 7, 1_000, 10**9])
def test_any_number_of_rows_fits(total: int) -> None:
    timeline = Timeline(START, 3_650)
    last = range(max(0, total - 100), total)
    times = timeline.times(last, total, np.random.default_rng(1))
    assert len(times) == len(last)
    low, high = timeline.span(last, total)
    assert timeline.start_us <= low <= high <= timeline.end_us
    assert timeline.start_us <= times.min() <= times.max() < timeline.end_us
