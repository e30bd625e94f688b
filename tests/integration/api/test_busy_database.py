"""A busy database: what has connections of its own goes on, and the others are served in order of arrival."""

import asyncio
import sqlite3
from contextlib import AsyncExitStack
from pathlib import Path
from threading import Thread

import asyncpg
import pytest
import sqlalchemy as sa

from lumber.api.service import Service
from lumber.errors import DatabaseBusy
from lumber.exports.locks import CREATION_LOCK
from lumber.settings import Settings
from lumber.store import connections
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.integration.api.serving import CONFIG, LONG_SECONDS, started, until
from tests.integration.datasets import query, sqlite_path

CONNECTIONS = 3
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def settings(url: str, folder: Path) -> Settings:
    # The scheduler has a connection of its own.
    return Settings(
        serve_worker=False,
        scheduler=False,
        data_dir=folder,
        database_url=url,
        database_connections=CONNECTIONS,
    )


async def hold_all(stack: AsyncExitStack, service: Service) -> None:
    """Hold every connection of the service for requests."""
    for _ in range(CONNECTIONS):
        session = await stack.enter_async_context(service.database.session())
        await session.execute(sa.text("SELECT 1"))


def end_backend(url: str, pid: int) -> None:
    """End a connection of PostgreSQL, and wait until it has ended."""
    query(url, f"SELECT pg_terminate_backend({pid}, {int(LONG_SECONDS) * 1000})")


async def test_readiness_and_changes_answer_while_all_connections_are_in_use(
    database_url: str, tmp_path: Path
) -> None:
    async with started(settings(database_url, tmp_path)) as (client, service):
        async with AsyncExitStack() as held:
            await hold_all(held, service)
            listing = asyncio.create_task(client.get("/export/"))
            async with asyncio.timeout(LONG_SECONDS):
                ready = await client.get("/health/ready")
                created = await client.post("/export/", json=CONFIG)
                path = f"/export/{created.json()['export_id']}"
                cancelled = await client.post(f"{path}/cancel")
                retried = await client.post(f"{path}/retry")
                again = await client.post(f"{path}/cancel")
                deleted = await client.delete(path)
            answers = (ready, created, cancelled, retried, again, deleted)
            assert [answer.status_code for answer in answers] == [200] * 6
            assert not listing.done()
        assert (await listing).json() == []


async def test_creations_that_wait_for_a_lock_use_one_connection(postgres_url: str, tmp_path: Path) -> None:
    async with started(settings(postgres_url, tmp_path)) as (client, _):
        outside = await asyncpg.connect(postgres_url)
        try:
            await outside.execute("SELECT pg_advisory_lock($1)", CREATION_LOCK)
            creations = [asyncio.create_task(client.post("/export/", json=CONFIG)) for _ in range(30)]
            async with asyncio.timeout(LONG_SECONDS):
                while not await outside.fetchval(WAITING):  # noqa: ASYNC110 - the database sends nothing
                    await asyncio.sleep(0.01)
                listed = await client.get("/export/")
            assert (listed.status_code, listed.json()) == (200, [])
            assert await outside.fetchval(WAITING) == 1
            # That one, the one that looks for tables to commit, and those that the list used.
            assert await outside.fetchval(OTHERS) <= 2 + CONNECTIONS
            await outside.execute("SELECT pg_advisory_unlock($1)", CREATION_LOCK)
            answers = await asyncio.gather(*creations)
        finally:
            await outside.close()
        assert {answer.status_code for answer in answers} == {200}
        ids = {answer.json()["export_id"] for answer in answers}
        assert {item["export_id"] for item in (await client.get("/export/")).json()} == ids
        assert len(ids) == 30


async def test_changes_look_for_the_write_lock_of_sqlite_until_it_is_free(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lumber.api.service._LOCK_SECONDS", 0.001)
    writer = sqlite3.connect(sqlite_path(sqlite_url), isolation_level=None)
    async with started(settings(sqlite_url, tmp_path)) as (client, _):
        export_id = (await client.post("/export/", json=CONFIG)).json()["export_id"]
        writer.execute("BEGIN IMMEDIATE")
        creations = [asyncio.create_task(client.post("/export/", json=CONFIG)) for _ in range(30)]
        cancel = asyncio.create_task(client.post(f"/export/{export_id}/cancel"))
        # Each of these takes longer than one look.
        listed = [await client.get("/export/") for _ in range(20)]
        assert {answer.status_code for answer in listed} == {200}
        assert not any(change.done() for change in (*creations, cancel))
        writer.execute("ROLLBACK")
        answers = await asyncio.gather(*creations)
        assert (await cancel).json()["status"] == "cancelled"
    writer.close()

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["export_id"] for answer in answers}) == 30


async def test_connections_are_given_out_in_order_of_arrival(either_database_url: str) -> None:
    database = open_database(DatabaseUrl.parse(either_database_url), connections=1)
    arrived: list[int] = []
    served: list[int] = []

    async def use(number: int) -> None:
        for _ in range(number):
            await asyncio.sleep(0)
        arrived.append(number)
        async with database.session() as session:
            await session.execute(sa.text("SELECT 1"))
            served.append(number)

    # In each turn of the event loop somebody arrives, also between the return of the connection and the
    # moment when the one who waits for it runs.
    await asyncio.gather(*(use(number) for number in range(200)))
    await database.close()

    assert served == arrived


async def test_a_long_wait_for_a_connection_says_that_the_database_is_busy(
    either_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_WAIT_SECONDS", 0.05)
    async with started(settings(either_database_url, tmp_path)) as (client, service):
        async with AsyncExitStack() as held:
            await hold_all(held, service)
            answer = await client.get("/export/")
            with pytest.raises(DatabaseBusy, match="LUMBER_DATABASE_CONNECTIONS"):
                await service.ledger.list()
        assert (answer.status_code, answer.json()["code"]) == (503, "database_busy")
        assert int(answer.headers["Retry-After"]) > 0
        assert "://" not in answer.text
        assert (await client.get("/export/")).status_code == 200


async def test_a_connection_that_the_server_closed_is_replaced(postgres_url: str) -> None:
    database = open_database(DatabaseUrl.parse(postgres_url))
    async with database.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
    await asyncio.to_thread(end_backend, postgres_url, driver.get_server_pid())
    await until(driver.is_closed)

    async with database.session() as session:
        assert await session.scalar(sa.text("SELECT 1")) == 1
    await database.close()


async def test_a_connection_that_was_idle_is_asked_whether_it_works(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_IDLE_SECONDS", -1.0)
    database = open_database(DatabaseUrl.parse(postgres_url))
    async with database.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
    # This event loop stands still meanwhile, so the driver doesn't know.
    ending = Thread(target=end_backend, args=(postgres_url, driver.get_server_pid()))
    ending.start()
    ending.join()
    assert not driver.is_closed()

    async with database.session() as session:
        assert await session.scalar(sa.text("SELECT 1")) == 1
    await database.close()
