"""`lumber verify --chain`: versions of a dataset add each row once, and what breaks the chain is found."""

import asyncio
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lumber.exports import ExportConfig
from lumber.exports.exporter import DataExporter
from lumber.exports.versions.chain import ChainReport, verify_chain
from lumber.exports.versions.listing import get_dataset
from lumber.files.expansion import DEFAULT_LIMITS
from lumber.settings import Settings
from tests.integration.datasets import execute, query, sqlite_path
from tests.integration.ledgers import with_database
from tests.integration.workers import fill_all, settings_for

NEW = (
    "INSERT INTO log_entries (id, timestamp, message) "
    "SELECT id + (SELECT max(id) FROM log_entries), timestamp, message FROM log_entries WHERE id <= {rows}"
)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a SQLite database, and the data folder of its dataset of three versions."""
    folder = tmp_path_factory.mktemp("chain")
    make_versions(f"sqlite:///{folder / 'lumber.db'}", folder / "data")
    return folder


def make_versions(url: str, data: Path) -> Settings:
    fill_all(url, 60)
    found = settings_for(url, data)
    for number in range(3):
        export(found)
        execute(url, NEW.format(rows=5 + number))
    return found


@pytest.fixture
def settings(either_database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a database with a dataset of three versions; of SQLite, it is a copy of one."""
    url, data = either_database_url, tmp_path / "data"
    if not url.startswith("sqlite"):
        return make_versions(url, data)
    made: Path = request.getfixturevalue("chain")
    shutil.copytree(made / "data", data)
    sqlite_path(url).write_bytes((made / "lumber.db").read_bytes())
    for column in ("dataset_versions.path", "exports.output_path"):
        table, name = column.split(".")
        execute(url, f"UPDATE {table} SET {name} = replace({name}, '{made / 'data'}', '{data}')")
    return settings_for(url, data)


def export(settings: Settings) -> Path:
    config = ExportConfig(data_types=["logs"], output_format="jsonl", dataset="plant", incremental=True)
    done = asyncio.run(DataExporter(config, settings=settings).export_data())
    return settings.effective_exports_dir / done.export_id


def check(settings: Settings) -> ChainReport:
    return with_database(
        settings.effective_database_url, lambda database: verify_chain(database, "plant", DEFAULT_LIMITS)
    )


def paths(settings: Settings) -> list[Path]:
    """Return the folders of the versions, the first one first."""
    found = with_database(settings.effective_database_url, lambda database: get_dataset(database, "plant"))
    return [Path(each.path or "") for each in reversed(found.versions)]


def changed_file(settings: Settings) -> None:
    shard = next((paths(settings)[1] / "logs").iterdir())
    content = shard.read_bytes()
    shard.write_bytes(content.replace(b'"id"', b'"iD"', 1))


def changed_manifest(settings: Settings) -> None:
    manifest = paths(settings)[1] / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"added": 5', b'"added": 6'))


def removed_folder(settings: Settings) -> None:
    shutil.rmtree(paths(settings)[1])


def removed_version(settings: Settings) -> None:
    execute(settings.effective_database_url, "DELETE FROM dataset_versions WHERE number = 2")


def doubled_version(settings: Settings) -> None:
    columns = (
        "dataset_id, export_id, state, data_version, parent_number, is_incremental, watermark, frozen, "
        "counts, rows, added, changed, removed, path, manifest_sha256, created_at"
    )
    again = f"SELECT 9, {columns} FROM dataset_versions WHERE number = 2"
    execute(settings.effective_database_url, f"INSERT INTO dataset_versions (number, {columns}) {again}")


def forgotten_row(settings: Settings) -> None:
    execute(settings.effective_database_url, "DELETE FROM log_entries WHERE id = 7")


DAMAGES: dict[str, tuple[Callable[[Settings], None], str]] = {
    "a changed file": (changed_file, "was changed"),
    "a changed manifest": (changed_manifest, "isn't the one that was published"),
    "a removed folder": (removed_folder, "does not exist"),
    "a removed version": (removed_version, "continues v2, which isn't there"),
    "a doubled version": (doubled_version, "and so does v2"),
    "a row that is gone": (forgotten_row, "aren't in the database"),
}


def test_versions_continue_each_other(settings: Settings) -> None:
    report = check(settings)
    assert report.problems == []
    assert (report.versions, report.compared) == (3, ["logs"])


@pytest.mark.parametrize("name", DAMAGES)
def test_what_breaks_the_chain_is_found(settings: Settings, name: str) -> None:
    damage, problem = DAMAGES[name]
    damage(settings)
    assert any(problem in each.problem for each in check(settings).problems)


def test_after_many_windows_with_writers_the_last_version_is_the_table(
    either_database_url: str, tmp_path: Path
) -> None:
    """Rows are added between windows in random numbers, also none, and some are deleted."""
    fill_all(either_database_url, 40)
    settings = settings_for(either_database_url, tmp_path / "data")
    chance = random.Random(3)
    for _ in range(8):
        export(settings)
        if (rows := chance.choice([0, 3, 9])) > 0:
            execute(either_database_url, NEW.format(rows=rows))
        if chance.random() < 0.3:
            execute(either_database_url, f"DELETE FROM log_entries WHERE id = {chance.randint(1, 20)}")
    last = export(settings)
    report = check(settings)
    assert report.problems == []
    wanted = query(either_database_url, "SELECT count(*) FROM log_entries")
    assert report.rows == {"logs": int(wanted[0][0])}
    assert last.is_dir()
