"""`planning: estimated`: no pass counts the rows, and still every row is exported exactly once."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lumber.dataset.verify import verify_dataset
from lumber.exports import DataExporter, ExportConfig, sampled_keys
from lumber.exports.preview import preview_export
from lumber.settings import Settings
from lumber.store.keyset import Keyset
from tests.databases import FIXTURES
from tests.integration.datasets import contents, execute, fill, query, read_dataset
from tests.integration.ledgers import with_database
from tests.integration.workers import settings_for

ROWS = 6_000
GONE = "id % 3 = 1 OR id BETWEEN 2000 AND 3000"
FILTERS = {"logs.id": {"gte": 4_500}}
TIME = {"mode": "time", "ratios": {"train": 0.8, "test": 0.2}}


@pytest.fixture(params=list(FIXTURES))
def settings(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a database with gaps in its ids, which counts as a large one."""
    url = request.getfixturevalue(FIXTURES[request.param])
    fill(url, ROWS)
    execute(url, f"DELETE FROM log_entries WHERE {GONE}")
    small = {
        "EXACT_IDS": 1_000,
        "_PROBES": 600,
        "_FEW_IN_DATES": 300,
        "_LEAST_IN_DATES": 30,
        "_LEAST_SELECTED": 20,
    }
    for name, value in small.items():
        monkeypatch.setattr(sampled_keys, name, value)
    return settings_for(url, tmp_path / "data", partition_rows=250)


def estimated(**values: Any) -> ExportConfig:
    return ExportConfig(data_types=["logs"], output_format="jsonl", planning="estimated", **values)


def export(settings: Settings, config: ExportConfig, output: Path) -> dict[str, Any]:
    """Export, check that each row is there once, and return the manifest."""

    asyncio.run(DataExporter(config, settings=settings, output=output).export_data())
    rows = sorted(row["id"] for row in read_dataset(output))
    condition = "id >= 4500" if config.filters else "true"
    expected = query(str(settings.database_url), f"SELECT id FROM log_entries WHERE {condition} ORDER BY id")
    assert rows == [id_ for (id_,) in expected]
    assert not verify_dataset(output).problems
    return json.loads((output / "manifest.json").read_text())


def test_every_row_is_in_one_partition(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> Any:
        raise AssertionError("rows were counted")

    with monkeypatch.context() as patched:
        for name in ("counts", "key_at", "rows"):
            patched.setattr(Keyset, name, refuse)
        manifest = export(settings, estimated(split=TIME), tmp_path / "one")
        export(settings, estimated(split=TIME), tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    plan, logs = manifest["plan"]["kinds"]["logs"], manifest["kinds"]["logs"]
    assert len(plan["partitions"]) > 5
    assert plan["rows"] == logs["planned"] == logs["read"] == sum(part["rows"] for part in plan["partitions"])
    assert all(100 < part["rows"] < 500 for part in plan["partitions"])
    assert 0.15 < logs["splits"]["test"]["rows"] / logs["written"] < 0.25
    # Statistics of the service compare both.
    counts = query(str(settings.database_url), "SELECT planned_rows, record_count FROM exports")
    assert counts == [(logs["read"], logs["read"])] * 2
    export(settings, estimated(filters=FILTERS), tmp_path / "filtered")


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_sequences_do_not_depend_on_the_estimate(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that others add outside the dates may change the estimate of those that are exported."""
    execute(str(settings.database_url), "UPDATE log_entries SET device_id = 'device ' || (id % 37)")
    settings = settings.model_copy(update={"sequence_rows": ROWS // 8})
    config = estimated(sequences={"size": 5})
    sampled = sampled_keys.sample_keys

    def times(factor: float) -> None:
        async def sample(*values: Any) -> Any:
            found = await sampled(*values)
            return replace(found, rows=round(found.rows * factor))

        monkeypatch.setattr(sampled_keys, "sample_keys", sample)

    made = []
    for number, factor in enumerate((0.3, 3.0)):
        times(factor)
        folder = tmp_path / str(number)
        asyncio.run(DataExporter(config, settings=settings, output=folder).export_data())
        files = contents(folder)
        made.append({name: content for name, content in files.items() if name.startswith("sequences/")})
    assert made[0] == made[1]
    assert made[0]


def test_a_preview_says_that_it_estimates(settings: Settings) -> None:
    async def run(database: Any) -> Any:
        exact = ExportConfig(data_types=["logs"], split=TIME)
        return await preview_export(estimated(split=TIME), database), await preview_export(exact, database)

    about, exactly = (found["logs"] for found in with_database(str(settings.database_url), run))
    assert about.rows_are_estimated
    assert not exactly.rows_are_estimated
    assert exactly.rows * 0.9 < about.rows < exactly.rows * 1.1
    assert (about.first, about.last) == (exactly.first, exactly.last)
    assert about.splits_are_estimated
    assert sum(about.splits.values()) == about.rows
    assert not about.reject_estimate.is_exact
