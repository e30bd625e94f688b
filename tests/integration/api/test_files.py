"""Downloads: by id, in parts, conditional, as one zip, and only what a finished dataset holds."""

import asyncio
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lumber.api import create_app
from lumber.exports import DataExporter, ExportConfig, ExportStatusManager
from lumber.settings import Settings
from tests.integration.api.serving import CONFIG, completed_export, running_export, started
from tests.integration.datasets import execute, fill, sqlite_time

ROWS = 300
BLANK = 3


@dataclass(frozen=True)
class Made:
    """A dataset that a real export made, and a client of the service that knows it."""

    client: TestClient
    folder: Path
    export_id: str

    def address(self, path: str) -> str:
        return f"/api/v1/export/{self.export_id}{path}"

    def file(self, path: str) -> dict:
        [found] = [item for item in self.client.get(self.address("/files")).json() if item["path"] == path]
        return found

    def file_address(self, path: str) -> str:
        return self.address(f"/files/{self.file(path)['file_id']}")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    home = tmp_path_factory.mktemp("downloads")
    url = f"sqlite:///{home / 'lumber.db'}"
    fill(url, ROWS)
    blanks = [(ROWS + n, sqlite_time(n), "") for n in range(1, BLANK + 1)]
    execute(url, "INSERT INTO log_entries (id, timestamp, message) VALUES (?, ?, ?)", blanks)
    settings = Settings(
        serve_worker=False, data_dir=home, database_url=url, workers=1, shard_size_bytes=20_000
    )
    config = ExportConfig(data_types=["logs", "ips"], output_format="jsonl", batch_size=50)
    done = asyncio.run(DataExporter(config, settings=settings).export_data())
    with TestClient(create_app(settings)) as client:
        yield Made(client, Path(done.path), done.export_id)


def test_the_files_are_those_of_the_manifest(made: Made) -> None:
    files = made.client.get(made.address("/files")).json()
    manifest = made.client.get(made.address("/manifest"))

    assert manifest.headers["Content-Type"] == "application/json"
    assert manifest.content == (made.folder / "manifest.json").read_bytes()
    listed = {item["path"]: (item["bytes"], item["sha256"]) for item in manifest.json()["files"]}
    assert {item["path"]: (item["size_bytes"], item["sha256"]) for item in files} == listed
    assert len([item for item in files if item["kind"] == "logs"]) > 1
    assert sum(item["rows"] for item in files if item["kind"] == "logs") == ROWS
    assert {item["split"] for item in files if item["kind"]} == {"train"}
    assert {item["path"] for item in files if item["kind"] is None} == {
        "README.md",
        "SHA256SUMS",
        "croissant.json",
        "datacontract.yaml",
        "quality_report.json",
        "rejects/logs.jsonl",
    }


def test_a_manifest_comes_without_its_files(made: Made) -> None:
    whole = made.client.get(made.address("/manifest")).json()
    asked = made.client.get(made.address("/manifest"), params={"files": "false"})

    assert asked.headers["Content-Type"] == "application/json"
    assert asked.json() == {key: value for key, value in whole.items() if key != "files"}
    assert made.client.get(made.address("/manifest"), params={"files": "true"}).json() == whole


def test_files_come_in_pages_by_path(made: Made) -> None:
    whole = made.client.get(made.address("/files"))
    paths = [item["path"] for item in whole.json()]
    assert paths == sorted(paths)
    found: list[str] = []
    while len(found) < len(paths):
        query = {"limit": 3, **({"after": found[-1]} if found else {})}
        page = made.client.get(made.address("/files"), params=query)
        assert page.headers["X-Total-Count"] == whole.headers["X-Total-Count"] == str(len(paths))
        found += [item["path"] for item in page.json()]
        assert len(page.json()) == 3 or found == paths
    assert found == paths
    after_all = made.client.get(made.address("/files"), params={"after": paths[-1]})
    assert (after_all.status_code, after_all.json()) == (200, [])
    for wrong in ({"limit": 0}, {"limit": 10_001}, {"after": "a\x00"}):
        assert made.client.get(made.address("/files"), params=wrong).status_code == 422


def test_data_files_and_documents_are_asked_for_apart(made: Made) -> None:
    files = made.client.get(made.address("/files")).json()
    for only, wanted in (
        ("data", [item for item in files if item["kind"]]),
        ("documents", [item for item in files if not item["kind"]]),
    ):
        found: list[dict[str, Any]] = []
        while len(found) < len(wanted):
            query = {"only": only, "limit": 2, **({"after": found[-1]["path"]} if found else {})}
            page = made.client.get(made.address("/files"), params=query)
            assert page.headers["X-Total-Count"] == str(len(wanted))
            found += page.json()
        assert found == wanted
    assert made.client.get(made.address("/files"), params={"only": "x"}).status_code == 422


