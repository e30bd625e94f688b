"""Versions of datasets: each has the whole dataset of its moment, and adds every row exactly once."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from lumber.dataset.folder_files import FolderFiles
from lumber.dataset.manifest_file import read_manifest
from lumber.dataset.open import Dataset
from lumber.dataset.shards import listed_shards, read_shard
from lumber.dataset.sketches.shards import ShardSketcher, SketchedShards, SketchRule, unpacked
from lumber.dataset.verify import verify_dataset
from lumber.errors import ConfigError, DatasetBusy
from lumber.exports import ExportConfig
from lumber.exports.attempt import ExportRun
from lumber.exports.exporter import DataExporter
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.retention import RetentionPolicy, clean_up
from lumber.exports.versions.listing import get_dataset, set_retention, set_tag
from lumber.files.expansion import DEFAULT_LIMITS, Expansion
from lumber.settings import Settings
from lumber.store.models import ExportAttempt, ExportStatus
from tests.integration.datasets import execute, query
from tests.integration.ledgers import with_database
from tests.integration.workers import fill_all, settings_for

BUDGET_REASON = "Each version is an export. PostgreSQL has its turn in test_version_windows.py."

ROWS = 300
KINDS = ("logs", "anomalies", "ips")
TABLES = {"logs": "log_entries", "anomalies": "anomaly_detections", "ips": "ip_addresses"}
NEW = (
    "INSERT INTO log_entries (id, timestamp, message, device_id, log_level) "
    "SELECT id + (SELECT max(id) FROM log_entries), timestamp, message || ' again', device_id, log_level "
    "FROM log_entries WHERE id <= {rows}"
)

Export = Callable[..., dict[str, Any]]


@pytest.fixture
def settings(either_database_url: str, tmp_path: Path) -> Settings:
    fill_all(either_database_url, ROWS)
    return settings_for(either_database_url, tmp_path / "data")


@pytest.fixture
def export(settings: Settings) -> Export:
    """Export a version of the dataset, check that it verifies, and return its manifest with its folder."""

    def run(*, incremental: bool = True, dataset: str = "plant", **values: Any) -> dict[str, Any]:
        given = {"data_types": list(KINDS), "output_format": "parquet", **values}
        config = ExportConfig(dataset=dataset, incremental=incremental, **given)
        done = asyncio.run(DataExporter(config, settings=settings).export_data())
        folder = settings.effective_exports_dir / done.export_id
        assert verify_dataset(folder).is_ok
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
        return {**manifest, "folder": folder}

    return run


def ids(folder: Path, kind: str, split: str | None = None) -> list[int]:
    found: list[int] = Dataset(folder).to_arrow(kind, split).column("id").to_pylist()
    return sorted(found)


def table_ids(settings: Settings, kind: str) -> list[int]:
    rows = query(settings.effective_database_url, f"SELECT id FROM {TABLES[kind]} ORDER BY id")
    return [int(row[0]) for row in rows]


def changed(manifest: dict[str, Any], kind: str = "logs") -> tuple[str, int, int, int]:
    found = manifest["dataset"]["kinds"][kind]
    return found["mode"], found["added"], found["changed"], found["removed"]


def test_an_increment_reads_new_rows_only_and_the_version_is_the_whole_dataset(
    settings: Settings, export: Export
) -> None:
    url = settings.effective_database_url
    first = export()
    execute(url, NEW.format(rows=40))
    execute(url, "UPDATE ip_addresses SET sightings = 77 WHERE id = 1")
    execute(url, "DELETE FROM anomaly_detections WHERE id = 1")
    second = export()
    assert [each["data_version"] for each in (first, second)] == ["1.0.0", "1.1.0"]
    assert changed(second) == ("append", 40, 0, 0)
    assert changed(second, "ips") == ("whole", 0, 1, 0)
    assert changed(second, "anomalies") == ("whole", 0, 0, 1)
    assert second["plan"]["kinds"]["logs"]["rows"] == 40
    for kind in KINDS:
        assert ids(second["folder"], kind) == table_ids(settings, kind)
    lines = (second["folder"] / "changes/anomalies.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [{"op": "delete", "id": 1}]
    card = (second["folder"] / "README.md").read_text()
    assert "- It continues v1 (1.0.0)." in card
    assert "| logs | new rows | 40 | 0 | 0 |" in card
    assert 'lumber.open("plant@v2")' in card
    assert [each["dataset"]["began"]["number"] for each in (first, second)] == [1, 1]


def test_a_version_shares_the_files_that_did_not_change(settings: Settings, export: Export) -> None:
    first = export()
    execute(settings.effective_database_url, NEW.format(rows=5))
    second = export()
    old, new = (sorted((each["folder"] / "logs").iterdir()) for each in (first, second))
    assert old[0].samefile(new[0])
    assert len(new) == len(old) + 1
    assert {entry["since"] for entry in second["files"] if entry["kind"] == "ips"} == {1}


@pytest.mark.parametrize(
    "options",
    [{"output_format": "jsonl"}, {"order": "shuffle", "split": {"mode": "time"}}, {"partition_by": "date"}],
    ids=["jsonl", "shuffled", "by date"],
)
def test_each_shard_brings_the_sketch_of_its_rows(
    settings: Settings, export: Export, options: dict[str, Any]
) -> None:
    first = export(**options)
    execute(settings.effective_database_url, NEW.format(rows=40))
    second = export(**options)
    found = sketches_of(second)
    paths = {entry["path"]: entry for entry in second["files"]}
    assert paths["sketches/ips-00001.jsonl.gz"]["since"] == 1
    assert is_shared("sketches/ips-00001.jsonl.gz", first, second)
    if "order" not in options:
        assert is_shared("sketches/logs-00001.jsonl.gz", first, second)
    for kind in KINDS:
        for sha256, rows in rows_of_shards(second["folder"], kind).items():
            sketch = found[sha256].sketch
            names = list(sketch.columns)
            sketcher = ShardSketcher(SketchRule(), rows.select(names).schema, ())
            for batch in rows.select(names).to_batches():
                sketcher.add(batch)
            assert sketcher.finish().sketch == sketch
            assert sketch.rows == len(rows)


def sketches_of(manifest: dict[str, Any]) -> dict[str, SketchedShards]:
    found: dict[str, SketchedShards] = {}
    for path in (manifest["folder"] / "sketches").iterdir():
        found |= unpacked(path.read_bytes())
    return found


def rows_of_shards(folder: Path, kind: str) -> dict[str, pa.Table]:
    """Return the rows of each shard, by the sha256 of its file."""
    files, manifest = FolderFiles(folder), read_manifest(folder)
    return {
        shard.entry.sha256: pa.Table.from_batches(
            read_shard(files, manifest, shard, Expansion(DEFAULT_LIMITS))
        )
        for shard in listed_shards(files, manifest, kind)
    }


def is_shared(path: str, first: dict[str, Any], second: dict[str, Any]) -> bool:
    return bool((first["folder"] / path).samefile(second["folder"] / path))


def test_a_version_without_new_rows_writes_only_a_manifest(export: Export) -> None:
    first, second = export(), export()
    assert second["data_version"] == "1.0.1"
    for entry in first["files"]:
        assert (first["folder"] / entry["path"]).samefile(second["folder"] / entry["path"])


def test_deleted_lines_leave_the_next_version(settings: Settings, export: Export) -> None:
    export()
    execute(settings.effective_database_url, "DELETE FROM log_entries WHERE id IN (3, 5)")
    second = export(data_types=["logs"])
    assert changed(export(data_types=["logs"]))[0] == "append"
    assert ids(second["folder"], "logs") == table_ids(settings, "logs")


def test_the_first_split_stays_so_that_no_test_row_moves_into_train(
    settings: Settings, export: Export
) -> None:
    split = {"mode": "time"}
    first = export(data_types=["logs"], split=split)
    before = set(ids(first["folder"], "logs", "test"))
    late = NEW.format(rows=200).replace(
        ", timestamp, message ||", ", (SELECT max(timestamp) FROM log_entries), message ||"
    )
    execute(settings.effective_database_url, late)
    for incremental in (True, False):
        again = export(data_types=["logs"], split=split, incremental=incremental)
        assert again["plan"]["split"] == first["plan"]["split"]
        now = set(ids(again["folder"], "logs", "test"))
        assert before < now


def test_another_split_begins_a_new_major_version(export: Export) -> None:
    export(data_types=["logs"])
    second = export(data_types=["logs"], split={"mode": "random"})
    assert second["data_version"] == "2.0.0"
    assert "split changed" in second["dataset"]["reason"]
    assert changed(second)[0] == "whole"


def test_an_earlier_start_adds_the_rows_before_and_none_twice(settings: Settings, export: Export) -> None:
    url = settings.effective_database_url
    known = export(dataset="all", data_types=["logs"])
    times = Dataset(known["folder"]).to_arrow("logs").column("timestamp").to_pylist()
    first = export(data_types=["logs"], start_date=times[ROWS // 2])
    execute(url, NEW.format(rows=ROWS))
    second = export(data_types=["logs"], start_date=times[ROWS // 4])
    assert changed(second)[0] == "append"
    whole = export(dataset="whole", data_types=["logs"], start_date=times[ROWS // 4])
    assert ids(second["folder"], "logs") == ids(whole["folder"], "logs")
    assert changed(second)[1] == len(ids(whole["folder"], "logs")) - len(ids(first["folder"], "logs"))


def test_an_increment_leaves_no_row_out_by_its_dates(settings: Settings, export: Export) -> None:
    known = export(dataset="all", data_types=["logs"])
    times = sorted(Dataset(known["folder"]).to_arrow("logs").column("timestamp").to_pylist())
    low, middle, high = (times[ROWS * part // 4] for part in (1, 2, 3))
    export(data_types=["logs"], start_date=low, end_before=middle)
    second = export(data_types=["logs"], start_date=middle, end_before=high)
    assert changed(second)[0] == "append"
    third = export(data_types=["logs"], start_date=middle, end_before=high)
    whole = export(dataset="whole", data_types=["logs"], start_date=low, end_before=high)
    assert ids(third["folder"], "logs") == ids(second["folder"], "logs") == ids(whole["folder"], "logs")
    for each in (second, third, whole):
        assert each["config"]["start_date"] == whole["config"]["start_date"]
        assert each["config"]["end_before"] == whole["config"]["end_before"]
    narrow = export(data_types=["logs"], start_date=middle, end_before=high, incremental=False)
    assert set(ids(narrow["folder"], "logs")) < set(ids(whole["folder"], "logs"))


def test_only_one_export_at_a_time_writes_a_version(settings: Settings, export: Export) -> None:
    export(data_types=["logs"])

    async def busy(database: Any) -> None:
        ledger = ExportStatusManager(database)
        config = ExportConfig(data_types=["logs"], dataset="plant")
        claims = [await ledger.claim((await ledger.create(config)).export_id, "test", 600) for _ in range(2)]
        first = await ledger.reserve_version(claims[0], "plant", is_incremental=False)
        assert (await ledger.reserve_version(claims[0], "PLANT", is_incremental=False)) == first
        with pytest.raises(DatasetBusy, match=claims[0].export_id):
            await ledger.reserve_version(claims[1], "plant", is_incremental=False)
        await ledger.fail(claims[0], "test", "The test ends it.")
        assert (await ledger.reserve_version(claims[1], "plant", is_incremental=False)).number == 2

    with_database(settings.effective_database_url, busy)


def test_a_worker_waits_while_another_export_writes_a_version(settings: Settings, export: Export) -> None:
    """Waiting is no failure: it spends no attempt, however long it takes, and leaves one record."""
    export(data_types=["logs"])
    url = settings.effective_database_url
    settings = settings.model_copy(update={"max_attempts": 3})

    async def busy(database: Any) -> None:
        ledger = ExportStatusManager(database)
        config = ExportConfig(data_types=["logs"], dataset="plant", incremental=True)
        first, second = [(await ledger.create(config)).export_id for _ in range(2)]
        held = await ledger.claim(first, "test", 600)
        await ledger.reserve_version(held, "plant", is_incremental=True)
        for _ in range(settings.max_attempts + 2):
            claim = await ledger.claim(second, "worker", 600)
            with pytest.raises(DatasetBusy):
                await ExportRun(claim, database, settings).run()
            waiting = await ledger.get(second)
            assert (waiting.status, waiting.error_code) == ("pending", "dataset_busy")
        await ledger.fail(held, "test", "The test ends it.")
        done = await ExportRun(await ledger.claim(second, "worker", 600), database, settings).run()
        assert (done.status, done.error_code) == ("completed", None)
        async with database.session() as session:
            row = await session.get_one(ExportStatus, second)
            kept = await session.scalars(sa.select(ExportAttempt).where(ExportAttempt.export_id == second))
            assert (row.failures, [each.outcome for each in kept]) == (0, ["handed_back", "completed"])

    with_database(url, busy)


def test_an_increment_without_new_rejects_shares_the_file_of_those_before(
    settings: Settings, export: Export
) -> None:
    url = settings.effective_database_url
    execute(url, "UPDATE log_entries SET message = '' WHERE id <= 5")
    strict = {"data_types": ["logs"], "validation_level": "strict"}
    first = export(**strict)
    execute(url, NEW.format(rows=10))
    second = export(**strict)
    files = [each["folder"] / "rejects/logs.jsonl" for each in (first, second)]
    assert files[0].samefile(files[1])
    execute(url, NEW.format(rows=10).replace("message ||", "'' ||"))
    third = export(**strict)
    lines = [(each["folder"] / "rejects/logs.jsonl").read_text().splitlines() for each in (first, third)]
    assert lines[1][: len(lines[0])] == lines[0]
    for each in (first, second, third):
        assert verify_dataset(each["folder"]).is_ok


def test_a_dataset_keeps_its_last_versions_and_those_with_a_tag(settings: Settings, export: Export) -> None:
    """The limits of the service are for other exports."""
    versions = [export(data_types=["logs"]) for _ in range(4)]

    async def clean(database: Any) -> list[str]:
        await set_tag(database, "plant", "production", "v1")
        await set_retention(database, "plant", 2, None)
        cleaned = await clean_up(database, settings, RetentionPolicy(keep_last=1))
        return [each.export_id for each in cleaned.exports]

    assert with_database(settings.effective_database_url, clean) == [versions[1]["export_id"]]
    assert [each["folder"].is_dir() for each in versions] == [True, False, True, True]
    found = with_database(settings.effective_database_url, lambda database: get_dataset(database, "plant"))
    assert [each.state for each in found.versions] == ["published", "published", "deleted", "published"]
    with pytest.raises(ConfigError, match="v2 of plant was deleted"):
        with_database(
            settings.effective_database_url, lambda database: set_tag(database, "plant", "golden", "v2")
        )
    assert verify_dataset(versions[3]["folder"]).is_ok


def test_a_deleted_latest_version_is_read_again(settings: Settings, export: Export) -> None:
    export(data_types=["logs"])
    execute(settings.effective_database_url, NEW.format(rows=10))
    second = export(data_types=["logs"])

    async def delete(database: Any) -> None:
        await ExportStatusManager(database).delete(second["export_id"])

    with_database(settings.effective_database_url, delete)
    third = export(data_types=["logs"])
    assert third["dataset"]["parent"]["number"] == 1
    assert changed(third)[1] == 10
    assert ids(third["folder"], "logs") == table_ids(settings, "logs")
