"""Syslog with the number of bytes before each message (RFC 6587), as TCP senders write it."""

from pathlib import Path

import pytest

from lumber.ingest.frame_reader import FrameReader, is_counted
from lumber.ingest.ledger import Entry
from lumber.ingest.options import IngestOptions
from lumber.ingest.resume import Position
from tests.integration.loading import load, rows
from tests.unit.ingest.test_conservation import NOW, Bytes

ONE = "<13>1 2024-01-02T03:04:05Z h app 1 - - hello one!!"
TWO = '<34>1 2024-01-02T03:04:06Z h app 2 - [x y="z"] h\u00e9\n at line 2\n\tat 3 <13>1'
THREE = "<11>Jan  2 03:04:07 h su[3]: m"


def framed(*messages: str, end: str = "") -> str:
    return "".join(f"{len(message.encode())} {message}{end}" for message in messages)


@pytest.mark.parametrize("end", ["", "\n"], ids=["joined", "lines"])
def test_counted_messages_are_rows_also_with_several_lines(sqlite_url: str, tmp_path: Path, end: str) -> None:
    text = framed(ONE, TWO, THREE, end=end)
    done = load(sqlite_url, tmp_path, "logs", text, options=("--year", "2024"))
    assert (done["lines"], done["loaded"], done["rejected"]) == (3, 3, 0)
    columns = "timestamp, host_name, process_name, severity_text, message, structured_data, raw_message"
    found = rows(sqlite_url, f"SELECT {columns} FROM log_entries ORDER BY id")
    assert [row[-1] for row in found] == [ONE, TWO, THREE]
    assert [row[1:5] for row in found] == [
        ("h", "app", "notice", "hello one!!"),
        ("h", "app", "critical", "h\u00e9\n at line 2\n\tat 3 <13>1"),
        ("h", "su", "error", "m"),
    ]
    assert [row[0] - found[0][0] for row in found] == [0, 1_000_000, 2_000_000]
    assert '"y":"z"' in found[1][5]


@pytest.mark.parametrize("chunk_bytes", [1, 60, 100_000])
def test_what_is_not_counted_is_a_reject_and_the_rest_is_loaded(chunk_bytes: int) -> None:
    content = framed(ONE) + "stray\n" + framed(ONE) + "\n99999999 <13>x\n" + framed(ONE) + "90 <13>1 cut"
    reader = FrameReader(IngestOptions("logs", chunk_bytes=chunk_bytes), Entry("i", "logs", "n", "f"), NOW)
    position = Position.start()
    chunks = list(reader.chunks(Bytes(content.encode()), position))
    assert sum(len(chunk.rows) for chunk in chunks) == 3
    rejects = [(reject.line, reject.reason.split(",")[0]) for chunk in chunks for reject in chunk.rejects]
    assert rejects == [
        (2, "is not a syslog message with its number of bytes before it (RFC 6587)"),
        (4, "longer than 16"),
        (6, "has fewer bytes than the number before it says (RFC 6587)"),
    ]
    assert sum(chunk.lines for chunk in chunks) == 6
    assert position.bytes_done == len(content.encode())


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (framed(ONE), True),
        (framed(ONE, TWO), True),
        (framed(ONE)[:30], True),
        (framed(ONE) + "\nx", False),
        ("5 <34>Jan  2 03:04:07 h su[3]: m", False),
        (ONE, False),
        ("50 apples", False),
        ("", False),
    ],
)
def test_counted_messages_are_recognised(head: str, expected: bool) -> None:
    assert is_counted(head.encode()) is expected
