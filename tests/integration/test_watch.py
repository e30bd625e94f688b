"""Following exports in the ledger: one query for everybody, and only the newest state."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from lumber.errors import DatabaseUnreachable, ExportNotFound
from lumber.exports import ExportStatusManager
from lumber.exports.watch import ExportState, ExportWatch
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.integration.api.serving import (
    LONG_SECONDS,
    advance,
    completed_export,
    running_export,
    until,
)
from tests.integration.ledgers import statements

TICK_SECONDS = 0.02


class CountingLedger(ExportStatusManager):
    """The real ledger, which also remembers what it was asked."""

    asked: list[Sequence[str]]
    pause: asyncio.Event
    failures = 0

    async def progress(self, export_ids: Sequence[str]) -> dict[str, Any]:
        self.asked.append(list(export_ids))
        await self.pause.wait()
        if self.failures:
            self.failures -= 1
            raise DatabaseUnreachable("It is away.")
        return await super().progress(export_ids)


@pytest.fixture
async def ledger(either_database_url: str) -> AsyncIterator[CountingLedger]:
    database = open_database(DatabaseUrl.parse(either_database_url))
    ledger = CountingLedger(database)
    ledger.asked, ledger.pause = [], asyncio.Event()
    ledger.pause.set()
    yield ledger
    await database.close()


@pytest.fixture
async def watch(ledger: CountingLedger) -> AsyncIterator[ExportWatch]:
    watch = ExportWatch(ledger, tick_seconds=TICK_SECONDS)
    yield watch
    await watch.close()


def rows_done(state: ExportState) -> int:
    return state.progress.rows_done if state.progress else 0


async def next_of(states: AsyncIterator[ExportState]) -> ExportState:
    return await asyncio.wait_for(anext(states), LONG_SECONDS)


async def test_a_follower_sees_the_present_every_change_and_the_end(
    ledger: CountingLedger, watch: ExportWatch
) -> None:
    claim = await running_export(ledger)
    states = watch.follow(await watch.look(claim.export_id))

    assert (await next_of(states)).export.status == "running"
    for done in (10, 50):
        await advance(ledger, claim, done)
        assert rows_done(await next_of(states)) == done
    await ledger.fail(claim, "disk_full", "The disk is full.")
    last = await next_of(states)

    assert (last.export.status, last.export.error_code) == ("failed", "disk_full")
    with pytest.raises(StopAsyncIteration):
        await next_of(states)
    assert watch.followers == 0


async def test_a_renewed_lease_is_no_change(ledger: CountingLedger, watch: ExportWatch) -> None:
    claim = await running_export(ledger)
    await advance(ledger, claim, 10)
    before = await watch.look(claim.export_id)
    await advance(ledger, claim, 10)
    after = await watch.look(claim.export_id)

    assert after.export.updated_at > before.export.updated_at
    assert after.is_as(before)


async def test_many_followers_cost_one_query_a_tick(ledger: CountingLedger, watch: ExportWatch) -> None:
    claims = [await running_export(ledger) for _ in range(3)]
    firsts = [await watch.look(claim.export_id) for claim in claims]
    ledger.asked.clear()

    async def follow(first: ExportState) -> list[int]:
        return [rows_done(state) async for state in watch.follow(first)]

    followers = [asyncio.create_task(follow(first)) for first in firsts * 100]
    await until(lambda: watch.followers == 300)
    ticks = len(ledger.asked)
    await until(lambda: len(ledger.asked) >= ticks + 3)

    assert all(sorted(ids) == sorted(claim.export_id for claim in claims) for ids in ledger.asked[ticks:])
    for claim in claims:
        await advance(ledger, claim, 100)
        await ledger.cancelled(claim)
    seen = await asyncio.wait_for(asyncio.gather(*followers), LONG_SECONDS)
    assert len(seen) == 300
    assert watch.followers == 0


async def test_looks_during_a_query_share_the_next_one(ledger: CountingLedger, watch: ExportWatch) -> None:
    claims = [await running_export(ledger) for _ in range(3)]
    ids = [claim.export_id for claim in claims]
    ledger.pause.clear()
    first = asyncio.create_task(watch.look(ids[0]))
    await until(lambda: len(ledger.asked) == 1)
    others = [asyncio.create_task(watch.look(export_id)) for export_id in [*ids * 66, "none", "none"]]
    # It is committed before the next query, which must show it.
    await asyncio.sleep(0)
    await advance(ledger, claims[1], 40)
    ledger.pause.set()
    states = await asyncio.wait_for(asyncio.gather(*others, return_exceptions=True), LONG_SECONDS)

    assert (await first).export.export_id == ids[0]
    assert ledger.asked == [[ids[0]], [*ids, "none"]]
    assert all(isinstance(state, ExportNotFound) for state in states[-2:])
    found = [state for state in states if isinstance(state, ExportState)]
    assert [state.export.export_id for state in found] == ids * 66
    assert {rows_done(state) for state in found if state.export.export_id == ids[1]} == {40}


async def test_looks_at_any_number_of_exports_need_few_statements(ledger: CountingLedger) -> None:
    ids = [(await running_export(ledger)).export_id for _ in range(9)]
    with statements(ledger._database) as seen:
        for number in range(10):
            assert set(await ledger.progress(ids[:number])) == set(ids[:number])

    assert len({text for text, _ in seen if "FROM exports" in text}) <= 6  # 0, 1, 2, 4, 8 and 16 ids


async def test_the_ledger_is_left_alone_when_nobody_follows(
    ledger: CountingLedger, watch: ExportWatch
) -> None:
    claim = await running_export(ledger)
    async with aclosing(watch.follow(await watch.look(claim.export_id))) as states:
        await next_of(states)
        await until(lambda: len(ledger.asked) > 2)
    await until(lambda: watch._poller is None)
    asked = len(ledger.asked)

    # Whoever comes later is served all the same.
    async with aclosing(watch.follow(await watch.look(claim.export_id))) as states:
        await next_of(states)
        await advance(ledger, claim, 30)
        assert rows_done(await next_of(states)) == 30
    assert len(ledger.asked) > asked


async def test_a_slow_follower_gets_the_newest_state_only(ledger: CountingLedger, watch: ExportWatch) -> None:
    claim = await running_export(ledger)
    first = await watch.look(claim.export_id)
    async with aclosing(watch.follow(first)) as slow, aclosing(watch.follow(first)) as fast:
        await next_of(slow)
        await next_of(fast)
        for done in range(10, 100, 10):
            await advance(ledger, claim, done)
            assert rows_done(await next_of(fast)) == done

        assert rows_done(await next_of(slow)) == 90
        await advance(ledger, claim, 100)
        assert rows_done(await next_of(slow)) == 100


async def test_following_ends_when_the_export_is_deleted(ledger: CountingLedger, watch: ExportWatch) -> None:
    created = await running_export(ledger)
    states = watch.follow(await watch.look(created.export_id))
    await next_of(states)
    await ledger.fail(created, "x", "x")
    await ledger.delete(created.export_id)

    # It may still hear of the failure, depending on the moment; then nothing more comes.
    rest = [state.export.status async for state in states]

    assert rest in ([], ["failed"])
    with pytest.raises(ExportNotFound):
        await watch.look(created.export_id)


async def test_a_database_that_is_away_for_a_while_is_waited_for(
    ledger: CountingLedger, watch: ExportWatch
) -> None:
    claim = await running_export(ledger)
    async with aclosing(watch.follow(await watch.look(claim.export_id))) as states:
        await next_of(states)
        ledger.failures = 3
        await until(lambda: ledger.failures == 0)
        await advance(ledger, claim, 20)
        assert rows_done(await next_of(states)) == 20


async def test_closing_ends_everybody(ledger: CountingLedger, watch: ExportWatch) -> None:
    claim = await running_export(ledger)
    first = await watch.look(claim.export_id)

    async def follow() -> int:
        return len([state async for state in watch.follow(first)])

    followers = [asyncio.create_task(follow()) for _ in range(3)]
    await until(lambda: watch.followers == 3)
    await watch.close()

    assert await asyncio.wait_for(asyncio.gather(*followers), LONG_SECONDS) == [1, 1, 1]


async def test_an_ended_export_is_told_once(
    ledger: CountingLedger, watch: ExportWatch, tmp_path: Path
) -> None:
    export_id = await completed_export(ledger, tmp_path / "done", {})

    states = [state async for state in watch.follow(await watch.look(export_id))]

    assert [state.export.status for state in states] == ["completed"]
