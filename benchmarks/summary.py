"""Turns the runs of the comparison into medians and ratios, and these into a table."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

OURS = "lumber basic"
_KEYS = ("database", "rows", "format")
_MEASURES = ("seconds", "cpu_seconds", "server_cpu_seconds", "peak_pss_bytes", "output_bytes")

Case = dict[str, Any]


def summarize(runs: Sequence[dict[str, Any]]) -> list[Case]:
    """Return one case per database, size, format and contender: medians, and ours divided by theirs.

    `ratio` is of wall time, `cpu_ratio` of the CPU time of client and server together, `memory_ratio` of peak
    memory: that of `lumber basic` divided by the contender's. Runs with an error count in `failed` only.
    """
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for run in runs:
        groups.setdefault(tuple(run[key] for key in (*_KEYS, "contender")), []).append(run)
    cases = {key: _case(group) for key, group in groups.items()}
    for (*where, _), case in cases.items():
        case |= _ratios(cases.get((*where, OURS)), case)
    return list(cases.values())


def _case(runs: Sequence[dict[str, Any]]) -> Case:
    good = [run for run in runs if "error" not in run]
    case: Case = {key: runs[0][key] for key in (*_KEYS, "contender")}
    # Runs that were kept before it was named have none.
    case["compression"] = runs[0].get("compression", "")
    case |= {"runs": len(good), "failed": len(runs) - len(good)}
    for name in _MEASURES:
        values = [run[name] for run in good if run[name] is not None]
        case[name] = statistics.median(values) if values else None
    case["seconds_range"] = (
        [min(run["seconds"] for run in good), max(run["seconds"] for run in good)] if good else None
    )
    return case


def _ratios(ours: Case | None, theirs: Case) -> Case:
    if ours is None or ours is theirs or not ours["runs"] or not theirs["runs"]:
        return {"ratio": None, "cpu_ratio": None, "memory_ratio": None}
    return {
        "ratio": round(ours["seconds"] / theirs["seconds"], 3),
        "cpu_ratio": round(_cpu(ours) / _cpu(theirs), 3),
        "memory_ratio": round(ours["peak_pss_bytes"] / theirs["peak_pss_bytes"], 3),
    }


def _cpu(case: Case) -> float:
    return float(case["cpu_seconds"]) + float(case["server_cpu_seconds"] or 0)


def table(cases: Sequence[Case]) -> str:
    """Return the cases as a table in Markdown."""
    lines = [
        "| database | rows | format | compression | contender | seconds (least to most) | CPU s "
        "| server CPU s | peak MB | output MB | time: ours / theirs | CPU | memory | runs |",
        "|---|---:|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for case in sorted(cases, key=lambda each: (*(each[key] for key in _KEYS), each["contender"] != OURS)):
        cells = [case["database"], f"{case['rows']:,}", case["format"]]
        cells += [case["compression"], case["contender"]]
        if case["runs"]:
            low, high = case["seconds_range"]
            cells += [f"{case['seconds']:.2f} ({low:.2f} to {high:.2f})", f"{case['cpu_seconds']:.1f}"]
            cells.append("" if case["server_cpu_seconds"] is None else f"{case['server_cpu_seconds']:.1f}")
            cells += [f"{case['peak_pss_bytes'] / 1e6:.0f}", f"{case['output_bytes'] / 1e6:.1f}"]
            ratios = [case[name] for name in ("ratio", "cpu_ratio", "memory_ratio")]
            cells += ["" if ratio is None else f"{ratio:.2f}" for ratio in ratios]
        else:
            cells += [""] * 8
        cells.append(f"{case['runs']}, {case['failed']} failed" if case["failed"] else str(case["runs"]))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
