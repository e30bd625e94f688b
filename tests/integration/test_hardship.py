"""Disks that are full or read-only, locked databases, servers that restart, processes that do not start."""

import asyncio
import errno
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing import forkserver
from pathlib import Path
from typing import Any, NoReturn

import psutil
import pytest

from lumber.engine.source import Source, SourceSpec
from lumber.errors import DiskFull, ExportHandedBack, LumberError, OutputUnwritable, WorkerDied
from lumber.exports import ExportConfig, ExportMetadata
from lumber.exports.attempt import ExportRun
from lumber.exports.lease import StopReason
from lumber.exports.progress import ExportProgress
from lumber.settings import Settings
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.commands import lumber
from tests.databases import running_postgres
from tests.integration import exports_in_motion
from tests.integration.book import open_book
from tests.integration.datasets import execute, fill, query, read_dataset, sqlite_path
from tests.integration.exports_in_motion import exporting, wait_for_partitions
from tests.integration.processes import PATIENCE_SECONDS, started, until
from tests.integration.test_ingest_crash import CHILD, CONTENT, NEVER, content, load
from tests.integration.workers import create, details, settings_for

BUDGET_REASON = "Attempts run with worker processes, on disks that are mounted for them."

ROWS = 2_000
CONFIG = ExportConfig(data_types=["logs"], output_format="jsonl", batch_size=50)
DISK_BYTES = 1024 * 1024

Told = Callable[[ExportProgress], bool]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a megabyte, which only root can mount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", folder]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def attempt(url: str, settings: Settings, on_progress: Told | None = None) -> LumberError | ExportMetadata:
    """Make one attempt at the export that waits, as a worker does; return what it ends with.

    It goes back into the queue when `on_progress` returns true.
    """

    async def run() -> LumberError | ExportMetadata:
        database = open_database(DatabaseUrl.parse(url), busy_timeout_seconds=settings.busy_timeout_seconds)
        try:
            async with open_book(url) as book:
                claim = await book.ledger.claim_next("test", 3_600, max_attempts=settings.max_attempts)
            assert claim is not None
            made = ExportRun(
                claim,
                database,
                settings,
                on_progress=lambda now: (
                    made.stop(StopReason.HANDED_BACK)
                    if on_progress is not None and on_progress(now)
                    else None
                ),
            )
            return await made.run()
        except LumberError as error:
            return error
        finally:
            await database.close()

    return asyncio.run(run())


def outcomes(export: ExportMetadata) -> list[str | None]:
    return [one.outcome for one in export.attempts]


def retry(url: str, export_id: str) -> None:
    async def run() -> None:
        async with open_book(url) as book:
            await book.ledger.retry(export_id)

    asyncio.run(run())


def test_a_full_disk_fails_at_once_and_a_retry_goes_on(either_database_url: str, disk: Path) -> None:
    url = either_database_url
    fill(url, ROWS)
    execute(url, "UPDATE log_entries SET message = message || ' and more of it, so that it takes some room'")
    settings = settings_for(url, disk.parent / "data", exports_dir=disk / "exports", max_attempts=5)
    (export_id,) = create(url, [CONFIG])
    filler = disk / "filler"
    filler.write_bytes(bytes(DISK_BYTES - 300 * 1024))
    assert isinstance(attempt(url, settings), DiskFull)
    failed = details(url, export_id)
    assert (failed.status, failed.error_code, outcomes(failed)) == ("failed", "disk_full", ["failed"])
    assert "finished partitions are kept" in str(failed.error_message)
    ((kept,),) = query(url, "SELECT count(*) FROM export_partitions")
    assert kept > 0
    filler.unlink()
    retry(url, export_id)
    assert not isinstance(attempt(url, settings), LumberError)
    assert details(url, export_id).status == "completed"
    assert len(read_dataset(disk / "exports" / export_id)) == ROWS


