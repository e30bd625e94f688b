"""Databases that were restored, really: a later version never mixes rows of two histories."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from lumber.settings import Settings
from tests.commands import lumber
from tests.databases import PostgresServer, running_postgres
from tests.integration.datasets import execute, query, sqlite_path
from tests.integration.windows import DATASET, assert_is_table, export_version, manifest_of
from tests.integration.workers import fill_all, settings_for

BUDGET_REASON = "PostgreSQL clusters are made, stopped, copied and started again."

ROWS = 50
NAME = "lumber_restored"
LEDGER = ("exports", "datasets", "dataset_versions")
# As many rows each time, one transaction each: a restored database gives ids and transactions out again.
NEW = "INSERT INTO log_entries (timestamp, message) SELECT timestamp + {shift}, '{text}' FROM log_entries \
WHERE id = {id}"


def add_rows(url: str, text: str, rows: int = 5) -> None:
    """Add log lines. Other texts also have other times."""
    unit = "{}" if url.startswith("sqlite") else "{} * interval '1 microsecond'"
    for number in range(1, rows + 1):
        execute(url, NEW.format(shift=unit.format(len(text)), text=text, id=number))


def spend_transactions(url: str, count: int) -> None:
    """Have the cluster go on by so many transactions."""

    async def run() -> None:
        connection = await asyncpg.connect(url)
        for _ in range(count):
            await connection.execute("SELECT pg_current_xact_id()")
        await connection.close()

    asyncio.run(run())


class Cluster:
    """A PostgreSQL cluster with a database, whose data folder can be copied and put back."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self.url = server.url(NAME)
        self._copy = server.data_folder.with_name("copy")

    def copy(self) -> None:
        """Copy the data folder of the stopped cluster."""
        self._control("stop", "-m", "fast")
        subprocess.run(["cp", "-a", self._server.data_folder, self._copy], check=True)
        self._server.restart()

    def put_back(self, *, is_promoted: bool = False) -> None:
        """Put the copy in the place of the cluster; a promoted one begins a new timeline."""
        self._control("stop", "-m", "fast")
        shutil.rmtree(self._server.data_folder)
        self._copy.rename(self._server.data_folder)
        if is_promoted:
            signal = self._server.data_folder / "standby.signal"
            signal.touch()
            if (account := self._server.account) is not None:
                os.chown(signal, account.pw_uid, account.pw_gid)
        self._server.restart()
        if is_promoted:
            self._control("promote")

    def dump_to(self, other: "Cluster") -> None:
        """Restore a dump of the database in another cluster."""
        tools = self._server.bin_folder
        dump = subprocess.run([tools / "pg_dump", self.url], check=True, capture_output=True).stdout
        subprocess.run([tools / "psql", "-q", other.url], check=True, input=dump, stdout=subprocess.DEVNULL)

    def _control(self, *arguments: str) -> None:
        self._server.disconnect()
        account = self._server.account
        command = [self._server.bin_folder / "pg_ctl", "-D", self._server.data_folder, "-w", *arguments]
        user: dict[str, Any] = {}
        if account is not None:
            user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        folder = self._server.data_folder.parent
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **user)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A cluster of its own with Lumber's tables and some rows."""
    with running_postgres() as server:
        server.create_migrated(NAME)
        found = Cluster(server)
        fill_all(found.url, ROWS)
        # The rows brought their ids along.
        execute(found.url, f"SELECT setval(pg_get_serial_sequence('log_entries', 'id'), {ROWS})")
        yield found


@pytest.fixture
def export(tmp_path: Path) -> Callable[[str], dict[str, Any]]:
    """Export a version, check it against the table and the chain, and return its manifest's section."""

    def run(url: str) -> dict[str, Any]:
        settings = settings_for(url, tmp_path / "data")
        folder = export_version(settings)
        assert_is_table(settings, folder)
        section: dict[str, Any] = manifest_of(folder)["dataset"]
        shown = lumber("datasets", "show", DATASET, **environment(settings)).stdout
        assert section.get("reason") is None or section["reason"] in " ".join(shown.split())
        return section

    return run


def environment(settings: Settings) -> dict[str, str]:
    return {
        "LUMBER_DATABASE_URL": str(settings.effective_database_url),
        "LUMBER_DATA_DIR": str(settings.data_dir),
    }


def mode(section: dict[str, Any]) -> str:
    return str(section["kinds"]["logs"]["mode"])


