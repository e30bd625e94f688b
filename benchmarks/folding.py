"""The coordinator's memory with very many partitions: results held until the end, or merged as they come.

The results are made here, like those of partitions with 250,000 rows of 200 processes over six hours. Each
case runs in a process of its own: `held` keeps all results and merges them at the end, as Lumber once did;
`folded` does what a coordinator does now; `resumed` reads as many results from a ledger on SQLite.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from benchmarks.process import measure
from lumber.dataset.quality import Quality
from lumber.dataset.totals import KindTotals
from lumber.engine.result import PartitionResult
from lumber.exports import ExportConfig, ExportStatusManager
from lumber.exports.folding import FoldedResults
from lumber.exports.stored import RESULT
from lumber.exports.totals import add_result
from lumber.formats.staged_file import Key, StagedFile
from lumber.store.database import open_database
from lumber.store.migrate import require_schema
from lumber.store.models import ExportPartition
from lumber.store.url import DatabaseUrl

PARTITIONS = 4_000
CASES = ("held", "folded", "resumed")
_ROWS = 250_000
_TIMES = 25_000  # of the rows: enough for all bins and gaps
_SPAN_US = 6 * 3600 * 1_000_000
_AT_ONCE = 100


def run(partitions: int = PARTITIONS) -> list[dict[str, Any]]:
    """Measure all cases."""
    found = []
    for case in CASES:
        command = [sys.executable, "-m", "benchmarks.folding", case, str(partitions)]
        found.append({"case": case, "partitions": partitions, **json.loads(measure(command).stdout)})
        print(json.dumps(found[-1]), file=sys.stderr, flush=True)
    return found


def table(cases: list[dict[str, Any]]) -> str:
    """Return the Markdown of the results."""
    lines = ["| results | partitions | MB before | peak MB | CPU s |", "|---|---:|---:|---:|---:|"]
    lines += [
        f"| {case['case']} | {case['partitions']:,} | {case['before_mb']:,} | {case['peak_mb']:,} | "
        f"{case['cpu_seconds']:,.1f} |"
        for case in cases
    ]
    return "\n".join([*lines, ""])


def _result(ordinal: int, chance: np.random.Generator) -> PartitionResult:
    times = np.sort(chance.integers(0, _SPAN_US, _TIMES)) + ordinal * _SPAN_US
    quality = Quality(
        rows=_ROWS,
        filled=Counter({f"column-{n}": _ROWS for n in range(12)}),
        processes=Counter({f"process-{n}": int(chance.integers(1, 2_000)) for n in range(200)}),
        first_us=int(times[0]),
        last_us=int(times[-1]),
    )
    quality.times.add(times)
    name = f"logs-p{ordinal:05d}-a1-s00000.parquet"
    shard = StagedFile(name, _ROWS, 10**7, f"{ordinal:064x}", Key(ordinal, 1), Key(ordinal, 2), "train")
    return PartitionResult(
        "logs", ordinal, _ROWS, _ROWS, 0, (shard,), None, Counter(), Counter({"unknown": 1}), quality
    )


def _held(partitions: int) -> None:
    chance = np.random.default_rng(1)
    results = [_result(ordinal, chance) for ordinal in range(partitions)]
    totals = KindTotals()
    for each in results:
        add_result(totals, each)


def _folded(partitions: int) -> None:
    chance = np.random.default_rng(1)
    results = FoldedResults()
    for ordinal in range(partitions):
        results.add(_result(ordinal, chance))
    results.totals("logs")


async def _resumed(folder: Path, partitions: int) -> int:
    """Fill a ledger and resume from it; return the peak memory before that."""
    database = open_database(DatabaseUrl.parse(f"sqlite:///{folder / 'ledger.db'}"))
    try:
        await require_schema(database, create=True)
        ledger = ExportStatusManager(database)
        export_id = (await ledger.create(ExportConfig(data_types=["logs"]))).export_id
        claim = await ledger.claim(export_id, "benchmark", 600.0)
        chance = np.random.default_rng(1)
        like = [RESULT.dump(_result(ordinal, chance)) for ordinal in range(20)]
        for first in range(0, partitions, _AT_ONCE):
            rows = [
                {
                    "export_id": export_id,
                    "kind": "logs",
                    "ordinal": ordinal,
                    "attempt": 1,
                    "result": {**like[ordinal % len(like)], "ordinal": ordinal},
                }
                for ordinal in range(first, min(partitions, first + _AT_ONCE))
            ]
            async with database.session() as session:
                await session.execute(sa.insert(ExportPartition), rows)
        before = _peak_mb()
        assert len((await ledger.job(claim)).results) == partitions
        return before
    finally:
        await database.close()


def _peak_mb() -> int:
    # Not `ru_maxrss`, which begins with that of the process that started this one.
    (line,) = (
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")
    )
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    case, number, peak = sys.argv[1], int(sys.argv[2]), _peak_mb()
    start = time.process_time()
    if case == "resumed":
        with tempfile.TemporaryDirectory() as made:
            peak = asyncio.run(_resumed(Path(made), number))
    else:
        {"held": _held, "folded": _folded}[case](number)
    used = round(time.process_time() - start, 1)
    print(json.dumps({"before_mb": peak, "peak_mb": _peak_mb(), "cpu_seconds": used}))
