"""Several schedulers on one ledger, many schedules, and a scheduler that is killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from lumber.schedules.ticker import Ticker
from lumber.store.database import Database, open_database
from lumber.store.models import ExportStatus, ScheduleRun
from lumber.store.url import DatabaseUrl
from tests.integration.scheduling import SetClock, at, end_exports, exports, runs, scheduled

_HOURS = 6
# Each scheduler moves its own clock from hour to hour, as fast as it can.
_SCHEDULER = """
import asyncio, sys
from datetime import datetime, timedelta
from lumber.schedules.ticker import Ticker
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl

async def main(url, begin, hours):
    now = datetime.fromisoformat(begin)
    async def clock(_session):
        return now
    database = open_database(DatabaseUrl.parse(url), connections=1)
    ticker = Ticker(database, None, clock=clock)
    print("ready", flush=True)
    for _ in range(int(hours)):
        now += timedelta(hours=1)
        await ticker.tick()
    await database.close()

asyncio.run(main(*sys.argv[1:]))
"""


def started(url: str, begin: datetime, hours: int = _HOURS) -> subprocess.Popen[str]:
    """Start a scheduler in a process of its own."""
    arguments = [sys.executable, "-c", _SCHEDULER, url, begin.isoformat(), str(hours)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=os.environ)


async def made(database: Database) -> list[tuple[str, datetime, str | None]]:
    async with database.session() as session:
        found = await session.execute(
            sa.select(ScheduleRun.schedule_id, ScheduleRun.nominal_at, ScheduleRun.export_id)
        )
        return [(row.schedule_id, row.nominal_at, row.export_id) for row in found]


async def check(database: Database, ids: list[str], hours: int) -> None:
    """Each schedule has one run for each hour, and each export has one run."""
    found = await made(database)
    times = {(schedule_id, nominal_at) for schedule_id, nominal_at, _ in found}
    begin = at("2026-11-29T12:00:00")
    assert times == {(each, begin + timedelta(hours=hour)) for each in ids for hour in range(1, hours + 1)}
    of_runs = [export_id for *_, export_id in found if export_id is not None]
    assert sorted(of_runs) == sorted(export.id for export in await exports(database))
    assert len(set(of_runs)) == len(of_runs)


@pytest.mark.slow
async def test_three_processes_make_each_run_once(postgres_url: str) -> None:
    database = open_database(DatabaseUrl.parse(postgres_url))
    clock = SetClock("2026-11-29T12:00:00")
    ids = [await scheduled(database, clock, f"s{number}", catch_up="all") for number in range(10)]
    processes = [started(postgres_url, clock.now) for _ in range(3)]
    try:
        for process in processes:
            await asyncio.to_thread(process.wait, 120)
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    assert [process.returncode for process in processes] == [0, 0, 0]
    await check(database, ids, _HOURS)
    await database.close()


def test_three_threads_make_each_run_once(sqlite_url: str) -> None:
    clock = SetClock("2026-11-29T12:00:00")

    async def prepare() -> list[str]:
        database = open_database(DatabaseUrl.parse(sqlite_url))
        found = [await scheduled(database, clock, f"s{number}", catch_up="all") for number in range(5)]
        await database.close()
        return found

    async def schedule() -> None:
        own = SetClock("2026-11-29T12:00:00")
        database = open_database(DatabaseUrl.parse(sqlite_url), connections=1)
        ticker = Ticker(database, None, clock=own)
        for _ in range(_HOURS):
            own.forward(hours=1)
            await ticker.tick()
        await database.close()

    async def look(ids: list[str]) -> None:
        database = open_database(DatabaseUrl.parse(sqlite_url))
        await check(database, ids, _HOURS)
        await database.close()

    ids = asyncio.run(prepare())
    threads = [threading.Thread(target=lambda: asyncio.run(schedule())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asyncio.run(look(ids))


@pytest.mark.slow
async def test_a_killed_scheduler_leaves_no_run_without_its_export(postgres_url: str) -> None:
    database = open_database(DatabaseUrl.parse(postgres_url))
    clock = SetClock("2026-11-29T12:00:00")
    ids = [await scheduled(database, clock, f"s{number}", catch_up="all") for number in range(10)]
    for _ in range(3):
        process = started(postgres_url, clock.now)
        assert process.stdout is not None
        await asyncio.to_thread(process.stdout.readline)
        before, deadline = len(await made(database)), time.monotonic() + 60
        while len(await made(database)) < before + 7 and process.poll() is None:
            assert time.monotonic() < deadline
        process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(process.communicate)
        of_runs = [export_id for *_, export_id in await made(database) if export_id is not None]
        assert sorted(of_runs) == sorted(export.id for export in await exports(database))
    process = started(postgres_url, clock.now)
    await asyncio.to_thread(process.communicate)
    assert process.returncode == 0
    await check(database, ids, _HOURS)
    await database.close()


@pytest.mark.slow
async def test_a_thousand_schedules_cost_little_until_they_are_due(sqlite_url: str) -> None:
    database = open_database(DatabaseUrl.parse(sqlite_url))
    clock = SetClock("2026-11-29T12:00:00")
    first = await scheduled(database, clock, "first")
    await _copies(database, first, 999)
    ticker = Ticker(database, None, clock=clock)
    await ticker.tick()
    began = time.monotonic()
    for _ in range(20):
        clock.forward(seconds=1)
        assert await ticker.tick() == 0
    assert (time.monotonic() - began) / 20 < 0.25  # a look takes milliseconds
    clock.set("2026-11-29T13:00:00")
    count = 0
    while (began_now := await ticker.tick()) > 0:
        count += began_now
    assert count == 1000
    async with database.session() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(ExportStatus)) == 1000
    await database.close()


async def _copies(database: Database, schedule_id: str, count: int) -> None:
    """Add copies of a schedule in one statement."""
    columns = (
        "owner_id, config, read_kinds, cron, every_seconds, time_zone, catch_up, overlap, "
        "pause_after_failures, jitter_seconds, gate, is_paused, pause_reason, failures, next_at, due_at, "
        "created_at, updated_at"
    )
    numbers = ", ".join(f"({number})" for number in range(count))
    statement = (
        f"INSERT INTO schedules (id, name, name_key, {columns}) "
        f"SELECT id || column1, name || column1, name_key || column1, {columns} "
        f"FROM schedules, (VALUES {numbers}) WHERE id = :id"
    )
    async with database.session() as session:
        await session.execute(sa.text(statement), {"id": schedule_id})


async def test_a_worker_makes_and_runs_what_is_due(sqlite_url: str, tmp_path: Path) -> None:
    """The whole road: the command creates a schedule by hand, `lumber worker` runs its export."""
    environment = {**os.environ, "LUMBER_DATA_DIR": str(tmp_path), "LUMBER_DATABASE_URL": sqlite_url}

    def lumber(*arguments: str) -> dict[str, object]:
        command = [sys.executable, "-m", "lumber", "schedule", *arguments, "--json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        found: dict[str, object] = json.loads(done.stdout)
        return found

    created = await asyncio.to_thread(
        lumber, "add", "nightly", "--cron", "0 2 * * *", "--time-zone", "Europe/Berlin", "-d", "logs"
    )
    assert created["sentence"] == "At 02:00 every day, Europe/Berlin"
    assert len(created["next"]) == 5  # type: ignore[arg-type]
    queued = await asyncio.to_thread(lumber, "run", "nightly")
    assert queued["status"] == "queued"
    worker = await asyncio.to_thread(
        subprocess.Popen,
        [sys.executable, "-m", "lumber", "worker"],
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    database = open_database(DatabaseUrl.parse(sqlite_url))
    try:
        deadline = time.monotonic() + 60
        while True:
            stored = await _stored_status(database)
            if stored == "completed":
                break
            assert time.monotonic() < deadline, stored
            assert worker.poll() is None
    finally:
        worker.terminate()
        await asyncio.to_thread(worker.wait)
    (run,) = await runs(database, str(created["schedule_id"]))
    assert run.status == "completed"
    shown = await asyncio.to_thread(lumber, "show", "nightly")
    assert shown["last_run"] == run.model_dump(mode="json")
    await end_exports(database)
    await database.close()


async def _stored_status(database: Database) -> str | None:
    """Return the status of the only run as the scheduler has stored it."""
    async with database.session() as session:
        return await session.scalar(sa.select(ScheduleRun.status))
