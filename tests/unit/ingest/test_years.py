"""Years for times that have none."""

# ruff: noqa: DTZ001 -- times without a zone are what is tested

import os
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.ingest.ledger import Entry
from lumber.ingest.options import IngestOptions
from lumber.ingest.readers import open_source
from lumber.ingest.resume import Position
from lumber.ingest.sources import Source
from lumber.ingest.syslog.years import YearFinder
from lumber.ingest.zones import UTC_ZONE
from tests.unit.ingest.lines import parsed

REFERENCE = datetime(2026, 6, 15, tzinfo=UTC)


def times(*dates: tuple[int, int]) -> pl.DataFrame:
    month, day = zip(*dates, strict=True) if dates else ((), ())
    zero = [0] * len(dates)
    return pl.DataFrame({"month": month, "day": day, "hour": zero, "minute": zero, "second": zero})


def without_year(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.lit(None, pl.Int64).alias("year"))


@pytest.mark.parametrize(
    ("dates", "years"),
    [
        ([(12, 30), (12, 31), (1, 1), (1, 2)], [2004, 2004, 2005, 2005]),
        ([(12, 31), (1, 1), (12, 31), (1, 1)], [2004, 2005, 2004, 2005]),
        ([(1, 1), (6, 1), (12, 31), (1, 1), (12, 1)], [2004, 2004, 2004, 2005, 2004]),
        ([(11, 1), (2, 1)], [2004, 2005]),
        ([(3, 1), (2, 28), (3, 1)], [2004, 2004, 2004]),
    ],
)
def test_the_year_steps_with_the_months(dates, years) -> None:
    assert YearFinder(UTC_ZONE, REFERENCE, 2004, {}).years(times(*dates)).to_list() == years


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 28)), min_size=1), st.integers(0, 20))
def test_years_do_not_depend_on_where_chunks_end(dates, cut) -> None:
    whole = YearFinder(UTC_ZONE, REFERENCE, 2004, {}).years(times(*dates)).to_list()
    first = YearFinder(UTC_ZONE, REFERENCE, 2004, {})
    before = first.years(times(*dates[:cut])).to_list() if dates[:cut] else []
    second = YearFinder(UTC_ZONE, REFERENCE, 2004, first.state())
    after = second.years(times(*dates[cut:])).to_list() if dates[cut:] else []
    assert before + after == whole


@given(st.dates(datetime(2000, 1, 1).date(), datetime(2099, 12, 31).date()), st.datetimes(
    datetime(2000, 1, 1), datetime(2099, 1, 1)))  # fmt: skip
def test_without_a_first_year_the_latest_possible_one_is_taken(date, reference) -> None:
    reference = reference.replace(tzinfo=UTC, microsecond=0)
    found = YearFinder(UTC_ZONE, reference, None, {}).years(times((date.month, date.day)))[0]
    limit = reference.timestamp() + 86_400
    possible = []
    for year in range(reference.year - 9, reference.year + 2):
        try:
            moment = datetime(year, date.month, date.day, tzinfo=UTC)
        except ValueError:
            continue
        if moment.timestamp() <= limit:
            possible.append(year)
    assert found == max(possible)


@pytest.mark.parametrize(
    ("dates", "years"),
    [
        ([(2, 28), (2, 29), (3, 1)], [2024, 2024, 2024]),
        ([(12, 1), (2, 29)], [2023, 2024]),
        ([(2, 29), (11, 1), (2, 1)], [2024, 2024, 2025]),
        ([(3, 1), (11, 1), (3, 1), (11, 1)], [2024, 2024, 2025, 2025]),
        ([(6, 1), (5, 1), (6, 15)], [2026, 2026, 2026]),
        ([(11, 1), (6, 14)], [2025, 2026]),
        ([(12, 31), (1, 1), (12, 31), (1, 1)], [2025, 2026, 2025, 2026]),
        ([(6, 17), (6, 14)], [2025, 2025]),
    ],
)
def test_leap_days_the_order_of_lines_and_the_file_decide_together(dates, years) -> None:
    assert YearFinder(UTC_ZONE, REFERENCE, None, {}).years(times(*dates)).to_list() == years


def test_a_year_is_carried_to_the_next_chunk() -> None:
    finder = YearFinder(UTC_ZONE, REFERENCE, None, {})
    assert finder.years(times((11, 1), (12, 1))).to_list() == [2025, 2025]
    later = YearFinder(UTC_ZONE, REFERENCE, None, finder.state())
    assert later.years(times((1, 1), (3, 1))).to_list() == [2026, 2026]


@pytest.mark.parametrize("dates", [[(2, 29), (6, 1), (2, 1), (2, 29)], [(2, 29), (3, 1), (8, 1)]])
def test_lines_that_contradict_earlier_ones_have_no_year(dates) -> None:
    finder = YearFinder(UTC_ZONE, REFERENCE, None, {"year": 2026, "month": 2})
    assert finder.years(times(*dates)).null_count()


def test_a_line_without_a_year_is_rejected_with_advice() -> None:
    dates = ("Feb 29", "Aug  1", "Jan  1", "Feb 29")
    reasons = [row["reason"] for row in parsed(*(f"{date} 10:00:00 h a: m" for date in dates))]
    assert [reason is None for reason in reasons] == [False, True, True, False]
    assert "--year" in reasons[-1]


def test_a_day_that_is_none_does_not_move_the_year_of_others() -> None:
    assert parsed("Dec 99 10:00:00 h a: m", "Jun 1 10:00:00 h a: m")[1]["timestamp"].year == 2026
    assert parsed("Jun 99 10:00:00 h a: m", "Jun 01 10:00:00 h a: m")[1]["timestamp"].year == 2026


def test_later_chunks_tell_the_year_of_the_first_one() -> None:
    first, later = times((11, 1), (12, 31)), times((1, 1), (11, 1), (1, 1), (6, 1))
    assert YearFinder(UTC_ZONE, REFERENCE, None, {}).years(first).to_list() == [2025, 2025]
    finder = YearFinder(UTC_ZONE, REFERENCE, None, {}, lambda: without_year(later))
    assert finder.years(without_year(first)).to_list() == [2024, 2024]
    assert finder.years(later).to_list() == [2025, 2025, 2026, 2026]


@pytest.mark.parametrize("days", [20, 400, 1000])
def test_a_long_file_without_years_is_loaded_with_the_right_ones(days, tmp_path) -> None:
    path = tmp_path / "a.log"
    end = datetime(2026, 6, 14, 12)
    count = 20_000
    moments = [end - timedelta(days=days) * (1 - place / count) for place in range(1, count + 1)]
    lines = [f"<34>{moment:%b} {moment.day:2} {moment:%H:%M:%S} h t[1]: m\n" for moment in moments]
    path.write_text("".join(lines))
    written = end.replace(tzinfo=UTC).timestamp()
    os.utime(path, (written, written))
    options = IngestOptions("logs", chunk_bytes=65_536)
    with open_source(Source.find(str(path)), options) as opened:
        reader = opened.reader(options, Entry("a", "logs", "a.log", ""), "sqlite")
        chunks = list(reader.chunks(opened.stream, Position.start()))
    assert len(chunks) > 5
    assert not any(chunk.rejects for chunk in chunks)
    found = pl.concat([chunk.rows["timestamp"] for chunk in chunks]).to_list()
    seconds = [moment.replace(microsecond=0, tzinfo=UTC).timestamp() for moment in moments]
    assert found == [second * 1_000_000 for second in seconds]
