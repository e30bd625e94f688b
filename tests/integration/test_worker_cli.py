"""`lumber worker`: runs what waits, and stops as it is told."""

import signal
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from lumber.cli.main import run
from lumber.exports import ExportConfig
from tests.commands import lumber
from tests.integration.datasets import fill, query
from tests.integration.processes import LUMBER, Running, forked, members, started, until
from tests.integration.serving import SLOW_CONFIG, SLOW_ROWS, environment, outcomes, wait_for_partitions
from tests.integration.workers import create, ended

BUDGET_REASON = "Every test starts worker processes, and ends them by signals."

SLOW = ExportConfig(**SLOW_CONFIG)


def working(
    url: str, folder: Path, *, is_script: bool = False, **more: object
) -> AbstractContextManager[Running]:
    values = environment(url, folder, **more)
    return started(LUMBER, "worker", **values) if is_script else forked("worker", **values)


def wait_for_start(worker: Running) -> None:
    until(lambda: worker.assert_runs() or "worker_started" in worker.stderr)


# What Ctrl-C does, test_a_second_signal_hands_back_at_once shows in `make test`.
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 0), pytest.param(signal.SIGINT, 130, marks=pytest.mark.slow)]
)
def test_an_idle_worker_stops_at_once(
    sqlite_url: str, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    with working(sqlite_url, tmp_path, is_script=True) as worker:
        wait_for_start(worker)
        worker.process.send_signal(number)
        assert worker.wait() == code
        assert "worker_stopped" in worker.stderr
        assert "Traceback" not in worker.stderr


def test_a_worker_runs_the_queue_and_lets_an_export_end(either_database_url: str, tmp_path: Path) -> None:
    fill(either_database_url, 200)
    ids = create(either_database_url, [SLOW])
    with working(either_database_url, tmp_path, LUMBER_STOP_SECONDS=3600) as worker:
        until(lambda: worker.assert_runs() or outcomes(either_database_url))
        worker.process.send_signal(signal.SIGTERM)
        assert worker.wait() == 0
        assert until(lambda: not [*members(worker.pid)])
    assert outcomes(either_database_url) == ["completed"]
    assert (tmp_path / "exports" / ids[0] / "manifest.json").exists()


def test_a_job_that_nothing_matches_completes_without_rows(either_database_url: str, tmp_path: Path) -> None:
    fill(either_database_url, 10)
    ids = create(either_database_url, [ExportConfig(data_types=["logs"], processes=["nobody"])])
    with working(either_database_url, tmp_path) as worker:
        until(lambda: worker.assert_runs() or outcomes(either_database_url))
        worker.process.send_signal(signal.SIGTERM)
        assert worker.wait() == 0
    assert outcomes(either_database_url) == ["completed"]
    assert query(either_database_url, "SELECT status, record_count FROM exports") == [("completed", 0)]
    assert (tmp_path / "exports" / ids[0] / "manifest.json").exists()


def test_a_second_signal_hands_back_at_once(either_database_url: str, tmp_path: Path) -> None:
    fill(either_database_url, SLOW_ROWS)
    ids = create(either_database_url, [SLOW])
    # An hour: only the second signal ends it in time.
    with working(either_database_url, tmp_path, LUMBER_STOP_SECONDS=3600) as worker:
        wait_for_partitions(worker, either_database_url)
        worker.signal_group(signal.SIGINT)
        until(lambda: worker.assert_runs() or "Stopping" in worker.stderr)
        worker.assert_runs()
        worker.signal_group(signal.SIGINT)
        assert worker.wait() == 130
        assert until(lambda: not [*members(worker.pid)])
        assert "Traceback" not in worker.stderr
    assert query(either_database_url, "SELECT status FROM exports") == [("pending",)]
    assert outcomes(either_database_url) == ["handed_back"]
    kept = query(either_database_url, "SELECT count(*) FROM export_partitions")[0][0]
    assert kept >= 2
    with working(either_database_url, tmp_path) as worker:
        assert lumber("exports", "watch", ids[0], "--database-url", either_database_url).returncode == 0
        worker.assert_runs()
    assert outcomes(either_database_url) == ["handed_back", "completed"]
    assert query(either_database_url, "SELECT record_count FROM exports") == [(SLOW_ROWS,)]


def test_postgresql_has_any_number_of_workers(postgres_url: str, tmp_path: Path) -> None:
    fill(postgres_url, 50)
    with working(postgres_url, tmp_path) as one, working(postgres_url, tmp_path) as two:
        for worker in (one, two):
            wait_for_start(worker)
        ids = create(postgres_url, [SLOW] * 8)
        until(lambda: one.assert_runs() or two.assert_runs() or ended(postgres_url, ids))
    assert outcomes(postgres_url) == ["completed"] * 8
    assert query(postgres_url, "SELECT count(DISTINCT owner) FROM export_attempts") == [(2,)]


def test_sqlite_has_one_worker_until_it_is_gone(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with working(sqlite_url, tmp_path) as worker:
        wait_for_start(worker)
        assert run(["worker", "--database-url", sqlite_url]) == 1
        message = " ".join(capsys.readouterr().err.split())
        assert f"(process {worker.pid})" in message
        assert "use PostgreSQL" in message
        worker.kill()
        worker.wait()
    with working(sqlite_url, tmp_path) as worker:
        wait_for_start(worker)


def test_a_link_to_the_file_is_the_same_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "lumber.db")
    with working(f"sqlite:///{tmp_path / 'lumber.db'}", tmp_path) as worker:
        wait_for_start(worker)
        assert run(["worker", "--database-url", f"sqlite:///{tmp_path / 'link.db'}"]) == 1
        assert "already running on" in capsys.readouterr().err


def test_more_exports_at_a_time_than_allowed_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["worker", "--concurrency", "65"]) == 2
    assert "--concurrency" in capsys.readouterr().err
