"""The keeper of a lease: it gives up what another holds, and nothing else, however late it is."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime

import pytest

from lumber.exports.lease import LeaseKeeper, StopReason
from lumber.exports.ledger.rows import Claim
from tests.integration.book import LEASE_SECONDS, Book, open_book, progress
from tests.integration.processes import PATIENCE_SECONDS, until

SHORT_SECONDS = 0.2


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Book]:
    async with open_book(database_url) as book:
        yield book


@contextmanager
def keeping(book: Book, claim: Claim, lease_seconds: float = SHORT_SECONDS) -> Iterator[list[StopReason]]:
    """Keep a claim meanwhile; yield what the keeper stops the export for."""
    stops: list[StopReason] = []
    keeper = LeaseKeeper(
        book.database.url,
        claim,
        lease_seconds=lease_seconds,
        progress=lambda: progress(10),
        on_stop=stops.append,
    )
    keeper.start()
    try:
        yield stops
    finally:
        keeper.close()


@asynccontextmanager
async def locked(book: Book) -> AsyncIterator[None]:
    """Hold all writers up."""
    async with book.database.connect() as connection:
        if book.database.is_sqlite:
            await connection.exec_driver_sql("UPDATE exports SET status = status")
        else:
            await connection.exec_driver_sql("LOCK TABLE exports IN EXCLUSIVE MODE")
        yield
        await connection.rollback()


async def renewed(book: Book, claim: Claim) -> None:
    """Wait for the next renewal of a lease."""
    before = (await book.row(claim.export_id)).lease_until
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await book.row(claim.export_id)).lease_until == before:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_lease_that_ran_out_is_renewed_late(book: Book) -> None:
    """The database lets nobody write for many times the length of the lease."""
    claim = await book.running()
    with keeping(book, claim) as stops:
        await renewed(book, claim)
        async with locked(book):
            await asyncio.sleep(5 * SHORT_SECONDS)
        await renewed(book, claim)
    assert stops == []
    assert await book.status(claim.export_id) == "running"


async def test_a_clock_that_jumps_ahead_loses_no_lease(book: Book) -> None:
    claim = await book.running()
    with keeping(book, claim, LEASE_SECONDS) as stops:
        await renewed(book, claim)
        # As after a jump: the lease ended long ago.
        await book.set(claim.export_id, lease_until=datetime(2000, 1, 1, tzinfo=UTC))
        await renewed(book, claim)
        assert await book.next() is None
    assert stops == []


async def test_a_lease_that_another_worker_took_is_given_up(book: Book) -> None:
    claim = await book.running()
    await book.lose(claim.export_id)
    assert await book.next("other") is not None
    with keeping(book, claim) as stops:
        await asyncio.to_thread(until, lambda: stops)
    assert stops == [StopReason.LEASE_LOST]


async def test_a_lease_on_a_deleted_export_is_given_up(book: Book) -> None:
    claim = await book.running()
    await book.ledger.cancelled(claim)
    await book.ledger.delete(claim.export_id)
    with keeping(book, claim) as stops:
        await asyncio.to_thread(until, lambda: stops)
    assert stops == [StopReason.LEASE_LOST]


async def test_progress_that_cannot_be_told_loses_no_lease(book: Book) -> None:
    """Whatever goes wrong in the keeper itself, it goes on trying."""
    claim = await book.running()
    failures = threading.Semaphore(3)

    def failing() -> None:
        if failures.acquire(blocking=False):
            raise MemoryError

    stops: list[StopReason] = []
    keeper = LeaseKeeper(
        book.database.url, claim, lease_seconds=SHORT_SECONDS, progress=failing, on_stop=stops.append
    )
    keeper.start()
    try:
        await renewed(book, claim)
    finally:
        keeper.close()
    assert stops == []
