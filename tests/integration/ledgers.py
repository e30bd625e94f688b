"""Fills the ledger with many exports at once, each a function of its number, and lists its statements."""

import asyncio
import json
import sqlite3
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import asyncpg
import sqlalchemy as sa

from lumber.store.database import Database, open_database
from lumber.store.types import to_microseconds
from lumber.store.url import DatabaseUrl
from tests.clones import make_tables
from tests.integration.datasets import sqlite_path

# Exports are a minute apart; number 0 is the newest.
NOW = datetime.now(UTC).replace(microsecond=0)
KINDS = (["logs"], ["anomalies"], ["logs", "ips"])
STATUSES = ("completed", "completed", "completed", "failed", "cancelled", "pending", "running")
TIMES = ("created_at", "updated_at", "started_at", "finished_at")
_SPACE = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")

T = TypeVar("T")


def export_id(number: int) -> str:
    return str(uuid.uuid5(_SPACE, str(number)))


def export_row(number: int, **changes: Any) -> dict[str, Any]:
    """Return the ledger's row of export `number`; times are datetimes."""
    status = STATUSES[number % len(STATUSES)]
    is_completed, has_ended = status == "completed", status in ("completed", "failed", "cancelled")
    created = NOW - timedelta(minutes=number + 30)
    types = KINDS[number % len(KINDS)]
    written = number % 1_000
    counts = {
        kind: {"read": written + 3, "written": written, "rejected": 3, "deduplicated": 0} for kind in types
    }
    config = {"data_types": types, "filters": {"process_name": f"proc-{number}"}, "output_format": "jsonl"}
    row: dict[str, Any] = {
        "id": export_id(number),
        "status": status,
        "data_version": "1.0.0",
        "config": json.dumps(config, sort_keys=True, separators=(",", ":")),
        "config_hash": f"hash-{number}",
        "plan": json.dumps({"partitions": [[n, n + 1] for n in range(40)]}),
        "counts": json.dumps(counts) if is_completed else None,
        "output_path": f"/data/exports/{export_id(number)}",
        "record_count": written * len(types) if is_completed else 0,
        "file_size": written * 100 if is_completed else 0,
        "attempt": 1,
        "error_code": "disk_full" if status == "failed" else None,
        "error_message": f"The Disk is full, {number}." if status == "failed" else None,
        "created_at": created,
        "updated_at": created,
        "started_at": None if status == "pending" else created + timedelta(seconds=1),
        "finished_at": created + timedelta(seconds=1 + number % 900) if has_ended else None,
        "executor": "service",
        "fence": 1,
        "failures": 0,
        "planned_rows": (written + 3) * len(types) if is_completed else None,
    }
    return row | changes


def file_rows(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the files of a completed export: one per kind, and one report."""
    if row["counts"] is None:
        return []
    counts = json.loads(row["counts"])
    files = [
        {
            "path": f"{kind}.jsonl",
            "kind": kind,
            "rows": values["written"],
            "size_bytes": values["written"] * 50,
        }
        for kind, values in counts.items()
    ]
    files.append({"path": "report.json", "kind": "", "rows": 0, "size_bytes": 10})
    return [
        {
            "id": f"{row['id']}-{file['path']}",
            "export_id": row["id"],
            "split": "train",
            "sha256": "aa",
            **file,
        }
        for file in files
    ]


def fill_ledger(url: str, rows: list[dict[str, Any]]) -> None:
    """Make the tables and put exports with their files into them, past the program's own code."""
    make_tables(url)
    insert(url, "exports", rows)
    insert(url, "export_files", [file for row in rows for file in file_rows(row)])


def insert(url: str, table: str, rows: list[dict[str, Any]]) -> None:
    """Insert rows in bulk; they all have the same columns."""
    if not rows:
        return
    names = list(rows[0])
    if url.startswith("sqlite"):
        marks = ", ".join("?" * len(names))
        values = [[_sqlite_value(row[name]) for name in names] for row in rows]
        connection = sqlite3.connect(sqlite_path(url))
        with connection:
            connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", values)
        connection.execute("ANALYZE")
        connection.close()
        return

    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("SET synchronous_commit = on")
            records = [[row[name] for name in names] for row in rows]
            await connection.copy_records_to_table(table, columns=names, records=records)
            # Only what is surely committed gets into the visibility map, which index-only scans need.
            await connection.execute(f"VACUUM ANALYZE {table}")
        finally:
            await connection.close()

    asyncio.run(run())


def _sqlite_value(value: Any) -> Any:
    return to_microseconds(value) if isinstance(value, datetime) else value


def with_database(url: str, work: Callable[[Database], Awaitable[T]]) -> T:
    """Run `work` on the database."""

    async def run() -> T:
        database = open_database(DatabaseUrl.parse(url))
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


@contextmanager
def statements(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Note every statement with its parameters while the block runs."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    sa.event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def plans(database: Database, seen: list[tuple[str, Any]]) -> list[str]:
    """Return how the database runs each statement that reads the ledger."""
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    found = []
    async with database.connect() as connection:
        for statement, parameters in seen:
            if "FROM export" in statement:
                answer = await connection.exec_driver_sql(explain + statement, parameters)
                found.append("\n".join([statement, *(str(row[-1]) for row in answer)]))
    return found
