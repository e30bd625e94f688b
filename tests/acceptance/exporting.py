"""Ways for the acceptance tests to fill a database and to export it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from lumber.exports import DataExporter, ExportConfig, ExportMetadata, ExportStatusManager
from lumber.formats import Compression, all_formats
from lumber.ingest.sample.plan import SamplePlan
from lumber.ingest.sample.writer import write_sample
from lumber.settings import Settings
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests import commands
from tests.clones import make_tables

KINDS = ("logs", "anomalies", "ips")
Variant = tuple[str, Compression]


def has_compression(format_: str, compression: Compression, *_: object) -> bool:
    """Tell whether a format can be compressed so; all can but Arrow with gzip."""
    return (format_, compression) != ("arrow", Compression.GZIP)


# Every format with every compression that it has.
VARIANTS: list[Variant] = [
    (format_, compression)
    for format_ in all_formats()
    for compression in Compression
    if has_compression(format_, compression)
]
# Every format once, and every compression.
QUICK_VARIANTS: set[Variant] = {
    ("json", Compression.GZIP),
    ("jsonl", Compression.NONE),
    ("csv", Compression.GZIP),
    ("parquet", Compression.ZSTD),
    ("arrow", Compression.ZSTD),
}
every_variant = pytest.mark.parametrize(
    ("format_", "compression"),
    [
        pytest.param(*variant, marks=() if variant in QUICK_VARIANTS else [pytest.mark.slow])
        for variant in VARIANTS
    ],
)


def other_runs(names: Iterable[str], *, on_neither: Collection[str] = ()) -> list[pytest.param]:
    """Return what is compared with an export in one partition from SQLite: each name with a database.

    The quick tests take PostgreSQL, except for the names in `on_neither`; the slow tests take both databases.
    """
    return [
        pytest.param(
            name,
            database,
            marks=[pytest.mark.slow] if name in on_neither or database == "sqlite_sample" else (),
        )
        for name in names
        for database in ("sqlite_sample", "postgres_sample")
    ]


def fill_with_sample(url: str, rows: int, *, seed: int = 7, damaged: float = 0.002, **plan: Any) -> None:
    """Do what `lumber sample` does, without the second that a process takes to start."""
    make_tables(url)
    for _ in write_sample(DatabaseUrl.parse(url), SamplePlan(rows, seed, damaged_share=damaged, **plan)):
        pass


def export(
    url: str,
    output: Path,
    *,
    workers: int = 1,
    kinds: Sequence[str] = KINDS,
    settings: dict[str, Any] | None = None,
    **config: Any,
) -> ExportMetadata:
    """Export into `output`; `settings` are Lumber's, everything else is the config's."""
    chosen = Settings(database_url=url, data_dir=output.parent / "data", workers=workers, **(settings or {}))
    exporter = DataExporter(settings=chosen, output=output)
    return asyncio.run(exporter.export_data(ExportConfig(data_types=list(kinds), **config)))


def ledger(url: str) -> list[ExportMetadata]:
    """Return every export that the ledger knows."""

    async def read() -> list[ExportMetadata]:
        database = open_database(DatabaseUrl.parse(url))
        try:
            return list(await ExportStatusManager(database).list())
        finally:
            await database.close()

    return asyncio.run(read())


def lumber(*arguments: str, is_ok: bool = True, **environment: str) -> CompletedProcess[str]:
    """Run a command in this process, with these environment variables."""
    done = commands.lumber(*arguments, **environment)
    assert not is_ok or done.returncode == 0, done.stdout + done.stderr
    return done


def lumber_json(*arguments: str, **environment: str) -> dict[str, Any]:
    """Run a command with --json and return what it prints."""
    answer: dict[str, Any] = json.loads(lumber(*arguments, "--json", **environment).stdout)
    return answer
