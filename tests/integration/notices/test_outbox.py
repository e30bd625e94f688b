"""The outbox: who is told what, in the transaction of the event, and claims that several processes make."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from lumber.audit.actor import Actor, ActorKind
from lumber.errors import DatabaseError
from lumber.exports import ExportStatusManager
from lumber.exports.announcing import Event, announce
from lumber.exports.sharing import set_shares
from lumber.identity.users import Account, delete_account, set_disabled, set_role
from lumber.notices import delivering
from lumber.notices.delivering import Sender, wait_seconds
from lumber.notices.document import NoticeDocument
from lumber.notices.outbox import (
    claim_next,
    count_deliveries,
    due,
    forget_old,
    list_deliveries,
    record_delivered,
)
from lumber.notices.stored import StoredNotice, create_notice, delete_notice
from lumber.schedules.definition import ScheduleDefinition
from lumber.schedules.stored import create_schedule, pause_schedule
from lumber.store.database import Database, open_database
from lumber.store.models import NoticeDelivery
from lumber.store.models.base import utc_now
from lumber.store.url import DatabaseUrl
from tests.integration.accounts import add_user, stored
from tests.integration.api.serving import completed_export, running_export, until
from tests.integration.notices.receiver import Names, receiving, send_all, settings_for, webhook
from tests.integration.processes import PATIENCE_SECONDS

ALL = [event.value for event in Event]


async def mail_notice(
    database: Database, owner: Account | None = None, name: str = "team", **values: Any
) -> StoredNotice:
    given = {"events": ALL, "to": ["team@example.org"], **values}
    async with database.session() as session:
        document = NoticeDocument(name=name, channel="email", **given)
        made = await create_notice(session, document, None if owner is None else owner.principal)
    return made.notice


def actor(account: Account) -> Actor:
    return Actor(ActorKind.USER, account.name, account.user_id)


async def told(database: Database) -> list[tuple[str, str]]:
    """Return the names of notices and what they tell, oldest first."""
    found = await stored(
        database,
        "SELECT n.name, d.event FROM notice_deliveries d JOIN notices n ON n.id = d.notice_id "
        "ORDER BY d.created_at, n.name",
    )
    return [(name, event) for name, event in found]


async def failed_export(database: Database, **values: Any) -> str:
    ledger = ExportStatusManager(database)
    claim = await running_export(ledger, **values)
    await ledger.fail(claim, "export_unbalanced", "A message with a value: 10.0.0.1")
    return claim.export_id


async def test_what_happens_to_an_export_is_told(each_database: Database, tmp_path: Path) -> None:
    notice = await mail_notice(each_database)
    await mail_notice(each_database, name="only held", events=["held"])
    await mail_notice(each_database, name="off", is_enabled=False)
    await mail_notice(each_database, name="of a dataset", datasets=["plant"])
    ledger = ExportStatusManager(each_database)
    done = await completed_export(ledger, tmp_path / "done", {"a.json": b"[]"}, processes=["secret-process"])
    lost = await failed_export(each_database)
    assert await told(each_database) == [("team", "completed"), ("team", "failed")]
    async with each_database.session() as session:
        rows = (await session.scalars(sa.select(NoticeDelivery).order_by(NoticeDelivery.created_at))).all()
    first, second = (row.payload for row in rows)
    assert first["data"] == {
        "export_id": done,
        "data_version": "1.0.0",
        "rows": 98,
        "size_bytes": 2,
    }
    assert second["data"] == {
        "export_id": lost,
        "data_version": "1.0.0",
        "error_code": "export_unbalanced",
    }
    assert {row.notice_id for row in rows} == {notice.notice_id}
    assert "secret" not in json.dumps(first)
    assert "10.0.0.1" not in json.dumps(second)


async def test_what_is_rolled_back_is_not_told(each_database: Database) -> None:
    await mail_notice(each_database)
    async with each_database.session() as session:
        assert await announce(session, Event.HELD, owner_id=None, dataset="plant") == 1
        await session.rollback()
    assert await told(each_database) == []


async def test_a_failure_with_attempts_left_is_not_told_and_the_last_one_is(database: Database) -> None:
    await mail_notice(database)
    ledger = ExportStatusManager(database)
    claim = await running_export(ledger)
    await ledger.try_again(claim, "source_failed", "gone", max_attempts=2, wait_seconds=0)
    assert await told(database) == []
    claim = await ledger.claim(claim.export_id, "a test", 60)
    await ledger.try_again(claim, "source_failed", "gone", max_attempts=2, wait_seconds=0)
    assert await told(database) == [("team", "failed")]


async def test_a_worker_or_command_that_is_lost_is_told(database: Database) -> None:
    await mail_notice(database)
    ledger = ExportStatusManager(database)
    claim = await running_export(ledger)
    async with database.session() as session:
        await session.execute(sa.text("UPDATE exports SET lease_until = 0"))
    assert await ledger.claim_next("another", 60, max_attempts=1) is None
    assert await told(database) == [("team", "failed")]
    assert claim.fence == 1


async def test_an_account_is_told_about_what_it_may_see(either: Database, tmp_path: Path) -> None:
    boss, chief = [await add_user(either, name) for name in ("boss", "chief")]
    ann, ben, carl = [await add_user(either, name, "exporter") for name in ("ann", "ben", "carl")]
    for account in (ann, ben, carl, boss):
        await mail_notice(either, account, account.name)
    await mail_notice(either, chief, "chief", is_for_all=True)
    await mail_notice(either, None, "machine")
    ledger = ExportStatusManager(either)
    claim = await running_export(ledger, by=actor(ann))
    async with either.session() as session:
        await set_shares(session, claim.export_id, ["ben"], [])
    await ledger.fail(claim, "disk_full", "full")
    names = sorted(name for name, _ in await told(either))
    assert names == ["ann", "ben", "chief", "machine"]
    # Of a schedule: nobody can share it.
    async with either.session() as session:
        assert await announce(session, Event.PAUSED, owner_id=ben.user_id, schedule="nightly") == 3
        assert await announce(session, Event.PAUSED, owner_id=None, schedule="nightly") == 2


@pytest.fixture
async def either(either_database_url: str) -> AsyncIterator[Database]:
    opened = open_database(DatabaseUrl.parse(either_database_url))
    yield opened
    await opened.close()


async def test_the_role_and_state_of_the_moment_count(database: Database, tmp_path: Path) -> None:
    await add_user(database, "first")
    chief, ann = await add_user(database, "chief"), await add_user(database, "ann", "exporter")
    await mail_notice(database, chief, "chief", is_for_all=True)
    await mail_notice(database, ann, "ann")
    await failed_export(database, by=actor(ann))
    assert sorted(await told(database)) == [("ann", "failed"), ("chief", "failed")]
    async with database.session() as session:
        await set_role(session, "chief", "exporter")
        await set_role(session, "ann", "auditor")
    await failed_export(database, by=actor(ann))
    assert len(await told(database)) == 2
    async with database.session() as session:
        await set_role(session, "ann", "viewer")
        await set_disabled(session, "ann", True)
    await failed_export(database, by=actor(ann))
    assert len(await told(database)) == 2
    # What waits is not sent to a disabled account.
    settings = settings_for(str(database.url), tmp_path)
    await send_all(Sender(database, settings, resolve=Names()))
    errors = await stored(
        database,
        "SELECT d.status, d.error FROM notice_deliveries d JOIN notices n ON n.id = d.notice_id "
        "WHERE n.name = 'ann'",
    )
    assert errors == [("failed", "the account of the notice is disabled")]


async def test_notices_go_with_their_account_and_deliveries_with_their_notice(
    each_database: Database,
) -> None:
    await add_user(each_database, "first")
    ann = await add_user(each_database, "ann", "exporter")
    await mail_notice(each_database, ann)
    mine = await mail_notice(each_database, None, "machine")
    await failed_export(each_database, by=actor(ann))
    assert len(await told(each_database)) == 2
    async with each_database.session() as session:
        await delete_account(session, "ann")
    assert await told(each_database) == [("machine", "failed")]
    async with each_database.session() as session:
        await delete_notice(session, mine.notice_id)
    assert await stored(each_database, "SELECT count(*) FROM notice_deliveries") == [(0,)]


async def test_a_notice_that_is_deleted_meanwhile_fails_no_export(postgres_url: str) -> None:
    """The deletion waits for the transaction of the event, or the event doesn't find the notice."""
    async with two(postgres_url) as (one, other):
        notice = await mail_notice(one)
        async with one.session() as session:
            assert await announce(session, Event.HELD, owner_id=None) == 1
            deletion = asyncio.create_task(_delete(other, notice.notice_id))
            await _until_waiting(one)
            assert not deletion.done()
        await deletion
        notice = await mail_notice(one)
        async with other.session() as deleting:
            await delete_notice(deleting, notice.notice_id)
            event = asyncio.create_task(failed_export(one))
            await _until_waiting(other)
            assert not event.done()
        await event
        assert await told(one) == []
        assert await stored(one, "SELECT status FROM exports") == [("failed",)]


