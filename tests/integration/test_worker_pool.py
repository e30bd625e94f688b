"""Workers that die, do not start or lose their parent: a clear end every time, and nothing hangs."""

import json
import signal
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from lumber.engine.pool import WorkerPool
from lumber.engine.source import SourceSpec
from lumber.errors import ExportError
from tests.commands import lumber
from tests.integration.datasets import contents, execute, fill, ledger, read_dataset
from tests.integration.exports_in_motion import (
    ROWS,
    WORKERS,
    arguments,
    assert_nothing_left,
    environment,
    exporting,
    wait_for_partitions,
)
from tests.integration.processes import LUMBER, is_group_gone, started, until

BUDGET_REASON = "Worker processes are killed while they export."

DIED = "A worker process ended without an answer"


def test_a_killed_worker_fails_the_export(either_database_url: str, tmp_path: Path) -> None:
    fill(either_database_url, ROWS)
    output = tmp_path / "out"
    with exporting(either_database_url, output, tmp_path) as running:
        wait_for_partitions(running, output)
        workers = running.workers()
        assert len(workers) == WORKERS
        workers[-1].kill()
        assert running.wait() == 1
        assert running.stderr.startswith(f"error: {DIED}")
        assert running.stderr.count("\n") == 1
        assert "LUMBER_WORKERS" in running.stderr
        until(lambda: is_group_gone(running.pid))
    assert_nothing_left(output)
    ((status, code, message),) = ledger(either_database_url)
    assert (status, code) == ("failed", "worker_died")
    assert message.startswith(DIED)


def test_a_worker_killed_while_it_starts_fails_the_export(either_database_url: str, tmp_path: Path) -> None:
    fill(either_database_url, ROWS)
    output = tmp_path / "out"
    with exporting(either_database_url, output, tmp_path, is_script=True) as running:
        (first, *_) = until(lambda: running.assert_runs() or running.workers())
        first.kill()
        assert running.wait() == 1
        assert running.stderr.startswith(f"error: {DIED}")
        assert running.stderr.count("\n") == 1
        until(lambda: is_group_gone(running.pid))
    assert_nothing_left(output)
    assert [row[:2] for row in ledger(either_database_url)] == [("failed", "worker_died")]


@pytest.mark.slow
def test_a_killed_server_of_workers_fails_the_export(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, ROWS)
    output = tmp_path / "out"
    with exporting(sqlite_url, output, tmp_path) as running:
        wait_for_partitions(running, output)
        (worker, *_) = running.workers()
        worker.parent().kill()
        assert running.wait() == 1
        assert running.stderr.startswith(f"error: {DIED}")
        assert running.stderr.count("\n") == 1
        until(lambda: is_group_gone(running.pid))
    assert_nothing_left(output)


def test_a_worker_that_is_not_let_in_says_so(postgres_url: str, tmp_path: Path) -> None:
    """The role may have three connections, which the export itself takes: one of them keeps its lease."""
    fill(postgres_url, 100)
    name = postgres_url.rpartition("/")[2]
    role = f"narrow_{name}"
    execute(postgres_url, f"CREATE ROLE {role} LOGIN PASSWORD 's3cr3t' CONNECTION LIMIT 3")
    try:
        execute(postgres_url, f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")
        url = postgres_url.replace("postgres@", f"{role}:s3cr3t@")
        done = lumber(*arguments(url, tmp_path / "out"), **environment(tmp_path))
    finally:
        execute(postgres_url, f"DROP OWNED BY {role}")
        execute(postgres_url, f"DROP ROLE {role}")
    assert done.returncode == 1
    assert done.stderr.startswith("error: A worker cannot open the database: ")
    assert "too many connections" in done.stderr
    assert done.stderr.count("\n") == 1
    assert "s3cr3t" not in done.stdout + done.stderr
    assert_nothing_left(tmp_path / "out")
    ((status, code, _),) = ledger(postgres_url)
    assert (status, code) == ("failed", "source_failed")


def test_a_sqlite_file_that_workers_cannot_open_is_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pool = WorkerPool(2, ["logs"])
    pool.start(SourceSpec("sqlite", f"file:{tmp_path / 'missing.db'}?mode=ro"))
    try:
        with pytest.raises(ExportError, match=r"A worker cannot open the database: .*missing\.db"):
            pool.wait_ready()
    finally:
        pool.close()
    assert capfd.readouterr().err == ""


def test_workers_end_with_their_parent_and_leave_no_dataset(either_database_url: str, tmp_path: Path) -> None:
    fill(either_database_url, ROWS)
    output, undisturbed = tmp_path / "out", tmp_path / "undisturbed"
    with exporting(either_database_url, output, tmp_path) as running:
        wait_for_partitions(running, output)
        workers = running.workers()
        assert len(workers) == WORKERS
        running.process.kill()
        running.wait()
        # Nobody tells them; they notice.
        until(lambda: not any(is_alive(worker) for worker in workers))
    assert not (output / "manifest.json").exists()
    for folder in (output, undisturbed):
        done = lumber(*arguments(either_database_url, folder, batch_size=500), **environment(tmp_path))
        assert done.returncode == 0, done.stderr
    assert len(read_dataset(output)) == ROWS
    assert contents(output) == contents(undisturbed)


def test_workers_end_with_a_parent_that_dies_while_they_start(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, 100)
    with exporting(sqlite_url, tmp_path / "out", tmp_path, is_script=True) as running:
        until(lambda: running.assert_runs() or running.workers())
        running.process.kill()
        running.wait()
        until(lambda: is_group_gone(running.pid))
        assert running.stderr == ""


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_two_exports_into_one_folder_do_not_meet(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, ROWS)
    output = tmp_path / "out"
    with exporting(sqlite_url, output, tmp_path) as running:
        wait_for_partitions(running, output)
        second = lumber(*arguments(sqlite_url, output), **environment(tmp_path))
        running.assert_runs()
        assert second.returncode == 1
        assert second.stderr.startswith(f"error: Another export is writing to {output}")
        assert running.wait() == 0, running.stderr
    assert len(read_dataset(output)) == ROWS
    assert sorted(row[:2] for row in ledger(sqlite_url)) == [
        ("completed", None),
        ("failed", "output_occupied"),
    ]


def test_a_script_without_a_guard_is_not_run_again_by_its_workers(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, 100)
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(f"""
        import asyncio
        from pathlib import Path
        from lumber.exports import DataExporter, ExportConfig
        from lumber.settings import Settings

        print("once", flush=True)
        settings = Settings(database_url={sqlite_url!r}, workers=2, partition_rows=10)
        config = ExportConfig(data_types=["logs"], output_format="jsonl")
        exporter = DataExporter(config, settings=settings, output=Path({str(tmp_path / "out")!r}))
        print(asyncio.run(exporter.export_data()).record_count)
        """)
    )
    with started(sys.executable, script) as running:
        assert running.wait() == 0, running.stderr
        assert running.stdout == "once\n100\n"
    assert len(read_dataset(tmp_path / "out")) == 100


def test_json_output_of_a_dead_worker_is_one_object(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, ROWS)
    output = tmp_path / "out"
    command = [LUMBER, *arguments(sqlite_url, output), "--json"]
    with started(*command, **environment(tmp_path)) as running:
        wait_for_partitions(running, output)
        running.workers()[0].send_signal(signal.SIGKILL)
        assert running.wait() == 1
        error = json.loads(running.stdout)["error"]
    assert (error["code"], error["retryable"]) == ("worker_died", True)
