"""How prompt the service stays while it exports: its answers meanwhile, and how soon a cancel takes effect.

`lumber serve` runs as its own process with its worker inside, on a database with sample rows.
"""

from __future__ import annotations

import json
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from benchmarks import export

LUMBER = str(Path(sys.executable).with_name("lumber"))
ROWS = 1_000_000
CANCELS = 20
_SEED = 20260101
_PATIENCE_SECONDS = 300
_CONFIG = {"data_types": ["logs"], "output_format": "parquet", "batch_size": 20_000}


def run(workdir: Path, rows: int = ROWS) -> list[dict[str, Any]]:
    """Measure the service on both databases with `rows` sample rows; times in milliseconds."""
    results = []
    with export.databases(workdir, rows) as urls:
        for database, url in urls.items():
            with serving(workdir / database, url) as client:
                listing = _while_exporting(client)
                cancelling = _cancels(client, workdir / database / "exports")
            results.append({"database": database, **listing, **cancelling})
            print(json.dumps(results[-1]), file=sys.stderr, flush=True)
    return results


def table(results: list[dict[str, Any]]) -> str:
    """Return the results as a table in Markdown."""
    names = [*results[0]]
    lines = ["| " + " | ".join(name.replace("_", " ") for name in names) + " |"]
    lines.append("|---|" + "---:|" * (len(names) - 1))
    lines += ["| " + " | ".join(str(item[name]) for name in names) + " |" for item in results]
    return "\n".join(lines) + "\n"


def _while_exporting(client: httpx2.Client) -> dict[str, Any]:
    """Ask for the list of exports all the time while one export runs."""
    export_id = client.post("/export/", json=_CONFIG).raise_for_status().json()["export_id"]
    answers: list[float] = []
    started = time.perf_counter()
    while _status(client, export_id) in ("pending", "running"):
        for _ in range(5):
            begin = time.perf_counter()
            client.get("/export/").raise_for_status()
            answers.append((time.perf_counter() - begin) * 1000)
            time.sleep(0.02)
    seconds = time.perf_counter() - started
    done = client.get(f"/export/{export_id}").json()
    if done["status"] != "completed":
        raise RuntimeError(f"the export ended {done['status']}: {done['error_message']}")
    return {
        "rows": done["record_count"],
        "export_seconds": round(seconds, 2),
        "list_calls": len(answers),
        "list_p50_ms": round(statistics.median(answers), 1),
        "list_p95_ms": round(_percentile(answers, 95), 1),
        "list_max_ms": round(max(answers), 1),
    }


def _cancels(client: httpx2.Client, folder: Path) -> dict[str, Any]:
    """Cancel exports at random moments; measure from the call until the export is cancelled."""
    chance = random.Random(_SEED)
    taken: list[float] = []
    left = 0
    for _ in range(CANCELS):
        export_id = client.post("/export/", json=_CONFIG).raise_for_status().json()["export_id"]
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
        "cancels": len(taken),
        "cancel_p50_ms": round(statistics.median(taken)),
        "cancel_p95_ms": round(_percentile(taken, 95)),
        "folders_left": left,
    }


def _status(client: httpx2.Client, export_id: str) -> str:
    return str(client.get(f"/export/{export_id}/status").raise_for_status().json()["status"])


def _percentile(values: list[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


@contextmanager
def serving(workdir: Path, url: str) -> Iterator[httpx2.Client]:
    """Run the service on a free loopback port; stop it at the end."""
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
                yield client
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
