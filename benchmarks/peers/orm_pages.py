"""The plain algorithm: objects of the ORM, OFFSET pages of 1,000, all collected, then `json.dump`.

Its time grows with the square of the rows, since every page reads and drops all pages before it.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from datetime import UTC, datetime
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from benchmarks.peers.rows import Job, run

_PAGE_ROWS = 1000
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


class Base(DeclarativeBase):
    """The models' base."""


class LogEntry(Base):
    """One log line. SQLite keeps its time as a number of microseconds."""

    __tablename__ = "log_entries"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    timestamp: Mapped[Any] = mapped_column(sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite"))
    log_level: Mapped[str | None]
    severity_text: Mapped[str | None]
    process_name: Mapped[str | None]
    message: Mapped[str | None]
    device_id: Mapped[str | None]
    device_ip: Mapped[str | None]
    host_name: Mapped[str | None]
    raw_message: Mapped[str | None]
    structured_data: Mapped[str | None]


def export(job: Job) -> None:
    """Collect all logs and write them as one JSON document."""
    records = asyncio.run(_collect(job.url))
    metadata = {"created_at": datetime.now(UTC).isoformat(), "total_records": len(records)}
    with _opened(job) as stream:
        json.dump({"export_metadata": metadata, "data": records}, stream)


def _opened(job: Job) -> IO[str]:
    if job.output_format.endswith(".gz"):
        assert job.level is not None
        return gzip.open(job.target, "wt", job.level)
    return job.target.open("w")


async def _collect(url: str) -> list[dict[str, Any]]:
    scheme, separator, rest = url.partition(":")
    engine = create_async_engine(_DRIVERS[scheme] + separator + rest)
    records: list[dict[str, Any]] = []
    async with AsyncSession(engine) as session:
        while True:
            page = sa.select(LogEntry).order_by(LogEntry.timestamp, LogEntry.id)
            page = page.offset(len(records)).limit(_PAGE_ROWS)
            entries = (await session.scalars(page)).all()
            if not entries:
                break
            records += [_record(entry) for entry in entries]
    await engine.dispose()
    return records


def _record(entry: LogEntry) -> dict[str, Any]:
    record = {column.name: getattr(entry, column.name) for column in LogEntry.__table__.columns}
    time = record["timestamp"]
    record["timestamp"] = (
        time if isinstance(time, datetime) else datetime.fromtimestamp(time / 1e6, UTC)
    ).isoformat()
    return record


if __name__ == "__main__":
    run(export)
