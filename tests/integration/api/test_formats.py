"""Formats over HTTP: a definition is tested with a few lines."""

from typing import Any

from fastapi.testclient import TestClient

from lumber.settings import Settings
from tests.integration.api.test_ingest import ask, send, served

PATTERN = r"%{TIMESTAMP_ISO8601:timestamp} \[%{WORD:thread}\] %{INT:items:int} items"
TEXT = "2024-03-01 10:00:00 [a] 12 items\n2024-03-01 10:00:01 (b) 1 items\r\n2024-03-01 10:00:02 [c] 3 items"


def ask_test(client: TestClient, body: dict[str, Any]) -> Any:
    return client.post("/api/v1/formats/test", json=body)


def test_a_test_shows_rows_and_where_lines_stop_matching(client: TestClient) -> None:
    answer = ask_test(client, {"pattern": PATTERN, "timezone": "+01:00", "text": TEXT})
    found = answer.json()
    assert answer.status_code == 200
    counts = {name: found[name] for name in ("is_valid", "lines", "loaded", "rejected", "errors", "fields")}
    assert counts == {
        "is_valid": True, "lines": 3, "loaded": 2, "rejected": 1, "errors": [],
        "fields": ["timestamp", "thread", "items"],
    }  # fmt: skip
    assert [row["line"] for row in found["rows"]] == [1, 3]
    assert found["rows"][0]["row"] == {
        "timestamp": "2024-03-01T09:00:00+00:00",
        "message": "2024-03-01 10:00:00 [a] 12 items",
        "raw_message": "2024-03-01 10:00:00 [a] 12 items",
        "structured_data": {"thread": "a", "items": 12},
    }
    [reject] = found["rejects"]
    assert reject["text"] == "2024-03-01 10:00:01 (b) 1 items"
    assert reject["text"][: reject["matched_characters"]] == "2024-03-01 10:00:01 "
    assert PATTERN[reject["pattern_start"] : reject["pattern_end"]] == r"\["


def test_a_wrong_definition_is_explained_with_its_place(client: TestClient) -> None:
    wrong = {"pattern": "%{TIMESTAMP:timestamp} (", "timezone": "Mars", "map": {"x": "y"}, "text": ""}
    answers = [
        ask_test(client, body)
        for body in (wrong, {"text": "x"}, {"kind": "ips", "pattern": "%{IP:x}", "text": "x"})
    ]
    first, empty, unfit = (answer.json() for answer in answers)
    assert not first["is_valid"]
    places = {error["field"]: error["position"] for error in first["errors"]}
    assert places == {"pattern": 2, "timezone": None, "map": None}
    assert [error["message"] for error in empty["errors"]] == [
        "is required, unless the format has map or time_format"
    ]
    assert {error["message"].split(":")[0] for error in unfit["errors"]} == {
        "the pattern has no field for address",
        "the pattern has no field for first_seen",
    }


def test_records_are_tested_too(client: TestClient) -> None:
    body = {
        "map": {"timestamp": "Date+Time", "message": "Content"},
        "text": "Date,Time,Content\n2024-03-01,10:00,x\n",
    }
    found = ask_test(client, body).json()
    assert [row["row"]["message"] for row in found["rows"]] == ["x"]


async def test_a_saved_format_is_used_by_uploads_and_previews(settings: Settings) -> None:
    definition = {"pattern": PATTERN, "timezone": "+01:00", "default_level": "INFO"}
    async with served(settings) as (client, _):
        first = await client.put("/formats/shop", json=definition)
        report = await send(client, TEXT.encode(), name="shop.log", format="shop")
        load = (await client.get(f"/loads/{report['source_id']}")).json()
        await client.put("/formats/shop", json={"pattern": "%{HTTPDATE:timestamp}"})
        later = (await client.get(f"/loads/{report['source_id']}")).json()
        listed = (await client.get("/formats")).json()["formats"]
    assert (first.status_code, first.json()["pattern"]) == (200, PATTERN)
    assert (report["loaded"], report["rejected"]) == (2, 1)
    # `default_level` is stored as it was read.
    assert load["reading"] == {**definition, "saved_format": "shop"}
    assert later["reading"] == load["reading"]
    assert [(each["name"], each["pattern"]) for each in listed] == [("shop", "%{HTTPDATE:timestamp}")]
    found = await ask(settings.database_url, "SELECT log_level, message FROM log_entries ORDER BY id")
    assert found[0] == ("INFO", "2024-03-01 10:00:00 [a] 12 items")


async def test_options_of_an_upload_override_the_saved_format(settings: Settings) -> None:
    async with served(settings) as (client, _):
        await client.put("/formats/shop", json={"pattern": PATTERN, "timezone": "+01:00"})
        await send(client, TEXT.encode(), name="shop.log", format="shop", timezone="UTC")
        both = {"kind": "logs", "name": "a", "format": "shop", "pattern": PATTERN}
        refused = await client.post("/ingest/uploads", json=both)
        other = await client.post("/ingest/uploads", json={"kind": "ips", "name": "a", "format": "shop"})
        [logs_, _, _] = (await client.get("/datasets")).json()
    assert logs_["first"] == "2024-03-01T10:00:00.000000Z"
    assert [error["field"] for error in refused.json()["errors"]] == ["pattern"]
    assert other.json()["errors"][0]["message"] == "'shop' is a format of logs, not of ips"


async def test_saved_formats_are_shown_and_deleted(settings: Settings) -> None:
    async with served(settings) as (client, _):
        wrong = await client.put("/formats/shop", json={"pattern": "%{IP:a}("})
        builtin = await client.put("/formats/json", json={"pattern": PATTERN})
        misnamed = await client.put("/formats/Shop", json={"pattern": PATTERN})
        await client.put("/formats/shop", json={"map": {"timestamp": "Date+Time"}})
        shown = await client.get("/formats/shop")
        deleted = await client.delete("/formats/shop")
        gone = [await client.get("/formats/shop"), await client.delete("/formats/shop")]
        unknown = await client.post("/ingest/uploads", json={"kind": "logs", "name": "a", "format": "shop"})
    assert [answer.status_code for answer in (wrong, builtin, misnamed)] == [422, 422, 422]
    assert wrong.json()["errors"][0]["position"] == 7
    assert shown.json()["map"] == deleted.json()["map"] == {"timestamp": "Date+Time"}
    assert [(answer.status_code, answer.json()["code"]) for answer in gone] == [(404, "format_not_found")] * 2
    assert "no format is saved under this name" in unknown.json()["errors"][0]["message"]
