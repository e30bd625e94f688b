"""Lines that a pattern reads: rows, types, rejects with the place where they stop matching."""

from dataclasses import replace
from typing import Any

import pytest

from lumber.errors import ConfigError, IngestError
from lumber.ingest.options import Format, IngestOptions, check_mapping, check_pattern, time_format_of
from lumber.ingest.patterns.first_lines import require_match
from lumber.ingest.patterns.pattern import LinePattern
from lumber.ingest.rejects import Reject
from lumber.ingest.report import reason_of
from tests.unit.ingest.reading import read, read_in_two_loads

TEN = 1_709_287_200_000_000  # 2024-03-01T10:00:00Z
AFTER = "does not match the pattern after '2024-03-01 10:00:00"
ISO = "%{TIMESTAMP_ISO8601:timestamp}"


def options(pattern: str, kind: str = "logs", **mapped: str) -> IngestOptions:
    mapping = check_mapping(mapped, kind, Format.AUTO)
    checked = check_pattern(pattern, kind, Format.AUTO, mapping)
    form = time_format_of(checked, mapping, kind)
    return IngestOptions(kind, pattern=checked, mapping=mapping, time_format=form)


def load(
    text: str, pattern: str, kind: str = "logs", **mapped: str
) -> tuple[list[dict[str, Any]], list[tuple]]:
    return read(text, options(pattern, kind, **mapped))


def test_groups_are_columns_or_typed_data() -> None:
    line = "2024-03-01 10:00:00 [worker-1] WARN shop.Cart: 12 items in 0.5 s (id 007) ünïcödé"
    pattern = (
        ISO + r" \[(?<thread>[^]]+)\] %{LOGLEVEL:level} %{JAVACLASS:logger}: "
        r"(?P<message>%{INT:items:int} items in %{NUMBER:seconds:float} s \(id %{INT:id}\).*)"
    )
    rows, rejects = load(line + "\r\n", pattern)
    assert rejects == []
    assert rows == [
        {
            "timestamp": TEN, "severity_text": "WARN", "log_level": "WARNING", "process_name": "shop.Cart",
            "message": "12 items in 0.5 s (id 007) ünïcödé", "raw_message": line,
            "structured_data": {"thread": "worker-1", "items": 12, "seconds": 0.5, "id": "007"},
        }
    ]  # fmt: skip


def test_without_a_message_the_whole_line_is_it() -> None:
    rows, _ = load("2024-03-01 10:00:00 up\n", ISO + " %{WORD:state}")
    assert rows[0]["message"] == rows[0]["raw_message"] == "2024-03-01 10:00:00 up"


def test_a_group_that_takes_no_part_is_no_field() -> None:
    rows, _ = load("2024-03-01 10:00:00 up\n", ISO + "(?: (?P<message>[A-Z]+)| (?P<state>up))")
    assert rows[0]["message"] == "2024-03-01 10:00:00 up"
    assert rows[0]["structured_data"] == {"state": "up"}


def test_the_date_of_a_web_server_needs_no_time_format() -> None:
    pattern = r"%{IP:client} - - \[%{HTTPDATE:%s}\] %{QUOTEDSTRING:message}"
    line = '10.0.0.1 - - [01/Mar/2024:12:00:00 +0200] "GET / HTTP/1.1"\n'
    assert load(line, pattern.replace("%s", "timestamp"))[0][0]["timestamp"] == TEN
    assert load(line, pattern.replace("%s", "when"), timestamp="when")[0][0]["timestamp"] == TEN


def test_mapped_groups_are_joined() -> None:
    rows, _ = load("2024-03-01|10:00:00|hi\n", r"(?P<d>\S+?)\|(?P<t>[^|]+)\|(?P<text>.*)", timestamp="d+t")
    assert (rows[0]["timestamp"], rows[0]["message"]) == (TEN, "hi")


def test_addresses_and_anomalies_have_patterns_too() -> None:
    rows, _ = load("10.0.0.1 2024-03-01T10:00:00Z 7\n", "%{IP:ip} %{NOTSPACE:last_seen} %{INT:risk}", "ips")
    assert (rows[0]["address"], rows[0]["first_seen"], rows[0]["risk_score"]) == ("10.0.0.1", TEN, 7.0)
    rows, _ = load("2024-03-01 10:00:00 scan 0.9\n", ISO + " %{WORD:type} %{NUMBER:score}", "anomalies")
    assert (rows[0]["anomaly_type"], rows[0]["score"]) == ("scan", 0.9)


