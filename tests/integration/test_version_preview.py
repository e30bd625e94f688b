"""The preview of an increment: what it would read, which version it would make, and why all is read again."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lumber.errors import DatasetStateError
from lumber.exports import ExportConfig
from lumber.exports.exporter import DataExporter
from lumber.exports.preview import Preview, preview
from lumber.exports.versions.listing import get_dataset
from lumber.settings import Settings
from lumber.store.database import Database
from tests.commands import lumber
from tests.integration.datasets import execute
from tests.integration.ledgers import with_database
from tests.integration.workers import fill_all, settings_for

ROWS = 300
NEW = (
    "INSERT INTO log_entries (id, timestamp, message, device_id, log_level) "
    "SELECT id + (SELECT max(id) FROM log_entries), timestamp, message || ' again', device_id, log_level "
    "FROM log_entries WHERE id <= {rows}"
)
Make = Callable[..., Any]


@pytest.fixture
def settings(either_database_url: str, tmp_path: Path) -> Settings:
    fill_all(either_database_url, ROWS)
    return settings_for(either_database_url, tmp_path / "data")


def config(**values: Any) -> ExportConfig:
    given = {"data_types": ["logs"], "output_format": "parquet", "incremental": True, **values}
    return ExportConfig(dataset="plant", **given)


def export(settings: Settings, **values: Any) -> None:
    asyncio.run(DataExporter(config(**values), settings=settings).export_data())


def previewed(settings: Settings, owner_id: str | None = None, **values: Any) -> Preview:
    async def ask(database: Database) -> Preview:
        return await preview(config(**values), database, settings=settings, owner_id=owner_id)

    return with_database(settings.effective_database_url, ask)


def made(settings: Settings) -> Any:
    return with_database(settings.effective_database_url, lambda database: get_dataset(database, "plant"))


def test_it_says_what_the_export_then_does(settings: Settings) -> None:
    first = previewed(settings)
    assert first.version is not None
    assert (first.version.number, first.version.data_versions, first.version.parent) == (1, ["1.0.0"], None)
    export(settings)
    unchanged = previewed(settings)
    assert unchanged.version is not None
    assert (unchanged.kinds["logs"].rows, unchanged.version.data_versions) == (0, ["1.0.1"])
    execute(settings.effective_database_url, NEW.format(rows=40))
    found = previewed(settings)
    assert found.version is not None
    logs = found.kinds["logs"]
    assert logs.increment is not None
    assert (logs.rows, logs.increment.mode, logs.increment.kept_rows) == (40, "append", ROWS)
    assert {row["id"] > ROWS for row in logs.sample.before} == {True}
    export(settings)
    latest = made(settings).latest
    assert (latest.number, [latest.data_version]) == (found.version.number, found.version.data_versions)
    assert latest.added == logs.rows


def test_it_names_why_all_rows_are_read(settings: Settings) -> None:
    kinds = ["logs", "anomalies", "ips"]
    export(settings, data_types=kinds)
    changing = previewed(settings, data_types=kinds)
    assert changing.version is not None
    assert changing.version.data_versions == ["1.0.1", "1.1.0"]
    assert changing.kinds["ips"].increment is not None
    assert changing.kinds["ips"].increment.reason == "these rows change"
    execute(settings.effective_database_url, "DELETE FROM log_entries WHERE id = 3")
    gone = previewed(settings, data_types=kinds).kinds["logs"]
    assert gone.increment is not None
    assert (gone.rows, gone.increment.mode) == (ROWS - 1, "whole")
    assert "1 row fewer" in (gone.increment.reason or "")
    major = previewed(settings, data_types=kinds, split="random").version
    assert major is not None
    assert (major.data_versions, major.is_major) == (["2.0.0"], True)
    assert "split changed" in (major.reason or "")


def test_it_says_why_the_export_would_fail(settings: Settings) -> None:
    export(settings)
    execute(settings.effective_database_url, "UPDATE dataset_versions SET state = 'held'")
    held = previewed(settings).version
    assert held is not None
    assert "Version 1 of plant is held" in (held.blocked or "")
    execute(settings.effective_database_url, "UPDATE datasets SET owner_id = 'somebody'")
    with pytest.raises(DatasetStateError, match="belongs to another account"):
        previewed(settings, owner_id="another")


def test_the_command_shows_it(settings: Settings, either_database_url: str) -> None:
    export(settings)
    execute(either_database_url, NEW.format(rows=40))
    # As the export of the test: a command compresses unless it is told not to.
    given = (
        "-d",
        "logs",
        "--format",
        "parquet",
        "--compression",
        "none",
        "--dataset",
        "plant",
        "--incremental",
    )
    shown = lumber("preview", *given, "--database-url", either_database_url)
    assert shown.returncode == 0, shown.stderr
    assert "plant v2, data version 1.1.0, after v1" in shown.stdout
    assert f"logs: 40 rows new, {ROWS} rows are kept" in shown.stdout


def test_a_first_version_with_few_rows_is_told_before_it_places_the_splits(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    enough, few = {"split": "time"}, {"split": {"mode": "time", "ratios": {"train": 0.98, "test": 0.02}}}
    found = previewed(settings, **enough).version
    assert found is not None
    assert found.warning is None
    found = previewed(settings, **few).version
    assert found is not None
    assert f"The times of {ROWS} rows of logs place the splits" in str(found.warning)
    assert "--new-major" in str(found.warning)
    export(settings, **few)
    assert f"plant v1: {found.warning}." in caplog.text
    # The splits are placed now, so there is nothing more to say.
    again = previewed(settings, **few).version
    assert again is not None
    assert again.warning is None
