"""Versions of a dataset, window by window: what each one has, and what the table has at its moment."""

import asyncio
import json
from pathlib import Path
from typing import Any

from lumber.dataset.open import Dataset
from lumber.exports import ExportConfig
from lumber.exports.exporter import DataExporter
from lumber.exports.versions.chain import ChainReport, verify_chain
from lumber.files.expansion import DEFAULT_LIMITS
from lumber.settings import Settings
from tests.integration.datasets import query
from tests.integration.ledgers import with_database

DATASET = "plant"
CONFIG: dict[str, Any] = {
    "data_types": ["logs", "anomalies", "ips"],
    "output_format": "jsonl",
    "dataset": DATASET,
    "incremental": True,
}
# The columns that writers change, in the table as in the dataset.
COLUMNS = {
    "logs": ("log_entries", "id", "message"),
    "anomalies": ("anomaly_detections", "id", "description"),
    "ips": ("ip_addresses", "id", "device_id"),
}
Rows = dict[str, list[tuple[Any, ...]]]


def export_version(settings: Settings, **values: Any) -> Path:
    """Export the next version in this process; return its folder."""
    exporter = DataExporter(ExportConfig(**CONFIG | values), settings=settings)
    done = asyncio.run(exporter.export_data())
    return settings.effective_exports_dir / done.export_id


def manifest_of(folder: Path) -> dict[str, Any]:
    """Return the manifest of a version."""
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    return found


def version_rows(folder: Path) -> Rows:
    """Return the rows of a version by kind, sorted. A row that is there twice is in the list twice."""
    dataset = Dataset(folder)
    found: Rows = {}
    for kind, (_, *names) in COLUMNS.items():
        table = dataset.to_arrow(kind)
        found[kind] = sorted(zip(*(table.column(name).to_pylist() for name in names), strict=True), key=str)
    return found


def table_rows(url: str) -> Rows:
    """Return the rows of the tables in the same form."""
    return {
        kind: sorted(query(url, f"SELECT {', '.join(names)} FROM {table}"), key=str)
        for kind, (table, *names) in COLUMNS.items()
    }


def check_chain(settings: Settings) -> ChainReport:
    """Return what `lumber verify --chain` finds."""
    return with_database(
        settings.effective_database_url, lambda database: verify_chain(database, DATASET, DEFAULT_LIMITS)
    )


def assert_is_table(settings: Settings, folder: Path) -> None:
    """Check that a version has exactly the rows of the tables, none twice, and that the chain is whole."""
    rows = version_rows(folder)
    assert rows == table_rows(settings.effective_database_url)
    for of_kind in rows.values():
        assert len({row[0] for row in of_kind}) == len(of_kind)
    report = check_chain(settings)
    assert report.problems == []
    assert report.compared == ["logs"]
