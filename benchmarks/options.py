"""What each option of training-ready exports costs: time and CPU of an export with it over one without.

All logs of a SQLite database to Parquet, the plain export and each option in turn, round after round, so that
what else the machine does falls on all of them alike.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.process import measure
from benchmarks.samples import LUMBER, sample

ROWS = 300_000
PLAIN = "plain"
# Of no secrecy: the same in every run, so that every run does the same work.
_KEY = "8d1f4c0be2a7953360f1d2c4b5a69788776655443322110f0e1d2c3b4a596877"
_SPLIT = {"mode": "time"}
_ADDRESSES = {"addresses": "prefix_preserving", "identifiers": [], "secrets": False}

OPTIONS: dict[str, dict[str, Any]] = {
    PLAIN: {},
    "validation none": {"validation_level": "none"},
    "validation strict": {"validation_level": "strict"},
    "split by time": {"split": _SPLIT},
    "labels": {"labels": True},
    "duplicates, exact": {"deduplicate": "exact"},
    "duplicates, burst": {"deduplicate": "burst"},
    "privacy, addresses": {"privacy": _ADDRESSES},
    "privacy, all": {"privacy": True},
    "templates": {"templates": True},
    "sequences": {"sequences": True},
    "sample of half": {"sample": {"share": 0.5}},
    "order shuffled": {"order": "shuffle"},
    "split, labels, duplicates (exact) and privacy (addresses)": {
        "split": _SPLIT,
        "labels": True,
        "deduplicate": "exact",
        "privacy": _ADDRESSES,
    },
}


# What `--only privacy` measures.
PRIVACY = {
    PLAIN: {},
    "privacy, addresses": {"privacy": _ADDRESSES},
    "privacy, all": {"privacy": True},
    "privacy, all, templates and sequences": {"privacy": True, "templates": True, "sequences": True},
    "templates and sequences": {"templates": True, "sequences": True},
}
PRIVACY_ROWS = (300_000, 1_000_000)


def run(
    workdir: Path,
    samples: Path,
    rows: int,
    repeat: int,
    options: Mapping[str, dict[str, Any]] = OPTIONS,
) -> dict[str, Any]:
    """Measure every option `repeat` times; every single run is in the result."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in options}
    with sample("sqlite", rows, samples) as source:
        for number in range(repeat):
            # One round forth and one back: what is warm or full then helps and harms all alike.
            names = list(options) if number % 2 == 0 else list(reversed(options))
            for name in names:
                done = _export(source.url, workdir, options[name])
                print(json.dumps({"option": name, **done}), file=sys.stderr, flush=True)
                runs[name].append(done)
    return {"rows": rows, "options": [{"option": name, "runs": runs[name]} for name in options]}


def config_of(option: Mapping[str, Any]) -> dict[str, Any]:
    """Return the config of an export of all logs with an option."""
    usual = {"data_types": ["logs"], "output_format": "parquet", "compression": "zstd", "batch_size": 20_000}
    return {**usual, **option}


def _export(url: str, workdir: Path, option: Mapping[str, Any]) -> dict[str, Any]:
    config, output = workdir / "options.json", workdir / "output"
    config.write_text(json.dumps(config_of(option)))
    command = [LUMBER, "export", "--config", str(config), "--output", str(output), "--database-url", url]
    environment = {"LUMBER_DATA_DIR": str(workdir / "data"), "LUMBER_PRIVACY_KEY": _KEY}
    measured = measure([*command, "--json"], environment)
    counts = json.loads(measured.stdout)["kinds"]["logs"]
    size_bytes = sum(path.stat().st_size for path in output.rglob("*") if path.is_file())
    shutil.rmtree(output)
    return {
        "seconds": round(measured.seconds, 3),
        "cpu_seconds": round(measured.cpu_seconds, 3),
        "peak_pss_bytes": measured.peak_pss_bytes,
        "rows_written": counts["written"],
        "output_bytes": size_bytes,
    }


def table(result: dict[str, Any]) -> str:
    """Return the medians in Markdown, beside what the plain export takes."""
    lines = [
        f"{result['rows']:,} log rows, SQLite to Parquet, medians:",
        "",
        "| option | rows written | seconds (least to most) | CPU s | peak MB | output MB "
        "| time: with / plain | CPU: with / plain |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    plain = result["options"][0]["runs"]
    for case in result["options"]:
        runs = case["runs"]
        seconds = [run["seconds"] for run in runs]
        cells = [case["option"], f"{runs[0]['rows_written']:,}"]
        cells += [f"{_median(runs, 'seconds'):.2f} ({min(seconds):.2f} to {max(seconds):.2f})"]
        cells += [f"{_median(runs, 'cpu_seconds'):.1f}", f"{_median(runs, 'peak_pss_bytes') / 1e6:.0f}"]
        cells += [f"{_median(runs, 'output_bytes') / 1e6:.1f}"]
        cells += [f"{_median(runs, name) / _median(plain, name):.2f}" for name in ("seconds", "cpu_seconds")]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _median(runs: Sequence[dict[str, Any]], name: str) -> float:
    return float(statistics.median(run[name] for run in runs))