async def test_each_delivery_is_claimed_once_by_many(each_database: Database, tmp_path: Path) -> None:
    url = each_database.url
    async with two(_text(url)) as others:
        for number in range(4):
            await mail_notice(each_database, None, f"n{number}")
        async with each_database.session() as session:
            for _ in range(2):
                assert await announce(session, Event.HELD, owner_id=None) == 4

        async def claims(database: Database) -> list[str]:
            found = []
            while True:
                async with database.session() as session:
                    claimed = await claim_next(session, 600)
                if claimed is None:
                    return found
                found.append(claimed.delivery_id)

        lists = await asyncio.gather(*map(claims, (each_database, *others)))
    ids = [each for found in lists for each in found]
    assert len(ids) == len(set(ids))
    # Who finds a row locked leaves it to the other: together they take all.
    assert len(ids) + len(await claims_left(each_database)) == 8


async def test_a_process_that_was_too_slow_records_nothing(each_database: Database) -> None:
    notice = await mail_notice(each_database)
    async with each_database.session() as session:
        await announce(session, Event.HELD, owner_id=None)
    async with each_database.session() as session:
        slow = await claim_next(session, 0.0)
    async with each_database.session() as session:
        quick = await claim_next(session, 600)
    assert slow is not None
    assert quick is not None
    assert (slow.delivery_id, slow.attempt, quick.attempt) == (quick.delivery_id, 1, 2)
    async with each_database.session() as session:
        assert not await record_delivered(session, slow, 200, None)
        (delivery,) = await list_deliveries(session, notice.notice_id)
        assert delivery.status == "pending"
    async with each_database.session() as session:
        assert await record_delivered(session, quick, 200, None)
        assert await claim_next(session, 600) is None


