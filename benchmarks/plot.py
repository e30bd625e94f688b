"""Draws the comparison: `.venv-peers/bin/python -m benchmarks.plot RESULTS.json [IMAGE.png]`.

One panel per database; per format a bar for each contender, its median wall time, with all its runs as dots.
Of the sizes in the results the largest is drawn.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from benchmarks.summary import OURS, summarize

IMAGE = Path(__file__).resolve().parent.parent / "docs" / "images" / "benchmark.png"
# Ours in one hue, the peers in others (Okabe and Ito's, which the colour-blind can tell apart).
_COLORS = {
    "lumber none": "#9ecae1",
    OURS: "#0072b2",
    "lumber strict": "#08306b",
    "duckdb": "#e69f00",
    "duckdb-500mb": "#f0c462",
    "duckdb-duties": "#a06c00",
    "duckdb-duties-500mb": "#6b4800",
    "polars": "#009e73",
    "psql": "#cc79a7",
    "pandas": "#d55e00",
    "pandas-adbc": "#f0a884",
    "orm": "#777777",
}
_GROUP_WIDTH = 0.85


def draw(runs: Sequence[dict[str, Any]], machine: dict[str, Any], image: Path) -> None:
    """Draw the runs into a PNG file."""
    rows = max(run["rows"] for run in runs)
    runs = [run for run in runs if run["rows"] == rows and "error" not in run]
    databases = sorted({run["database"] for run in runs}, reverse=True)
    figure, panels = plt.subplots(
        len(databases), 1, figsize=(9, 3.3 * len(databases)), squeeze=False, layout="constrained"
    )
    for panel, database in zip(panels[:, 0], databases, strict=True):
        _panel(panel, [run for run in runs if run["database"] == database])
        panel.set_title(f"{database}, {rows:,} log rows", loc="left", fontsize=10)
    handles = {
        label: bar
        for panel in panels[:, 0]
        for bar, label in zip(*panel.get_legend_handles_labels(), strict=True)
    }
    names = [name for name in _COLORS if name in handles]
    figure.legend(
        [handles[name] for name in names],
        names,
        loc="outside upper center",
        ncols=5,
        fontsize=8,
        frameon=False,
    )
    figure.supxlabel(
        f"{machine['date']}, {machine['cores']} cores; less is better", fontsize=8, color="#555555"
    )
    image.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(image, dpi=110)


def _panel(panel: Axes, runs: Sequence[dict[str, Any]]) -> None:
    formats = list(dict.fromkeys(run["format"] for run in runs))
    cases = {(case["format"], case["contender"]): case for case in summarize(runs)}
    for place, output_format in enumerate(formats):
        names = [name for name in _COLORS if (output_format, name) in cases]
        width = _GROUP_WIDTH / len(names)
        for number, name in enumerate(names):
            x = place - _GROUP_WIDTH / 2 + width * (number + 0.5)
            seconds = cases[output_format, name]["seconds"]
            panel.bar(x, seconds, width * 0.92, color=_COLORS[name], label=name)
            panel.annotate(
                f"{seconds:.1f}",
                (x, seconds),
                ha="center",
                va="bottom",
                fontsize=6,
                xytext=(0, 2),
                textcoords="offset points",
            )
            dots = [
                run["seconds"] for run in runs if (run["format"], run["contender"]) == (output_format, name)
            ]
            panel.plot([x] * len(dots), dots, ".", color="black", markersize=2)
    panel.set_xticks(range(len(formats)), formats)
    panel.set_ylabel("wall time, s")
    panel.spines[["top", "right"]].set_visible(False)


def main() -> None:
    """Draw what is in a results file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plot", description=__doc__)
    parser.add_argument("results", type=Path, help="what `python -m benchmarks --output` wrote")
    parser.add_argument("image", type=Path, nargs="?", default=IMAGE)
    options = parser.parse_args()
    results = json.loads(options.results.read_text())
    draw(results["peers"]["runs"], results["machine"], options.image)


if __name__ == "__main__":
    main()
