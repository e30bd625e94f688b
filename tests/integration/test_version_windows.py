"""Writers across windows: each version has the rows that were committed at its moment, and each once."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from lumber.exports.versions import planning
from lumber.settings import Settings
from tests.integration.datasets import at, execute
from tests.integration.windows import assert_is_table, export_version, manifest_of
from tests.integration.workers import fill_all, settings_for

BUDGET_REASON = "Each window is an export, on both databases."

ROWS = 60
INSERT = "INSERT INTO log_entries (id, timestamp, message) VALUES ($1, $2, $3)"


class Windows:
    """Exports a version after each window, and checks it against the tables."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.url = settings.effective_database_url

    def close(self) -> tuple[str, int, int, int]:
        """End a window; return how the version read log lines, and how many it added, changed and removed."""
        folder = export_version(self._settings)
        assert_is_table(self._settings, folder)
        section = manifest_of(folder)["dataset"]
        self.version_reason = str(section.get("reason"))
        found = section["kinds"]["logs"]
        self.reason = str(found.get("reason"))
        return found["mode"], found["added"], found["changed"], found["removed"]


@pytest.fixture
def windows(database_url: str, tmp_path: Path) -> Windows:
    """Windows of a dataset with one version."""
    fill_all(database_url, ROWS)
    found = Windows(settings_for(database_url, tmp_path / "data"))
    assert found.close()[0] == "whole"
    return found


