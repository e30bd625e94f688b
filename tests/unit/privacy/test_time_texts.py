"""Dates in texts are moved in the form in which they are written; what isn't a date stays."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.privacy.time_forms import FORMS, HINT
from lumber.privacy.time_texts import shifted_dates
from tests.examples import examples

WEEKS = 200
NEAR = date(2026, 11, 30)
# As a text is written, and 200 weeks earlier: 30 November 2026 is 30 January 2023.
MOVED = [
    ("2026-11-30T12:00:00Z x", "2023-01-30T12:00:00Z x"),
    ("2026/11/30 2026.11.30 2026 11 30", "2023/01/30 2023.01.30 2023 01 30"),
    ("2026-Nov-30", "2023-Jan-30"),
    ("Nov 30 12:00:01 host sshd[1]: foo", "Jan 30 12:00:01 host sshd[1]: foo"),
    ("Nov  3 12:00:01 host", "Jan  3 12:00:01 host"),
    ("Dec  7 12:00:01 host", "Feb  6 12:00:01 host"),
    ("Nov 05 12:00:01 host", "Jan 05 12:00:01 host"),
    ("[30/Nov/2026:12:00:00 +0000]", "[30/Jan/2023:12:00:00 +0000]"),
    ("30-Nov-26 12:00:00", "30-Jan-23 12:00:00"),
    ("30NOV2026", "30JAN2023"),
    ("Mon Nov 30 12:00:00 2026", "Mon Jan 30 12:00:00 2023"),
    ("Mon Nov 30 12:00:00 UTC 2026", "Mon Jan 30 12:00:00 UTC 2023"),
    ("Nov 30 2026 12:00:00: %ASA", "Jan 30 2023 12:00:00: %ASA"),
    ("November 30, 2026; 30 November 2026; 30. Nov 2026", "January 30, 2023; 30 January 2023; 30. Jan 2023"),
    ("30 Nov 12:00:00.123 # Server", "30 Jan 12:00:00.123 # Server"),
    ("11/30/2026 12:00", "01/30/2023 12:00"),
    ("30.11.2026", "30.01.2023"),
    ("3.12.2026", "2.02.2023"),
    ("12/3/2026 and 3/12/2026", "02/2/2023 and 2/02/2023"),
    ("26/11/30 12:00:00 INFO", "23/01/30 12:00:00 INFO"),
    ("26-11-30 12:00", "23-01-30 12:00"),
    ("11-30 12:00:00.123 I/foo", "01-30 12:00:00.123 I/foo"),
    ("I1130 12:00:00.123456 12 x.go", "I0130 12:00:00.123456 12 x.go"),
    ("261130 120000 14 INFO", "230130 120000 14 INFO"),
    ("261130120000Z", "230130120000Z"),
    (
        "20261130120000.123 20261130T1200 app-20261130.log",
        "20230130120000.123 20230130T1200 app-20230130.log",
    ),
    ("2026-334T12:00 2026-W49", "2023-030T12:00 2023-W05"),
    ("1796040000 is near, and 1796040000.5", "1675080000 is near, and 1675080000.5"),
    ("ts=1700000000.123 expires: 1900000000", "ts=1579040000.123 expires: 1779040000"),
    ('{"createdAt":1796040000000,"t":1796040000000000}', '{"createdAt":1675080000000,"t":1675080000000000}'),
    ("msg=audit(1796040000.123:44)", "msg=audit(1675080000.123:44)"),
    ("@4000000062a1f3b41234abcd", "@400000005b6c3fb41234abcd"),
    ("30%2FNov%2F2026 2026%2F11%2F30T12%3A00", "30%2FJan%2F2023 2023%2F01%2F30T12%3A00"),
    (r'"11\/30\/2026"', r'"01\/30\/2023"'),
]
STAYS = [
    "10.11.20.26 and 192.168.11.30 and 1.2.3.4",
    "version 2.11.26 rev 1.11.30",
    "blk_-1608999687919862906 550e8400-2011-11d4-a716-446655440000",
    "src_ip=1292640966 uid 1000000000",
    "2026-13-30 2026-02-30 2026-00-10 20261330",
    "12:00:00.123 took 30 s of 26",
    "Maybe 30 of Decimal 12",
    "a1796040000 1796040000b",
    "3/4 of 5/6",
]


@pytest.mark.parametrize(("text", "moved"), MOVED)
def test_a_date_is_moved_in_its_form(text: str, moved: str) -> None:
    assert shifted_dates(text, -7 * WEEKS, NEAR)[0] == moved
    # What the faster engine doesn't find is never read.
    assert pl.Series([text]).str.contains(HINT).all()


@pytest.mark.parametrize("text", STAYS)
def test_what_is_no_date_stays(text: str) -> None:
    assert shifted_dates(text, -7 * WEEKS, NEAR) == (text, 0)


def test_every_form_has_an_example() -> None:
    from lumber.privacy.time_forms import DATES

    found = {match.lastgroup for text, _ in MOVED for match in DATES.finditer(text)}
    assert found == FORMS.keys()


def test_a_date_without_a_year_stays_without_the_day_of_its_row() -> None:
    assert shifted_dates("Nov 30 12:00:00 and 2026-11-30", -7 * WEEKS) == (
        "Nov 30 12:00:00 and 2023-01-30",
        1,
    )


def test_a_leap_day_belongs_to_a_leap_year_near_its_row() -> None:
    assert shifted_dates("Feb 29 12:00:00", -7, date(2025, 3, 3))[0] == "Feb 22 12:00:00"


def test_a_date_with_dots_begins_with_its_day() -> None:
    """Also where the month as the first number would be nearer to the row's time."""
    assert shifted_dates("02.01.2000", -7 * 104, date(2000, 1, 18))[0] == "04.01.1998"
    assert shifted_dates("01.31.2000", -7 * 104, date(2000, 1, 18))[0] == "02.02.1998"


def test_a_date_before_the_calendar_is_removed() -> None:
    assert shifted_dates("1900-01-01", -7 * 110_000, None)[0] == "[time]"


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(104, 1127), st.integers(-90, 90))
@examples(100)
def test_every_date_of_a_text_is_that_day_so_many_weeks_earlier(day: date, weeks: int, off: int) -> None:
    near = day + timedelta(off)
    text = (
        f"{day:%b %d} 10:00:00 {day:%Y-%m-%d}T10:00 {day:%d/%b/%Y:10:00} {day:%Y%m%d} {day:%m/%d/%Y} "
        f"{day:%a %b %d} 10:00:00 {day:%Y}, {day:%d.%m.%Y} {day:%B %d, %Y}"
    )
    moved, count = shifted_dates(text, -7 * weeks, near)
    assert count == 8
    new = day - timedelta(weeks=weeks)
    assert f"{new:%Y-%m-%d}T10:00 {new:%d/%b/%Y:10:00} {new:%Y%m%d}" in moved
    # May has no longer name.
    assert f", {new:%d.%m.%Y} {new:%b}" in moved
