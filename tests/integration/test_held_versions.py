"""A gate holds a version that an export made; people publish or drop it, and increments go on from there."""

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lumber.dataset.layout import SKETCHES
from lumber.dataset.sketches.document import Sketches, read_sketches
from lumber.dataset.verify import verify_dataset
from lumber.errors import DatasetMissing, DatasetStateError
from lumber.exports import ExportConfig
from lumber.exports.creation import NewExport, create_exports
from lumber.exports.exporter import DataExporter
from lumber.exports.gates.facts import VersionFacts
from lumber.exports.gates.freezing import find_test_set, freeze, save
from lumber.exports.gates.gate import parse_gate
from lumber.exports.gates.holding import VersionGate
from lumber.exports.gates.judging import judge
from lumber.exports.gates.stored import drop_version, publish_version, set_gate
from lumber.exports.metadata import ExportMetadata
from lumber.settings import Settings
from lumber.store.database import Database
from tests.integration.datasets import execute, query
from tests.integration.ledgers import with_database
from tests.integration.workers import fill_all, settings_for

ROWS = 300
NEW = (
    "INSERT INTO log_entries (id, timestamp, message, device_id, log_level) "
    "SELECT id + (SELECT max(id) FROM log_entries), timestamp, message || ' again', device_id, log_level "
    "FROM log_entries WHERE id <= {rows}"
)
Export = Callable[..., Path]


@pytest.fixture
def settings(either_database_url: str, tmp_path: Path) -> Settings:
    fill_all(either_database_url, ROWS)
    return settings_for(either_database_url, tmp_path / "data")


@pytest.fixture
def export(settings: Settings) -> Export:
    """Export a version of the dataset `plant`, check that it verifies, and return its folder."""

    def run(gate: dict[str, Any] | None = None, *, dataset: str = "plant", **values: Any) -> Path:
        if gate is not None:
            set_to(settings, gate)
        given = {"data_types": ["logs"], "output_format": "parquet", "incremental": True, **values}
        config = ExportConfig(dataset=dataset, **given)
        done = asyncio.run(DataExporter(config, settings=settings).export_data())
        folder = settings.effective_exports_dir / done.export_id
        assert verify_dataset(folder).is_ok
        return folder

    return run


def set_to(settings: Settings, gate: dict[str, Any]) -> None:
    async def change(database: Database) -> None:
        async with database.session() as session:
            await set_gate(session, "plant", parse_gate(gate))

    with_database(settings.effective_database_url, change)


def decide(settings: Settings, decision: Callable[..., Any], number: int) -> None:
    async def change(database: Database) -> None:
        async with database.session() as session:
            await decision(session, "plant", number)

    with_database(settings.effective_database_url, change)


def versions(settings: Settings) -> list[tuple[Any, ...]]:
    """Return number, state and added rows of every version."""
    return query(
        settings.effective_database_url, "SELECT number, state, added FROM dataset_versions ORDER BY number"
    )


def reason(settings: Settings, number: int) -> str:
    found = query(
        settings.effective_database_url, f"SELECT reason FROM dataset_versions WHERE number = {number}"
    )
    return str(found[0][0])


def sketches(folder: Path) -> Sketches:
    found = read_sketches(folder)
    assert found is not None
    return found


def test_a_version_beyond_its_gate_is_held_and_blocks_the_next(settings: Settings, export: Export) -> None:
    url = settings.effective_database_url
    export({"rows": {"max": ROWS}})
    execute(url, NEW.format(rows=40))
    export({"rows": {"max": 39}})
    assert versions(settings) == [(1, "published", ROWS), (2, "held", 40)]
    assert reason(settings, 2) == "The version has 40 rows; at most 39 are expected."
    with pytest.raises(DatasetStateError, match="Version 2 of plant is held"):
        export()
    decide(settings, publish_version, 2)
    execute(url, NEW.format(rows=3))
    export()
    assert versions(settings)[1:] == [(2, "published", 40), (3, "published", 3)]
    lines = query(url, "SELECT action FROM audit_lines WHERE action LIKE 'version%' ORDER BY seq")
    assert [action for (action,) in lines] == ["version_held", "version_published"]


def test_the_rows_of_a_dropped_increment_are_read_again(settings: Settings, export: Export) -> None:
    export()
    execute(settings.effective_database_url, NEW.format(rows=40))
    export({"rows": {"max": 39}})
    decide(settings, drop_version, 2)
    execute(settings.effective_database_url, NEW.format(rows=2))
    last = export({"rows": {"min": 42, "max": 42}})
    assert versions(settings) == [(1, "published", ROWS), (2, "dropped", 40), (3, "published", 42)]
    assert sketches(last).kinds["logs"].rows == ROWS + 42


