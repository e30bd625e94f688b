"""How cost grows: with the rows of the database, and with the exports in the ledger.

Time per row should be flat from 100,000 to 10,000,000 rows, whole and with a filter that keeps about one row
in a hundred; planning is one pass over an index; the ledger's calls should not notice how many exports there
are.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.process import measure
from benchmarks.samples import LUMBER, sample
from lumber.exports import ExportConfig, ExportStatusManager
from lumber.exports.history import HistoryQuery, find_exports
from lumber.exports.planner import plan_export
from lumber.exports.snapshot import take_snapshot
from lumber.exports.statistics import export_stats
from lumber.settings import Settings
from lumber.store.database import Database, open_database
from lumber.store.url import DatabaseUrl
from tests.databases import running_postgres
from tests.integration.ledgers import export_id, export_row, fill_ledger

ROWS = (100_000, 1_000_000)
EXPORTS = (100, 10_000, 100_000)
_CALLS = 50
_KEPT_SHARE = 0.01


def run(
    workdir: Path, samples: Path, rows: Sequence[int], repeat: int, exports: Sequence[int]
) -> dict[str, Any]:
    """Measure both; every single run is in the result."""
    of_rows = [case for count in sorted(rows) for case in _of_rows(workdir, samples, count, repeat)]
    return {"rows": of_rows, "ledger": _of_ledger(workdir, exports)}


def _of_rows(workdir: Path, samples: Path, rows: int, repeat: int) -> list[dict[str, Any]]:
    cases = []
    with sample("sqlite", rows, samples) as source:
        process, kept = _rare_process(source.url)
        for name, processes, count in (("all", [], rows), ("filtered", [process], kept)):
            planning = asyncio.run(_planning_seconds(source.url, processes, repeat))
            runs = [_export(source.url, workdir / "output", processes) for _ in range(repeat)]
            case = {"rows": rows, "selection": name, "rows_selected": count}
            case |= {"planning_seconds": planning, "runs": runs}
            print(json.dumps(case), file=sys.stderr, flush=True)
            cases.append(case)
    return cases


def _rare_process(url: str) -> tuple[str, int]:
    """Return the program whose share of the rows is nearest to one in a hundred, and its rows."""
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    counted = (
        "SELECT process_name, count(*) FROM log_entries WHERE process_name IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    counts = dict(connection.execute(counted).fetchall())
    total = sum(counts.values())
    connection.close()
    name = min(counts, key=lambda each: abs(counts[each] / total - _KEPT_SHARE))
    return name, counts[name]


async def _planning_seconds(url: str, processes: list[str], repeat: int) -> list[float]:
    config = ExportConfig(data_types=["logs"], processes=processes)
    database = open_database(DatabaseUrl.parse(url))
    found = []
    try:
        for _ in range(repeat):
            async with take_snapshot(database, None, config.kinds) as frozen:
                start = time.perf_counter()
                await plan_export(config, frozen, partition_rows=Settings().partition_rows)
                found.append(round(time.perf_counter() - start, 4))
    finally:
        await database.close()
    return found


def _export(url: str, output: Path, processes: list[str]) -> dict[str, Any]:
    options = [part for name in processes for part in ("--process", name)]
    options += ["--format", "parquet", "--compression", "zstd", "--validation", "basic"]
    command = [
        LUMBER,
        "export",
        "--data-type",
        "logs",
        *options,
        "--output",
        str(output),
        "--database-url",
        url,
    ]
    measured = measure([*command, "--json"], {"LUMBER_DATA_DIR": str(output.parent / "data")})
    shutil.rmtree(output)
    return {
        "seconds": round(measured.seconds, 3),
        "cpu_seconds": round(measured.cpu_seconds, 3),
        "peak_pss_bytes": measured.peak_pss_bytes,
    }


def _of_ledger(workdir: Path, sizes: Sequence[int]) -> list[dict[str, Any]]:
    cases = []
    with running_postgres() as server:
        for count in sorted(sizes):
            server.create_database(f"ledger_{count}")
            urls = {
                "sqlite": f"sqlite:///{(workdir / f'ledger-{count}.db').absolute()}",
                "postgresql": server.url(f"ledger_{count}"),
            }
            for database, url in urls.items():
                fill_ledger(url, [export_row(number) for number in range(count)])
                case = {"exports": count, "database": database, "calls_ms": asyncio.run(_calls(url, count))}
                print(json.dumps(case), file=sys.stderr, flush=True)
                cases.append(case)
    return cases


async def _calls(url: str, count: int) -> dict[str, list[float]]:
    """Time each call of the ledger, `_CALLS` times."""
    database = open_database(DatabaseUrl.parse(url))
    try:
        return {name: await _timed(call) for name, call in _questions(database, count).items()}
    finally:
        await database.close()


def _questions(database: Database, count: int) -> dict[str, Callable[[], Awaitable[object]]]:
    ledger = ExportStatusManager(database)
    middle = export_id(count // 2)
    return {
        "first page": lambda: find_exports(database, HistoryQuery(limit=50)),
        "failed ones": lambda: find_exports(database, HistoryQuery(statuses=["failed"], limit=50)),
        "one export": lambda: ledger.get(middle),
        "progress": lambda: ledger.progress([middle]),
        "totals": lambda: export_stats(database),
    }


async def _timed(call: Callable[[], Awaitable[object]]) -> list[float]:
    await call()  # the first one connects
    found = []
    for _ in range(_CALLS):
        start = time.perf_counter()
        await call()
        found.append(round((time.perf_counter() - start) * 1000, 3))
    return found


def table(result: dict[str, Any]) -> str:
    """Return both tables in Markdown; medians."""
    lines = [
        "| rows | selection | rows selected | planning s | seconds | µs per row selected | CPU s | peak MB |",
        "|---:|---|---:|---:|---:|---:|---:|---:|",
    ]
    for case in result["rows"]:
        seconds, cpu, peak = (
            _median(case["runs"], name) for name in ("seconds", "cpu_seconds", "peak_pss_bytes")
        )
        cells = [f"{case['rows']:,}", case["selection"], f"{case['rows_selected']:,}"]
        cells += [f"{statistics.median(case['planning_seconds']):.3f}", f"{seconds:.2f}"]
        cells += [f"{seconds / case['rows_selected'] * 1e6:.1f}", f"{cpu:.1f}", f"{peak / 1e6:.0f}"]
        lines.append("| " + " | ".join(cells) + " |")
    names = list(result["ledger"][0]["calls_ms"])
    lines += ["", "| exports | database | " + " | ".join(f"{name}, ms" for name in names) + " |"]
    lines.append("|---:|---|" + "---:|" * len(names))
    for case in result["ledger"]:
        medians = [f"{statistics.median(case['calls_ms'][name]):.1f}" for name in names]
        lines.append("| " + " | ".join([f"{case['exports']:,}", case["database"], *medians]) + " |")
    return "\n".join(lines) + "\n"


def _median(runs: Sequence[dict[str, Any]], name: str) -> float:
    return float(statistics.median(run[name] for run in runs))
