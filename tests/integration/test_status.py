"""The ledger of exports on both databases: which step follows which, and what it remembers."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from lumber.errors import ExportNotFound, ExportStateError
from lumber.exports import ExportConfig, ExportMetadata, ExportStatusManager
from lumber.exports.status import Status
from lumber.pipeline.manifest import ShardEntry
from lumber.pipeline.partition import PartitionResult
from lumber.pipeline.quality import Quality
from lumber.pipeline.staged_files import StagedFile
from lumber.store.database import Database, open_database
from lumber.store.migrate import upgrade
from lumber.store.models import ExportFile, ExportPartition, ExportStatus
from lumber.store.models.base import utc_now
from lumber.store.url import DatabaseUrl

CONFIG = ExportConfig(data_types=["logs", "ips"], start_date=datetime(2026, 1, 1, tzinfo=UTC))
COUNTS = {
    "logs": {"read": 10, "written": 7, "rejected": 3, "deduplicated": 0},
    "ips": {"read": 2, "written": 2, "rejected": 0, "deduplicated": 0},
}
FILES = [
    ShardEntry("logs/train-00000-of-00001.json", "logs", "train", 7, 700, "aa"),
    ShardEntry("ips/train-00000-of-00001.json", "ips", "train", 2, 200, "bb"),
    ShardEntry("rejects/logs.jsonl", None, None, 3, 30, "cc"),
]
RESULT = PartitionResult(
    kind="logs",
    ordinal=4,
    read=10,
    written=7,
    rejected=3,
    shards=(StagedFile("logs-p00004-a1-s00000.json", 7, 700, "aa"),),
    rejects=None,
    rules=Counter(),
    changes=Counter(),
    quality=Quality(),
)

Step = Callable[[ExportStatusManager, str], Awaitable[Any]]
STEPS: dict[str, Step] = {
    "start": lambda ledger, id_: ledger.start(id_, "/data/out"),
    "planned": lambda ledger, id_: ledger.planned(id_, {"rows": 12}),
    "partition_done": lambda ledger, id_: ledger.partition_done(id_, RESULT, 1),
    "complete": lambda ledger, id_: ledger.complete(id_, COUNTS, FILES),
    "fail": lambda ledger, id_: ledger.fail(id_, "disk_full", "The disk is full."),
    "cancel": lambda ledger, id_: ledger.cancel(id_),
}
# How an export comes to a status, and where each step leads from there; other steps are refused.
WAYS = {
    Status.PENDING: [],
    Status.RUNNING: ["start"],
    Status.COMPLETED: ["start", "complete"],
    Status.FAILED: ["start", "fail"],
    Status.CANCELLED: ["start", "cancel"],
}
ALLOWED = {
    (Status.PENDING, "start"): Status.RUNNING,
    (Status.PENDING, "fail"): Status.FAILED,
    (Status.PENDING, "cancel"): Status.CANCELLED,
    (Status.RUNNING, "planned"): Status.RUNNING,
    (Status.RUNNING, "partition_done"): Status.RUNNING,
    (Status.RUNNING, "complete"): Status.COMPLETED,
    (Status.RUNNING, "fail"): Status.FAILED,
    (Status.RUNNING, "cancel"): Status.CANCELLED,
}


def with_ledger(url: str, work: Callable[[ExportStatusManager, Database], Awaitable[None]]) -> None:
    """Run `work` with the ledger of a fresh database."""

    async def run() -> None:
        database = open_database(DatabaseUrl.parse(url))
        try:
            await upgrade(database)
            await work(ExportStatusManager(database), database)
        finally:
            await database.close()

    asyncio.run(run())


async def brought_to(ledger: ExportStatusManager, status: Status) -> str:
    created = await ledger.create(CONFIG)
    for name in WAYS[status]:
        await STEPS[name](ledger, created.export_id)
    return created.export_id


def test_every_step_is_allowed_or_refused_as_the_table_says(database_url: str) -> None:
    async def work(ledger: ExportStatusManager, database: Database) -> None:
        for status in Status:
            for name, step in STEPS.items():
                export_id = await brought_to(ledger, status)
                before = await ledger.get(export_id)
                expected = ALLOWED.get((status, name))
                if expected is None:
                    with pytest.raises(ExportStateError, match=f"{export_id} is {status}"):
                        await step(ledger, export_id)
                    assert await ledger.get(export_id) == before
                else:
                    await step(ledger, export_id)
                    assert (await ledger.get(export_id)).status == expected, (status, name)

    with_ledger(database_url, work)


def test_a_refusal_says_what_is_possible(database_url: str) -> None:
    async def work(ledger: ExportStatusManager, database: Database) -> None:
        pending, done = await brought_to(ledger, Status.PENDING), await brought_to(ledger, Status.COMPLETED)
        with pytest.raises(ExportStateError, match="can become running, failed, cancelled, not completed"):
            await ledger.complete(pending, COUNTS, FILES)
        with pytest.raises(ExportStateError, match="can become nothing, not cancelled"):
            await ledger.cancel(done)

    with_ledger(database_url, work)


@pytest.mark.parametrize("export_id", ["nothing", "", "x' OR 1=1 --", "a\x00b", "\udcff"], ids=ascii)
def test_an_unknown_id_is_not_found_by_any_step(database_url: str, export_id: str) -> None:
    async def work(ledger: ExportStatusManager, database: Database) -> None:
        await ledger.create(CONFIG)
        for step in [*STEPS.values(), lambda ledger, id_: ledger.get(id_)]:
            with pytest.raises(ExportNotFound, match="There is no export"):
                await step(ledger, export_id)

    with_ledger(database_url, work)


def test_a_new_export_is_pending_and_keeps_its_config(database_url: str) -> None:
    async def work(ledger: ExportStatusManager, database: Database) -> None:
        before = utc_now()
        created = await ledger.create(CONFIG)
        found = await ledger.get(created.export_id)
        assert found == created
        assert found.status == "pending"
        assert found.export_config == CONFIG.as_json()
        assert (found.record_count, found.file_size, found.kinds, found.path) == (0, 0, {}, None)
        assert (found.started_at, found.finished_at, found.error_code) == (None, None, None)
        assert before <= found.created_at == found.updated_at <= utc_now()
        assert (await ledger.create(CONFIG)).export_id != created.export_id

    with_ledger(database_url, work)


def test_a_completed_export_has_its_counts_and_files(database_url: str) -> None:
    async def work(ledger: ExportStatusManager, database: Database) -> None:
        export_id = await brought_to(ledger, Status.COMPLETED)
        found = await ledger.get(export_id)
        assert (found.record_count, found.file_size) == (9, 930)
        assert (found.kinds, found.path) == (COUNTS, "/data/out")
        async with database.session() as session:
            files = (await session.scalars(sa.select(ExportFile).order_by(ExportFile.size_bytes))).all()
        assert [(f.export_id, f.path, f.kind, f.split, f.rows, f.size_bytes, f.sha256) for f in files] == [
            (export_id, "rejects/logs.jsonl", "", "", 3, 30, "cc"),
            (export_id, "ips/train-00000-of-00001.json", "ips", "train", 2, 200, "bb"),
            (export_id, "logs/train-00000-of-00001.json", "logs", "train", 7, 700, "aa"),
        ]
        assert len({file.id for file in files}) == 3

    with_ledger(database_url, work)


def test_plan_and_partitions_are_remembered(database_url: str) -> None:
    async def work(ledger: ExportStatusManager, database: Database) -> None:
        export_id = await brought_to(ledger, Status.RUNNING)
        await ledger.planned(export_id, {"rows": 12})
        await ledger.partition_done(export_id, RESULT, 1)
        async with database.session() as session:
            export = await session.get(ExportStatus, export_id)
            (partition,) = (await session.scalars(sa.select(ExportPartition))).all()
        assert (export.plan, export.phase, export.attempt) == ({"rows": 12}, "exporting", 1)
        assert (partition.kind, partition.ordinal, partition.attempt) == ("logs", 4, 1)
        files = ["logs-p00004-a1-s00000.json"]
        assert partition.result == {"read": 10, "written": 7, "rejected": 3, "files": files}

    with_ledger(database_url, work)


def test_the_reason_of_a_failure_is_kept(database_url: str) -> None:
    message = 'It\'s "full": größe, 日本, {braces}, %s and\nlines'

    async def work(ledger: ExportStatusManager, database: Database) -> None:
        export_id = await brought_to(ledger, Status.RUNNING)
        await ledger.fail(export_id, "disk_full", message)
        found = await ledger.get(export_id)
        assert (found.status, found.error_code, found.error_message) == ("failed", "disk_full", message)

    with_ledger(database_url, work)


@pytest.mark.parametrize("end", [Status.COMPLETED, Status.FAILED, Status.CANCELLED])
def test_times_are_utc_and_in_order(database_url: str, end: Status) -> None:
    async def work(ledger: ExportStatusManager, database: Database) -> None:
        found = await ledger.get(await brought_to(ledger, end))
        times = [found.created_at, found.started_at, found.finished_at]
        assert all(time.utcoffset() == timedelta(0) for time in [*times, found.updated_at])
        assert times == sorted(times)
        assert found.finished_at == found.updated_at
        assert utc_now() - found.created_at < timedelta(minutes=1)

    with_ledger(database_url, work)


def test_exports_are_listed_newest_first_a_page_at_a_time(database_url: str) -> None:
    async def work(ledger: ExportStatusManager, database: Database) -> None:
        created = [await ledger.create(CONFIG) for _ in range(5)]
        await set_ages(database, created)
        ids = [export.export_id for export in created]

        async def listed(**page: int) -> list[str]:
            return [export.export_id for export in await ledger.list(**page)]

        assert await listed() == ids
        assert await listed(limit=2) == ids[:2]
        assert await listed(limit=2, offset=2) == ids[2:4]
        assert await listed(limit=2, offset=4) == ids[4:]
        assert await listed(offset=5) == []

    with_ledger(database_url, work)


async def set_ages(database: Database, exports: list[ExportMetadata]) -> None:
    """Let each export be an hour older than the one before."""
    async with database.session() as session:
        for hours, export in enumerate(exports):
            row = await session.get(ExportStatus, export.export_id)
            row.created_at = datetime(2026, 1, 2, tzinfo=UTC) - timedelta(hours=hours)


def test_exports_of_the_same_moment_are_listed_in_a_fixed_order(database_url: str) -> None:
    async def work(ledger: ExportStatusManager, database: Database) -> None:
        for _ in range(6):
            await ledger.create(CONFIG)
        async with database.session() as session:
            await session.execute(sa.update(ExportStatus).values(created_at=datetime(2026, 1, 1, tzinfo=UTC)))
        pages = [export.export_id for page in range(6) for export in await ledger.list(limit=1, offset=page)]
        assert pages == sorted(pages, reverse=True)
        assert len(set(pages)) == 6

    with_ledger(database_url, work)


def test_an_export_ends_once_when_two_try(database_url: str) -> None:
    async def work(ledger: ExportStatusManager, database: Database) -> None:
        export_id = await brought_to(ledger, Status.RUNNING)
        ends = [ledger.complete(export_id, COUNTS, FILES), ledger.cancel(export_id)]
        answers = await asyncio.gather(*ends, return_exceptions=True)
        (won,) = [answer for answer in answers if isinstance(answer, ExportMetadata)]
        assert sum(isinstance(answer, ExportStateError) for answer in answers) == 1
        assert (await ledger.get(export_id)).status == won.status

    with_ledger(database_url, work)
