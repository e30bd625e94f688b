"""Renders the documents of a dataset: quality report, card, Croissant, data contract, checksums."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from lumber.catalog.kind import Kind
from lumber.dataset.documents.card import dataset_card
from lumber.dataset.documents.contents import Contents
from lumber.dataset.layout import CARD, CONTRACT, CROISSANT
from lumber.dataset.quality import quality_report, split_reports
from lumber.dataset.totals import KindTotals


def quality_document(
    kinds: Mapping[str, Kind],
    totals: Mapping[str, KindTotals],
    tables: Mapping[str, Mapping[str, Mapping[str, Any]]] | None = None,
) -> str:
    """Return the quality report of all kinds. `tables` has what is counted in the tables made of a kind."""
    report: dict[str, Any] = {}
    for name, found in totals.items():
        report[name] = quality_report(
            kinds[name], found.quality, read=found.read, rules=found.rules, changes=found.changes
        )
        if found.splits:
            report[name]["splits"] = split_reports(kinds[name], found.splits)
        report[name].update({table: dict(counts) for table, counts in (tables or {}).get(name, {}).items()})
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def describing_documents(contents: Contents) -> dict[str, str]:
    """Return the card, Croissant's description and the data contract by their file names."""
    # The YAML library takes time to load, and other commands don't need it.
    from lumber.dataset.documents.contract import data_contract
    from lumber.dataset.documents.croissant import croissant_json

    return {
        CARD: dataset_card(contents),
        CROISSANT: croissant_json(contents),
        CONTRACT: data_contract(contents),
    }


def checksum_lines(files: Iterable[tuple[str, str]]) -> str:
    """Return SHA256SUMS for pairs of path and sha256, ordered by path.

    `sha256sum -c` reads it. It lists all other files except the manifest, which is written last and lists it.
    """
    return "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(files))
