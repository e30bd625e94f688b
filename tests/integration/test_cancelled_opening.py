"""A task that is cancelled while its connection opens ends, and so does the connection's thread."""

import asyncio
import threading

import pytest

from lumber.store.database import open_database
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
