"""The dataset card's words about labels: how they were made, what they leave out, and the class balance."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lumber.catalog.kind import Kind
from lumber.dataset.sections import class_balances
from lumber.dataset.totals import KindTotals
from lumber.steps.labels import LABEL


def labels_section(kinds: Mapping[str, tuple[Kind, KindTotals]], config: Mapping[str, Any]) -> list[str]:
    """Say how lines were labelled, and count the labels of every split; nothing without labels."""
    rows = [
        f"| {name} | {split} | {balance['1']:,} | {balance['0']:,} | {balance['null']:,} |"
        for name, (kind, totals) in kinds.items()
        for split, balance in (class_balances(kind, totals) or {}).items()
    ]
    options = config.get("labels")
    if not rows or not options:
        return []
    table = ["| kind | split | 1 | 0 | no label |", "|---|---|---:|---:|---:|", *rows]
    return ["## Labels", "", *_how(options), "", *table, ""]


def _how(options: Mapping[str, Any]) -> list[str]:
    lines = [f"- `{LABEL}` is 1 where an anomaly was found: one that names the line by its id."]
    window = options["window_seconds"]
    if window is not None:
        lines += [
            "- Anomalies that name a device and no line count for the lines of that device from "
            f"{window['before']:g} seconds before to {window['after']:g} seconds after them."
        ]
    lines += ["- It is 0 where all that was found is a false positive by a person's verdict."]
    if options["confirmed_only"]:
        lines += ["- Only what a person called a true positive makes 1; other findings make no label."]
    if options["detectors"]:
        # A name may hold anything.
        names = ", ".join(json.dumps(name, ensure_ascii=False) for name in options["detectors"])
        lines += [f"- Only the anomalies of these detectors count: {names}."]
    lines += [
        "- Lines in which nothing was found are assumed to be normal, 0. What detectors missed is among them."
        if options["assume_normal"]
        else "- Lines in which nothing was found have no label: that a detector is silent proves nothing."
    ]
    return [*lines, "- Filters and dates of the export narrow the lines, not the anomalies that label them."]
