"""The export format of the systemd journal gives the rows of its JSON form."""

import json

import pytest

from lumber.ingest.options import IngestOptions
from tests.unit.ingest.reading import read, read_in_two_loads

FIELDS = [
    {
        "__CURSOR": "s=1;i=2", "__REALTIME_TIMESTAMP": "1709287200123456", "PRIORITY": "6", "_PID": "1",
        "_HOSTNAME": "web1", "SYSLOG_IDENTIFIER": "systemd", "MESSAGE": "Started: x = y",
    },
    {
        "__CURSOR": "s=1;i=3", "__REALTIME_TIMESTAMP": "1709287201123456", "PRIORITY": "3",
        "SYSLOG_IDENTIFIER": "app", "MESSAGE": "one\n\ntwo\n" + "é" * 150, "TAG": ["a", "b"],
    },
    {"__CURSOR": "s=1;i=4", "__REALTIME_TIMESTAMP": "1709287202123456", "MESSAGE": ""},
]  # fmt: skip


def exported(fields: dict) -> bytes:
    """Return an entry as journald writes it."""
    text = b""
    for name, value in fields.items():
        for item in value if isinstance(value, list) else [value]:
            data = item.encode()
            size = len(data).to_bytes(8, "little")
            text += name.encode() + (b"\n" + size if b"\n" in data else b"=") + data + b"\n"
    return text + b"\n"


ENTRIES = b"".join(map(exported, FIELDS))


@pytest.mark.parametrize("chunk_bytes", [64, 4096])
def test_entries_become_the_rows_of_their_json(chunk_bytes: int) -> None:
    truth, _ = read("".join(json.dumps(fields) + "\n" for fields in FIELDS))
    rows, rejects = read(ENTRIES, IngestOptions("logs", chunk_bytes=chunk_bytes))
    assert rejects == []
    assert rows == truth
    first = rows[0]
    found = first["message"], first["process_name"], first["host_name"], first["log_level"]
    assert found == ("Started: x = y", "systemd", "web1", "INFO")
    assert (first["timestamp"], first["structured_data"]["_PID"]) == (1_709_287_200_123_456, "1")
    assert rows[1]["message"] == FIELDS[1]["MESSAGE"]


def test_a_load_is_continued_between_entries() -> None:
    rows = read_in_two_loads((exported(FIELDS[0]) * 9).decode(), IngestOptions("logs", chunk_bytes=64))
    assert len(rows) == 9


def test_the_last_blank_line_may_be_missing_and_no_other_part() -> None:
    assert len(read(ENTRIES[:-1])[0]) == 3
    rows, [(number, reason)] = read(ENTRIES + exported(FIELDS[1])[:-100])
    assert (len(rows), number) == (3, 4)
    assert "without its end" in reason


def test_a_line_that_is_no_field_rejects_its_entry_only() -> None:
    rows, [(number, reason)] = read(ENTRIES + b"what is this\nA=b\n\n" + exported(FIELDS[0]))
    assert (len(rows), number) == (4, 4)
    assert "a line is no field" in reason


def test_a_size_that_is_too_large_takes_bounded_memory() -> None:
    broken = b"__CURSOR=x\n__REALTIME_TIMESTAMP=1\nMESSAGE\n" + b"\xff" * 8 + b"x\n\n"
    rows, [(number, _)] = read(ENTRIES + broken + ENTRIES)
    assert (len(rows), number) == (3, 4)
