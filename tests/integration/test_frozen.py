"""Workers that are frozen past their lease, and a database that goes away: nothing is lost or doubled."""

import asyncio
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import asyncpg
import psutil
import pytest

from lumber.exports import ExportConfig, ExportStatusManager
from lumber.settings import Settings
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.databases import running_postgres
from tests.integration.datasets import contents, execute, fill, ledger, query, read_dataset, sqlite_path
from tests.integration.exports_in_motion import ROWS as COMMAND_ROWS
from tests.integration.exports_in_motion import exporting, staged_files, wait_for_partitions
from tests.integration.processes import Running, members, until
from tests.integration.workers import (
    assert_complete,
    create,
    details,
    ended,
    fill_all,
    run_undisturbed,
    settings_for,
    worker,
)

BUDGET_REASON = "Processes are frozen until their leases have run out."

ROWS = 1_000
CONFIG = ExportConfig(data_types=["logs", "ips"], output_format="jsonl", batch_size=5)


def begin(url: str, settings: Settings, running: Running, partitions: int = 3) -> str:
    """Put the export into the queue and wait until the worker has some partitions of it."""
    (export_id,) = create(url, [CONFIG])
    folder = settings.effective_exports_dir / export_id
    until(lambda: running.assert_runs() or len(staged_files(folder)) >= partitions)
    return export_id


@pytest.mark.parametrize("who", ["coordinator", pytest.param("all", marks=pytest.mark.slow)])
def test_a_worker_frozen_past_its_lease_changes_nothing_when_it_wakes(
    who: str, postgres_url: str, tmp_path: Path
) -> None:
    fill_all(postgres_url, ROWS)
    # The lease ends when this test says so, however slow the machine is.
    settings = settings_for(postgres_url, tmp_path / "data", lease_seconds=3_600)
    twin = run_undisturbed(settings, CONFIG, tmp_path / "twin")
    with worker(settings) as frozen:
        export_id = begin(postgres_url, settings, frozen)
        if who == "all":
            frozen.signal_group(signal.SIGSTOP)
        else:
            frozen.process.send_signal(signal.SIGSTOP)
        execute(postgres_url, "UPDATE exports SET lease_until = now() - interval '1 second'")
        with worker(settings) as second:
            until(lambda: second.assert_runs() or ended(postgres_url, [export_id]))
            assert_complete(postgres_url, settings, export_id, twin)
            before = details(postgres_url, export_id)
            frozen.signal_group(signal.SIGCONT)
            until(lambda: frozen.assert_runs() or "lease_lost" in frozen.stdout + frozen.stderr)
            # Afterwards it works as before.
            (other,) = create(postgres_url, [CONFIG.model_copy(update={"batch_size": 1_000})])
            until(lambda: ended(postgres_url, [other]))
        assert_complete(postgres_url, settings, other, twin)
    after = details(postgres_url, export_id)
    assert after.model_copy(update={"attempts": before.attempts}) == before
    assert [attempt.outcome for attempt in after.attempts] == ["lost", "completed"]
    # It has told that it is alive: the attempt counts no longer as one of those that an export may fail.
    assert after.attempts[0].error_code == "worker_late"
    assert contents(settings.effective_exports_dir / export_id) == twin


def test_a_worker_frozen_past_its_lease_goes_on_when_nobody_has_taken_over(
    either_database_url: str, tmp_path: Path
) -> None:
    fill_all(either_database_url, ROWS)
    settings = settings_for(either_database_url, tmp_path / "data", lease_seconds=3_600)
    twin = run_undisturbed(settings, CONFIG, tmp_path / "twin")
    with worker(settings) as frozen:
        export_id = begin(either_database_url, settings, frozen)
        freeze_past_its_lease(frozen, either_database_url)
        frozen.signal_group(signal.SIGCONT)
        until(lambda: frozen.assert_runs() or ended(either_database_url, [export_id]))
    assert_complete(either_database_url, settings, export_id, twin)
    assert [attempt.outcome for attempt in details(either_database_url, export_id).attempts] == ["completed"]


def test_a_command_frozen_past_its_lease_goes_on_although_it_was_taken_for_lost(
    either_database_url: str, tmp_path: Path
) -> None:
    fill(either_database_url, COMMAND_ROWS)
    output = tmp_path / "out"
    with exporting(either_database_url, output, tmp_path) as frozen:
        wait_for_partitions(frozen, output)
        freeze_past_its_lease(frozen, either_database_url)
        assert asyncio.run(lost_commands(either_database_url)) == 1
        assert [row[:2] for row in ledger(either_database_url)] == [("failed", "command_lost")]
        frozen.signal_group(signal.SIGCONT)
        assert frozen.wait() == 0, frozen.stderr
    assert [row[:2] for row in ledger(either_database_url)] == [("completed", None)]
    assert len(read_dataset(output)) == COMMAND_ROWS
    assert query(either_database_url, "SELECT outcome FROM export_attempts") == [("completed",)]


async def lost_commands(url: str) -> int:
    """Do what every command and worker does when it starts; return how many exports it fails."""
    database = open_database(DatabaseUrl.parse(url))
    try:
        return await ExportStatusManager(database).fail_lost_commands()
    finally:
        await database.close()


def freeze_past_its_lease(running: Running, url: str) -> None:
    """Stop the whole group at a moment when it holds no lock, and let its leases end."""
    past = "1" if url.startswith("sqlite") else "now() - interval '1 second'"
    statement = f"UPDATE exports SET lease_until = {past} WHERE status = 'running'"

    def is_done() -> bool:
        running.signal_group(signal.SIGSTOP)
        # A process may run for a moment longer.
        until(lambda: all(one.status() == psutil.STATUS_STOPPED for one in members(running.pid)))
        try:
            write_without_waiting(url, statement)
        except (sqlite3.OperationalError, asyncpg.LockNotAvailableError):
            running.signal_group(signal.SIGCONT)
            return False
        return True

    until(is_done)


def write_without_waiting(url: str, statement: str) -> None:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(sqlite_path(url), timeout=0.2, isolation_level=None)) as connection:
            connection.execute(statement)
    else:
        execute(url, f"SET lock_timeout = '200ms'; {statement}")


def test_a_postgresql_server_that_crashes_in_the_middle_delays_an_export(tmp_path: Path) -> None:
    with running_postgres() as server:
        server.create_migrated("lumber")
        url = server.url("lumber")
        fill_all(url, ROWS)
        settings = settings_for(url, tmp_path / "data")
        twin = run_undisturbed(settings, CONFIG, tmp_path / "twin")
        with worker(settings) as running:
            export_id = begin(url, settings, running)
            server.restart()
            until(lambda: running.assert_runs() or ended(url, [export_id]))
        assert_complete(url, settings, export_id, twin)
        assert len(details(url, export_id).attempts) >= 2
