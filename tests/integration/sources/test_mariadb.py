"""A real MariaDB server as a source, with the table that rsyslog's ommysql fills."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from lumber.errors import SourceFailed
from lumber.exports import DataExporter, ExportConfig, ExportStatusManager
from lumber.settings import Settings
from lumber.sources.address import SourceAddress
from lumber.sources.interface import Query, ReaderOptions
from lumber.sources.password import From, Password
from lumber.sources.readers.mysql import MySqlReader
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.integration.datasets import START
from tests.integration.processes import PATIENCE_SECONDS, until
from tests.integration.sources.mariadb import MariaDb, running_mariadb
from tests.integration.sources.rsyslog import COLUMNS, MAPPING, at, same_in_own_tables, write_mapping
from tests.integration.sources.test_collected_exports import assert_same, call, done, exported, ledger_url
from tests.integration.sources.test_collected_increments import House

__all__ = ["call", "ledger_url"]

BUDGET_REASON = "It starts a server, and exports from it while others write."

Call = Callable[..., CompletedProcess[str]]
ROWS = 2_500
INSERT = (
    "INSERT INTO SystemEvents (ID, ReceivedAt, Facility, Priority, FromHost, Message, SysLogTag) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s)"
)


@pytest.fixture(scope="module")
def server() -> Iterator[MariaDb]:
    with running_mariadb() as found:
        yield found


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("hunter2\n")
    return path


def event(number: int) -> tuple[object, ...]:
    """Return the values of an event of `rsyslog`."""
    moment = (START + timedelta(microseconds=at(number))).replace(tzinfo=None)
    return (number, moment, 3, (3, 4, 6)[number % 3], f"host{number % 5}", f"line {number} é", "sshd[1]:")


def make_events(server: MariaDb, rows: int) -> tuple[str, str]:
    """Make a database with the table, which here keeps microseconds; return its name and address."""
    name = server.create()
    columns = COLUMNS.format(time="datetime(6)")
    server.run(
        name, f"CREATE TABLE SystemEvents (ID int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, {columns})"
    )
    server.run(name, INSERT, rows=[event(number) for number in range(1, rows + 1)])
    return name, f"mariadb://reader@127.0.0.1:{server.port}/{name}"


def test_the_rows_are_those_that_our_own_table_would_have_and_of_one_moment(
    call: Call, ledger_url: str, server: MariaDb, secret: Path, tmp_path: Path
) -> None:
    same_in_own_tables(ledger_url, ROWS)
    name, url = make_events(server, ROWS)
    server.run(
        name, "CREATE TABLE plain (ID int PRIMARY KEY, ReceivedAt datetime, Message text) ENGINE=MyISAM"
    )
    denied = call("source", "add", "plant", "--url", url)
    assert denied.returncode == 1
    assert "denies access" in denied.stderr
    done(call("source", "add", "plant", "--url", url, "--password-file", secret))
    suggested = done(call("source", "suggest", "plant", "systemevents")).stdout
    assert 'key = "ID"' in suggested
    told = done(call("source", "map", "plant", write_mapping(tmp_path)))
    assert "snapshot: every row is read as it was at one moment" in told.stdout
    assert_same(call, tmp_path, "plant")
    short = 'kind = "logs"\ntable = "plain"\nkey = "ID"\ntime = { column = "ReceivedAt", zone = "UTC" }\n'
    refused = call(
        "source", "map", "plant", write_mapping(tmp_path, short + '[columns]\nmessage = "Message"\n')
    )
    assert refused.returncode == 3
    assert "plain can't be read as it was at one moment. plain (MyISAM)" in refused.stderr
    weak = short + 'guarantee = "best_effort"\n[columns]\nmessage = "Message"\n'
    assert "best_effort" in done(call("source", "check", "plant", write_mapping(tmp_path, weak))).stdout
    harmful = MAPPING.replace('table = "SystemEvents"', 'select = "DELETE FROM SystemEvents RETURNING *"')
    assert call("source", "map", "plant", write_mapping(tmp_path, harmful)).returncode in (1, 3)
    wrong = MAPPING.replace("[columns]", 'filter = "Nope = 1"\n[columns]')
    assert "Nope" in call("source", "map", "plant", write_mapping(tmp_path, wrong)).stderr
    # While others write, transactions of 20 rows are whole.
    stop, added = threading.Event(), [ROWS]

    def write() -> None:
        while not stop.is_set():
            first = added[-1] + 1
            server.run(name, INSERT, rows=[event(number) for number in range(first, first + 20)])
            added.append(first + 19)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        until(lambda: len(added) > 2)
        rows = exported(call, tmp_path / "out", "--source", "plant")
    finally:
        stop.set()
        writer.join()
    ids = sorted(row["id"] for row in rows)
    assert ids == list(range(1, len(ids) + 1))
    assert (len(ids) - ROWS) % 20 == 0
    assert ROWS < len(ids) < added[-1]
    assert not any(
        b"hunter2" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path != secret
    )


def test_increments_read_new_rows_and_any_other_change_reads_all(
    server: MariaDb, secret: Path, tmp_path: Path
) -> None:
    name, url = make_events(server, 300)
    house = House(tmp_path, "logs")
    mapping = MAPPING.replace('key = "ID"', 'guarantee = "append_only"\nkey = "ID"')
    house.add(url, mapping, Password(From.FILE, secret))
    assert house.version()["mode"] == "whole"
    server.run(name, INSERT, rows=[event(number) for number in range(311, 361)])
    second = house.version()
    assert (second["mode"], second["added"], second["rows"]) == ("append", 50, 350)
    # Of a transaction that committed late, with lower keys.
    server.run(name, INSERT, rows=[event(number) for number in range(301, 311)])
    late = house.version()
    assert (late["mode"], late["added"]) == ("whole", 10)
    server.run(name, "DELETE FROM SystemEvents WHERE ID = 7")
    fewer = house.version()
    assert (fewer["mode"], fewer["removed"]) == ("whole", 1)
    assert house.chain().compared == ["logs"]


def reader_of(server: MariaDb, name: str, seconds: float = 3_600.0) -> MySqlReader:
    address = SourceAddress.parse(f"mysql://reader@127.0.0.1:{server.port}/{name}").with_password("hunter2")
    return MySqlReader(address, ReaderOptions("lumber test", seconds))


def rows_of(reader: MySqlReader, query: Query) -> list[dict[str, Any]]:
    token = reader.freeze([query])
    return [
        row for each in reader.cut(token, query) for batch in reader.read(each) for row in batch.to_pylist()
    ]


def test_types_views_and_times(server: MariaDb) -> None:
    name = server.create()
    server.run(
        name,
        "SET sql_mode = ''",
        "CREATE TABLE ev (id int PRIMARY KEY, at datetime(6), ts timestamp(3) NULL, n decimal(10,2), "
        "b bigint unsigned, t text, x blob, f float, d date, e enum('a','b'))",
        "CREATE TABLE plain (id int) ENGINE=MyISAM",
        "CREATE VIEW over_plain AS SELECT * FROM plain",
        "CREATE VIEW over_view AS SELECT * FROM over_plain",
        # The clock of the server is three hours ahead.
        "INSERT INTO ev VALUES (1, '2026-01-01 00:00:00.25', '2026-01-01 03:00:00', 1.50, "
        "18446744073709551615, 'é', '\\0a', 0.5, '2026-01-02', 'a')",
        "INSERT INTO ev (id, at) VALUES (2, '0000-00-00')",
    )
    reader = reader_of(server, name)
    try:
        guarantees = {table: reader.schema(Query(table)).guarantee.value for table in reader.tables()}
        assert guarantees == {
            "ev": "snapshot",
            "plain": "best_effort",
            "over_plain": "best_effort",
            "over_view": "best_effort",
        }
        names = ("id", "at", "ts", "n", "b", "t", "x", "f", "d", "e")
        first, second = rows_of(reader, Query("ev", columns=names))
        assert first["at"].isoformat() == "2026-01-01T00:00:00.250000"
        assert first["ts"] == datetime(2026, 1, 1, tzinfo=UTC)
        assert (str(first["n"]), first["b"], first["t"], first["x"]) == ("1.50", 2**64 - 1, "é", b"\0a")
        assert (first["f"], str(first["d"]), first["e"]) == (0.5, "2026-01-02", "a")
        assert second == {**dict.fromkeys(names), "id": 2}
    finally:
        reader.close()


def test_a_statement_ends_in_the_server_when_it_is_cancelled_or_takes_too_long(server: MariaDb) -> None:
    name = server.create()
    slow = Query(select="SELECT SLEEP(1000) AS id", columns=("id",))

    def running() -> list[Any]:
        others = "WHERE info LIKE '%SLEEP(1000)%' AND id <> CONNECTION_ID()"
        return server.run("mysql", f"SELECT id FROM information_schema.processlist {others}")

    reader = reader_of(server, name)
    token = reader.freeze([slow])
    (range_,) = reader.cut(token, slow)

    def read() -> None:
        with suppress(SourceFailed):
            list(reader.read(range_))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        until(running)
    finally:
        reader.cancel()
        thread.join(PATIENCE_SECONDS)
    assert not running()
    # Early ends don't read what is left, and the transaction goes on.
    many = Query(select="SELECT seq AS id FROM seq_1_to_2000000", columns=("id",))
    token = reader.freeze([many])
    batches = reader.read(reader.cut(token, many)[0])
    assert next(iter(batches)).num_rows == 10_000
    batches.close()  # type: ignore[attr-defined]
    assert rows_of(reader, Query(select="SELECT 1 AS id", columns=("id",))) == [{"id": 1}]
    reader.close()
    limited = reader_of(server, name, seconds=0.2)
    began = time.monotonic()
    try:
        with pytest.raises(SourceFailed, match="max_statement_time"):
            rows_of(limited, slow)
    finally:
        limited.close()
    assert time.monotonic() - began < PATIENCE_SECONDS
    assert not running()


def test_a_cancelled_export_ends_its_statement_and_leaves_nothing(
    call: Call, ledger_url: str, server: MariaDb, secret: Path, tmp_path: Path
) -> None:
    name, url = make_events(server, 10)
    done(call("source", "add", "plant", "--url", url, "--password-file", secret))
    slow = MAPPING.replace("[columns]", 'filter = "Facility = 3 OR SLEEP(987)"\n[columns]')
    done(call("source", "map", "plant", write_mapping(tmp_path, slow)))
    server.run(name, INSERT, rows=[(11, None, 4, 3, "host", "the server sleeps here", "x")])

    def sleeping() -> list[Any]:
        others = "WHERE info LIKE '%SLEEP(987)%' AND id <> CONNECTION_ID()"
        return server.run("mysql", f"SELECT id FROM information_schema.processlist {others}")

    told: list[str] = []

    async def run() -> str:
        database = open_database(DatabaseUrl.parse(ledger_url))
        exporter = DataExporter(
            ExportConfig(data_types=["logs"], source="plant"),
            settings=Settings(workers=1),
            database=database,
            output=tmp_path / "out",
            on_progress=lambda progress: told.append(progress.stage),
        )
        try:
            task = asyncio.ensure_future(exporter.export_data())
            await asyncio.to_thread(until, sleeping)
            task.cancel()
            await asyncio.wait({task})
            (recorded,) = await ExportStatusManager(database).list()
            return recorded.status
        finally:
            await database.close()

    assert asyncio.run(run()) == "cancelled"
    assert any(text.startswith("collecting") for text in told)
    assert sleeping() == []
    assert not (tmp_path / "out").exists()
