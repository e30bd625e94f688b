"""`python -m benchmarks`: measures Lumber and its peers, and prints tables for RESULTS.md.

Parts: loading (ingest), the parsers of all formats of input (parsers), exports of every format, each
verified (export), what each option of an export costs (options), what privacy costs (privacy), exports
against the peers on the same rows (peers, 1,000,000 rows, most of an hour), how cost grows with rows and
exports (growth), versions of datasets (datasets), who works on an export (engines), the coordinator's memory
with 4,000 partitions (folding), datasets of up to 100,000 files (manifests), drivers of MySQL
(mysql-drivers), the history with 100,000 exports (history), the service, what it costs to admit a call
(admission), the service with hundreds of clients at once (strain, `--seconds` on each database), how quick
its pages are (interface), looking at rows of a dataset and of the database (rows, of 10,000,000), and what
private exports find and damage (privacy-quality, `--show FILE` and `--document FILE`). `--output` keeps every
run's raw numbers, those of the peers also when it is stopped; `.venv-peers/bin/python -m benchmarks.plot
FILE` draws them.

Against DuckDB, also with our duties and in 500 MB, at two sizes: `--only peers --rows 1000000 10000000
--database sqlite --format parquet --validation basic
--peer duckdb duckdb-duties duckdb-500mb duckdb-duties-500mb`.

The 10,000,000 rows of growth need 5 GB of disk and are made once:
`--only growth --rows 100000 1000000 10000000 --keep FOLDER`.
Those of rows too: `--only rows --keep FOLDER`.

On a machine that does other work at the same time the times mean little; the memory still does.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import (
    admission,
    comparison,
    contenders,
    datasets,
    engines,
    export,
    folding,
    growth,
    history,
    ingest,
    interface,
    manifests,
    mysql_drivers,
    options,
    parsers,
    privacy_quality,
    rows,
    service,
    strain,
    summary,
)
from benchmarks.samples import DATABASES

_LIBRARIES = ("lumber", "polars", "pyarrow", "adbc-driver-sqlite", "adbc-driver-postgresql")
_PARTS = (
    "ingest",
    "parsers",
    "export",
    "options",
    "privacy",
    "peers",
    "growth",
    "datasets",
    "engines",
    "folding",
    "manifests",
    "mysql-drivers",
    "history",
    "service",
    "admission",
    "strain",
    "interface",
    "rows",
    "privacy-quality",
)


def main() -> None:
    """Run what was asked for and print it as Markdown; keep the raw numbers in --output."""
    chosen = _options()
    parts = [chosen.only] if chosen.only else _PARTS
    raw: dict[str, Any] = {"machine": _machine()}
    if "peers" in parts:
        raw["machine"]["peers"] = contenders.peer_versions()
    print(_heading(raw["machine"]))
    with tempfile.TemporaryDirectory(prefix="lumber-bench-") as temporary:
        folder = Path(temporary)
        samples = chosen.keep or folder
        samples.mkdir(parents=True, exist_ok=True)
        if "ingest" in parts:
            raw["ingest"] = ingest.run(folder, chosen.lines)
            print(ingest.table(raw["ingest"]))
        if "parsers" in parts:
            raw["parsers"] = parsers.run()
            print(parsers.table(raw["parsers"]))
        if "export" in parts:
            raw["export"] = export.run(folder, chosen.rows or [100_000, 1_000_000, 3_000_000])
            print(_export_table(raw["export"]))
        if "options" in parts:
            raw["options"] = options.run(folder, samples, max(chosen.rows or [options.ROWS]), chosen.repeat)
            print(options.table(raw["options"]))
        if "privacy" in parts:
            raw["privacy"] = [
                options.run(folder, samples, number, chosen.repeat, options.PRIVACY)
                for number in chosen.rows or options.PRIVACY_ROWS
            ]
            print("\n".join(map(options.table, raw["privacy"])))
        if "peers" in parts:
            _compare(chosen, folder, samples, raw)
            print(summary.table(raw["peers"]["summary"]))
        if "growth" in parts:
            numbers = chosen.rows or growth.ROWS
            raw["growth"] = growth.run(folder, samples, numbers, chosen.repeat, chosen.exports)
            print(growth.table(raw["growth"]))
        if "datasets" in parts:
            number, chosen_databases = max(chosen.rows or [datasets.ROWS]), chosen.database or DATABASES
            raw["datasets"] = datasets.run(folder, samples, number, chosen.repeat, chosen_databases)
            print(datasets.table(raw["datasets"]))
        if "engines" in parts:
            raw["engines"] = engines.run(folder, samples, max(chosen.rows or [engines.ROWS]))
            print(engines.table(raw["engines"]))
        if "folding" in parts:
            raw["folding"] = folding.run()
            print(folding.table(raw["folding"]))
        if "manifests" in parts:
            raw["manifests"] = manifests.run(folder, tuple(chosen.files))
            print(manifests.table(raw["manifests"]))
        if "mysql-drivers" in parts:
            number = max(chosen.rows or [mysql_drivers.ROWS])
            raw["mysql-drivers"] = mysql_drivers.run(number, chosen.repeat)
            print(mysql_drivers.table(raw["mysql-drivers"]))
        if "history" in parts:
            raw["history"] = history.run(folder, max(chosen.exports), chosen.database or DATABASES)
            print(history.table(raw["history"]))
        if "service" in parts:
            usual = service.Load()
            load = replace(usual, rows=max(chosen.rows or [usual.rows]), exports=max(chosen.exports))
            raw["service"] = service.run(folder, load)
            print(service.table(raw["service"]))
        if "admission" in parts:
            raw["admission"] = admission.run(folder, chosen.repeat)
            print(admission.table(raw["admission"]))
        if "strain" in parts:
            raw["strain"] = strain.run(
                folder, strain.Strain.lasting(chosen.seconds), chosen.database or DATABASES
            )
            print(strain.table(raw["strain"]))
        if "interface" in parts:
            raw["interface"] = interface.run(folder)
            print(interface.table(raw["interface"]))
        if "rows" in parts:
            raw["rows"] = rows.run(folder, samples, max(chosen.rows or [rows.ROWS]))
            print(rows.table(raw["rows"]))
        if "privacy-quality" in parts:
            raw["privacy-quality"] = _quality(chosen, folder)
    _save(raw, chosen.output)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--only", choices=_PARTS, help="measure one part")
    add("--rows", type=int, nargs="+", help="log rows in the databases; default: each part's own")
    add("--lines", type=int, default=ingest.LINES, help="lines to load")
    add(
        "--repeat",
        type=int,
        default=comparison.REPEAT,
        help="runs of each, for options, peers, growth, datasets, mysql-drivers and admission",
    )
    add(
        "--database",
        nargs="+",
        choices=comparison.DATABASES,
        help="for peers, datasets, history and strain; default: both",
    )
    add("--peer", nargs="+", choices=contenders.PEERS, help="default: all")
    add("--format", nargs="+", choices=contenders.FORMATS, help="for peers; default: all but json")
    add("--validation", nargs="+", choices=contenders.LEVELS, help="ours, for peers; default: all")
    add("--slow", action="store_true", help="the plain algorithm also at all rows, not only at 100,000")
    add(
        "--exports",
        type=int,
        nargs="+",
        default=growth.EXPORTS,
        help="exports in the ledger, for growth; the most of them for history and service",
    )
    add("--files", type=int, nargs="+", default=manifests.FILES, help="files of a dataset, for manifests")
    add("--seconds", type=float, default=strain.Strain.seconds, help="how long strain lasts on each database")
    add("--keep", type=Path, metavar="FOLDER", help="keep the SQLite samples there and take them again")
    add("--show", type=Path, metavar="FILE", help="privacy-quality: write misses and damage of the open half")
    add("--document", type=Path, metavar="FILE", help="privacy-quality: write the table into this page")
    add("--output", type=Path, metavar="FILE", help="write the raw numbers to this JSON file")
    return parser.parse_args()


def _compare(asked: argparse.Namespace, folder: Path, samples: Path, raw: dict[str, Any]) -> None:
    chosen = comparison.Choice(
        rows=asked.rows or (comparison.ROWS,),
        repeat=asked.repeat,
        databases=asked.database or comparison.DATABASES,
        peers=asked.peer or tuple(contenders.PEERS),
        formats=asked.format or comparison.USUAL_FORMATS,
        levels=asked.validation or contenders.LEVELS,
        is_slow=asked.slow,
    )

    def keep(runs: list[dict[str, Any]]) -> None:
        raw["peers"] = {"summary": summary.summarize(runs), "runs": runs}
        _save(raw, asked.output)

    keep(comparison.run(folder, samples, chosen, keep))


def _quality(asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    result, found = privacy_quality.run(folder)
    print(privacy_quality.table(result))
    if asked.show is not None:
        asked.show.write_text(privacy_quality.report(found), encoding="utf-8")
    if asked.document is not None:
        privacy_quality.document(asked.document, result)
    return result


def _save(raw: dict[str, Any], output: Path | None) -> None:
    if output is not None:
        output.write_text(json.dumps(raw, indent=2) + "\n")


def _machine() -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in _LIBRARIES},
    }


def _heading(machine: dict[str, Any]) -> str:
    named = {**machine.get("peers", {}), **machine["versions"]}
    versions = ", ".join(f"{name} {number}" for name, number in named.items())
    return (
        f"{machine['date']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
        f"Python {machine['python']}, {versions}\n"
    )


def _export_table(results: list[dict[str, Any]]) -> str:
    lines = [
        "| rows | database | format | seconds | CPU s | peak PSS MB | output MB | verified | identical |",
        "|---:|---|---|---:|---:|---:|---:|---|---|",
    ]
    for item in results:
        cells = [f"{item['rows']:,}", item["database"], item["format"], item["seconds"]]
        cells += [item["cpu_seconds"], item["peak_pss_mb"], item["output_mb"]]
        cells += ["yes" if item[name] else "NO" for name in ("verified", "identical")]
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
