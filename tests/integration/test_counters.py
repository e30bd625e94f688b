"""What an export costs, in numbers that do not depend on the machine: queries, rows, batches and bytes.

The bounds are a little above what was counted; a gross regression breaks them on any machine.
"""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pyarrow.parquet as pq
import pytest

from lumber.catalog.registry import get_kind
from lumber.catalog.selection import select
from lumber.engine import source
from lumber.engine.partition import Hooks, PartitionSpec, run_partition
from lumber.exports import DataExporter, ExportConfig
from lumber.exports.snapshot import source_spec
from lumber.formats import Compression, WriteOptions
from lumber.settings import Settings
from lumber.store.database import open_database
from lumber.store.keyset import Cutoff
from lumber.store.reading import read_statement
from lumber.store.url import DatabaseUrl
from tests.databases import PostgresServer
from tests.integration.datasets import execute, fill
from tests.integration.ledgers import statements

ROWS = 10_000
PARTITIONS = 20
QUERIES_PER_PARTITION = 3  # its result, and the fence before and after


@dataclass(frozen=True)
class Counted:
    """An export, and the statements of the process that led it. Leases are renewed on another connection."""

    manifest: dict[str, Any]
    statements: list[str]

    def about(self, table: str) -> list[str]:
        return [statement for statement in self.statements if f"FROM {table}" in statement]


def export(url: str, folder: Path, *, partitions: int = PARTITIONS, **config: Any) -> Counted:
    """Export the logs in a number of partitions."""

    async def run() -> list[str]:
        database = open_database(DatabaseUrl.parse(url))
        # How often work is offered to other workers depends on how long it waits.
        settings = Settings(
            database_url=url,
            partition_rows=ROWS // partitions,
            workers=2,
            lease_seconds=300,
            engine="pool",
        )
        chosen = ExportConfig(data_types=["logs"], **config)
        try:
            with statements(database) as seen:
                await DataExporter(chosen, settings=settings, database=database, output=folder).export_data()
            return [statement for statement, _ in seen]
        finally:
            await database.close()

    made = asyncio.run(run())
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["kinds"]["logs"]["read"] == ROWS
    assert len(manifest["plan"]["kinds"]["logs"]["partitions"]) == partitions
    return Counted(manifest, made)


def test_an_export_asks_few_questions_and_as_many_for_each_partition(
    database_url: str, tmp_path: Path
) -> None:
    fill(database_url, ROWS)
    few = export(database_url, tmp_path / "few", partitions=PARTITIONS // 2, output_format="jsonl")
    many = export(database_url, tmp_path / "many", output_format="jsonl")
    assert len(many.statements) <= 110
    assert len(many.statements) - len(few.statements) <= QUERIES_PER_PARTITION * PARTITIONS // 2
    # The first and the last row, all counts in one, and on SQLite the highest id.
    assert len(many.about("log_entries")) == len(few.about("log_entries")) <= 4


def test_each_partition_is_one_bulk_query_for_the_server(
    postgres_server: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    fill(postgres_url, ROWS)
    execute(postgres_url, f"ALTER DATABASE {postgres_url.rpartition('/')[2]} SET log_statement = 'all'")
    log = postgres_server.data_folder.parent / "log"
    before = log.stat().st_size
    export(postgres_url, tmp_path / "out", output_format="jsonl")
    with log.open("rb") as file:
        file.seek(before)
        asked = re.findall(r"(?:statement|execute [^:]*): (.*(?:\n\t.*)*)", file.read().decode())
    reading = [statement for statement in asked if "FROM log_entries" in statement]
    copied = [statement for statement in reading if statement.startswith("COPY (SELECT")]
    assert len(copied) == len(set(copied)) == PARTITIONS
    # Besides, the planner asks for the first row, the last row and the counts.
    assert len(reading) - len(copied) == 3


@dataclass
class Watched:
    """What one partition did."""

    queries: int
    batches: list[int]
    written_bytes: int
    file_bytes: int


@pytest.fixture
def run_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Watched]:
    """Run all rows as one partition in this process, and watch it."""

    def run(url: str, batch_size: int, output_format: str, compression: Compression) -> Watched:
        database = open_database(DatabaseUrl.parse(url))
        (selection,) = select([get_kind("logs")])
        spec = PartitionSpec(
            kind="logs",
            ordinal=0,
            attempt=1,
            planned_rows=ROWS,
            source=source_spec(database),
            statement=read_statement(selection, database.url.dialect, Cutoff()),
            batch_size=batch_size,
            options=WriteOptions(output_format, compression),
            shard_size_bytes=2**30,
            staging=tmp_path,
            now=datetime(2026, 2, 1, tzinfo=UTC),
        )
        asked: list[str] = []
        batches: list[int] = []
        ask = source._statement
        monkeypatch.setattr(
            source,
            "_statement",
            lambda connection, sql, *rest: asked.append(sql) or ask(connection, sql, *rest),
        )
        before = psutil.Process().io_counters().write_chars
        result = run_partition(spec, Hooks(on_rows=batches.append))
        written = psutil.Process().io_counters().write_chars - before
        assert result.written == ROWS
        return Watched(
            sum("log_entries" in sql for sql in asked),
            batches,
            written,
            sum(shard.size_bytes for shard in result.shards),
        )

    return run


@pytest.mark.parametrize(
    ("batch_size", "output_format", "compression"),
    [
        (700, "parquet", Compression.ZSTD),
        (5_000, "jsonl", Compression.GZIP),
        pytest.param(5_000, "parquet", Compression.ZSTD, marks=pytest.mark.slow),
        pytest.param(700, "jsonl", Compression.GZIP, marks=pytest.mark.slow),
    ],
)
def test_a_partition_reads_and_writes_each_row_once(
    database_url: str,
    run_one: Callable[..., Watched],
    batch_size: int,
    output_format: str,
    compression: Compression,
) -> None:
    fill(database_url, ROWS)
    done = run_one(database_url, batch_size, output_format, compression)
    assert done.queries == 1
    assert sum(done.batches) == ROWS
    assert max(done.batches) <= batch_size
    # What the drivers hand over need not divide by the batches; it must not fall into crumbs.
    assert len(done.batches) <= 1.5 * ROWS / batch_size + 5
    assert done.file_bytes <= done.written_bytes <= 1.01 * done.file_bytes + 16_384


def test_files_are_small_and_in_large_pieces(database_url: str, tmp_path: Path) -> None:
    fill(database_url, ROWS)
    plain = export(database_url, tmp_path / "plain", output_format="jsonl").manifest
    packed = export(
        database_url, tmp_path / "packed", partitions=1, output_format="parquet", compression="zstd"
    ).manifest
    lines, columns = (
        [entry for entry in manifest["files"] if entry["kind"] is not None] for manifest in (plain, packed)
    )
    assert len(lines) == PARTITIONS
    assert sum(entry["bytes"] for entry in lines) <= 310 * ROWS
    assert len(columns) == 1
    assert columns[0]["bytes"] <= 9 * ROWS
    assert pq.read_metadata(tmp_path / "packed" / columns[0]["path"]).num_row_groups == 1
    # The manifest, the reports and the card say little, however many rows there are.
    others = [entry["bytes"] for entry in packed["files"] if entry["kind"] is None]
    assert sum(others) + (tmp_path / "packed" / "manifest.json").stat().st_size <= 32_000
