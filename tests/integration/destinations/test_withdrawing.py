"""Versions beyond the limits of their dataset leave their destination: their own files go, and no others."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from lumber.destinations.adding import Wanted, register
from lumber.destinations.address import parse_address
from lumber.destinations.claims import Claim
from lumber.destinations.credentials import Credentials, Source
from lumber.destinations.janitor import clean
from lumber.destinations.layout import data_key, latest_key, manifest_key, version_key
from lumber.destinations.naming import name_version
from lumber.destinations.opening import open_store
from lumber.destinations.promises import Promises
from lumber.destinations.publishing import publish
from lumber.destinations.reading.pointers import numbers, read_pointer
from lumber.destinations.registry import remove_destination
from lumber.destinations.store import Store
from lumber.destinations.withdrawing import Unwanted, withdraw_versions
from lumber.exports import DataExporter, ExportConfig
from lumber.exports.cleaning import RetentionLoop
from lumber.exports.control import delete_export
from lumber.exports.retention import RetentionPolicy, clean_up
from lumber.exports.versions.listing import set_retention
from lumber.settings import Settings
from lumber.store.database import Database, open_database
from lumber.store.url import DatabaseUrl
from tests.acceptance.exporting import fill_with_sample
from tests.integration.datasets import query
from tests.integration.destinations.finished import finished
from tests.integration.destinations.servers import BUCKET, FaultProxy, Server
from tests.integration.destinations.test_publishing import ALL, keys
from tests.integration.processes import PATIENCE_SECONDS

LOGS: dict[str, Any] = {"data_types": ["logs"], "output_format": "jsonl", "dataset": "plant"}
SHARED, FIRST, SECOND = b"in all versions", b"only in v1", b"only in v2"


def key_of(content: bytes) -> str:
    return data_key("plant", sha256(content).hexdigest(), "x.csv")


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path: Path, prefix: str) -> Store:
    if request.param == "folder":
        return open_store(parse_address(str(tmp_path / "lake")))
    server: Server = request.getfixturevalue("s3")
    return server.store(prefix)


def version(store: Store, folder: Path, number: int, *contents: bytes) -> Unwanted:
    """Publish and name a version."""
    folder = folder / f"v{number}"
    files = {f"{place}.csv": content for place, content in enumerate((SHARED, *contents))}
    made = publish(store, ALL, folder, "plant") if finished(folder, files) else None
    assert made is not None
    name_version(
        store,
        ALL,
        "plant",
        number=number,
        data_version=f"{number}.0.0",
        export_id=made.export_id,
        manifest_sha256=made.manifest_sha256,
    )
    return Unwanted(number, made.export_id, made.manifest_sha256)


def test_a_version_goes_with_the_files_that_no_other_shares(store: Store, tmp_path: Path) -> None:
    first = version(store, tmp_path, 1, FIRST)
    version(store, tmp_path, 2, SECOND)
    stranger = "plant/data/notes.txt"
    store.create(stranger, b"of somebody else")
    before = set(keys(store))
    done = withdraw_versions(store, ALL, "plant", [first])
    assert done.skipped == ()
    assert (done.removed[first.export_id].files, done.removed[first.export_id].size_bytes) == (1, len(FIRST))
    gone = {version_key("plant", 1), manifest_key("plant", first.export_id), key_of(FIRST)}
    assert set(keys(store)) == before - gone
    # Again does no harm, and what a killed clean-up left is the janitor's.
    assert withdraw_versions(store, ALL, "plant", [first]).removed[first.export_id].files == 0
    assert clean(store, ALL, grace=timedelta(0)).files == 0


def test_files_that_two_withdrawn_versions_share_go_once(store: Store, tmp_path: Path) -> None:
    both = [version(store, tmp_path, number, FIRST) for number in (1, 2)]
    version(store, tmp_path, 3, SECOND)
    done = withdraw_versions(store, ALL, "plant", both)
    assert [done.removed[each.export_id].files for each in both] == [1, 0]
    assert store.find(key_of(FIRST)) is None
    assert store.find(key_of(SHARED)) is not None


def test_what_is_not_the_published_version_stays(store: Store, tmp_path: Path) -> None:
    first = version(store, tmp_path, 1, FIRST)
    second = version(store, tmp_path, 2, SECOND)
    before = keys(store)
    other = Unwanted(1, first.export_id, "0" * 64)
    done = withdraw_versions(store, ALL, "plant", [other, second])
    assert done.removed == {}
    assert [text.partition("plant: ")[2] for text in done.skipped] == [
        "v1 stays: its manifest isn't the one that was published.",
        "v2 stays: latest.json names it.",
    ]
    # The name of a version that another export has stays as well.
    done = withdraw_versions(store, ALL, "plant", [Unwanted(2, first.export_id, first.manifest_sha256)])
    assert done.removed[first.export_id].files == 1
    assert version_key("plant", 2) in set(keys(store)) & set(before)


@pytest.mark.parametrize("case", ["publication", "clean-up", "manifest", "mark", "promise"])
def test_nothing_goes_while_it_is_not_known_what_is_shared(tmp_path: Path, case: str) -> None:
    store = open_store(parse_address(str(tmp_path / "lake")))
    first = version(store, tmp_path, 1, FIRST)
    version(store, tmp_path, 2, SECOND)
    claim, promises = Claim(store, "plant", "running"), ALL
    match case:
        case "publication":
            claim.hold(lambda: None)
        case "clean-up":
            store.create("plant/cleaning.json", b"{}")
        case "manifest":
            store.create("plant/manifests/broken.json", b"{")
        case "mark":
            store.delete(["plant/lumber.json"])
        case _:
            promises = Promises(delete=True)
    before = keys(store)
    done = withdraw_versions(store, promises, "plant", [first])
    claim.release()
    assert done.removed == {}
    assert len(done.skipped) == 1
    assert {key for key in before if "/claims/" not in key} == set(keys(store))


_KILLED = """
import os, signal, sys
from lumber.destinations.address import parse_address
from lumber.destinations.folder import FolderStore
from lumber.destinations.promises import Promises
from lumber.destinations.withdrawing import Unwanted, withdraw_versions

