"""kill -9 of a whole export at any point: never half a dataset, and the next export makes the same bytes."""

import random
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.commands import lumber
from tests.integration.datasets import STAGING, contents, execute, fill, ledger, read_dataset
from tests.integration.exports_in_motion import (
    arguments,
    environment,
    exporting,
    wait_for_partitions,
    wait_for_plan,
)
from tests.integration.processes import Running, started

BUDGET_REASON = "Exports and services are killed as processes, and run again to the end."

ROWS = 3_000
SEED = 20260101

# The real command, whose commit kills the process, by then alone, at its n-th rename or fsync.
CRASHING = """
import os, signal, sys
from pathlib import Path
from lumber.cli.main import run
from lumber.engine.staging import OutputFolder

if __name__ == "__main__":
    at, steps = int(sys.argv[1]), 0
    commit = OutputFolder.commit

    def dying(original):
        def step(*arguments, **options):
            global steps
            steps += 1
            if steps == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*arguments, **options)
        return step

    def watched(*arguments):
        os.rename, os.fsync = dying(os.rename), dying(os.fsync)
        commit(*arguments)
        print(steps, file=sys.stderr)

    OutputFolder.commit = watched
    sys.exit(run(sys.argv[2:]))
"""


def export_again(url: str, output: Path, folder: Path) -> None:
    done = lumber(*arguments(url, output, batch_size=500), **environment(folder))
    assert done.returncode == 0, done.stderr


@pytest.fixture
def filled_url(either_database_url: str) -> str:
    """A database with good rows and rows to reject, so that every sort of file is written."""
    fill(either_database_url, ROWS)
    execute(either_database_url, "UPDATE log_entries SET message = '' WHERE id % 10 = 0")
    return either_database_url


def assert_crashed_cleanly(url: str, output: Path, folder: Path, undisturbed: dict[str, bytes]) -> None:
    """Check that there is a whole dataset or none, and that a new export makes the undisturbed one."""
    if (output / "manifest.json").exists():
        shutil.rmtree(output / STAGING, ignore_errors=True)
        read_dataset(output)
    else:
        export_again(url, output, folder)
        read_dataset(output)
        assert ledger(url)[-1][0] == "completed"
    assert contents(output) == undisturbed


def kill(running: Running) -> None:
    running.kill()
    assert running.wait() == -signal.SIGKILL


def test_killed_at_any_time(filled_url: str, tmp_path: Path) -> None:
    """Killed while it plans, in the midst of partitions, and at random moments between."""
    export_again(filled_url, tmp_path / "undisturbed", tmp_path)
    undisturbed = contents(tmp_path / "undisturbed")
    chance = random.Random(SEED)
    output = tmp_path / "out"
    for waiting in ("plan", 1, chance.randrange(5, 15), chance.randrange(15, 25)):
        with exporting(filled_url, output, tmp_path) as running:
            if waiting == "plan":
                wait_for_plan(running, filled_url)
            else:
                wait_for_partitions(running, output, waiting)
            time.sleep(chance.random() / 20)
            kill(running)
        assert ledger(filled_url)[-1][0] == "running"
        assert not (output / "manifest.json").exists()
    # All of them died in the same folder, one after the other.
    assert_crashed_cleanly(filled_url, output, tmp_path, undisturbed)


# Steps, counted from the first and from the last. tests/unit/engine/test_staging.py tries every one.
@pytest.mark.parametrize("steps", [(3, -1), pytest.param((1, 3, 7, -2, -1), marks=pytest.mark.slow)], ids=len)
def test_killed_at_every_stage_of_the_commit(sqlite_url: str, tmp_path: Path, steps: tuple[int, ...]) -> None:
    fill(sqlite_url, 300)
    execute(sqlite_url, "UPDATE log_entries SET message = '' WHERE id % 10 = 0")

    def crash(output: Path, step: int) -> tuple[int, str]:
        command = [sys.executable, "-c", CRASHING, step, *arguments(sqlite_url, output, batch_size=500)]
        with started(*command, **environment(tmp_path)) as running:
            return running.wait(), running.stderr

    code, counted = crash(tmp_path / "undisturbed", 0)
    assert code == 0
    last = int(counted)
    undisturbed = contents(tmp_path / "undisturbed")
    output = tmp_path / "out"
    # Before anything is moved; in the midst of it; before the manifest is written, and before it is in place.
    for step in steps:
        assert crash(output, step if step > 0 else last + step)[0] == -signal.SIGKILL
        assert (output / STAGING).exists()
        assert not (output / "manifest.json").exists()
    assert_crashed_cleanly(sqlite_url, output, tmp_path, undisturbed)
    # When the manifest is in place all is done, though the ledger has not heard of it.
    late = tmp_path / "late"
    assert crash(late, last)[0] == -signal.SIGKILL
    assert (late / "manifest.json").exists()
    assert_crashed_cleanly(sqlite_url, late, tmp_path, undisturbed)