class Transaction:
    """A transaction of a writer, open until the test ends it. Its rows may have any ids and times."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._transaction = connection.transaction()

    async def begin(self, *ids: int) -> None:
        await self._transaction.start()
        await self.insert(*ids)

    async def insert(self, *ids: int) -> None:
        for id_ in ids:
            await self._connection.execute(INSERT, id_, at(id_ * 1_000_000), f"row {id_}")

    async def run(self, statement: str) -> None:
        await self._connection.execute(statement)

    async def commit(self) -> None:
        await self._transaction.commit()

    async def roll_back(self) -> None:
        await self._transaction.rollback()


@asynccontextmanager
async def writer(url: str, *ids: int) -> AsyncIterator[Transaction]:
    """Begin a transaction that inserts rows with these ids."""
    connection = await asyncpg.connect(url)
    try:
        transaction = Transaction(connection)
        await transaction.begin(*ids)
        yield transaction
    finally:
        await connection.close()


@pytest.fixture
def postgres_windows(postgres_url: str, tmp_path: Path) -> Windows:
    fill_all(postgres_url, ROWS)
    found = Windows(settings_for(postgres_url, tmp_path / "data"))
    assert found.close()[0] == "whole"
    return found


async def test_late_and_rolled_back_transactions_are_in_the_window_of_their_commit(
    postgres_windows: Windows,
) -> None:
    """They commit in another order than they began, some more than a window later."""
    url = postgres_windows.url

    async def close() -> tuple[str, int, int, int]:
        return await asyncio.to_thread(postgres_windows.close)

    async with writer(url, -1, -2) as first, writer(url, -3) as second, writer(url, -4) as third:
        async with writer(url, 500) as quick:
            await quick.commit()
        assert await close() == ("append", 1, 0, 0)
        await third.commit()
        await second.insert(-5)
        async with writer(url, 501) as lost:
            await lost.roll_back()
        assert await close() == ("append", 1, 0, 0)
        await first.commit()
        async with writer(url, 502) as partly:
            await partly.run("SAVEPOINT kept")
            await partly.insert(503)
            await partly.run("SAVEPOINT undone")
            await partly.insert(504)
            await partly.run("ROLLBACK TO undone")
            assert await close() == ("append", 2, 0, 0)
            await partly.commit()
        # It began before the second version, and ends after the fourth.
        await second.commit()
        assert await close() == ("append", 4, 0, 0)
    assert await close() == ("append", 0, 0, 0)


async def test_a_change_that_commits_late_is_in_the_window_of_its_commit(postgres_windows: Windows) -> None:
    url = postgres_windows.url

    async def close() -> tuple[str, int, int, int]:
        return await asyncio.to_thread(postgres_windows.close)

    async with writer(url, -1) as late:
        await late.run("UPDATE log_entries SET message = 'changed late' WHERE id = 3")
        await late.run("DELETE FROM log_entries WHERE id = 4")
        await late.run("UPDATE anomaly_detections SET description = 'late' WHERE id = 1")
        await late.run("DELETE FROM ip_addresses WHERE id = 1")
        execute_in_thread = asyncio.to_thread(execute, url, "DELETE FROM log_entries WHERE id = 5")
        await execute_in_thread
        assert await close() == ("whole", 0, 0, 1)
        await late.commit()
    assert await close() == ("whole", 1, 1, 1)
    async with writer(url) as undone:
        await undone.run("UPDATE log_entries SET message = 'undone' WHERE id = 6")
        await undone.roll_back()
    assert await close() == ("append", 0, 0, 0)


async def test_rows_with_transactions_that_the_cluster_has_not_reached_are_read_once(
    postgres_windows: Windows,
) -> None:
    """A dump keeps the transactions of another cluster."""

    async def close() -> tuple[str, int, int, int]:
        return await asyncio.to_thread(postgres_windows.close)

    moved = "SELECT -id, timestamp, message, '9000000000' FROM log_entries WHERE id <= 3"
    async with writer(postgres_windows.url) as restoring:
        await restoring.run(f"INSERT INTO log_entries (id, timestamp, message, tx) {moved}")
        await restoring.commit()
    assert await close() == ("whole", 3, 0, 0)
    async with writer(postgres_windows.url, 500) as quick:
        await quick.commit()
    assert await close() == ("append", 1, 0, 0)


def test_a_version_that_has_seen_later_transactions_is_of_another_history(postgres_windows: Windows) -> None:
    pattern, later = r'"snapshot":\s*"\d+:\d+:', '"snapshot":"1:9000000000:'
    changed = f"watermark = regexp_replace(watermark, '{pattern}', '{later}')"
    execute(postgres_windows.url, f"UPDATE dataset_versions SET {changed}")
    assert postgres_windows.close()[0] == "whole"
    assert "an older copy of the PostgreSQL cluster" in postgres_windows.version_reason
    assert postgres_windows.close()[0] == "append"


# A change, the rows that the next version changes and removes, and why it reads all rows again.
CHANGES = (
    ("UPDATE log_entries SET message = 'new' WHERE id = 7", (1, 0), "changed or replaced"),
    ("UPDATE log_entries SET timestamp = {time} WHERE id = 8", (1, 0), "changed or replaced"),
    ("DELETE FROM log_entries WHERE id IN (2, 60)", (0, 2), "2 rows fewer"),
)


def test_changed_log_lines_are_read_again(windows: Windows) -> None:
    time = "5" if windows.url.startswith("sqlite") else "timestamptz '2026-01-01 00:00:05+00'"
    for number, (statement, (changed, removed), reason) in enumerate(CHANGES):
        new = f"SELECT {900 + number}, timestamp, 'new' FROM log_entries WHERE id = 1"
        execute(windows.url, f"INSERT INTO log_entries (id, timestamp, message) {new}")
        execute(windows.url, statement.format(time=time))
        assert windows.close() == ("whole", 1, changed, removed)
        assert reason in windows.reason
    assert windows.close() == ("append", 0, 0, 0)


async def test_postgresql_knows_without_reading_that_lines_were_only_added(
    postgres_windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres_windows.url

    async def close() -> tuple[str, int, int, int]:
        return await asyncio.to_thread(postgres_windows.close)

    async with writer(url, 500, 501) as adding:
        await adding.run("UPDATE anomaly_detections SET description = 'other' WHERE id = 1")
        await adding.commit()
    with monkeypatch.context() as patched:
        patched.delattr(planning, "rows_seen")
        assert await close() == ("append", 2, 0, 0)
    # A second change of the same session, and one that leaves the count as it is.
    async with writer(url) as changing:
        await changing.run("UPDATE log_entries SET message = 'once' WHERE id = 1")
        await changing.commit()
        assert await close() == ("whole", 0, 1, 0)
        assert await close() == ("append", 0, 0, 0)
        await changing.run("UPDATE log_entries SET message = 'twice' WHERE id = 1")
        assert await close() == ("whole", 0, 1, 0)


# What a guest of the database may do, with more rights than it should have.
UNSEEN = (
    "SET session_replication_role = replica; UPDATE log_entries SET message = 'r' WHERE id = 9; "
    "SET session_replication_role = origin",
    "ALTER TABLE log_entries DISABLE TRIGGER USER; UPDATE log_entries SET message = 'd' WHERE id = 9",
)


def test_postgresql_finds_changes_of_those_who_go_past_the_triggers(postgres_windows: Windows) -> None:
    for statement in UNSEEN:
        execute(postgres_windows.url, statement)
        assert postgres_windows.close() == ("whole", 0, 1, 0)
    for name in ("changed", "emptied", "copied"):
        execute(postgres_windows.url, f"ALTER TABLE log_entries ENABLE ALWAYS TRIGGER log_entries_{name}")
    # Lines with the transactions of others, as a dump brings them back.
    kept = "CREATE TEMP TABLE kept AS SELECT * FROM log_entries WHERE id <= 5"
    other = "UPDATE kept SET timestamp = timestamp + interval '1 second'"
    moved = f"{kept}; {other}; TRUNCATE log_entries; INSERT INTO log_entries TABLE kept"
    execute(postgres_windows.url, moved)
    assert postgres_windows.close() == ("whole", 0, 5, ROWS - 5)


def test_a_role_that_may_only_change_log_lines_is_noted_too(postgres_windows: Windows) -> None:
    url, name = postgres_windows.url, f"editor_{uuid.uuid4().hex}"
    execute(url, f"CREATE ROLE {name}; GRANT SELECT, DELETE, UPDATE, INSERT ON log_entries TO {name}")
    try:
        execute(url, f"SET ROLE {name}; DELETE FROM log_entries WHERE id = 3; RESET ROLE")
        assert postgres_windows.close() == ("whole", 0, 0, 1)
    finally:
        execute(url, f"DROP OWNED BY {name}; DROP ROLE {name}")


def test_lines_with_lower_ids_than_known_ones_are_found(windows: Windows) -> None:
    """On PostgreSQL ids mean nothing. On SQLite, explicit ids cost a whole window."""
    execute(
        windows.url,
        "INSERT INTO log_entries (id, timestamp, message) SELECT -id, timestamp, 'low' "
        "FROM log_entries WHERE id <= 3",
    )
    mode, added, changed, removed = windows.close()
    assert (mode == "append") == (not windows.url.startswith("sqlite"))
    assert (added, changed, removed) == (3, 0, 0)
    assert windows.close() == ("append", 0, 0, 0)


def test_ids_that_sqlite_gives_out_again_are_found(sqlite_url: str, tmp_path: Path) -> None:
    """As many rows with the ids of others: after `sqlite_sequence` was reset, or with REPLACE."""
    fill_all(sqlite_url, ROWS)
    windows = Windows(settings_for(sqlite_url, tmp_path / "data"))
    windows.close()
    execute(sqlite_url, f"DELETE FROM log_entries WHERE id > {ROWS - 5}")
    execute(sqlite_url, "DELETE FROM sqlite_sequence WHERE name = 'log_entries'")
    again = "INSERT INTO log_entries (timestamp, message) SELECT timestamp + 1000, 'again' FROM log_entries"
    execute(sqlite_url, f"{again} WHERE id <= 5")
    assert windows.close() == ("whole", 0, 5, 0)
    assert "were changed or replaced" in windows.reason
    execute(
        sqlite_url,
        "INSERT OR REPLACE INTO log_entries (id, timestamp, message) VALUES (9, 1, 'replaced')",
    )
    assert windows.close() == ("whole", 0, 1, 0)


def test_digests_of_an_earlier_form_and_of_the_largest_ids(sqlite_url: str, tmp_path: Path) -> None:
    """A digest that was made in another way says nothing; sums of the largest ids fit."""
    fill_all(sqlite_url, ROWS)
    windows = Windows(settings_for(sqlite_url, tmp_path / "data"))
    windows.close()
    earlier = "json_remove(json_set(watermark, '$.seen.logs.digest', 'ab'), '$.seen.logs.form')"
    execute(sqlite_url, f"UPDATE dataset_versions SET watermark = {earlier}")
    assert windows.close() == ("append", 0, 0, 0)
    largest = "INSERT INTO log_entries (id, timestamp, message) VALUES ({id}, 5, 'large')"
    for id_ in (2**62, 2**62 + 1, 2**63 - 2):
        execute(sqlite_url, largest.format(id=id_))
        assert windows.close() == ("append", 1, 0, 0)
    execute(sqlite_url, f"UPDATE log_entries SET timestamp = timestamp - 1 WHERE id = {2**62}")
    assert windows.close() == ("whole", 0, 1, 0)
