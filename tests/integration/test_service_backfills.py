"""Backfills of the service: asked for once, window by window, by whatever process is there."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lumber.errors import DatasetNotFound, DatasetStateError
from lumber.exports import ExportConfig
from lumber.exports.attempt import ExportRun
from lumber.exports.exporter import DataExporter
from lumber.exports.gates.gate import parse_gate
from lumber.exports.gates.stored import drop_version, set_gate
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.versions.backfilling import parse_length, plan_backfill
from lumber.exports.versions.listing import get_dataset
from lumber.schedules.backfills import (
    RunningBackfill,
    advance_backfills,
    cancel_backfill,
    list_backfills,
    start_backfill,
)
from lumber.schedules.ticker import Ticker
from lumber.settings import Settings
from lumber.store.database import Database, open_database
from lumber.store.url import DatabaseUrl
from tests.clones import make_tables
from tests.integration.datasets import execute, fill_days
from tests.integration.workers import settings_for

BUDGET_REASON = "Each window is a whole export, and a backfill needs several windows."
ASKED = ("2026-01-01", None, "7d")
CONFIG = ExportConfig(data_types=["logs"], dataset="plant", incremental=True, start_date="2026-01-29")


class Service:
    """A ledger with a dataset of the last 12 of 40 days, and a worker that runs what is queued."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = self.opened()

    def opened(self) -> Database:
        return open_database(DatabaseUrl.parse(str(self.settings.database_url)))

    async def restart(self) -> None:
        await self.database.close()
        self.database = self.opened()

    async def export(self) -> None:
        await DataExporter(CONFIG, settings=self.settings, database=self.database).export_data()

    async def start(
        self, asked: tuple[str, str | None, str] = ASKED, owner: str | None = None
    ) -> RunningBackfill:
        length = parse_length(asked[2])
        planned = await plan_backfill(self.database, "plant", asked[0], asked[1], length, counts=False)
        async with self.database.session() as session:
            return await start_backfill(session, planned, asked, owner)

    async def look(self, max_queued: int | None = None) -> int:
        return await advance_backfills(self.database, max_queued)

    async def latest(self) -> RunningBackfill:
        async with self.database.session() as session:
            return (await list_backfills(session, "PLANT"))[0]

    async def work(self) -> str:
        """Run the export that is queued, and return its status."""
        ledger = ExportStatusManager(self.database)
        claim = await ledger.claim_next("worker", 600, max_attempts=1)
        assert claim is not None
        try:
            return (await ExportRun(claim, self.database, self.settings).run()).status
        except Exception:  # noqa: BLE001 - the ledger has it
            return (await ledger.get(claim.export_id)).status

    async def added(self) -> list[int]:
        found = await get_dataset(self.database, "plant")
        return [each.added for each in reversed(found.versions)]


@pytest.fixture
async def service(either_database_url: str, tmp_path: Path) -> AsyncIterator[Service]:
    await asyncio.to_thread(make_tables, either_database_url)
    await asyncio.to_thread(fill_days, either_database_url, 40)
    made = Service(settings_for(either_database_url, tmp_path / "data", max_attempts=1))
    try:
        await made.export()
        yield made
    finally:
        await made.database.close()


async def test_each_window_follows_the_one_before_also_after_a_restart(service: Service) -> None:
    begun = await service.start()
    assert (begun.state, begun.windows, begun.done) == ("running", 4, 0)
    assert (await service.start()).backfill_id == begun.backfill_id
    with pytest.raises(DatasetStateError, match="from 2026-01-01 is running"):
        await service.start(("2026-01-05", None, "1d"))
    for done in range(4):
        # Two schedulers look at once, and a third one later: one window is queued.
        assert sorted(await asyncio.gather(service.look(), service.look())) == [0, 1]
        assert await service.look() == 0
        assert (await service.latest()).done == done
        await service.restart()
        assert await service.work() == "completed"
    assert await service.look() == 0
    found = await service.latest()
    assert (found.state, found.done, found.reason) == ("completed", 4, None)
    assert found.finished_at is not None
    assert await service.added() == [12, 7, 7, 7, 7]


async def test_it_is_cancelled_and_goes_on_where_it_ended(service: Service) -> None:
    begun = await service.start()
    await service.look()
    await service.work()
    # The scheduler of the service does the same.
    assert await Ticker(service.database, None).tick() == 1
    async with service.database.session() as session:
        with pytest.raises(DatasetNotFound, match="has no backfill"):
            await cancel_backfill(session, "plant", "typo")
        for _ in range(2):
            stopped = await cancel_backfill(session, "plant", begun.backfill_id)
    assert (stopped.state, stopped.done) == ("cancelled", 1)
    assert str(stopped.reason).startswith("Cancelled by ")
    assert stopped.export_id is not None
    await ExportStatusManager(service.database).request_cancel(stopped.export_id)
    assert await service.look() == 0
    again = await service.start()
    assert (again.windows, again.backfill_id != begun.backfill_id) == (3, True)
    for _ in range(3):
        assert await service.look() == 1
        await service.work()
    await service.look()
    assert (await service.latest()).state == "completed"
    assert await service.added() == [12, 7, 7, 7, 7]
    with pytest.raises(DatasetStateError, match="is completed"):
        async with service.database.session() as session:
            await cancel_backfill(session, "plant", again.backfill_id)


async def test_a_window_that_fails_ends_it_with_the_reason(
    service: Service, either_database_url: str
) -> None:
    await service.start()
    await service.look()
    await asyncio.to_thread(execute, either_database_url, "ALTER TABLE log_entries RENAME TO gone")
    assert await service.work() == "failed"
    await asyncio.to_thread(execute, either_database_url, "ALTER TABLE gone RENAME TO log_entries")
    assert await service.look() == 0
    found = await service.latest()
    assert (found.state, found.done) == ("failed", 0)
    assert found.export_id is not None
    export = await ExportStatusManager(service.database).get(found.export_id)
    assert found.reason == export.error_message


async def test_a_held_version_and_a_cancelled_export_end_it(service: Service) -> None:
    async with service.database.session() as session:
        await set_gate(session, "plant", parse_gate({"rows": {"min": 1_000}}))
    await service.start()
    await service.look()
    await service.work()
    await service.look()
    found = await service.latest()
    assert found.state == "failed"
    assert "Version 2 of plant is held" in str(found.reason)
    async with service.database.session() as session:
        await drop_version(session, "plant", 2)
        await set_gate(session, "plant", None)
    begun = await service.start()
    assert begun.windows == 4
    await service.look()
    queued = (await service.latest()).export_id
    assert queued is not None
    await ExportStatusManager(service.database).request_cancel(queued)
    await service.look()
    assert (await service.latest()).state == "cancelled"


async def test_it_waits_for_others_and_for_room_and_needs_its_owner(service: Service) -> None:
    await service.start()
    assert await service.look(max_queued=0) == 0
    waiting = await service.latest()
    assert (waiting.state, waiting.export_id) == ("running", None)
    assert "0" in str(waiting.reason)
    ledger = ExportStatusManager(service.database)
    other = await ledger.claim((await ledger.create(CONFIG)).export_id, "test", 600)
    await ledger.reserve_version(other, "plant", is_incremental=True)
    assert await service.look() == 0
    await ledger.fail(other, "test", "The test ends it.")
    assert await service.look() == 1
    assert (await service.latest()).reason is None
    async with service.database.session() as session:
        await cancel_backfill(session, "plant", (await service.latest()).backfill_id)
    await service.work()
    await service.start(owner="gone")
    await service.look()
    found = await service.latest()
    assert (found.state, found.reason) == ("failed", "The account that owns the backfill was deleted.")
