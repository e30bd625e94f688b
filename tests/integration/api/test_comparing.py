"""Two completed exports are compared over HTTP: documents, values of columns, and rows."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lumber.api import create_app
from lumber.exports import DataExporter, ExportConfig
from lumber.exports.comparing import comparisons
from lumber.exports.comparing.deadline import Deadline
from lumber.exports.naming import Naming
from lumber.settings import Settings
from tests.integration.datasets import execute, fill

ROWS = 300
CONFIGS: dict[str, dict[str, Any]] = {
    "first": {"data_types": ["logs", "ips"], "output_format": "parquet", "compression": "zstd"},
    "split": {"data_types": ["logs"], "output_format": "jsonl", "split": {"mode": "time"}},
    "same": {"data_types": ["logs", "ips"], "output_format": "csv"},
}


@dataclass(frozen=True)
class Made:
    """A service with exports of rows that changed meanwhile."""

    client: TestClient
    exports: dict[str, str]
    folders: dict[str, Path]

    def compare(self, a: str, b: str, path: str = "", **query: Any) -> dict[str, Any]:
        address = f"/api/v1/export/{self.exports[a]}/compare/{self.exports[b]}{path}"
        answer = self.client.get(address, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    home = tmp_path_factory.mktemp("comparing")
    url = f"sqlite:///{home / 'lumber.db'}"
    fill(url, ROWS)
    settings = Settings(serve_worker=False, data_dir=home, database_url=url, workers=1)
    exports, folders = {}, {}

    def export(name: str, config: dict[str, Any]) -> None:
        exporter = DataExporter(settings=settings, naming=Naming.checked(name))
        done = asyncio.run(exporter.export_data(ExportConfig(**config)))
        assert done.path is not None
        exports[name], folders[name] = done.export_id, Path(done.path)

    for name, config in CONFIGS.items():
        export(name, config)
    execute(
        url, "UPDATE log_entries SET log_level = 'CRITICAL', process_name = 'cron' WHERE id <= ?", [(100,)]
    )
    execute(url, "DELETE FROM log_entries WHERE id > ?", [(ROWS - 10,)])
    export("later", CONFIGS["first"])
    with TestClient(create_app(settings)) as client:
        yield Made(client, exports, folders)


def kind(found: dict[str, Any], name: str) -> dict[str, Any]:
    (one,) = (each for each in found["kinds"] if each["kind"] == name)
    return one


def test_documents_say_what_differs_without_reading_rows(made: Made) -> None:
    found = made.compare("first", "later")
    assert (found["a"]["name"], found["b"]["name"]) == ("first", "later")
    assert found["a"]["what"].startswith("logs, ips · all time · ")
    assert found["config"] == []
    logs = kind(found, "logs")
    counts = {each["what"]: (each["a"], each["b"]) for each in logs["counts"]}
    assert counts["written"][0] - counts["written"][1] == 10
    assert logs["columns"] == []
    assert logs["same_columns"] > 5
    levels = next(each for each in logs["distributions"] if each["of"] == "levels")
    critical = next(each for each in levels["shares"] if each["value"] == "CRITICAL")
    assert critical["b"] > critical["a"] + 0.2
    assert 0 < levels["distance"] <= 1
    filled = {each["value"]: each for each in logs["filled"]}
    assert filled["process_name"]["b"] > filled["process_name"]["a"]
    assert [each["what"] for each in logs["times"]] == ["first", "median", "last"]


def test_configs_splits_and_data_types_are_compared(made: Made) -> None:
    found = made.compare("first", "split")
    changes = {each["field"]: (each["a"], each["b"]) for each in found["config"]}
    assert changes["split.mode"] == ("none", "time")
    assert changes["output_format"] == ("parquet", "jsonl")
    splits = {each["what"]: (each["a"], each["b"]) for each in kind(found, "logs")["splits"]}
    assert splits["train"][0] is None
    assert splits["train"][1] > 0
    assert kind(found, "ips")["counts"][0]["b"] is None


def test_equal_exports_have_no_difference(made: Made) -> None:
    assert all(each["distance"] == 0 for each in kind(made.compare("first", "same"), "logs")["distributions"])
    drift = made.compare("first", "same", "/drift")
    assert {each["distance"] for each in drift["columns"]} == {0.0}
    rows = made.compare("first", "same", "/rows")
    assert (rows["is_same"], rows["examples"], rows["is_complete"]) == (True, [], True)


def test_the_drift_of_each_column_comes_with_what_moved(made: Made) -> None:
    drift = made.compare("first", "later", "/drift")
    assert (drift["is_complete"], drift["notes"]) == (True, ["ips has no rows in A and B."])
    distances = [each["distance"] for each in drift["columns"] if each["distance"] is not None]
    assert distances == sorted(distances, reverse=True)
    columns = {each["column"]: each for each in drift["columns"] if each["kind"] == "logs"}
    assert columns["log_level"]["most"]["value"] == "CRITICAL"
    assert columns["process_name"]["nulls"]["b"] < columns["process_name"]["nulls"]["a"]
    assert columns["timestamp"]["measure"] == "kolmogorov-smirnov"
    assert columns["timestamp"]["median_a"] > columns["timestamp"]["median_b"]
    assert columns["log_level"]["measure"] == "jensen-shannon"


def test_rows_are_matched_by_id_with_examples(made: Made) -> None:
    rows = made.compare("first", "later", "/rows", examples=2)
    logs = kind(rows, "logs")
    assert (logs["added"], logs["removed"], logs["changed"], logs["moved"]) == (0, 10, 100, 0)
    assert rows["is_same"] is False
    changed = [each for each in rows["examples"] if each["changes"] == ["changed"]]
    assert [each["id"] for each in changed] == [1, 2]
    assert {"log_level", "process_name"} <= {each["column"] for each in changed[0]["columns"]}
    assert made.compare("first", "later", "/rows", examples=0)["examples"] == []


def test_comparisons_are_in_the_audit_trail_and_examples_count_as_outgoing(made: Made) -> None:
    first, later = made.exports["first"], made.exports["later"]
    made.compare("first", "later", "/rows", examples=1)
    lines = made.client.get("/api/v1/audit?limit=3").json()
    lines = lines["lines"] if isinstance(lines, dict) else lines
    assert {line["action"] for line in lines} == {"exports_compared", "rows_viewed"}
    (compared,) = (line for line in lines if line["action"] == "exports_compared")
    assert compared["target_id"] == first
    assert compared["details"] == {"other": later, "rows": 2}
    assert {line["target_id"] for line in lines if line["action"] == "rows_viewed"} == {first, later}


def test_a_comparison_that_takes_too_long_says_what_to_do(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = partial(Deadline, 1e-9)
    monkeypatch.setattr(comparisons, "Deadline", lambda _seconds, stopped: short(stopped))
    drift = made.compare("first", "later", "/drift")
    assert (drift["is_complete"], drift["columns"]) == (False, [])
    rows = made.compare("first", "later", "/rows")
    assert (rows["is_complete"], rows["is_same"], rows["kinds"]) == (False, None, [])
    assert "lumber diff" in rows["notes"][0]


@pytest.mark.parametrize("path", ["", "/drift", "/rows"])
def test_an_export_that_is_not_there_or_not_complete_is_refused(made: Made, path: str) -> None:
    first = made.exports["first"]
    pending = made.client.post("/api/v1/export/", json={"data_types": ["logs"]}).json()["export_id"]
    for a, b, status, code in (
        (first, "nowhere", 404, "export_not_found"),
        ("nowhere", first, 404, "export_not_found"),
        (first, pending, 409, "export_state"),
    ):
        answer = made.client.get(f"/api/v1/export/{a}/compare/{b}{path}")
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_dataset_without_a_quality_report_is_compared_by_its_manifest(made: Made) -> None:
    report = made.folders["same"] / "quality_report.json"
    content = report.read_bytes()
    report.unlink()
    try:
        found = made.compare("first", "same")
    finally:
        report.write_bytes(content)
    assert found["notes"] == ["B has no quality report that can be read, so its values aren't compared."]
    assert kind(found, "logs")["distributions"] == []
    assert kind(found, "logs")["counts"]
