"""The slow query log of MySQL and MariaDB. Each field is compared with what a person read."""

import json

import pytest

from lumber.ingest.ledger import Entry
from lumber.ingest.limits import Limits
from lumber.ingest.options import IngestOptions
from lumber.ingest.readers import open_source
from lumber.ingest.resume import Position
from lumber.ingest.slow_query_reader import SlowQueryReader, is_slow_query_log
from lumber.ingest.sources import Source
from tests.unit.ingest.test_conservation import NOW, Bytes

STARTED = (
    "/usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:\n"
    "Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock\n"
    "Time                 Id Command    Argument\n"
)
AGAIN = (
    "/usr/sbin/mariadbd, Version: 10.11.6-MariaDB-log (x). started with:\n"
    "Tcp port: 0  Unix socket: (null)\n"
    "Time\t\t    Id Command\tArgument\n"
)
MYSQL = (
    "# Time: 2024-03-01T12:00:00.123456Z\n"
    "# User@Host: al[al] @ web1 [10.0.0.5]  Id:     8\n"
    "# Query_time: 2.000123  Lock_time: 0.000001 Rows_sent: 1  Rows_examined: 1 Killed: 0 End: 2024-03-01\n"
    "use `shop`;\n"
    "SET timestamp=1709294398;\n"
    "SELECT *\n# a comment: x\n\nFROM t; # User@Host: no\n"
)
MARIADB = (
    "# Time: 240301 12:00:01\n"
    "# User@Host: root[root] @ localhost []\n"
    "# Thread_id: 10  Schema: shop  QC_hit: No\n"
    "# Query_time: 3.5  Lock_time: 0.0  Rows_sent: 0  Rows_examined: 123456789\n"
    "SET timestamp=1709294401;\n"
    "UPDATE t SET a = 1;\n"
)
SAME_SECOND = (
    "# User@Host: root[root] @ localhost []\n"
    "# Query_time: 1.5  Lock_time: 0.0  Rows_sent: 0  Rows_examined: 0\n"
    "SET timestamp=1709294401;\n"
    "# administrator command: Quit;\n"
)
WITHOUT = "# User@Host: root[root] @ localhost []\n# Query_time: 1.5\nSELECT 1;\n"
LOG = STARTED + MYSQL + MARIADB + AGAIN + SAME_SECOND + WITHOUT


def load(text: str, entry: Entry | None = None, chunk_bytes: int = 100_000, **options: object) -> list:
    read = IngestOptions("logs", chunk_bytes=chunk_bytes, **options)
    entry = entry or Entry("i", "logs", "n", "f")
    position = Position.start()
    position.bytes_done = entry.bytes_done
    chunks = list(SlowQueryReader(read, entry, NOW).chunks(Bytes(text.encode()), position))
    for chunk in chunks:
        assert len(chunk.rows) + len(chunk.rejects) == chunk.lines
    return chunks


def rows_of(chunks: list) -> list[dict]:
    return [
        {name: value for name, value in row.items() if value is not None}
        | {"structured_data": json.loads(row["structured_data"])}
        for chunk in chunks
        for row in chunk.rows.to_dicts()
    ]


@pytest.mark.parametrize("chunk_bytes", [1, 200, 100_000])
def test_each_entry_is_a_row_with_its_statistics(chunk_bytes) -> None:
    chunks = load(LOG, chunk_bytes=chunk_bytes)
    assert rows_of(chunks) == [
        {
            "number": 1, "timestamp": 1_709_294_400_123_456,
            "message": "SELECT *\n# a comment: x\n\nFROM t; # User@Host: no", "raw_message": MYSQL.strip(),
            "structured_data": {
                "user": "al", "login": "al", "client": "web1", "client_ip": "10.0.0.5", "thread_id": 8,
                "query_time": 2.000123, "lock_time": 1e-06, "rows_sent": 1, "rows_examined": 1, "killed": 0,
                "end": "2024-03-01", "database": "shop",
            },
        },
        {
            "number": 2, "timestamp": 1_709_294_401_000_000, "message": "UPDATE t SET a = 1;",
            "raw_message": (MARIADB + AGAIN).strip(),
            "structured_data": {
                "user": "root", "login": "root", "client": "localhost", "thread_id": 10, "database": "shop",
                "qc_hit": "No", "query_time": 3.5, "lock_time": 0.0, "rows_sent": 0,
                "rows_examined": 123456789,
            },
        },
        {
            "number": 3, "timestamp": 1_709_294_401_000_000, "message": "# administrator command: Quit;",
            "raw_message": SAME_SECOND.strip(),
            "structured_data": {
                "user": "root", "login": "root", "client": "localhost", "query_time": 1.5, "lock_time": 0.0,
                "rows_sent": 0, "rows_examined": 0,
            },
        },
    ]  # fmt: skip
    [reject] = [reject for chunk in chunks for reject in chunk.rejects]
    assert (reject.line, reject.reason) == (4, "is an entry of a slow query log without a time")


def test_an_interrupted_load_continues_with_the_next_entry() -> None:
    chunks = load(LOG, chunk_bytes=1)
    last = chunks[0]
    state = json.loads(json.dumps(last.state))
    entry = Entry("i", "logs", "n", "f", lines_done=last.lines, bytes_done=last.bytes_done, state=state)
    rest = load(LOG[last.bytes_done :], entry)
    assert rows_of([last, *rest]) == rows_of(chunks)


def test_what_is_no_entry_or_too_long_is_a_reject() -> None:
    long = MYSQL + "x" * 1000 + "\n"
    for size in (10, 100_000):
        chunks = load("garbage\n" + MYSQL + long + MARIADB, chunk_bytes=size, limits=Limits(line_bytes=700))
        rejects = [reject for chunk in chunks for reject in chunk.rejects]
        assert len(rows_of(chunks)) == 2
        assert rejects[0].reason == "is not an entry of a slow query log"
        assert rejects[1].reason.startswith("longer than 700 bytes")


@pytest.mark.parametrize("text", [LOG, MYSQL, MARIADB, SAME_SECOND, "\n" + STARTED + MYSQL])
def test_a_slow_query_log_is_known_by_its_beginning(tmp_path, text) -> None:
    path = tmp_path / "slow.log"
    path.write_text(text)
    options = IngestOptions("logs")
    with open_source(Source.find(str(path)), options) as opened:
        chunks = list(opened.reader(options, Entry("i", "logs", "n", "f"), "sqlite").chunks(
            opened.stream, Position.start()))  # fmt: skip
    assert sum(len(chunk.rows) for chunk in chunks) > 0


@pytest.mark.parametrize("text", ["# a comment\n", "# Time: 1\nx\n", STARTED, ""])
def test_other_text_is_no_slow_query_log(text) -> None:
    assert not is_slow_query_log(text.encode())
