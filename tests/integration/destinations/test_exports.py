"""Exports with a destination: recorded, resumed, and without a secret anywhere."""

import asyncio
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from lumber.destinations.adding import Wanted, register
from lumber.destinations.credentials import Credentials, Source
from lumber.destinations.layout import latest_key, manifest_key, version_key
from lumber.destinations.reading.pointers import numbers, read_pointer
from lumber.destinations.registry import Destination
from lumber.errors import ConfigError, DestinationDenied, ExportCancelled
from lumber.exports import DataExporter, ExportConfig, ExportStatusManager
from lumber.exports.attempt import ExportRun
from lumber.exports.progress import ExportProgress
from lumber.exports.versions.reconciling import name_versions
from lumber.settings import Settings
from lumber.store.database import Database, open_database
from lumber.store.models import DatasetVersion
from lumber.store.url import DatabaseUrl
from tests.acceptance.exporting import fill_with_sample
from tests.integration.datasets import query
from tests.integration.destinations.servers import BUCKET, KEY, SECRET, FaultProxy, Server

LOGS: dict[str, Any] = {"data_types": ["logs"], "output_format": "jsonl"}


@pytest.fixture
async def database(sqlite_url: str):
    opened = open_database(DatabaseUrl.parse(sqlite_url))
    yield opened
    await opened.close()


def contents(path: Path) -> list[bytes]:
    """Return the content of a file, or of all files in a folder."""
    return [each.read_bytes() for each in (path, *path.rglob("*")) if each.is_file()]


async def folder_destination(database: Database, path: Path) -> Destination:
    return await register(database, Wanted.parse("lake", str(path), {}), Credentials(), umask=0o077)


async def bucket_destination(database: Database, server: Server, prefix: str, endpoint: str) -> Destination:
    wanted = Wanted.parse("lake", f"s3://{BUCKET}/{prefix}", {"endpoint": endpoint})
    return await register(database, wanted, Credentials(Source.FILE, server.secrets), umask=0o077)


def exporter(database: Database, output: Path, **more: Any) -> DataExporter:
    return DataExporter(settings=Settings(workers=1), database=database, output=output, **more)


async def test_an_export_is_published_and_the_ledger_says_where(
    database: Database, sqlite_url: str, tmp_path: Path
) -> None:
    await asyncio.to_thread(fill_with_sample, sqlite_url, 200)
    found = await folder_destination(database, tmp_path / "lake")
    told: list[ExportProgress] = []
    config = ExportConfig(**LOGS, destination="LAKE")
    done = await exporter(database, tmp_path / "out", on_progress=told.append).export_data(config)
    manifest = (tmp_path / "out" / "manifest.json").read_bytes()
    key = manifest_key("exports", done.export_id)
    assert found.open().read(key, 1_000_000)[0] == manifest
    publication = (await ExportStatusManager(database).details(done.export_id)).publication
    assert publication is not None
    assert (publication.destination, publication.url) == ("lake", f"file://{tmp_path}/lake/exports")
    assert publication.bytes == publication.uploaded_bytes == done.file_size
    assert [each.phase for each in told][-1] == "publishing"
    lines = query(sqlite_url, "SELECT action, details FROM audit_lines ORDER BY seq")
    assert [action for action, _ in lines] == [
        *("destination_added", "export_created", "export_completed", "export_published")
    ]
    assert json.loads(lines[-1][1])["bytes"] == done.file_size


