"""Records whose time is on a line of its own. Every field is compared with the truth."""

# ruff: noqa: DTZ001 -- times are compared in UTC

from datetime import datetime

import pytest

from lumber.ingest.options import IngestOptions
from tests.unit.ingest.layouts.truth import comparable, row
from tests.unit.ingest.reading import read, read_in_two_loads

DAY = datetime(2024, 3, 1, 10, 0, 0)
FINE = datetime(2024, 3, 1, 10, 0, 0, 123_456)
ERLANG = [
    (
        "=INFO REPORT==== 1-Mar-2024::10:00:00 ===\naccepting connection",
        row(DAY, "accepting connection", {"report": "INFO"}, "INFO"),
    ),
    (
        "=CRASH REPORT==== 01-Mar-2024::10:00:00.123456 ===\n  crasher:\n\n    pid: <0.1.0>",
        row(FINE, "crasher:\n\n    pid: <0.1.0>", {"report": "CRASH"}, "ERROR"),
    ),
    ("=ODD REPORT==== 1-Mar-2024::10:00:00 ===\nx", row(DAY, "x", {"report": "ODD"})),
]
ORACLE = [
    (
        "2024-03-01T11:00:00.123456+01:00\nThread 1 advanced\n  log# 1",
        row(FINE, "Thread 1 advanced\n  log# 1"),
    ),
    ("Fri Mar 01 10:00:00 2024\nORA-00600: internal error", row(DAY, "ORA-00600: internal error")),
    ("2024-03-01T10:00:00.123456+00:00\n2024-03-01 is a date: x", row(FINE, "2024-03-01 is a date: x")),
]


@pytest.mark.parametrize("chunk_bytes", [64, 4096])
@pytest.mark.parametrize("records", [ERLANG, ORACLE], ids=["erlang", "oracle"])
def test_all_lines_up_to_the_next_time_are_one_row(records, chunk_bytes: int) -> None:
    text = "\n".join(f"{text}\n" for text, _ in records)
    truths = [{**truth, "raw_message": text} for text, truth in records]
    options = IngestOptions("logs", chunk_bytes=chunk_bytes)
    rows, rejects = read(text, options)
    assert rejects == []
    assert [comparable(found) for found in rows] == truths
    assert [comparable(found) for found in read_in_two_loads(text, options)] == truths


def test_a_time_that_is_none_rejects_its_record_only() -> None:
    text = "".join(f"{text}\n" for text, _ in ERLANG)
    rows, rejects = read(f"{text}=INFO REPORT==== 31-Feb-2024::10:00:00 ===\nx\n{text}")
    assert (len(rows), [number for number, _ in rejects]) == (6, [4])
    assert "'2024-02-31T10:00:00' is not a time" in rejects[0][1]