def test_a_reject_says_where_the_line_stops_matching() -> None:
    pattern = ISO + r" \[%{WORD:thread}\] %{INT:n:int}"
    text = (
        "2024-03-01 10:00:00 [main] 1\n2024-03-01 10:00 (main) 1\nnoise\n\n2024-03-01 10:00:00 [main] x\n"
        "2024-03-01 10:00:00 [main] 12 'x'\n2024-03-01 10:00:00 [main]\n"
    )
    rows, rejects = load(text, pattern)
    assert len(rows) == 1
    assert rejects == [
        (2, rf"{AFTER[:-3]} ': expected \[ (column 32), found '(main) 1'"),
        (3, "does not match the pattern: expected %{TIMESTAMP_ISO8601:timestamp} (column 1), found 'noise'"),
        (4, "blank line"),
        (5, f"{AFTER} [main] ': expected %{{INT:n:int}} (column 51), found 'x'"),
        (6, """does not match the pattern: the pattern ends before " 'x'\""""),
        (7, f"{AFTER} [main]': expected ' ' (column 50), the line ends"),
    ]  # fmt: skip


def test_rejects_are_counted_by_the_place_in_the_pattern() -> None:
    _, rejects = load(
        "".join(
            f"2024-03-01 10:00:0{n} {word}\n" for n, word in enumerate(["x", "y'z", "\"'", "1 a", "2 b"])
        ),
        ISO + " %{INT:n}",
    )
    assert {reason_of(Reject(line, reason, "")) for line, reason in rejects} == {
        "does not match the pattern: expected %{INT:n} (column 32)",
        "does not match the pattern: the pattern ends before the line",
    }


def test_a_value_of_another_type_is_a_reject() -> None:
    text = "2024-03-01 10:00:00 1_000\n2024-03-01 10:00:00 nan\n2024-03-01 10:00:00 1e3\n"
    rows, rejects = load(text, ISO + " %{WORD:n:float}")
    assert [row["structured_data"]["n"] for row in rows] == [1000.0]
    assert rejects == [(1, "n: '1_000' is not of the type float"), (2, "n: 'nan' is not of the type float")]


def test_a_choice_matches_whole_lines() -> None:
    rows, rejects = load("2024-03-01 10:00:00 a\nx\n", f"{ISO} a|(?P<other>b)")
    assert (len(rows), rejects) == (1, [(2, "does not match the pattern")])


def test_stack_traces_continue_their_line() -> None:
    text = "2024-03-01 10:00:00 lost\njava.lang.Error: x\n\tat a.B(C.java:1)\n2024-03-01 10:00:00 found\n"
    rows, rejects = load(text, ISO + " %{GREEDYDATA:message}")
    assert rejects == []
    assert [row["message"] for row in rows] == ["lost\njava.lang.Error: x\n\tat a.B(C.java:1)", "found"]


def test_times_without_a_year_are_in_order_over_two_loads() -> None:
    text = "".join(f"Dec 31 23:59:{n:02} a{'x' * 4000}\n" for n in range(60)) + "Jan  1 00:00:00 b\n"
    rows = read_in_two_loads(
        text, replace(options("%{SYSLOGTIMESTAMP:timestamp} %{GREEDYDATA:message}"), chunk_bytes=65536)
    )
    assert len(rows) == 61
    assert rows[-1]["timestamp"] - rows[-2]["timestamp"] == 1_000_000


@pytest.mark.parametrize(
    ("pattern", "mapped", "words"),
    [
        ("%{WORD:message}", {}, "the pattern has no field for timestamp: name one timestamp"),
        (ISO, {"message": "text"}, "the pattern has no field text"),
    ],
)
def test_a_pattern_that_makes_no_row_is_refused_at_once(pattern: str, mapped: dict, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        options(pattern, **mapped)


def test_a_pattern_is_a_format_of_its_own() -> None:
    with pytest.raises(ConfigError, match="can't be combined with the format csv"):
        check_pattern(ISO, "logs", Format.CSV, check_mapping({}, "logs", Format.CSV))


def test_a_load_whose_first_lines_do_not_match_is_refused_with_both_places() -> None:
    pattern = LinePattern.parse(ISO + r" \[%{WORD:thread}\] .*")
    with pytest.raises(IngestError) as caught:
        require_match(pattern, "app.log", b"\n2024-03-01 10:00:00 (main) x\r\nnoise\n2024-03-01 1")
    assert str(caught.value) == (
        "None of the first 2 lines of app.log matches the pattern, so nothing was loaded."
        " Line 2 stops matching at column 21:\n"
        "  2024-03-01 10:00:00 (main) x\n"
        "                      ^\n"
        "There it has to match this part of the pattern:\n"
        "  %{TIMESTAMP_ISO8601:timestamp} \\[%{WORD:thread}\\] .*\n"
        "                                 ^"
    )
    require_match(pattern, "app.log", b"noise\n2024-03-01 10:00:00 [main] x\n")
    require_match(pattern, "app.log", b"2024-03-01 10:00:00 [main] x")
    require_match(pattern, "app.log", b"")
