"""Files sent to the service: every format, every line accounted for, nothing twice, whatever breaks."""

import asyncio
import gzip
import io
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import polars as pl
import psutil
import pytest
import zstandard

from lumber.errors import UploadInterrupted
from lumber.ingest.uploads.request import UploadRequest
from lumber.ingest.uploads.uploads import Uploads
from lumber.settings import Settings
from tests.integration.api.serving import LONG_SECONDS, served, until
from tests.integration.api.uploading import LONG_CHARACTERS, announce, in_pieces, lines, rejects, send
from tests.integration.datasets import query
from tests.integration.loaders import loading_processes
from tests.integration.serving import call, serving, wait_for_end

BUDGET_REASON = (
    "Files are uploaded to a real service, which loads each in a process of its own; some of them die."
)

MEBIBYTE = 1024 * 1024
# Long lines, two chunks of the loader, which has 4 MiB in one.
MANY = 6_000
ISO = "2026-01-02T03:04:05.5Z host app[7]: hello\n"
CSV = "timestamp,message,process_name\n2026-01-02T03:04:05Z,hello,app\n2026-01-02T03:04:06Z,world,app\n"
PARQUET = io.BytesIO()
pl.DataFrame({"timestamp": ["2026-01-02T03:04:05Z"], "message": ["hello"]}).write_parquet(PARQUET)
FORMATS = {
    "rfc3164": (lines(3), 3),
    "rfc5424": (b"<34>1 2026-01-02T03:04:05.5Z host app 7 ID47 - hello\n", 1),
    "iso8601": (ISO.encode(), 1),
    "jsonl": (b'{"timestamp": "2026-01-02T03:04:05Z", "message": "hello"}\n', 1),
    "journald": (b'{"__REALTIME_TIMESTAMP": "1767322800000000", "MESSAGE": "hello", "PRIORITY": "3"}\n', 1),
    "mixed": (ISO.encode() + b'{"timestamp": "2026-01-02T03:04:05Z", "message": "hello"}\n', 2),
    "csv": (CSV.encode(), 2),
    "parquet": (PARQUET.getvalue(), 1),
    "gzip": (gzip.compress(lines(3)), 3),
    "zstd": (zstandard.compress(CSV.encode()), 2),
    "gzip of parquet": (gzip.compress(PARQUET.getvalue()), 1),
}


async def ask(url: str, statement: str) -> list[tuple]:
    """Return the rows of a query, asked in a thread: it may bring an event loop of its own."""
    return [tuple(row) for row in await asyncio.to_thread(query, url, statement)]


async def logs(url: str) -> int:
    [(count,)] = await ask(url, "SELECT count(*) FROM log_entries")
    return count


async def is_each_line_there_once(url: str, count: int) -> bool:
    return await ask(url, "SELECT count(*), count(DISTINCT message) FROM log_entries") == [(count, count)]


async def until_loaded(client: httpx2.AsyncClient, upload_id: str) -> None:
    """Wait until the first chunk of an upload is in the database."""
    async with asyncio.timeout(LONG_SECONDS):
        while True:
            if (await client.get(f"/ingest/uploads/{upload_id}")).json()["loaded"]:
                return
            await asyncio.sleep(0.05)


async def until_status(client: httpx2.AsyncClient, upload_id: str, status: str) -> dict:
    async with asyncio.timeout(LONG_SECONDS):
        while True:
            report = (await client.get(f"/ingest/uploads/{upload_id}")).json()
            if report["status"] == status:
                return report
            await asyncio.sleep(0.05)


