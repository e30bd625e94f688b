"""Ways for the acceptance tests to fill a database and to export it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lumber.exports import DataExporter, ExportConfig, ExportMetadata, ExportStatusManager
from lumber.formats import Compression, OutputFormat
from lumber.ingest.sample.plan import SamplePlan
from lumber.ingest.sample.writer import write_sample
from lumber.settings import Settings
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.clones import make_tables

LUMBER = Path(sys.executable).with_name("lumber")
KINDS = ("logs", "anomalies", "ips")
# Every format with every compression that it has.
VARIANTS = [
    (format, compression)
    for format in OutputFormat
    for compression in Compression
    if (format, compression) != (OutputFormat.ARROW, Compression.GZIP)
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


def lumber(*arguments: str, is_ok: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the real command."""
    done = subprocess.run(
        [LUMBER, *arguments], capture_output=True, text=True, timeout=120, env=os.environ | environment
    )
    assert not is_ok or done.returncode == 0, done.stdout + done.stderr
    return done


def lumber_json(*arguments: str, **environment: str) -> dict[str, Any]:
    """Run the real command with --json and return what it says."""
    answer: dict[str, Any] = json.loads(lumber(*arguments, "--json", **environment).stdout)
    return answer
