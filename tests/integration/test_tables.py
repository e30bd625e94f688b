"""Tables of Delta and Iceberg: each version of a dataset is one commit, and none is committed twice."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest
from deltalake import DeltaTable
from pyiceberg.catalog.sql import SqlCatalog

import lumber
from lumber.dataset.folder_files import FolderFiles
from lumber.destinations.tables.delta import VersionsInDelta
from lumber.destinations.tables.iceberg import VersionsInIceberg
from lumber.destinations.tables.table import Commit, Committed, Rows, VersionTable
from lumber.destinations.tables.update import Done, Version, update_tables
from lumber.errors import DatasetDamaged, DestinationConflict
from lumber.exports import ExportConfig
from lumber.exports.exporter import DataExporter
from lumber.settings import Settings
from tests.commands import lumber as command
from tests.integration.datasets import execute
from tests.integration.processes import PATIENCE_SECONDS
from tests.integration.workers import fill_all, settings_for

BUDGET_REASON = "Each kill needs a process of its own, and the libraries take a second to load."

KINDS = ("logs", "ips")
NEW = (
    "INSERT INTO log_entries (id, timestamp, message) SELECT id + (SELECT max(id) FROM log_entries), "
    "timestamp, message || ' again' FROM log_entries WHERE id <= 10"
)


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, list[Version]]:
    """A dataset with three versions: lines are added, addresses change."""
    folder = tmp_path_factory.mktemp("plant")
    url = f"sqlite:///{folder / 'rows.db'}"
    fill_all(url, 60)
    settings = settings_for(url, folder / "data")
    versions = [_export(settings, 1)]
    for number in (2, 3):
        execute(url, NEW)
        execute(url, f"UPDATE ip_addresses SET sightings = {number} WHERE id = 1")
        versions.append(_export(settings, number))
    return settings, versions


def _export(settings: Settings, number: int) -> Version:
    config = ExportConfig(data_types=list(KINDS), output_format="jsonl", dataset="plant", incremental=True)
    done = asyncio.run(DataExporter(config, settings=settings).export_data())
    return Version(number, done.export_id, FolderFiles(settings.effective_exports_dir / done.export_id))


class Delta:
    """Tables of Delta in a folder, and how its own library reads them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self, kind: str) -> VersionTable:
        return VersionsInDelta(str(self.folder / kind), "plant", {})

    def commits(self, kind: str) -> int:
        return DeltaTable(self.folder / kind).version() + 1

    def rows(self, kind: str) -> pl.DataFrame:
        return pl.read_delta(str(self.folder / kind))


class Iceberg(Delta):
    """Tables of Iceberg with a catalog in SQLite."""

    def open(self, kind: str) -> VersionTable:
        self.folder.mkdir(exist_ok=True)
        return VersionsInIceberg(self.catalog, f"file://{self.folder / kind}", "plant", kind)

    @property
    def catalog(self) -> str:
        return f"sqlite:///{self.folder / 'catalog.db'}"

    def _table(self, kind: str) -> Any:
        catalog = SqlCatalog("lumber", uri=self.catalog)
        try:
            return catalog.load_table(("plant", kind))
        finally:
            catalog.close()

    def commits(self, kind: str) -> int:
        found = self._table(kind).snapshots()
        return len({each.summary.additional_properties["lumber.version"] for each in found})

    def rows(self, kind: str) -> pl.DataFrame:
        found = pl.from_arrow(self._table(kind).scan().to_arrow())
        assert isinstance(found, pl.DataFrame)
        return found


Tables = Delta


@pytest.fixture(params=[Delta, Iceberg])
def tables(request: pytest.FixtureRequest, tmp_path: Path) -> Tables:
    made: Tables = request.param(tmp_path / "tables")
    return made


@pytest.fixture(params=[Delta, pytest.param(Iceberg, marks=pytest.mark.slow)])
def some_tables(request: pytest.FixtureRequest, tmp_path: Path) -> Tables:
    made: Tables = request.param(tmp_path / "tables")
    return made


def expected(version: Version, kind: str) -> pl.DataFrame:
    assert isinstance(version.files, FolderFiles)
    found = lumber.open(version.files.folder).to_polars(kind).with_columns(pl.lit("train").alias("split"))
    return found.sort("id")


def assert_same(tables: Tables, version: Version) -> None:
    for kind in KINDS:
        wanted, found = expected(version, kind), tables.rows(kind).sort("id")
        assert found.columns == wanted.columns
        # Iceberg has no integers under 32 bits.
        assert found.cast(wanted.schema).equals(wanted)  # type: ignore[arg-type]


