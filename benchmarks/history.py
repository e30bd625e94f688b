"""The history and its totals with very many exports: the first page, each order, each filter, the search.

The configs in the ledger are as long as those of real exports (some 600 to 1,500 bytes), because the search
reads them. Times are those of the query, in milliseconds, without HTTP.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import export
from benchmarks.samples import DATABASES
from lumber.exports import ExportConfig
from lumber.exports.history import HistoryQuery, Order, find_exports
from lumber.exports.statistics import export_stats
from lumber.store.database import Database, open_database
from lumber.store.url import DatabaseUrl
from tests.integration.ledgers import export_row, fill_ledger

EXPORTS = 100_000
_CALLS = 21
_PAGE = 50
_AIM_MS = 100.0
_SEED = 20260101

Questions = Mapping[str, Callable[[], Awaitable[object]]]


def run(workdir: Path, exports: int = EXPORTS, databases: Sequence[str] = DATABASES) -> list[dict[str, Any]]:
    """Fill the ledger of these databases, and time the questions of the history."""
    results = []
    rows = [*_rows(exports)]
    lengths = sorted(len(row["config"]) for row in rows)
    with export.databases(workdir, 1, databases) as urls:
        for database, url in urls.items():
            fill_ledger(url, rows)
            results.append(
                {
                    "database": database,
                    "exports": exports,
                    "config_bytes": [lengths[0], lengths[len(lengths) // 2], lengths[-1]],
                    "calls_ms": asyncio.run(_timed_questions(url, exports)),
                }
            )
            print(json.dumps(results[-1]), file=sys.stderr, flush=True)
    return results


def table(results: list[dict[str, Any]]) -> str:
    """Return the medians in Markdown, and which are over the aim."""
    heads = [str(item["database"]) for item in results]
    lines = ["| median ms | " + " | ".join(heads) + " |", "|---|" + "---:|" * len(heads)]
    medians = {
        name: [statistics.median(item["calls_ms"][name]) for item in results]
        for name in results[0]["calls_ms"]
    }
    lines += [
        f"| {name} | " + " | ".join(f"{ms:.1f}" for ms in found) + " |" for name, found in medians.items()
    ]
    slow = [name for name, found in medians.items() if max(found) > _AIM_MS]
    least, middle, most = results[0]["config_bytes"]
    size = f"{results[0]['exports']:,} exports with configs of {least:,} to {most:,} bytes, median {middle:,}"
    verdict = f"over {_AIM_MS:g} ms: {', '.join(slow)}" if slow else f"all under {_AIM_MS:g} ms"
    return "\n".join([*lines, "", f"{size}: {verdict}."]) + "\n"


def _rows(exports: int) -> Iterator[dict[str, Any]]:
    """Yield rows of the ledger whose configs have what users choose, in different ways."""
    chance = random.Random(_SEED)
    for number in range(exports):
        row = export_row(number)
        types = json.loads(row["config"])["data_types"]
        yield row | {"config": _stored(_config(types, number, chance))}


def _stored(config: dict[str, Any]) -> str:
    """Return a config as the ledger has it."""
    return json.dumps(config, sort_keys=True, separators=(",", ":"))


def _config(types: list[str], number: int, chance: random.Random) -> dict[str, Any]:
    processes = [f"process-{chance.randrange(500)}" for _ in range(chance.randrange(1, 12))]
    chosen: dict[str, Any] = {"data_types": types, "output_format": chance.choice(["parquet", "jsonl"])}
    if "logs" in types:
        chosen |= {
            "processes": processes,
            "filters": {
                "device_id": [f"device-{chance.randrange(9_000)}" for _ in range(chance.randrange(1, 25))],
                "message": {"contains": f"session {number} opened"},
            },
            "split": {"mode": "random", "seed": number},
        }
    return ExportConfig(**chosen).model_dump(mode="json")


async def _timed_questions(url: str, exports: int) -> dict[str, list[float]]:
    database = open_database(DatabaseUrl.parse(url))
    try:
        await _check_answers(database, exports)
        return {name: await _timed(call) for name, call in _questions(database, exports).items()}
    finally:
        await database.close()


async def _check_answers(database: Database, exports: int) -> None:
    """Raise RuntimeError unless the filters find what the ledger holds."""
    wanted = {
        HistoryQuery(): exports,
        HistoryQuery(kind="anomalies"): len(range(1, exports, 3)),
        HistoryQuery(text="no export has this"): 0,
    }
    for query, total in wanted.items():
        found = (await find_exports(database, query))[1]
        if found != total:
            raise RuntimeError(f"{query} found {found:,} exports instead of {total:,}.")


def _questions(database: Database, exports: int) -> Questions:
    """Return what the history's screen asks."""

    def page(**chosen: Any) -> Callable[[], Awaitable[object]]:
        return lambda: find_exports(database, HistoryQuery(limit=_PAGE, **chosen))

    return {
        "first page": page(),
        "page in the middle": page(offset=exports // 2),
        **{f"sorted by {order.value}": page(order=order) for order in Order},
        "one status": page(statuses=["failed"]),
        "one kind": page(kind="anomalies"),
        "search of one": page(text="session 4711 opened"),
        "search of many": page(text="process-17"),
        "search of none": page(text="no export has this"),
        "search in one kind": page(text="device-42", kind="logs"),
        "totals": lambda: export_stats(database),
    }


async def _timed(call: Callable[[], Awaitable[object]]) -> list[float]:
    await call()  # the first one connects
    found = []
    for _ in range(_CALLS):
        begin = time.perf_counter()
        await call()
        found.append(round((time.perf_counter() - begin) * 1000, 3))
    return found
