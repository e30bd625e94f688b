"""Quotas of export policies: what counts, when nothing is left, and what happens to what runs."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from lumber.errors import QuotaExceeded
from lumber.exports.policies.quotas import Use, add_use, day_of, reserve_download, use_of
from lumber.identity.policies.document import PolicyDocument
from lumber.identity.policies.stored import Policy
from lumber.store.clock import database_now
from lumber.store.database import Database, open_database
from lumber.store.url import DatabaseUrl

NOW = datetime(2026, 11, 29, 23, 59, 30, tzinfo=UTC)


def policy(**rules: Any) -> Policy:
    document = PolicyDocument(name="support", applies_to={"roles": ["exporter"]}, **rules)
    return Policy("p", 1, document, NOW)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(DatabaseUrl.parse(database_url), connections=8, busy_timeout_seconds=60)
    yield opened
    await opened.close()


def test_a_day_ends_at_midnight_in_utc() -> None:
    use = Use(NOW)
    assert (use.until.isoformat(), use.retry_after_seconds) == ("2026-11-30T00:00:00+00:00", 30)
    assert day_of(NOW) == "2026-11-29"


async def test_uses_add_up_for_each_account_and_day(database: Database) -> None:
    async with database.session() as session:
        today = day_of(await database_now(session))
        for user, day in (("a", today), ("a", today), ("b", today), ("a", "2020-01-01")):
            await add_use(session, user, day, rows=3, written_bytes=2**40, downloaded_bytes=1)
    async with database.session() as session:
        use = await use_of(session, "a")
        nobody = await use_of(session, "c")
    assert (use.rows, use.written_bytes, use.downloaded_bytes, use.running_rows) == (6, 2**41, 2, 0)
    assert (nobody.rows, nobody.written_bytes) == (0, 0)


async def test_downloads_that_begin_together_do_not_take_the_same_bytes(database: Database) -> None:
    async def one() -> None:
        async with database.session() as session:
            await reserve_download(session, "a", [policy(bytes_per_day=1_000)], 400)

    done = await asyncio.gather(*(one() for _ in range(6)), return_exceptions=True)
    refused = [error for error in done if isinstance(error, QuotaExceeded)]
    assert (done.count(None), len(refused)) == (2, 4)
    assert all("rule bytes_per_day" in str(error) for error in refused)
    async with database.session() as session:
        assert (await use_of(session, "a")).downloaded_bytes == 800
