"""Zeek's logs of tab-separated values: every field is compared with the truth."""

import json
from dataclasses import replace

import pytest

from lumber.ingest.options import IngestOptions
from tests.unit.ingest.reading import read, read_in_two_loads

NOON = 1_709_287_200_000_000  # 2024-03-01T10:00:00Z
LOGS = IngestOptions("logs")


def tabbed(*rows: tuple[str, ...]) -> str:
    return "".join("\t".join(row) + "\n" for row in rows)


def headed(path: str, names: str, types: str) -> str:
    start = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
    return start + tabbed(
        ("#path", path), ("#open", "2024-03-01-10-00-00"), ("#fields", *names.split()),
        ("#types", *types.split()),
    )  # fmt: skip


CONN = headed(
    "conn",
    "ts uid id.orig_h id.orig_p proto service duration orig_bytes local_orig tags parents times note"
    " hostname",
    "time string addr port enum string interval count bool set[string] vector[count] vector[interval]"
    " string string",
)
FIRST = (
    "1709287200.250000", "C1", "10.0.0.1", "49152", "tcp", "http", "0.500000", "18446744073709551615", "T",
    "a,b\\x2cc,-", "1,2", "0.5,-", "tab\\x09 line\\x0a back\\\\x09 \\xc3\\xa9 caf\u00e9 \\xff", "client7",
)  # fmt: skip
SECOND = (
    "1709287201.000001", "C2", "fe80::1", "0", "udp", "-", "-", "0", "F", "(empty)", "-", "(empty)", "\\x2d",
    "(empty)",
)  # fmt: skip
FIRST_DATA = {
    "uid": "C1", "id.orig_h": "10.0.0.1", "id.orig_p": 49152, "proto": "tcp", "service": "http",
    "duration": 0.5, "orig_bytes": 18446744073709551615, "local_orig": True, "tags": ["a", "b,c", None],
    "parents": [1, 2], "times": [0.5, None], "note": "tab\t line\n back\\x09 \u00e9 caf\u00e9 \\xff",
    "hostname": "client7",
}  # fmt: skip
SECOND_DATA = {
    "uid": "C2", "id.orig_h": "fe80::1", "id.orig_p": 0, "proto": "udp", "orig_bytes": 0, "local_orig": False,
    "tags": [], "times": [], "note": "-", "hostname": "",
}  # fmt: skip


def test_values_have_the_types_of_the_header_and_no_client_is_the_host() -> None:
    rows, rejects = read(CONN + tabbed(FIRST, SECOND) + "#close\t2024-03-01-11-00-00\n")
    assert rejects == []
    messages = [json.loads(row.pop("message")) for row in rows]
    assert rows == [
        {
            "timestamp": NOON + 250_000, "process_name": "conn", "raw_message": "\t".join(FIRST),
            "structured_data": FIRST_DATA,
        },
        {
            "timestamp": NOON + 1_000_001, "process_name": "conn", "raw_message": "\t".join(SECOND),
            "structured_data": SECOND_DATA,
        },
    ]  # fmt: skip
    assert messages == [{"ts": 1709287200.25, **FIRST_DATA}, {"ts": 1709287201.000001, **SECOND_DATA}]


def test_the_same_record_as_json_becomes_the_same_row() -> None:
    [from_lines], _ = read(CONN + tabbed(FIRST))
    record = json.dumps({"ts": 1709287200.25, **FIRST_DATA}, separators=(",", ":"), ensure_ascii=False)
    [from_json], _ = read(record + "\n")
    assert from_lines.pop("raw_message") == "\t".join(FIRST)
    # Only Zeek's streams of JSON name the log.
    assert from_lines.pop("process_name") == "conn"
    assert from_lines == from_json
    [streamed], _ = read('{"_path":"conn","ts":1,"host":"shop.example","service":"http"}\n')
    assert (streamed["process_name"], streamed.get("host_name")) == ("conn", None)
    assert streamed["structured_data"] == {"host": "shop.example", "service": "http"}


def test_notices_and_reports_have_their_own_message_and_level() -> None:
    notice = headed("notice", "ts note msg date", "time enum string string")
    report = headed("reporter", "ts level message location", "time enum string string")
    text = notice + tabbed(("1709287200.0", "Scan::Port", "10.0.0.9 scanned", "Fri"))
    text += report + tabbed(("1709287200.0", "Reporter::WARNING", "no such field", "(empty)"))
    rows, rejects = read(text)
    assert rejects == []
    for row in rows:
        assert row.pop("raw_message").count("\t") == 3
    assert rows == [
        {
            "timestamp": NOON, "process_name": "notice", "message": "10.0.0.9 scanned",
            "structured_data": {"note": "Scan::Port", "date": "Fri"},
        },
        {
            "timestamp": NOON, "process_name": "reporter", "message": "no such field",
            "severity_text": "WARNING", "log_level": "WARNING", "structured_data": {"location": ""},
        },
    ]  # fmt: skip


def test_headers_may_have_another_separator_and_old_types() -> None:
    text = "#separator |\n#set_separator|;\n#empty_field|EMPTY\n#unset_field|?\n#path|x\n"
    text += "#fields|ts|a|b|c\n#types|time|table[count]|vector[string]|count\n"
    [row], rejects = read(text + "1709287200|1;2|EMPTY|?\n")
    assert rejects == []
    assert row["structured_data"] == {"a": [1, 2], "b": []}
    assert row["process_name"] == "x"


def test_lines_that_no_header_explains_are_rejects() -> None:
    text = "#separator \\x09\n1709287200.0\tx\n#fields\tts\ta\n#types\ttime\tcount\n"
    rows, rejects = read(text + "1709287200.0\n\n-\t1\nsoon\t1\n1709287200.0\tmany\n1\t1_0\n1\t" + "9" * 20)
    assert rejects == [
        (2, "has no #fields line of Zeek before it"),
        (5, "has 1 field, and the line #fields has 2"),
        (6, "blank line"),
        (7, "timestamp: is required, but missing"),
        (8, "timestamp: 'soon' is not a time in years 1 to 9999"),
    ]
    # Not of their type, and kept.
    assert [row["structured_data"]["a"] for row in rows] == ["many", "1_0", "9" * 20]


def test_a_resumed_load_knows_the_header() -> None:
    second = headed("x", "ts a", "time bool") + tabbed(("1709287200", "T"))
    text = CONN + tabbed(*[FIRST, SECOND] * 10) + second
    whole, _ = read(text)
    for size in (600, 1500):
        assert read_in_two_loads(text, replace(LOGS, chunk_bytes=size)) == whole
    assert len(whole) == 21


@pytest.mark.parametrize("chunk_bytes", [1, 200, 10_000])
def test_line_numbers_count_the_header(chunk_bytes: int) -> None:
    text = CONN + "bad\n" + tabbed(FIRST) + "#close\tx\nbad\n"
    _, rejects = read(text, replace(LOGS, chunk_bytes=chunk_bytes))
    assert [line for line, _ in rejects] == [9, 12]


def test_other_programs_that_write_ts_and_uid_keep_their_columns() -> None:
    [row], _ = read('{"ts":1,"uid":"7f","level":"info","logger":"controller","msg":"m","host":"h"}\n')
    assert (row["process_name"], row["host_name"]) == ("controller", "h")
