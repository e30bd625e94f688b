"""How long `lumber export` takes and how much memory, per format, database and number of rows.

Each export is verified, and made a second time to compare the shards byte for byte.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.process import Measured, measure
from benchmarks.samples import DATABASES
from tests.databases import running_postgres

FORMATS = ("parquet", "arrow", "csv", "jsonl", "json")
# Every format at this size; two formats at the others, which show how memory grows.
FULL_ROWS = 1_000_000
LUMBER = str(Path(sys.executable).with_name("lumber"))


@contextmanager
def databases(workdir: Path, rows: int, names: Sequence[str] = DATABASES) -> Iterator[dict[str, str]]:
    """Make the same sample rows in SQLite and in PostgreSQL; yield the addresses by name."""
    with ExitStack() as stack:
        urls = {}
        for name in names:
            if name == "sqlite":
                urls[name] = f"sqlite:///{workdir / f'bench-{rows}.db'}"
            else:
                server = stack.enter_context(running_postgres())
                server.create_database("bench")
                urls[name] = server.url("bench")
        for url in urls.values():
            measure([LUMBER, "sample", "--rows", str(rows), "--seed", "7", "--database-url", url, "--json"])
        yield urls


def run(workdir: Path, sizes: Sequence[int]) -> list[dict[str, Any]]:
    """Measure every format on both databases at FULL_ROWS; two formats at every other size."""
    results = []
    for rows in sizes:
        with databases(workdir, rows) as urls:
            for database, url in urls.items():
                for output_format in FORMATS if rows == FULL_ROWS else ("parquet", "jsonl"):
                    result = _case(workdir, url, output_format)
                    result.update(rows=rows, database=database, format=output_format)
                    print(json.dumps(result), file=sys.stderr, flush=True)
                    results.append(result)
        for file in workdir.glob(f"bench-{rows}.db*"):
            file.unlink()
    return results


def _case(workdir: Path, url: str, output_format: str) -> dict[str, Any]:
    first, again = workdir / "first", workdir / "again"
    measured = _export(url, output_format, first)
    repeated = _export(url, output_format, again)
    is_verified = json.loads(measure([LUMBER, "verify", str(first), "--json"]).stdout)["ok"]
    is_identical = _shard_hashes(first) == _shard_hashes(again)
    size = sum(file.stat().st_size for file in first.rglob("*") if file.is_file())
    shutil.rmtree(first)
    shutil.rmtree(again)
    seconds = min(measured.seconds, repeated.seconds)
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(min(measured.cpu_seconds, repeated.cpu_seconds), 2),
        "peak_pss_mb": round(max(measured.peak_pss_bytes, repeated.peak_pss_bytes) / 1e6),
        "output_mb": round(size / 1e6, 1),
        "verified": is_verified,
        "identical": is_identical,
    }


def _export(url: str, output_format: str, output: Path) -> Measured:
    kinds = [part for kind in ("logs", "anomalies", "ips") for part in ("--data-type", kind)]
    # Without the export_metadata, which holds the time of the export, JSON repeats byte for byte too.
    options = ["--format", output_format, "--output", str(output), "--database-url", url]
    return measure([LUMBER, "export", *kinds, *options, "--no-metadata", "--json"])


def _shard_hashes(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.file_digest(file.open("rb"), "sha256").hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != "manifest.json"
    }
