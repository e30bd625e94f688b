"""The service under strain for some minutes: many clients that create, follow, download slowly and upload.

It counts what each route answers, keeps the text of every answer 5xx, and watches the memory of the service's
process: no status 5xx, and flat memory.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import psutil

from benchmarks import export
from benchmarks.samples import DATABASES
from benchmarks.service import serving

_SEED = 20260101
_SAMPLE_SECONDS = 1.0
_SLOW_PIECE_BYTES = 16 * 1024
_SLOW_SECONDS = 0.5
_MEGABYTE = 1024 * 1024
_MINUTES = (1, 5, 10)
# Lines of the service's log that are printed after a run, and their length.
_LOG_LINES = 20
_LOG_CHARACTERS = 500
# Results that are no figures: they are printed under the table.
_TEXTS = ("failures", "log")
# What caches and the allocator add in the second half of a run. A leak adds more, and goes on.
_FLAT = 1.1


@dataclass(frozen=True)
class Strain:
    """How many clients do what, and for how long."""

    seconds: float = 600.0
    rows: int = 20_000
    creates: int = 1_000
    clients: int = 50
    streams: int = 200
    readers: int = 20
    uploaders: int = 4
    upload_lines: int = 5_000

    @classmethod
    def lasting(cls, seconds: float) -> Strain:
        """Return the strain of ten minutes, shortened to `seconds`, with as many creates a second."""
        return cls(seconds=seconds, creates=max(1, round(cls.creates * seconds / cls.seconds)))


@dataclass
class Seen:
    """What the clients saw, and the memory of the service over time."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    broken: Counter[str] = field(default_factory=Counter)
    exports: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    events: int = 0
    bytes_read: int = 0
    lines_loaded: int = 0
    memory: list[float] = field(default_factory=list)

    async def count(self, route: str, answer: httpx2.Response) -> None:
        """Count an answer of a route. Keep the time and the text of one with a status 5xx."""
        self.statuses[route, answer.status_code] += 1
        if answer.status_code >= 500:
            await answer.aread()
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            self.failures.append(f"{now} {route} {answer.status_code}: {answer.text}")


def run(workdir: Path, strain: Strain, databases: Sequence[str] = DATABASES) -> list[dict[str, Any]]:
    """Put the service under strain on these databases."""
    results = []
    with export.databases(workdir, strain.rows, databases) as urls:
        for database, url in urls.items():
            folder = workdir / f"strain-{database}"
            with serving(folder, url) as client:
                seen = asyncio.run(_strained(client.base_url, _process(client), strain))
            result = {"database": database, "seconds": strain.seconds, **summary(seen, strain.seconds)}
            print(json.dumps(result), file=sys.stderr, flush=True)
            results.append({**result, "log": _log_end(folder / "service.log")})
    return results


def _log_end(file: Path) -> list[str]:
    """Return the last lines of the service's log, without most of the routine ones."""
    lines = file.read_text().splitlines()
    last = len(lines) - _LOG_LINES // 4
    kept = [text for at, text in enumerate(lines) if at >= last or '"level": "info"' not in text]
    return [text[:_LOG_CHARACTERS] for text in kept[-_LOG_LINES:]]


def verdict(result: Mapping[str, Any]) -> str:
    """Say whether a run on one database passed, and why not if it didn't."""
    reasons = []
    if result["status_5xx"]:
        reasons.append(f"{result['status_5xx']:,} answers with a status 5xx")
    before, after = result["memory_second_quarter_mb"], result["memory_last_quarter_mb"]
    if after > before * _FLAT:
        reasons.append(f"memory grew from {before:,} MB in the second quarter to {after:,} MB in the last")
    if not result["completed_exports_seen"]:
        reasons.append("no client saw an export complete")
    if result["failed_exports_seen"]:
        reasons.append(f"clients saw {result['failed_exports_seen']:,} exports fail")
    by_minute = ", ".join(
        f"{result[f'memory_minute_{minute}_mb']:,} MB at minute {minute}"
        for minute in _MINUTES
        if f"memory_minute_{minute}_mb" in result
    )
    said = f"FAILED: {'; '.join(reasons)}" if reasons else "passed: no status 5xx, flat memory"
    return f"strain on {result['database']} {said} ({by_minute or f'{after:,} MB at the end'})"