def test_each_version_is_one_commit_with_the_rows_of_the_dataset(
    plant: tuple[Settings, list[Version]], tables: Tables
) -> None:
    versions = plant[1]
    for number in (1, 2, 3):
        done = update_tables(versions[:number], tables.open)
        assert [(each.kind, each.number, each.is_append) for each in done] == [
            ("logs", number, number > 1),
            ("ips", number, False),
        ]
        assert_same(tables, versions[number - 1])
        assert [tables.commits(kind) for kind in KINDS] == [number, number]


def test_a_repeated_run_changes_nothing(plant: tuple[Settings, list[Version]], tables: Tables) -> None:
    versions = plant[1]
    assert len(update_tables(versions, tables.open)) == 6
    for again in (versions, versions[:3], versions[1:], versions[2:]):
        assert update_tables(again, tables.open) == []
    assert [tables.commits(kind) for kind in KINDS] == [3, 3]
    assert_same(tables, versions[2])


def test_versions_that_were_skipped_replace_all_rows(
    plant: tuple[Settings, list[Version]], some_tables: Tables
) -> None:
    versions = plant[1]
    update_tables(versions[:1], some_tables.open)
    done = update_tables([versions[0], versions[2]], some_tables.open)
    assert [(each.number, each.is_append) for each in done] == [(3, False), (3, False)]
    assert_same(some_tables, versions[2])


def test_a_commit_that_comes_second_fails_and_adds_nothing(
    plant: tuple[Settings, list[Version]], some_tables: Tables
) -> None:
    versions = plant[1]
    update_tables(versions[:1], some_tables.open)
    others: list[Done] = []
    asked: list[int] = []

    def overtaken(*arguments: Any) -> Any:
        # Another process makes the whole update after this one looked at the table.
        asked.append(1)
        if len(asked) == 1:
            others.extend(update_tables(versions[:2], some_tables.open))
        return real(*arguments)

    from lumber.destinations.tables import update

    real = update.version_rows
    with (
        patch.object(update, "version_rows", overtaken),
        pytest.raises(DestinationConflict, match="Another process committed"),
    ):
        update_tables(versions[:2], some_tables.open)
    assert len(others) == 2
    assert_same(some_tables, versions[1])


def test_a_commit_during_the_commit_of_another_fails(
    plant: tuple[Settings, list[Version]], tables: Tables
) -> None:
    version = plant[1][0]
    update_tables([version], tables.open)
    schema = expected(version, "logs").to_arrow().schema
    commits = [Commit("plant", Committed(2, "two"), "1.1.0", tables_schema(version), True) for _ in range(2)]
    assert schema.names == commits[0].schema.names
    first, second = tables.open("logs"), tables.open("logs")

    def rows() -> Any:
        # In a thread, because a library doesn't run inside itself.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(first.commit, commits[0], Rows(iter(()))).result()
        yield from ()

    with pytest.raises(DestinationConflict):
        second.commit(commits[1], Rows(rows()))
    assert tables.commits("logs") == 2


def tables_schema(version: Version) -> Any:
    from lumber.dataset.manifest_file import read_manifest
    from lumber.destinations.tables.version_rows import table_schema

    return table_schema(version.files, read_manifest(version.files), "logs")


KILLED = """
import json, os, signal, sys
from pathlib import Path
from lumber.dataset.folder_files import FolderFiles
from lumber.destinations.tables import update
from tests.integration.test_tables import Delta, Iceberg

name, folder, versions, moment = json.loads(sys.argv[1])
versions = [update.Version(each[0], each[1], FolderFiles(Path(each[2]))) for each in versions]
real = update.version_rows

def rows(files, manifest, kind, limits, since=None):
    for batch in real(files, manifest, kind, limits, since):
        yield batch.slice(0, 1)
        if moment == "rows" and manifest.dataset.number == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        yield batch.slice(1)

def committed(done):
    if moment == "commit" and done.number == 2:
        os.kill(os.getpid(), signal.SIGKILL)

update.version_rows = rows
update.update_tables(versions, {"Delta": Delta, "Iceberg": Iceberg}[name](Path(folder)).open, committed)
"""


