"""A real `lumber export` that takes long enough to be disturbed, and what to look for while it runs."""

import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tests.integration.datasets import STAGING, query
from tests.integration.processes import LUMBER, Running, forked, started, until

ROWS = 2_000
PARTITION_ROWS = 50
WORKERS = 2


def arguments(url: str, output: Path, *, batch_size: int = 2) -> list[object]:
    """Return an export of all logs in small steps."""
    chosen = ["--data-type", "logs", "--format", "jsonl", "--batch-size", batch_size]
    return ["export", *chosen, "--output", output, "--database-url", url]


def environment(folder: Path) -> dict[str, Any]:
    return {
        "LUMBER_DATA_DIR": folder / "data",
        "LUMBER_WORKERS": WORKERS,
        "LUMBER_PARTITION_ROWS": PARTITION_ROWS,
    }


def exporting(
    url: str, output: Path, folder: Path, *, is_script: bool = False
) -> AbstractContextManager[Running]:
    """Start the export, or with `is_script` the script that loads it first; it has 1,000 batches to go."""
    if is_script:
        return started(LUMBER, *arguments(url, output), **environment(folder))
    return forked(*map(str, arguments(url, output)), **environment(folder))


def wait_for_plan(running: Running, url: str) -> None:
    """Wait until the ledger has the export running; its plan is still to come or just made."""
    until(lambda: running.assert_runs() or query(url, "SELECT 1 FROM exports WHERE status = 'running'"))


def wait_for_partitions(running: Running, output: Path, count: int = 3) -> None:
    """Wait until partitions have written some files."""
    until(lambda: running.assert_runs() or len(staged_files(output)) >= count)


def staged_files(output: Path) -> list[str]:
    """Return the names of the partitions' files in staging, whose folders come and go."""
    found = [name for _, _, names in os.walk(output / STAGING) for name in names]
    return [name for name in found if name.startswith("logs-p")]


def assert_nothing_left(output: Path) -> None:
    """Check that the folder, which the export made, is gone."""
    assert not output.exists()
