"""The documents of a dataset, by file name: the quality report, and what describes the whole to others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lumber.catalog.kind import Kind
from lumber.dataset.card import dataset_card
from lumber.dataset.documents.contents import Contents
from lumber.dataset.documents.names import CARD, CONTRACT, CROISSANT
from lumber.dataset.manifest import KindTotals
from lumber.dataset.quality import quality_report, split_reports


def quality_document(kinds: Mapping[str, Kind], totals: Mapping[str, KindTotals]) -> str:
    """Write the quality report of all kinds."""
    report: dict[str, Any] = {}
    for name, found in totals.items():
        report[name] = quality_report(
            kinds[name], found.quality, read=found.read, rules=found.rules, changes=found.changes
        )
        if found.splits:
            report[name]["splits"] = split_reports(kinds[name], found.splits)
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def describing_documents(contents: Contents) -> dict[str, str]:
    """Write the card, Croissant's description and the data contract."""
    # A library for YAML takes time to load, which whoever does not export need not wait for.
    from lumber.dataset.documents.contract import data_contract
    from lumber.dataset.documents.croissant import croissant_json

    return {
        CARD: dataset_card(contents),
        CROISSANT: croissant_json(contents),
        CONTRACT: data_contract(contents),
    }
