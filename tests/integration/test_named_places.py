"""Versions that are published to a destination get their names there, and are opened by these names."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import lumber
from lumber.destinations.address import parse_address
from lumber.destinations.credentials import Credentials
from lumber.destinations.options import DestinationOptions
from lumber.destinations.promises import Promises, Status
from lumber.destinations.registry import Probe, add_destination
from lumber.errors import ConfigError, DatasetMissing, DatasetNotFound
from lumber.exports import ExportConfig
from lumber.exports.exporter import DataExporter
from lumber.exports.versions.listing import set_tag
from lumber.exports.versions.naming import name_published
from lumber.settings import Settings
from lumber.store.models.base import utc_now
from tests.commands import lumber as command
from tests.integration.datasets import execute
from tests.integration.ledgers import with_database
from tests.integration.test_tables import NEW
from tests.integration.workers import fill_all, settings_for

Export = Callable[[], Path]


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    folder = tmp_path / "lake"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(
    request: pytest.FixtureRequest, tmp_path: Path, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Databases with a destination; SQLite only, unless a test asks for both."""
    is_any = "database_url" in request.fixturenames
    database_url = request.getfixturevalue("database_url") if is_any else f"sqlite:///{tmp_path / 'rows.db'}"
    fill_all(database_url, 40)
    probe = Probe(Status.OK, Promises(True, True, True, True, True), "", utc_now())

    async def register(database: Any) -> None:
        async with database.session() as session:
            address = parse_address(str(lake))
            await add_destination(session, "lake", address, DestinationOptions(), Credentials(), probe)

    settings = settings_for(database_url, tmp_path / "data")
    with_database(database_url, register)
    monkeypatch.setenv("LUMBER_DATABASE_URL", database_url)
    return settings


@pytest.fixture
def export(settings: Settings) -> Export:
    """Add rows and export a version into the lake; return its folder."""

    def run() -> Path:
        config = ExportConfig(
            data_types=["logs"],
            output_format="jsonl",
            dataset="plant",
            incremental=True,
            destination="lake",
        )
        done = asyncio.run(DataExporter(config, settings=settings).export_data())
        execute(settings.effective_database_url, NEW)
        return settings.effective_exports_dir / done.export_id

    return run


def named(lake: Path) -> tuple[list[str], int]:
    names = sorted(path.name for path in (lake / "plant/versions").iterdir())
    return names, json.loads((lake / "plant/latest.json").read_text())["number"]


@pytest.mark.usefixtures("database_url")
def test_a_published_version_gets_its_name_and_is_verified_by_it(export: Export, lake: Path) -> None:
    for number in (1, 2):
        folder = export()
        assert named(lake) == ([f"v{each}.json" for each in range(1, number + 1)], number)
        done = command("verify", "lake:plant@latest")
        assert done.returncode == 0, done.stdout + done.stderr
        there = lumber.open("lake:plant").to_arrow("logs")
        assert there.equals(lumber.open(folder).to_arrow("logs"))
    assert lumber.open("lake:plant@v1").splits() == {"train": 40}
    assert lumber.diff("lake:plant@v1", "plant@v2").kinds["logs"].counts == {
        "added": 10,
        "removed": 0,
        "changed": 0,
        "moved": 0,
    }


def test_a_version_that_could_not_be_named_is_named_with_the_next(
    export: Export, lake: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = export()
    (lake / "plant/versions/v2.json").write_text(json.dumps({"number": 2, "export_id": "another"}))
    second = export()
    assert lumber.open(second).manifest["dataset"]["number"] == 2
    assert "its destination doesn't name it yet" in caplog.text
    assert named(lake)[1] == 1
    for path in (lake / "plant/versions").iterdir():
        path.unlink()
    export()
    assert named(lake) == (["v1.json", "v2.json", "v3.json"], 3)
    assert lumber.open("lake:plant@v1").export_id == first.name


def test_a_held_version_gets_its_name_when_somebody_publishes_it(
    export: Export, settings: Settings, lake: Path
) -> None:
    export()
    export()
    execute(settings.effective_database_url, "UPDATE dataset_versions SET state = 'held' WHERE number = 2")
    (lake / "plant/versions/v2.json").unlink()
    (lake / "plant/versions/v1.json").replace(lake / "plant/latest.json")
    done = command("datasets", "publish", "plant", "2")
    assert done.returncode == 0, done.stderr
    assert named(lake) == (["v1.json", "v2.json"], 2)


def test_naming_again_changes_nothing(export: Export, settings: Settings, lake: Path) -> None:
    export()
    before = {path: path.stat().st_mtime_ns for path in (lake / "plant").rglob("*.json")}
    url = settings.effective_database_url
    assert with_database(url, lambda database: name_published(database, "plant")) == 0
    assert {path: path.stat().st_mtime_ns for path in (lake / "plant").rglob("*.json")} == before


def test_versions_of_the_database_are_opened_by_name_tag_and_moment(
    export: Export, settings: Settings
) -> None:
    before = utc_now()
    first = export()
    between = utc_now()
    second = export()
    url = settings.effective_database_url
    with_database(url, lambda database: set_tag(database, "plant", "good", "v1"))
    places = {"v1": first, "v2": second, "latest": second, "1.0.0": first, "1.1.0": second, "good": first}
    for version, folder in places.items():
        assert lumber.open(f"plant@{version}").path == folder
        assert lumber.open(f"lake:plant@{version}").export_id == folder.name
    assert lumber.open("plant", as_of=between).path == first
    assert lumber.open("plant", as_of=datetime(9999, 1, 1, tzinfo=UTC)).path == second
    assert command("verify", "plant@good").returncode == 0
    with pytest.raises(DatasetNotFound, match="had no version at"):
        lumber.open("plant", as_of=before)
    with pytest.raises(DatasetNotFound, match="has no version 'bad'"):
        lumber.open("lake:plant@bad")
    with pytest.raises(DatasetNotFound, match="no dataset 'pond'"):
        lumber.open("pond@latest")
    with pytest.raises(ConfigError, match="without a version"):
        lumber.open("plant@v1", as_of=between)
    first.rename(first.with_name("moved"))
    with pytest.raises(DatasetMissing, match="are not on this machine"):
        lumber.open("plant@v1")
    assert lumber.open("lake:plant@v1").verify().is_ok
