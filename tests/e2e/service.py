"""Databases and services for the browser tests."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import psutil

from tests.integration.exports_in_motion import staged_files
from tests.integration.processes import Running, lumber_process, until
from tests.integration.serving import call, serving, wait_for_end

P = ParamSpec("P")
T = TypeVar("T")
SAMPLE_ROWS = 3_000
# Sixty partitions, each with a file of its own: there is a middle to be held in.
SLOW = {"data_types": ["logs"], "output_format": "jsonl", "batch_size": 50}


def aside(function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Call what brings an event loop of its own: this thread has Playwright's, and can have one only."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(function, *arguments, **named).result()


def fill_with_sample(url: str, rows: int = SAMPLE_ROWS) -> None:
    """Fill a database with believable rows of every kind, a few damaged ones among them."""
    done = lumber_process("sample", "--rows", rows, "--damaged", 0.01, "--database-url", url)
    assert done.returncode == 0, done.stderr


def ingest(url: str, kind: str, file: Path) -> None:
    """Load a file of one kind into a database."""
    done = lumber_process("ingest", kind, file, "--database-url", url)
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
        export_id = self.start(config)
        # The disk tells it at once, the ledger twice a second.
        until(lambda: len(staged_files(self.folder / "exports" / export_id)) >= 3)
        workers = self.running.workers()
        assert workers, "it ended before it could be held"
        for worker in workers:
            worker.suspend()
        try:
            until(lambda: self.call(f"/export/{export_id}/progress")["processed_records"] > 0)
            yield export_id
        finally:
            for worker in workers:
                if psutil.pid_exists(worker.pid):
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
