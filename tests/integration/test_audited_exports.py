"""What exports write into the audit trail, and what never gets in."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from lumber.audit.actor import Actor, ActorKind, local_actor
from lumber.audit.reading import AuditQuery, find_lines
from lumber.audit.verify import verify_chain
from lumber.errors import AuditFailed, DatasetNotFound
from lumber.exports import ExportConfig
from lumber.exports.cleaning import RetentionLoop
from lumber.exports.control import delete_export
from lumber.exports.creation import NewExport
from lumber.exports.parsing import parse_config
from lumber.exports.retention import RetentionPolicy, clean_up
from lumber.exports.versions.listing import remove_tag, set_retention, set_tag
from lumber.settings import Settings
from lumber.store.models import DatasetVersion, NamedDataset
from tests.integration.book import COUNTS, FILES, Book, open_book
from tests.integration.processes import PATIENCE_SECONDS

ANNA = Actor(ActorKind.KEY, "anna", id="u1", key_id="k1", address="10.0.0.7")
PERSONAL = ("anna.schmidt@example.org", "10.66.77.88", "s3cr3t-user", "hunter-process")
FILTERED = {
    "data_types": ["logs", "ips"],
    "filters": {
        "message": {"contains": PERSONAL[0]},
        "device_id": [PERSONAL[2], "x"],
        "ips.address": {"cidr": f"{PERSONAL[1]}/32"},
    },
    "processes": [PERSONAL[3]],
    "fields": {"logs": ["message"]},
    "end_date": "2026-03-31",
    "privacy": {"addresses": "truncate", "identifiers": ["email"], "secrets": False},
}


@pytest.fixture
async def book(either_database_url: str) -> AsyncIterator[Book]:
    async with open_book(either_database_url) as book:
        yield book


async def told(book: Book) -> list[dict[str, Any]]:
    """Return all lines, oldest first, of a chain that is sound."""
    assert (await verify_chain(book.database)).problems == []
    page = await find_lines(book.database, AuditQuery(limit=1_000))
    return [line.members for line in reversed(page.lines)]


def brief(line: dict[str, Any]) -> tuple[str, str, str, str | None]:
    return line["actor_kind"], line["actor_name"], line["action"], line["reason"]


async def test_each_step_of_an_export_is_told_with_who_took_it(book: Book, tmp_path: Any) -> None:
    (created,) = await book.ledger.create_all([NewExport(ExportConfig(data_types=["logs"]), by=ANNA)])
    claim = await book.claimed(created.export_id, "worker@a:1")
    await book.ledger.request_cancel(created.export_id, by=ANNA)
    await book.ledger.request_cancel(created.export_id, by=ANNA)
    await book.ledger.cancelled(claim)
    await book.ledger.request_cancel(created.export_id, by=ANNA)
    await book.ledger.retry(created.export_id, by=ANNA)
    claim = await book.claimed(created.export_id, "worker@a:1")
    await book.ledger.try_again(claim, "disk_full", "/secret is full", max_attempts=2, wait_seconds=0)
    claim = await book.claimed(created.export_id, "worker@a:1")
    await book.ledger.try_again(claim, "disk_full", "/secret is full", max_attempts=2, wait_seconds=0)
    await book.ledger.retry(created.export_id, by=ANNA)
    claim = await book.claimed(created.export_id, "worker@a:1")
    await book.ledger.placed(claim, "/data/out")
    await book.ledger.complete(claim, COUNTS, FILES)
    await delete_export(book.database, Settings(data_dir=tmp_path), created.export_id, by=ANNA)
    lines = await told(book)
    anna, worker = ("key", "anna"), ("system", "worker@a:1")
    assert [brief(line) for line in lines] == [
        (*anna, "export_created", None),
        (*anna, "export_cancelled", None),
        (*worker, "export_cancelled", None),
        (*anna, "export_retried", None),
        (*worker, "export_failed", "disk_full"),
        (*anna, "export_retried", None),
        (*worker, "export_completed", None),
        (*anna, "export_deleted", None),
    ]
    assert {(line["target_kind"], line["target_id"]) for line in lines} == {("export", created.export_id)}
    assert [lines[n]["details"]["status"] for n in (1, 2, 7)] == ["running", "cancelled", "completed"]
    completed = lines[6]["details"]
    assert (completed["rows"], completed["files"], completed["bytes"]) == (9, 3, 930)
    assert completed["folder"] == "/data/out"
    assert (lines[0]["address"], lines[0]["key_id"], lines[6]["address"]) == ("10.0.0.7", "k1", None)
    assert "/secret" not in json.dumps(lines)


async def test_a_command_is_the_user_of_the_operating_system(book: Book) -> None:
    created = await book.ledger.create(ExportConfig(data_types=["logs"]), executor="command")
    claim = await book.claimed(created.export_id, "command@a:1")
    await book.ledger.fail(claim, "nothing_matched", "No rows.")
    assert [brief(line)[:2] for line in await told(book)] == [("local", local_actor().name)] * 2


async def test_lost_holders_are_told_by_the_system(book: Book) -> None:
    command = await book.ledger.create(ExportConfig(data_types=["logs"]), executor="command")
    await book.claimed(command.export_id, "command@a:1")
    worker = await book.running("worker@a:1")
    for export_id in (command.export_id, worker.export_id):
        await book.lose(export_id)
    await book.ledger.fail_lost_commands()
    assert await book.ledger.claim_next("b", 60, max_attempts=1) is None
    assert [brief(line) for line in await told(book)][2:] == [
        ("system", "lease", "export_failed", "command_lost"),
        ("system", "lease", "export_failed", "worker_lost"),
    ]


async def test_no_value_of_a_filter_gets_into_the_trail(book: Book) -> None:
    await book.ledger.create_all([NewExport(parse_config(FILTERED), by=ANNA)])
    (line,) = await told(book)
    text = json.dumps(line)
    assert [value for value in PERSONAL if value in text] == []
    details = line["details"]
    assert details["filters"] == [
        "logs.message contains",
        "logs.device_id in",
        "logs.process_name in",
        "ips.device_id in",
        "ips.address cidr",
    ]
    assert details["kinds"] == ["logs", "ips"]
    assert details["columns"] == ["logs.message"]
    assert details["end_date"] == "2026-03-31T23:59:59.999999+00:00"
    assert (details["is_private"], details["privacy"]) == (True, ["addresses truncate", "email"])
    other = {**FILTERED, "processes": ["another"]}
    await book.ledger.create_all([NewExport(parse_config(other), by=ANNA)])
    digests = [each["details"]["filters_sha256"] for each in await told(book)]
    assert digests[0] != digests[1]


async def test_an_export_is_not_created_without_its_line(book: Book) -> None:
    async with book.database.connect() as connection, connection.begin():
        await connection.execute(sa.text("ALTER TABLE audit_lines RENAME TO gone"))
    with pytest.raises(AuditFailed, match="audit trail can't be written"):
        await book.ledger.create(ExportConfig(data_types=["logs"]))
    assert await book.ledger.list() == []


async def test_a_repeated_key_is_one_export_and_one_line(book: Book) -> None:
    for _ in range(2):
        await book.ledger.create(ExportConfig(data_types=["logs"]), idempotency_key="once")
    assert len(await told(book)) == 1


async def test_deletions_of_the_retention_name_the_limit(book: Book, tmp_path: Any) -> None:
    claim = await book.running()
    await book.ledger.complete(claim, COUNTS, FILES)
    await clean_up(book.database, Settings(data_dir=tmp_path), RetentionPolicy(keep_last=0))
    last = (await told(book))[-1]
    assert brief(last) == ("system", "retention", "export_deleted", None)
    assert last["details"] == {"status": "completed", "rows": 9, "cause": "keep_last"}


async def test_the_service_deletes_old_lines_with_the_retention(book: Book, tmp_path: Any) -> None:
    await book.ledger.create(ExportConfig(data_types=["logs"]))
    loop = RetentionLoop(book.database, Settings(data_dir=tmp_path, audit_days=1e-9))
    loop.start()
    assert loop.is_running
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (lines := await told(book))[0]["action"] != "audit_pruned":  # noqa: ASYNC110 - in the database
            await asyncio.sleep(0.01)
    await loop.stop()
    assert lines[0]["details"]["lines"] == 1


async def test_tags_and_retention_of_a_dataset_are_told_once(book: Book) -> None:
    async with book.database.session() as session:
        session.add(NamedDataset(id="d", name="Plant", name_key="plant"))
        await session.flush()
        for number in (1, 2):
            session.add(
                DatasetVersion(
                    dataset_id="d", number=number, export_id=f"e{number}", state="published", is_incremental=0
                )
            )
    for version in ("v1", "v1", "v2"):
        await set_tag(book.database, "plant", "golden", version, by=ANNA)
    await remove_tag(book.database, "plant", "golden", by=ANNA)
    with pytest.raises(DatasetNotFound):
        await remove_tag(book.database, "plant", "golden", by=ANNA)
    for last in (5, 5, None):
        await set_retention(book.database, "plant", last, None)
    lines = await told(book)
    assert {line["target_id"] for line in lines} == {"d"}
    local = ("local", local_actor().name)
    assert [(*brief(line)[:3], line["details"]) for line in lines] == [
        ("key", "anna", "version_tagged", {**of_version(1), "tag": "golden"}),
        ("key", "anna", "version_tagged", {**of_version(2), "tag": "golden", "before": 1}),
        ("key", "anna", "version_untagged", {**of_version(2), "tag": "golden"}),
        (*local, "retention_changed", {"name": "Plant", "last": 5}),
        (*local, "retention_changed", {"name": "Plant"}),
    ]


def of_version(number: int) -> dict[str, Any]:
    return {"name": "Plant", "version": number, "export_id": f"e{number}"}
