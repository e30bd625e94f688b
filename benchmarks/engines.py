"""Who works on an export: throughput with 1, 2 and 3 workers, and what each engine costs a partition.

The workers are processes of one machine, each with one process for partitions: with fewer cores than workers
the times say what the engines cost, not what more machines gain. The last case has thousands of nearly empty
partitions: memory of the coordinator and rows of the ledger should stay flat.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

from benchmarks.samples import sample
from lumber.exports import ExportConfig
from lumber.settings import Settings
from tests.databases import running_postgres
from tests.integration.crews import scheduler
from tests.integration.datasets import fill, query
from tests.integration.processes import started
from tests.integration.workers import create, ended

ENGINES = ("pool", "claims", "dask")
ROWS = 1_000_000
WORKERS = (1, 2, 3)
SMALL_PARTITIONS = 400
MANY_PARTITIONS = 4_000
# The planner makes at most 1,000 partitions of a kind, which this benchmark lifts.
_WORKER = (
    "import asyncio; from lumber.engine import plan; plan.MOST_PARTITIONS = 100_000; "
    "from lumber.exports.worker import Worker; from lumber.settings import load_settings; "
    "asyncio.run(Worker(load_settings()).run())"
)
_LOOK_SECONDS = 0.05


def run(workdir: Path, samples: Path, rows: int, engines: Sequence[str] = ENGINES) -> dict[str, Any]:
    """Measure all engines on PostgreSQL; every single run is in the result."""
    return {
        "throughput": list(_throughput(workdir, samples, rows, engines)),
        "partitions": [_partitions(workdir, engine, SMALL_PARTITIONS) for engine in engines],
        "many": [_partitions(workdir, engine, MANY_PARTITIONS) for engine in engines],
    }


def _throughput(workdir: Path, samples: Path, rows: int, engines: Sequence[str]) -> Iterator[dict[str, Any]]:
    with sample("postgresql", rows, samples) as source:
        for engine in engines:
            for workers in WORKERS:
                settings = Settings(
                    data_dir=workdir / f"{engine}-{workers}",
                    database_url=source.url,
                    partition_rows=max(1, rows // 40),
                    workers=workers if engine == "pool" else 1,
                )
                yield _told({"rows": rows, **_measured(engine, workers, settings)})


def _partitions(workdir: Path, engine: str, partitions: int) -> dict[str, Any]:
    """Measure an export of so many partitions with ten rows each."""
    with running_postgres() as server:
        server.create_migrated("lumber")
        fill(server.url("lumber"), 10 * partitions)
        settings = Settings(
            data_dir=workdir / f"{engine}-{partitions}-partitions",
            database_url=server.url("lumber"),
            partition_rows=10,
            workers=2 if engine == "pool" else 1,
        )
        measured = _measured(engine, 2, settings)
    each = round(measured["seconds"] / partitions * 1000, 2)
    return _told({"partitions": partitions, **measured, "ms_per_partition": each})


def _measured(engine: str, workers: int, settings: Settings) -> dict[str, Any]:
    """Run one export with warm workers; return its seconds, the coordinator's peak and that of the ledger."""
    url = str(settings.database_url)
    with ExitStack() as stack:
        pids = stack.enter_context(_crew(engine, workers, settings))
        (warm_up,) = create(url, [ExportConfig(data_types=["ips"], output_format="csv")])
        _watched(url, warm_up, [])
        config = ExportConfig(data_types=["logs"], output_format="parquet")
        start = time.perf_counter()
        (export_id,) = create(url, [config])
        peak, jobs = _watched(url, export_id, pids)
        seconds = round(time.perf_counter() - start, 2)
    return {
        "engine": engine,
        "workers": workers,
        "seconds": seconds,
        "coordinator_peak_bytes": peak,
        "most_jobs_in_ledger": jobs,
    }


@contextmanager
def _crew(engine: str, workers: int, settings: Settings) -> Iterator[list[int]]:
    """Start the processes of an engine and yield those of the workers that take exports."""
    with ExitStack() as stack:
        update: dict[str, Any] = {"engine": engine}
        if engine == "dask":
            port = stack.enter_context(scheduler(settings.data_dir))
            update["dask_scheduler"] = f"tcp://127.0.0.1:{port}"
        settings = settings.model_copy(update=update)
        values = settings.model_dump(exclude_none=True, exclude_defaults=True)
        environment = {f"LUMBER_{name.upper()}": value for name, value in values.items()}
        if engine == "dask":
            for _ in range(workers):
                command = [sys.executable, "-m", "distributed.cli.dask_worker", settings.dask_scheduler]
                options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
                folder = ["--local-directory", str(settings.data_dir / "dask")]
                stack.enter_context(started(*command, *options, *folder, **environment))
        own = workers if engine == "claims" else 1
        running = [
            stack.enter_context(started(sys.executable, "-c", _WORKER, **environment)) for _ in range(own)
        ]
        yield [one.pid for one in running]


def _watched(url: str, export_id: str, pids: Sequence[int]) -> tuple[int, int]:
    """Wait for the end of an export; return the peak memory of a process and the most jobs in the ledger."""
    peak = jobs = 0
    while not ended(url, [export_id]):
        peak = max([peak, *(psutil.Process(pid).memory_info().rss for pid in pids)])
        jobs = max(jobs, query(url, "SELECT count(*) FROM export_jobs")[0][0])
        time.sleep(_LOOK_SECONDS)
    status = query(url, f"SELECT status FROM exports WHERE id = '{export_id}'")
    if status != [("completed",)]:
        raise RuntimeError(f"The export ended as {status}.")
    return peak, jobs


def _told(case: dict[str, Any]) -> dict[str, Any]:
    print(json.dumps(case), file=sys.stderr, flush=True)
    return case


def table(raw: dict[str, Any]) -> str:
    """Return the Markdown of the results."""
    lines = [
        f"## Engines ({os.cpu_count()} cores)",
        "",
        "| engine | workers | rows/s |",
        "|---|---:|---:|",
        *(
            f"| {case['engine']} | {case['workers']} | {case['rows'] / case['seconds']:,.0f} |"
            for case in raw["throughput"]
        ),
        "",
        "| engine | partitions | s | ms a partition | coordinator's peak | most jobs in the ledger |",
        "|---|---:|---:|---:|---:|---:|",
        *(
            f"| {case['engine']} | {case['partitions']:,} | {case['seconds']:,.1f} | "
            f"{case['ms_per_partition']:,.1f} | {case['coordinator_peak_bytes'] / 1e6:,.0f} MB | "
            f"{case['most_jobs_in_ledger']:,} |"
            for case in (*raw["partitions"], *raw["many"])
        ),
        "",
    ]
    return "\n".join(lines)