async def test_a_receiver_that_hangs_takes_two_places_only(database: Database, tmp_path: Path) -> None:
    with receiving() as receiver:
        slow = await webhook(database, receiver.url(), name="a")
        quick = await webhook(database, receiver.url(), name="b")
        async with database.session() as session:
            for _ in range(3):
                await announce(session, Event.HELD, owner_id=None)
        found = []
        for _ in range(6):
            async with database.session() as session:
                claimed = await claim_next(session, 600)
            found += [] if claimed is None else [claimed.notice_id]
    assert sorted(found) == sorted([slow.notice.notice_id, quick.notice.notice_id] * 2)


async def test_old_deliveries_are_forgotten_and_waiting_ones_are_not(each_database: Database) -> None:
    await mail_notice(each_database)
    async with each_database.session() as session:
        for _ in range(3):
            await announce(session, Event.HELD, owner_id=None)
    for _ in range(2):
        async with each_database.session() as session:
            claimed = await claim_next(session, 600)
            assert claimed is not None
            await record_delivered(session, claimed, 250, None)
    async with each_database.session() as session:
        first = await session.scalar(sa.select(NoticeDelivery).where(NoticeDelivery.status == "delivered"))
        assert first is not None
        first.finished_at = first.created_at.replace(year=2020)
    async with each_database.session() as session:
        assert await forget_old(session, 30) == 1
        assert await count_deliveries(session) == {"pending": 1, "delivered": 1, "failed": 0}
    assert await stored(
        each_database, "SELECT status, count(*) FROM notice_deliveries GROUP BY status ORDER BY status"
    ) == [("delivered", 1), ("pending", 1)]


