"""Previews that take long: the service goes on; they end at their deadline or when their client leaves."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from lumber.settings import Settings
from tests.integration.api.serving import CONFIG, LONG_SECONDS, served, until
from tests.integration.datasets import fill, sqlite_path

ENDLESS_VIEW = """
ALTER TABLE log_entries RENAME TO few_entries;
CREATE VIEW log_entries AS
  WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number)
  SELECT few_entries.* FROM number, few_entries;
"""


@asynccontextmanager
async def endless_logs(url: str) -> AsyncIterator[None]:
    """Let no query of the log lines end: an endless view, or a lock."""
    if url.startswith("sqlite"):
        with sqlite3.connect(sqlite_path(url)) as connection:
            connection.executescript(ENDLESS_VIEW)
        connection.close()
        yield
        return
    connection = await asyncpg.connect(url)
    async with connection.transaction():
        await connection.execute("LOCK TABLE log_entries IN ACCESS EXCLUSIVE MODE")
        yield
    await connection.close()


async def waiting_statements(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND state = 'active' AND wait_event_type = 'Lock'"
        )
    finally:
        await connection.close()


def settings_of(url: str, folder: Path, seconds: float) -> Settings:
    return Settings(serve_worker=False, data_dir=folder, database_url=url, preview_seconds=seconds)


def test_health_answers_while_a_preview_runs_and_its_client_can_stop_it_by_leaving(
    database_url: str, tmp_path: Path
) -> None:
    fill(database_url, 3)

    async def scenario() -> None:
        settings = settings_of(database_url, tmp_path, LONG_SECONDS)
        async with served(settings) as (client, service), endless_logs(database_url):
            asking = asyncio.create_task(client.post("/export/preview", json=CONFIG))
            await until(lambda: service.previews.running == 1)
            for path in ("/health/live", "/health/ready", "/export/"):
                assert (await client.get(path)).status_code == 200
            assert not asking.done()

            asking.cancel()

            await until(lambda: service.previews.running == 0)
            if not database_url.startswith("sqlite"):
                async with asyncio.timeout(LONG_SECONDS):
                    while await waiting_statements(database_url):  # noqa: ASYNC110 - it is the server's
                        await asyncio.sleep(0.01)

    asyncio.run(scenario())


def test_a_preview_ends_at_its_deadline(database_url: str, tmp_path: Path) -> None:
    fill(database_url, 3)

    async def scenario() -> None:
        settings = settings_of(database_url, tmp_path, 0.5)
        async with served(settings) as (client, service), endless_logs(database_url):
            answer = await client.post("/export/preview", json=CONFIG)
            assert answer.status_code == 503
            assert answer.json()["code"] == "preview_timeout"
            assert "0.5 s, the limit of LUMBER_PREVIEW_SECONDS" in answer.json()["detail"]
            await until(lambda: service.previews.running == 0)

    asyncio.run(scenario())


def test_more_previews_than_threads_wait_within_their_deadline(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, 3)

    async def scenario() -> None:
        settings = settings_of(sqlite_url, tmp_path, 0.5)
        async with served(settings) as (client, service), endless_logs(sqlite_url):
            asked = [client.post("/export/preview", json=CONFIG) for _ in range(9)]
            assert {answer.status_code for answer in await asyncio.gather(*asked)} == {503}
            await until(lambda: service.previews.running == 0)

    asyncio.run(scenario())


def test_an_export_is_created_when_its_folders_take_long_to_count(database_url: str, tmp_path: Path) -> None:
    fill(database_url, 3)

    async def scenario() -> None:
        settings = settings_of(database_url, tmp_path, 0.2)
        async with served(settings) as (client, service), endless_logs(database_url):
            answer = await client.post("/export/", json={**CONFIG, "partition_by": "date"})
            assert answer.json()["status"] == "pending"
            await until(lambda: service.previews.running == 0)

    asyncio.run(scenario())


@pytest.mark.parametrize("count", [10_000])
def test_the_largest_filter_is_previewed(database_url: str, tmp_path: Path, count: int) -> None:
    fill(database_url, 3)
    config = {**CONFIG, "filters": {"message": {"not_in": [f"text {n}" for n in range(count)]}}}

    async def scenario() -> None:
        async with served(settings_of(database_url, tmp_path, LONG_SECONDS)) as (client, _):
            answer = await client.post("/export/preview", json=config)
            assert answer.status_code == 200
            assert answer.json()["total_rows"] == 3

    asyncio.run(scenario())