@pytest.mark.parametrize("moment", ["rows", "commit"])
def test_a_killed_run_continues_without_doubled_rows(
    plant: tuple[Settings, list[Version]], tables: Tables, moment: str
) -> None:
    versions = plant[1]
    given = [(each.number, each.export_id, each.files.name) for each in versions]
    argument = json.dumps([type(tables).__name__, str(tables.folder), given, moment])
    done = subprocess.run([sys.executable, "-c", KILLED, argument], timeout=PATIENCE_SECONDS, check=False)
    assert done.returncode == -signal.SIGKILL
    assert tables.commits("logs") == {"rows": 1, "commit": 2}[moment]
    update_tables(versions, tables.open)
    assert tables.commits("logs") == 3
    assert_same(tables, versions[2])


def test_a_damaged_version_is_not_committed(
    plant: tuple[Settings, list[Version]], some_tables: Tables, tmp_path: Path
) -> None:
    import shutil

    first = plant[1][0]
    assert isinstance(first.files, FolderFiles)
    copy = Path(shutil.copytree(first.files.folder, tmp_path / "copy"))
    (copy / "logs/train-00000-of-00001.jsonl").write_text("{}\n")
    with pytest.raises(DatasetDamaged, match="has 3 bytes"):
        update_tables([Version(1, first.export_id, FolderFiles(copy))], some_tables.open)
    assert some_tables.open("logs").last() is None
    with pytest.raises(DatasetDamaged, match="isn't that of v2"):
        update_tables([Version(2, first.export_id, first.files)], some_tables.open)


def test_a_table_of_another_dataset_is_left_alone(
    plant: tuple[Settings, list[Version]], some_tables: Tables
) -> None:
    versions = plant[1]
    update_tables(versions, some_tables.open)
    other = Version(3, "00000000-0000-4000-8000-000000000000", versions[2].files)
    with pytest.raises(DestinationConflict, match=r"holds v3, of the export .* another dataset"):
        update_tables([*versions[:2], other], some_tables.open)
    with pytest.raises(DestinationConflict, match="holds v3, and the latest is v2"):
        update_tables(versions[:2], some_tables.open)
    assert [some_tables.commits(kind) for kind in KINDS] == [3, 3]


def test_a_table_that_lumber_did_not_make_is_left_alone(
    plant: tuple[Settings, list[Version]], tmp_path: Path
) -> None:
    pl.DataFrame({"a": [1]}).write_delta(str(tmp_path / "logs"))
    with pytest.raises(DestinationConflict, match="isn't of the dataset plant"):
        update_tables(plant[1], Delta(tmp_path).open)
    assert pl.read_delta(str(tmp_path / "logs")).height == 1


Run = Callable[..., Any]


@pytest.fixture
def run(plant: tuple[Settings, list[Version]], tmp_path: Path) -> Run:
    environment = {
        "LUMBER_DATABASE_URL": plant[0].effective_database_url,
        "LUMBER_DATA_DIR": tmp_path,
    }
    return lambda *arguments: command("datasets", "to-table", *arguments, **environment)


def test_the_command_commits_what_the_tables_lack(
    plant: tuple[Settings, list[Version]], run: Run, tmp_path: Path
) -> None:
    done = run("plant", "--format", "delta", "--to", tmp_path / "tables", "--json")
    assert done.returncode == 0, done.stderr
    commits = json.loads(done.stdout)["commits"]
    assert [(each["kind"], each["version"], each["mode"]) for each in commits[:4]] == [
        ("logs", 1, "overwrite"),
        ("ips", 1, "overwrite"),
        ("logs", 2, "append"),
        ("ips", 2, "overwrite"),
    ]
    assert_same(Delta(tmp_path / "tables"), plant[1][2])
    again = run("plant", "--format", "delta", "--to", tmp_path / "tables")
    assert again.stdout.startswith("The tables of plant in ")
    assert run("plant", "--format", "iceberg", "--to", tmp_path / "ice").returncode == 0
    catalog = SqlCatalog("lumber", uri=f"sqlite:///{tmp_path / 'iceberg.db'}")
    assert catalog.load_table(("plant", "logs")).scan().to_arrow().num_rows == 80
    catalog.close()


def test_the_command_explains_what_is_missing(run: Run, tmp_path: Path) -> None:
    done = run("pond", "--format", "delta", "--to", tmp_path / "tables")
    assert done.returncode == 4
    assert "There is no dataset 'pond'" in done.stderr
    done = run("plant", "--format", "delta", "--to", "lake")
    assert done.returncode != 0
    assert "no destination 'lake'" in done.stderr
    with patch("lumber.destinations.tables.table.find_spec", return_value=None):
        done = run("plant", "--format", "delta", "--to", tmp_path / "tables")
    assert done.returncode == 3
    assert "pip install 'lumber[delta]'" in done.stderr
