"""What versions of a dataset cost: increments, unchanged versions, sketches, the index that finds new rows.

Every figure is a ratio of two things that ran in turn, round after round, so that what else the machine does
falls on both. An increment of 10,000 rows should take at most a tenth of a full export; a version without new
rows should write only a manifest.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.process import Measured, measure
from benchmarks.samples import LUMBER, Sample, sample
from tests.databases import PostgresServer, running_postgres

ROWS = 1_000_000
NEW_ROWS = 10_000
LOADED_ROWS = 300_000
_INDEX = "ix_log_entries_tx"
_AFTER = datetime(2026, 3, 1, tzinfo=UTC)  # the sample's rows are of January


def run(
    workdir: Path, samples: Path, rows: int, repeat: int, databases: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """Measure everything `repeat` times; every single run is in the result."""
    found: dict[str, list[dict[str, Any]]] = {"versions": [], "index": []}
    for database in databases:
        with sample(database, rows, samples) as source:
            found["versions"].append(_versions(workdir / database, source, repeat))
    if "postgresql" in databases:
        found["index"] = _index(workdir, min(rows, LOADED_ROWS), repeat)
    return found


def _versions(workdir: Path, source: Sample, repeat: int) -> dict[str, Any]:
    workdir.mkdir()
    url = source.url
    if source.server is None:
        url = f"sqlite:///{workdir / 'grown.db'}"  # rows are added
        shutil.copyfile(source.url.removeprefix("sqlite:///"), workdir / "grown.db")
    runs: dict[str, list[dict[str, Any]]] = {
        "full": [],
        "whole version": [],
        "increment": [],
        "unchanged": [],
    }

    def export(name: str, *options: str, keep: bool = False) -> None:
        folder = workdir / f"{len(runs[name])}-{name.replace(' ', '-')}"
        done = _export(url, workdir, folder, options)
        written = [file.stat() for file in folder.rglob("*") if file.is_file()]
        case = {
            "seconds": round(done.seconds, 3),
            "cpu_seconds": round(done.cpu_seconds, 3),
            "files_written": sum(each.st_nlink == 1 for each in written),
            "bytes_written": sum(each.st_size for each in written if each.st_nlink == 1),
        }
        print(json.dumps({"database": source.database, "rows": source.rows, name: case}), file=sys.stderr)
        runs[name].append(case)
        if not keep:
            shutil.rmtree(folder)

    incremental = ("--set", "dataset=grown", "--set", "incremental=true")
    _export(url, workdir, workdir / "base", incremental)
    for number in range(repeat):
        export("full")
        export("whole version", "--set", f"dataset=whole{number}")
        start = (_AFTER + timedelta(days=number)).isoformat()
        added = ["--rows", str(NEW_ROWS), "--start", start, "--days", "1", "--seed", str(number)]
        measure([LUMBER, "sample", *added, "--database-url", url, "--json"])
        export("increment", *incremental, keep=True)
        export("unchanged", *incremental, keep=True)
    shutil.rmtree(workdir)
    return {"database": source.database, "rows": source.rows, "new_rows": NEW_ROWS, "runs": runs}


def _export(url: str, workdir: Path, folder: Path, options: Sequence[str]) -> Measured:
    command = [LUMBER, "export", "--data-type", "logs", "--format", "parquet", "--compression", "zstd"]
    command += ["--output", str(folder), "--database-url", url, *options, "--json"]
    return measure(command, {"LUMBER_DATA_DIR": str(workdir / "data")})


def _index(workdir: Path, rows: int, repeat: int) -> list[dict[str, Any]]:
    """Load the same rows into PostgreSQL with the index on `tx` and without."""
    found = []
    with running_postgres() as server:
        for number in range(repeat):
            for has_index in (True, False) if number % 2 == 0 else (False, True):
                found.append(_load(server, f"load_{number}_{int(has_index)}", rows, has_index=has_index))
    return found


def _load(server: PostgresServer, name: str, rows: int, *, has_index: bool) -> dict[str, Any]:
    server.create_database(name)
    url = server.url(name)
    # The tables are made with the first row.
    measure([LUMBER, "sample", "--rows", "1", "--database-url", url, "--json"])
    psql = [str(server.bin_folder / "psql"), "--quiet", "--dbname", url, "--command"]
    if not has_index:
        subprocess.run([*psql, f"DROP INDEX {_INDEX}"], check=True)
    watched = Sample("postgresql", rows, url, server)
    before = watched.server_cpu_seconds() or 0.0
    done = measure([LUMBER, "sample", "--rows", str(rows), "--seed", "7", "--database-url", url, "--json"])
    case = {
        "rows": rows,
        "has_index": has_index,
        "seconds": round(done.seconds, 3),
        "cpu_seconds": round(done.cpu_seconds, 3),
        "server_cpu_seconds": round((watched.server_cpu_seconds() or 0.0) - before, 3),
    }
    print(json.dumps(case), file=sys.stderr, flush=True)
    return case


def table(result: dict[str, list[dict[str, Any]]]) -> str:
    """Return both tables in Markdown: medians, and medians of the ratios within a round."""
    lines = [
        "| database | rows | export | seconds | CPU s | written, bytes | time / full | CPU / full |",
        "|---|---:|---|---:|---:|---:|---:|---:|",
    ]
    for case in result["versions"]:
        full = case["runs"]["full"]
        for name, runs in case["runs"].items():
            medians = [statistics.median(run[key] for run in runs) for key in ("seconds", "cpu_seconds")]
            cells = [case["database"], f"{case['rows']:,}", name, *(f"{each:.2f}" for each in medians)]
            cells += [f"{statistics.median(run['bytes_written'] for run in runs):,.0f}"]
            cells += [f"{_ratio(runs, full, key):.2f}" for key in ("seconds", "cpu_seconds")]
            lines.append("| " + " | ".join(cells) + " |")
    if result["index"]:
        with_, without = (
            [case for case in result["index"] if case["has_index"] is has_index]
            for has_index in (True, False)
        )
        lines += ["", "| load of rows into PostgreSQL | with the index / without |", "|---|---:|"]
        for key, label in (
            ("seconds", "time"),
            ("cpu_seconds", "CPU, Lumber"),
            ("server_cpu_seconds", "CPU, server"),
        ):
            lines.append(f"| {with_[0]['rows']:,} rows, {label} | {_ratio(with_, without, key):.2f} |")
    return "\n".join(lines) + "\n"


def _ratio(runs: Sequence[dict[str, Any]], others: Sequence[dict[str, Any]], key: str) -> float:
    return statistics.median(one[key] / other[key] for one, other in zip(runs, others, strict=True))
