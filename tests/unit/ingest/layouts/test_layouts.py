"""Lines of layouts that are not syslog. Every field of each is compared with what was written by hand."""

# ruff: noqa: DTZ001 -- times are compared in UTC

from datetime import UTC, datetime
from typing import Any

import pytest

from lumber.catalog.severity import LEVEL_BY_SPELLING
from lumber.ingest.layouts.table import LAYOUTS
from lumber.ingest.options import LAYOUT_FORMATS, Format, IngestOptions
from tests.unit.ingest.reading import read


def row(
    moment: datetime,
    message: str,
    data: dict[str, Any] | None = None,
    level: str | None = None,
    process: str | None = None,
) -> dict[str, Any]:
    """Return the columns that the reader is to give, without nulls. `level` is the text and the log level."""
    found = {"timestamp": moment.replace(tzinfo=UTC), "message": message, "structured_data": data}
    if level is not None:
        found |= {"severity_text": level, "log_level": LEVEL_BY_SPELLING[level.lower()]}
    return {name: value for name, value in {**found, "process_name": process}.items() if value is not None}


ACCESS_TIME = datetime(2000, 10, 10, 20, 55, 36)
FINE = datetime(2024, 3, 1, 10, 0, 0, 123_456)
DAY = datetime(2024, 3, 1, 10, 0, 0)
LINES = [
    (
        r'127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326',
        row(ACCESS_TIME, "GET /a.gif HTTP/1.0", {
            "client": "127.0.0.1", "user": "frank", "method": "GET", "path": "/a.gif", "protocol": "HTTP/1.0",
            "status": 200, "size": 2326,
        }),
    ),
    (
        r'example.com:80 10.0.0.1 - john doe [10/Oct/2000:20:55:36 +0000] "GET /a\"b HTTP/1.1" 500 5 '
        r'"-" "a \"b\" \x22c" 0.003 -',
        row(ACCESS_TIME, r'GET /a\"b HTTP/1.1', {
            "vhost": "example.com:80", "client": "10.0.0.1", "user": "john doe", "method": "GET",
            "path": r'/a\"b', "protocol": "HTTP/1.1", "status": 500, "size": 5, "agent": r'a \"b\" \x22c',
            "rest": "0.003 -",
        }),
    ),
    (
        r'10.0.0.1, 10.0.0.2 - - [10/Oct/2000:20:55:36 +0000] "\x16\x03\x01" 400 0 "-" "-" "-"',
        row(ACCESS_TIME, r"\x16\x03\x01", {
            "client": "10.0.0.1, 10.0.0.2", "status": 400, "size": 0, "rest": '"-"',
        }),
    ),
    (
        '::1 - - [10/Oct/2000:20:55:36 +0000] "-" 408 - "-" "-"',
        row(ACCESS_TIME, "-", {"client": "::1", "status": 408}),
    ),
    (
        'example.com 2001:db8::1 - - [10/Oct/2000:20:55:36 +0000] "HEAD /" 200 5',
        row(ACCESS_TIME, "HEAD /", {
            "vhost": "example.com", "client": "2001:db8::1", "method": "HEAD", "path": "/", "status": 200,
            "size": 5,
        }),
    ),
    (
        '1.2.3.4:5678 id - [10/Oct/2000:20:55:36 +0000] "POST /a b HTTP/2.0" 201 7 "http://r/" "x y"',
        row(ACCESS_TIME, "POST /a b HTTP/2.0", {
            "client": "1.2.3.4:5678", "identity": "id", "method": "POST", "path": "/a b",
            "protocol": "HTTP/2.0", "status": 201, "size": 7, "referrer": "http://r/", "agent": "x y",
        }),
    ),
    (
        "[Sun Dec  4 04:47:44 2005] [error] [client 1.2.3.4] Directory [a] forbidden",
        row(datetime(2005, 12, 4, 4, 47, 44), "Directory [a] forbidden", {"client": "1.2.3.4"}, "error"),
    ),
    (
        "[Fri Mar 01 10:00:00.123456 2024] [core:error] [pid 35708:tid 4328636416] [client ::1:23] AH1: a",
        row(FINE, "AH1: a", {"client": "::1:23", "process_id": 35708, "thread_id": 4328636416}, "error",
            "core"),
    ),
    (
        "[Fri Mar 01 10:00:00.123456 2024] [mpm_event:trace3] [pid 1] AH1",
        row(FINE, "AH1", {"process_id": 1}, "DEBUG", "mpm_event"),
    ),
    (
        '2024/03/01 10:00:00 [error] 123#456: *789 open() "/x" failed (2: No file), client: 1.2.3.4',
        row(DAY, 'open() "/x" failed (2: No file), client: 1.2.3.4',
            {"process_id": 123, "thread_id": 456, "connection": 789}, "error"),
    ),
    (
        "2024/03/01 10:00:00 [notice] 1#1: start worker",
        row(DAY, "start worker", {"process_id": 1, "thread_id": 1}, "notice"),
    ),
    (
        "I0301 10:00:00.123456   12345 file.go:12] hello: x] y",
        row(FINE.replace(year=2026), "hello: x] y", {"file": "file.go", "line": 12, "thread_id": 12345},
            "INFO"),
    ),
    (
        "F20240301 10:00:00.123456 7 a/b.cc:12] it ends",
        row(FINE, "it ends", {"file": "a/b.cc", "line": 12, "thread_id": 7}, "CRITICAL"),
    ),
    ("2024/03/01 10:00:00 a: message", row(DAY, "a: message")),
    ("2024/03/01 10:00:00.123456 main.go:12: [x] m", row(FINE, "[x] m", {"file": "main.go", "line": 12})),
    ("24/03/01 10:00:00 WARN executor.A$B: a: b", row(DAY, "a: b", None, "WARN", "executor.A$B")),
    (
        "01-Mar-2024 10:00:00.123 SEVERE [main] org.a.Server Starting: up",
        row(FINE.replace(microsecond=123_000), "Starting: up", {"thread": "main"}, "SEVERE", "org.a.Server"),
    ),
    (
        "03-01 10:00:00.123  1702  2395 V Tag of words : a: b",
        row(FINE.replace(year=2026, microsecond=123_000), "a: b", {"process_id": 1702, "thread_id": 2395},
            "DEBUG", "Tag of words"),
    ),
    (
        "W, [2024-03-01T10:00:00.123456 #123]  WARN -- prog: msg: a",
        row(FINE, "msg: a", {"process_id": 123}, "WARN", "prog"),
    ),
    (
        "I, [2024-03-01T10:00:00.123456 #123]  INFO -- : msg: a",
        row(FINE, "msg: a", {"process_id": 123}, "INFO"),
    ),
]  # fmt: skip
REFUSED = [
    ('1.1.1.1 - - [32/Oct/2000:20:55:36 +0000] "GET / HTTP/1.1" 200 5', "is not a time"),
    ('1.1.1.1 - - [10/Oct/2000:20:55:36 +0000] "GET / HTTP/1.1 200 5', "begins like an access log"),
    ("[Sun Dec 34 04:47:44 2005] [error] a", "is not a time"),
    ("2024/13/01 10:00:00 a", "'2024/13/01 10:00:00' is not a time"),
    ("I1301 10:00:00.123456 7 file.go:12] x", "--year"),
    ("24/03/01 10:00:00 LOUD a.B: x", "begins like a log of Spark"),
    ("24/03/01 10:00:00 nothing", "does not start like a log line"),
    ("INFO:root:hello", "has a level and a logger, but no time"),
]


