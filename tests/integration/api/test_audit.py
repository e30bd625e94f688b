"""The audit trail of calls: what they write, and what the service says about it."""

import asyncio
import hashlib
import json
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from lumber.api import create_app
from lumber.api.format_reports import FORMAT
from lumber.api.service import Service
from lumber.audit.actions import Action
from lumber.audit.actor import local_actor
from lumber.audit.download import Download
from lumber.audit.line import NewLine
from lumber.settings import Settings
from tests.commands import lumber
from tests.integration.api.serving import LONG_SECONDS, completed_export, listening, stalled, started
from tests.integration.datasets import execute, fill

SHARD = b'{"id": 1}\n' * 1_000
SHARD_PATH = "logs/train-00000-of-00001.jsonl"
FILES = {SHARD_PATH: SHARD, "rejects/logs.jsonl": b'{"reason": "x"}\n'}


@dataclass(frozen=True)
class Called:
    """A service with a completed export, and a client of it."""

    client: httpx2.AsyncClient
    service: Service
    export_id: str

    async def lines(self, **filters: Any) -> list[dict[str, Any]]:
        """Return the lines of calls, oldest first."""
        found = (await self.client.get("/audit", params={"limit": 1000, **filters})).json()["lines"]
        return [line for line in reversed(found) if line["address"] is not None]

    async def file(self, path: str) -> dict[str, Any]:
        files = (await self.client.get(f"/export/{self.export_id}/files")).json()
        return next(file for file in files if file["path"] == path)

    async def shard_address(self) -> str:
        return f"/export/{self.export_id}/files/{(await self.file(SHARD_PATH))['file_id']}"


@pytest.fixture
async def called(settings: Settings, tmp_path: Path) -> AsyncIterator[Called]:
    async with started(settings) as (client, service):
        export_id = await completed_export(service.ledger, tmp_path / "out", FILES)
        yield Called(client, service, export_id)


async def test_calls_that_change_something_are_told_with_the_address(
    called: Called, settings: Settings
) -> None:
    await asyncio.to_thread(fill, settings.effective_database_url, 5)
    made = (await called.client.post("/export/", json={"data_types": ["logs"], "processes": ["p"]})).json()
    await called.client.post("/export/preview", json={"data_types": ["logs"]})
    await called.client.post(f"/export/{made['export_id']}/cancel")
    await called.client.post(f"/export/{made['export_id']}/retry")
    await called.client.post(f"/export/{made['export_id']}/cancel")
    await called.client.delete(f"/export/{made['export_id']}")
    await called.client.post("/export/cleanup", json={"keep_last": 0})
    await called.client.put("/formats/shop", json=FORMAT)
    await called.client.delete("/formats/shop")
    lines = await called.lines()
    assert [line["action"] for line in lines] == [
        "export_created",
        "preview",
        "export_cancelled",
        "export_retried",
        "export_cancelled",
        "export_deleted",
        "export_deleted",
        "format_saved",
        "format_deleted",
    ]
    assert {(line["actor_kind"], line["actor_name"], line["address"]) for line in lines} == {
        ("local", "local", "127.0.0.1")
    }
    assert lines[1]["details"]["rows"] == 5
    assert lines[6]["details"]["cause"] == "keep_last"
    assert lines[-1]["target_id"] == "shop"


async def test_every_download_is_told_with_its_bytes_and_hash(called: Called) -> None:
    base, shard = f"/export/{called.export_id}", await called.shard_address()
    file = await called.file(SHARD_PATH)
    whole = await called.client.get(shard)
    assert whole.content == SHARD
    await called.client.get(shard, headers={"Range": "bytes=10-29"})
    zipped = await called.client.get(f"{base}/download")
    manifest = await called.client.get(f"{base}/manifest")
    rejects = await called.client.get(f"{base}/rejects", params={"kind": "logs"})
    lines = await called.lines()
    assert [line["action"] for line in lines] == ["download_started", "download"] * 5
    assert {(line["target_kind"], line["target_id"], line["result"]) for line in lines} == {
        ("export", called.export_id, "ok")
    }
    ends = [line["details"] for line in lines[1::2]]
    assert [end["started_seq"] for end in ends] == [line["seq"] for line in lines[::2]]
    assert [end["file"] for end in ends] == [
        file["path"],
        file["path"],
        "dataset",
        "manifest.json",
        "rejects/logs.jsonl",
    ]
    assert [end["bytes_sent"] for end in ends] == [
        len(SHARD),
        20,
        len(zipped.content),
        len(manifest.content),
        len(rejects.content),
    ]
    assert all(end["is_complete"] for end in ends)
    assert (ends[0]["sha256"], ends[1]["sha256"], ends[1]["first_byte"]) == (
        file["sha256"],
        file["sha256"],
        10,
    )
    for end, answer in ((ends[2], zipped), (ends[3], manifest), (ends[4], rejects)):
        assert end["sha256"] == hashlib.sha256(answer.content).hexdigest()