async def test_no_secret_is_in_the_ledger_or_the_dataset(
    database: Database,
    sqlite_url: str,
    s3: Server,
    prefix: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await asyncio.to_thread(fill_with_sample, sqlite_url, 50)
    await bucket_destination(database, s3, prefix, s3.endpoint)
    done = await exporter(database, tmp_path / "out").export_data(ExportConfig(**LOGS, destination="lake"))
    published = s3.store(prefix).read(manifest_key("exports", done.export_id), 1_000_000)[0]
    ledger = Path(sqlite_url.removeprefix("sqlite:///"))
    everywhere = [published, caplog.text.encode(), *contents(ledger), *contents(tmp_path / "out")]
    assert all(word.encode() not in content for content in everywhere for word in (KEY, SECRET))


async def test_a_destination_that_does_not_exist_is_refused_before_anything_is_read(
    database: Database, sqlite_url: str, tmp_path: Path
) -> None:
    await asyncio.to_thread(fill_with_sample, sqlite_url, 50)
    await folder_destination(database, tmp_path / "lake")
    with pytest.raises(ConfigError, match=r"there is no destination 'typo' \(allowed: lake\)"):
        await exporter(database, tmp_path / "out").export_data(ExportConfig(**LOGS, destination="typo"))
    assert not (tmp_path / "out").exists()


async def test_a_failed_publication_fails_the_export_and_keeps_its_dataset(
    database: Database, sqlite_url: str, s3: Server, proxy: FaultProxy, prefix: str, tmp_path: Path
) -> None:
    await asyncio.to_thread(fill_with_sample, sqlite_url, 50)
    found = await bucket_destination(database, s3, prefix, proxy.endpoint)
    proxy.fault = lambda method, target: 403 if method == "PUT" and "/data/" in target else None
    with pytest.raises(DestinationDenied, match="lumber destination publish lake"):
        await exporter(database, tmp_path / "out").export_data(ExportConfig(**LOGS, destination="lake"))
    (export,) = await ExportStatusManager(database).list()
    assert (export.status, export.error_code) == ("failed", "destination_denied")
    assert (tmp_path / "out" / "manifest.json").is_file()
    assert found.open().find(manifest_key("exports", export.export_id)) is None


async def test_an_export_that_is_cancelled_while_it_is_published_is_not_there(
    database: Database, sqlite_url: str, tmp_path: Path
) -> None:
    await asyncio.to_thread(fill_with_sample, sqlite_url, 50)
    found = await folder_destination(database, tmp_path / "lake")

    def cancel(progress: ExportProgress) -> None:
        if progress.phase == "publishing":
            running.cancel()

    one = exporter(database, tmp_path / "out", on_progress=cancel)
    running = asyncio.ensure_future(one.export_data(ExportConfig(**LOGS, destination="lake")))
    with pytest.raises((asyncio.CancelledError, ExportCancelled)):
        await running
    (export,) = await ExportStatusManager(database).list()
    assert export.status == "cancelled"
    assert list(found.open().list("exports/manifests/")) == []


def test_workers_start_and_export_after_the_process_has_used_a_bucket(
    sqlite_url: str, s3: Server, prefix: str, tmp_path: Path
) -> None:
    """obstore's threads don't survive a fork: the workers come from a server that never loads it."""
    fill_with_sample(sqlite_url, 50)

    async def run() -> None:
        database = open_database(DatabaseUrl.parse(sqlite_url))
        try:
            await bucket_destination(database, s3, prefix, s3.endpoint)
            for number in range(2):
                config = ExportConfig(**LOGS, destination="lake")
                await exporter(database, tmp_path / f"out{number}").export_data(config)
        finally:
            await database.close()

    asyncio.run(run())
    assert len(list(s3.store(prefix).list("exports/manifests/"))) == 2


def test_a_store_is_refused_in_a_forked_process(
    s3: Server, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = s3.store(prefix)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with pytest.raises(RuntimeError, match="forked process"):
        store.find("x")


async def test_a_worker_continues_a_publication_without_exporting_again(
    database: Database, sqlite_url: str, s3: Server, proxy: FaultProxy, prefix: str, tmp_path: Path
) -> None:
    await asyncio.to_thread(fill_with_sample, sqlite_url, 50)
    await bucket_destination(database, s3, prefix, proxy.endpoint)
    settings = Settings(workers=1, data_dir=tmp_path, retry_seconds=0)
    ledger = ExportStatusManager(database)
    created = await ledger.create(ExportConfig(**LOGS, destination="lake"))

    async def attempt() -> None:
        claim = await ledger.claim(created.export_id, "worker", settings.lease_seconds)
        await ExportRun(claim, database, settings).run()

    proxy.fault = lambda method, target: 403 if method == "PUT" and "/manifests/" in target else None
    with pytest.raises(DestinationDenied):
        await attempt()
    failed = await ledger.get(created.export_id)
    assert (failed.status, failed.error_code) == ("failed", "destination_denied")
    manifest = next((tmp_path / "exports").rglob("manifest.json"))
    before = manifest.stat()
    proxy.fault = lambda _method, _target: None
    proxy.requests.clear()
    await ledger.retry(created.export_id)
    await attempt()
    details = await ledger.details(created.export_id)
    assert details.status == "completed"
    assert details.publication is not None
    assert details.publication.uploaded_files == 0
    assert manifest.stat().st_mtime_ns == before.st_mtime_ns
    assert [each for each in proxy.requests if each.startswith("PUT") and "/data/" in each] == []


async def test_versions_are_named_after_the_ledger_published_them(
    database: Database, sqlite_url: str, tmp_path: Path
) -> None:
    await asyncio.to_thread(fill_with_sample, sqlite_url, 50)
    store = (await folder_destination(database, tmp_path / "lake")).open()
    config = ExportConfig(**LOGS, dataset="plant", destination="lake")
    for number in (1, 2):
        done = await exporter(database, tmp_path / f"out{number}").export_data(config)
        for key in (version_key("plant", number), latest_key("plant")):
            pointer = read_pointer(store, key)
            assert pointer is not None
            assert (pointer.number, pointer.export_id) == (number, done.export_id)
            manifest = store.read(manifest_key("plant", done.export_id), 1_000_000)[0]
            assert pointer.manifest_sha256 == hashlib.sha256(manifest).hexdigest()
    # What was lost is written again, and what was dropped is withdrawn.
    store.delete([version_key("plant", 1)])
    async with database.session() as session:
        await session.execute(
            sa.update(DatasetVersion).where(DatasetVersion.number == 2).values(state="dropped")
        )
    await name_versions(database, umask=0o077)
    assert numbers(store, "plant") == [1]
    latest = read_pointer(store, latest_key("plant"))
    assert latest is not None
    assert latest.number == 1
    assert store.find(manifest_key("plant", done.export_id)) is None