def test_verdicts_judge_the_dataset(made: Made) -> None:
    answer = made.client.get(made.address("/verdicts"))
    assert answer.status_code == 200
    found = {item["topic"]: item for item in answer.json()}
    assert {topic: item["level"] for topic, item in found.items()} == {
        "balance": "green",
        "splits": "grey",
        "leakage": "grey",
        "classes": "grey",
        "privacy": "grey",
        "rejects": "green",
        "reproducible": "green",
    }
    assert found["rejects"]["text"] == (
        f"logs: {BLANK} of {ROWS + BLANK} rows (1%) broke a rule, most often message.required."
    )
    assert found["splits"]["fix"]["text"] == "Split by time"
    assert found["splits"]["fix"]["changes"]["split"]["mode"] == "time"
    assert found["rejects"]["thresholds"] == [
        {"meaning": "Share of rejected rows of a data type", "amber": "above 1%", "red": "above 5%"}
    ]


async def test_a_manifest_that_cannot_be_read_gives_grey_verdicts(settings: Settings, tmp_path: Path) -> None:
    async with started(settings) as (client, service):
        export_id = await completed_export(service.ledger, tmp_path / "done", {"README.md": b"text"})
        (tmp_path / "done" / "manifest.json").write_text('{"files": []}')
        rows = await client.get(f"/export/{export_id}/rows")
        assert (rows.status_code, rows.json()["code"]) == (500, "dataset_damaged")
        answer = await client.get(f"/export/{export_id}/verdicts")
        assert (answer.status_code, {item["level"] for item in answer.json()}) == (200, {"grey"})
        assert "has no list of files" in answer.json()[0]["text"]