async def test_what_left_is_listed_with_who_got_it_and_what_it_covers(called: Called) -> None:
    file = await called.file(SHARD_PATH)
    address = f"/export/{called.export_id}"
    for path in (f"/files/{file['file_id']}", "/manifest", "/download"):
        await called.client.get(f"{address}{path}")
    await called.service.record(
        Download(local_actor(), ("export", called.export_id), "x", size_bytes=5).started()
    )
    page = (await called.client.get("/audit/outgoing", params={"limit": 3})).json()
    unended, zipped, manifest = page["outgoing"]
    assert (unended["file"], unended["bytes_sent"], unended["is_complete"]) == ("x", None, None)
    assert (zipped["file"], zipped["bytes"] == zipped["bytes_sent"] > 0) == ("dataset", True)
    assert (manifest["file"], manifest["is_complete"], manifest["bytes"]) == ("manifest.json", True, None)
    params = {"before": page["next_before"], "target": f"export:{called.export_id}"}
    (shard,) = (await called.client.get("/audit/outgoing", params=params)).json()["outgoing"]
    assert (shard["file"], shard["bytes_sent"], shard["sha256"]) == (SHARD_PATH, len(SHARD), file["sha256"])
    for item in (*page["outgoing"], shard):
        assert (item["kinds"], item["is_private"]) == (["logs"], False)
    assert (shard["actor_name"], shard["address"]) == ("local", "127.0.0.1")
    url = called.service.settings.effective_database_url
    await asyncio.to_thread(_break, url)
    assert len((await called.client.get("/audit/outgoing")).json()["outgoing"]) == 4
    nobody = await called.client.get("/audit/outgoing", params={"actor": "nobody"})
    assert nobody.json() == {"outgoing": [], "next_before": None}


def _break(url: str) -> None:
    """Change the details of all ends of downloads, as somebody who may drop triggers does."""
    on = "" if url.startswith("sqlite") else " ON audit_lines"
    execute(url, f"DROP TRIGGER audit_no_update{on}")
    execute(url, "UPDATE audit_lines SET details = '{broken' WHERE action = 'download'")


async def test_answers_without_content_are_no_downloads(called: Called) -> None:
    shard = await called.shard_address()
    for method, address, headers in (
        ("HEAD", shard, {}),
        ("HEAD", f"/export/{called.export_id}/download", {}),
        ("GET", shard, {"If-None-Match": "*"}),
        ("GET", shard, {"Range": "bytes=99999999-"}),
        ("GET", f"/export/{called.export_id}/files/none", {}),
    ):
        await called.client.request(method, address, headers=headers)
    assert await called.lines() == []


async def test_what_cannot_be_recorded_does_not_leave(called: Called) -> None:
    shard = await called.shard_address()
    url = called.service.settings.effective_database_url
    await asyncio.to_thread(execute, url, "ALTER TABLE audit_lines RENAME TO gone")
    for method, address in (
        ("GET", shard),
        ("GET", f"/export/{called.export_id}/download"),
        ("GET", f"/export/{called.export_id}/manifest"),
        ("GET", f"/export/{called.export_id}/rejects"),
        ("POST", "/export/preview"),
        ("POST", "/export/"),
        ("GET", "/audit/export"),
    ):
        body = {"json": {"data_types": ["logs"]}} if method == "POST" else {}
        answer = await called.client.request(method, address, **body)
        assert (answer.status_code, answer.json()["code"]) == (503, "audit_failed"), address
        assert "audit trail can't be written" in answer.json()["detail"]
    assert len(await called.service.ledger.list()) == 1


async def test_a_download_that_is_broken_off_is_told(settings: Settings, tmp_path: Path) -> None:
    app = create_app(settings)
    async with listening(app, send_buffer_bytes=4096) as (port, _):
        service: Service = app.state.service
        large = {SHARD_PATH: b"x" * 8_000_000}
        export_id = await completed_export(service.ledger, tmp_path / "out", large)
        address = f"http://127.0.0.1:{port}/api/v1"
        async with httpx2.AsyncClient(base_url=address, timeout=LONG_SECONDS) as client:
            called = Called(client, service, export_id)
            shard = await called.shard_address()
            (await stalled(port, f"/api/v1{shard}")).close()
            (await stalled(port, f"/api/v1/export/{export_id}/download")).close()
            async with asyncio.timeout(LONG_SECONDS):
                while len(lines := await called.lines(action="download")) < 2:  # noqa: ASYNC110 - it is there
                    await asyncio.sleep(0.02)
    for line in lines:
        assert (line["result"], line["reason"]) == ("failed", "broken_off")
        assert not line["details"]["is_complete"]
        assert line["details"]["bytes_sent"] < 8_000_000


