"""However a command ends, it leaves nothing in the folder for temporary files."""

import signal
from contextlib import AbstractContextManager
from pathlib import Path

import psutil
import pytest

from lumber.exports import ExportConfig
from tests.integration.datasets import fill
from tests.integration.exports_in_motion import ROWS, arguments, exporting, wait_for_partitions
from tests.integration.exports_in_motion import environment as export_environment
from tests.integration.processes import LUMBER, Running, forked, is_group_gone, is_server, started, until
from tests.integration.serving import SLOW_CONFIG, SLOW_ROWS, call, environment, serving
from tests.integration.serving import wait_for_partitions as wait_for_ledger
from tests.integration.workers import create

BUDGET_REASON = "Commands, services and workers are ended by signals as processes."

SLOW = ExportConfig(**SLOW_CONFIG)


def ends(*quick: signal.Signals) -> pytest.MarkDecorator:
    """End a test with each signal; in `make test`, with these only."""
    return pytest.mark.parametrize(
        "number",
        [
            pytest.param(number, marks=() if number in quick else pytest.mark.slow)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
        ],
    )


def assert_clean(running: Running) -> None:
    """Check that the processes end, and that nothing of theirs is left."""
    until(lambda: is_group_gone(running.pid))
    assert [*running.temporary.iterdir()] == []


def test_an_export_leaves_nothing_there(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, 100)
    with started(LUMBER, *arguments(sqlite_url, tmp_path / "out")) as running:
        until(lambda: [*running.temporary.iterdir()])  # the socket of the process that forks workers
        assert running.wait() == 0, running.stderr
        assert_clean(running)


@ends(signal.SIGTERM, signal.SIGKILL)
def test_an_export_that_is_ended_leaves_nothing_there(
    sqlite_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    fill(sqlite_url, ROWS)
    with exporting(sqlite_url, tmp_path / "out", tmp_path) as running:
        wait_for_partitions(running, tmp_path / "out")
        running.process.send_signal(number)
        assert running.wait() != 0
        assert_clean(running)


@ends(signal.SIGINT, signal.SIGKILL)
def test_an_export_that_is_ended_at_its_start_leaves_nothing_there(
    sqlite_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    """The process that forks workers starts before the command has loaded what answers a signal."""
    fill(sqlite_url, ROWS)
    with exporting(sqlite_url, tmp_path / "out", tmp_path, is_script=True) as running:
        until(lambda: running.assert_runs() or has_server(running))
        running.process.send_signal(number)
        assert running.wait() != 0
        assert_clean(running)


def test_the_next_start_clears_what_a_killed_group_left(sqlite_url: str, tmp_path: Path) -> None:
    """Everything at once, also Python's resource tracker, as the end of a container does."""
    fill(sqlite_url, ROWS)
    with exporting(sqlite_url, tmp_path / "out", tmp_path) as running:
        wait_for_partitions(running, tmp_path / "out")
        running.signal_group(signal.SIGKILL)
        until(lambda: is_group_gone(running.pid))
        assert [path.name for path in running.temporary.glob("lumber-*")] != []
        assert semaphores(running) != []
        again = arguments(sqlite_url, tmp_path / "out")
        with started(LUMBER, *again, TMPDIR=running.temporary, **export_environment(tmp_path)) as following:
            assert following.wait() == 0, following.stderr
            until(lambda: is_group_gone(following.pid))
        assert semaphores(running) == []
        assert_clean(running)
    assert not (tmp_path / "out" / ".lumber-staging").exists()


def semaphores(running: Running) -> list[str]:
    """The semaphores that a process left in shared memory."""
    return [path.name for path in Path("/dev/shm").glob(f"sem.lumber-{running.pid}-*")]


# As an export does, which is tried with every signal.
@ends(signal.SIGTERM)
def test_a_service_leaves_nothing_there(sqlite_url: str, tmp_path: Path, number: signal.Signals) -> None:
    fill(sqlite_url, SLOW_ROWS)
    with serving(sqlite_url, tmp_path, LUMBER_STOP_SECONDS=0) as (server, address):
        call(address, "/export/", SLOW_CONFIG)
        end_while_it_works(server, sqlite_url, number)


# As an export does, which is tried with every signal.
@ends(signal.SIGTERM)
def test_a_worker_leaves_nothing_there(sqlite_url: str, tmp_path: Path, number: signal.Signals) -> None:
    fill(sqlite_url, SLOW_ROWS)
    create(sqlite_url, [SLOW])
    with working(sqlite_url, tmp_path) as worker:
        end_while_it_works(worker, sqlite_url, number)


def has_server(running: Running) -> bool:
    """Say whether the process that forks workers is there."""
    return any(map(is_server, psutil.Process(running.pid).children()))


def working(url: str, folder: Path) -> AbstractContextManager[Running]:
    return forked("worker", **environment(url, folder, LUMBER_STOP_SECONDS=0))


def end_while_it_works(running: Running, url: str, number: signal.Signals) -> None:
    wait_for_ledger(running, url)
    assert [*running.temporary.iterdir()] != []
    running.process.send_signal(number)
    running.wait()
    assert_clean(running)
