"""Records whose first line has the time, and whose next lines have the level and the message."""

# ruff: noqa: DTZ001 -- times are compared in UTC

from datetime import datetime
from typing import Any

import pytest

from lumber.ingest.options import IngestOptions
from tests.unit.ingest.layouts.truth import comparable, row
from tests.unit.ingest.reading import read, read_in_two_loads

JUL = [
    (
        "Mar 01, 2024 6:46:11 PM org.apache.catalina.core.StandardService startInternal\nINFO: Starting: x",
        row(datetime(2024, 3, 1, 18, 46, 11), "Starting: x", {"method": "startInternal"}, "INFO",
            "org.apache.catalina.core.StandardService"),
    ),
    (
        "Mar 1, 2024 12:00:00\u202fAM a.B$C <init>\nSEVERE: no\n"
        "java.lang.RuntimeException: x\n\tat a.b.C(D.java:1)",
        row(datetime(2024, 3, 1), "no\njava.lang.RuntimeException: x\n\tat a.b.C(D.java:1)",
            {"method": "<init>"}, "SEVERE", "a.B$C"),
    ),
    (
        "Mar 01, 2024 6:46:13 AM a.B log\nCONFIG: INFO: two levels",
        row(datetime(2024, 3, 1, 6, 46, 13), "INFO: two levels", {"method": "log"}, "INFO", "a.B"),
    ),
]  # fmt: skip
SAMBA = [
    (
        "[2024/03/01 10:00:00.123456,  0] ../../smbd/server.c:1741(main)\n  smbd started.\n    twice",
        row(datetime(2024, 3, 1, 10, 0, 0, 123_456), "smbd started.\n    twice",
            {"debug_level": 0, "file": "../../smbd/server.c", "line": 1741, "function": "main"}),
    ),
    (
        "[2024/03/01 10:00:01,  3, pid=7, class=auth] lib/x.c:1(f) said here",
        row(datetime(2024, 3, 1, 10, 0, 1), "said here",
            {"debug_level": 3, "details": "pid=7, class=auth", "file": "lib/x.c", "line": 1,
             "function": "f"}),
    ),
]  # fmt: skip
LARAVEL = (
    '[2024-03-01 10:00:00] prod.ERROR: boom {"exception":"[object] (E: boom)\n[stacktrace]\n'
    '#0 /a.php(1): b()\n#1 {main}\n"} '
)


def truths(records: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [{**truth, "raw_message": text} for text, truth in records]


@pytest.mark.parametrize("chunk_bytes", [64, 200, 4096])
@pytest.mark.parametrize("records", [JUL, SAMBA], ids=["jul", "samba"])
def test_the_lines_of_a_record_are_one_row_whatever_the_block(records, chunk_bytes: int) -> None:
    text = "\n".join(text for text, _ in records)
    options = IngestOptions("logs", chunk_bytes=chunk_bytes)
    rows, rejects = read(f"{text}\n", options)
    assert rejects == []
    assert [comparable(found) for found in rows] == truths(records)
    assert [comparable(found) for found in read_in_two_loads(f"{text}\n", options)] == truths(records)


def test_a_level_on_its_own_continues_nothing_else() -> None:
    text = "2024-03-01 10:00:00 x\nINFO: y\nMar 01, 2024 6:46:11 PM a.B log\n\nINFO: z\n"
    rows, rejects = read(text)
    assert [found["message"] for found in rows] == ["x", ""]
    assert [number for number, _ in rejects] == [2, 4, 5]


def test_the_message_is_a_reject_if_lines_are_not_joined() -> None:
    rows, rejects = read(f"{JUL[0][0]}\n", IngestOptions("logs", is_joining_lines=False))
    assert (len(rows), len(rejects)) == (1, 1)


def test_the_trace_of_laravel_belongs_to_its_line() -> None:
    rows, rejects = read(f"{LARAVEL}\n[2024-03-01 10:00:01] prod.INFO: ok\n")
    assert rejects == []
    assert [found["message"] for found in rows] == [LARAVEL.split("ERROR: ")[1], "ok"]


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("[   12.345678] usb 1-1: new", "dmesg --time-format iso"),
        ("10:00:00,123 INFO  [a.B] (main) x", "but no date"),
        ("03/04/2024 10:00:00 something", "--time-format"),
        ("[3/4/24 10:00:00:123 UTC] 0001 Server A x", "--time-format"),
        ("3.4.2024, 10:00 x", "--time-format"),
    ],
)
def test_a_time_that_is_not_known_is_a_reject_with_advice(line: str, advice: str) -> None:
    rows, [(_, reason)] = read(f"{line}\n")
    assert rows == []
    assert advice in reason
