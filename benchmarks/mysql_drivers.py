"""Drivers of MySQL and MariaDB: what it costs to read a table into Arrow batches with each of them.

The server is a real MariaDB (`scripts/mariadb.sh`). Each driver reads all columns of the same events in a
process of its own, which says how many rows it has seen and the sum of their keys. `lumber` is the reader of
sources, with its transaction and its ranges of keys. The others read one statement, without a transaction.

Peers that aren't installed in `.venv-peers` are left out. `make peers` installs ConnectorX there; for the
others: `.venv-peers/bin/pip install asyncmy mysql-connector-python`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa

ROWS = 300_000
REPEAT = 3
_BATCH_ROWS = 10_000
_NAMES = ("ID", "ReceivedAt", "Facility", "Priority", "FromHost", "Message", "SysLogTag")
_TABLE = (
    "CREATE TABLE events (ID int unsigned NOT NULL PRIMARY KEY, ReceivedAt datetime(6), Facility smallint, "
    "Priority smallint, FromHost varchar(60), Message text, SysLogTag varchar(60))"
)
_FILL = (
    "INSERT INTO events SELECT seq, TIMESTAMP '2026-01-01 00:00:00' + INTERVAL seq * 1001 MICROSECOND, "
    "seq % 24, seq % 8, CONCAT('host', seq % 50), "
    "CONCAT('session ', seq, ' opened for user ', seq % 300, ' by (uid=0)'), 'sshd[1]:' FROM seq_1_to_{rows}"
)
_SELECT = f"SELECT {', '.join(_NAMES)} FROM events"
_PEERS_PYTHON = Path(".venv-peers/bin/python")


def run(rows: int = ROWS, repeat: int = REPEAT) -> list[dict[str, Any]]:
    """Measure all drivers, one after the other and again."""
    # The server is one of the tests, and needs a driver itself.
    from benchmarks.process import measure
    from tests.integration.sources.mariadb import running_mariadb

    found: dict[str, list[dict[str, Any]]] = {}
    with running_mariadb() as server:
        name = server.create()
        server.run(name, _TABLE, _FILL.format(rows=rows))
        for _ in range(repeat):
            for driver in DRIVERS:
                is_ours = driver == "lumber" or not _PEERS_PYTHON.exists()
                python = sys.executable if is_ours else str(_PEERS_PYTHON)
                command = [python, "-m", "benchmarks.mysql_drivers", driver, str(server.port), name]
                before = _server_cpu(server)
                measured = measure(command)
                answer = json.loads(measured.stdout)
                if "missing" in answer:
                    continue
                if (answer["rows"], answer["keys"]) != (rows, rows * (rows + 1) // 2):
                    raise RuntimeError(f"{driver} has read other rows: {answer}")
                found.setdefault(driver, []).append(
                    {
                        **answer,
                        "cpu_seconds": measured.cpu_seconds,
                        "server_cpu_seconds": _server_cpu(server) - before,
                        "peak_mb": measured.peak_pss_bytes / 1e6,
                    }
                )
                print(json.dumps({"driver": driver, **found[driver][-1]}), file=sys.stderr, flush=True)
    return [{"driver": driver, **_middle(runs)} for driver, runs in found.items()]


def table(cases: list[dict[str, Any]]) -> str:
    """Return the Markdown of the results."""
    ours = next(case for case in cases if case["driver"] == "lumber")
    lines = [
        "| driver | version | rows | CPU s | CPU: theirs / ours | CPU s of the server | peak MB |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {case['driver']} | {case['version']} | {case['rows']:,} | {case['cpu_seconds']:.1f} | "
        f"{case['cpu_seconds'] / ours['cpu_seconds']:.2f} | {case['server_cpu_seconds']:.1f} | "
        f"{case['peak_mb']:.0f} |"
        for case in cases
    ]
    return "\n".join([*lines, ""])


def _server_cpu(server: Any) -> float:
    """Return the CPU seconds that the server has used."""
    import psutil

    (process,) = [
        psutil.Process(each.pid)
        for each in psutil.net_connections("tcp")
        if each.status == "LISTEN" and each.laddr.port == server.port and each.pid is not None
    ]
    times = process.cpu_times()
    return float(times.user + times.system)


def _middle(runs: list[dict[str, Any]]) -> dict[str, Any]:
    numbers = ("cpu_seconds", "server_cpu_seconds", "peak_mb")
    return {**runs[0], **{name: median(run[name] for run in runs) for name in numbers}}


def _lumber(port: int, name: str) -> Iterator[pa.RecordBatch]:
    from lumber.sources.address import SourceAddress
    from lumber.sources.interface import Query, ReaderOptions
    from lumber.sources.readers.mysql import MySqlReader

    address = SourceAddress.parse(f"mysql://root@127.0.0.1:{port}/{name}")
    reader = MySqlReader(address, ReaderOptions("lumber benchmark", 3_600))
    query = Query("events", columns=_NAMES)
    token = reader.freeze([query])
    for range_ in reader.cut(token, query):
        yield from reader.read(range_)
    reader.close()


def _connectorx(port: int, name: str) -> Iterator[pa.RecordBatch]:
    import connectorx

    found = connectorx.read_sql(f"mysql://root:@127.0.0.1:{port}/{name}", _SELECT, return_type="arrow")
    yield from found.to_batches(_BATCH_ROWS)


def _mysql_connector(port: int, name: str) -> Iterator[pa.RecordBatch]:
    import mysql.connector

    with mysql.connector.connect(host="127.0.0.1", port=port, user="root", database=name) as opened:
        cursor = opened.cursor(buffered=False)
        cursor.execute(_SELECT)
        yield from _batches(cursor)


def _asyncmy(port: int, name: str) -> Iterator[pa.RecordBatch]:
    import asyncio

    import asyncmy
    from asyncmy.cursors import SSCursor

    runner = asyncio.Runner()

    async def begin() -> Any:
        opened = await asyncmy.connect(host="127.0.0.1", port=port, user="root", database=name)
        cursor = opened.cursor(SSCursor)
        await cursor.execute(_SELECT)
        return cursor

    cursor = runner.run(begin())
    while rows := runner.run(cursor.fetchmany(_BATCH_ROWS)):
        yield _batch(rows)
    runner.close()


def _batches(cursor: Any) -> Iterator[pa.RecordBatch]:
    while rows := cursor.fetchmany(_BATCH_ROWS):
        yield _batch(rows)


def _batch(rows: Any) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(column) for column in zip(*rows, strict=True)], names=_NAMES)


# How each is read, and the package whose version counts.
DRIVERS: dict[str, tuple[Callable[[int, str], Iterator[pa.RecordBatch]], str]] = {
    "lumber": (_lumber, "PyMySQL"),
    "connectorx": (_connectorx, "connectorx"),
    "mysql-connector-python": (_mysql_connector, "mysql-connector-python"),
    "asyncmy": (_asyncmy, "asyncmy"),
}


def _main(driver: str, port: int, name: str) -> None:
    from importlib.metadata import version

    import pyarrow.compute as pc

    reads, package = DRIVERS[driver]
    rows = keys = 0
    try:
        for batch in reads(port, name):
            rows += batch.num_rows
            keys += pc.sum(batch.column(0)).as_py()
    except ImportError as error:
        print(json.dumps({"missing": str(error)}))
        return
    print(json.dumps({"version": f"{package} {version(package)}", "rows": rows, "keys": keys}))


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
