"""Fills databases with plain rows, and reads datasets and the ledger as an outsider does."""

import asyncio
import hashlib
import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from lumber.store.url import DatabaseUrl
from tests.clones import make_tables

START = datetime(2026, 1, 1, tzinfo=UTC)
STAGING = ".lumber-staging"


def sqlite_path(url: str) -> Path:
    return DatabaseUrl.parse(url).path


def at(microseconds: int) -> datetime:
    return START + timedelta(microseconds=microseconds)


def microseconds(moment: datetime) -> int:
    return (moment - START) // timedelta(microseconds=1)


def sqlite_time(offset: int) -> int:
    """Return a time, given in microseconds from START, as Lumber stores it in SQLite."""
    return int(START.timestamp()) * 1_000_000 + offset


def execute(url: str, statement: str, rows: list[tuple[Any, ...]] | None = None) -> None:
    """Run a statement, once or for each row, in one transaction. Marks are `?` or `$1`."""
    if url.startswith("sqlite"):
        with sqlite3.connect(sqlite_path(url)) as connection:
            connection.executemany(statement, rows or [()])
        connection.close()
        return

    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            await (connection.execute(statement) if rows is None else connection.executemany(statement, rows))
        finally:
            await connection.close()

    asyncio.run(run())


def query(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(sqlite_path(url), timeout=300)
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.close()

    async def run() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return asyncio.run(run())


def fill(url: str, rows: int) -> None:
    """Make the tables with `rows` log lines, ids from 1 on, a second apart."""
    make_tables(url)
    if url.startswith("sqlite"):
        lines = [(n, sqlite_time(n * 1_000_000), f"line {n} {'x' * 50}") for n in range(1, rows + 1)]
        execute(url, "INSERT INTO log_entries (id, timestamp, message) VALUES (?, ?, ?)", lines)
    else:
        execute(
            url,
            "INSERT INTO log_entries (id, timestamp, message) SELECT n, "
            "timestamptz '2026-01-01 00:00:00+00' + n * interval '1 second', "
            f"'line ' || n || ' {'x' * 50}' FROM generate_series(1, {rows}) AS n",
        )


def fill_days(url: str, days: int) -> None:
    """Add one log line for each of so many days, from 2026 on."""
    day = "1767225600000000 + n * 86400000000"
    if not url.startswith("sqlite"):
        day = "timestamptz '2026-01-01 00:00:00+00' + n * interval '1 day'"
    execute(
        url,
        f"WITH RECURSIVE v(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM v WHERE n < {days - 1}) "
        f"INSERT INTO log_entries (timestamp, message) SELECT {day}, 'm' FROM v",
    )


def ledger(url: str) -> list[tuple[str, str | None, str | None]]:
    """Return status, error code and error message of every export, the oldest first."""
    return query(url, "SELECT status, error_code, error_message FROM exports ORDER BY created_at")


def read_dataset(folder: Path, kind: str = "logs") -> list[dict[str, Any]]:
    """Check every file of a JSON Lines dataset against its manifest, and return the rows of one kind."""
    manifest = json.loads((folder / "manifest.json").read_text())
    rows: list[dict[str, Any]] = []
    for entry in manifest["files"]:
        content = (folder / entry["path"]).read_bytes()
        assert len(content) == entry["bytes"]
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        if entry["kind"] is not None:
            lines = [json.loads(line) for line in content.splitlines()]
            assert len(lines) == entry["rows"]
            rows.extend(lines if entry["kind"] == kind else [])
    listed = {entry["path"] for entry in manifest["files"]} | {"manifest.json"}
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == listed
    assert all(section["balanced"] for section in manifest["kinds"].values())
    assert manifest["kinds"][kind]["written"] == len(rows)
    return rows


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file but the manifest, which names times and the export's id."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }
