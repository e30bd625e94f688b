"""What goes wrong with a database is said in our words, without a password."""

import asyncio
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lumber.errors import (
    DatabaseError,
    DatabaseLocked,
    DatabaseMissing,
    DatabaseUnreachable,
    SchemaOutdated,
    SchemaUnknown,
)
from lumber.store import migrate
from lumber.store.bulk import BulkConnection
from lumber.store.database import open_database, translated
from lumber.store.migrate import SchemaState, require_schema, schema_state, upgrade
from lumber.store.url import DatabaseUrl

SECRET = "s3cr3t"

# A process of its own that holds the write lock until its standard input ends.
LOCKER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


async def connect(address: str, *, busy_timeout_seconds: float = 10.0) -> None:
    """Open the database as the ledger does, and write to it."""
    database = open_database(DatabaseUrl.parse(address), busy_timeout_seconds=busy_timeout_seconds)
    try:
        async with database.connect() as connection:
            await connection.exec_driver_sql("CREATE TABLE written (id INTEGER)")
            await connection.commit()
    finally:
        await database.close()


async def connect_bulk(address: str, *, busy_timeout_seconds: float = 10.0) -> None:
    """Open the database as bulk writing does, and write to it."""
    url = DatabaseUrl.parse(address)
    with BulkConnection(url, busy_timeout_seconds=busy_timeout_seconds) as connection:
        connection.execute("CREATE TABLE written (id INTEGER)")
        connection.commit()


WAYS = pytest.mark.parametrize("way", [connect, connect_bulk])


@contextmanager
def write_lock(path: Path) -> Iterator[None]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", LOCKER, str(path)], text=True, **pipes) as process:
        assert process.stdout.readline() == "locked\n"
        yield
        process.stdin.close()


def stamp(path: Path, revision: str) -> None:
    """Make a file whose tables claim to be of a revision."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE alembic_version (version_num TEXT NOT NULL)")
    connection.execute("INSERT INTO alembic_version VALUES (?)", [revision])
    connection.commit()
    connection.close()


@WAYS
async def test_no_server_listening_is_unreachable(way) -> None:
    with socket.socket() as unused:
        # Bound and not listening: nobody else gets the port, and nobody answers on it.
        unused.bind(("127.0.0.1", 0))
        address = f"postgresql://user:{SECRET}@127.0.0.1:{unused.getsockname()[1]}/name"
        with pytest.raises(DatabaseUnreachable, match="server runs") as caught:
            await way(address)
    assert caught.value.retryable
    assert SECRET not in f"{caught.value} {caught.value!r}"


@WAYS
async def test_a_socket_that_is_not_there_is_unreachable(way, tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnreachable):
        await way(f"postgresql://user:{SECRET}@/name?host={tmp_path}")


@WAYS
async def test_a_database_that_does_not_exist_is_unreachable(way, postgres_server) -> None:
    with pytest.raises(DatabaseUnreachable, match="nothing_here"):
        await way(postgres_server.url("nothing_here"))


@WAYS
async def test_a_user_who_is_not_known_is_unreachable(way, empty_postgres_url: str) -> None:
    address = empty_postgres_url.replace("postgres@", f"nobody_known:{SECRET}@")
    with pytest.raises(DatabaseUnreachable, match="nobody_known") as caught:
        await way(address)
    assert SECRET not in str(caught.value)


def test_a_wrong_password_is_unreachable() -> None:
    # The server of these tests asks for none, so its answer is written down here.
    url = DatabaseUrl.parse(f"postgresql://user:{SECRET}@host/name")
    error = translated(url, Exception('FATAL: password authentication failed for user "user"'))
    assert isinstance(error, DatabaseUnreachable)
    assert "password authentication failed" in str(error)
    assert SECRET not in str(error)


@WAYS
async def test_a_locked_file_says_who_to_wait_for(way, empty_sqlite_url: str, tmp_path: Path) -> None:
    path = tmp_path / "lumber.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    with write_lock(path), pytest.raises(DatabaseLocked, match="LUMBER_BUSY_TIMEOUT_SECONDS") as caught:
        await way(empty_sqlite_url, busy_timeout_seconds=0.05)
    assert caught.value.retryable
    await way(empty_sqlite_url)


@WAYS
async def test_a_file_that_is_no_database_is_named(way, empty_sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "lumber.db").write_text("This is a text. " * 100)
    with pytest.raises(DatabaseMissing, match="is not a SQLite file"):
        await way(empty_sqlite_url)


@WAYS
async def test_a_missing_folder_is_named(way, tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing, match="folder exists") as caught:
        await way(f"sqlite:///{tmp_path}/missing/lumber.db")
    assert str(tmp_path) in str(caught.value)


def test_bulk_writing_never_creates_a_file(empty_sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing):
        BulkConnection(DatabaseUrl.parse(empty_sqlite_url))
    assert not (tmp_path / "lumber.db").exists()


@pytest.mark.parametrize("content", [None, "This is a text. " * 100])
def test_a_failed_opening_leaves_no_thread_behind(
    empty_sqlite_url: str, tmp_path: Path, content: str | None
) -> None:
    # A folder cannot be opened, a text is opened and turns out to be none.
    path = tmp_path / "lumber.db"
    path.mkdir() if content is None else path.write_text(content)
    for _ in range(20):
        with pytest.raises(DatabaseMissing):
            asyncio.run(connect(empty_sqlite_url))


async def test_sql_that_fails_is_a_database_error(empty_database_url: str) -> None:
    await connect(empty_database_url)
    for way in (connect, connect_bulk):
        with pytest.raises(DatabaseError, match="already exists") as caught:
            await way(empty_database_url)
        assert type(caught.value) is DatabaseError


async def test_an_empty_database_says_how_to_fill_it(empty_database_url: str) -> None:
    database = open_database(DatabaseUrl.parse(empty_database_url))
    assert await schema_state(database) is SchemaState.EMPTY
    with pytest.raises(DatabaseMissing, match="lumber ingest"):
        await require_schema(database)
    await require_schema(database, create=True)
    assert await schema_state(database) is SchemaState.CURRENT
    await require_schema(database)
    await database.close()


async def test_tables_of_an_older_version_ask_for_migrate(
    empty_sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(DatabaseUrl.parse(empty_sqlite_url))
    await upgrade(database)
    monkeypatch.setattr(migrate, "head_revision", lambda: "a newer one")
    with pytest.raises(SchemaOutdated, match="lumber migrate"):
        await require_schema(database, create=True)
    await database.close()


async def test_tables_of_an_unknown_version_are_left_alone(empty_sqlite_url: str, tmp_path: Path) -> None:
    stamp(tmp_path / "lumber.db", "9999")
    database = open_database(DatabaseUrl.parse(empty_sqlite_url))
    with pytest.raises(SchemaUnknown, match="newer"):
        await require_schema(database, create=True)
    await database.close()
