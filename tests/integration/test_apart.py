"""A job that reads SQLite beside an open ledger, in a daemon of Dask: the ledger keeps its locks."""

import asyncio
import multiprocessing
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from lumber.catalog.registry import get_kind
from lumber.catalog.selection import select
from lumber.engine.partition import PartitionSpec
from lumber.engine.result import PartitionResult
from lumber.engine.work import PartitionWork
from lumber.exports.helping.apart import Apart
from lumber.exports.snapshot import source_spec
from lumber.formats import Compression, WriteOptions
from lumber.store.database import Database, open_database
from lumber.store.keyset import Cutoff
from lumber.store.reading import read_statement
from lumber.store.url import DatabaseUrl
from tests.integration.datasets import fill, sqlite_path
from tests.integration.processes import PATIENCE_SECONDS

ROWS = 50
# Another program writes a row and closes the file. Who closes it last deletes the log.
OTHER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("INSERT INTO log_entries (id, timestamp, message) VALUES (999, 0, 'new')")
connection.commit()
connection.close()
"""


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> Iterator[Apart]:
    # As Dask's nanny starts its workers.
    own = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    monkeypatch.setitem(own, "daemon", True)
    apart = Apart()
    yield apart
    apart.close()
    assert own["daemon"] is True


def work_on(database: Database, staging: Path) -> PartitionWork:
    """Return the work of reading all log lines."""
    (selection,) = select([get_kind("logs")])
    return PartitionWork(
        PartitionSpec(
            kind="logs",
            ordinal=0,
            attempt=1,
            planned_rows=ROWS,
            source=source_spec(database),
            statement=read_statement(selection, database.url.dialect, Cutoff()),
            batch_size=10,
            options=WriteOptions("csv", Compression("none")),
            shard_size_bytes=2**30,
            staging=staging,
            now=datetime(2026, 2, 1, tzinfo=UTC),
        )
    )


def log_of(path: Path) -> int:
    """Return which file is the write-ahead log of a database."""
    return Path(f"{path}-wal").stat().st_ino


def write_and_close(path: Path) -> None:
    subprocess.run([sys.executable, "-c", OTHER, path], check=True, timeout=PATIENCE_SECONDS)


async def rows_of(database: Database) -> int:
    async with database.session() as session:
        return int(await session.scalar(sa.text("SELECT count(*) FROM log_entries")) or 0)


async def test_a_job_apart_leaves_the_ledger_its_locks(sqlite_url: str, tmp_path: Path, apart: Apart) -> None:
    fill(sqlite_url, ROWS)
    path = sqlite_path(sqlite_url)
    database = open_database(DatabaseUrl.parse(sqlite_url))
    try:
        assert await rows_of(database) == ROWS  # from now on the file is open here
        log = log_of(path)
        counts: list[tuple[int, int]] = []
        work = work_on(database, tmp_path)
        result = await asyncio.to_thread(apart.run, work, lambda *now: counts.append(now), threading.Event())
        assert isinstance(result, PartitionResult)
        assert result.written == ROWS
        assert all(rows <= ROWS for rows, _ in counts)
        await asyncio.to_thread(write_and_close, path)
        assert log_of(path) == log
        assert await rows_of(database) == ROWS + 1
    finally:
        await database.close()