async def test_an_upload_and_its_deletion_are_told(called: Called) -> None:
    text = b"<34>Oct 11 22:14:15 web1 su: 'su root' failed\n-- MARK --\n"
    for _ in range(2):  # the second time nothing is new
        announced = await called.client.post("/ingest/uploads", json={"kind": "logs", "name": "auth.log"})
        address = f"/ingest/uploads/{announced.json()['upload_id']}/content"
        loaded = (await called.client.put(address, content=text)).json()
    again = await called.client.put(address, content=text)
    assert again.status_code == 409
    rejects = await called.client.get(f"/ingest/sources/{loaded['source_id']}/rejects")
    await called.client.delete(f"/loads/{loaded['source_id']}")
    lines = await called.lines()
    assert [line["action"] for line in lines] == [
        "load_created",
        "download_started",
        "download",
        "load_deleted",
    ]
    assert {line["target_id"] for line in lines} == {loaded["source_id"]}
    assert lines[0]["details"] == {"kind": "logs", "lines": 2, "name": "auth.log", "rejected": 1, "rows": 1}
    assert lines[2]["details"]["bytes_sent"] == len(rejects.content) > 0


async def test_the_trail_is_listed_in_pages_checked_and_exported(called: Called, tmp_path: Path) -> None:
    for _ in range(3):
        await called.client.get(f"/export/{called.export_id}/manifest")
    page = (await called.client.get("/audit/", params={"limit": 4})).json()
    rest = (await called.client.get("/audit", params={"before": page["next_before"]})).json()
    seqs = [line["seq"] for each in (page, rest) for line in each["lines"]]
    assert seqs == list(range(9, 0, -1))  # the first one has the settings of the service
    assert rest["next_before"] is None
    for filters, count in (
        ({"action": ["download", "login"]}, 3),
        ({"actor": "local"}, 6),
        ({"action": "settings_changed"}, 1),
        ({"target": f"export:{called.export_id[:8]}"}, 8),
        ({"result": "refused"}, 0),
        ({"until": "2020-01-01"}, 0),
        ({"since": "2020-01-01", "actor": "a\0"}, 0),
    ):
        assert len((await called.client.get("/audit", params=filters)).json()["lines"]) == count, filters
    assert (await called.client.get("/audit", params={"action": "nothing"})).status_code == 422
    exported = await called.client.get("/audit/export")
    assert exported.headers["content-type"] == "application/x-ndjson"
    (tmp_path / "audit.jsonl").write_bytes(exported.content)
    checked = await asyncio.to_thread(lumber, "audit", "verify", "--file", tmp_path / "audit.jsonl", "--json")
    report = (await called.client.get("/audit/verify", params={"expect": page["lines"][0]["hash"]})).json()
    assert report == json.loads(checked.stdout)
    assert (report["is_ok"], report["lines"]) == (True, 10)
    missing = (await called.client.get("/audit/verify", params={"expect": "0" * 64})).json()
    assert [problem["kind"] for problem in missing["problems"]] == ["head"]


async def test_many_calls_at_once_make_one_chain_in_few_transactions(called: Called) -> None:
    address = f"/export/{called.export_id}/manifest"
    await asyncio.gather(*(called.client.get(address) for _ in range(50)))
    report = (await called.client.get("/audit/verify")).json()
    assert (report["is_ok"], report["lines"]) == (True, 103)


async def test_one_check_of_the_chain_runs_at_a_time_and_beside_the_event_loop(called: Called) -> None:
    line = NewLine(local_actor(), Action.AUDIT_EXPORTED)
    await called.service.record(*[line] * 2_000)
    threads: set[str] = set()

    async def look() -> None:
        while True:
            threads.update(thread.name.rpartition("_")[0] for thread in threading.enumerate())
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    answers = await asyncio.gather(*(called.client.get("/audit/verify") for _ in range(5)))
    looking.cancel()
    assert "lumber-audit-check" in threads
    assert {answer.status_code for answer in answers} == {200, 429}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["code"] == "too_many_requests"
    assert (await called.client.get("/audit/verify")).json()["is_ok"]