folder, deletions, number, export_id, digest = sys.argv[1:]
left = int(deletions)
real = FolderStore.delete

def delete(self, keys):
    global left
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    real(self, keys)

FolderStore.delete = delete
store = FolderStore(parse_address(folder), umask=0o077)
promises = Promises(True, True, True, True, True)
withdraw_versions(store, promises, "plant", [Unwanted(int(number), export_id, digest)])
"""


@pytest.mark.parametrize("deletions", [0, 1, 2])
def test_a_process_killed_at_any_step_leaves_no_half_version(tmp_path: Path, deletions: int) -> None:
    """It is killed before the name goes, before the manifest goes, and before the files go."""
    store = open_store(parse_address(str(tmp_path / "lake")))
    first = version(store, tmp_path, 1, FIRST)
    version(store, tmp_path, 2, SECOND)
    argv = [str(tmp_path / "lake"), str(deletions), "1", first.export_id, first.manifest_sha256]
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, *argv], timeout=PATIENCE_SECONDS, env=os.environ, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    has_manifest = store.find(manifest_key("plant", first.export_id)) is not None
    assert has_manifest == (deletions < 2)
    assert (store.find(version_key("plant", 1)) is not None) == (deletions < 1)
    # Whatever has a manifest is whole.
    assert store.find(key_of(FIRST)) is not None
    # The mark of the killed clean-up expires after half an hour.
    store.delete(["plant/cleaning.json"])
    withdraw_versions(store, ALL, "plant", [first])
    clean(store, ALL, grace=timedelta(0))
    assert store.find(manifest_key("plant", first.export_id)) is None
    assert (store.find(key_of(FIRST)), numbers(store, "plant")) == (None, [2])
    assert store.find(key_of(SHARED)) is not None


@pytest.fixture
async def database(sqlite_url: str):
    await asyncio.to_thread(fill_with_sample, sqlite_url, 50)
    opened = open_database(DatabaseUrl.parse(sqlite_url))
    yield opened
    await opened.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(workers=1, data_dir=tmp_path / "data")


async def published(database: Database, settings: Settings, times: int) -> list[str]:
    """Publish so many versions of a dataset that keeps one, and return their exports."""
    config = ExportConfig(**LOGS, destination="lake")
    exporter = DataExporter(config, settings=settings, database=database)
    found = [(await exporter.export_data()).export_id for _ in range(times)]
    await set_retention(database, "plant", 1, None)
    return found


def states(url: str) -> list[str]:
    return [state for (state,) in query(url, "SELECT state FROM dataset_versions ORDER BY number")]


async def test_retention_by_version_reaches_the_destination(
    database: Database, sqlite_url: str, settings: Settings, tmp_path: Path
) -> None:
    lake = Wanted.parse("lake", str(tmp_path / "lake"), {})
    store = (await register(database, lake, Credentials(), umask=0o077)).open()
    first, second = await published(database, settings, 2)
    report = await clean_up(database, settings, RetentionPolicy())
    assert [each.export_id for each in report.exports] == [first]
    assert [(each.dataset, each.number, each.destination) for each in report.withdrawn] == [
        ("plant", 1, "lake")
    ]
    assert (report.not_withdrawn, states(sqlite_url)) == ([], ["deleted", "published"])
    assert numbers(store, "plant") == [2]
    assert [each.key for each in store.list("plant/manifests/")] == [manifest_key("plant", second)]
    latest = read_pointer(store, latest_key("plant"))
    assert latest is not None
    assert latest.export_id == second
    # All files that are left are of the second version, and all of its files are there.
    assert clean(store, ALL, grace=timedelta(0)).files == 0
    folder = settings.effective_exports_dir / second
    assert publish(store, ALL, folder, "plant").uploaded_files == 0
    last = query(sqlite_url, "SELECT action, actor_name, details FROM audit_lines ORDER BY seq DESC LIMIT 1")
    action, actor, details = last[0]
    assert (action, actor) == ("version_withdrawn", "retention")
    assert json.loads(details) == {
        "name": "plant",
        "version": 1,
        "export_id": first,
        "url": f"file://{tmp_path / 'lake'}",
        "files": report.withdrawn[0].files,
        "bytes": report.withdrawn[0].bytes,
        "cause": "keep_last",
    }


async def test_a_version_that_a_person_deletes_stays_in_its_destination(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    lake = Wanted.parse("lake", str(tmp_path / "lake"), {})
    store = (await register(database, lake, Credentials(), umask=0o077)).open()
    first, _ = await published(database, settings, 2)
    await delete_export(database, settings, first)
    report = await clean_up(database, settings, RetentionPolicy(keep_last=0))
    assert (report.withdrawn, report.not_withdrawn) == ([], [])
    assert numbers(store, "plant") == [1, 2]


async def test_a_version_waits_for_a_destination_that_is_away(
    database: Database, sqlite_url: str, settings: Settings, tmp_path: Path
) -> None:
    lake = Wanted.parse("lake", str(tmp_path / "lake"), {})
    store = (await register(database, lake, Credentials(), umask=0o077)).open()
    await published(database, settings, 2)
    async with database.session() as session:
        await remove_destination(session, "lake")
    report = await clean_up(database, settings, RetentionPolicy())
    assert len(report.exports) == 1
    assert report.withdrawn == []
    assert "There is no destination 'lake'" in report.not_withdrawn[0]
    # Another place under the same name isn't touched.
    await register(database, Wanted.parse("lake", str(tmp_path / "pond"), {}), Credentials(), umask=0o077)
    (text,) = (await clean_up(database, settings, RetentionPolicy())).not_withdrawn
    assert text == f"lake is at another address now, and the versions are in file://{tmp_path / 'lake'}."
    async with database.session() as session:
        await remove_destination(session, "lake")
    await register(database, lake, Credentials(), umask=0o077)
    report = await clean_up(database, settings, RetentionPolicy())
    assert [each.number for each in report.withdrawn] == [1]
    assert numbers(store, "plant") == [2]
    assert query(sqlite_url, "SELECT count(*) FROM export_publications") == [(1,)]


@pytest.mark.slow
async def test_a_bucket_that_fails_once_loses_the_version_at_the_next_clean_up(
    database: Database, settings: Settings, s3: Server, proxy: FaultProxy, prefix: str
) -> None:
    wanted = Wanted.parse("lake", f"s3://{BUCKET}/{prefix}", {"endpoint": proxy.endpoint})
    await register(database, wanted, Credentials(Source.FILE, s3.secrets), umask=0o077)
    await published(database, settings, 2)
    # Deletes of several keys at once are POST requests.
    proxy.fault = lambda method, target: 403 if method == "POST" and "delete" in target else None
    report = await clean_up(database, settings, RetentionPolicy())
    assert report.withdrawn == []
    assert "refuses the credentials" in report.not_withdrawn[0]
    proxy.fault = lambda _method, _target: None
    s3.store(prefix).delete(["plant/cleaning.json"])
    report = await clean_up(database, settings, RetentionPolicy())
    assert [each.number for each in report.withdrawn] == [1]
    assert numbers(s3.store(prefix), "plant") == [2]
    assert clean(s3.store(prefix), ALL, grace=timedelta(0)).files == 0


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - in the store and the database
            await asyncio.sleep(0.01)


async def test_the_service_applies_the_limits_of_datasets_without_limits_of_its_own(
    database: Database, sqlite_url: str, settings: Settings, tmp_path: Path
) -> None:
    lake = Wanted.parse("lake", str(tmp_path / "lake"), {})
    store = (await register(database, lake, Credentials(), umask=0o077)).open()
    await published(database, settings, 2)
    loop = RetentionLoop(database, settings, every_seconds=0.01)
    loop.start()
    await until(lambda: numbers(store, "plant") == [2])
    await until(lambda: query(sqlite_url, "SELECT count(*) FROM export_publications") == [(1,)])
    await loop.stop()
    assert states(sqlite_url) == ["deleted", "published"]


async def test_the_hourly_clean_up_cleans_each_destination_and_outlives_one_that_fails(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    """The first by name fails: its folder is a file now."""
    stores = {}
    for name in ("broken", "lake"):
        wanted = Wanted.parse(name, str(tmp_path / name), {})
        stores[name] = (await register(database, wanted, Credentials(), umask=0o077)).open()
    await published(database, settings, 1)
    shutil.rmtree(tmp_path / "broken")
    (tmp_path / "broken").write_text("no folder")
    lake, orphan = stores["lake"], key_of(b"an orphan")
    lake.create(orphan, b"an orphan")
    lake.delete([version_key("plant", 1)])
    log = LogCapture()
    structlog.configure(processors=[log])
    try:
        off = RetentionLoop(database, settings, every_seconds=0.01)
        off.start()
        await asyncio.sleep(0.1)
        await off.stop()
        assert lake.find(orphan) is not None
        loop = RetentionLoop(
            database, settings.model_copy(update={"destination_grace_hours": 0.0}), every_seconds=0.01
        )
        loop.start()
        await until(lambda: lake.find(orphan) is None)
        await loop.stop()
    finally:
        structlog.reset_defaults()
    assert numbers(lake, "plant") == [1]
    assert lake.find("plant/cleaning.json") is None
    failed = [entry for entry in log.entries if entry["event"] == "destination not cleaned"]
    assert {entry["destination"] for entry in failed} == {"broken"}
