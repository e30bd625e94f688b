"""How a backfill cuts a range into windows: the nearest first, and the same ones after every stop."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from lumber.errors import ConfigError
from lumber.exports import ExportConfig
from lumber.exports.versions.backfilling import MOST_WINDOWS, parse_length, window_edges

CONFIG = ExportConfig(data_types=["logs"])


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def edges(
    held: tuple[str | None, str | None], start: str, end: str | None, length: str
) -> tuple[list[str], list[str]]:
    first, last = (None if each is None else day(each) for each in held)
    found = window_edges(CONFIG, (first, last), start, end, parse_length(length))
    return tuple([f"{edge:%Y-%m-%d}" for edge in each] for each in found)  # type: ignore[return-value]


def test_months_are_those_of_the_calendar_and_the_last_is_cut_at_what_the_dataset_holds() -> None:
    earlier, later = edges(("2026-04-11", None), "2026-01-01", None, "1month")
    assert earlier == ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01", "2026-04-11"]
    assert later == []


def test_a_month_without_such_a_day_ends_on_its_last_one() -> None:
    earlier, _ = edges(("2024-04-30", None), "2023-12-31", None, "1 month")
    assert earlier == ["2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]


@pytest.mark.parametrize("length", ["12h", "1d", "7d", "2w", "1month"])
def test_the_windows_that_are_left_stay_the_same_when_some_are_done(length: str) -> None:
    """Otherwise a stopped backfill would make other versions than one that was not stopped."""
    size = parse_length(length)
    whole, _ = window_edges(CONFIG, (day("2026-03-05"), None), "2026-01-01", None, size)
    for done in range(1, len(whole) - 1):
        rest, _ = window_edges(CONFIG, (whole[-1 - done], None), "2026-01-01", None, size)
        assert rest == whole[:-done]


def test_a_range_that_the_dataset_holds_has_no_windows() -> None:
    for held in ((None, None), ("2026-01-01", None), ("2025-01-01", "2026-03-01")):
        assert edges(held, "2026-01-01", None, "7d") == ([], [])


def test_rows_after_the_end_of_the_dataset_are_added_too() -> None:
    earlier, later = edges(("2026-01-15", "2026-02-01"), "2026-01-01", "2026-02-19", "7d")
    assert earlier == ["2026-01-01", "2026-01-08", "2026-01-15"]
    assert later == ["2026-02-01", "2026-02-05", "2026-02-12", "2026-02-19", "2026-02-20"]
    assert edges(("2026-02-15", "2026-03-01"), "2026-02-15", "2026-02-19", "7d") == ([], [])


def test_a_gap_is_refused_and_so_are_too_many_windows_or_no_length() -> None:
    with pytest.raises(ConfigError, match="would leave a gap before 2026-04-01"):
        edges(("2026-04-01", None), "2026-01-01", "2026-02-01", "1d")
    with pytest.raises(ConfigError, match="'1 fortnight' isn't the length of a window"):
        parse_length("1 fortnight")
    many, _ = window_edges(CONFIG, (day("2026-04-01"), None), "1971-01-01", None, parse_length("1h"))
    assert len(many) > MOST_WINDOWS + 1
    assert all(low + timedelta(hours=1) == high for low, high in list(pairwise(many))[:-1])
