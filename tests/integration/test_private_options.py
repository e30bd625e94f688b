"""Options of private exports that change what stays otherwise: ids of rows, hosts of other rows in texts."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from lumber.dataset.open import Dataset
from lumber.dataset.verify import verify_dataset
from lumber.exports import ExportConfig
from lumber.exports.exporter import DataExporter
from lumber.exports.preview import preview_export
from lumber.privacy.row_ids import RowIds
from lumber.settings import Settings
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.integration.datasets import execute, query
from tests.integration.workers import fill_all, settings_for
from tests.unit.privacy.rules import KEY, rule

BUDGET_REASON = "Several exports, of which each is verified."
ROWS = 300
IDS = {"logs": ("id",), "anomalies": ("id", "log_entry_id"), "ips": ("id",)}
NEW = (
    "INSERT INTO log_entries (id, timestamp, message, device_id, log_level) "
    "SELECT id + (SELECT max(id) FROM log_entries), timestamp, message || ' again', device_id, log_level "
    "FROM log_entries WHERE id <= 20"
)


@pytest.fixture
def settings(either_database_url: str, tmp_path: Path) -> Settings:
    fill_all(either_database_url, ROWS)
    given = settings_for(either_database_url, tmp_path / "data")
    return given.model_copy(update={"privacy_key": Settings(privacy_key=KEY.hex()).privacy_key})


def export(settings: Settings, **values: Any) -> Path:
    config = ExportConfig(**{"data_types": list(IDS), "output_format": "parquet", **values})
    done = asyncio.run(DataExporter(config, settings=settings).export_data())
    folder = settings.effective_exports_dir / done.export_id
    assert verify_dataset(folder).problems == []
    return folder


def rows(folder: Path, kind: str) -> list[dict[str, Any]]:
    return Dataset(folder).to_arrow(kind).to_pylist()


def manifest(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_bytes())


def renumbered(found: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    from lumber.catalog.registry import get_kind

    ids = RowIds(rule(renumbers_ids=True), get_kind(kind))
    names = IDS[kind]
    changed = [ids.texts(name, _texts(found, name)).to_list() for name in names]
    return [
        {**row, **{name: _number(values[at]) for name, values in zip(names, changed, strict=True)}}
        for at, row in enumerate(found)
    ]


def _texts(found: list[dict[str, Any]], name: str) -> Any:
    import polars as pl

    return pl.Series([None if row[name] is None else str(row[name]) for row in found], dtype=pl.String)


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def test_ids_are_others_and_everything_else_is_as_without(settings: Settings) -> None:
    # Many rows of one moment.
    execute(settings.effective_database_url, "UPDATE log_entries SET timestamp = (SELECT min(timestamp) FROM "
            "log_entries) WHERE id % 2 = 0")  # fmt: skip
    plain = export(settings, privacy=True, split={"mode": "group", "by": "device_id"})
    options = {"renumber_ids": True}
    folder = export(settings, privacy=options, split={"mode": "group", "by": "device_id"}, batch_size=7)
    for kind in IDS:
        assert rows(folder, kind) == renumbered(rows(plain, kind), kind)
    own, led = {row["id"] for row in rows(folder, "logs")}, rows(folder, "anomalies")
    assert {row["log_entry_id"] for row in led} <= {*own, None}
    assert any(row["log_entry_id"] for row in led)
    found = manifest(folder)
    assert found["privacy"]["row_ids"] == "renumbered"
    assert "other numbers" in found["privacy"]["risks"]["ids"]
    assert "Ids of rows are other numbers now" in (folder / "README.md").read_text()


def test_no_id_of_the_database_is_in_the_manifest_or_the_rejects(settings: Settings) -> None:
    url = settings.effective_database_url
    execute(url, "UPDATE log_entries SET id = id + 770000000")
    execute(url, "UPDATE anomaly_detections SET log_entry_id = 790000001 WHERE id <= 3")
    small = settings.model_copy(update={"partition_rows": 20})
    folder = export(
        small,
        privacy={"renumber_ids": True},
        filters={"logs.id": {"gte": 770000001}},
        validation_level="strict",
    )
    assert {row["id"] > 0 for row in rows(folder, "logs")} == {True}
    rejects = list((folder / "rejects").iterdir())
    assert any('"column":"log_entry_id"' in path.read_text() for path in rejects)
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".parquet":
            assert not re.search(r"\b7[79]0000\d{3}\b", path.read_text()), path


@pytest.mark.parametrize("order", [{}, {"order": {"by": "shuffle", "seed": 5}}])
def test_increments_have_the_same_ids(settings: Settings, order: dict[str, Any]) -> None:
    values = {"privacy": {"renumber_ids": True}, "dataset": "plant", "incremental": True, **order}
    first = export(settings, **values)
    execute(settings.effective_database_url, NEW)
    second = export(settings, **values)
    before, now = ({row["id"]: row for row in rows(folder, "logs")} for folder in (first, second))
    assert before.items() <= now.items()
    assert len(now) == len(before) + 20
    assert manifest(second)["dataset"]["kinds"]["logs"]["added"] == 20
    assert not manifest(second)["dataset"].get("is_major", False)
    known = {row[0] for row in query(settings.effective_database_url, "SELECT id FROM log_entries")}
    assert not known & now.keys()


def test_the_preview_shows_the_same_ids(settings: Settings) -> None:
    config = ExportConfig(data_types=["logs"], privacy={"renumber_ids": True})

    async def preview() -> Any:
        database = open_database(DatabaseUrl.parse(settings.effective_database_url))
        try:
            return await preview_export(config, database, settings=settings, samples=5)
        finally:
            await database.close()

    (found,) = asyncio.run(preview()).values()
    before = [{"id": row["id"]} for row in found.sample.before]
    assert [row["id"] for row in found.sample.after] == [row["id"] for row in renumbered(before, "logs")]


def planted(settings: Settings) -> None:
    """Name hosts of columns in texts of other rows and another data type. Nothing else tells them."""
    url = settings.effective_database_url
    execute(url, "UPDATE log_entries SET device_id = 'zeusbox' WHERE id = 1")
    execute(url, "UPDATE log_entries SET host_name = 'athena.corp.example' WHERE id = 299")
    execute(url, "UPDATE log_entries SET message = 'backup of ZEUSBOX, then Athena' WHERE id IN (2, 150)")
    execute(url, "UPDATE anomaly_detections SET description = 'odd load of zeusbox' WHERE id = 2")


def left_in(folder: Path) -> list[str]:
    return [
        f"{kind} {row['id']}"
        for kind in IDS
        for row in rows(folder, kind)
        if re.search("zeusbox|athena", json.dumps(row, default=str), re.IGNORECASE)
    ]


@pytest.mark.parametrize("others", [{}, {"sample": {"rows": 250}, "templates": {}}])
def test_hosts_of_any_row_are_replaced_in_all_texts(settings: Settings, others: dict[str, Any]) -> None:
    planted(settings)
    small = settings.model_copy(update={"partition_rows": 50})
    if not others:
        assert left_in(export(small, privacy=True))
    folder = export(small, privacy={"known_values": True}, **others)
    assert left_in(folder) == []
    if not others:
        found = rows(folder, "logs")
        token = next(row["device_id"] for row in found if row["id"] == 1)
        message = next(row["message"] for row in found if row["id"] == 150)
        assert message.startswith(f"backup of {token}, then host_")
        anomalies = rows(folder, "anomalies")
        assert next(row["description"] for row in anomalies if row["id"] == 2) == f"odd load of {token}"
    sections = [each["privacy"]["known_values"] for each in manifest(folder)["kinds"].values()]
    assert sections[0]["taken"] > 1
    assert all(each == sections[0] for each in sections)
    assert "of hosts and users in columns were looked for in all texts" in (folder / "README.md").read_text()
    assert not re.search("zeusbox|athena", (folder / "manifest.json").read_text())


def test_a_new_host_is_replaced_in_the_older_rows_of_a_dataset_too(settings: Settings) -> None:
    values = {"privacy": {"known_values": True}, "dataset": "plant", "incremental": True}
    execute(settings.effective_database_url, "UPDATE log_entries SET message = 'see zeusbox' WHERE id = 7")
    assert left_in(export(settings, **values))
    execute(settings.effective_database_url, NEW)
    execute(settings.effective_database_url, "UPDATE log_entries SET device_id = 'zeusbox' WHERE id = 310")
    second = export(settings, **values)
    assert left_in(second) == []
    assert "known values" in manifest(second)["dataset"]["kinds"]["logs"]["reason"]
