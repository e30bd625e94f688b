"""Times of schedules over a year, in zones whose clocks change, and the sentences about them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from lumber.errors import ConfigError
from lumber.schedules.definition import CatchUp, parse_definition
from lumber.schedules.planning import decide, delay_of
from lumber.schedules.sentence import sentence_of
from lumber.schedules.timetable import Timetable, timetable_of

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca")
BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
NO_JITTER = timedelta(0)


def year(cron: str, zone: str) -> list[datetime]:
    """Return the times of 2026 in UTC, found one after the other as a scheduler finds them."""
    timetable, found, moment = timetable_of(cron, None, zone), [], BEGIN - timedelta(seconds=1)
    while (following := timetable.next_after(moment)) is not None and following < END:
        found.append(following)
        moment = following
    return found


def walls(zone: str) -> list[datetime]:
    """Return each quarter of an hour of 2026 in UTC as the wall shows it: clocks change at such times."""
    count = (END - BEGIN) // timedelta(minutes=15)
    return [(BEGIN + timedelta(minutes=15 * number)).astimezone(ZoneInfo(zone)) for number in range(count)]


@pytest.mark.parametrize("zone", ZONES)
def test_a_time_that_names_its_hour_runs_once_a_day_all_year(zone: str) -> None:
    for cron in ("30 2 * * *", "15 1 * * *", "0 3 * * *", "45 23 * * *"):
        found = year(cron, zone)
        days = [moment.astimezone(ZoneInfo(zone)).date() for moment in found]
        assert len(set(days)) == len(days), cron
        first, last = days[0], days[-1]
        assert len(days) == (last - first).days + 1, cron
        assert all(earlier < later for earlier, later in pairwise(found))


@pytest.mark.parametrize("zone", ZONES)
def test_the_times_of_a_year_are_those_that_the_wall_shows_first(zone: str) -> None:
    """Compare with each quarter of an hour of the year; a time in a gap runs at the gap's end instead."""
    shown: dict[datetime, datetime] = {}
    for local in walls(zone):
        shown.setdefault(local.replace(tzinfo=None, fold=0), local.astimezone(UTC))
    wall = [naive for naive in shown if naive.minute in (0, 30) and 1 <= naive.hour <= 3]
    expected = {shown[naive] for naive in wall}
    found = year("0,30 1-3 * * *", zone)
    assert expected <= set(found)
    extra = set(found) - expected
    # Only the end of a gap is no such time itself, and no zone has more than two gaps a year.
    assert len(extra) <= 2


# Clocks that change by an hour, and by half an hour.
@pytest.mark.parametrize(
    "zone",
    [
        pytest.param(zone, marks=() if zone in ("Europe/Berlin", "Australia/Lord_Howe") else pytest.mark.slow)
        for zone in ZONES
    ],
)
def test_a_star_as_the_hour_runs_in_each_hour_that_passes(zone: str) -> None:
    shown = walls(zone)
    for minute in (0, 15, 30):
        found = year(f"{minute} * * * *", zone)
        assert found == [local.astimezone(UTC) for local in shown if local.minute == minute]


@pytest.mark.parametrize(
    ("cron", "zone", "after", "expected"),
    [
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00", "2026-03-29T01:00"),
        ("*/15 2 * * *", "Europe/Berlin", "2026-03-28T12:00", "2026-03-29T01:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", "2026-10-25T00:30"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30", "2026-10-26T01:30"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10", "2026-10-26T01:30"),
        ("30 1 * * *", "America/New_York", "2026-11-01T05:30", "2026-11-02T06:30"),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00", "2026-10-03T15:30"),
        ("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T14:45", "2026-04-05T15:15"),
        ("30 2 * * *", "Africa/Casablanca", "2026-02-15T01:30", "2026-02-16T02:30"),
        ("0 0 * * *", "Pacific/Apia", "2011-12-29T10:00", "2011-12-30T10:00"),
        ("@daily", "UTC", "2026-01-01T00:00", "2026-01-02T00:00"),
        ("0 9 * * MON#1", "UTC", "2026-01-01T00:00", "2026-01-05T09:00"),
    ],
)
def test_the_next_time_around_a_change_of_clocks(cron: str, zone: str, after: str, expected: str) -> None:
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    found = timetable_of(cron, None, zone).next_after(moment)
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_intervals_are_counted_from_1970_whatever_the_zone() -> None:
    moment = datetime(2026, 3, 29, 0, 7, tzinfo=UTC)
    found = timetable_of(None, 6 * 3600, "Europe/Berlin").upcoming(moment, 3)
    assert [each.hour for each in found] == [6, 12, 18]


