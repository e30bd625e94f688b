"""Rows of a finished export over HTTP: pages by place, search, filters, the audit trail and errors."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lumber.api import create_app
from lumber.exports import DataExporter, ExportConfig
from lumber.settings import Settings
from tests.integration.datasets import execute, fill, sqlite_time

ROWS = 300
FORMATS = [
    ("parquet", "zstd"),
    ("arrow", "zstd"),
    ("csv", "none"),
    ("csv", "gzip"),
    ("jsonl", "none"),
    ("jsonl", "zstd"),
    ("json", "gzip"),
]


@dataclass(frozen=True)
class Made:
    """A service with an export in each format, of the same rows in several files and splits."""

    client: TestClient
    exports: dict[str, str]
    folders: dict[str, Path]

    def get(self, name: str, path: str = "/rows", **query: Any) -> Any:
        return self.client.get(f"/api/v1/export/{self.exports[name]}{path}", params=query)

    def page(self, name: str, **query: Any) -> dict[str, Any]:
        answer = self.get(name, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def all(self, name: str, **query: Any) -> list[dict[str, Any]]:
        """Return the rows of all pages."""
        found: list[dict[str, Any]] = []
        place: int | None = 0
        while place is not None:
            page = self.page(name, place=place, **query)
            found += page["rows"]
            place = page["next"]
        return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    home = tmp_path_factory.mktemp("rows")
    url = f"sqlite:///{home / 'lumber.db'}"
    fill(url, ROWS)
    rejected = [(ROWS + n, sqlite_time(n), "") for n in range(1, 4)]
    execute(url, "INSERT INTO log_entries (id, timestamp, message) VALUES (?, ?, ?)", rejected)
    settings = Settings(
        serve_worker=False, data_dir=home, database_url=url, workers=1, shard_size_bytes=8_000
    )
    exports, folders = {}, {}
    for format, compression in FORMATS:
        config = ExportConfig(
            data_types=["logs", "ips"],
            output_format=format,
            compression=compression,
            batch_size=50,
            split={"mode": "random", "ratios": {"train": 0.5, "test": 0.5}},
        )
        done = asyncio.run(DataExporter(config, settings=settings).export_data())
        exports[f"{format}-{compression}"] = done.export_id
        folders[f"{format}-{compression}"] = Path(done.path)
    with TestClient(create_app(settings)) as client:
        yield Made(client, exports, folders)


def test_pages_give_all_rows_once_in_the_order_of_the_files(made: Made) -> None:
    pages = {name: made.all(name, kind="logs", limit=47) for name in made.exports}
    for name, rows in pages.items():
        assert [row["place"] for row in rows] == list(range(ROWS)), name
        assert sorted(row["values"]["id"] for row in rows) == list(range(1, ROWS + 1)), name
        assert [row["split"] for row in rows] == sorted((row["split"] for row in rows), reverse=True), name
        assert len({row["file"] for row in rows}) >= 2, name
        # Formats hold the same values, and text formats cut their shards elsewhere.
        assert [row["values"] for row in rows] == [row["values"] for row in pages["parquet-zstd"]], name


def test_a_page_says_what_there_is(made: Made) -> None:
    page = made.page("parquet-zstd", kind="logs", split="test", limit=2)
    [logs, _] = page["tables"]
    assert (logs["name"], logs["rows"], logs["is_derived"]) == ("logs", ROWS, False)
    assert [split["name"] for split in logs["splits"]] == ["train", "test"]
    assert page["total"] == logs["splits"][1]["rows"]
    assert {row["split"] for row in page["rows"]} == {"test"}
    columns = {column["name"]: column for column in page["columns"]}
    assert columns["timestamp"]["type"] == "timestamp[us, tz=UTC]"
    assert {"name": "contains", "label": "contains"} in columns["message"]["operators"]
    assert columns["structured_data"]["is_json"] is True
    assert (page["next"], page["looked"]) == (2, 2)


@pytest.mark.parametrize("name", [f"{format}-{codec}" for format, codec in FORMATS])
def test_search_and_filters_find_what_they_ask_for(made: Made, name: str) -> None:
    rows = made.all(name, kind="logs", limit=200)
    some = rows[7]["values"]
    filters = json.dumps({"id": {"gte": 10, "lt": 20}, "process_name": {"is_null": False}})
    found = made.all(name, kind="logs", limit=3, filters=filters)
    wanted = [r for r in rows if 10 <= r["values"]["id"] < 20 and r["values"]["process_name"] is not None]
    assert found == wanted
    found = made.all(name, kind="logs", search=some["message"].upper(), limit=5)
    assert some in [row["values"] for row in found]
    assert all(some["message"].upper() in str(list(row["values"].values())).upper() for row in found)
    assert made.all(name, kind="logs", search="no such text at all") == []
    moment = json.dumps({"timestamp": some["timestamp"]})
    assert some in [row["values"] for row in made.all(name, kind="logs", filters=moment)]


@pytest.mark.parametrize(
    ("query", "field", "allowed"),
    [
        ({"kind": "anomalies"}, "kind", "logs"),
        ({"kind": "logs", "split": "validation"}, "split", "train"),
        ({"kind": "logs", "place": ROWS}, "place", "0 to 299"),
        ({"kind": "logs", "filters": '{"nothing": 1}'}, "filters.nothing", "message"),
        ({"kind": "logs", "filters": '{"id": {"contains": "x"}}'}, "filters.id.contains", "gte"),
        ({"kind": "logs", "filters": '{"id": "x"}'}, "filters.id.eq", None),
        ({"kind": "logs", "filters": '{"id": {"gt": [1, 2]}}'}, "filters.id.gt", None),
        ({"kind": "logs", "filters": '{"id": []}'}, "filters.id.in", None),
        ({"kind": "logs", "filters": "[1]"}, "filters", None),
        ({"kind": "logs", "filters": "{"}, "filters", None),
        ({"kind": "logs", "limit": 201}, "limit", None),
        ({"kind": "logs", "place": -1}, "place", None),
        ({"kind": "logs", "place": "x"}, "place", None),
        ({"kind": "logs", "sort": "nothing"}, "sort", "timestamp"),
        ({"kind": "logs", "sort": "structured_data"}, "sort", "id"),
        ({"kind": "logs", "order": "up", "sort": "id"}, "order", None),
    ],
)
def test_what_cannot_be_asked_for_is_named(
    made: Made, query: dict[str, Any], field: str, allowed: str | None
) -> None:
    answer = made.get("parquet-zstd", **query)
    assert answer.status_code == 422, answer.text
    [problem] = answer.json()["errors"]
    assert problem["field"].endswith(field)
    assert problem["message"]
    assert allowed is None or allowed in problem["allowed"]


@pytest.mark.parametrize("name", ["parquet-zstd", "jsonl-none"])
def test_few_rows_are_sorted_by_any_column(made: Made, name: str) -> None:
    rows = [row["values"] for row in made.all(name, kind="logs", limit=200)]
    assert made.page(name, kind="logs")["sort_refusal"] is None
    for column in ("message", "timestamp", "process_name", "id"):
        for order in ("asc", "desc"):
            found = [row["values"] for row in made.all(name, kind="logs", sort=column, order=order, limit=70)]
            present = sorted(
                (row for row in rows if row[column] is not None),
                key=lambda row: row[column],
                reverse=order == "desc",
            )
            assert [row[column] for row in found[: len(present)]] == [row[column] for row in present]
            assert len(found) == len(rows)
            assert all(row[column] is None for row in found[len(present) :])
    filters = json.dumps({"id": {"lte": 30}})
    page = made.page(name, kind="logs", sort="id", order="desc", limit=10, place=5, filters=filters)
    assert [row["values"]["id"] for row in page["rows"]] == list(range(25, 15, -1))
    whole = {row["place"]: row["values"]["id"] for row in made.all(name, kind="logs", limit=200)}
    assert all(whole[row["place"]] == row["values"]["id"] for row in page["rows"])


def test_many_rows_are_not_sorted_and_the_page_says_why(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lumber.dataset.rows.sorting.MOST_ROWS", ROWS - 1)
    refusal = made.page("parquet-zstd", kind="logs")["sort_refusal"]
    assert "299 rows" in refusal
    assert "300" in refusal
    answer = made.get("parquet-zstd", kind="logs", sort="id")
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (422, refusal)


@pytest.mark.parametrize("name", ["parquet-zstd", "csv-gzip"])
def test_one_row_in_full(made: Made, name: str) -> None:
    row = made.page(name, kind="logs", split="test", place=5, limit=1)["rows"][0]
    answer = made.get(name, "/rows/one", kind="logs", split="test", place=5)
    assert answer.status_code == 200, answer.text
    one = answer.json()
    assert {name: one[name] for name in row} == row
    assert one["raw_column"] == ("raw_message" if row["values"]["raw_message"] is not None else None)
    assert made.get(name, "/rows/one", kind="logs", place=ROWS).status_code == 422
    assert made.get(name, "/rows/one", kind="ips").json()["errors"][0]["message"] == "ips has no rows"


def test_columns_have_nulls_histograms_and_frequent_values(made: Made) -> None:
    rows = [row["values"] for row in made.all("parquet-zstd", kind="logs", limit=200)]
    heads = made.get("parquet-zstd", "/rows/columns", kind="logs").json()
    assert (heads["looked"], heads["total"], heads["note"]) == (ROWS, ROWS, None)
    columns = {column["name"]: column for column in heads["columns"]}
    assert list(columns) == list(rows[0])
    for name, column in columns.items():
        present = [row[name] for row in rows if row[name] is not None]
        assert column["nulls"] == ROWS - len(present), name
        if column["distinct"] is not None:
            assert column["distinct"] == len(set(present)), name
        if column["bins"]:
            assert sum(each["rows"] for each in column["bins"]) + column["outside"] == len(present), name
        for each in column["top"]:
            assert each["rows"] == present.count(each["value"]), name
    assert columns["timestamp"]["minimum"] == min(row["timestamp"] for row in rows)
    assert columns["id"]["bins"][0]["start"] == 1
    empty = made.get("parquet-zstd", "/rows/columns", kind="ips").json()
    assert (empty["looked"], empty["columns"]) == (0, [])


def test_rejected_rows_have_the_rule_that_they_broke(made: Made) -> None:
    first = made.get("parquet-zstd", "/rows/rejects", kind="logs", limit=2).json()
    second = made.get("parquet-zstd", "/rows/rejects", kind="logs", limit=2, place=first["next"]).json()
    assert first["total"] == 3
    assert first["rules"] == [{"column": "message", "rule": "required", "rows": 3}]
    found = first["rows"] + second["rows"]
    assert [row["id"] for row in found] == [ROWS + 1, ROWS + 2, ROWS + 3]
    assert {(row["rule"], row["column"], row["value"]) for row in found} == {("required", "message", "")}
    assert second["next"] is None
    for query in ({"rule": "message.required"}, {"search": "REQUIRED"}):
        page = made.get("parquet-zstd", "/rows/rejects", kind="logs", **query).json()
        assert len(page["rows"]) == 3
    assert made.get("parquet-zstd", "/rows/rejects", kind="logs", search="zzz").json()["rows"] == []
    none = made.get("parquet-zstd", "/rows/rejects", kind="ips").json()
    assert (none["total"], none["rows"], none["next"]) == (0, [], None)
    for query, field in (
        ({"place": 5}, "place"),
        ({"place": 10**9}, "place"),
        ({"kind": "nothing"}, "kind"),
        ({"rule": "id.unique"}, "rule"),
    ):
        answer = made.get("parquet-zstd", "/rows/rejects", **{"kind": "logs", **query})
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"] == field


def test_a_viewing_is_recorded_once_before_its_first_row(made: Made) -> None:
    def lines() -> list[dict[str, Any]]:
        found = made.client.get("/api/v1/audit", params={"action": "rows_viewed"}).json()["lines"]
        return [line for line in found if line["target_id"] == made.exports["arrow-zstd"]]

    made.client.app.state.service.viewings._until.clear()
    before = len(lines())
    for place in (0, 10, 20):
        made.page("arrow-zstd", kind="logs", place=place)
    after = lines()
    assert len(after) - before == 1
    assert after[0]["details"] == {"table": "logs"}
    outgoing = made.client.get("/api/v1/audit/outgoing").json()["outgoing"]
    assert any(item["file"] == "rows of logs" and item["is_complete"] is False for item in outgoing)


def test_a_file_that_changed_is_not_shown(made: Made) -> None:
    [path, *_] = sorted((made.folders["csv-none"] / "logs").glob("train-*"))
    content = path.read_bytes()
    path.write_bytes(content + b"\n")
    try:
        answer = made.get("csv-none", kind="logs")
        assert (answer.status_code, answer.json()["code"]) == (404, "export_file_not_found")
        path.write_bytes(content.replace(b",", b"\xff", 3))
        answer = made.get("csv-none", kind="logs")
        assert (answer.status_code, answer.json()["code"]) == (500, "dataset_damaged")
        assert path.name in answer.json()["detail"]
    finally:
        path.write_bytes(content)
