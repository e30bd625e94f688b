"""Ctrl-C and SIGTERM, sent to the real command as a terminal and a service manager do."""

import signal
import time
from pathlib import Path

import pytest

from tests.integration.datasets import fill, ledger
from tests.integration.exports_in_motion import (
    ROWS,
    assert_nothing_left,
    exporting,
    wait_for_partitions,
    wait_for_plan,
)
from tests.integration.processes import Running, is_group_gone, started, until

BUDGET_REASON = "Commands are interrupted as processes, in every phase."

# Generous, for a busy machine. The whole export would end as completed, however fast the machine is.
PROMPT_SECONDS = 60.0

BOTH = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
# A terminal tells the whole group, a service manager the command only.
TERMINAL = pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
MANAGER = pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)


def assert_interrupted(running: Running, url: str, output: Path, since: float) -> None:
    """Check that the command ended promptly, with one sentence, and took everything back."""
    assert running.wait() == 130, running.stderr
    assert time.monotonic() - since < PROMPT_SECONDS
    assert running.stderr.strip().count("\n") == 0
    assert "was interrupted and its files were removed" in running.stderr
    assert running.stdout == ""
    assert_nothing_left(output)
    assert ledger(url) == [("cancelled", None, None)]
    # Only the tracker of shared memory may still be on its way out.
    until(lambda: is_group_gone(running.pid))


@BOTH
def test_an_interrupted_export_takes_everything_back(
    either_database_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    fill(either_database_url, ROWS)
    output = tmp_path / "out"
    with exporting(either_database_url, output, tmp_path, is_script=True) as running:
        wait_for_partitions(running, output)
        since = time.monotonic()
        running.signal_group(number)
        assert_interrupted(running, either_database_url, output, since)


@TERMINAL
def test_an_export_is_interrupted_while_its_workers_start(
    sqlite_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    """The workers are loading their libraries, deaf to Ctrl-C from their first moment on."""
    fill(sqlite_url, 100)
    output = tmp_path / "out"
    with exporting(sqlite_url, output, tmp_path, is_script=True) as running:
        wait_for_plan(running, sqlite_url)
        until(lambda: running.assert_runs() or running.workers())
        since = time.monotonic()
        running.signal_group(number)
        assert_interrupted(running, sqlite_url, output, since)


@MANAGER
def test_only_the_command_itself_is_told(sqlite_url: str, tmp_path: Path, number: signal.Signals) -> None:
    fill(sqlite_url, ROWS)
    output = tmp_path / "out"
    with exporting(sqlite_url, output, tmp_path) as running:
        wait_for_partitions(running, output)
        since = time.monotonic()
        running.process.send_signal(number)
        assert_interrupted(running, sqlite_url, output, since)


def test_an_impatient_second_and_third_time_disturbs_nothing(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, ROWS)
    output = tmp_path / "out"
    with exporting(sqlite_url, output, tmp_path) as running:
        wait_for_partitions(running, output)
        since = time.monotonic()
        for number in (signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGINT):
            running.process.send_signal(number)
        running.signal_group(signal.SIGINT)
        assert_interrupted(running, sqlite_url, output, since)


def test_a_worker_that_does_not_move_is_not_waited_for(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, ROWS)
    output = tmp_path / "out"
    with exporting(sqlite_url, output, tmp_path) as running:
        wait_for_partitions(running, output)
        running.workers()[0].suspend()
        since = time.monotonic()
        running.signal_group(signal.SIGINT)
        assert_interrupted(running, sqlite_url, output, since)


def test_a_signal_that_the_shell_ignores_is_ignored(sqlite_url: str, tmp_path: Path) -> None:
    """A plain shell starts commands in the background so."""
    fill(sqlite_url, 100)
    from tests.integration.exports_in_motion import LUMBER, arguments, environment

    output = tmp_path / "out"
    shell = ["/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh", LUMBER]
    with started(*shell, *arguments(sqlite_url, output), **environment(tmp_path)) as running:
        wait_for_plan(running, sqlite_url)
        running.signal_group(signal.SIGINT)
        assert running.wait() == 0, running.stderr
    assert ledger(sqlite_url) == [("completed", None, None)]