def test_a_download_reads_only_its_own_file_in_the_ledger(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all of them, the downloads of a large dataset took time with the square of its files."""
    file_id = made.file("README.md")["file_id"]
    read: list[int] = []
    files = ExportStatusManager.files

    async def counted(*arguments: Any, **named: Any) -> Any:
        found = await files(*arguments, **named)
        read.append(len(found))
        return found

    monkeypatch.setattr(ExportStatusManager, "files", counted)
    for path in (f"/files/{file_id}", "/quality", "/manifest", "/rejects", "/verdicts"):
        assert made.client.get(made.address(path)).status_code == 200
    assert read == [1, 1, 0, 1, 0]
    unknown = made.client.get(made.address("/files/a%00b"))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "export_file_not_found")


def test_every_file_comes_whole_with_its_checksum(made: Made) -> None:
    for item in made.client.get(made.address("/files")).json():
        answer = made.client.get(made.address(f"/files/{item['file_id']}"))

        assert answer.status_code == 200
        assert answer.content == (made.folder / item["path"]).read_bytes()
        assert hashlib.sha256(answer.content).hexdigest() == item["sha256"]
        assert answer.headers["ETag"] == f'"{item["sha256"]}"'
        assert answer.headers["Content-Length"] == str(item["size_bytes"])
        assert answer.headers["Accept-Ranges"] == "bytes"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        name = item["path"].replace("/", "-")
        assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{name}"')


def test_a_file_is_asked_for_without_its_content(made: Made) -> None:
    address = made.file_address("README.md")
    whole = made.client.get(address)

    head = made.client.head(address, headers={"Range": "bytes=0-1"})

    assert (head.status_code, head.content) == (200, b"")
    ignored = {"x-request-id"}
    assert {k: v for k, v in head.headers.items() if k not in ignored} == {
        k: v for k, v in whole.headers.items() if k not in ignored
    }


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=0-9", slice(0, 10)),
        ("bytes=100-199", slice(100, 200)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=-99999999", slice(0, None)),
        ("bytes=5-99999999", slice(5, None)),
        ("BYTES= 1 - 2 ", slice(1, 3)),
    ],
)
def test_a_part_of_a_file(made: Made, wanted: str, part: slice) -> None:
    path = "quality_report.json"
    content = (made.folder / path).read_bytes()
    start, stop, _ = part.indices(len(content))

    answer = made.client.get(made.file_address(path), headers={"Range": wanted})

    assert answer.status_code == 206
    assert answer.content == content[part]
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(content)}"
    assert answer.headers["Content-Length"] == str(stop - start)


@pytest.mark.parametrize("wanted", ["bytes=99999999-", "bytes=99999999-99999999", "bytes=-0"])
def test_a_part_that_does_not_exist(made: Made, wanted: str) -> None:
    answer = made.client.get(made.file_address("README.md"), headers={"Range": wanted})

    assert (answer.status_code, answer.json()["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{made.file('README.md')['size_bytes']}"


@pytest.mark.parametrize(
    "odd",
    ["bytes=0-1,4-5", "lines=0-1", "bytes=", "bytes=-", "bytes=9-5", "bytes=a-b", "bytes=" + "9" * 5_000],
)
def test_what_is_not_one_range_gives_the_whole_file(made: Made, odd: str) -> None:
    answer = made.client.get(made.file_address("README.md"), headers={"Range": odd})

    assert (answer.status_code, answer.content) == (200, (made.folder / "README.md").read_bytes())


def test_a_part_is_for_the_same_content_only(made: Made) -> None:
    address = made.file_address("README.md")
    etag = made.client.get(address).headers["ETag"]

    def status(condition: str) -> int:
        headers = {"Range": "bytes=0-9", "If-Range": condition}
        return made.client.get(address, headers=headers).status_code

    assert status(etag) == 206
    assert status('"another"') == 200
    assert status(f"W/{etag}") == 200
    assert status("Mon, 23 Nov 2026 00:00:00 GMT") == 200


def test_what_is_known_is_not_sent_again(made: Made) -> None:
    address = made.file_address("README.md")
    etag = made.client.get(address).headers["ETag"]

    for condition in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = made.client.get(address, headers={"If-None-Match": condition, "Range": "bytes=0-1"})
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", etag)
    assert made.client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_whole_dataset_as_one_zip(made: Made) -> None:
    answer = made.client.get(made.address("/download"))
    head = made.client.head(made.address("/download"))

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Length"] == str(len(answer.content)) == head.headers["Content-Length"]
    assert (head.status_code, head.content) == (200, b"")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    assert {item.compress_type for item in archive.infolist()} == {zipfile.ZIP_STORED}
    on_disk = {
        str(path.relative_to(made.folder)): path.read_bytes()
        for path in made.folder.rglob("*")
        if path.is_file()
    }
    assert {name: archive.read(name) for name in archive.namelist()} == on_disk


def test_the_reports(made: Made) -> None:
    quality = made.client.get(made.address("/quality"))
    assert quality.json() == json.loads((made.folder / "quality_report.json").read_text())

    rejects = made.client.get(made.address("/rejects"))
    assert rejects.headers["Content-Type"] == "application/x-ndjson"
    assert rejects.headers["Content-Length"] == str(len(rejects.content))
    lines = [json.loads(line) for line in rejects.text.splitlines()]
    assert len(lines) == BLANK
    assert made.client.get(made.address("/rejects?kind=logs")).content == rejects.content
    none = made.client.get(made.address("/rejects?kind=ips"))
    assert (none.status_code, none.content) == (200, b"")
    wrong = made.client.get(made.address("/rejects?kind=anomalies"))
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["allowed"] == ["logs", "ips"]


@pytest.mark.parametrize("file_id", ["x", "%00", "%2e%2e%2fmanifest.json", "README.md", "/etc/passwd"])
def test_only_ids_of_the_ledger_name_files(made: Made, file_id: str) -> None:
    assert made.client.get(made.address(f"/files/{file_id}")).status_code == 404


CALLS = ("/files", "/files/x", "/download", "/manifest", "/verdicts", "/quality", "/rejects")


async def test_nothing_is_there_before_the_manifest(settings: Settings) -> None:
    async with started(settings) as (client, service):
        pending = (await client.post("/export/", json=CONFIG)).json()["export_id"]
        running = (await running_export(service.ledger)).export_id
        failed = await running_export(service.ledger)
        await service.ledger.fail(failed, "x", "x")
        for export_id in (pending, running, failed.export_id):
            for path in CALLS:
                answer = await client.get(f"/export/{export_id}{path}")
                assert (answer.status_code, answer.json()["code"]) == (409, "export_state")


async def test_a_dataset_whose_manifest_is_gone_is_not_handed_out(settings: Settings, tmp_path: Path) -> None:
    async with started(settings) as (client, service):
        export_id = await completed_export(service.ledger, tmp_path / "done", {"README.md": b"text"})
        (tmp_path / "done" / "manifest.json").unlink()
        for path in CALLS:
            answer = await client.get(f"/export/{export_id}{path}")
            assert (answer.status_code, answer.json()["code"]) == (404, "export_file_not_found")


async def test_a_file_that_is_not_as_it_was_written_is_not_handed_out(
    settings: Settings, tmp_path: Path
) -> None:
    folder, secret = tmp_path / "done", tmp_path / "secret.txt"
    names = ["out.txt", "inside.txt", "shorter.txt", "missing.txt", "../secret.txt", "folder.txt"]
    async with started(settings) as (client, service):
        export_id = await completed_export(service.ledger, folder, dict.fromkeys(names, b"text"))
        assert secret.read_bytes() == b"text"
        (folder / "out.txt").unlink()
        (folder / "out.txt").symlink_to(secret)
        (folder / "shorter.txt").write_bytes(b"te")
        (folder / "missing.txt").unlink()
        (folder / "folder.txt").unlink()
        (folder / "folder.txt").mkdir()
        answers = {
            item["path"]: await client.get(f"/export/{export_id}/files/{item['file_id']}")
            for item in (await client.get(f"/export/{export_id}/files")).json()
        }
        whole = await client.get(f"/export/{export_id}/download")

    assert {path: answer.status_code for path, answer in answers.items()} == {
        **dict.fromkeys(names, 404),
        "inside.txt": 200,
    }
    assert whole.status_code == 404


async def test_the_folder_may_be_behind_a_link(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    async with started(settings) as (client, service):
        export_id = await completed_export(service.ledger, tmp_path / "link" / "done", {"a.txt": b"text"})
        [file] = (await client.get(f"/export/{export_id}/files")).json()
        answer = await client.get(f"/export/{export_id}/files/{file['file_id']}")
    assert answer.content == b"text"
