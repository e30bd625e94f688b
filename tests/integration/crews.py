"""Crews: the processes that work on an export under each engine, and what the ledger notes of their work."""

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lumber.settings import Settings
from tests.integration.datasets import execute, query
from tests.integration.processes import Running, forked_code, started, until
from tests.integration.workers import WORKER, WORKER_MODULES

ENGINES = ("pool", "claims", "dask")
_HOST = "127.0.0.1"


@dataclass
class Crew:
    """The processes of one engine. `workers` take exports from the queue; `cluster` is Dask's."""

    engine: str
    settings: Settings
    stack: ExitStack
    workers: list[Running] = field(default_factory=list)
    cluster: list[Running] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, Any]:
        """The settings as variables, with the key."""
        values = self.settings.model_dump(exclude_none=True, exclude_defaults=True)
        return {f"LUMBER_{name.upper()}": revealed(value) for name, value in values.items()}

    @property
    def url(self) -> str:
        return str(self.settings.database_url)

    def add_worker(self) -> Running:
        """Start a worker that takes exports from the queue."""
        one = self.stack.enter_context(forked_code(WORKER, WORKER_MODULES, **self.environment))
        self.workers.append(one)
        return one

    def add_dask_worker(self) -> Running:
        """Start a worker of the cluster, with one thread and without a nanny."""
        one = self.stack.enter_context(
            started(
                *(sys.executable, "-m", "distributed.cli.dask_worker", self.settings.dask_scheduler),
                *("--nthreads", 1, "--no-nanny", "--no-dashboard", "--host", _HOST),
                *("--local-directory", self.settings.data_dir / "dask"),
                **self.environment,
            )
        )
        self.cluster.append(one)
        return one

    def coordinator(self) -> Running:
        """Return the worker that holds the export."""

        def find() -> Running | None:
            rows = query(self.url, "SELECT lease_owner FROM exports WHERE status = 'running'")
            names = [str(name) for (name,) in rows]
            return next((one for one in self.workers if any(f":{one.pid}-" in name for name in names)), None)

        found = until(find)
        assert found is not None
        return found

    def at_work(self) -> int:
        """Return the number of a process that does a job now, and doesn't coordinate the export."""
        if self.engine == "pool":
            return until(lambda: self.coordinator().workers())[0].pid
        owner = until(lambda: claimed(self.url))[0]
        found = re.search(r":(\d+)-", owner)
        assert found is not None, owner
        return int(found[1])

    def says(self) -> str:
        """Return what all processes wrote, for a test that fails."""
        return "\n".join(one.stdout + one.stderr for one in (*self.workers, *self.cluster))


@contextmanager
def crew_of(engine: str, settings: Settings) -> Iterator[Crew]:
    """Start the processes of an engine: two that work on an export, and for Dask also its scheduler."""
    with ExitStack() as stack:
        if engine == "dask":
            port = stack.enter_context(scheduler(settings.data_dir))
            settings = settings.model_copy(update={"dask_scheduler": f"tcp://{_HOST}:{port}"})
        settings = settings.model_copy(update={"engine": engine})
        crew = Crew(engine, settings, stack)
        if engine == "dask":
            crew.add_dask_worker()
            crew.add_dask_worker()
        crew.add_worker()
        if engine == "claims":
            crew.add_worker()
        yield crew


@contextmanager
def scheduler(folder: Path) -> Iterator[int]:
    """Start the scheduler of a cluster on the loopback, and yield its port."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "scheduler.json"
    command = (sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-dashboard", "--no-show")
    with started(*command, "--host", _HOST, "--port", 0, "--scheduler-file", file) as running:

        def port() -> int | None:
            running.assert_runs()
            try:
                address = json.loads(file.read_text())["address"]
            except (OSError, ValueError):
                return None
            return int(str(address).rpartition(":")[2])

        found = until(port)
        assert found is not None
        yield found


def revealed(value: Any) -> Any:
    """Return a setting as its variable has it."""
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value


def note_partitions(url: str) -> None:
    """Keep a line for each partition that is recorded, as the ledger forgets them at the end."""
    columns = "export_id, kind, ordinal, attempt"
    execute(url, "CREATE TABLE noted (export_id TEXT, kind TEXT, ordinal BIGINT, attempt BIGINT)")
    values = ", ".join(f"NEW.{name}" for name in columns.split(", "))
    insert = f"INSERT INTO noted ({columns}) VALUES ({values});"
    if url.startswith("sqlite"):
        execute(url, f"CREATE TRIGGER note AFTER INSERT ON export_partitions BEGIN {insert} END")
        return
    execute(
        url,
        f"CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {insert} RETURN NEW; END $$",
    )
    execute(url, "CREATE TRIGGER note AFTER INSERT ON export_partitions FOR EACH ROW EXECUTE FUNCTION note()")


def assert_each_done_once(url: str, export_id: str) -> None:
    """Check that no partition was recorded twice, whatever died."""
    done = query(url, f"SELECT kind, ordinal FROM noted WHERE export_id = '{export_id}'")
    assert done
    assert len(done) == len(set(done))


def claimed(url: str) -> list[str]:
    """Return who does jobs of others now."""
    return [str(row[0]) for row in query(url, "SELECT owner FROM export_jobs WHERE state = 'claimed'")]


def helpers(url: str) -> list[str]:
    """Return who helps with the running export, as its progress says."""
    rows = query(url, "SELECT progress FROM exports WHERE status = 'running'")
    return [name for (text,) in rows if text for name in json.loads(text).get("workers", [])]


def send(number: int, pid: int) -> None:
    """Send a signal to a process, if it is still there."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)