class Stalling:
    """A file of which the last piece never comes."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.may_end = asyncio.Event()

    async def pieces(self) -> AsyncIterator[bytes]:
        async for piece in in_pieces(self._content):
            yield piece
        await self.may_end.wait()


@pytest.mark.parametrize(
    "names",
    [("rfc3164", "csv", "parquet", "gzip"), pytest.param(tuple(FORMATS), marks=pytest.mark.slow)],
    ids=["some", "all"],
)
async def test_every_format_is_recognised_by_content(settings: Settings, names: tuple[str, ...]) -> None:
    async with served(settings) as (client, _):
        loaded = 0
        for number, name in enumerate(names):
            content, count = FORMATS[name]
            report = await send(client, content, name=f"{name}.bin", source_id=f"s{number}")
            assert (report["lines"], report["loaded"], report["rejected"]) == (count, count, 0), name
            loaded += count
            assert await logs(settings.database_url) == loaded


async def test_anomalies_and_ips(settings: Settings) -> None:
    anomalies = b"timestamp,anomaly_type,score\n2026-01-02T03:04:05Z,burst,0.5\n"
    ips = b"address,first_seen,last_seen\n10.0.0.1,2026-01-02T03:04:05Z,2026-01-03T00:00:00Z\n"
    async with served(settings) as (client, _):
        assert (await send(client, anomalies, kind="anomalies", name="a.csv"))["loaded"] == 1
        assert (await send(client, ips, kind="ips", name="i.csv"))["loaded"] == 1
        counted = {item["kind"]: item["rows"] for item in (await client.get("/datasets")).json()}
        assert counted == {"logs": 0, "anomalies": 1, "ips": 1}
    assert await ask(settings.database_url, "SELECT anomaly_type FROM anomaly_detections") == [("burst",)]


async def test_options_do_what_they_do_on_the_command_line(settings: Settings) -> None:
    options = {"timezone": "+02:00", "year": 2005, "default_level": "warn", "derive_ips": False}
    async with served(settings) as (client, _):
        await send(client, lines(1), name="a.log", **options)
        [logs_, _, ips] = (await client.get("/datasets")).json()
    assert logs_["first"] == "2005-06-14T13:16:00.000000Z"
    assert await ask(settings.database_url, "SELECT log_level FROM log_entries") == [("WARNING",)]
    assert ips["rows"] == 0


async def test_fields_are_mapped_and_times_have_an_own_form(settings: Settings) -> None:
    content = b"when;who;what\n01/03/2024 10:00;shop;hello\n"
    options = {
        "map": {"timestamp": "when", "message": "what", "process_name": "who"},
        "time_format": "%d/%m/%Y %R",
    }
    async with served(settings) as (client, _):
        await send(client, content, name="a.csv", **options)
        [logs_, _, _] = (await client.get("/datasets")).json()
    assert logs_["first"] == "2024-03-01T10:00:00.000000Z"
    found = await ask(settings.database_url, "SELECT process_name, message FROM log_entries")
    assert found == [("shop", "hello")]


async def test_years_follow_the_time_of_the_file(settings: Settings) -> None:
    async with served(settings) as (client, _):
        await send(client, lines(1), modified_at="2011-01-01T00:00:00Z")
        [logs_, *_] = (await client.get("/datasets")).json()
    assert logs_["first"] == "2010-06-14T15:16:00.000000Z"


async def test_a_file_is_loaded_once_under_any_name(settings: Settings) -> None:
    async with served(settings) as (client, _):
        first = await send(client, lines(1_000), name="a.log")
        again = await send(client, gzip.compress(lines(1_000)), name="b.log.gz")
        assert (again["lines"], again["skipped"], again["source_id"]) == (0, 1_000, first["source_id"])
        grown = await send(client, lines(1_100), name="a.log")
        assert (grown["lines"], grown["skipped"]) == (100, 1_000)
        assert await is_each_line_there_once(settings.database_url, 1_100)
        other = await send(client, lines(1_000), source_id="again")
        assert (other["loaded"], other["source_id"]) == (1_000, "again")


async def test_a_hostile_name_is_only_text(settings: Settings, tmp_path: Path) -> None:
    name = "../../etc/pass'wd\";--:x %s $1 <img src=x onerror=alert(1)>.log"
    before = set(tmp_path.parent.iterdir())
    async with served(settings) as (client, _):
        report = await send(client, lines(2) + b"nonsense\n", name=name)
        page = (await client.get("/ingest/sources")).json()
    assert report["name"] == name
    assert [source["name"] for source in page["sources"]] == [name]
    assert await logs(settings.database_url) == 2
    assert set(tmp_path.parent.iterdir()) == before
    assert [path.name for path in (tmp_path / "rejects").iterdir()] == [f"{report['source_id']}.jsonl"]


async def test_a_file_of_rejects_only(settings: Settings) -> None:
    content = b"".join(b"<img src=x onerror=alert(%d)>\n" % n for n in range(50)) + b"\xff\xfe\n"
    async with served(settings) as (client, _):
        report = await send(client, content)
        assert (report["lines"], report["loaded"], report["rejected"]) == (51, 0, 51)
        assert report["is_mostly_rejected"] is True
        assert [(reason["count"], reason["line"]) for reason in report["reasons"]] == [(50, 1), (1, 51)]
        whole = [json.loads(line) for line in (await rejects(client, report["source_id"])).splitlines()]
        first = [
            json.loads(line) for line in (await rejects(client, report["source_id"], limit=5)).splitlines()
        ]
        page = (await client.get("/ingest/sources")).json()
    assert [reject["line"] for reject in whole] == list(range(1, 52))
    assert whole[0]["raw"] == "<img src=x onerror=alert(0)>"
    assert whole[-1]["reason"] == "not valid UTF-8"
    assert first == whole[:5]
    assert (page["total"], page["sources"][0]["rejected"], page["sources"][0]["is_complete"]) == (1, 51, True)
    assert await logs(settings.database_url) == 0


async def test_the_result_tells_what_is_known_of_the_lines(settings: Settings) -> None:
    async with served(settings) as (client, _):
        report = await send(client, lines(3))
        load = (await client.get(f"/loads/{report['source_id']}")).json()
    assert report["formats"] == [{"format": "rfc3164", "name": "syslog (RFC 3164)", "lines": 3}]
    assert [load[name] == report[name] for name in ("formats", "unrecognised", "filled")] == [True] * 3
    assert report["filled"] == {"log_level": 0, "process_name": 3, "host_name": 3}
    assert (report["reasons"], report["are_years_guessed"], report["is_mostly_rejected"]) == ([], True, False)


async def test_a_source_without_rejects_and_one_that_is_none(settings: Settings) -> None:
    async with served(settings) as (client, _):
        report = await send(client, lines(3))
        assert await rejects(client, report["source_id"]) == ""
        for unknown in ("nothing", "..%2F..%2Flumber", "%2e%2e"):
            answer = await client.get(f"/ingest/sources/{unknown}/rejects")
            assert answer.status_code == 404, unknown


async def test_an_empty_file(settings: Settings) -> None:
    async with served(settings) as (client, _):
        report = await send(client, b"", size_bytes=0)
    assert (report["lines"], report["bytes_received"]) == (0, 0)


async def test_wrong_options_are_named_all_at_once(settings: Settings) -> None:
    wrong = {
        "kind": "lumber",
        "name": "a\nb",
        "format": "xml",
        "timezone": "Mars/Base",
        "year": 10_000,
        "default_level": "loud",
        "source_id": "../x",
        "modified_at": "0001-01-01T00:00:00Z",
        "map": {"x": "y"},
        "time_format": "%Q",
        "pattern": "%{IP:a}(",
        "multiline": "some",
    }
    async with served(settings) as (client, _):
        answer = await client.post("/ingest/uploads", json=wrong)
        unknown = await client.post("/ingest/uploads", json={"kind": "logs", "name": "a", "path": "/etc"})
        missing = await client.post("/ingest/uploads", json={"year": "many"})
    assert (answer.status_code, answer.json()["code"]) == (422, "config_invalid")
    fields = {error["field"]: error for error in answer.json()["errors"]}
    assert fields.keys() == wrong.keys()
    assert fields["kind"]["allowed"] == ["logs", "anomalies", "ips"]
    assert fields["pattern"]["position"] == 7
    assert [error["field"] for error in unknown.json()["errors"]] == ["path"]
    assert {error["field"] for error in missing.json()["errors"]} == {"kind", "name", "year"}


@pytest.mark.parametrize(
    "content", [gzip.compress(lines(1_000))[:-100], PARQUET.getvalue()[:-50]], ids=["gzip", "parquet"]
)
async def test_a_damaged_file(settings: Settings, content: bytes) -> None:
    async with served(settings) as (client, _):
        upload_id = await announce(client)
        answer = await client.put(f"/ingest/uploads/{upload_id}/content", content=content)
        report = (await client.get(f"/ingest/uploads/{upload_id}")).json()
    assert (answer.status_code, answer.json()["code"]) == (422, "ingest_failed")
    assert (report["status"], report["error_code"]) == ("failed", "ingest_failed")
    assert report["error_message"] == answer.json()["detail"]


async def test_a_bomb_is_refused_and_what_came_before_it_stays(settings: Settings) -> None:
    limited = settings.model_copy(update={"max_decompressed_bytes": 6 * MEBIBYTE})
    bomb = (
        zstandard.compress(lines(MANY, characters=LONG_CHARACTERS))
        + zstandard.compress(bytes(MEBIBYTE)) * 1_000
    )
    async with served(limited) as (client, _):
        upload_id = await announce(client)
        answer = await client.put(f"/ingest/uploads/{upload_id}/content", content=bomb)
        assert answer.status_code == 422
        assert answer.json()["code"] == "ingest_failed"
        assert "the limit of LUMBER_MAX_DECOMPRESSED_BYTES" in answer.json()["detail"]
        report = (await client.get(f"/ingest/uploads/{upload_id}")).json()
        assert report["status"] == "failed"
        assert 0 < report["loaded"] == await logs(settings.database_url) < MANY


async def test_as_many_uploads_as_the_settings_allow(settings: Settings) -> None:
    async with served(settings) as (client, _):
        waiting = await announce(client)
        file = Stalling(b"")
        running = await announce(client)
        sending = asyncio.create_task(
            client.put(f"/ingest/uploads/{running}/content", content=file.pieces(), timeout=LONG_SECONDS)
        )
        await until_status(client, running, "running")
        refused = await client.post("/ingest/uploads", json={"kind": "logs", "name": "c.log"})
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_uploads")
        assert int(refused.headers["Retry-After"]) > 0
        file.may_end.set()
        assert (await sending).json()["status"] == "completed"
        await announce(client)
        assert (await client.post(f"/ingest/uploads/{waiting}/cancel")).json()["status"] == "cancelled"
        await announce(client)


async def test_a_file_that_is_too_large(settings: Settings) -> None:
    limited = settings.model_copy(update={"max_upload_bytes": 1_000})
    async with served(limited) as (client, _):
        body = {"kind": "logs", "name": "a.log", "size_bytes": 1_001}
        refused = await client.post("/ingest/uploads", json=body)
        assert (refused.status_code, refused.json()["code"]) == (413, "upload_too_large")
        upload_id = await announce(client)
        answer = await client.put(f"/ingest/uploads/{upload_id}/content", content=in_pieces(lines(100)))
        assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")


async def test_content_comes_once(settings: Settings) -> None:
    async with served(settings) as (client, _):
        report = await send(client, lines(1))
        again = await client.put(f"/ingest/uploads/{report['upload_id']}/content", content=lines(1))
        late = await client.post(f"/ingest/uploads/{report['upload_id']}/cancel")
        nowhere = await client.put("/ingest/uploads/nowhere/content", content=lines(1))
    assert [again.json()["code"], late.json()["code"]] == ["upload_state", "upload_state"]
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "upload_not_found")


async def test_a_page_of_another_origin_sends_nothing(settings: Settings) -> None:
    async with served(settings) as (client, _):
        upload_id = await announce(client)
        answer = await client.put(
            f"/ingest/uploads/{upload_id}/content",
            content=lines(1),
            headers={"Origin": "http://evil.example"},
        )
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")


async def test_cancel_in_the_middle(settings: Settings) -> None:
    content = lines(MANY, characters=LONG_CHARACTERS)
    file = Stalling(content)
    async with served(settings) as (client, _):
        upload_id = await announce(client, size_bytes=len(content) + 1)
        path = f"/ingest/uploads/{upload_id}/content"
        sending = asyncio.create_task(client.put(path, content=file.pieces()))
        await until_loaded(client, upload_id)
        running = (await client.get(f"/ingest/uploads/{upload_id}")).json()
        assert running["status"] == "running"
        assert running["bytes_per_second"] > 0
        assert running["eta_seconds"] is not None
        cancelled = await client.post(f"/ingest/uploads/{upload_id}/cancel")
        assert cancelled.json()["status"] == "cancelled"
        file.may_end.set()
        try:
            answer = await sending
            assert (answer.status_code, answer.json()["code"]) == (409, "upload_cancelled")
        except httpx2.TransportError:
            pass  # the answer came before the content's end, and the connection is cut
        report = await until_status(client, upload_id, "cancelled")
        assert report["error_code"] == "upload_cancelled"
        assert not loading_processes(os.getpid())
        assert 0 < await logs(settings.database_url) < MANY
        again = await send(client, content)
    assert again["skipped"] > 0
    assert await is_each_line_there_once(settings.database_url, MANY)


async def test_a_client_that_vanishes(settings: Settings) -> None:
    content = lines(MANY, characters=LONG_CHARACTERS)
    file = Stalling(content)
    async with served(settings) as (client, _):
        upload_id = await announce(client)
        path = f"/ingest/uploads/{upload_id}/content"
        async with httpx2.AsyncClient(base_url=client.base_url, timeout=LONG_SECONDS) as other:
            sending = asyncio.create_task(other.put(path, content=file.pieces()))
            await until_loaded(client, upload_id)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
        report = await until_status(client, upload_id, "failed")
        assert report["error_code"] == "upload_interrupted"
        assert not loading_processes(os.getpid())
        [source] = (await client.get("/ingest/sources")).json()["sources"]
        assert not source["is_complete"]
        assert await logs(settings.database_url) == source["loaded"] == report["loaded"]
        again = await send(client, content)
        assert again["skipped"] == source["lines"]
    assert await is_each_line_there_once(settings.database_url, MANY)


async def test_a_client_that_sends_nothing(settings: Settings) -> None:
    async def nothing() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    async with served(settings):
        upload = Uploads(settings, idle_seconds=0.1).create(UploadRequest("logs", "a.log"))
        with pytest.raises(UploadInterrupted, match=r"0\.1 s"):
            await upload.receive(nothing())
    assert upload.status == "failed"


async def test_a_service_that_stops_ends_its_uploads(settings: Settings) -> None:
    file = Stalling(lines(10))
    async with served(settings) as (_, service):
        upload = service.uploads.create(UploadRequest("logs", "a.log"))
        receiving = asyncio.create_task(upload.receive(file.pieces()))
        await until(lambda: bool(loading_processes(os.getpid())))
    with pytest.raises(UploadInterrupted):
        await receiving
    assert not loading_processes(os.getpid())


@pytest.mark.parametrize(
    "is_child_spared",
    [pytest.param(False, marks=pytest.mark.slow, id="all-killed"), pytest.param(True, id="service-killed")],
)
async def test_a_service_that_is_killed(
    either_database_url: str, tmp_path: Path, is_child_spared: bool
) -> None:
    content = lines(MANY, characters=LONG_CHARACTERS)
    file = Stalling(content)
    with serving(either_database_url, tmp_path, "--no-worker") as (running, address):
        async with httpx2.AsyncClient(base_url=f"{address}/api/v1", timeout=LONG_SECONDS) as client:
            upload_id = await announce(client)
            sending = asyncio.create_task(
                client.put(f"/ingest/uploads/{upload_id}/content", content=file.pieces())
            )
            await until_loaded(client, upload_id)
            [child] = loading_processes(running.pid)
            if is_child_spared:
                os.kill(running.pid, signal.SIGKILL)
            else:
                running.kill()
            file.may_end.set()
            with pytest.raises(httpx2.TransportError):
                await sending
            # Nobody feeds it any more: it ends by itself.
            await asyncio.to_thread(child.wait, LONG_SECONDS)
    assert 0 < await logs(either_database_url) < MANY
    with serving(either_database_url, tmp_path, "--no-worker") as (_, address):
        async with httpx2.AsyncClient(base_url=f"{address}/api/v1", timeout=LONG_SECONDS) as client:
            [before] = (await client.get("/ingest/sources")).json()["sources"]
            again = await send(client, content)
            assert again["skipped"] == before["lines"] > 0
    assert await is_each_line_there_once(either_database_url, MANY)


async def test_a_killed_loading_process_is_told(settings: Settings) -> None:
    content = lines(MANY, characters=LONG_CHARACTERS)
    file = Stalling(content)
    async with served(settings) as (client, _):
        upload_id = await announce(client)
        sending = asyncio.create_task(
            client.put(f"/ingest/uploads/{upload_id}/content", content=file.pieces())
        )
        await until_loaded(client, upload_id)
        [child] = loading_processes(os.getpid())
        child.kill()
        report = await until_status(client, upload_id, "failed")
        assert report["error_code"] == "upload_interrupted"
        assert "out of memory" in report["error_message"]
        file.may_end.set()
        await asyncio.gather(sending, return_exceptions=True)
        await send(client, content)
    assert await is_each_line_there_once(settings.database_url, MANY)


@pytest.mark.parametrize(
    ("count", "growth_bytes"),
    [(30_000, 14 * MEBIBYTE), pytest.param(60_000, 25 * MEBIBYTE, marks=pytest.mark.slow)],
)
async def test_a_large_file_takes_no_memory(
    either_database_url: str, tmp_path: Path, count: int, growth_bytes: int
) -> None:
    content = lines(count, characters=LONG_CHARACTERS)
    assert len(content) > 2 * growth_bytes
    with serving(either_database_url, tmp_path, "--no-worker", is_script=True) as (running, address):
        service = psutil.Process(running.pid)
        async with httpx2.AsyncClient(base_url=f"{address}/api/v1", timeout=None) as client:
            await send(client, lines(1, first=-1), name="first.log")
            before = service.memory_info().rss
            seen: list[int] = []
            report = await send(
                client, in_pieces(content, lambda: seen.append(service.memory_info().rss)), name="large.log"
            )
    assert report["loaded"] == count
    assert report["bytes_received"] == len(content)
    assert max(seen) - before < growth_bytes


async def test_exports_go_on_beside_a_load(either_database_url: str, tmp_path: Path) -> None:
    with serving(either_database_url, tmp_path) as (_, address):
        async with httpx2.AsyncClient(base_url=f"{address}/api/v1", timeout=LONG_SECONDS) as client:
            await send(client, lines(2_000), name="first.log")
            config = {"data_types": ["logs"], "output_format": "jsonl"}
            created: list[str] = []

            def export() -> None:
                if len(created) < 2:
                    created.append(call(address, "/export/", config)["export_id"])

            upload_id = await announce(client, name="large.log")

            async def pieces() -> AsyncIterator[bytes]:
                for number in range(10):
                    yield lines(2_000, first=2_000 * (number + 1))
                    await asyncio.to_thread(export)

            answer = await client.put(f"/ingest/uploads/{upload_id}/content", content=pieces())
            assert answer.json()["loaded"] == 20_000
        for export_id in created:
            wait_for_end(address, export_id)
            assert call(address, f"/export/{export_id}")["status"] == "completed"
