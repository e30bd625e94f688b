"""Databases and services for the browser tests."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import psutil

from tests.acceptance import exporting
from tests.commands import lumber
from tests.integration.exports_in_motion import staged_files
from tests.integration.processes import Running, until
from tests.integration.serving import PARTITION_ROWS, call, serving, wait_for_end

P = ParamSpec("P")
T = TypeVar("T")
SAMPLE_ROWS = 3_000
# Each partition has a file of its own: there is a middle to be held in.
SLOW = {"data_types": ["logs"], "output_format": "jsonl", "batch_size": 50}
PARTITIONS = SAMPLE_ROWS // PARTITION_ROWS
ENDED = ("completed", "failed", "cancelled")
MOST_TRIES = 20


def aside(function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Call what brings an event loop of its own: this thread has Playwright's, and can have one only."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(function, *arguments, **named).result()


def fill_with_sample(url: str, rows: int = SAMPLE_ROWS) -> None:
    """Fill a database with believable rows of every kind, a few damaged ones among them."""
    aside(exporting.fill_with_sample, url, rows, damaged=0.01)


def ingest(url: str, kind: str, file: Path) -> None:
    """Load a file of one kind into a database."""
    done = aside(lumber, "ingest", kind, file, "--database-url", url)
    assert done.returncode == 0, done.stderr


@dataclass
class Site:
    """A service that runs, and its address."""

    running: Running
    address: str
    url: str
    folder: Path

    def call(self, path: str, body: Any = None) -> Any:
        return call(self.address, path, body)

    def start(self, config: dict[str, Any]) -> str:
        """Create an export; return its id."""
        return self.call("/export/", config)["export_id"]

    def export(self, config: dict[str, Any]) -> str:
        """Create an export and wait for its end; return its id."""
        export_id = self.start(config)
        wait_for_end(self.address, export_id)
        return export_id

    def status(self, export_id: str) -> str:
        return self.call(f"/export/{export_id}/status")["status"]

    @contextmanager
    def held(self, config: dict[str, Any] = SLOW) -> Iterator[str]:
        """Create an export and hold it in the middle: its worker processes stand still until the end."""
        # On a busy machine an export may end before it can be held: then the next one is.
        held = next(found for _ in range(MOST_TRIES) if (found := self._hold(config)) is not None)
        export_id, workers = held
        try:
            until(lambda: self.call(f"/export/{export_id}/progress")["processed_records"] > 0)
            yield export_id
        finally:
            resume(workers)

    def _hold(self, config: dict[str, Any]) -> tuple[str, list[psutil.Process]] | None:
        """Create an export and suspend its workers; None if it ended before."""
        export_id = self.start(config)
        # The disk shows progress at once, the ledger twice a second.
        folder = self.folder / "exports" / export_id
        until(lambda: len(staged_files(folder)) >= 3 or self.status(export_id) in ENDED)
        workers = self.running.workers()
        for worker in workers:
            with suppress(psutil.NoSuchProcess):
                worker.suspend()
        if workers and is_unfinished(folder):
            return export_id, workers
        resume(workers)
        until(lambda: self.status(export_id) in ENDED)
        return None


def is_unfinished(folder: Path) -> bool:
    """Tell whether partitions of an export have been begun, and others have not."""
    begun = {name[: len("logs-p00000")] for name in staged_files(folder)}
    return 0 < len(begun) < PARTITIONS and not (folder / "logs").exists()


def resume(workers: list[psutil.Process]) -> None:
    """Let suspended processes run again."""
    for worker in workers:
        with suppress(psutil.NoSuchProcess):
            worker.resume()


@contextmanager
def site_of(url: str, folder: Path, *arguments: object, **settings: object) -> Iterator[Site]:
    """Run a service on a database until the end of the block."""
    with serving(url, folder, *arguments, **settings) as (running, address):
        yield Site(running, address, url, folder)


def copy_of(database: Path, folder: Path) -> str:
    """Copy a SQLite database that nobody has open into a folder; return the URL of the copy."""
    target = folder / "copy.db"
    shutil.copyfile(database, target)
    return f"sqlite:///{target}"
