"""Versions are committed to tables by themselves: once each, and again after a failure."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
import sqlalchemy as sa
from deltalake import DeltaTable
from pyiceberg.catalog.sql import SqlCatalog

from lumber.destinations.tables.delta import VersionsInDelta
from lumber.destinations.tables.table import TableFormat
from lumber.errors import ConfigError, DatasetNotFound, DestinationError, DestinationNotFound
from lumber.exports import ExportConfig
from lumber.exports.exporter import DataExporter
from lumber.exports.gates.gate import parse_gate
from lumber.exports.gates.stored import publish_version, set_gate
from lumber.exports.versions.committing import TOLD_FAILURES, commit_due
from lumber.exports.versions.table_health import check_tables
from lumber.exports.versions.table_loop import TableLoop
from lumber.exports.versions.table_settings import TableSetting, list_tables, remove_tables, set_tables
from lumber.settings import Settings
from lumber.store.database import Database, open_database
from lumber.store.models import DatasetTable, DatasetVersion
from lumber.store.models.base import utc_now
from lumber.store.url import DatabaseUrl
from tests.integration.datasets import execute
from tests.integration.notices.test_outbox import mail_notice
from tests.integration.notices.test_versions import told
from tests.integration.processes import PATIENCE_SECONDS
from tests.integration.workers import fill_all, settings_for

BUDGET_REASON = "Each test makes versions by whole exports, and the library of Delta takes a second to load."

NEW = (
    "INSERT INTO log_entries (id, timestamp, message) SELECT id + (SELECT max(id) FROM log_entries), "
    "timestamp, message || ' again' FROM log_entries WHERE id <= 10"
)
CONFIG = ExportConfig(data_types=["logs"], output_format="jsonl", dataset="plant", incremental=True)


@pytest.fixture
async def ledger(either_database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Settings, Database]]:
    """A database with one version of the dataset plant."""
    url = either_database_url
    await asyncio.to_thread(fill_all, url, 60)
    settings = settings_for(url, tmp_path / "data")
    database = open_database(DatabaseUrl.parse(url))
    try:
        await DataExporter(CONFIG, settings=settings, database=database).export_data()
        yield settings, database
    finally:
        await database.close()


async def new_version(settings: Settings, database: Database) -> None:
    await asyncio.to_thread(execute, str(database.url), NEW)
    await DataExporter(CONFIG, settings=settings, database=database).export_data()


async def let(database: Database, to: str, format: TableFormat = TableFormat.DELTA) -> None:
    async with database.session() as session:
        await set_tables(session, "PLANT", format, to)


async def setting(database: Database) -> TableSetting:
    async with database.session() as session:
        (found,) = await list_tables(session, "plant")
        return found


async def due_now(database: Database) -> None:
    async with database.session() as session:
        await session.execute(sa.update(DatasetTable).values(next_at=utc_now() - timedelta(seconds=1)))


def commits(folder: Path) -> list[str]:
    return [each["lumber.version"] for each in reversed(DeltaTable(folder / "logs").history())]


async def test_each_version_is_one_commit_by_itself(
    ledger: tuple[Settings, Database], tmp_path: Path
) -> None:
    settings, database = ledger
    await let(database, str(tmp_path / "tables"))
    # The version that exists comes first, and an export makes the commit of its own version.
    await new_version(settings, database)
    assert commits(tmp_path / "tables") == ["1", "2"]
    assert DeltaTable(tmp_path / "tables/logs").count() == 70
    found = await setting(database)
    assert (found.committed, found.latest, found.failures, found.error) == (2, 2, 0, None)
    assert await commit_due(database, settings) == 0
    # A ledger that was restored, or lost its note, leads to no second commit.
    async with database.session() as session:
        await session.execute(sa.update(DatasetTable).values(committed=None))
    assert await commit_due(database, settings) == 0
    assert commits(tmp_path / "tables") == ["1", "2"]
    assert (await setting(database)).committed == 2


async def test_each_version_is_one_commit_of_iceberg_by_itself(
    ledger: tuple[Settings, Database], tmp_path: Path
) -> None:
    settings, database = ledger
    folder, catalog = tmp_path / "tables", f"sqlite:///{tmp_path / 'catalog.db'}"
    async with database.session() as session:
        await set_tables(session, "plant", TableFormat.ICEBERG, str(folder), catalog)
    await new_version(settings, database)
    assert iceberg_commits(catalog) == (["1", "2"], 70)
    found = await setting(database)
    assert (found.committed, found.latest, found.failures, found.error) == (2, 2, 0, None)
    # A ledger that lost its note leads to no second commit.
    async with database.session() as session:
        await session.execute(sa.update(DatasetTable).values(committed=None))
    assert await commit_due(database, settings) == 0
    assert iceberg_commits(catalog) == (["1", "2"], 70)
    assert (await setting(database)).committed == 2


def iceberg_commits(catalog: str) -> tuple[list[str], int]:
    """Return the versions that the table's snapshots name, and how many rows it has."""
    opened = SqlCatalog("lumber", uri=catalog)
    try:
        table = opened.load_table(("plant", "logs"))
        versions = {each.summary.additional_properties["lumber.version"]: None for each in table.snapshots()}
        return list(versions), table.scan().to_arrow().num_rows
    finally:
        opened.close()


