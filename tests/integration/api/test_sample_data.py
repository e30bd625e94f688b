"""Sample data from the service: the rows of `lumber sample`, once, and only into an empty database."""

import asyncio
from pathlib import Path

from fastapi.testclient import TestClient

from lumber.api import create_app
from lumber.settings import Settings
from tests.commands import lumber
from tests.integration.api.serving import started
from tests.integration.datasets import execute, query

ROWS = {
    "log_entries": "SELECT id, timestamp, message, raw_message FROM log_entries ORDER BY id",
    "anomaly_detections": "SELECT id, timestamp, score, log_entry_id FROM anomaly_detections ORDER BY id",
    "ip_addresses": "SELECT address, first_seen, sightings FROM ip_addresses ORDER BY address",
}


def rows_of(url: str) -> dict[str, list[tuple[object, ...]]]:
    return {table: query(url, statement) for table, statement in ROWS.items()}


async def load_twice(settings: Settings) -> None:
    async with started(settings) as (client, _):
        both = await asyncio.gather(client.post("/ingest/sample"), client.post("/ingest/sample"))
        made, refused = sorted(both, key=lambda answer: answer.status_code)
        assert (made.status_code, refused.status_code) == (200, 409), (made.text, refused.text)
        assert refused.json()["code"] == "database_not_empty"
        assert "lumber sample" in refused.json()["detail"]
        shown = {item["kind"]: item["rows"] for item in (await client.get("/datasets")).json()}
        assert shown == made.json()
        lines = (await client.get("/audit", params={"action": "load_created"})).json()["lines"]
        assert {line["details"]["kind"]: line["details"]["rows"] for line in lines} == made.json()
        assert {line["details"]["name"] for line in lines} == {"sample data"}


def test_the_service_loads_the_rows_of_the_command_once(settings: Settings, tmp_path: Path) -> None:
    loaded, commanded = f"sqlite:///{tmp_path}/loaded.db", f"sqlite:///{tmp_path}/commanded.db"
    asyncio.run(load_twice(settings.model_copy(update={"database_url": loaded})))
    assert lumber("sample", "--database-url", commanded).returncode == 0
    assert rows_of(loaded) == rows_of(commanded)


def test_a_database_with_rows_is_left_alone(settings: Settings, sqlite_url: str) -> None:
    execute(
        sqlite_url, "INSERT INTO ip_addresses (address, first_seen, last_seen) VALUES ('192.0.2.1', 0, 0)"
    )
    before = rows_of(sqlite_url)
    with TestClient(create_app(settings.model_copy(update={"database_url": sqlite_url}))) as client:
        refused = client.post("/api/v1/ingest/sample", headers={"Host": "127.0.0.1"})
    assert (refused.status_code, refused.json()["code"]) == (409, "database_not_empty")
    assert rows_of(sqlite_url) == before