def table(results: list[dict[str, Any]]) -> str:
    """Return the results as a table in Markdown: a line for each measure, a column for each database."""
    heads = [str(item["database"]) for item in results]
    lines = ["| measure | " + " | ".join(heads) + " |", "|---|" + "---:|" * len(heads)]
    for name in results[0]:
        if name not in ("database", *_TEXTS):
            cells = [
                str(item[name]) if isinstance(item[name], str) else f"{item[name]:,}" for item in results
            ]
            lines.append(f"| {name.replace('_', ' ')} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *map(verdict, results), *_texts(results)]) + "\n"


def _texts(results: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the answers 5xx, and the end of each service's log."""
    lines = []
    for item in results:
        for name, head in zip(_TEXTS, ("answers 5xx", "end of the service's log"), strict=True):
            if item[name]:
                lines += ["", f"{head}, {item['database']}:", "", *(f"    {text}" for text in item[name])]
    return lines


def _process(client: httpx2.Client) -> psutil.Process:
    """Return the process of the service: the one that listens on its port."""
    port = client.base_url.port
    for child in psutil.Process().children():
        for connection in child.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                return child
    raise RuntimeError(f"no child process listens on port {port}")


async def _strained(address: httpx2.URL, process: psutil.Process, strain: Strain) -> Seen:
    """Run all clients until the time is over."""
    seen, end = Seen(), time.monotonic() + strain.seconds
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=strain.clients)
    async with httpx2.AsyncClient(base_url=address, timeout=120, limits=limits) as client:
        jobs: list[Callable[[random.Random], Awaitable[None]]] = [
            *[lambda chance: _create(client, seen, chance, strain)] * strain.clients,
            *[lambda chance: _follow(client, seen, chance)] * strain.streams,
            *[lambda chance: _read_slowly(client, seen, chance)] * strain.readers,
            *[lambda chance: _upload(client, seen, chance, strain.upload_lines)] * strain.uploaders,
            lambda _chance: _look(client, seen),
        ]
        tasks = [
            asyncio.create_task(_repeated(job, random.Random(_SEED + number), seen, end))
            for number, job in enumerate(jobs)
        ]
        while time.monotonic() < end:
            seen.memory.append(process.memory_info().rss / _MEGABYTE)
            await asyncio.sleep(_SAMPLE_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return seen


async def _repeated(
    job: Callable[[random.Random], Awaitable[None]], chance: random.Random, seen: Seen, end: float
) -> None:
    """Do something until the end. A connection that breaks is counted."""
    while time.monotonic() < end:
        try:
            await job(chance)
        except httpx2.TransportError as error:
            seen.broken[type(error).__name__] += 1
            await asyncio.sleep(1)


async def _timed(seen: Seen, name: str, call: Awaitable[httpx2.Response]) -> httpx2.Response:
    begin = time.perf_counter()
    answer = await call
    seen.times[name].append((time.perf_counter() - begin) * 1000)
    await seen.count(name, answer)
    return answer


async def _create(client: httpx2.AsyncClient, seen: Seen, chance: random.Random, strain: Strain) -> None:
    """Create a small export; every client creates its share evenly over the time."""
    config = {
        "data_types": ["logs"],
        "output_format": chance.choice(["jsonl", "csv", "parquet"]),
        "filters": {"id": {"lte": chance.choice([100, 1_000, 5_000])}},
    }
    await asyncio.sleep(chance.uniform(0, 2) * strain.seconds * strain.clients / strain.creates)
    answer = await _timed(seen, "create", client.post("/export/", json=config))
    if answer.status_code < 300:
        seen.exports.append(answer.json()["export_id"])


async def _follow(client: httpx2.AsyncClient, seen: Seen, chance: random.Random) -> None:
    """Follow one of the newest exports to its end."""
    if not seen.exports:
        await asyncio.sleep(0.5)
        return
    export_id = chance.choice(seen.exports[-100:])
    async with client.stream("GET", f"/export/{export_id}/events") as answer:
        await seen.count("events", answer)
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                seen.events += 1
                status = json.loads(line.removeprefix("data: "))["status"]
                if status == "completed" and export_id not in seen.done:
                    seen.done.append(export_id)
                elif status == "failed":
                    seen.failed.add(export_id)
    await asyncio.sleep(chance.uniform(0, 1))


async def _read_slowly(client: httpx2.AsyncClient, seen: Seen, chance: random.Random) -> None:
    """Download a dataset slowly, and go away in the middle now and then."""
    if not seen.done:
        await asyncio.sleep(0.5)
        return
    pieces = chance.choice([3, 20, 1_000])
    async with client.stream("GET", f"/export/{chance.choice(seen.done[-100:])}/download") as answer:
        await seen.count("download", answer)
        async for piece in answer.aiter_bytes(_SLOW_PIECE_BYTES):
            seen.bytes_read += len(piece)
            pieces -= 1
            if not pieces:
                return
            await asyncio.sleep(_SLOW_SECONDS)


async def _upload(client: httpx2.AsyncClient, seen: Seen, chance: random.Random, lines: int) -> None:
    """Upload new lines. More uploads at a time than the service allows are rejected with 429."""
    body = {"kind": "logs", "name": f"strain-{chance.random()}.log"}
    answer = await _timed(seen, "announce", client.post("/ingest/uploads", json=body))
    if answer.status_code >= 300:
        await asyncio.sleep(1)
        return
    content = _pieces(chance, lines)
    path = f"/ingest/uploads/{answer.json()['upload_id']}/content"
    loaded = await _timed(seen, "upload", client.put(path, content=content))
    if loaded.status_code == 200:
        seen.lines_loaded += loaded.json()["loaded"]


async def _pieces(chance: random.Random, lines: int) -> AsyncIterator[bytes]:
    for start in range(0, lines, 500):
        yield b"".join(
            f"2026-01-01T00:00:{n % 60:02d}Z host app[{n}]: {chance.random()} 10.0.0.{n % 250}\n".encode()
            for n in range(start, min(lines, start + 500))
        )
        await asyncio.sleep(0)


async def _look(client: httpx2.AsyncClient, seen: Seen) -> None:
    """Look at the history and at the health, as a page and a probe do."""
    for name, path in {"list": "/export/", "stats": "/export/stats", "ready": "/health/ready"}.items():
        await _timed(seen, name, client.get(path))
    await asyncio.sleep(0.2)


def summary(seen: Seen, seconds: float) -> dict[str, Any]:
    """Return counts, times in milliseconds, and the memory by minutes and by parts of the run."""
    quarter = max(1, len(seen.memory) // 4)
    found: dict[str, Any] = {
        "exports": len(seen.exports),
        "completed_exports_seen": len(seen.done),
        "failed_exports_seen": len(seen.failed),
        "events": seen.events,
        "downloaded_megabytes": round(seen.bytes_read / _MEGABYTE, 1),
        "lines_loaded": seen.lines_loaded,
        "requests": sum(seen.statuses.values()),
        "status_5xx": sum(count for (_, status), count in seen.statuses.items() if status >= 500),
        **_by_route(seen.statuses),
        "broken_connections": sum(seen.broken.values()),
        **_by_minute(seen.memory, seconds),
        "memory_second_quarter_mb": round(statistics.median(seen.memory[quarter : 2 * quarter] or [0]), 1),
        "memory_third_quarter_mb": round(statistics.median(seen.memory[2 * quarter : 3 * quarter] or [0]), 1),
        "memory_last_quarter_mb": round(statistics.median(seen.memory[-quarter:] or [0]), 1),
        "memory_peak_mb": round(max(seen.memory, default=0), 1),
    }
    for name, times in sorted(seen.times.items()):
        ordered = sorted(times)
        found[f"{name}_p50_ms"] = round(statistics.median(ordered), 1)
        found[f"{name}_p95_ms"] = round(ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)], 1)
        found[f"{name}_max_ms"] = round(ordered[-1], 1)
    return {**found, "failures": seen.failures}


def _by_route(statuses: Mapping[tuple[str, int], int]) -> dict[str, str]:
    """Return how often each route answered with each status."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for (route, status), count in sorted(statuses.items()):
        found[f"{route}_statuses"].append(f"{status}: {count}")
    return {name: ", ".join(counts) for name, counts in found.items()}


def _by_minute(memory: Sequence[float], seconds: float) -> dict[str, float]:
    """Return the memory at some minutes of the run, as far as it lasted."""
    found = {}
    for minute in _MINUTES:
        if memory and 60 * minute <= seconds:
            at = min(len(memory) - 1, int(60 * minute / seconds * len(memory)))
            found[f"memory_minute_{minute}_mb"] = round(memory[at], 1)
    return found