@pytest.mark.parametrize("cron", ["", "x", "* * * *", "61 * * * *", "0 0 30 2 *", "0 0 0 * * *", "*" * 500])
def test_what_is_no_cron_expression_is_refused(cron: str) -> None:
    with pytest.raises(ConfigError, match="isn't a cron expression"):
        timetable_of(cron, None, "UTC")


@pytest.mark.parametrize(
    ("timetable", "sentence"),
    [
        (Timetable("0 2 * * *", None, "Europe/Berlin"), "At 02:00 every day, Europe/Berlin"),
        (Timetable("*/15 * * * *", None, "UTC"), "Every 15th minute of every hour, UTC"),
        (Timetable("30 3 * * MON", None, "UTC"), "At 03:30 on Monday, UTC"),
        (Timetable("0 0 1 * *", None, "UTC"), "At 00:00 on the first day of every month, UTC"),
        (Timetable(None, 3600, "UTC"), "Every hour, counted from 1970-01-01 00:00 UTC"),
        (Timetable(None, 5400, "UTC"), "Every 90 minutes, counted from 1970-01-01 00:00 UTC"),
    ],
)
def test_a_sentence_says_when(timetable: Timetable, sentence: str) -> None:
    assert sentence_of(timetable) == sentence


def test_a_year_of_sleep_with_a_run_each_minute_is_decided_at_once() -> None:
    timetable = timetable_of("* * * * *", None, "UTC")
    decision = decide(timetable, BEGIN, END + timedelta(seconds=30), CatchUp.ONE, NO_JITTER)
    assert list(decision.run) == [END]
    assert decision.next_at == END + timedelta(minutes=1)
    batch = decide(timetable, BEGIN, END, CatchUp.ALL, NO_JITTER)
    assert (batch.run[0], len(batch.run), batch.next_at) == (BEGIN, 100, BEGIN + timedelta(minutes=100))


def test_a_delay_is_the_same_each_time_and_differs_between_schedules() -> None:
    delays = [delay_of(f"schedule {number}", BEGIN, 300) for number in range(50)]
    assert delays == [delay_of(f"schedule {number}", BEGIN, 300) for number in range(50)]
    assert len(set(delays)) > 30
    assert max(delays) <= timedelta(seconds=300)
    assert delay_of("a", BEGIN, 0) == NO_JITTER


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"cron": "0 2 * * *", "every_seconds": 60}, "cron"),
        ({}, "cron"),
        ({"every_seconds": 59}, "every_seconds"),
        ({"every_seconds": 60, "time_zone": "Mars"}, "time_zone"),
        ({"every_seconds": 60, "jitter_seconds": 60}, "jitter_seconds"),
        ({"every_seconds": 60, "catch_up": "all", "overlap": "skip"}, "overlap"),
        ({"every_seconds": 60, "config": {"data_types": ["cats"]}}, "data_types"),
        ({"every_seconds": 60, "gate": {"max_drift": 3}}, "max_drift"),
        ({"every_seconds": 60, "name": "  "}, "name"),
        ({"every_seconds": 60, "color": "red"}, "color"),
    ],
)
def test_a_wrong_definition_names_the_field(values: dict[str, object], field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_definition({"name": "a", "config": {"data_types": ["logs"]}, **values})
    assert field in {problem.field for problem in caught.value.problems}


def test_a_schedule_begins_no_major_versions() -> None:
    config = {"data_types": ["logs"], "dataset": "plant", "new_major": True}
    with pytest.raises(ConfigError, match="each run would begin a new major version") as caught:
        parse_definition({"name": "a", "every_seconds": 60, "config": config})
    assert [problem.field for problem in caught.value.problems] == ["new_major"]


def test_defaults_of_overlap_follow_what_is_scheduled() -> None:
    given = {"name": "a", "every_seconds": 60, "config": {"data_types": ["logs"]}}
    assert parse_definition(given).overlap == "skip"
    assert parse_definition({**given, "catch_up": "all"}).overlap == "queue"
    grows = {"data_types": ["logs"], "dataset": "plant", "incremental": True}
    assert parse_definition({**given, "config": grows}).overlap == "queue"