def test_a_read_only_folder_fails_at_once_and_a_retry_goes_on(either_database_url: str, disk: Path) -> None:
    url = either_database_url
    fill(url, ROWS // 10)
    settings = settings_for(url, disk.parent / "data", exports_dir=disk / "exports", max_attempts=5)
    (export_id,) = create(url, [CONFIG])

    def remount(mode: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{mode}", disk], check=True)

    remount("ro")
    assert isinstance(attempt(url, settings), OutputUnwritable)
    failed = details(url, export_id)
    assert (failed.status, failed.error_code, outcomes(failed)) == ("failed", "output_unwritable", ["failed"])
    remount("rw")
    retry(url, export_id)
    assert not isinstance(attempt(url, settings), LumberError)
    assert len(read_dataset(disk / "exports" / export_id)) == ROWS // 10


@pytest.mark.parametrize("phase", ["planning", "exporting", "packing"])
def test_a_locked_database_is_waited_for_and_costs_no_attempt(
    phase: str, sqlite_url: str, tmp_path: Path
) -> None:
    """Another program holds the write lock for many times the busy timeout."""
    fill(sqlite_url, ROWS // 10)
    settings = settings_for(sqlite_url, tmp_path / "data", busy_timeout_seconds=0.05)
    (export_id,) = create(sqlite_url, [CONFIG])
    locks: list[threading.Timer] = []

    def lock(progress: ExportProgress) -> bool:
        if progress.phase == phase and not locks:
            writer = sqlite3.connect(
                sqlite_path(sqlite_url),
                timeout=PATIENCE_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            writer.execute("BEGIN IMMEDIATE")
            locks.append(threading.Timer(1.0, writer.close))
            locks[0].start()
        return False

    ended = attempt(sqlite_url, settings, lock)
    locks[0].join()
    assert not isinstance(ended, LumberError), ended
    assert outcomes(details(sqlite_url, export_id)) == ["completed"]


# Keeps even readers out of a SQLite file for a second, as a process that recovers the file does.
EXCLUSIVE = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA locking_mode = EXCLUSIVE")
connection.execute("UPDATE exports SET status = status")
print("locked", flush=True)
time.sleep(1)
"""


def test_a_reader_waits_for_a_database_that_lets_nobody_in(sqlite_url: str) -> None:
    fill(sqlite_url, 10)
    path = sqlite_path(sqlite_url)
    with subprocess.Popen(
        [sys.executable, "-c", EXCLUSIVE, path], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        reader = Source(SourceSpec("sqlite", f"file:{path}?mode=ro"))
        reader.pin()
        (batch,) = reader.batches("SELECT 'first' UNION ALL SELECT message FROM log_entries", 100)
        reader.close()
    assert batch.num_rows == 10


def test_a_worker_process_that_does_not_start_is_a_lost_worker(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_url, ROWS // 10)
    settings = settings_for(sqlite_url, tmp_path / "data", retry_seconds=0)
    (export_id,) = create(sqlite_url, [CONFIG])

    def refuse(*_: Any) -> NoReturn:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    with monkeypatch.context() as patch:
        patch.setattr(forkserver, "connect_to_new_process", refuse)
        ended = attempt(sqlite_url, settings)
    assert isinstance(ended, WorkerDied)
    assert "could not be started" in str(ended)
    waiting = details(sqlite_url, export_id)
    assert (waiting.status, waiting.error_code) == ("pending", "worker_died")
    assert not isinstance(attempt(sqlite_url, settings), LumberError)


def test_a_load_whose_server_restarts_goes_on_when_it_is_run_again(tmp_path: Path) -> None:
    source = tmp_path / "source.log"
    source.write_text(CONTENT)
    with running_postgres() as server:
        server.create_migrated("lumber")
        url = server.url("lumber")
        # It stops itself before its second commit, whether that is of rows or of the end of the load: how
        # many chunks one commit has depends on the machine's speed.
        command = [sys.executable, "-c", CHILD, "commit", "before", "2", int(signal.SIGSTOP)]
        arguments = ["ingest", "logs", source, "--year", "2004", "--database-url", url]
        with started(*command, *arguments, LUMBER_DATA_DIR=tmp_path / "data") as running:
            until(lambda: psutil.Process(running.pid).status() == psutil.STATUS_STOPPED)
            server.restart()
            running.process.send_signal(signal.SIGCONT)
            assert running.wait() == 1
            assert "Traceback" not in running.stderr
            told = " ".join(running.stderr.split())
            assert told.startswith("error: The connection to postgresql://"), told
            assert "run the command again" in told
        again = load(url, tmp_path / "data", source, NEVER)
        assert again.returncode == 0, again.stderr
        logs, _ = content(url)
        assert [row[4] for row in logs] == [
            line for line in CONTENT.splitlines() if not line.startswith("broken")
        ]


def test_an_export_command_whose_server_restarts_says_so_and_runs_again(tmp_path: Path) -> None:
    output = tmp_path / "out"
    with running_postgres() as server:
        server.create_migrated("lumber")
        url = server.url("lumber")
        fill(url, exports_in_motion.ROWS)
        with exporting(url, output, tmp_path) as running:
            wait_for_partitions(running, output)
            # Its connections are cut while it waits, so that it can't be done before the server is.
            running.process.send_signal(signal.SIGSTOP)
            server.restart()
            running.process.send_signal(signal.SIGCONT)
            code = running.wait()
            assert code == 1, running.stderr
            assert "Traceback" not in running.stderr
            assert "run the command again" in " ".join(running.stderr.split())
        exports_in_motion.assert_nothing_left(output)
        assert query(url, "SELECT status FROM exports") == [("failed",)]
        command = exports_in_motion.arguments(url, output, batch_size=1_000)
        again = lumber(*command, **exports_in_motion.environment(tmp_path))
        assert again.returncode == 0, again.stderr
        assert query(url, "SELECT status, record_count FROM exports ORDER BY created_at DESC LIMIT 1") == [
            ("completed", exports_in_motion.ROWS)
        ]
    assert lumber("verify", output).returncode == 0


def test_progress_survives_attempts(either_database_url: str, tmp_path: Path) -> None:
    """A later attempt shows what the earlier ones finished, from its first moment on."""
    url = either_database_url
    fill(url, ROWS)
    settings = settings_for(url, tmp_path / "data", retry_seconds=0)
    (export_id,) = create(url, [CONFIG])
    finished = 0
    for part in (1, 2, 3, 99):
        shown: list[int] = []

        def watch(progress: ExportProgress, part: int = part, shown: list[int] = shown) -> bool:
            shown.append(progress.rows_done)
            return progress.rows_done >= part * ROWS // 5

        ended = attempt(url, settings, watch)
        assert isinstance(ended, ExportHandedBack) == (part < 99)
        assert shown == sorted(shown)
        assert shown[0] >= finished
        if part < 99:
            results = query(url, "SELECT result FROM export_partitions")
            assert results
            finished = sum(json.loads(str(result))["read"] for (result,) in results)
    assert outcomes(details(url, export_id)) == ["handed_back"] * 3 + ["completed"]
