"""Docker's json-file: the parts of a line are one row, also over chunks and loads."""

import json

import pytest

from lumber.ingest.ledger import Entry
from lumber.ingest.line_reader import LineReader
from lumber.ingest.options import IngestOptions
from lumber.ingest.resume import Position
from tests.unit.ingest.test_conservation import NOW, Bytes


def line(text: str, stream: str = "stdout", second: int = 0) -> str:
    time = f"2024-03-01T10:00:{second:02d}.5Z"
    return json.dumps({"log": text, "stream": stream, "time": time}) + "\n"


CONTENT = "".join(
    [
        line("one\n"), line("tw", second=1), line("err\r\n", "stderr", 2), line("o, ", second=3),
        "{broken\n", line("end\n", second=4), line("no time\n").replace("2024", "x"),
        line("open", "stderr", 5),
    ]
)  # fmt: skip
ROWS = [
    ("one", "stdout", 0, 1), ("two, end", "stdout", 1, 2), ("err", "stderr", 2, 3), ("open", "stderr", 5, 8),
]  # fmt: skip
START = 1_709_287_200_500_000


def loaded(content: str, chunk_bytes: int, entry: Entry) -> tuple[list, list, list]:
    reader = LineReader(IngestOptions("logs", chunk_bytes=chunk_bytes), entry, NOW)
    chunks = list(reader.chunks(Bytes(content.encode()), Position.start()))
    rows = []
    for chunk in chunks:
        assert len(chunk.rows) + len(chunk.rejects) == chunk.lines
        for row in chunk.rows.to_dicts():
            stream = json.loads(row["structured_data"])["stream"]
            second = (row["timestamp"] - START) // 1_000_000
            rows.append((row["message"], stream, second, row["number"]))
    return rows, [reject.line for chunk in chunks for reject in chunk.rejects], chunks


@pytest.mark.parametrize("chunk_bytes", [1, 150, 100_000])
def test_the_parts_of_a_line_are_one_row(chunk_bytes: int) -> None:
    rows, rejects, chunks = loaded(CONTENT, chunk_bytes, Entry("i", "logs", "n", "f"))
    assert sorted(rows, key=lambda row: row[3]) == ROWS
    assert rejects == [5, 7]
    assert sum(chunk.lines for chunk in chunks) == 6


@pytest.mark.parametrize("done", range(1, 8))
def test_an_interrupted_load_continues_in_the_middle_of_a_line(done: int) -> None:
    before, after = CONTENT.splitlines(True)[:done], CONTENT.splitlines(True)[done:]
    first, rejects, chunks = loaded("".join(before), 1, Entry("i", "logs", "n", "f"))
    # The last chunk is that of the end; a load that is interrupted doesn't come to it.
    kept = [chunk for chunk in chunks if not (chunk is chunks[-1] and len(chunks) > done)]
    state = json.loads(json.dumps(kept[-1].state))
    lines = sum(chunk.lines for chunk in kept)
    second, more, _ = loaded("".join(after), 1, Entry("i", "logs", "n", "f", lines_done=lines, state=state))
    rows = first[: sum(len(chunk.rows) for chunk in kept)] + second
    assert sorted(rows, key=lambda row: row[3]) == ROWS
    assert rejects + more == [5, 7]