def test_increments_have_the_sketches_of_all_rows_and_of_their_own(
    settings: Settings, export: Export
) -> None:
    first = sketches(export())
    execute(settings.effective_database_url, NEW.format(rows=40))
    second = sketches(export())
    whole = sketches(export(incremental=False))
    assert (first.kinds["logs"].rows, first.added) == (ROWS, {})
    assert second.added["logs"].rows == 40
    merged, read_again = second.kinds["logs"], whole.kinds["logs"]
    assert merged.rows == read_again.rows == ROWS + 40
    for name, column in merged.columns.items():
        assert column.nulls == read_again.columns[name].nulls, name
        assert column.distinct == read_again.columns[name].distinct, name
        assert column.top == read_again.columns[name].top, name


def test_the_same_rows_have_the_same_sketches(export: Export) -> None:
    one, two = export(batch_size=7), export(dataset="other", batch_size=100)
    assert (one / SKETCHES).read_bytes() == (two / SKETCHES).read_bytes()


def test_an_export_without_a_dataset_has_no_sketches(settings: Settings) -> None:
    config = ExportConfig(data_types=["logs"], output_format="parquet")
    done = asyncio.run(DataExporter(config, settings=settings).export_data())
    assert not (settings.effective_exports_dir / done.export_id / SKETCHES).exists()


def test_versions_are_compared_without_their_data(settings: Settings, export: Export) -> None:
    first = export()
    execute(settings.effective_database_url, "UPDATE log_entries SET log_level = 'CRITICAL'")
    second = export(incremental=False)
    for folder in (first, second):
        shutil.rmtree(folder / "logs")
    gate = parse_gate({"max_drift": {"logs.log_level": 0.5}, "max_class_change": 0.5})
    found = judge(gate, VersionFacts.read(second), VersionFacts.read(first))
    assert {each.rule for each in found} == {"max_drift", "max_class_change"}


@pytest.mark.slow
def test_drift_of_an_increment_holds_it(settings: Settings, export: Export) -> None:
    export({"max_drift": {"logs.log_level": 0.5}, "min_drift_rows": 10})
    # A row of SQLite that was updated makes the next version read all rows.
    new = NEW.format(rows=40).replace("device_id, log_level FROM", "device_id, 'CRITICAL' FROM")
    execute(settings.effective_database_url, new)
    export()
    assert [state for _, state, _ in versions(settings)] == ["published", "held"]
    assert "log_level moved by" in reason(settings, 2)


@pytest.mark.slow
def test_a_version_without_new_rows_passes_though_its_parent_was_held(
    settings: Settings, export: Export
) -> None:
    export()
    execute(settings.effective_database_url, NEW.format(rows=40))
    execute(
        settings.effective_database_url, f"UPDATE log_entries SET log_level = 'CRITICAL' WHERE id > {ROWS}"
    )
    export({"max_drift": {"logs.log_level": 0.5}, "min_drift_rows": 10})
    decide(settings, publish_version, 2)
    export()
    assert [state for _, state, _ in versions(settings)] == ["published", "published", "published"]


def test_a_row_of_the_test_set_holds_the_version_that_adds_it(settings: Settings, export: Export) -> None:
    export()
    test_set = find_test_set(settings, "mine")
    lines = settings.data_dir / "eval.txt"
    lines.write_text("a line to test with")
    save(test_set, freeze([lines], "logs"))
    execute(settings.effective_database_url, NEW.format(rows=3))
    export({"test_set": {"name": "mine"}})
    execute(settings.effective_database_url, NEW.format(rows=1))
    tested = NEW.format(rows=1).replace("message || ' again'", "'a line to test with'")
    execute(settings.effective_database_url, tested)
    last = export()
    assert [state for _, state, _ in versions(settings)] == ["published", "published", "held"]
    assert "1 row of logs (50.00%) occur in the test set mine; none may." in reason(settings, 3)
    found = json.loads((last / SKETCHES).read_text())["test_set"]
    assert (found["rows"], found["matched"]) == ({"logs": 2}, {"logs": 1})


@pytest.mark.slow
def test_an_export_without_its_test_set_fails(settings: Settings, export: Export) -> None:
    with pytest.raises(DatasetMissing, match="lumber datasets freeze-test"):
        export({"test_set": {"name": "missing"}})
    assert versions(settings) == [(1, "building", 0)]


@pytest.mark.slow
def test_a_changed_record_holds_the_new_major_version(settings: Settings, export: Export) -> None:
    export({})
    export(fields={"logs": ["id", "timestamp", "message"]})
    assert [state for _, state, _ in versions(settings)] == ["published", "held"]
    assert "log_level was removed" in reason(settings, 2)


def test_the_gate_of_an_export_overrides_that_of_its_dataset(settings: Settings) -> None:
    set_to(settings, {"rows": {"max": 1}})

    async def find(database: Database) -> list[VersionGate]:
        config = ExportConfig(data_types=["logs"], dataset="plant")
        async with database.session() as session:
            news = [NewExport(config, gate={"rows": {"max": 2}}), NewExport(config)]
            made = await create_exports(session, news, None)
            ids = [each.export_id for each in made if isinstance(each, ExportMetadata)]
            return [await VersionGate.find(session, each, "plant") for each in ids]

    gates = [found.gate for found in with_database(settings.effective_database_url, find)]
    assert [gate.rows.max for gate in gates if gate is not None and gate.rows is not None] == [2, 1]
