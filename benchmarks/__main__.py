"""`python -m benchmarks`: measures loading, exporting and the service, and prints tables for RESULTS.md.

On a machine that does other work at the same time the times mean little; the memory still does.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import export, ingest, service

_LIBRARIES = ("lumber", "polars", "pyarrow", "adbc-driver-sqlite", "adbc-driver-postgresql", "pandas")


def main() -> None:
    """Run what was asked for and print it as Markdown; keep the raw numbers in --output."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=[100_000, 1_000_000, 3_000_000])
    parser.add_argument("--lines", type=int, default=ingest.LINES, help="lines to load")
    parser.add_argument("--only", choices=["ingest", "export", "service"], help="measure one part")
    parser.add_argument("--output", type=Path, help="write the raw numbers to this JSON file")
    options = parser.parse_args()
    raw: dict[str, Any] = {"machine": _machine()}
    print(_heading(raw["machine"]))
    with tempfile.TemporaryDirectory(prefix="lumber-bench-") as folder:
        if options.only in (None, "ingest"):
            raw["ingest"] = ingest.run(Path(folder), options.lines)
            print(ingest.table(raw["ingest"]))
        if options.only in (None, "export"):
            raw["export"] = export.run(Path(folder), options.rows)
            print(_export_table(raw["export"]))
        if options.only in (None, "service"):
            raw["service"] = service.run(Path(folder))
            print(service.table(raw["service"]))
    if options.output:
        options.output.write_text(json.dumps(raw, indent=2) + "\n")


def _machine() -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in _LIBRARIES},
    }


def _heading(machine: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (
        f"{machine['date']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
        f"Python {machine['python']}, {versions}\n"
    )


def _export_table(results: list[dict[str, Any]]) -> str:
    lines = [
        "| rows | database | format | seconds | CPU s | peak PSS MB | output MB "
        "| pandas s | ratio | pandas MB | verified | identical |",
        "|---:|---|---|---:|---:|---:|---:|---:|---:|---:|---|---|",
    ]
    for item in results:
        peer = [item[name] for name in ("pandas_seconds", "pandas_ratio", "pandas_pss_mb")]
        cells = [f"{item['rows']:,}", item["database"], item["format"], item["seconds"]]
        cells += [item["cpu_seconds"], item["peak_pss_mb"], item["output_mb"]]
        cells += ["" if value is None else value for value in peer]
        cells += ["yes" if item[name] else "NO" for name in ("verified", "identical")]
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
