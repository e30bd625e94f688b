"""Looks into what was exported: every contender must have written every row."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import sqlite3
from pathlib import Path

import asyncpg
import duckdb

_SUMS = "SELECT count(*), CAST(sum(CAST(id AS bigint)) AS bigint)"
_READERS = {
    "parquet": "read_parquet(?)",
    "csv": "read_csv(?, header = true, all_varchar = true)",
    "jsonl": "read_json(?, columns = {id: 'BIGINT'}, format = 'newline_delimited')",
}

Sums = tuple[int, int]


def sums_of_table(url: str) -> Sums:
    """Return the number of log rows and the sum of their ids."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        try:
            rows, ids = connection.execute(f"{_SUMS} FROM log_entries").fetchone()
        finally:
            connection.close()
        return rows, ids

    async def ask() -> Sums:
        connection = await asyncpg.connect(url)
        try:
            return tuple(await connection.fetchrow(f"{_SUMS} FROM log_entries"))
        finally:
            await connection.close()

    return asyncio.run(ask())


def sums_of_file(file: Path, output_format: str) -> Sums:
    """Return the number of rows in a peer's file and the sum of their ids. Raises RuntimeError."""
    if output_format.startswith("json") and not output_format.startswith("jsonl"):
        with gzip.open(file, "rb") if output_format.endswith(".gz") else file.open("rb") as stream:
            document = json.load(stream)
        records = document["data"] if isinstance(document, dict) else document
        return len(records), sum(record["id"] for record in records)
    reader = _READERS[output_format.partition(".")[0]]
    try:
        found = duckdb.connect().execute(f"{_SUMS} FROM {reader}", [str(file)]).fetchone()
    except duckdb.Error as error:
        raise RuntimeError(f"the output cannot be read: {error}") from error
    assert found is not None
    return found[0], found[1]


def rows_read(folder: Path) -> int:
    """Return how many log rows our export read, all of which it then wrote or rejected."""
    logs = json.loads((folder / "manifest.json").read_text())["kinds"]["logs"]
    if logs["read"] != logs["written"] + logs["rejected"]:
        raise RuntimeError(f"{folder} does not balance: {logs}")
    return int(logs["read"])


def rows_of_duties(folder: Path) -> int:
    """Return how many rows a peer with our duties read. Raises RuntimeError unless it did its duties."""
    manifest = json.loads((folder / "manifest.json").read_text())
    for entry in manifest["files"]:
        with (folder / entry["path"]).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != entry["sha256"]:
                raise RuntimeError(f"{folder / entry['path']} isn't what was hashed")
    rows, _ = sums_of_file(folder / "logs.parquet", "parquet")
    lines = (folder / "rejects.jsonl").read_text().splitlines()
    rejected = len({json.loads(line)["id"] for line in lines})
    counted = (manifest["written"], manifest["rejected"], sum(manifest["levels"].values()))
    if counted != (rows, rejected, rows) or manifest["read"] != rows + rejected:
        raise RuntimeError(f"{folder} does not balance: {manifest}")
    return int(manifest["read"])


def size_bytes(target: Path) -> int:
    """Return the size of a file, or of all files in a folder."""
    return sum(file.stat().st_size for file in [target, *target.rglob("*")] if file.is_file())
