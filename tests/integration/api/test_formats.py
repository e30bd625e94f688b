"""Formats over HTTP: a definition is tested with a few lines."""

from lumber.settings import Settings
from tests.integration.api.test_ingest import served

PATTERN = r"%{TIMESTAMP_ISO8601:timestamp} \[%{WORD:thread}\] %{INT:items:int} items"
TEXT = "2024-03-01 10:00:00 [a] 12 items\n2024-03-01 10:00:01 (b) 1 items\r\n2024-03-01 10:00:02 [c] 3 items"


async def test_a_test_shows_rows_and_where_lines_stop_matching(settings: Settings) -> None:
    async with served(settings) as (client, _):
        answer = await client.post(
            "/formats/test", json={"pattern": PATTERN, "timezone": "+01:00", "text": TEXT}
        )
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


async def test_a_wrong_definition_is_explained_with_its_place(settings: Settings) -> None:
    wrong = {"pattern": "%{TIMESTAMP:timestamp} (", "timezone": "Mars", "map": {"x": "y"}, "text": ""}
    async with served(settings) as (client, _):
        answers = [
            await client.post("/formats/test", json=body)
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


async def test_records_are_tested_too(settings: Settings) -> None:
    body = {
        "map": {"timestamp": "Date+Time", "message": "Content"},
        "text": "Date,Time,Content\n2024-03-01,10:00,x\n",
    }
    async with served(settings) as (client, _):
        found = (await client.post("/formats/test", json=body)).json()
    assert [row["row"]["message"] for row in found["rows"]] == ["x"]
