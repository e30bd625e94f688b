"""Workers as processes of their own, exports for them to run, and what is to be true afterwards."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from lumber.exports import DataExporter, ExportConfig, ExportMetadata, ExportStatusManager
from lumber.settings import Settings
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.integration.datasets import STAGING, contents, execute, fill, query
from tests.integration.processes import Running, forked_code

WORKER = (
    "import asyncio; from lumber.exports.worker import Worker; from lumber.settings import load_settings; \
asyncio.run(Worker(load_settings()).run())"
)
WORKER_MODULES = ("lumber.exports.worker", "lumber.settings")
# More than a busy machine keeps a healthy worker from renewing.
LEASE_SECONDS = 6


def settings_for(url: str, folder: Path, **values: Any) -> Settings:
    """Return settings under which an export has many partitions and a lost one is soon taken over."""
    chosen = {"workers": 1, "partition_rows": 100, "lease_seconds": LEASE_SECONDS, "retry_seconds": 0.1}
    return Settings(data_dir=folder, database_url=url, **{"max_attempts": 1_000, **chosen, **values})


def worker(settings: Settings) -> AbstractContextManager[Running]:
    """Start a worker process with these settings."""
    values = settings.model_dump(exclude_none=True, exclude_defaults=True)
    environment = {f"LUMBER_{name.upper()}": value for name, value in values.items()}
    return forked_code(WORKER, WORKER_MODULES, **environment)


def fill_all(url: str, rows: int) -> None:
    """Make the tables with log lines, and a tenth as many anomalies and addresses."""
    fill(url, rows)
    moment = "1767225600000000" if url.startswith("sqlite") else "timestamptz '2026-01-01 00:00:00+00'"
    numbers = "WITH v(n) AS (VALUES " + ", ".join(f"({n})" for n in range(1, rows // 10 + 1)) + ")"
    execute(
        url,
        f"{numbers} INSERT INTO anomaly_detections (timestamp, anomaly_type, score, log_entry_id) "
        f"SELECT {moment}, 'burst', 0.5, n FROM v",
    )
    address = "'10.0.' || (n / 250) || '.' || (n % 250)"
    execute(
        url,
        f"{numbers} INSERT INTO ip_addresses (address, first_seen, last_seen) "
        f"SELECT {address}, {moment}, {moment} FROM v",
    )


def create(url: str, configs: Sequence[ExportConfig]) -> list[str]:
    """Put exports into the queue; return their ids."""

    async def run() -> list[str]:
        database = open_database(DatabaseUrl.parse(url))
        try:
            ledger = ExportStatusManager(database)
            return [(await ledger.create(config)).export_id for config in configs]
        finally:
            await database.close()

    return asyncio.run(run())


def run_undisturbed(settings: Settings, config: ExportConfig, output: Path) -> dict[str, bytes]:
    """Run an export here and now, in few batches, which leave no trace; return its files."""
    settings = settings.model_copy(update={"lease_seconds": 600})  # nobody is to take it over
    config = config.model_copy(update={"batch_size": 10_000})
    asyncio.run(DataExporter(config, settings=settings, output=output).export_data())
    return contents(output)


def ended(url: str, ids: Sequence[str]) -> bool:
    """Say whether all these exports have ended."""
    if not ids:
        return True
    listed = ", ".join(f"'{export_id}'" for export_id in ids)
    active = f"SELECT count(*) FROM exports WHERE id IN ({listed}) AND status IN ('pending', 'running')"
    return query(url, active)[0][0] == 0


def details(url: str, export_id: str) -> ExportMetadata:
    """Return what the ledger says about an export, with its attempts."""

    async def run() -> ExportMetadata:
        database = open_database(DatabaseUrl.parse(url))
        try:
            return await ExportStatusManager(database).details(export_id)
        finally:
            await database.close()

    return asyncio.run(run())


def assert_complete(url: str, settings: Settings, export_id: str, twin: dict[str, bytes]) -> None:
    """Check that an export ended complete, equal to its undisturbed twin, and that nothing else is left."""
    export = details(url, export_id)
    assert export.status == "completed", (export.error_code, export.error_message, export.attempts)
    folder = settings.effective_exports_dir / export_id
    assert contents(folder) == twin
    assert not (folder / STAGING).exists()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["export_id"] == export_id
    assert {entry["path"] for entry in manifest["files"]} == twin.keys()
    assert export.record_count == sum(section["written"] for section in manifest["kinds"].values())
    (files,) = query(url, f"SELECT count(*) FROM export_files WHERE export_id = '{export_id}'")
    assert files[0] == len(twin)
    assert query(url, f"SELECT count(*) FROM export_partitions WHERE export_id = '{export_id}'") == [(0,)]
