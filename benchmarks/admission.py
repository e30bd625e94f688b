"""What it costs to admit a call: CPU time of the service for each call with an API key, and for one without.

Two services, one with an account and one without, answer the same call in turn.
"""

from __future__ import annotations

import json
import secrets
import statistics
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import psutil

from benchmarks.process import measure
from benchmarks.service import LUMBER, service_process

CALLS = 300
_PATH = "/export/?limit=1"
_WAYS = ("without a key", "with a key")


def run(workdir: Path, repeat: int, calls: int = CALLS) -> dict[str, Any]:
    """Measure both `repeat` times, a number of calls at a time; CPU time in milliseconds a call."""
    found: dict[str, list[float]] = {way: [] for way in _WAYS}
    with ExitStack() as stack:
        servers: dict[str, tuple[httpx2.Client, psutil.Process]] = {}
        for way in _WAYS:
            url = f"sqlite:///{workdir / way.replace(' ', '-')}.db"
            key = _key(workdir, url) if way == "with a key" else None
            client, pid = stack.enter_context(service_process(workdir / way.replace(" ", "-"), url))
            if key is not None:
                client.headers["Authorization"] = f"Bearer {key}"
            servers[way] = client, psutil.Process(pid)
        for number in range(repeat + 1):
            for way, (client, process) in servers.items():
                milliseconds = _milliseconds(client, process, calls)
                if number:  # the first round is for what is loaded late
                    found[way].append(milliseconds)
                    print(json.dumps({way: milliseconds}), file=sys.stderr, flush=True)
    return {"calls": calls, "cpu_ms_per_call": found}


def _milliseconds(client: httpx2.Client, process: psutil.Process, calls: int) -> float:
    before = process.cpu_times()
    for _ in range(calls):
        client.get(_PATH).raise_for_status()
    after = process.cpu_times()
    return round((after.user + after.system - before.user - before.system) / calls * 1000, 3)


def _key(workdir: Path, url: str) -> str:
    database = ["--database-url", url, "--json"]
    password = workdir / "password.txt"
    password.write_text(secrets.token_urlsafe(24))
    measure([LUMBER, "user", "add", "bench", "--role", "admin", "--password-file", str(password), *database])
    key = ["--user", "bench", "--name", "bench", "--scope", "exports:read"]
    return str(json.loads(measure([LUMBER, "key", "create", *key, *database]).stdout)["key"])


def table(result: dict[str, Any]) -> str:
    """Return the medians in Markdown."""
    found = result["cpu_ms_per_call"]
    without, with_ = (statistics.median(found[way]) for way in _WAYS)
    more = statistics.median(one - other for one, other in zip(found[_WAYS[1]], found[_WAYS[0]], strict=True))
    return (
        "| CPU of the service for each call | ms |\n|---|---:|\n"
        f"| {_WAYS[0]} | {without:.2f} |\n| {_WAYS[1]} | {with_:.2f} |\n| difference | {more:.2f} |\n"
    )
