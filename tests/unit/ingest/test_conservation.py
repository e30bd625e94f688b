"""Whatever the bytes, every line is loaded or rejected."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.ingest.csv_reader import CsvReader
from lumber.ingest.forms import recognition_of
from lumber.ingest.ledger import Entry
from lumber.ingest.line_reader import LineReader
from lumber.ingest.options import IngestOptions
from lumber.ingest.readers import FinishingReader
from lumber.ingest.resume import Position
from lumber.ingest.sources import ReplayStream
from lumber.ingest.targets import TARGETS

NOW = datetime(2026, 6, 15, tzinfo=UTC)
PIECES = st.sampled_from(
    [
        b"Jun 14 15:16:01 h t[1]: from 1.2.3.4\n", b"<34>", b"<999>",
        b"Jun 14 15:16:01", b"Jun  4 15:16:01: h\n",
        b'1 2024-01-05T10:00:00Z h a p m [x y="',

        b"2024-01-05 10:00:00 h t: m\r\n", b'{"time": 1704448800, "msg": "m"}\n', b'{"time": "x"}\n', b"\n",
        b"\r", b"\x00", b"\xff", b"- 1131566461 2005.11.09 n Nov 9 12:01:01 h t: m\n", b"timestamp,message\n",
        b"  x\n", b"Traceback (most recent call last):\n", b"\tat a.b(c:1)\n", b"a.FError: x\n",
        b'1704448800,"a\nb"\n', b'"', b"Feb 30 10:00:00 h t: m\n", b"\xef\xbb\xbf", b"{" * 3000,
    ]
)  # fmt: skip
CONTENT = st.lists(PIECES | st.binary(max_size=20), max_size=30).map(b"".join)


class Bytes:
    """A stream of bytes in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, size: int, /) -> bytes:
        data, self._data = self._data[:size], self._data[size:]
        return data


@given(CONTENT, st.sampled_from([7, 100, 10_000]), st.sampled_from(["logs", "anomalies", "ips"]))
def test_every_line_is_loaded_or_rejected(content: bytes, chunk_bytes: int, kind: str) -> None:
    options = IngestOptions(kind, chunk_bytes=chunk_bytes)
    reader = FinishingReader(LineReader(options, Entry("i", kind, "n", "f"), NOW), options, "postgresql")
    chunks = list(reader.chunks(ReplayStream(Bytes(content)), Position.start()))
    for chunk in chunks:
        assert len(chunk.rows) + len(chunk.rejects) == chunk.lines
        assert 0 <= recognition_of(chunk).unrecognised <= len(chunk.rejects)
        # The database would refuse the whole chunk.
        assert not any(chunk.rows[name].has_nulls() for name in TARGETS[kind].required if len(chunk.rows))
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    read = sum(chunk.lines + sum(chunk.continued.values()) for chunk in chunks)
    assert read == len(lines) - (not lines[-1])
    assert not chunks or chunks[-1].bytes_done == len(content)


@given(CONTENT, st.sampled_from([7, 10_000]))
def test_every_csv_record_is_loaded_or_rejected(content: bytes, chunk_bytes: int) -> None:
    options = IngestOptions("logs", chunk_bytes=chunk_bytes)
    reader = FinishingReader(CsvReader(options, Entry("i", "logs", "n", "f"), NOW), options, "sqlite", "CSV")
    chunks = list(reader.chunks(ReplayStream(Bytes(b"timestamp,message\n" + content)), Position.start()))
    for chunk in chunks:
        assert len(chunk.rows) + len(chunk.rejects) == chunk.lines
    assert not chunks or chunks[-1].bytes_done == len(content) + 18


@pytest.mark.parametrize("chunk_bytes", [50, 10_000])
def test_line_numbers_do_not_depend_on_chunks(chunk_bytes: int) -> None:
    content = b"".join(b"bad\n" if n % 2 else b"Jun 14 15:16:01 h t: m\n" for n in range(20))
    options = IngestOptions("logs", chunk_bytes=chunk_bytes)
    chunks = LineReader(options, Entry("i", "logs", "n", "f"), NOW).chunks(Bytes(content), Position.start())
    numbers = [reject.line for chunk in chunks for reject in chunk.rejects]
    assert numbers == list(range(2, 21, 2))
