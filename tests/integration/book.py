"""A ledger in a fresh database, with what the tests of it put in and look at."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from lumber.dataset.manifest import FileEntry
from lumber.dataset.quality import Quality
from lumber.engine.result import PartitionResult
from lumber.exports import ExportConfig, ExportStatusManager
from lumber.exports.ledger.rows import Claim
from lumber.exports.progress import ExportProgress, KindProgress
from lumber.exports.status import Status
from lumber.formats.staged_file import StagedFile
from lumber.store.database import Database, open_database
from lumber.store.models import ExportAttempt, ExportFile, ExportPartition, ExportStatus
from lumber.store.url import DatabaseUrl

CONFIG = ExportConfig(data_types=["logs", "ips"], start_date=datetime(2026, 1, 1, tzinfo=UTC))
OTHER_CONFIG = ExportConfig(data_types=["anomalies"])
COUNTS = {
    "logs": {"read": 10, "written": 7, "rejected": 3, "deduplicated": 0},
    "ips": {"read": 2, "written": 2, "rejected": 0, "deduplicated": 0},
}


def listed(path: str, kind: str | None, rows: int, size_bytes: int, sha256: str) -> FileEntry:
    """Return a file of the manifest; shards are of the split train."""
    split = None if kind is None else "train"
    content = {"kind": kind, "split": split, "rows": rows, "bytes": size_bytes, "sha256": sha256}
    return FileEntry.model_validate({"path": path, **content, "first_key": None, "last_key": None})


FILES = [
    listed("logs/train-00000-of-00001.json", "logs", 7, 700, "a" * 64),
    listed("ips/train-00000-of-00001.json", "ips", 2, 200, "b" * 64),
    listed("rejects/logs.jsonl", None, 3, 30, "c" * 64),
]
RESULT = PartitionResult(
    kind="logs",
    ordinal=4,
    read=10,
    written=7,
    rejected=3,
    shards=(StagedFile("logs-p00004-a1-s00000.json", 7, 700, "aa"),),
    rejects=None,
    rules=Counter({"message_empty": 3}),
    changes=Counter(),
    quality=Quality(),
)
PLAN = {"rows": 12}
LEASE_SECONDS = 600.0
MAX_ATTEMPTS = 3
TABLES = (ExportStatus, ExportAttempt, ExportPartition, ExportFile)


def progress(rows: int, *, phase: str = "exporting", total: int = 100) -> ExportProgress:
    """Return the progress of an export of logs."""
    return ExportProgress(phase, {"logs": KindProgress(rows, total, rows // 10, total // 10)}, 5.0)


@dataclass(frozen=True)
class Book:
    """The ledger and the database that it is in."""

    ledger: ExportStatusManager
    database: Database

    async def claimed(self, export_id: str, owner: str = "a") -> Claim:
        return await self.ledger.claim(export_id, owner, LEASE_SECONDS)

    async def running(self, owner: str = "a", config: ExportConfig = CONFIG) -> Claim:
        """Return the claim of a new export."""
        return await self.claimed((await self.ledger.create(config)).export_id, owner)

    async def next(self, owner: str = "b", *, max_rows: int | None = None) -> Claim | None:
        return await self.ledger.claim_next(
            owner, LEASE_SECONDS, max_attempts=MAX_ATTEMPTS, max_rows=max_rows
        )

    async def set(self, export_id: str, **values: Any) -> None:
        """Change an export's row past the ledger."""
        async with self.database.session() as session:
            changed = sa.update(ExportStatus).where(ExportStatus.id == export_id).values(**values)
            await session.execute(changed)

    async def lose(self, export_id: str) -> None:
        """Let the lease on an export end a second ago."""
        await self.set(export_id, lease_until=datetime.now(UTC) - timedelta(seconds=1))

    async def row(self, export_id: str) -> ExportStatus:
        async with self.database.session() as session:
            row = await session.get(ExportStatus, export_id)
            assert row is not None
            return row

    async def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return everything that is in the ledger."""
        async with self.database.session() as session:
            found = {}
            for table in TABLES:
                rows = await session.execute(sa.select(*table.__table__.columns))
                found[table.__tablename__] = sorted(map(tuple, rows), key=repr)
            return found

    async def status(self, export_id: str) -> str:
        return (await self.ledger.get(export_id)).status

    async def outcomes(self, export_id: str) -> list[tuple[int, str, str | None, str | None]]:
        """Return number, owner, outcome and error code of every attempt."""
        attempts = (await self.ledger.details(export_id)).attempts
        return [(each.number, each.owner, each.outcome, each.error_code) for each in attempts]


@asynccontextmanager
async def open_book(url: str) -> AsyncIterator[Book]:
    """Open the ledger of a fresh database."""
    database = open_database(DatabaseUrl.parse(url))
    try:
        yield Book(ExportStatusManager(database), database)
    finally:
        await database.close()


# What only the holder of a claim may do, and the status that it leads to; None: it stays.
HOLDERS_STEPS: dict[str, tuple[Callable[[ExportStatusManager, Claim], Awaitable[Any]], Status | None]] = {
    "job": (lambda ledger, claim: ledger.job(claim), None),
    "renew": (lambda ledger, claim: ledger.renew(claim, LEASE_SECONDS, progress(50)), None),
    "placed": (lambda ledger, claim: ledger.placed(claim, "/data/out"), None),
    "planned": (lambda ledger, claim: ledger.planned(claim, PLAN), None),
    "partition_done": (lambda ledger, claim: ledger.partition_done(claim, RESULT), None),
    "start_over": (lambda ledger, claim: ledger.start_over(claim), None),
    "check": (lambda ledger, claim: ledger.check(claim), None),
    "complete": (lambda ledger, claim: ledger.complete(claim, COUNTS, FILES), Status.COMPLETED),
    "fail": (lambda ledger, claim: ledger.fail(claim, "disk_full", "The disk is full."), Status.FAILED),
    "try_again": (
        lambda ledger, claim: ledger.try_again(
            claim, "source_failed", "It is away.", max_attempts=MAX_ATTEMPTS, wait_seconds=2
        ),
        Status.PENDING,
    ),
    "hand_back": (lambda ledger, claim: ledger.hand_back(claim), Status.PENDING),
    "cancelled": (lambda ledger, claim: ledger.cancelled(claim), Status.CANCELLED),
}