def test_the_waits_grow_to_about_a_day() -> None:
    middle = [wait_seconds(attempt, chance=lambda: 0.5) for attempt in range(1, 11)]
    assert middle == [10, 30, 90, 270, 810, 2_430, 7_290, 21_600, 21_600, 21_600]
    assert 20 * 3_600 < sum(middle) < 24 * 3_600
    assert wait_seconds(1, chance=lambda: 0.0) == 8
    assert wait_seconds(1, chance=lambda: 1.0) == pytest.approx(12)


async def test_the_look_for_what_is_due_uses_the_index_of_what_waits(each_database: Database) -> None:
    """It is made every second, on a table that keeps a month of deliveries."""

    wanted = sa.select(NoticeDelivery.id).where(*due(utc_now()))
    async with each_database.session() as session:
        bound = session.get_bind()
        text = str(wanted.compile(dialect=bound.dialect, compile_kwargs={"literal_binds": True}))
        if not each_database.is_sqlite:
            await session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN " if each_database.is_sqlite else "EXPLAIN "
        plan = str((await session.execute(sa.text(explain + text.replace(":", "\\:")))).all())
    assert "ix_notice_deliveries_pending" in plan, plan


async def claims_left(database: Database) -> list[str]:
    async with database.session() as session:
        claimed = await claim_next(session, 600)
    return [] if claimed is None else [claimed.delivery_id, *await claims_left(database)]


@asynccontextmanager
async def two(url: str) -> AsyncIterator[tuple[Database, Database]]:
    """Yield two databases, as two processes have them."""
    opened = [open_database(DatabaseUrl.parse(url)) for _ in range(2)]
    try:
        yield opened[0], opened[1]
    finally:
        for each in opened:
            await each.close()


def _text(url: Any) -> str:
    return f"sqlite:///{url.path}" if url.dialect == "sqlite" else str(url.async_url)


async def _delete(database: Database, notice_id: str) -> None:
    async with database.session() as session:
        await delete_notice(session, notice_id)


async def _until_waiting(database: Database) -> None:
    """Wait until a transaction waits for another one."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            async with database.connect() as connection:
                waiting = await connection.execute(
                    sa.text(
                        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                        "AND datname = current_database()"
                    )
                )
                if waiting.scalar_one():
                    return
            await asyncio.sleep(0.01)


async def test_the_loop_survives_what_it_does_not_expect(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = [ValueError("unexpected"), DatabaseError("gone")]

    async def claim(self: Sender, delivery_id: str | None = None) -> Any:
        if errors:
            raise errors.pop()
        return await whole(self, delivery_id)

    whole = Sender.claim
    monkeypatch.setattr(Sender, "claim", claim)
    monkeypatch.setattr(delivering, "_SLOW_POLL_SECONDS", 0.01)
    with receiving() as receiver:
        await webhook(database, receiver.url())
        async with database.session() as session:
            await announce(session, Event.HELD, owner_id=None)
        loop = delivering.NoticeLoop(settings_for(str(database.url), tmp_path), resolve=Names())
        loop.start()
        try:
            await until(lambda: bool(receiver.requests))
        finally:
            await loop.stop()
    assert errors == []
    assert await stored(database, "SELECT status FROM notice_deliveries") == [("delivered",)]


async def test_a_schedule_that_pauses_is_told_without_the_text_of_the_error(database: Database) -> None:
    await mail_notice(database, datasets=["plant"])
    config = {"data_types": ["logs"], "dataset": "plant"}
    async with database.session() as session:
        definition = ScheduleDefinition(name="nightly", config=config, cron="0 2 * * *")
        row = await create_schedule(session, definition)
        row.failures = 3
        await pause_schedule(session, row, "Paused because 3 runs failed: /secret/path is full")
    async with database.session() as session:
        (delivery,) = await session.scalars(sa.select(NoticeDelivery))
    assert delivery.event == "paused"
    assert delivery.payload["data"] == {"dataset": "plant", "schedule": "nightly", "failures": 3}
