"""What a form is told about each kind."""

from datetime import timedelta

import sqlalchemy as sa
from fastapi.testclient import TestClient

from lumber.catalog.registry import all_kinds
from lumber.settings import Settings
from lumber.store.database import Database
from lumber.store.models import IPAddress, LogEntry
from tests.integration.datasets import START
from tests.integration.ledgers import with_database


def fill(url: str) -> None:
    async def add(database: Database) -> None:
        async with database.session() as session:
            rows = [
                {
                    "timestamp": START + timedelta(seconds=n),
                    "severity_text": "err" if n % 4 else "Info",
                    "process_name": f"proc-{n % 25:02}",
                    "message": "x",
                }
                for n in range(100)
            ]
            await session.execute(sa.insert(LogEntry), rows)
            session.add(IPAddress(address="10.0.0.1", first_seen=START))

    with_database(url, add)


def test_every_kind_is_listed_with_its_rows_and_times(client: TestClient, settings: Settings) -> None:
    before = client.get("/api/v1/datasets").json()
    assert [item["kind"] for item in before] == list(all_kinds())
    assert all((item["rows"], item["first"], item["last"]) == (0, None, None) for item in before)
    fill(settings.database_url)
    found = {item["kind"]: item for item in client.get("/api/v1/datasets").json()}
    assert found["logs"]["rows"] == 100
    assert found["logs"]["first"] == "2026-01-01T00:00:00.000000Z"
    assert found["logs"]["last"] == "2026-01-01T00:01:39.000000Z"
    assert found["ips"]["rows"] == 1
    assert found["anomalies"]["rows"] == 0


def test_a_kind_has_columns_filters_and_known_values(client: TestClient, settings: Settings) -> None:
    fill(settings.database_url)
    details = client.get("/api/v1/datasets/logs").json()
    assert details["process_column"] == "process_name"
    assert {
        key: value
        for key, value in next(c for c in details["columns"] if c["name"] == "message").items()
        if key in ("name", "type", "is_nullable")
    } == {"name": "message", "type": "string", "is_nullable": False}
    added = {option: [column["name"] for column in columns] for option, columns in details["added"].items()}
    assert added["deduplicate"] == ["repeat_count", "first_timestamp", "last_timestamp"]
    assert added["labels"][0] == "label"
    assert added["templates"] == added["sequences"] == ["template_id", "template_params"]
    filters = {item["name"]: item for item in details["filters"]}
    assert filters["log_level"]["allowed"] == ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
    assert filters["log_level"]["known"]["values"] == [
        {"value": "ERROR", "rows": 75},
        {"value": "INFO", "rows": 25},
    ]
    assert filters["device_ip"]["operators"][-1] == "cidr"
    assert filters["message"]["known"] is None


def test_what_a_form_offers_is_accepted_by_an_export(client: TestClient, settings: Settings) -> None:
    fill(settings.database_url)
    filters = client.get("/api/v1/datasets/logs").json()["filters"]
    offered = {item["name"]: item["known"]["values"][0]["value"] for item in filters if item["known"]}
    for name, value in offered.items():
        answer = client.post("/api/v1/export/", json={"data_types": ["logs"], "filters": {name: value}})
        assert answer.status_code == 200, answer.text


def test_known_values_can_be_searched_and_limited(client: TestClient, settings: Settings) -> None:
    fill(settings.database_url)
    path = "/api/v1/datasets/logs"

    def processes(**query: str | int) -> list[str]:
        details = client.get(path, params=query).json()
        [known] = [item["known"] for item in details["filters"] if item["name"] == "process_name"]
        return [value["value"] for value in known["values"]]

    assert len(processes()) == 25
    assert processes(search="PROC-1") == [f"proc-1{n}" for n in range(10)]
    assert processes(search="proc-1", limit=3) == ["proc-10", "proc-11", "proc-12"]
    assert processes(limit=0) == []
    for query in ({"limit": -1}, {"limit": "many"}, {"search": "x" * 201}):
        answer = client.get(path, params=query)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == next(iter(query))


def test_an_unknown_kind_is_not_found_and_the_known_ones_are_named(client: TestClient) -> None:
    answer = client.get("/api/v1/datasets/metrics")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "logs, anomalies, ips" in answer.json()["detail"]
