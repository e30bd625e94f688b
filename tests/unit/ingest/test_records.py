"""Records with named fields: which field is which column, and what its value becomes."""

import pytest

from lumber.ingest.limits import Limits
from lumber.ingest.options import Format, IngestOptions
from lumber.ingest.recognise import recognise
from lumber.ingest.records import values
from lumber.ingest.records.build import RecordBuilder
from lumber.ingest.records.json_lines import JsonLineParser
from lumber.ingest.records.values import WrongValue
from tests.unit.ingest.lines import framed


def loaded(line: str, kind: str = "logs") -> dict:
    rows, rejects = JsonLineParser(RecordBuilder.of(IngestOptions(kind)), Limits()).parse(framed(line))
    assert not rejects
    return {name: value for name, value in rows.to_dicts()[0].items() if value is not None}


def reason(line: str, kind: str = "logs") -> str:
    rows, rejects = JsonLineParser(RecordBuilder.of(IngestOptions(kind)), Limits()).parse(framed(line))
    assert rows.is_empty()
    return rejects[0].reason


def test_the_best_name_wins_and_the_others_are_kept() -> None:
    row = loaded('{"date": "x", "@timestamp": 1, "msg": "m", "log": "l", "LEVEL": "Warn", "id": 7}')
    assert row == {
        "number": 1, "timestamp": 1_000_000, "message": "m", "log_level": "WARNING", "severity_text": "Warn",
        "structured_data": '{"date":"x","id":7,"log":"l"}',
    }  # fmt: skip


def test_nested_fields_are_found_and_the_rest_of_their_object_is_kept() -> None:
    row = loaded('{"time": 1, "message": "m", "log": {"level": "info", "x": 1}, "host": {"name": "h"}}')
    assert (row["severity_text"], row["host_name"]) == ("info", "h")
    assert row["structured_data"] == '{"log":{"x":1}}'


def test_own_structured_data_and_other_fields_are_merged_or_nested() -> None:
    assert (
        loaded('{"time":1,"msg":"m","structured_data":{"a":1},"b":2}')["structured_data"] == '{"a":1,"b":2}'
    )
    nested = loaded('{"time":1,"msg":"m","structured_data":{"a":1},"a":2}')["structured_data"]
    assert nested == '{"a":2,"structured_data":{"a":1}}'


def test_large_integers_keep_their_value() -> None:
    assert loaded('{"time":1,"msg":"m","n":123456789012345678901234567890}')["structured_data"] == (
        '{"n":123456789012345678901234567890}'
    )


def test_a_journald_message_of_bytes_is_text() -> None:
    assert loaded('{"__REALTIME_TIMESTAMP":"1000000","MESSAGE":[104,195,169]}')["message"] == "h\u00e9"
    assert "UTF-8" in reason('{"__REALTIME_TIMESTAMP":"1000000","MESSAGE":[255]}')


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('{"time": 1, "msg": "m", "priority": 3}', "error"),
        ('{"time": 1, "msg": "m", "PRIORITY": "6"}', "informational"),
        ('{"time": 1, "msg": "m", "priority": "high"}', "high"),
        ('{"time": 1, "msg": "m", "level": 3}', "3"),
    ],
)
def test_only_a_priority_may_be_a_number(line, text) -> None:
    assert loaded(line)["severity_text"] == text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"msg": "m"}', "timestamp: is required"),
        ('{"time": 1}', "message: is required"),
        ('{"time": "soon", "msg": "m"}', "timestamp: 'soon' is not a time"),
        ('{"time": true, "msg": "m"}', "timestamp: true is not a time"),
        ('{"time": 1, "msg": {"a": 1}}', "message: {\"a\":1} is an object, not text"),
        ('{"time": 1, "msg": NaN}', "not valid JSON"),
        ('{"time": 1, "msg": "\\ud800"}', "not valid JSON"),
        ('{"time": 1234567890123456789, "msg": "\\ud800"}', "not valid JSON"),
        ("[1]", "not a JSON object"),
        ("{" * 100_000, "not valid JSON"),
    ],
)  # fmt: skip
def test_a_record_that_cannot_be_loaded_says_why(line, said) -> None:
    assert said in reason(line)


def test_an_address_needs_a_time_and_takes_it_from_either_end() -> None:
    row = loaded('{"ip": "2001:DB8::1", "last_seen": 5, "id": 3, "ip_version": 6}', "ips")
    assert (row["address"], row["first_seen"], row["last_seen"]) == ("2001:db8::1", 5_000_000, 5_000_000)
    assert "first_seen: is required" in reason('{"ip": "1.2.3.4"}', "ips")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a, b;c", '["a","b","c"]'), ('["x", 1]', '["x",1]'), (["z"], '["z"]'), ("", None), (" , ", None)],
    ids=repr,
)
def test_tags_may_be_json_or_a_list(value, expected) -> None:
    assert values.tags(value) == expected


@pytest.mark.parametrize(
    "value", ["abc", "nan", "1e999", True, [], "1_000", "1.5", 2**63, "1e999999999"], ids=repr
)
def test_what_is_no_whole_number_is_refused(value) -> None:
    with pytest.raises(WrongValue):
        values.integer(value)


@pytest.mark.parametrize(
    "value", ["abc", "nan", "inf", True, [], "1_0", 10**400], ids=lambda value: str(value)[:9]
)
def test_what_is_no_number_is_refused(value) -> None:
    with pytest.raises(WrongValue):
        values.real(value)


@pytest.mark.parametrize(
    ("head", "format_"),
    [
        (b"PAR1....", Format.PARQUET),
        (b"\xef\xbb\xbftimestamp,message\n", Format.CSV),
        (b"\n\nTime;Msg\n", Format.CSV),
        (b'"time"\t"message"\n', Format.CSV),
        (b"message\n", Format.AUTO),
        (b"one,two\n", Format.AUTO),
        (b'{"time": 1, "message": 2}\n', Format.AUTO),
        (b"Jun 14 15:16:01 h t: time,message\n", Format.AUTO),
        (b"", Format.AUTO),
    ],
)
def test_a_source_is_recognised_by_its_first_line(head, format_) -> None:
    assert recognise(head, IngestOptions("logs")) is format_
