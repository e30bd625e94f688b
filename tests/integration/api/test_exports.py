"""Exports over HTTP: created, listed, shown, cancelled, retried and deleted, on both databases."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from lumber.api import create_app
from lumber.settings import Settings
from tests.integration.api.serving import (
    CONFIG,
    advance,
    completed_export,
    running_export,
    started,
)
from tests.integration.datasets import execute, fill_days

UNKNOWN = "00000000-0000-0000-0000-000000000000"


def create(client: TestClient, **config: object) -> dict:
    answer = client.post("/api/v1/export/", json={**CONFIG, **config})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_created_export_is_pending_and_known_by_its_id(client: TestClient) -> None:
    created = create(client, output_format="parquet")

    assert created["status"] == "pending"
    assert created["export_config"]["output_format"] == "parquet"
    assert (created["record_count"], created["file_size"]) == (0, 0)
    for path in ("", "/status"):
        shown = client.get(f"/api/v1/export/{created['export_id']}{path}")
        assert shown.status_code == 200
        assert shown.json() == {**created, "attempts": [], "publication": None}


def test_an_app_that_was_never_started_answers_too(settings: Settings) -> None:
    client = TestClient(create_app(settings))

    created = create(client)

    assert created["status"] == "pending"
    assert client.get(f"/api/v1/export/{created['export_id']}/status").status_code == 200
    assert [item["export_id"] for item in client.get("/api/v1/export/").json()] == [created["export_id"]]
    events = client.get(f"/api/v1/export/{UNKNOWN}/events")
    assert events.status_code == 404


@pytest.mark.parametrize(
    ("config", "field", "allowed"),
    [
        ({"data_types": ["logz"]}, "data_types", ["logs", "anomalies", "ips"]),
        ({"data_types": []}, "data_types", ["logs", "anomalies", "ips"]),
        ({"output_format": "xml"}, "output_format", ["json", "jsonl", "csv", "parquet", "arrow"]),
        ({"compression": "rar"}, "compression", ["true", "false", "none", "gzip", "zstd"]),
        ({"start_date": "2026-02-01", "end_date": "2026-01-01"}, "end_date", []),
        ({"start_date": "yesterday"}, "start_date", []),
        ({"start_date": 2026}, "start_date", []),
        ({"batch_size": 0}, "batch_size", []),
    ],
)
def test_a_wrong_config_is_refused_with_what_would_be_right(
    client: TestClient, config: dict, field: str, allowed: list[str]
) -> None:
    answer = client.post("/api/v1/export/", json={**CONFIG, **config})

    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["field"], error["allowed"]) == (field, allowed)
    assert client.get("/api/v1/export/").json() == []


def test_everything_that_is_wrong_is_said_at_once(client: TestClient) -> None:
    config = {**CONFIG, "speed": 9, "batch_size": -1, "filters": {"colour": "red", "message": {"like": "x"}}}

    answer = client.post("/api/v1/export/", json=config)

    errors = {error["field"]: error for error in answer.json()["errors"]}
    assert errors.keys() == {"speed", "batch_size", "filters.colour", "filters.message"}
    assert errors["batch_size"]["value"] == -1
    assert "logs.message" in errors["filters.colour"]["allowed"]
    assert "contains" in errors["filters.message"]["allowed"]
    assert "data_types" in errors["speed"]["allowed"]


@pytest.mark.parametrize("path", ["", "/status", "/progress", "/events", "/files", "/download", "/manifest"])
def test_an_unknown_export_is_not_found(client: TestClient, path: str) -> None:
    for export_id in (UNKNOWN, "%00", "x" * 300, "ä"):
        answer = client.get(f"/api/v1/export/{export_id}{path}")
        assert answer.status_code == 404
        assert answer.json()["code"] == "export_not_found"


@pytest.mark.parametrize(("method", "path"), [("POST", "/cancel"), ("POST", "/retry"), ("DELETE", "")])
def test_an_unknown_export_cannot_be_changed(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, f"/api/v1/export/{UNKNOWN}{path}")

    assert (answer.status_code, answer.json()["code"]) == (404, "export_not_found")


def test_the_list_is_newest_first_and_in_pages(client: TestClient) -> None:
    assert client.get("/api/v1/export/").json() == []
    ids = [create(client)["export_id"] for _ in range(3)]

    page = client.get("/api/v1/export/", params={"limit": 2, "offset": 1})

    assert [item["export_id"] for item in page.json()] == ids[1::-1]
    assert page.headers["X-Total-Count"] == "3"


def test_the_list_comes_in_the_order_that_is_asked_for(client: TestClient) -> None:
    ids = [create(client)["export_id"] for _ in range(3)]
    client.post(f"/api/v1/export/{ids[1]}/cancel")

    def found(order: str) -> list[str]:
        answer = client.get("/api/v1/export/", params={"order": order})
        return [item["export_id"] for item in answer.json()]

    assert found("newest") == ids[::-1]
    assert found("oldest") == ids
    assert found("status") == [ids[1], ids[2], ids[0]]
    assert found("status_reversed") == [ids[2], ids[0], ids[1]]
    # Of the others nobody knows yet how many rows they will have.
    assert found("most_rows") == found("fewest_rows") == [ids[1], ids[2], ids[0]]


def test_the_list_is_narrowed(client: TestClient) -> None:
    logs = create(client, processes=["Sshd"])["export_id"]
    ips = create(client, data_types=["ips", "anomalies"])["export_id"]
    client.post(f"/api/v1/export/{ips}/cancel")

    def found(**filters: object) -> set[str]:
        answer = client.get("/api/v1/export/", params=filters)
        assert answer.status_code == 200, answer.text
        assert answer.headers["X-Total-Count"] == str(len(answer.json()))
        return {item["export_id"] for item in answer.json()}

    today = datetime.now(UTC).date()
    tomorrow = today + timedelta(days=1)
    assert found(status="pending") == {logs}
    assert found(status=["pending", "cancelled"]) == {logs, ips}
    assert found(kind="ips") == {ips}
    assert found(text="sSHD") == {logs}
    assert found(text=ips[:13]) == {ips}
    assert found(created_from=str(today - timedelta(days=1)), created_to=str(tomorrow)) == {logs, ips}
    assert found(created_from=f"{tomorrow}T12:00:00+02:00") == set()
    assert found(status="cancelled", kind="logs") == set()


@pytest.mark.parametrize(
    ("query", "field", "allowed"),
    [
        ("status=done", "status.0", ["pending", "running", "completed", "failed", "cancelled"]),
        ("kind=logz", "kind", ["logs", "anomalies", "ips"]),
        ("created_from=yesterday", "created_from", []),
        ("created_to=0001-01-01T00:00:00%2B10:00", "created_to", []),
        ("limit=1001", "limit", []),
        ("offset=-1", "offset", []),
        (
            "order=biggest",
            "order",
            [
                "newest",
                "oldest",
                "most_rows",
                "fewest_rows",
                "largest",
                "smallest",
                "longest",
                "shortest",
                "status",
                "status_reversed",
            ],
        ),
    ],
)
def test_a_wrong_filter_is_refused(client: TestClient, query: str, field: str, allowed: list[str]) -> None:
    answer = client.get(f"/api/v1/export/?{query}")

    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["field"], error["allowed"]) == (field, allowed)


def test_the_same_key_and_config_make_one_export(client: TestClient) -> None:
    def post(key: str, **config: object) -> tuple[int, dict]:
        answer = client.post("/api/v1/export/", json={**CONFIG, **config}, headers={"Idempotency-Key": key})
        return answer.status_code, answer.json()

    status, first = post("a")
    assert status == 200
    assert post("a") == (200, first)
    status, problem = post("a", batch_size=7)
    assert (status, problem["code"]) == (409, "idempotency_conflict")
    assert post("b")[1]["export_id"] != first["export_id"]
    assert len(client.get("/api/v1/export/").json()) == 2


@pytest.mark.parametrize("key", ["", "with space", "x" * 256, "ä"])
def test_a_key_that_is_no_key_is_refused(client: TestClient, key: str) -> None:
    answer = client.post("/api/v1/export/", json=CONFIG, headers={"Idempotency-Key": key.encode()})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "idempotency-key"


def test_an_export_that_waits_is_cancelled_retried_and_deleted(client: TestClient) -> None:
    address = f"/api/v1/export/{create(client)['export_id']}"

    waits = client.delete(address)
    assert (waits.status_code, waits.json()["code"]) == (409, "export_state")
    assert client.post(f"{address}/retry").status_code == 409
    assert client.post(f"{address}/cancel").json()["status"] == "cancelled"
    assert client.post(f"{address}/retry").json()["status"] == "pending"
    assert client.post(f"{address}/cancel").json()["status"] == "cancelled"
    deleted = client.delete(address)
    assert deleted.status_code == 200
    assert deleted.json()["export"]["status"] == "cancelled"
    assert client.get(address).status_code == 404


async def test_a_running_export_is_asked_to_stop(settings: Settings) -> None:
    async with started(settings) as (client, service):
        claim = await running_export(service.ledger)

        asked = (await client.post(f"/export/{claim.export_id}/cancel")).json()

        assert (asked["status"], asked["is_cancelling"]) == ("running", True)
        assert await service.ledger.renew(claim, 10) is True


async def test_progress_tells_how_far_an_export_is(settings: Settings, tmp_path: Path) -> None:
    async with started(settings) as (client, service):
        created = (await client.post("/export/", json={"data_types": ["logs", "ips"]})).json()
        pending = (await client.get(f"/export/{created['export_id']}/progress")).json()
        claim = await running_export(service.ledger)
        await advance(service.ledger, claim, 40)
        running = (await client.get(f"/export/{claim.export_id}/progress")).json()
        done_id = await completed_export(service.ledger, tmp_path / "done", {})
        completed = (await client.get(f"/export/{done_id}/progress")).json()

    assert pending == {
        "status": "pending",
        "progress": {"logs": 0.0, "ips": 0.0},
        "current_batch": 0,
        "total_batches": 0,
        "processed_records": 0,
        "total_records": 0,
        "records_per_second": None,
        "eta_seconds": None,
        "phase": None,
        "surveyed_percent": None,
        "start_time": None,
        "end_time": None,
        "error_message": None,
        "reported": None,
    }
    started_at = running.pop("start_time")
    reported = running.pop("reported")
    assert started_at.endswith("Z")
    assert running == {
        "status": "running",
        "progress": {"logs": 40.0},
        "current_batch": 4,
        "total_batches": 10,
        "processed_records": 40,
        "total_records": 100,
        "records_per_second": 50.0,
        "eta_seconds": 1.2,
        "phase": "exporting",
        "surveyed_percent": None,
        "end_time": None,
        "error_message": None,
    }
    assert (reported["phase"], reported["kinds"]["logs"]["rows_done"]) == ("exporting", 40)
    assert (completed["status"], completed["progress"]) == ("completed", {"logs": 100.0})
    assert (completed["processed_records"], completed["total_records"]) == (100, 100)
    assert completed["end_time"] >= completed["start_time"]
    assert (completed["phase"], completed["eta_seconds"]) == (None, None)


def test_a_preview_counts_and_writes_nothing(client: TestClient) -> None:
    answer = client.post("/api/v1/export/preview", json={"data_types": ["logs", "ips"]})

    assert answer.status_code == 200
    assert answer.json()["total_rows"] == 0
    assert answer.json()["estimate"]["seconds"] > 0
    assert answer.json()["kinds"].keys() == {"logs", "ips"}
    assert client.get("/api/v1/export/").json() == []
    partly = {"data_types": ["logs", "ips"], "processes": ["sshd"]}
    kinds = client.post("/api/v1/export/preview", json=partly).json()["kinds"]
    assert (kinds["logs"]["unapplied_filters"], kinds["ips"]["unapplied_filters"]) == ([], ["processes"])
    wrong = client.post("/api/v1/export/preview", json={"data_types": ["logz"]})
    assert wrong.status_code == 422


def test_an_export_into_too_many_folders_is_refused_when_it_is_created(
    client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a busy machine, the check may take longer than a client waits for it: see `test_life.py`.
    monkeypatch.setattr("lumber.exports.previews._CHECK_SECONDS", settings.preview_seconds)
    url = settings.effective_database_url
    earlier = {"headers": {"Idempotency-Key": "early"}, "json": {**CONFIG, "partition_by": "date"}}
    created = client.post("/api/v1/export/", **earlier).json()
    fill_days(url, 4_001)
    refused = client.post("/api/v1/export/", json={**CONFIG, "partition_by": "date"})

    assert refused.status_code == 422
    (problem,) = refused.json()["errors"]
    assert problem["field"] == "partition_by"
    assert "would make more than 4,000 folders of logs" in problem["message"]
    assert client.post("/api/v1/export/", **earlier).json() == created
    assert [item["export_id"] for item in client.get("/api/v1/export/").json()] == [created["export_id"]]
    create(client, partition_by="month")
    create(client, partition_by="date", end_date="2036-01-01")
    # Few rows far off make few folders.
    execute(url, "DELETE FROM log_entries WHERE id BETWEEN 3 AND 4000")
    create(client, partition_by="date")
