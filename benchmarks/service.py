"""How prompt the service is: its answers with a long history, also while it exports; cancels and events.

`lumber serve` runs as its own process with its worker inside, on a database with sample rows and many ended
exports, on SQLite and on PostgreSQL alike.
"""

from __future__ import annotations

import json
import math
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from typing import Any

import httpx2

from benchmarks import export
from benchmarks.samples import DATABASES
from tests.integration.ledgers import export_row, fill_ledger

LUMBER = str(Path(sys.executable).with_name("lumber"))
_SEED = 20260101
_PATIENCE_SECONDS = 300
_CONFIG = {"data_types": ["logs"], "output_format": "parquet", "batch_size": 20_000}
# The first rows only, which an export reads in a moment.
_SMALL = {**_CONFIG, "filters": {"id": {"lte": 1_000}}}
_QUESTIONS = {"list": "/export/", "failed": "/export/?status=failed", "stats": "/export/stats"}


@dataclass(frozen=True)
class Load:
    """How much is measured: the rows and the ended exports in the database, and how often each is done."""

    rows: int = 1_000_000
    exports: int = 100_000
    calls: int = 100
    cancels: int = 20
    followed: int = 10


def run(workdir: Path, load: Load, databases: Sequence[str] = DATABASES) -> list[dict[str, Any]]:
    """Measure the service on these databases; times in milliseconds."""
    results = []
    with export.databases(workdir, load.rows, databases) as urls:
        for database, url in urls.items():
            fill_ledger(url, [*islice(_ended_exports(), load.exports)])
            with serving(workdir / database, url) as client:
                result: dict[str, Any] = {"database": database, "exports": load.exports}
                result |= _answers(client, load.calls)
                result |= _while_exporting(client)
                result |= _cancels(client, workdir / database / "exports", load.cancels)
                result |= _events(client, load.followed)
            results.append(result)
            print(json.dumps(result), file=sys.stderr, flush=True)
    return results


def table(results: list[dict[str, Any]]) -> str:
    """Return the results as a table in Markdown: a line for each measure, a column for each database."""
    heads = [str(item["database"]) for item in results]
    lines = ["| measure | " + " | ".join(heads) + " |", "|---|" + "---:|" * len(heads)]
    for name in results[0]:
        if name != "database":
            cells = [f"{item[name]:,}" for item in results]
            lines.append(f"| {name.replace('_', ' ')} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _ended_exports() -> Iterator[dict[str, Any]]:
    """Yield rows of the ledger that no worker takes."""
    rows = (export_row(number) for number in count())
    return (row for row in rows if row["status"] in ("completed", "failed", "cancelled"))


def _answers(client: httpx2.Client, calls: int) -> dict[str, float]:
    """Time the calls of the history while nothing runs."""
    found: dict[str, float] = {}
    for name, path in _QUESTIONS.items():
        times = [_timed(lambda path=path: client.get(path)) for _ in range(calls)]
        found |= _summary(name, times)
    return found


def _timed(call: Callable[[], httpx2.Response]) -> float:
    begin = time.perf_counter()
    call().raise_for_status()
    return (time.perf_counter() - begin) * 1000


def _summary(name: str, times: Sequence[float]) -> dict[str, float]:
    if not times:
        return {f"{name}_p50_ms": math.nan, f"{name}_p95_ms": math.nan}
    return {
        f"{name}_p50_ms": round(statistics.median(times), 1),
        f"{name}_p95_ms": round(_percentile(times, 95), 1),
    }


def _while_exporting(client: httpx2.Client) -> dict[str, Any]:
    """Ask for the list of exports all the time while one export runs."""
    export_id = client.post("/export/", json=_CONFIG).raise_for_status().json()["export_id"]
    answers: list[float] = []
    started = time.perf_counter()
    while _status(client, export_id) in ("pending", "running"):
        for _ in range(5):
            answers.append(_timed(lambda: client.get("/export/")))
            time.sleep(0.02)
    seconds = time.perf_counter() - started
    done = client.get(f"/export/{export_id}").json()
    if done["status"] != "completed":
        raise RuntimeError(f"the export ended {done['status']}: {done['error_message']}")
    return {
        "rows": done["record_count"],
        "export_seconds": round(seconds, 2),
        "list_calls_meanwhile": len(answers),
        **_summary("list_meanwhile", answers),
        "list_meanwhile_max_ms": round(max(answers), 1),
    }


def _cancels(client: httpx2.Client, folder: Path, cancels: int) -> dict[str, Any]:
    """Create exports and cancel them at random moments.

    A cancel takes from the call until the export is cancelled.
    """
    chance = random.Random(_SEED)
    creations: list[float] = []
    taken: list[float] = []
    left = 0
    for _ in range(cancels):
        begin = time.perf_counter()
        export_id = client.post("/export/", json=_CONFIG).raise_for_status().json()["export_id"]
        creations.append((time.perf_counter() - begin) * 1000)
        while _status(client, export_id) == "pending":
            time.sleep(0.02)
        time.sleep(chance.uniform(0.0, 3.0))
        begin = time.perf_counter()
        answer = client.post(f"/export/{export_id}/cancel")
        if answer.status_code == 409:  # it was faster
            continue
        answer.raise_for_status()
        while _status(client, export_id) == "running":
            time.sleep(0.01)
        if _status(client, export_id) == "cancelled":
            taken.append((time.perf_counter() - begin) * 1000)
            left += (folder / export_id).exists()
    return {
        **_summary("create", creations),
        "cancels": len(taken),
        **_summary("cancel", taken),
        "folders_left": left,
    }


def _events(client: httpx2.Client, exports: int) -> dict[str, float]:
    """Follow small exports; an event takes from the end that it tells of until the client has it."""
    late: list[float] = []
    for _ in range(exports):
        export_id = client.post("/export/", json=_SMALL).raise_for_status().json()["export_id"]
        with client.stream("GET", f"/export/{export_id}/events") as answer:
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    arrived, told = datetime.now(UTC), json.loads(line.removeprefix("data: "))
                    if told["end_time"] is not None:
                        ended = datetime.fromisoformat(told["end_time"])
                        late.append((arrived - ended).total_seconds() * 1000)
    return _summary("event", late)


def _status(client: httpx2.Client, export_id: str) -> str:
    return str(client.get(f"/export/{export_id}/status").raise_for_status().json()["status"])


def _percentile(values: Sequence[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


@contextmanager
def serving(workdir: Path, url: str) -> Iterator[httpx2.Client]:
    """Run the service on a free loopback port; stop it at the end."""
    with service_process(workdir, url) as (client, _):
        yield client


@contextmanager
def service_process(workdir: Path, url: str) -> Iterator[tuple[httpx2.Client, int]]:
    """Run the service and yield a client with the number of its process; stop it at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "LUMBER_DATABASE_URL": url, "LUMBER_DATA_DIR": str(workdir)}
    workdir.mkdir()
    with (workdir / "service.log").open("w") as log:
        server = subprocess.Popen(
            [LUMBER, "serve", "--port", str(port)], env=environment, stdout=log, stderr=log
        )
        try:
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=60) as client:
                _wait_ready(client, server)
                yield client, server.pid
        finally:
            server.terminate()
            server.wait(timeout=60)


def _wait_ready(client: httpx2.Client, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            if client.get("/health/ready").status_code == 200:
                return
        except httpx2.TransportError:
            pass
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the service did not start")
        time.sleep(0.05)
