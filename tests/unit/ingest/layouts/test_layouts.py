"""Lines of layouts that are not syslog. Every field of each is compared with what was written by hand."""

# ruff: noqa: DTZ001 -- times are compared in UTC

from datetime import datetime

import pytest

from lumber.ingest.layouts.table import LAYOUTS
from lumber.ingest.options import LAYOUT_FORMATS, PLAIN_FORMATS, Format, IngestOptions
from tests.unit.ingest.layouts.test_services import LINES as SERVICES
from tests.unit.ingest.layouts.test_web_servers import LINES as WEB_LINES
from tests.unit.ingest.layouts.truth import comparable, row
from tests.unit.ingest.reading import read

FINE = datetime(2024, 3, 1, 10, 0, 0, 123_456)
DAY = datetime(2024, 3, 1, 10, 0, 0)
LINES = [
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
    ("2024/03/01 11:00:00 +0100 a: b", row(DAY, "a: b")),
    ("2024/03/01 11:00:00.123456 CET x", row(FINE, "x")),
    ("2024/03/01 10:00:00Z x", row(DAY, "x")),
    ("2024/03/01 10:00:00 INFO hello count=3", row(DAY, "hello count=3", None, "INFO")),
    ("2024/03/01 10:00:00 [WARN] agent: x", row(DAY, "agent: x", None, "WARN")),
    ("2024/03/01 10:00:00 WARNINGS: 3", row(DAY, "WARNINGS: 3")),
    (
        "ERROR: 2024/03/01 10:00:00 main.go:12: INFO boom",
        row(DAY, "INFO boom", {"file": "main.go", "line": 12}, "ERROR"),
    ),
    ("2024/03/01 10:00:00", row(DAY, "")),
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
    ("2024/13/01 10:00:00 a", "'2024/13/01 10:00:00' is not a time"),
    ("2024/03/01 10:00:00 IST x", "'2024/03/01 10:00:00 IST' is not a time"),
    ("I1301 10:00:00.123456 7 file.go:12] x", "--year"),
    ("24/03/01 10:00:00 LOUD a.B: x", "begins like a log of Spark"),
    ("24/03/01 10:00:00 nothing", "order of day, month and year is not known"),
    ("INFO:root:hello", "has a level and a logger, but no time"),
]


def dates(*dates: str) -> list[tuple[str | None, str]]:
    """Return of each date of a log of Spark how it was read, or that it was rejected."""
    rows, rejects = read("".join(f"{date} 10:00:00 INFO a.B: x\n" for date in dates))
    found = {number: "rejected" for number, reason in rejects if "--time-format" in reason}
    loaded = iter(f"{comparable(row)['timestamp']:%Y-%m-%d}" for row in rows)
    return [found.get(number) or next(loaded) for number in range(1, len(dates) + 1)]


def test_a_date_that_may_begin_with_the_month_is_a_reject_unless_its_lines_prove_the_order() -> None:
    assert dates("17/06/09") == ["2017-06-09"]
    assert dates("03/01/24") == ["rejected"]
    assert dates("03/01/24", "03/02/24") == ["rejected"] * 2
    assert dates("11/07/05", "11/07/06") == ["2011-07-05", "2011-07-06"]
    assert dates("11/07/30") == ["2011-07-30"]  # 2030 would be after the file's time
    assert dates("03/01/24", "17/06/09") == ["rejected", "2017-06-09"]


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
    assert tuple(LAYOUTS) == (*LAYOUT_FORMATS, *PLAIN_FORMATS)
    for format_ in (*LAYOUT_FORMATS, *PLAIN_FORMATS):
        text = "\n".join([*(line for line, _ in [*LINES, *WEB_LINES]), *(line for _, line, _ in SERVICES)])
        rows, _ = read(text, IngestOptions("logs", Format(format_)))
        assert rows