async def test_a_failure_is_told_and_tried_again_and_doubles_nothing(
    ledger: tuple[Settings, Database], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings, database = ledger
    await let(database, str(tmp_path / "tables"))
    write = VersionsInDelta.commit

    def dies_after(table: VersionsInDelta, *arguments: object) -> None:
        write(table, *arguments)  # type: ignore[arg-type]
        raise DestinationError("The answer was lost.")

    with patch.object(VersionsInDelta, "commit", dies_after):
        assert await commit_due(database, settings) == 0
    found = await setting(database)
    assert (found.committed, found.failures, found.error) == (None, 1, "The answer was lost.")
    assert found.next_at is not None
    assert "The delta tables of plant lack v1, which is tried again: The answer was lost." in caplog.text
    # Not at once, and then the table itself says that it has the version.
    assert await commit_due(database, settings) == 0
    assert (await setting(database)).committed is None
    await due_now(database)
    await commit_due(database, settings)
    found = await setting(database)
    assert (found.committed, found.failures, found.error, found.next_at) == (1, 0, None, None)
    assert commits(tmp_path / "tables") == ["1"]
    with patch.object(VersionsInDelta, "commit", side_effect=RuntimeError("a defect")):
        await new_version(settings, database)
    assert "An unexpected error (RuntimeError)" in str((await setting(database)).error)
    # Setting it again tries at once.
    await let(database, str(tmp_path / "tables"))
    assert await commit_due(database, settings) == 1
    assert commits(tmp_path / "tables") == ["1", "2"]


async def test_failures_in_a_row_are_told_once_and_the_doctor_names_them(
    ledger: tuple[Settings, Database], tmp_path: Path
) -> None:
    settings, database = ledger
    await mail_notice(database, datasets=["plant"])
    await mail_notice(database, name="others", datasets=["other"])
    assert await check_tables(database) == ()
    await let(database, str(tmp_path / "tables"))
    with patch.object(VersionsInDelta, "commit", side_effect=DestinationError("No access to /secret/path.")):
        for failures in range(1, TOLD_FAILURES + 2):
            await due_now(database)
            await commit_due(database, settings)
            assert (await setting(database)).failures == failures
            sent = [(event, data) for event, data in await told(database) if event != "completed"]
            assert len(sent) == (failures >= TOLD_FAILURES)
    ((event, data),) = sent
    about = {"dataset": "plant", "format": "delta", "version": 1, "failures": TOLD_FAILURES}
    assert (event, data) == ("tables_failed", about)
    (check,) = await check_tables(database)
    assert check.outcome == "warning"
    assert "lack v1; the commit failed 4 times: No access to /secret/path." in check.text
    await due_now(database)
    await commit_due(database, settings)
    (check,) = await check_tables(database)
    assert (check.outcome, check.text) == ("ok", "1 setting, none behind")
    # Nothing runs that commits: nobody failed, and yet the tables are behind.
    await new_version(settings, database)
    async with database.session() as session:
        long_ago = utc_now() - timedelta(hours=2)
        await session.execute(sa.update(DatasetTable).values(committed=1))
        await session.execute(sa.update(DatasetVersion).values(published_at=long_ago))
    (check,) = await check_tables(database)
    assert "lack v2, and nothing commits it" in check.text


async def test_only_one_process_works_on_a_table_and_another_one_goes_on_after_its_death(
    ledger: tuple[Settings, Database], tmp_path: Path
) -> None:
    settings, database = ledger
    await let(database, str(tmp_path / "tables"))
    both = await asyncio.gather(commit_due(database, settings), commit_due(database, settings))
    assert sorted(both) == [0, 1]
    await asyncio.to_thread(execute, str(database.url), NEW)
    # A process that is killed leaves its claim.
    claimed = {"claim": "of the dead", "next_at": utc_now() + timedelta(minutes=2)}
    async with database.session() as session:
        await session.execute(sa.update(DatasetTable).values(claimed))
    await DataExporter(CONFIG, settings=settings, database=database).export_data()
    assert await commit_due(database, settings) == 0
    await due_now(database)
    assert await commit_due(database, settings) == 1
    assert commits(tmp_path / "tables") == ["1", "2"]


async def test_a_held_version_is_committed_when_it_is_published(
    ledger: tuple[Settings, Database], tmp_path: Path
) -> None:
    settings, database = ledger
    await let(database, str(tmp_path / "tables"))
    async with database.session() as session:
        await set_gate(session, "plant", parse_gate({"rows": {"min": 1000}}))
    await new_version(settings, database)
    assert commits(tmp_path / "tables") == ["1"]
    async with database.session() as session:
        await publish_version(session, "plant", 2)
    loop = TableLoop(settings, every_seconds=0.05)
    loop.start()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await setting(database)).committed != 2:  # noqa: ASYNC110 - the ledger sends nothing
            await asyncio.sleep(0.05)
    await loop.stop()
    assert commits(tmp_path / "tables") == ["1", "2"]