@pytest.mark.parametrize(("line", "truth"), LINES, ids=range(len(LINES)))
def test_every_field_is_as_written_by_hand(line, truth) -> None:
    rows, rejects = read(f"{line}\n")
    assert rejects == []
    assert comparable(rows[0]) == {**truth, "raw_message": line}


def test_lines_of_all_layouts_may_be_mixed() -> None:
    text = "\n".join([*(line for line, _ in LINES), *(line for line, _ in REFUSED), ""])
    rows, rejects = read(text)
    assert [comparable(found) for found in rows] == [{**truth, "raw_message": line} for line, truth in LINES]
    assert [line for line, _ in rejects] == list(range(len(LINES) + 1, len(LINES) + len(REFUSED) + 1))


@pytest.mark.parametrize(("line", "reason"), REFUSED)
def test_a_line_that_does_not_fit_is_a_reject(line, reason) -> None:
    rows, rejects = read(f"{line}\n")
    assert rows == []
    assert reason in rejects[0][1]


def test_every_layout_is_a_format_and_has_an_example() -> None:
    assert tuple(LAYOUTS) == LAYOUT_FORMATS
    for format_ in LAYOUT_FORMATS:
        rows, _ = read("\n".join(line for line, _ in LINES), IngestOptions("logs", Format(format_)))
        assert rows


def comparable(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "timestamp": datetime.fromtimestamp(found["timestamp"] / 1e6, UTC)}
