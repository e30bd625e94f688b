"""Connections of cancelled tasks end, with their threads and their locks."""

import asyncio
import gc
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from lumber.store.database import Database, open_database
from lumber.store.sqlite_files import SqliteFile
from lumber.store.url import DatabaseUrl
from tests.integration.processes import PATIENCE_SECONDS


class Cancelling(threading.Event):
    """Cancels the task that asks for its method, which happens once a connection of SQLite is open."""

    @property
    def is_set(self):  # type: ignore[no-untyped-def,override]
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        return super().is_set


def test_a_task_that_is_cancelled_right_after_the_connection_opened_ends(sqlite_url: str) -> None:
    before = set(threading.enumerate())

    async def scenario() -> None:
        database = open_database(DatabaseUrl.parse(sqlite_url), stopped=Cancelling())
        try:
            async with database.connect():
                pytest.fail("it was not cancelled")
        finally:
            await database.close()

    def run() -> None:
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(scenario())

    # A daemon: if it hangs, the test fails and pytest still ends.
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(PATIENCE_SECONDS)

    assert not thread.is_alive()
    assert set(threading.enumerate()) == before


@pytest.fixture
def no_garbage_collection():
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("is_awaited", [True, False])
@pytest.mark.usefixtures("no_garbage_collection")
def test_a_cancelled_transaction_leaves_no_lock(tmp_path: Path, is_awaited: bool) -> None:
    """Nobody has collected what the tasks left behind, and their files can be written at once."""

    async def change(database: Database, begun: asyncio.Event) -> None:
        async with database.session() as session:
            await session.execute(sa.text("CREATE TABLE numbers (x INTEGER)"))
            await session.execute(sa.text("INSERT INTO numbers VALUES (1), (2), (3)"))
            begun.set()
            while True:
                await session.execute(sa.text("SELECT * FROM numbers"))

    async def scenario(path: Path, turns: int) -> None:
        database, begun = open_database(DatabaseUrl.parse(f"sqlite:///{path}")), asyncio.Event()
        task = asyncio.create_task(change(database, begun))
        await begun.wait()
        for _ in range(turns):  # to be cancelled at one step after the other
            await asyncio.sleep(0)
        task.cancel()
        if is_awaited:
            await asyncio.wait([task])
        await database.close()

    for turns in range(30):
        path = tmp_path / f"{turns}.db"
        asyncio.run(scenario(path, turns))
        with closing(sqlite3.connect(path, timeout=0)) as connection:
            connection.execute("BEGIN IMMEDIATE")


async def test_a_connection_may_be_closed_by_several(tmp_path: Path) -> None:
    file = SqliteFile(tmp_path / "some.db", busy_timeout_seconds=1, stopped=None)
    connection = await file.open()
    await asyncio.gather(connection.close(), connection.close())
    await file.close()
