"""The ledger of exports on both databases: which step follows which, and what it remembers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from lumber.errors import (
    ExportNotFound,
    ExportStateError,
    IdempotencyConflict,
    LeaseLost,
    TooManyExports,
)
from lumber.exports import ExportMetadata, ExportStatusManager
from lumber.exports.folding import FoldedResults
from lumber.exports.ledger.rows import Claim
from lumber.exports.status import Status
from lumber.store.models import ExportStatus
from lumber.store.models.base import utc_now
from tests.integration.book import (
    CONFIG,
    COUNTS,
    FILES,
    HOLDERS_STEPS,
    LEASE_SECONDS,
    OTHER_CONFIG,
    PLAN,
    RESULT,
    Book,
    open_book,
    progress,
)

Step = Callable[[ExportStatusManager, str], Awaitable[Any]]
# What anybody may ask for.
STEPS: dict[str, Step] = {
    "claim": lambda ledger, id_: ledger.claim(id_, "a", LEASE_SECONDS),
    "request_cancel": lambda ledger, id_: ledger.request_cancel(id_),
    "retry": lambda ledger, id_: ledger.retry(id_),
    "delete": lambda ledger, id_: ledger.delete(id_),
}
# Where each step leads from each status; None: the export is gone. Other steps are refused.
ALLOWED = {
    (Status.PENDING, "claim"): Status.RUNNING,
    (Status.PENDING, "request_cancel"): Status.CANCELLED,
    (Status.RUNNING, "request_cancel"): Status.RUNNING,
    (Status.CANCELLED, "request_cancel"): Status.CANCELLED,
    (Status.FAILED, "retry"): Status.PENDING,
    (Status.CANCELLED, "retry"): Status.PENDING,
    (Status.COMPLETED, "delete"): None,
    (Status.FAILED, "delete"): None,
    (Status.CANCELLED, "delete"): None,
}
LAST_STEP = {Status.COMPLETED: "complete", Status.FAILED: "fail", Status.CANCELLED: "cancelled"}


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Book]:
    async with open_book(database_url) as book:
        yield book


async def brought_to(book: Book, status: Status) -> Claim:
    """Return the last claim on a new export of the status; one that nobody has, where it is pending."""
    if status is Status.PENDING:
        return Claim((await book.ledger.create(CONFIG)).export_id, "a", 0, 0)
    claim = await book.running()
    if status in LAST_STEP:
        await HOLDERS_STEPS[LAST_STEP[status]][0](book.ledger, claim)
    return claim


@pytest.mark.parametrize("status", Status)
async def test_every_step_is_allowed_or_refused_as_the_table_says(book: Book, status: Status) -> None:
    for name, step in STEPS.items():
        export_id = (await brought_to(book, status)).export_id
        before = await book.rows()
        if (status, name) not in ALLOWED:
            with pytest.raises(ExportStateError, match=f"{export_id} is {status}"):
                await step(book.ledger, export_id)
            assert await book.rows() == before, (status, name)
            continue
        await step(book.ledger, export_id)
        expected = ALLOWED[status, name]
        if expected is None:
            with pytest.raises(ExportNotFound):
                await book.ledger.get(export_id)
        else:
            assert await book.status(export_id) == expected, (status, name)


@pytest.mark.parametrize("status", Status)
async def test_only_the_holder_of_a_running_export_works_on_it(book: Book, status: Status) -> None:
    for name, (step, end) in HOLDERS_STEPS.items():
        claim = await brought_to(book, status)
        before = await book.rows()
        if status is Status.RUNNING:
            await step(book.ledger, claim)
            assert await book.status(claim.export_id) == (end or status), name
        else:
            with pytest.raises(LeaseLost, match=f"{claim.export_id}, which is {status} with fence"):
                await step(book.ledger, claim)
            assert await book.rows() == before, (status, name)


@pytest.mark.parametrize("export_id", ["nothing", "", "x' OR 1=1 --", "a\x00b", "\udcff"], ids=ascii)
async def test_an_unknown_id_is_not_found_by_any_step(book: Book, export_id: str) -> None:
    await book.ledger.create(CONFIG)
    before = await book.rows()
    steps: list[Step] = [
        *STEPS.values(),
        lambda ledger, id_: ledger.get(id_),
        lambda ledger, id_: ledger.details(id_),
        lambda ledger, id_: ledger.files(id_),
        *(
            lambda ledger, id_, step=step: step(ledger, Claim(id_, "a", 1, 1))
            for step, _ in HOLDERS_STEPS.values()
        ),
    ]
    for step in steps:
        with pytest.raises(ExportNotFound, match="There is no export"):
            await step(book.ledger, export_id)
    assert await book.rows() == before


async def test_a_new_export_is_pending_and_keeps_its_config(book: Book) -> None:
    before = utc_now()
    created = await book.ledger.create(CONFIG)
    found = await book.ledger.get(created.export_id)
    assert found == created
    assert found.status == "pending"
    assert found.export_config == CONFIG.as_json()
    assert (found.record_count, found.file_size, found.kinds, found.path) == (0, 0, {}, None)
    assert (found.started_at, found.finished_at, found.error_code, found.attempt) == (None, None, None, 0)
    assert before <= found.created_at == found.updated_at <= utc_now()
    assert (await book.ledger.create(CONFIG)).export_id != created.export_id


async def test_a_completed_export_has_its_counts_and_files(book: Book) -> None:
    claim = await book.running()
    await book.ledger.placed(claim, "/data/out")
    await book.ledger.complete(claim, COUNTS, FILES)
    found = await book.ledger.get(claim.export_id)
    assert (found.status, found.record_count, found.file_size) == ("completed", 9, 930)
    assert (found.kinds, found.path) == (COUNTS, "/data/out")
    files = await book.ledger.files(claim.export_id)
    assert [(f.export_id, f.path, f.kind, f.split, f.rows, f.size_bytes, f.sha256) for f in files] == [
        (claim.export_id, "ips/train-00000-of-00001.json", "ips", "train", 2, 200, "b" * 64),
        (claim.export_id, "logs/train-00000-of-00001.json", "logs", "train", 7, 700, "a" * 64),
        (claim.export_id, "rejects/logs.jsonl", "", "", 3, 30, "c" * 64),
    ]
    assert len({file.id for file in files}) == 3


async def test_an_attempt_begins_with_the_plan_and_what_is_finished(book: Book) -> None:
    claim = await book.running()
    assert (await book.ledger.job(claim)).plan is None
    await book.ledger.planned(claim, PLAN)
    await book.ledger.partition_done(claim, RESULT)
    await book.ledger.renew(claim, LEASE_SECONDS, progress(10))
    await book.ledger.hand_back(claim)
    job = await book.ledger.job(await book.claimed(claim.export_id, "b"))
    assert (job.plan, job.results, job.progress) == (PLAN, FoldedResults([RESULT]), progress(10))
    assert (job.export.status, job.export.planned_rows, job.export.attempt) == ("running", 12, 2)


@pytest.mark.parametrize("end", ["start_over", "fail", "cancelled"])
async def test_what_was_finished_is_forgotten_with_its_files(book: Book, end: str) -> None:
    claim = await book.running()
    await book.ledger.planned(claim, PLAN)
    await book.ledger.partition_done(claim, RESULT)
    await book.ledger.renew(claim, LEASE_SECONDS, progress(10))
    await HOLDERS_STEPS[end][0](book.ledger, claim)
    if end != "start_over":
        await book.ledger.retry(claim.export_id)
        claim = await book.claimed(claim.export_id, "b")
    job = await book.ledger.job(claim)
    assert (job.plan, job.results, job.progress, job.export.planned_rows) == (
        None,
        FoldedResults(),
        None,
        None,
    )


async def test_the_partitions_of_a_completed_export_are_not_kept(book: Book) -> None:
    claim = await book.running()
    await book.ledger.partition_done(claim, RESULT)
    await book.ledger.complete(claim, COUNTS, FILES)
    assert (await book.rows())["export_partitions"] == []


async def test_the_reason_of_a_failure_is_kept(book: Book) -> None:
    message = 'It\'s "full": größe, 日本, {braces}, %s and\nlines'
    claim = await book.running()
    await book.ledger.fail(claim, "disk_full", message)
    found = await book.ledger.details(claim.export_id)
    assert (found.status, found.error_code, found.error_message) == ("failed", "disk_full", message)
    assert [(each.error_code, each.error_message) for each in found.attempts] == [("disk_full", message)]


@pytest.mark.parametrize("end", [Status.COMPLETED, Status.FAILED, Status.CANCELLED])
async def test_times_are_utc_and_in_order(book: Book, end: Status) -> None:
    found = await book.ledger.details((await brought_to(book, end)).export_id)
    times = [found.created_at, found.started_at, found.finished_at]
    (attempt,) = found.attempts
    all_times = [*times, found.updated_at, attempt.started_at, attempt.finished_at]
    assert all(time.utcoffset() == timedelta(0) for time in all_times)
    assert times == sorted(times)
    assert attempt.started_at <= attempt.finished_at
    assert found.finished_at == found.updated_at
    assert utc_now() - found.created_at < timedelta(minutes=1)


async def test_progress_is_told_of_the_exports_that_exist(book: Book) -> None:
    claim, pending = await book.running(), await book.ledger.create(CONFIG)
    await book.ledger.renew(claim, LEASE_SECONDS, progress(30))
    found = await book.ledger.progress([claim.export_id, "nothing", pending.export_id])
    assert found == {
        claim.export_id: (await book.ledger.get(claim.export_id), progress(30)),
        pending.export_id: (pending, None),
    }
    assert found[claim.export_id][0].phase == "exporting"
    assert await book.ledger.progress([]) == {}


# Asking for it: cancel, retry, delete.


async def test_what_waits_is_cancelled_at_once(book: Book) -> None:
    claim = await book.running()
    await book.ledger.partition_done(claim, RESULT)
    await book.ledger.hand_back(claim)
    cancelled = await book.ledger.request_cancel(claim.export_id)
    assert (cancelled.status, cancelled.is_cancelling) == ("cancelled", False)
    assert cancelled.finished_at is not None
    assert (await book.rows())["export_partitions"] == []


async def test_a_wish_to_cancel_is_told_until_the_export_ends(book: Book) -> None:
    claim = await book.running()
    assert not await book.ledger.renew(claim, LEASE_SECONDS)
    asked = await book.ledger.request_cancel(claim.export_id)
    since = (await book.row(claim.export_id)).cancel_requested_at
    again = await book.ledger.request_cancel(claim.export_id)
    assert [each.status for each in (asked, again)] == ["running", "running"]
    assert asked.is_cancelling
    assert (await book.row(claim.export_id)).cancel_requested_at == since
    assert await book.ledger.renew(claim, LEASE_SECONDS)
    ended = await book.ledger.cancelled(claim)
    assert (ended.status, ended.is_cancelling) == ("cancelled", False)


@pytest.mark.parametrize("name", ["hand_back", "try_again"])
async def test_a_wish_to_cancel_outlives_the_worker_that_did_not_hear_it(book: Book, name: str) -> None:
    claim = await book.running()
    await book.ledger.request_cancel(claim.export_id)
    await HOLDERS_STEPS[name][0](book.ledger, claim)
    assert (await book.ledger.get(claim.export_id)).is_cancelling
    assert await book.ledger.renew(await book.claimed(claim.export_id, "b"), LEASE_SECONDS)


@pytest.mark.parametrize("end", ["fail", "complete", "cancelled"])
async def test_a_wish_to_cancel_ends_with_the_export(book: Book, end: str) -> None:
    claim = await book.running()
    await book.ledger.request_cancel(claim.export_id)
    await HOLDERS_STEPS[end][0](book.ledger, claim)
    assert not (await book.ledger.get(claim.export_id)).is_cancelling


async def test_a_retry_goes_to_a_worker_with_all_its_attempts(book: Book) -> None:
    created = await book.ledger.create(CONFIG, executor="command")
    claim = await book.claimed(created.export_id)
    await book.ledger.fail(claim, "disk_full", "The disk is full.")
    await book.set(created.export_id, failures=2)
    retried = await book.ledger.retry(created.export_id)
    assert (retried.status, retried.executor, retried.attempt) == ("pending", "service", 1)
    assert (retried.error_code, retried.error_message, retried.finished_at) == (None, None, None)
    assert (await book.row(created.export_id)).failures == 0
    claimed = await book.next()
    assert claimed is not None
    assert (claimed.export_id, claimed.attempt, claimed.fence) == (created.export_id, 2, 2)


async def test_a_retry_does_not_wait_as_long_as_the_failure_before_it_did(book: Book) -> None:
    claim = await book.running()
    await HOLDERS_STEPS["try_again"][0](book.ledger, claim)
    cancelled = await book.ledger.request_cancel(claim.export_id)
    assert cancelled.next_attempt_at is None
    await book.ledger.retry(claim.export_id)
    assert await book.next() is not None


async def test_a_deleted_export_leaves_no_row_and_the_others_alone(book: Book) -> None:
    kept, gone = await book.running(), await book.running()
    for claim in (kept, gone):
        await book.ledger.partition_done(claim, RESULT)
        await book.ledger.complete(claim, COUNTS, FILES)
    failed = await book.running()
    await book.ledger.partition_done(failed, RESULT)
    await book.ledger.try_again(failed, "source_failed", "It is away.", max_attempts=1, wait_seconds=0)
    deleted = await book.ledger.delete(gone.export_id)
    assert (deleted.export_id, deleted.status, deleted.record_count) == (gone.export_id, "completed", 9)
    await book.ledger.delete(failed.export_id)
    rows = await book.rows()
    assert {name: len(found) for name, found in rows.items()} == {
        "exports": 1,
        "export_attempts": 1,
        "export_partitions": 0,
        "export_files": 3,
    }
    assert await book.status(kept.export_id) == "completed"
    assert await book.ledger.files(kept.export_id)


async def test_an_export_ends_once_when_two_try(book: Book) -> None:
    claim = await book.running()
    ends = [book.ledger.complete(claim, COUNTS, FILES), book.ledger.cancelled(claim)]
    answers = await asyncio.gather(*ends, return_exceptions=True)
    (won,) = [answer for answer in answers if isinstance(answer, ExportMetadata)]
    assert sum(isinstance(answer, LeaseLost) for answer in answers) == 1
    assert await book.status(claim.export_id) == won.status
    assert await book.outcomes(claim.export_id) == [(1, "a", won.status, None)]


async def test_a_cancel_and_a_claim_at_once_leave_no_export_forgotten(book: Book) -> None:
    for _ in range(10):
        export_id = (await book.ledger.create(CONFIG)).export_id
        claimed, asked = await asyncio.gather(
            book.claimed(export_id), book.ledger.request_cancel(export_id), return_exceptions=True
        )
        if isinstance(claimed, Claim):
            # It was claimed first, and its holder hears of the wish.
            assert isinstance(asked, ExportMetadata)
            assert await book.ledger.renew(claimed, LEASE_SECONDS)
        else:
            assert isinstance(claimed, ExportStateError)
            assert await book.status(export_id) == "cancelled"


# Creation under a key, and under a limit.


async def test_a_key_and_a_config_name_one_export(book: Book) -> None:
    first = await book.ledger.create(CONFIG, idempotency_key="k")
    assert await book.ledger.create(CONFIG, idempotency_key="k") == first
    assert (await book.ledger.create(CONFIG, idempotency_key="K")).export_id != first.export_id
    assert (await book.ledger.create(CONFIG)).export_id != first.export_id
    with pytest.raises(IdempotencyConflict, match=f"'k' belongs to export {first.export_id}"):
        await book.ledger.create(OTHER_CONFIG, idempotency_key="k")
    assert len((await book.rows())["exports"]) == 3


async def test_a_key_answers_with_what_became_of_its_export(book: Book) -> None:
    first = await book.ledger.create(CONFIG, idempotency_key="k")
    done = await book.ledger.complete(await book.claimed(first.export_id), COUNTS, FILES)
    assert await book.ledger.create(CONFIG, idempotency_key="k", max_queued=1) == done


async def test_fifty_calls_with_one_key_make_one_export(book: Book) -> None:
    calls = [book.ledger.create(CONFIG, idempotency_key="k", max_queued=1) for _ in range(50)]
    assert len({export.export_id for export in await asyncio.gather(*calls)}) == 1
    assert len((await book.rows())["exports"]) == 1


async def test_two_configs_that_race_for_a_key_make_one_export(book: Book) -> None:
    calls = [
        book.ledger.create(config, idempotency_key="k")
        for _ in range(25)
        for config in (CONFIG, OTHER_CONFIG)
    ]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    made = [answer for answer in answers if isinstance(answer, ExportMetadata)]
    assert len(made) == 25
    assert len({export.export_id for export in made}) == 1
    assert sum(isinstance(answer, IdempotencyConflict) for answer in answers) == 25


async def test_no_more_exports_wait_or_run_than_allowed(book: Book) -> None:
    waiting = await book.ledger.create(CONFIG, max_queued=2)
    running = await book.running()
    with pytest.raises(TooManyExports, match="LUMBER_MAX_QUEUED allows 2"):
        await book.ledger.create(CONFIG, max_queued=2)
    assert len((await book.rows())["exports"]) == 2
    await book.ledger.complete(running, COUNTS, FILES)
    await book.ledger.create(CONFIG, max_queued=2)
    await book.ledger.request_cancel(waiting.export_id)
    await book.ledger.create(CONFIG, max_queued=2)


async def test_racing_calls_do_not_pass_the_limit(book: Book) -> None:
    calls = [book.ledger.create(CONFIG, max_queued=7) for _ in range(40)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(answer, TooManyExports) for answer in answers) == 33
    assert sum(isinstance(answer, ExportMetadata) for answer in answers) == 7
    assert len((await book.rows())["exports"]) == 7


# Lists.


async def test_exports_are_listed_newest_first_a_page_at_a_time(book: Book) -> None:
    ids = [(await book.ledger.create(CONFIG)).export_id for _ in range(5)]
    for hours, export_id in enumerate(ids):
        await book.set(export_id, created_at=datetime(2026, 1, 2, tzinfo=UTC) - timedelta(hours=hours))

    async def listed(**page: int) -> list[str]:
        return [export.export_id for export in await book.ledger.list(**page)]

    assert await listed() == ids
    assert await listed(limit=2) == ids[:2]
    assert await listed(limit=2, offset=2) == ids[2:4]
    assert await listed(limit=2, offset=4) == ids[4:]
    assert await listed(offset=5) == []


async def test_exports_of_the_same_moment_are_listed_in_a_fixed_order(book: Book) -> None:
    for _ in range(6):
        await book.ledger.create(CONFIG)
    async with book.database.session() as session:
        await session.execute(sa.update(ExportStatus).values(created_at=datetime(2026, 1, 1, tzinfo=UTC)))
    pages = [each.export_id for page in range(6) for each in await book.ledger.list(limit=1, offset=page)]
    assert pages == sorted(pages, reverse=True)
    assert len(set(pages)) == 6
