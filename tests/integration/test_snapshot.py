"""The frozen input: planner and workers see one moment, and holding it costs writers nothing."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing import connection
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa

from lumber.catalog.kind import Level
from lumber.catalog.registry import get_kind
from lumber.catalog.selection import select
from lumber.engine.partition import PartitionSpec
from lumber.engine.pool import WorkerPool
from lumber.errors import DatabaseLocked, WorkerDied
from lumber.exports import ExportStatusManager
from lumber.exports.snapshot import Snapshot, source_spec, take_snapshot
from lumber.exports.worker import open_worker_database
from lumber.formats import WriteOptions, resolve_compression
from lumber.settings import Settings
from lumber.steps.cast import Cast
from lumber.steps.recipe import Recipe
from lumber.steps.transform import Transform
from lumber.steps.validate import Validate
from lumber.store import connections, patience
from lumber.store.database import Database, open_database
from lumber.store.reading import read_statement
from lumber.store.url import DatabaseUrl
from tests.integration.datasets import execute, fill, query, sqlite_path
from tests.integration.processes import PATIENCE_SECONDS

ROWS = 500
WORKERS = 3

# On each line of its standard input it tries to insert a row at once, says so when the database is locked,
# and then waits for its turn.
WRITER = """
import sqlite3, sys
path = sys.argv[1]
for line in sys.stdin:
    for timeout in (0, 30):
        connection = sqlite3.connect(path, timeout=timeout, isolation_level=None)
        try:
            connection.execute("INSERT INTO log_entries (timestamp, message) VALUES (0, 'new')")
        except sqlite3.OperationalError as error:
            print(error, flush=True)
        else:
            print("inserted", flush=True)
            break
        finally:
            connection.close()
"""


class Writer:
    """A process that inserts a row on request."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def begin(self) -> str:
        """Ask for a row and return the first answer."""
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return self.answer()

    def answer(self) -> str:
        return self._process.stdout.readline().strip()


@contextmanager
def writer_of(url: str) -> Iterator[Writer]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    command = [sys.executable, "-c", WRITER, str(sqlite_path(url))]
    with subprocess.Popen(command, text=True, **pipes) as process:
        try:
            yield Writer(process)
        finally:
            process.stdin.close()


class PoolWithWriter(WorkerPool):
    """A pool that has somebody write at the very moment when the workers begin to read."""

    def __init__(self, workers: int, writer: Writer) -> None:
        super().__init__(workers, ["logs"])
        self._writer = writer
        self.first_answer = ""

    def pin(self) -> None:
        self.first_answer = self._writer.begin()
        super().pin()


def whole_table(frozen: Snapshot, staging: Path, ordinal: int, rows: int) -> PartitionSpec:
    """Return a partition of all logs; it fails when a worker does not read `rows` rows."""
    kind = get_kind("logs")
    (selection,) = select((kind,), start=None, end=None, filters={}, processes=())
    return PartitionSpec(
        kind="logs",
        ordinal=ordinal,
        attempt=1,
        now=datetime.now(UTC),
        planned_rows=rows,
        source=frozen.source,
        statement=read_statement(selection, frozen.source.dialect, frozen.cutoffs["logs"]),
        batch_size=100,
        recipe=Recipe((Cast(), Validate(Level.NONE), Transform())),
        options=WriteOptions(
            format="jsonl",
            compression=resolve_compression("jsonl", False),
            csv_escape_formulas=True,
            metadata=None,
        ),
        shard_size_bytes=1 << 30,
        staging=staging,
    )


async def highest_id(frozen: Snapshot) -> int:
    return (await frozen.connection.execute(sa.text("SELECT max(id) FROM log_entries"))).scalar_one()


async def read_by_all(pool: WorkerPool, frozen: Snapshot, staging: Path) -> set[tuple[int, int]]:
    """Have every worker read the whole table; return the counts of rows with the highest id of each."""
    specs = [whole_table(frozen, staging, ordinal, ROWS) for ordinal in range(WORKERS * 4)]
    results = await asyncio.gather(*(asyncio.wrap_future(pool.submit(spec)) for spec in specs))
    return {(result.read, result.shards[-1].last_key.id) for result in results}


def database_at(url: str) -> Database:
    return open_database(DatabaseUrl.parse(url))


async def test_a_writer_waits_while_workers_begin_and_nobody_sees_its_row(
    sqlite_url: str, tmp_path: Path
) -> None:
    await asyncio.to_thread(fill, sqlite_url, ROWS)
    database = database_at(sqlite_url)
    with writer_of(sqlite_url) as writer:
        pool = PoolWithWriter(WORKERS, writer)
        try:
            pool.start(source_spec(database))
            async with take_snapshot(database, pool, (get_kind("logs"),)) as frozen:
                # Had the lock not been held, the row would be there for some and not for others.
                assert pool.first_answer == "database is locked"
                # It is held no longer: the writer has its turn before anything is read.
                assert await asyncio.to_thread(writer.answer) == "inserted"
                assert frozen.cutoffs["logs"].max_id == ROWS
                assert await highest_id(frozen) == ROWS
                assert await read_by_all(pool, frozen, tmp_path) == {(ROWS, ROWS)}
                # What is written later is not seen either, and does not wait.
                assert await asyncio.to_thread(writer.begin) == "inserted"
                assert await highest_id(frozen) == ROWS
                assert await read_by_all(pool, frozen, tmp_path) == {(ROWS, ROWS)}
        finally:
            pool.close()
            await database.close()
    assert query(sqlite_url, "SELECT count(*) FROM log_entries") == [(ROWS + 2,)]


