"""Runs of schedules under a clock that the test sets.

What a tick asks of the database is asked on both of them: a run made, missed and made up for, and started.
The rest has no SQL of its own, and takes PostgreSQL in `make test-all` only.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from lumber.destinations.adding import Wanted, register
from lumber.destinations.credentials import Credentials
from lumber.errors import ScheduleStateError
from lumber.exports.gates.stored import drop_version, publish_version
from lumber.identity.policies.document import PolicyDocument
from lumber.identity.policies.stored import create_policy
from lumber.schedules.by_hand import run_now
from lumber.schedules.stored import resume_schedule
from lumber.store.database import Database, open_database
from lumber.store.models import DatasetVersion, NamedDataset
from lumber.store.url import DatabaseUrl
from tests.integration.accounts import add_user
from tests.integration.scheduling import (
    SetClock,
    at,
    end_exports,
    exports,
    found,
    runs,
    scheduled,
    ticker_of,
)

BUDGET_REASON = "Schedules run real exports, some on both databases."


@pytest.fixture
async def each_database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(DatabaseUrl.parse(database_url))
    yield opened
    await opened.close()


@pytest.fixture
async def database(either_database_url: str) -> AsyncIterator[Database]:
    opened = open_database(DatabaseUrl.parse(either_database_url))
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> SetClock:
    return SetClock("2026-11-29T12:30:00")


async def test_a_run_is_made_at_its_time_and_ends_with_its_export(
    each_database: Database, clock: SetClock
) -> None:
    config = {"data_types": ["logs"], "date_range": "yesterday"}
    schedule_id = await scheduled(
        each_database, clock, cron="0 2 * * *", time_zone="Europe/Berlin", config=config
    )
    ticker = ticker_of(each_database, clock)
    assert await ticker.tick() == 0
    assert await ticker.seconds_to_next(1e9) == 12.5 * 3600
    clock.set("2026-11-30T01:00:03")
    assert await ticker.tick() == 1
    assert await ticker.tick() == 0

    (export,) = await exports(each_database)
    assert export.config["start_date"] == "2026-11-28T23:00:00Z"
    assert export.config["end_before"] == "2026-11-29T23:00:00Z"
    (run,) = await runs(each_database, schedule_id)
    assert (run.nominal_at, run.status, run.export_id) == (at("2026-11-30T01:00:00"), "queued", export.id)
    await end_exports(each_database)
    await ticker.tick()
    (run,) = await runs(each_database, schedule_id)
    assert run.status == "completed"


@pytest.mark.parametrize(
    ("catch_up", "statuses"),
    [("none", ["skipped"]), ("one", ["queued"]), ("all", ["queued"] * 10)],
)
async def test_a_long_sleep_is_followed_by_what_catch_up_says(
    each_database: Database, clock: SetClock, catch_up: str, statuses: list[str]
) -> None:
    schedule_id = await scheduled(each_database, clock, catch_up=catch_up)
    clock.set("2026-11-29T22:30:00")
    ticker = ticker_of(each_database, clock)
    await ticker.tick()
    await ticker.tick()

    made = await runs(each_database, schedule_id)
    assert [run.status for run in made] == statuses
    assert made[-1].nominal_at == at("2026-11-29T22:00:00")
    assert len(await exports(each_database)) == (0 if catch_up == "none" else 1)
    if catch_up == "none":
        assert made[0].reason == "10 times were missed, because nothing scheduled then."
    clock.set("2026-11-29T23:00:01")
    await end_exports(each_database)
    await ticker.tick()
    assert (await runs(each_database, schedule_id))[-1].nominal_at == at("2026-11-29T23:00:00")


async def test_runs_that_wait_start_one_after_the_other(database: Database, clock: SetClock) -> None:
    schedule_id = await scheduled(database, clock, catch_up="all")
    clock.set("2026-11-29T15:30:00")
    ticker = ticker_of(database, clock)
    for count in (1, 2, 3):
        await ticker.tick()
        assert len(await exports(database)) == count
        await end_exports(database)
    await ticker.tick()
    assert [run.status for run in await runs(database, schedule_id)] == ["completed"] * 3


async def test_a_full_export_is_skipped_while_the_last_one_runs(database: Database, clock: SetClock) -> None:
    schedule_id = await scheduled(database, clock)
    ticker = ticker_of(database, clock)
    for hour in (13, 14):
        clock.set(f"2026-11-29T{hour}:00:00")
        await ticker.tick()
    first, second = await runs(database, schedule_id)
    assert (first.status, second.status) == ("queued", "skipped")
    assert second.reason == "The run of 2026-11-29 13:00:00 UTC has not ended."
    assert len(await exports(database)) == 1


async def test_no_time_runs_twice_when_the_clock_is_set_back(database: Database, clock: SetClock) -> None:
    schedule_id = await scheduled(database, clock)
    ticker = ticker_of(database, clock)
    for text in ("13:00:00", "12:59:30", "13:00:00", "13:00:30", "12:10:00", "13:00:00"):
        clock.set(f"2026-11-29T{text}")
        await ticker.tick()
        await end_exports(database)
    assert [run.nominal_at for run in await runs(database, schedule_id)] == [at("2026-11-29T13:00:00")]
    clock.set("2026-11-29T14:00:00")
    await ticker.tick()
    assert len(await runs(database, schedule_id)) == 2


async def test_a_clock_that_was_years_ahead_stops_no_schedule(database: Database, clock: SetClock) -> None:
    schedule_id = await scheduled(database, clock)
    ticker = ticker_of(database, clock)
    clock.set("2031-01-01T00:00:00")
    await ticker.tick()
    await end_exports(database)
    clock.set("2026-11-29T12:59:00")
    await ticker.tick()
    clock.set("2026-11-29T13:00:00")
    await ticker.tick()
    times = [run.nominal_at for run in await runs(database, schedule_id)]
    assert times == [at("2026-11-29T13:00:00"), at("2031-01-01T00:00:00")]


async def test_failures_in_a_row_pause_a_schedule_with_the_reason(
    database: Database, clock: SetClock
) -> None:
    schedule_id = await scheduled(database, clock, pause_after_failures=2)
    ticker = ticker_of(database, clock)
    for ends in (("failed", "No key."), ("completed", None), ("failed", "No disk."), ("failed", "No disk.")):
        clock.forward(hours=1)
        await ticker.tick()
        await end_exports(database, *ends)
        await ticker.tick()
    row = await found(database, schedule_id)
    assert row.is_paused
    assert row.pause_reason == "Paused because 2 runs in a row failed: No disk."
    assert row.due_at is None
    clock.forward(hours=5)
    assert await ticker.tick() == 0
    async with database.session() as session:
        resumed = await resume_schedule(session, schedule_id)
        assert (resumed.is_paused, resumed.failures, resumed.pause_reason) == (0, 0, None)


async def test_a_held_run_shows_what_a_person_decided(each_database: Database, clock: SetClock) -> None:
    schedule_id = await scheduled(each_database, clock)
    clock.set("2026-11-29T13:00:00")
    await ticker_of(each_database, clock).tick()
    (export,) = await exports(each_database)
    async with each_database.session() as session:
        session.add(NamedDataset(id="d", name="plant", name_key="plant"))
        await session.flush()
        held = DatasetVersion(dataset_id="d", number=1, export_id=export.id, state="held", is_incremental=1)
        session.add(held)
    await end_exports(each_database)
    await ticker_of(each_database, clock).tick()
    (run,) = await runs(each_database, schedule_id)
    assert (run.status, run.decision) == ("held", None)
    for decide, decision in ((publish_version, "published"), (drop_version, "dropped")):
        async with each_database.session() as session:
            await session.execute(sa.update(DatasetVersion).values(state="held"))
            await decide(session, "plant", 1)
        (run,) = await runs(each_database, schedule_id)
        assert (run.status, run.decision) == ("held", decision)


async def test_a_run_that_cannot_be_made_fails_and_says_why(database: Database, clock: SetClock) -> None:
    schedule_id = await scheduled(database, clock, owner_id="nobody", pause_after_failures=1)
    clock.forward(hours=1)
    await ticker_of(database, clock).tick()
    (run,) = await runs(database, schedule_id)
    assert (run.status, run.export_id) == ("failed", None)
    assert run.reason == "The account that owns the schedule was deleted."
    assert (await found(database, schedule_id)).is_paused


async def test_policies_are_those_of_the_time_of_the_run_and_know_its_destination(
    database: Database, clock: SetClock, tmp_path: Path
) -> None:
    await add_user(database, "root")
    owner = await add_user(database, "ada", "exporter")
    for name in ("allowed", "other"):
        wanted = Wanted.parse(name, str(tmp_path / name), {})
        await register(database, wanted, Credentials(), umask=0o077)
    ids = {
        name: await scheduled(
            database,
            clock,
            name,
            owner_id=owner.user_id,
            config={"data_types": ["logs"], "destination": destination},
        )
        for name, destination in (("a", "allowed"), ("b", "other"), ("c", None))
    }
    rules = {"applies_to": {"roles": ["exporter"]}, "destinations": [f"file://{tmp_path}/allowed"]}
    async with database.session() as session:
        await create_policy(session, PolicyDocument(name="lakes", **rules))
    clock.forward(hours=1)
    await ticker_of(database, clock).tick()
    found = {name: (await runs(database, schedule_id))[0] for name, schedule_id in ids.items()}
    assert {name: run.status for name, run in found.items()} == {"a": "queued", "b": "failed", "c": "failed"}
    assert found["a"].export_id is not None
    for name in ("b", "c"):
        assert "rule destinations: results may not go to" in str(found[name].reason)
        assert found[name].export_id is None


async def test_an_empty_range_is_skipped_and_no_failure(database: Database, clock: SetClock) -> None:
    config = {"data_types": ["logs"], "date_range": "today"}
    schedule_id = await scheduled(database, clock, cron="0 0 * * *", config=config)
    clock.set("2026-11-30T00:00:00")
    await ticker_of(database, clock).tick()
    (run,) = await runs(database, schedule_id)
    assert (run.status, run.export_id) == ("skipped", None)
    assert (await found(database, schedule_id)).failures == 0


async def test_a_run_waits_while_too_many_exports_do(each_database: Database, clock: SetClock) -> None:
    first = await scheduled(each_database, clock, "first")
    second = await scheduled(each_database, clock, "second")
    clock.forward(hours=1)
    ticker = ticker_of(each_database, clock, max_queued=1)
    await ticker.tick()
    await ticker.tick()
    of_both = [*await runs(each_database, first), *await runs(each_database, second)]
    assert sorted(run.export_id is None for run in of_both) == [False, True]
    assert {run.status for run in of_both} == {"queued"}
    await end_exports(each_database)
    await ticker.tick()
    assert len(await exports(each_database)) == 2


async def test_a_schedule_runs_once_by_hand_also_while_it_is_paused(
    database: Database, clock: SetClock
) -> None:
    schedule_id = await scheduled(database, clock)
    async with database.session() as session:
        (await session.get_one(type(await found(database, schedule_id)), schedule_id)).is_paused = 1
    async with database.session() as session:
        run = await run_now(session, schedule_id, None)
    assert run.export_id is not None
    with pytest.raises(ScheduleStateError):
        async with database.session() as session:
            await run_now(session, schedule_id, None)
    assert len(await runs(database, schedule_id)) == 1


async def test_delays_are_the_same_each_time_and_within_their_limit(
    database: Database, clock: SetClock
) -> None:
    ids = [await scheduled(database, clock, f"s{number}", jitter_seconds=600) for number in range(8)]
    rows = [await found(database, schedule_id) for schedule_id in ids]
    delays = [(row.due_at - row.next_at).total_seconds() for row in rows if row.due_at and row.next_at]
    assert all(0 <= delay <= 600 for delay in delays)
    assert len(set(delays)) > 4
    ticker = ticker_of(database, clock)
    for _ in range(24):
        clock.forward(seconds=120)
        await ticker.tick()
    made = [run for schedule_id in ids for run in await runs(database, schedule_id)]
    assert {run.nominal_at for run in made} == {at("2026-11-29T13:00:00")}
    assert len(made) == 8