async def test_wrong_settings_are_refused_and_tables_can_be_removed(
    ledger: tuple[Settings, Database], tmp_path: Path
) -> None:
    settings, database = ledger
    with pytest.raises(DestinationNotFound):
        await let(database, "lake")
    with pytest.raises(ConfigError, match="can be in a folder or on s3"):
        await let(database, "gs://bucket/tables", TableFormat.ICEBERG)
    async with database.session() as session:
        for catalog, format, message in (
            ("sqlite:///x.db", TableFormat.DELTA, "has no effect with delta"),
            ("postgresql://u:secret@h/x", TableFormat.ICEBERG, "must have no password"),
            ("nothing", TableFormat.ICEBERG, "must be the address of a SQL database"),
        ):
            with pytest.raises(ConfigError, match=message) as refused:
                await set_tables(session, "plant", format, str(tmp_path), catalog)
            assert "secret" not in str(refused.value)
        with pytest.raises(DatasetNotFound):
            await set_tables(session, "none", TableFormat.DELTA, str(tmp_path))
        with pytest.raises(DatasetNotFound, match="isn't committed to tables of delta"):
            await remove_tables(session, "plant", TableFormat.DELTA)
    await let(database, str(tmp_path / "tables"))
    async with database.session() as session:
        await remove_tables(session, "plant", TableFormat.DELTA)
    assert await commit_due(database, settings) == 0
    assert not (tmp_path / "tables").exists()