async def test_workers_on_postgresql_see_what_the_planner_sees(postgres_url: str, tmp_path: Path) -> None:
    await asyncio.to_thread(fill, postgres_url, ROWS)
    database = database_at(postgres_url)
    pool = WorkerPool(WORKERS, ["logs"])
    try:
        pool.start(None)
        async with take_snapshot(database, pool, (get_kind("logs"),)) as frozen:
            other = await asyncpg.connect(postgres_url)
            # The new row is refused by its transaction, the changes and the deletion by the snapshot.
            await other.execute("INSERT INTO log_entries (id, timestamp, message) VALUES (0, now(), 'new')")
            await other.execute("UPDATE log_entries SET timestamp = now() WHERE id < 50")
            await other.execute("DELETE FROM log_entries WHERE id > 450")
            await other.close()
            assert await highest_id(frozen) == ROWS
            assert await read_by_all(pool, frozen, tmp_path) == {(ROWS, ROWS)}
    finally:
        pool.close()
        await database.close()


async def test_the_snapshot_outlives_the_servers_limit_on_idle_transactions(
    postgres_url: str, tmp_path: Path
) -> None:
    await asyncio.to_thread(fill, postgres_url, ROWS)
    name = postgres_url.rpartition("/")[2]
    limit = f"ALTER DATABASE {name} SET idle_in_transaction_session_timeout = '500ms'"
    await asyncio.to_thread(execute, postgres_url, limit)
    database = database_at(postgres_url)
    pool = WorkerPool(1, ["logs"])
    other = await asyncpg.connect(postgres_url)
    try:
        pool.start(None)
        async with take_snapshot(database, pool, (get_kind("logs"),)) as frozen:
            for ordinal in range(2):  # the planner waits, and then the worker too
                past = datetime.now(UTC) + timedelta(seconds=0.8)
                while await other.fetchval("SELECT clock_timestamp() < $1", past):
                    pass
                assert await highest_id(frozen) == ROWS
                spec = whole_table(frozen, tmp_path, ordinal, ROWS)
                assert (await asyncio.wrap_future(pool.submit(spec))).read == ROWS
    finally:
        await other.close()
        pool.close()
        await database.close()


class PoolWithMurder(WorkerPool):
    """A pool of which one worker is killed while all stand at the line, ready to begin."""

    def pin(self) -> None:
        victim = self._processes()[0]
        victim.kill()
        connection.wait([victim.sentinel])
        super().pin()


async def test_a_worker_killed_at_the_line_ends_the_export_and_frees_the_lock(sqlite_url: str) -> None:
    await asyncio.to_thread(fill, sqlite_url, ROWS)
    database = database_at(sqlite_url)
    pool = PoolWithMurder(WORKERS, ["logs"])
    try:
        pool.start(source_spec(database))
        async with asyncio.timeout(PATIENCE_SECONDS):
            with pytest.raises(WorkerDied, match="ended without an answer"):
                async with take_snapshot(database, pool, (get_kind("logs"),)):
                    pytest.fail("the input was frozen without a worker")
        with writer_of(sqlite_url) as writer:
            assert await asyncio.to_thread(writer.begin) == "inserted"
    finally:
        await asyncio.to_thread(pool.close)
        await database.close()


async def test_a_worker_has_connections_for_all_its_exports(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_WAIT_SECONDS", 0.05)
    settings = Settings(database_url=database_url, data_dir=tmp_path, concurrency=16)
    database = open_worker_database(settings)
    async with AsyncExitStack() as running:
        for _ in range(settings.concurrency):
            await running.enter_async_context(take_snapshot(database, None, (get_kind("logs"),)))
        assert await ExportStatusManager(database).list() == []
    await database.close()


async def test_a_database_locked_by_another_is_said_to_be(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", 0.2)
    await asyncio.to_thread(fill, sqlite_url, 1)
    address = DatabaseUrl.parse(sqlite_url)
    holder = database_at(sqlite_url)
    database = open_database(address, busy_timeout_seconds=0.05)
    pool = WorkerPool(1, ["logs"])
    try:
        pool.start(source_spec(database))
        async with holder.connect() as other:
            await other.execution_options(isolation_level="AUTOCOMMIT")
            await other.exec_driver_sql("BEGIN IMMEDIATE")
            with pytest.raises(DatabaseLocked, match="is locked by another writer"):
                async with take_snapshot(database, pool, (get_kind("logs"),)):
                    pytest.fail("the input was frozen without the lock")
            await other.exec_driver_sql("ROLLBACK")
    finally:
        await asyncio.to_thread(pool.close)
        await database.close()
        await holder.close()
