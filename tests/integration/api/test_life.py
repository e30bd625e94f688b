"""One export from its creation to its files, with the worker inside the service, on both databases."""

import hashlib
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from lumber.api import create_app
from lumber.settings import Settings
from tests.integration.datasets import fill, fill_days

ROWS = 500


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings for a database of each kind."""
    return Settings(serve_worker=False, data_dir=tmp_path, database_url=database_url, workers=1)


def test_an_export_is_created_followed_and_fetched(settings: Settings) -> None:
    fill(settings.effective_database_url, ROWS)
    working = settings.model_copy(update={"serve_worker": True, "partition_rows": 100})
    with TestClient(create_app(working)) as client:
        config = {"data_types": ["logs"], "output_format": "jsonl"}
        assert client.post("/api/v1/export/preview", json=config).json()["total_rows"] == ROWS
        created = client.post("/api/v1/export/", json=config).json()
        address = f"/api/v1/export/{created['export_id']}"

        # The stream ends by itself, when the export does.
        events = client.get(f"{address}/events").text.splitlines()

        assert '"status":"completed"' in [line for line in events if line.startswith("data: ")][-1]
        shown = client.get(address).json()
        assert (shown["status"], shown["record_count"]) == ("completed", ROWS)
        assert shown["kinds"]["logs"] == {"read": ROWS, "written": ROWS, "rejected": 0, "deduplicated": 0}
        assert [attempt["outcome"] for attempt in shown["attempts"]] == ["completed"]
        files = client.get(f"{address}/files").json()
        contents = {item["path"]: client.get(f"{address}/files/{item['file_id']}").content for item in files}
        assert {item["path"]: item["sha256"] for item in files} == {
            path: hashlib.sha256(content).hexdigest() for path, content in contents.items()
        }
        lines = b"".join(content for path, content in sorted(contents.items()) if path.startswith("logs/"))
        assert lines.count(b"\n") == ROWS

        assert client.delete(address).json()["files_deleted"] is True
        assert client.get(f"{address}/files").status_code == 404
    assert not (settings.effective_exports_dir / created["export_id"]).exists()


def test_a_job_that_no_row_matches_completes_without_rows(settings: Settings) -> None:
    """Only the command line takes that for a mistake."""
    fill(settings.effective_database_url, 10)
    with TestClient(create_app(settings.model_copy(update={"serve_worker": True}))) as client:
        config = {"data_types": ["logs"], "processes": ["nobody"]}
        created = client.post("/api/v1/export/", json=config).json()
        address = f"/api/v1/export/{created['export_id']}"
        assert '"status":"completed"' in client.get(f"{address}/events").text
        shown = client.get(address).json()
        assert shown["kinds"]["logs"] == {"read": 0, "written": 0, "rejected": 0, "deduplicated": 0}
        assert (settings.effective_exports_dir / created["export_id"] / "manifest.json").exists()


def test_a_worker_refuses_the_folders_that_the_service_could_not_count_in_time(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lumber.exports.previews._CHECK_SECONDS", 0.0)
    fill_days(settings.effective_database_url, 4_001)
    with TestClient(create_app(settings.model_copy(update={"serve_worker": True}))) as client:
        created = client.post("/api/v1/export/", json={"data_types": ["logs"], "partition_by": "date"})
        assert created.status_code == 200
        address = f"/api/v1/export/{created.json()['export_id']}"
        assert '"status":"failed"' in client.get(f"{address}/events").text
        shown = client.get(address).json()
        assert shown["error_code"] == "config_invalid"
        assert "would make more than 4,000 folders of logs" in shown["error_message"]
        assert client.get(f"{address}/files").json()["code"] == "export_state"
    assert not (settings.effective_exports_dir / created.json()["export_id"]).exists()
