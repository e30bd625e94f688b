"""Relative dates: what each of them means at a moment, in zones whose clocks change."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.errors import ConfigError
from lumber.exports.config import ExportConfig
from lumber.exports.options.date_range import resolve_range, zone_of
from lumber.exports.parsing import parse_config
from tests.examples import examples

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Africa/Cairo",
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("today", "2026-03-28T23:00", "2026-03-29T10:30"),
        ("yesterday", "2026-03-27T23:00", "2026-03-28T23:00"),
        ("this hour", "2026-03-29T10:00", "2026-03-29T10:30"),
        ("last hour", "2026-03-29T09:00", "2026-03-29T10:00"),
        ("this week", "2026-03-22T23:00", "2026-03-29T10:30"),
        ("last week", "2026-03-15T23:00", "2026-03-22T23:00"),
        ("this month", "2026-02-28T23:00", "2026-03-29T10:30"),
        ("last month", "2026-01-31T23:00", "2026-02-28T23:00"),
        ("this quarter", "2025-12-31T23:00", "2026-03-29T10:30"),
        ("last quarter", "2025-09-30T22:00", "2025-12-31T23:00"),
        ("this year", "2025-12-31T23:00", "2026-03-29T10:30"),
        ("last year", "2024-12-31T23:00", "2025-12-31T23:00"),
        ("last 90 minutes", "2026-03-29T09:00", "2026-03-29T10:30"),
        ("last 24 hours", "2026-03-28T10:30", "2026-03-29T10:30"),
        ("last 1 day", "2026-03-28T11:30", "2026-03-29T10:30"),
        ("Last  2 Weeks", "2026-03-15T11:30", "2026-03-29T10:30"),
        ("last 1 month", "2026-02-28T11:30", "2026-03-29T10:30"),
    ],
)
def test_a_range_means_what_its_words_say_on_the_day_the_clocks_change(
    text: str, start: str, end: str
) -> None:
    assert resolve_range(text, at("2026-03-29T10:30"), BERLIN) == (at(start), at(end))


def test_this_range_leaves_no_gap_and_no_overlap_between_the_days_of_a_year() -> None:
    for name in ZONES:
        zone = zone_of(name)
        mornings = [datetime(2026, 1, 1, 6, tzinfo=zone) + timedelta(days=day) for day in range(366)]
        days = [resolve_range("yesterday", morning, zone) for morning in mornings]
        assert all(earlier[1] == later[0] for earlier, later in pairwise(days)), name
        rolling = [resolve_range("last 1 day", morning, zone) for morning in mornings]
        assert all(earlier[1] == later[0] for earlier, later in pairwise(rolling)), name


@given(
    st.integers(0, 1_000_000).map(lambda hours: at("1990-01-01") + timedelta(hours=hours, minutes=7)),
    st.sampled_from(ZONES),
    st.sampled_from(["yesterday", "last hour", "last week", "last month", "last year", "last 40 months"]),
)
@examples(100)
def test_a_past_range_ends_at_or_before_now(now: datetime, name: str, text: str) -> None:
    start, end = resolve_range(text, now, zone_of(name))
    assert start < end <= now
    assert start.tzinfo is end.tzinfo is UTC


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"date_range": "next week"}, "date_range", "isn't a range of dates"),
        ({"date_range": "last 0 days"}, "date_range", "isn't a range of dates"),
        ({"date_range": "last 10001 days"}, "date_range", "isn't a range of dates"),
        ({"date_range": "today", "start_date": "2026-01-01"}, "date_range", "can't be used with start_date"),
        ({"date_range": "today", "end_before": "2026-01-01"}, "date_range", "can't be used with end_before"),
        ({"date_range": "today", "time_zone": "Mars/Base"}, "time_zone", "isn't a time zone"),
        ({"time_zone": "Europe/Berlin"}, "time_zone", "has no effect without date_range"),
    ],
)
def test_a_wrong_range_is_named_with_what_is_allowed(
    values: dict[str, str], field: str, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config({"data_types": ["logs"], **values})
    (problem,) = caught.value.problems
    assert problem.field == field
    assert message in problem.message


@pytest.mark.parametrize(
    ("text", "message"), [("today", "is empty"), ("last 10000 months", "before the year 1")]
)
def test_a_range_without_a_moment_is_an_error(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        resolve_range(text, at("0800-01-01T00:00"), zone_of("UTC"))


def test_a_config_gets_dates_from_its_own_zone_first() -> None:
    now = at("2026-11-29T18:00")
    config = ExportConfig(data_types=["logs"], date_range="today")
    assert config.resolved(now, "Asia/Tokyo").start_date == at("2026-11-29T15:00")
    named = ExportConfig(data_types=["logs"], date_range="today", time_zone="UTC")
    assert named.resolved(now, "Asia/Tokyo").start_date == at("2026-11-29T00:00")
    with pytest.raises(RuntimeError):
        config.selections()


def test_old_configs_keep_their_hash() -> None:
    config = ExportConfig(data_types=["logs"])
    assert config.hash == config.resolved(at("2026-01-01T00:00")).hash
    assert parse_config({"data_types": ["logs"], "date_range": None}).hash == config.hash
