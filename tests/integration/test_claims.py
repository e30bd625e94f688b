"""Claims, leases and fences on both databases: who works on what, and who does not any more."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from lumber.errors import LeaseLost
from lumber.exports.folding import FoldedResults
from lumber.exports.ledger.rows import Claim
from lumber.exports.progress import ExportProgress
from lumber.store.clock import database_now
from tests.integration.book import (
    CONFIG,
    COUNTS,
    FILES,
    HOLDERS_STEPS,
    LEASE_SECONDS,
    MAX_ATTEMPTS,
    PLAN,
    RESULT,
    Book,
    open_book,
    progress,
)


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Book]:
    async with open_book(database_url) as book:
        yield book


async def created(book: Book, hours_ago: float) -> str:
    export_id = (await book.ledger.create(CONFIG)).export_id
    await book.set(export_id, created_at=datetime.now(UTC) - timedelta(hours=hours_ago))
    return export_id


async def now_of(book: Book) -> datetime:
    async with book.database.session() as session:
        return await database_now(session)


async def taken(book: Book, *, max_rows: int | None = None) -> str | None:
    claim = await book.next(max_rows=max_rows)
    return None if claim is None else claim.export_id


# What is claimed.


async def test_a_claim_names_its_owner_and_counts_on(book: Book) -> None:
    export_id = (await book.ledger.create(CONFIG)).export_id
    before = await now_of(book)
    first = await book.next("one")
    assert first == Claim(export_id, "one", fence=1, attempt=1)
    row = await book.row(export_id)
    assert (row.status, row.phase, row.lease_owner) == ("running", "planning", "one")
    lease = timedelta(seconds=LEASE_SECONDS)
    assert before + lease <= row.lease_until <= await now_of(book) + lease
    await book.ledger.planned(first, PLAN)
    await book.ledger.hand_back(first)
    assert await book.claimed(export_id, "two") == Claim(export_id, "two", fence=2, attempt=2)
    assert (await book.ledger.get(export_id)).phase == "exporting"


async def test_the_queue_is_taken_oldest_first(book: Book) -> None:
    middle, young, old = await created(book, 2), await created(book, 1), await created(book, 3)
    assert [await taken(book) for _ in range(4)] == [old, middle, young, None]


async def test_lost_exports_are_taken_before_the_queue(book: Book) -> None:
    old = await created(book, 3)
    lost = [(await book.running(owner)).export_id for owner in ("x", "y")]
    held = (await book.running("z")).export_id
    for hours, export_id in zip((1, 2), lost, strict=True):
        await book.lose(export_id)
        await book.set(export_id, created_at=datetime.now(UTC) - timedelta(hours=hours))
    assert [await taken(book) for _ in range(4)] == [lost[1], lost[0], old, None]
    assert (await book.row(held)).lease_owner == "z"


async def test_a_lease_that_holds_is_not_taken(book: Book) -> None:
    claim = await book.running()
    assert await taken(book) is None
    await book.lose(claim.export_id)
    assert await taken(book) == claim.export_id


async def test_an_export_that_has_to_wait_is_taken_when_its_time_has_come(book: Book) -> None:
    waits, young = await created(book, 3), await created(book, 1)
    await book.set(waits, not_before=datetime.now(UTC) + timedelta(seconds=50))
    assert [await taken(book) for _ in range(2)] == [young, None]
    await book.set(waits, not_before=datetime.now(UTC) - timedelta(seconds=1))
    assert await taken(book) == waits
    assert (await book.ledger.get(waits)).next_attempt_at is None


async def test_the_export_of_a_command_is_not_taken_from_the_queue(book: Book) -> None:
    await book.ledger.create(CONFIG, executor="command")
    assert await taken(book) is None


async def test_the_lane_for_short_exports_passes_over_long_ones(book: Book) -> None:
    long, short, unknown = await created(book, 3), await created(book, 2), await created(book, 1)
    await book.set(long, planned_rows=101)
    await book.set(short, planned_rows=100)
    assert [await taken(book, max_rows=100) for _ in range(3)] == [short, unknown, None]
    assert await taken(book) == long


async def test_a_long_export_that_is_lost_waits_for_the_other_lane_too(book: Book) -> None:
    claim = await book.running()
    await book.ledger.planned(claim, {"rows": 101})
    await book.lose(claim.export_id)
    assert await taken(book, max_rows=100) is None
    assert await taken(book) == claim.export_id


async def test_workers_that_race_never_get_the_same_export(book: Book) -> None:
    ids = {(await book.ledger.create(CONFIG)).export_id for _ in range(12)}
    lost = await book.running("dead")
    await book.lose(lost.export_id)
    taken_ids: list[str] = []

    async def work(name: str) -> None:
        # An answer of None is no proof that the queue is empty: others may hold its rows just now.
        while len(taken_ids) < len(ids) + 1:
            claim = await book.next(name)
            if claim is not None:
                taken_ids.append(claim.export_id)

    await asyncio.gather(*(work(f"w{number}") for number in range(8)))
    assert sorted(taken_ids) == sorted(ids | {lost.export_id})
    assert await book.next() is None
    for export_id in ids:
        assert len(await book.outcomes(export_id)) == 1


async def test_a_hundred_workers_get_one_export_once(book: Book) -> None:
    export_id = (await book.ledger.create(CONFIG)).export_id
    claims = await asyncio.gather(*(book.next(f"w{number}") for number in range(100)))
    (won,) = [claim for claim in claims if claim is not None]
    assert (won.export_id, won.fence) == (export_id, 1)
    assert (await book.row(export_id)).lease_owner == won.owner


# The lease.


async def test_a_lease_is_renewed_on_the_databases_clock(book: Book) -> None:
    claim = await book.running()
    await book.lose(claim.export_id)
    before = await now_of(book)
    await book.ledger.renew(claim, 30)
    lease_until = (await book.row(claim.export_id)).lease_until
    assert before + timedelta(seconds=30) <= lease_until <= await now_of(book) + timedelta(seconds=30)
    assert await taken(book) is None


async def test_progress_is_recorded_and_never_goes_backwards(book: Book) -> None:
    claim = await book.running()

    async def told(update: ExportProgress | None) -> ExportProgress | None:
        await book.ledger.renew(claim, LEASE_SECONDS, update)
        return (await book.ledger.progress([claim.export_id]))[claim.export_id][1]

    assert await told(progress(40)) == progress(40)
    assert await told(progress(30)) == progress(40)
    assert await told(None) == progress(40)
    # A new attempt that does not know its kinds yet.
    assert (await told(ExportProgress("planning"))).kinds == progress(40).kinds
    assert await told(progress(100, phase="packing")) == progress(100, phase="packing")
    assert (await book.ledger.get(claim.export_id)).phase == "packing"


async def test_a_lost_worker_hears_of_it_and_changes_nothing(book: Book) -> None:
    old = await book.running("old")
    await book.ledger.planned(old, PLAN)
    await book.lose(old.export_id)
    new = await book.next("new")
    assert new is not None
    before = await book.rows()
    for name, (step, _) in HOLDERS_STEPS.items():
        with pytest.raises(LeaseLost, match="fence 2"):
            await step(book.ledger, old)
        assert await book.rows() == before, name
    await book.ledger.complete(new, COUNTS, FILES)


async def test_a_worker_that_claims_again_is_not_who_it_was(book: Book) -> None:
    old = await book.running("same")
    await book.lose(old.export_id)
    new = await book.next("same")
    assert new is not None
    with pytest.raises(LeaseLost):
        await book.ledger.check(old)
    await book.ledger.check(new)


async def test_a_claim_on_another_export_opens_none(book: Book) -> None:
    mine, other = await book.running("mine"), await book.running("other")
    await book.ledger.hand_back(other)
    other = await book.claimed(other.export_id, "other")
    with pytest.raises(LeaseLost):
        await book.ledger.check(Claim(other.export_id, "mine", mine.fence, mine.attempt))


# How attempts end.


async def test_the_worker_after_a_lost_one_goes_on_from_what_is_finished(book: Book) -> None:
    old = await book.running("old")
    await book.ledger.planned(old, PLAN)
    await book.ledger.partition_done(old, RESULT)
    await book.ledger.request_cancel(old.export_id)
    await book.lose(old.export_id)
    new = await book.next("new")
    assert new is not None
    job = await book.ledger.job(new)
    assert (job.plan, job.results) == (PLAN, FoldedResults([RESULT]))
    assert await book.ledger.renew(new, LEASE_SECONDS)  # the wish to cancel too
    assert await book.outcomes(old.export_id) == [
        (1, "old", "lost", "worker_lost"),
        (2, "new", None, None),
    ]


async def test_an_export_that_loses_every_worker_fails(book: Book) -> None:
    claim = await book.running("w1")
    await book.ledger.partition_done(claim, RESULT)
    for attempt in range(2, MAX_ATTEMPTS + 1):
        await book.lose(claim.export_id)
        again = await book.next(f"w{attempt}")
        assert again is not None
        assert again.attempt == attempt
    await book.lose(claim.export_id)
    assert await book.next() is None
    found = await book.ledger.get(claim.export_id)
    assert (found.status, found.error_code) == ("failed", "worker_lost")
    assert "failure 3 of 3 allowed" in found.error_message
    assert "then retry the export" in found.error_message
    assert [each[2] for each in await book.outcomes(claim.export_id)] == ["lost"] * MAX_ATTEMPTS
    await book.ledger.retry(claim.export_id)
    retried = await book.next("w4")
    assert retried is not None
    assert (await book.ledger.job(retried)).results == FoldedResults([RESULT])


async def test_an_export_is_tried_again_after_a_wait_that_doubles(book: Book) -> None:
    claim = await book.running("w1")
    waits = []
    for attempt in range(1, 9):
        before = await now_of(book)
        again = await book.ledger.try_again(
            claim, "source_failed", "It is away.", max_attempts=9, wait_seconds=2
        )
        after = await now_of(book)
        assert (again.status, again.error_code) == ("pending", "source_failed")
        assert again.error_message == "It is away."
        waits.append(min(2 * 2 ** (attempt - 1), 60))
        wait = timedelta(seconds=waits[-1])
        assert before + wait <= again.next_attempt_at <= after + wait
        assert await book.next() is None
        await book.set(claim.export_id, not_before=before)
        claim = await book.next(f"w{attempt + 1}")
        assert claim is not None
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]
    last = await book.ledger.try_again(claim, "source_failed", "Still.", max_attempts=9, wait_seconds=2)
    assert (last.status, last.error_code, last.error_message) == ("failed", "source_failed", "Still.")
    assert [each[2] for each in await book.outcomes(claim.export_id)] == ["failed"] * 9


async def test_what_is_finished_is_kept_for_the_retry_after_the_last_attempt(book: Book) -> None:
    claim = await book.running()
    await book.ledger.planned(claim, PLAN)
    await book.ledger.partition_done(claim, RESULT)
    failed = await book.ledger.try_again(claim, "disk_full", "Full.", max_attempts=1, wait_seconds=2)
    assert failed.status == "failed"
    await book.ledger.retry(claim.export_id)
    job = await book.ledger.job(await book.claimed(claim.export_id))
    assert (job.plan, job.results) == (PLAN, FoldedResults([RESULT]))


async def test_losses_and_failures_count_together(book: Book) -> None:
    claim = await book.running()
    await book.ledger.try_again(claim, "source_failed", "Away.", max_attempts=3, wait_seconds=0)
    await book.claimed(claim.export_id)
    await book.lose(claim.export_id)
    again = await book.next()
    assert again is not None
    lost = (await book.ledger.details(claim.export_id)).attempts[1]
    assert "failure 2 of 3 allowed" in lost.error_message
    assert "retry" not in lost.error_message  # it is tried again by itself
    failed = await book.ledger.try_again(again, "source_failed", "Away.", max_attempts=3, wait_seconds=0)
    assert failed.status == "failed"


async def test_an_export_that_is_handed_back_is_next_and_has_lost_no_attempt(book: Book) -> None:
    claim = await book.running()
    handed = await book.ledger.hand_back(claim)
    assert (handed.status, handed.error_code, handed.next_attempt_at) == ("pending", None, None)
    row = await book.row(claim.export_id)
    assert (row.failures, row.lease_owner, row.lease_until, row.phase) == (0, None, None, None)
    assert await taken(book) == claim.export_id
    assert await book.outcomes(claim.export_id) == [(1, "a", "handed_back", None), (2, "b", None, None)]


# Commands, which run their export themselves.


async def lost_command(book: Book) -> str:
    export_id = (await book.ledger.create(CONFIG, executor="command")).export_id
    await book.claimed(export_id, "command")
    await book.lose(export_id)
    return export_id


async def assert_command_lost(book: Book, export_id: str) -> None:
    found = await book.ledger.get(export_id)
    assert (found.status, found.error_code) == ("failed", "command_lost")
    assert "Run it again, or retry" in found.error_message
    assert await book.outcomes(export_id) == [(1, "command", "lost", "command_lost")]


async def test_a_lost_command_is_failed_by_the_next_worker(book: Book) -> None:
    export_id = await lost_command(book)
    assert await book.next() is None
    await assert_command_lost(book, export_id)


async def test_lost_commands_are_failed_and_nothing_else(book: Book) -> None:
    export_id = await lost_command(book)
    held = (await book.ledger.create(CONFIG, executor="command")).export_id
    await book.claimed(held, "command")
    service = await book.running()
    await book.lose(service.export_id)
    fresh = (await book.ledger.create(CONFIG, executor="command")).export_id
    assert await book.ledger.fail_lost_commands() == 1
    await assert_command_lost(book, export_id)
    assert [await book.status(each) for each in (held, service.export_id, fresh)] == [
        "running",
        "running",
        "pending",
    ]
    assert await book.ledger.fail_lost_commands() == 0


async def test_a_command_that_ended_before_it_began_is_failed_too(book: Book) -> None:
    export_id = (await book.ledger.create(CONFIG, executor="command")).export_id
    await book.set(export_id, created_at=datetime.now(UTC) - timedelta(hours=1))
    waiting = await created(book, 1)
    assert await book.ledger.fail_lost_commands() == 1
    found = await book.ledger.get(export_id)
    assert (found.status, found.error_code) == ("failed", "command_lost")
    assert await book.status(waiting) == "pending"


async def test_a_command_is_failed_once_when_many_look(book: Book) -> None:
    ids = [await lost_command(book) for _ in range(3)]
    found = await asyncio.gather(*(book.ledger.fail_lost_commands() for _ in range(5)))
    assert sum(found) == len(ids)
    for export_id in ids:
        await assert_command_lost(book, export_id)


# Workers and commands that were only slow.


async def test_a_command_taken_for_lost_goes_on_when_it_reports_back(book: Book) -> None:
    for name, (step, end) in HOLDERS_STEPS.items():
        claim = await book.claimed((await book.ledger.create(CONFIG, executor="command")).export_id)
        await book.ledger.planned(claim, PLAN)
        await book.lose(claim.export_id)
        assert await book.ledger.fail_lost_commands() == 1
        await step(book.ledger, claim)
        assert await book.status(claim.export_id) == (end or "running"), name
        (attempt,) = await book.outcomes(claim.export_id)
        assert (attempt[2] is None) == (end is None)
        assert "lost" not in str(attempt), name
        if end is None:
            assert await now_of(book) < (await book.row(claim.export_id)).lease_until
            await book.ledger.cancelled(claim)


async def test_a_worker_that_was_the_last_one_to_be_lost_goes_on_when_it_reports_back(book: Book) -> None:
    claim = await book.running("w1")
    for attempt in range(2, MAX_ATTEMPTS + 1):
        await book.lose(claim.export_id)
        again = await book.next(f"w{attempt}")
        assert again is not None
    await book.lose(claim.export_id)
    assert await book.next() is None
    assert await book.status(claim.export_id) == "failed"
    await book.ledger.partition_done(again, RESULT)
    row = await book.row(claim.export_id)
    assert (row.status, row.lease_owner, row.failures) == ("running", again.owner, MAX_ATTEMPTS - 1)
    await book.ledger.complete(again, COUNTS, FILES)
    assert [each[2] for each in await book.outcomes(claim.export_id)] == ["lost", "lost", "completed"]


async def test_a_retried_export_belongs_to_nobody_who_had_it(book: Book) -> None:
    export_id = await lost_command(book)
    claim = Claim(export_id, "command", 1, 1)
    await book.ledger.fail_lost_commands()
    await book.ledger.retry(export_id)
    with pytest.raises(LeaseLost):
        await book.ledger.renew(claim, LEASE_SECONDS)
    assert await book.status(export_id) == "pending"


async def test_a_lost_attempt_whose_worker_is_alive_does_not_count(book: Book) -> None:
    """Every worker is too slow for its lease, and says so: the export never fails of it."""
    claim = await book.running("w1")
    for attempt in range(2, 2 * MAX_ATTEMPTS):
        await book.lose(claim.export_id)
        again = await book.next(f"w{attempt}")
        assert again is not None
        before = await book.ledger.get(claim.export_id)
        for _ in range(2):  # told twice, it is taken back once
            await book.ledger.report_late(claim)
        assert await book.ledger.get(claim.export_id) == before
        assert (await book.row(claim.export_id)).failures == 0
        claim = again
    await book.ledger.complete(claim, COUNTS, FILES)
    *late, last = await book.outcomes(claim.export_id)
    assert {each[2:] for each in late} == {("lost", "worker_late")}
    assert last[2:] == ("completed", None)


async def test_only_a_lost_attempt_can_be_reported_late(book: Book) -> None:
    claim = await book.running()
    await book.ledger.try_again(claim, "source_failed", "Away.", max_attempts=3, wait_seconds=0)
    before = await book.rows()
    await book.ledger.report_late(claim)
    assert await book.rows() == before


async def test_a_worker_does_not_take_over_from_itself(book: Book) -> None:
    mine, other = await book.running("me"), await book.running("other")
    await book.lose(mine.export_id)
    await book.lose(other.export_id)
    running = {mine.export_id}
    taken_over = await book.ledger.claim_next("me", LEASE_SECONDS, max_attempts=MAX_ATTEMPTS, running=running)
    assert taken_over is not None
    assert taken_over.export_id == other.export_id
    again = await book.ledger.claim_next("me", LEASE_SECONDS, max_attempts=MAX_ATTEMPTS, running=running)
    assert again is None
    assert await book.ledger.renew(mine, LEASE_SECONDS) is False


# Clocks that jump.


async def test_a_lease_of_a_clock_that_was_set_back_ends(book: Book) -> None:
    """The holder died before the clock was corrected. Waiting for its lease would take years."""
    claim = await book.running()
    await book.set(claim.export_id, lease_until=datetime.now(UTC) + timedelta(days=400))
    assert await taken(book) == claim.export_id


async def test_a_command_survives_a_clock_that_is_set_back(book: Book) -> None:
    claim = await book.claimed((await book.ledger.create(CONFIG, executor="command")).export_id)
    await book.set(claim.export_id, lease_until=datetime.now(UTC) + timedelta(days=400))
    assert await book.ledger.fail_lost_commands() == 1
    await book.ledger.renew(claim, LEASE_SECONDS)
    assert await book.ledger.fail_lost_commands() == 0
    assert await book.status(claim.export_id) == "running"


async def test_a_wait_of_a_clock_that_was_set_back_ends(book: Book) -> None:
    """No attempt waits longer than a minute."""
    waits = await created(book, 3)
    await book.set(waits, not_before=datetime.now(UTC) + timedelta(days=400))
    assert await taken(book) == waits


async def test_a_command_that_a_clock_made_late_begins_all_the_same(book: Book) -> None:
    export_id = (await book.ledger.create(CONFIG, executor="command")).export_id
    await book.set(export_id, created_at=datetime.now(UTC) - timedelta(days=1))
    assert await book.ledger.fail_lost_commands() == 1
    claim = await book.claimed(export_id, "command")
    assert (claim.fence, await book.status(export_id)) == (1, "running")
