"""Rows of the database's tables over HTTP: pages by key, search, filters, one row, columns and the rules."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lumber.api import create_app
from lumber.settings import Settings
from lumber.sources.adding import keep, register
from lumber.sources.mapping import parse_mapping
from lumber.sources.password import Password
from lumber.store.url import DatabaseUrl
from tests.clones import make_tables
from tests.integration.datasets import execute, fill, query
from tests.integration.ledgers import with_database
from tests.integration.sources.public_schemas import BUILD_MAPPING, add_builds, make_builds

BUDGET_REASON = "Real PostgreSQL, and tables that are too large to be read whole."
ROWS = 12_000
PATH = "/api/v1/datasets/logs/rows"


@pytest.fixture
def client(database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    fill(database_url, ROWS)
    # Several rows of one moment, and values of other types.
    execute(
        database_url,
        "UPDATE log_entries SET timestamp = (SELECT timestamp FROM log_entries WHERE id = 50) "
        "WHERE id BETWEEN 50 AND 60",
    )
    execute(database_url, "UPDATE log_entries SET device_id = 'Rare', log_level = 'err' WHERE id = 77")
    settings = Settings(serve_worker=False, data_dir=tmp_path, database_url=database_url)
    with TestClient(create_app(settings)) as client:
        yield client


def pages(client: TestClient, path: str = PATH, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        answer = client.get(path, params={**params, **({} if after is None else {"after": after})})
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        after = found[-1]["next"]
        if after is None:
            return found


def test_tables_are_shown_by_key_searched_and_described(client: TestClient, database_url: str) -> None:
    for order, direction in (("desc", "DESC"), ("asc", "ASC")):
        ids = [row["values"]["id"] for page in pages(client, limit=200, order=order) for row in page["rows"]]
        wanted = query(
            database_url, f"SELECT id FROM log_entries ORDER BY timestamp {direction}, id {direction}"
        )
        assert ids == [row[0] for row in wanted]

    found = pages(client, search="LINE 4711 ")
    (row,) = [row for page in found for row in page["rows"]]
    assert row["values"]["message"].startswith("line 4711 x")
    assert row["values"]["timestamp"] == "2026-01-01T01:18:31.000000Z"
    assert sum(page["looked"] for page in found) == ROWS
    filters = json.dumps({"log_level": "ERROR", "device_id": {"starts_with": "Ra"}})
    rows = [row for page in pages(client, filters=filters, order="asc") for row in page["rows"]]
    assert [row["id"] for row in rows] == ["77"]
    by_time = json.dumps({"id": {"gte": 55, "lte": 58}})
    rows = [row for page in pages(client, filters=by_time, limit=3, order="asc") for row in page["rows"]]
    assert [row["id"] for row in rows] == ["55", "56", "57", "58"]

    columns = {column["name"]: column for column in client.get(PATH, params={"limit": 1}).json()["columns"]}
    assert columns["timestamp"]["is_sortable"]
    assert not columns["message"]["is_sortable"]
    assert "gte" in [each["name"] for each in columns["id"]["operators"]]

    one = client.get(f"{PATH}/one", params={"row": 77}).json()
    assert (one["values"]["device_id"], one["values"]["log_level"], one["kind"]) == ("Rare", "err", "logs")

    heads = client.get(f"{PATH}/columns").json()
    by_name = {column["name"]: column for column in heads["columns"]}
    assert heads["looked"] == 5_000
    assert heads["note"] == "Of 5,000 rows from 25 places all over the table."
    assert by_name["process_name"]["nulls"] == 5_000
    assert len(by_name["timestamp"]["bins"]) == len(by_name["id"]["bins"]) == 20
    empty = client.get("/api/v1/datasets/ips/rows/columns").json()
    assert (empty["looked"], empty["columns"], empty["note"]) == (0, [], None)
    assert client.get("/api/v1/datasets/ips/rows").json()["rows"] == []

    lines = client.get("/api/v1/audit", params={"action": "rows_viewed"}).json()["lines"]
    assert [(line["target_kind"], line["target_id"]) for line in lines] == [
        ("table", "ips"),
        ("table", "logs"),
    ]

    for path, params, field in (
        ("", {"after": "x"}, "after"),
        ("", {"after": f"{2**63},1"}, "after"),
        ("", {"filters": "["}, "filters"),
        ("", {"filters": '{"nothing": 1}'}, "filters.nothing"),
        ("", {"limit": 201}, "limit"),
        ("/one", {"row": ROWS + 1}, "row"),
    ):
        answer = client.get(f"{PATH}{path}", params=params)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"].endswith(field)
    assert client.get("/api/v1/datasets/nothing/rows").status_code == 422


def test_tables_of_ones_own_are_shown_by_their_mapping(empty_database_url: str, tmp_path: Path) -> None:
    ledger_url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_tables(ledger_url)
    make_builds(empty_database_url)
    add_builds(empty_database_url, 1, 210)

    async def prepare(database: Any) -> None:
        await register(database, "plant", DatabaseUrl.parse(empty_database_url), Password())
        await keep(database, "plant", parse_mapping(BUILD_MAPPING))

    with_database(ledger_url, prepare)
    settings = Settings(serve_worker=False, data_dir=tmp_path, database_url=ledger_url)
    with TestClient(create_app(settings)) as client:
        path = "/api/v1/datasets/ci_runs/rows"
        rows = [row for page in pages(client, path, source="plant", limit=90) for row in page["rows"]]
        keys = [tuple(map(int, row["key"].split(","))) for row in rows]
        assert len(keys) == 210
        assert keys == sorted(set(keys), reverse=True)
        failed = [
            row
            for page in pages(client, path, source="plant", filters='{"result": ["failure"]}')
            for row in page["rows"]
        ]
        assert len(failed) == 60
        assert (
            client.get(f"{path}/one", params={"source": "plant", "row": rows[0]["id"]}).json()["kind"]
            == "ci_runs"
        )
        heads = client.get(f"{path}/columns", params={"source": "plant"}).json()
        assert heads["looked"] == 210
