"""Lumber's tables without a migration for each test: made once in each process, then copied."""

from __future__ import annotations

import asyncio
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from lumber.store.database import open_database
from lumber.store.migrate import require_schema
from lumber.store.url import DatabaseUrl


def make_tables(url: str) -> None:
    """Make Lumber's tables in a database that has none. A SQLite file that is missing becomes a copy."""
    address = DatabaseUrl.parse(url)
    if address.dialect == "sqlite" and not address.path.exists():
        address.path.parent.mkdir(parents=True, exist_ok=True)
        address.path.write_bytes(migrated_file())
    else:
        migrate(url)


@cache
def migrated_file() -> bytes:
    """Return the content of a SQLite file that has Lumber's tables and no rows."""
    with tempfile.TemporaryDirectory(prefix="lumber-tables-") as folder:
        path = Path(folder) / "lumber.db"
        migrate(f"sqlite:///{path}")
        return path.read_bytes()


def migrate(url: str) -> None:
    """Bring an empty database to the newest version by migrations, and leave no connection to it."""

    async def run() -> None:
        database = open_database(DatabaseUrl.parse(url))
        try:
            await require_schema(database, create=True)
        finally:
            await database.close()

    # In a thread of its own: the caller's may have an event loop already.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result()
