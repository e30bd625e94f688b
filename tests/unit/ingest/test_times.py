"""Times against the standard library, one value at a time."""

# ruff: noqa: DTZ001 -- times without a zone are what is tested

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.errors import ConfigError
from lumber.ingest import isotime
from lumber.ingest.ledger import Entry
from lumber.ingest.line_reader import LineReader
from lumber.ingest.options import IngestOptions
from lumber.ingest.overlap import OrderedZone
from lumber.ingest.records import values
from lumber.ingest.resume import Position
from lumber.ingest.zones import UTC_ZONE, Zone
from tests.unit.ingest.test_conservation import NOW, Bytes

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "+05:30", "-0930"]


def micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def read(text: str, zone: Zone = UTC_ZONE) -> int | None:
    return isotime.timestamps(pl.Series([text]), zone)[0]


@given(
    st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29)),
    st.none() | st.integers(-23 * 60, 23 * 60),
    st.sampled_from(["T", " ", "t"]),
    st.booleans(),
)
def test_iso_times_are_read_as_the_standard_library_reads_them(moment, offset, separator, is_alone) -> None:
    zone = UTC if offset is None else timezone(timedelta(minutes=offset))
    aware = moment.replace(tzinfo=zone)
    text = aware.isoformat(sep=separator)
    texts = [text] if is_alone else [text, "2024-01-05", "nothing"]
    assert isotime.timestamps(pl.Series(texts), UTC_ZONE)[0] == micros(aware)


@given(st.datetimes(datetime(1950, 1, 1), datetime(2037, 12, 31)), st.sampled_from(ZONES))
def test_local_times_are_read_as_the_standard_library_reads_them(moment, name) -> None:
    zone = Zone.parse(name)
    expected = moment.replace(tzinfo=zone.tzinfo, fold=0).astimezone(UTC)
    assert read(moment.isoformat(), zone) == micros(expected)


def test_a_gap_is_shifted_forward_and_an_overlap_is_the_first() -> None:
    berlin = Zone.parse("Europe/Berlin")
    shifted = datetime(2024, 3, 31, 3, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    first = datetime(2024, 10, 27, 2, 30, tzinfo=timezone(timedelta(hours=2)))
    assert read("2024-03-31T02:30:00", berlin) == micros(shifted.astimezone(UTC))
    assert read("2024-10-27T02:30:00", berlin) == micros(first)


@pytest.mark.parametrize(
    "text",
    ["", "x", "2024-02-30", "2024-13-01", "2024-01-05T24:00:00", "2024-01-05T10:00:00+25:00",
     "0000-01-01", "0000-12-31T23:59:60,5Z", "0000-12-31T23:30:00-01:00", "0001-01-01T00:00:00+01:00",
     "9999-12-31T23:59:59-01:00", "2024-01-05T10:00:00+01:75"],
)  # fmt: skip
def test_what_is_no_time_is_null(text) -> None:
    assert read(text) is None


def test_a_leap_second_is_the_second_after_it() -> None:
    expected = micros(datetime(2017, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC))
    assert read("2016-12-31T23:59:60.5Z") == read("2016-12-31 23:59:60.5 GMT") == expected


@pytest.mark.parametrize("text", ["2024-01-05", "2024/01/05", "2024-01-05 00:00", "20240105T000000Z",
                                  "2024-01-05T00:00:00,000 UTC", " 2024-01-05T01:00+01 "])  # fmt: skip
def test_common_forms_mean_the_same(text) -> None:
    assert read(text) == micros(datetime(2024, 1, 5, tzinfo=UTC))


@pytest.mark.parametrize(
    "value",
    [
        1704448800,
        1704448800.0,
        "1704448800",
        1704448800_000,
        1704448800_000_000,
        1704448800_000_000_000,
        "1704448800000000999",
        "1704448800.0000009",
    ],
    ids=repr,
)
def test_numbers_are_seconds_to_nanoseconds(value) -> None:
    assert values.epoch_microseconds(value) == 1704448800_000_000


@pytest.mark.parametrize("value", [True, None, "x", "nan", "1e400", [], 10**30])
def test_other_values_are_no_epoch(value) -> None:
    assert values.epoch_microseconds(value) is None


@pytest.mark.parametrize("text", ["Mars/Base", "", "+25:00", "../etc/passwd", "+01:75"])
def test_a_bad_zone_names_the_allowed_forms(text) -> None:
    with pytest.raises(ConfigError, match="Europe/Berlin"):
        Zone.parse(text)


def _hours(zone: OrderedZone, *clocks: str) -> list[str]:
    texts = pl.Series([f"2024-10-27 {clock}" for clock in clocks])
    found = isotime.timestamps(texts, zone).cast(pl.Datetime("us"))
    return found.dt.strftime("%H:%M").to_list()


def test_the_repeated_hour_is_ordered_by_what_came_before() -> None:
    clocks = ("01:59:00", "02:10:00", "02:59:00", "02:58:59", "02:01:00", "02:59:30", "03:00:00")
    hours = ["23:59", "00:10", "00:59", "00:58", "01:01", "01:59", "02:00"]
    assert _hours(OrderedZone("Europe/Berlin"), *clocks) == hours
    for cut in range(1, len(clocks)):
        first = OrderedZone("Europe/Berlin")
        before = _hours(first, *clocks[:cut])
        assert before + _hours(OrderedZone("Europe/Berlin", seen=first.seen), *clocks[cut:]) == hours


def test_a_loaded_file_has_both_passes_of_the_repeated_hour() -> None:
    content = b"".join(b"2024-10-27 %s h t: m\n" % clock for clock in (b"02:30:00", b"02:50:00", b"02:10:00"))
    options = IngestOptions("logs", zone=Zone.parse("Europe/Berlin"), chunk_bytes=30)
    reader = LineReader(options, Entry("i", "logs", "n", "f"), NOW)
    rows = pl.concat(chunk.rows for chunk in reader.chunks(Bytes(content), Position.start()))
    times = rows["timestamp"].cast(pl.Datetime("us")).dt.strftime("%H:%M").to_list()
    assert times == ["00:30", "00:50", "01:10"]
