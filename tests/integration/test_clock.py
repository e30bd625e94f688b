"""The database's clock is UTC and moves on."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from lumber.store.clock import database_now
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl


async def test_the_clock_is_utc_and_that_of_this_machine(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    database = open_database(DatabaseUrl.parse(database_url))
    try:
        # SQLite's clock ticks in milliseconds.
        before = datetime.now(UTC) - timedelta(milliseconds=1)
        async with database.session() as session:
            if not database.is_sqlite:
                await session.execute(sa.text("SET TIME ZONE 'Asia/Tokyo'"))
            now = await database_now(session)
        assert now.utcoffset() == timedelta(0)
        assert before <= now <= datetime.now(UTC) + timedelta(milliseconds=1)
    finally:
        await database.close()


async def test_the_clock_moves_on_while_a_transaction_is_open(database_url: str) -> None:
    database = open_database(DatabaseUrl.parse(database_url))
    try:
        async with database.session() as session:
            await session.execute(sa.text("CREATE TABLE begun (id INTEGER)"))
            first = await database_now(session)
            while (later := await database_now(session)) == first:
                pass
            assert later > first
    finally:
        await database.close()