@pytest.mark.slow
def test_an_older_copy_on_a_new_timeline_begins_a_new_baseline(
    cluster: Cluster, export: Callable[[str], dict[str, Any]]
) -> None:
    export(cluster.url)
    add_rows(cluster.url, "before")
    export(cluster.url)
    cluster.copy()
    add_rows(cluster.url, "lost")
    assert export(cluster.url)["number"] == 3
    cluster.put_back(is_promoted=True)
    add_rows(cluster.url, "after it")
    again = export(cluster.url)
    assert (again["number"], mode(again)) == (3, "whole")
    assert "the PostgreSQL cluster was restored or promoted: its timeline was 1, now 2" in again["reason"]
    add_rows(cluster.url, "afterwards")
    assert mode(export(cluster.url)) == "append"


@pytest.mark.slow
def test_an_older_copy_on_the_same_timeline_continues_the_version_that_it_knows(
    cluster: Cluster, export: Callable[[str], dict[str, Any]]
) -> None:
    """The copy also has the record of versions from its moment."""
    export(cluster.url)
    cluster.copy()
    add_rows(cluster.url, "lost")
    assert export(cluster.url)["number"] == 2
    cluster.put_back()
    add_rows(cluster.url, "instead")
    again = export(cluster.url)
    assert (again["number"], mode(again), again["kinds"]["logs"]["added"]) == (2, "append", 5)


@pytest.mark.slow
@pytest.mark.parametrize("is_ahead", [False, True])
def test_an_older_copy_with_the_record_of_later_versions_is_read_again(
    cluster: Cluster, export: Callable[[str], dict[str, Any]], is_ahead: bool
) -> None:
    """Somebody kept the record of versions. `is_ahead`: the copy has passed the transactions in it."""
    export(cluster.url)
    cluster.copy()
    add_rows(cluster.url, "lost")
    spend_transactions(cluster.url, 200)
    export(cluster.url)
    record = asyncio.run(saved(cluster.url))
    cluster.put_back()
    if is_ahead:
        # The same number of rows, with the same ids and transactions.
        add_rows(cluster.url, "instead")
        spend_transactions(cluster.url, 300)
    asyncio.run(put_back(cluster.url, record))
    again = export(cluster.url)
    assert (again["number"], mode(again)) == (3, "whole")
    if is_ahead:
        assert "were changed or replaced" in again["kinds"]["logs"]["reason"]
    else:
        assert "an older copy of the PostgreSQL cluster" in again["reason"]
    add_rows(cluster.url, "afterwards")
    assert mode(export(cluster.url)) == "append"


async def saved(url: str) -> dict[str, list[Any]]:
    connection = await asyncpg.connect(url)
    try:
        return {table: await connection.fetch(f"SELECT * FROM {table}") for table in LEDGER}
    finally:
        await connection.close()


async def put_back(url: str, record: dict[str, list[Any]]) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET synchronous_commit = on")
        for table in reversed(LEDGER):
            await connection.execute(f"DELETE FROM {table}")
        for table, rows in record.items():
            await connection.copy_records_to_table(
                table, columns=list(rows[0].keys()), records=[tuple(row) for row in rows]
            )
    finally:
        await connection.close()


@pytest.mark.slow
def test_a_dump_in_another_cluster_begins_a_new_baseline(
    cluster: Cluster, export: Callable[[str], dict[str, Any]], postgres_server: PostgresServer
) -> None:
    """The rows keep their transactions, which the other cluster may reach only later."""
    spend_transactions(cluster.url, 500)
    export(cluster.url)
    add_rows(cluster.url, "before")
    export(cluster.url)
    with running_postgres() as server:
        server.create_database(NAME)
        other = Cluster(server)
        cluster.dump_to(other)
        newest = "SELECT max(tx) >= pg_snapshot_xmax(pg_current_snapshot()) FROM log_entries"
        assert query(other.url, newest) == [(True,)]
        again = export(other.url)
        assert (again["number"], mode(again)) == (3, "whole")
        assert "another PostgreSQL cluster" in again["reason"]
        add_rows(other.url, "after")
        later = export(other.url)
        assert (mode(later), later["kinds"]["logs"]["added"]) == ("append", 5)


def test_an_older_copy_of_a_sqlite_file_continues_the_version_that_it_knows(
    sqlite_url: str, tmp_path: Path, export: Callable[[str], dict[str, Any]]
) -> None:
    """SQLite gives the same ids out again, but the record of versions is from the copy, too."""
    fill_all(sqlite_url, ROWS)
    export(sqlite_url)
    path = sqlite_path(sqlite_url)
    query(sqlite_url, "PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(path, tmp_path / "copy.db")
    add_rows(sqlite_url, "lost")
    assert export(sqlite_url)["number"] == 2
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "copy.db", path)
    add_rows(sqlite_url, "instead")
    again = export(sqlite_url)
    assert (again["number"], mode(again), again["kinds"]["logs"]["added"]) == (2, "append", 5)
