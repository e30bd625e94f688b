"""A user's own mapping of fields to columns, and own form of times."""

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.errors import ConfigError, IngestError
from lumber.ingest.records.mapping import FieldMapping, column_of, pairs_of
from lumber.ingest.syslog.years import YearFinder
from lumber.ingest.time_format import TimeFormat
from lumber.ingest.zones import UTC_ZONE


def applied(record: dict, *texts: str) -> dict:
    mapping = FieldMapping.parse("logs", pairs_of(texts))
    return {column_of(name) or name: value for name, value in mapping.applied(record).items()}


@pytest.mark.parametrize(
    ("record", "text", "result"),
    [
        ({"Content": "x", "a": 1}, "message=content", {"message": "x", "a": 1}),
        ({"Date": "d", "Time": "t"}, "timestamp=Date+Time", {"timestamp": "d t"}),
        ({"Date": "d", "a": 1}, "timestamp=Date+Time", {"timestamp": None, "Date": "d", "a": 1}),
        ({"a": {"b": {"c": "x", "d": 1}}}, "message=a.b.c", {"message": "x", "a": {"b": {"d": 1}}}),
        ({"a.b": "x", "a": {"b": "y"}}, "message=a.b", {"message": "x", "a": {"b": "y"}}),
        (
            {"ip": ["1.1.1.1", "2.2.2.2"]},
            "device_ip=ip.1",
            {"device_ip": "2.2.2.2", "ip": ["1.1.1.1", "2.2.2.2"]},
        ),
        ({"a+b": "x"}, r"message=a\+b", {"message": "x"}),
        ({"a": {"x.y": "z"}}, r"message=a.x\.y", {"message": "z", "a": {}}),
        ({"Level": "INFO"}, "level=Level", {"severity_text": "INFO"}),
    ],
)
def test_fields_make_a_column_and_the_others_stay(record: dict, text: str, result: dict) -> None:
    assert applied(record, text) == result


def test_the_source_of_a_mapping_is_not_changed() -> None:
    record = {"a": {"b": "x", "c": 1}}
    applied(record, "message=a.b")
    assert record == {"a": {"b": "x", "c": 1}}


@pytest.mark.parametrize(
    "texts",
    [
        ("message",),
        ("messages=x",),
        ("message=",),
        ("message=a+",),
        ("message=a", "msg=b"),
        ("message=a", "message=b"),
    ],
)
def test_a_wrong_mapping_is_refused_by_name(texts: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as error:
        applied({}, *texts)
    assert error.value.problems[0].field == "map"


def test_a_table_without_a_mapped_field_says_what_it_has() -> None:
    mapping = FieldMapping.parse("logs", {"message": "Contents"})
    with pytest.raises(IngestError, match=r"app\.csv has no field Contents.*It has 2 fields: Date, Content"):
        mapping.require("app.csv", ["Date", "Content"])


@pytest.mark.parametrize(
    ("form", "text", "moment"),
    [
        ("%d/%m/%Y %H:%M:%S", "01/03/2024 10:00:00", "2024-03-01T10:00:00+00:00"),
        ("%y%m%d %H%M%S", "081109 203615", "2008-11-09T20:36:15+00:00"),
        ("%Y%m%d-%H:%M:%S:%f", "20171223-22:15:29:606", "2017-12-23T22:15:29.606000+00:00"),
        ("%m/%d/%y, %I:%M %p", "3/1/24, 12:05 am", "2024-03-01T00:05:00+00:00"),
        ("%A, %d. %B %Y", "Wednesday, 1. May 2024", "2024-05-01T00:00:00+00:00"),
        ("%d/%b/%Y:%T %z", "01/Mar/2024:10:00:00 +0100", "2024-03-01T09:00:00+00:00"),
        ("%d/%m/%Y", "30/02/2024", None),
        ("%d/%m/%Y", "1/3/24", None),
        ("%I:%M%p %F", "13:00pm 2024-01-01", None),
        ("%Y%m%d", "2024311", None),
    ],
)
def test_times_of_an_own_form(form: str, text: str, moment: str | None) -> None:
    found = TimeFormat.parse(form).timestamps(pl.Series([text]), UTC_ZONE, None)[0]
    shown = None if found is None else datetime.fromtimestamp(found / 1_000_000, UTC).isoformat()
    assert shown == moment


def test_a_form_without_a_year_gets_it_from_the_order() -> None:
    years = YearFinder(UTC_ZONE, datetime(2026, 1, 1, tzinfo=UTC), 2023, {})
    found = TimeFormat.parse("%m-%d %H:%M").timestamps(
        pl.Series(["12-31 23:59", "01-01 00:00"]), UTC_ZONE, years
    )
    assert [datetime.fromtimestamp(value / 1e6, UTC).year for value in found] == [2023, 2024]


@given(st.text(max_size=30))
def test_any_text_in_a_form_stands_for_itself(text: str) -> None:
    literal = text.replace("%", "%%").replace("\x00", "")
    written = f"2024-03-01{text}".replace("\x00", "")
    form = TimeFormat.parse(f"%Y-%m-%d|{literal}")
    assert form.timestamps(pl.Series([written.replace("2024-03-01", "2024-03-01|", 1)]), UTC_ZONE, None)[0]


@pytest.mark.parametrize(
    "form", ["", "%H:%M", "%Y %y %m %d", "%d %m %d", "%Q", "%", "%m-%d %I:%M", "%d %H:%M"]
)
def test_a_form_that_makes_no_time_is_refused(form: str) -> None:
    with pytest.raises(ConfigError) as error:
        TimeFormat.parse(form)
    assert error.value.problems[0].field == "time_format"
