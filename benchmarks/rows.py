"""Looking at rows: pages of a dataset and of the database's tables, heads of columns, and explanations.

The calls go to the service in this process, over a sample of SQLite with the export of its logs: each page
another place, so nothing but what the service remembers itself is warm. Times are those of whole answers.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from benchmarks.samples import sample
from lumber.api import create_app
from lumber.exports import DataExporter, ExportConfig
from lumber.settings import Settings

ROWS = 10_000_000
# What a page promises, at the median and at the 95th percentile, on a quiet machine.
MOST_PAGE_MS = 300
_CALLS = 60
_FEW_CALLS = 10
_PAGE_ROWS = 50
PAGES = ("page", "page of Arrow", "page of a filter", "page of the database", "next page of the database")

Get = Callable[..., Any]


def run(workdir: Path, samples: Path, rows: int = ROWS) -> list[dict[str, Any]]:
    """Measure every look; each is in the result with its calls and milliseconds."""
    with sample("sqlite", rows, samples) as source:
        settings = Settings(serve_worker=False, data_dir=workdir / "rows", database_url=source.url)
        exports = {format: _export(settings, format) for format in ("parquet", "arrow")}
        with TestClient(create_app(settings)) as client:

            def get(path: str, **query: Any) -> Any:
                answer = client.get(f"/api/v1{path}", params=query)
                answer.raise_for_status()
                return answer.json()

            found = list(_looks(get, exports, random.Random(7)))
    for case in found:
        print(json.dumps(case), file=sys.stderr, flush=True)
    return found


def _export(settings: Settings, format: str) -> str:
    config = ExportConfig(data_types=["logs"], output_format=format, split="time")
    return asyncio.run(DataExporter(config, settings=settings).export_data()).export_id


def _looks(get: Get, exports: dict[str, str], choice: random.Random) -> Iterator[dict[str, Any]]:
    parquet, arrow = (f"/export/{exports[name]}/rows" for name in ("parquet", "arrow"))
    total = int(get(parquet)["total"])

    def place() -> int:
        return choice.randrange(total)

    def page(path: str, **query: Any) -> Any:
        return get(path, kind="logs", limit=_PAGE_ROWS, **query)

    yield _measured("page", total, lambda: page(parquet, place=place()))
    yield _measured("page of Arrow", total, lambda: page(arrow, place=place()))
    errors = json.dumps({"log_level": "ERROR"})
    yield _measured("page of a filter", total, lambda: page(parquet, place=place(), filters=errors))
    yield _measured("search of a rare text", total, lambda: page(parquet, search="no such text"), _FEW_CALLS)
    yield _measured("row in full", total, lambda: get(f"{parquet}/one", kind="logs", place=place()))
    yield _measured("heads of columns", total, lambda: get(f"{parquet}/columns", kind="logs"), 1)

    ids = [page(parquet, place=place())["rows"][0]["values"]["id"] for _ in range(_FEW_CALLS)]
    yield _measured("explanation of a row", total, lambda: _explain(get, parquet, ids.pop()), _FEW_CALLS)

    table = "/datasets/logs/rows"
    yield _measured("page of the database", total, lambda: get(table, limit=_PAGE_ROWS))
    keys: list[str | None] = [get(table, limit=_PAGE_ROWS)["next"]]

    def next_page() -> None:
        keys.append(get(table, limit=_PAGE_ROWS, **({} if keys[-1] is None else {"after": keys[-1]}))["next"])

    yield _measured("next page of the database", total, next_page)
    yield _measured("search in the database", total, lambda: get(table, search="no such text"), _FEW_CALLS)
    yield _measured("heads of the database", total, lambda: get(f"{table}/columns"), _FEW_CALLS)


def _explain(get: Get, path: str, row: int) -> None:
    """Ask until the service has looked far enough."""
    found = get(f"{path}/explain", kind="logs", row=row)
    while found["outcome"] == "unfinished":
        found = get(f"{path}/explain", kind="logs", row=row, place=found["next"])
    if found["outcome"] != "written":
        raise RuntimeError(f"row {row} wasn't found: {found['text']}")


def _measured(name: str, rows: int, look: Callable[[], Any], calls: int = _CALLS) -> dict[str, Any]:
    took = []
    for _ in range(calls):
        start = time.perf_counter()
        look()
        took.append((time.perf_counter() - start) * 1_000)
    took.sort()
    return {
        "look": name,
        "rows": rows,
        "calls": calls,
        "median_ms": round(statistics.median(took), 1),
        "p95_ms": round(took[int(0.95 * (len(took) - 1))], 1),
        "max_ms": round(took[-1], 1),
        "limit_ms": MOST_PAGE_MS if name in PAGES else None,
    }


def table(cases: list[dict[str, Any]]) -> str:
    """Return the Markdown of the results."""
    lines = [
        f"Of {cases[0]['rows']:,} rows:\n",
        "| look | calls | median ms | p95 ms | max ms | promised |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for case in cases:
        limit = "" if case["limit_ms"] is None else f"< {case['limit_ms']}"
        times = " | ".join(f"{case[name]:,.0f}" for name in ("median_ms", "p95_ms", "max_ms"))
        lines.append(f"| {case['look']} | {case['calls']} | {times} | {limit} |")
    return "\n".join(lines) + "\n"
