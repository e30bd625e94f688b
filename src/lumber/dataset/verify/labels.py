"""Counts the class balance again from the rows, and compares it with the manifest and the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lumber.dataset.layout import MANIFEST
from lumber.dataset.manifest import KindSection, Manifest
from lumber.dataset.verify.report import Report
from lumber.files.json_text import load_document

Balances = Mapping[str, Mapping[str, int]]  # split -> "1", "0" or "null" -> rows


def check_labels(name: str, listed: KindSection, found: Balances, report: Report) -> None:
    """Compare the listed balances of a kind with those of its rows."""
    said = listed.labels or {}
    for split in sorted(said.keys() | found.keys()):
        if split not in said:
            report.add(MANIFEST, f"{name}: the rows of {split} have labels, but no class balance")
        elif dict(said[split]) != dict(found.get(split, {})):
            says, is_ = (_shown(balance) for balance in (said[split], found.get(split, {})))
            report.add(MANIFEST, f"{name}: the labels of {split} are {says}, those of its rows {is_}")


def report_problems(data: bytes, manifest: Manifest) -> list[str]:
    """Return where the class balance in the quality report differs from the manifest."""
    value = load_document(data)
    problems = []
    for name, kind in manifest.kinds.items():
        if not kind.labels:
            continue
        found = _balances(value[name], next(iter(kind.labels)))
        problems += [
            f"says of the labels of {name}, {split}, {_shown(found.get(split, {}))}"
            for split, balance in kind.labels.items()
            if found.get(split) != dict(balance)
        ]
    return problems


def _balances(section: Mapping[str, Any], only: str) -> dict[str, Any]:
    """Return the balance of every split in a kind's report; without splits, that of `only`."""
    if "splits" in section:
        return {split: part["labels"] for split, part in section["splits"].items()}
    return {only: section["labels"]}


def _shown(balance: Mapping[str, int]) -> str:
    return ", ".join(f"{rows:,} of {label}" for label, rows in sorted(balance.items())) or "none"
