"""Clean-up by hand and the totals, through the service."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lumber.api import create_app
from lumber.settings import Settings
from tests.integration.ledgers import NOW, export_id, export_row, file_rows, insert

CLEANUP = "/api/v1/export/cleanup"
STATS = "/api/v1/export/stats"


def ended(settings: Settings, number: int, days: float) -> dict[str, Any]:
    folder = settings.effective_exports_dir / export_id(number)
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_bytes(b"x" * 100)
    row = export_row(number, status="completed", finished_at=NOW - timedelta(days=days), counts=None)
    return row | {"file_size": 100, "output_path": str(folder)}


@pytest.fixture
def exports(client: TestClient, settings: Settings) -> None:
    """Four exports that ended 1, 10, 20 and 30 days ago, and one that waits."""
    rows = [ended(settings, number, days) for number, days in enumerate((1, 10, 20, 30))]
    insert(settings.database_url, "exports", [*rows, export_row(5)])


def history(client: TestClient) -> set[str]:
    return {item["export_id"] for item in client.get("/api/v1/export/").json()}


@pytest.mark.usefixtures("exports")
def test_a_clean_up_deletes_what_the_request_does_not_keep(client: TestClient, settings: Settings) -> None:
    everything = {export_id(n) for n in (0, 1, 2, 3, 5)}
    planned = client.post(CLEANUP, json={"days": 15, "is_dry_run": True})
    assert planned.status_code == 200
    assert history(client) == everything
    report = client.post(CLEANUP, json={"days": 15}).json()
    assert report == {**planned.json(), "is_dry_run": False}
    assert [item["export_id"] for item in report["exports"]] == [export_id(3), export_id(2)]
    assert (report["freed_bytes"], report["kept"]) == (200, 2)
    assert history(client) == everything - {export_id(3), export_id(2)}
    assert {path.name for path in settings.effective_exports_dir.iterdir()} == {export_id(0), export_id(1)}
    assert client.get(f"/api/v1/export/{export_id(3)}").status_code == 404
    assert client.post(CLEANUP, json={"keep_last": 1}).json()["kept"] == 1
    assert client.post(CLEANUP, json={"total_bytes": 0}).json()["kept"] == 0
    assert history(client) == {export_id(5)}


@pytest.mark.usefixtures("exports")
def test_without_limits_those_of_the_settings_hold(client: TestClient, settings: Settings) -> None:
    for body in ({}, None):
        assert client.post(CLEANUP, json=body).json()["exports"] == []
    strict = settings.model_copy(update={"retention_count": 3})
    with TestClient(create_app(strict)) as other:
        # Its own loop may have been first; either way the same three stay.
        other.post(CLEANUP)
        assert history(other) == {export_id(n) for n in (0, 1, 2, 5)}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"days": 0}, "days"),
        ({"days": -1}, "days"),
        ({"days": 1e300}, "days"),
        ({"keep_last": -1}, "keep_last"),
        ({"total_bytes": 1.5}, "total_bytes"),
        ({"total_bytes": 10**30}, "total_bytes"),
        ({"day": 1}, "day"),
        ([], "body"),
    ],
)
@pytest.mark.usefixtures("exports")
def test_a_bad_limit_deletes_nothing(client: TestClient, body: Any, field: str) -> None:
    answer = client.post(CLEANUP, json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert len(history(client)) == 5


@pytest.mark.usefixtures("exports")
def test_a_foreign_page_cannot_clean_up(client: TestClient) -> None:
    answer = client.post(CLEANUP, json={"days": 1}, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert len(history(client)) == 5


def test_the_totals_are_those_of_the_ledger(client: TestClient, settings: Settings) -> None:
    rows = [export_row(number) for number in range(14)]
    insert(settings.database_url, "exports", rows)
    insert(settings.database_url, "export_files", [file for row in rows for file in file_rows(row)])
    stats = client.get(STATS).json()
    completed = [row for row in rows if row["status"] == "completed"]
    assert stats["by_status"] == {"pending": 2, "running": 2, "completed": 6, "failed": 2, "cancelled": 2}
    assert stats["queue"]["waiting"] == 2
    assert stats["queue"]["oldest_waiting_seconds"] >= 30 * 60
    assert stats["totals"]["exports"] == stats["last_day"]["totals"]["exports"] == 6
    assert stats["totals"]["rows"] == sum(row["record_count"] for row in completed)
    assert stats["totals"]["bytes"] == sum(row["file_size"] for row in completed)
    written = {kind: counts["written"] for kind, counts in stats["last_day"]["rows_by_kind"].items()}
    assert {kind: item["rows"] for kind, item in stats["kinds"].items()} == written
    assert sum(written.values()) == stats["totals"]["rows"]


def test_the_limits_of_the_settings_are_told(client: TestClient, settings: Settings) -> None:
    nothing = {"days": None, "total_bytes": None, "keep_last": None}
    assert client.get(STATS).json()["retention"] == nothing
    strict = settings.model_copy(update={"retention_days": 0.5, "retention_bytes": 0, "retention_count": 7})
    with TestClient(create_app(strict)) as other:
        assert other.get(STATS).json()["retention"] == {"days": 0.5, "total_bytes": 0, "keep_last": 7}
