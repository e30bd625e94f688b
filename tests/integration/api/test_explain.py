"""What became of a row, over HTTP: written, rejected, a duplicate, or left out by range, filter or split."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lumber.api import create_app
from lumber.exports import DataExporter, ExportConfig
from lumber.settings import Settings
from tests.integration.datasets import execute, fill, sqlite_time

BUDGET_REASON = "Each way to leave a row out takes an export of its own."
ROWS = 100
KEY = "9f4c1e7ab2d85036cc17f0e9a45b38d1720e6d935a1bfc48d0e7315f2a86c9b4"
CONFIGS: dict[str, dict[str, Any]] = {
    "plain": {"deduplicate": "exact"},
    "burst": {"deduplicate": "burst"},
    "range": {"start_date": "2026-01-01T00:00:10", "end_date": "2026-01-01T00:00:50"},
    "filter": {"filters": {"device_id": ["a", "b"], "id": {"lte": 50}}},
    "embargo": {"split": {"mode": "time", "embargo_seconds": 10}},
    "sample": {"sample": 0.5},
    "rows": {"sample": 20, "output_format": "csv"},
    "labelled": {"labels": {"only": True}},
    "no ids": {"fields": {"logs": ["timestamp", "message"]}},
    "renumbered": {"privacy": {"renumber_ids": True}},
}


@dataclass(frozen=True)
class Made:
    client: TestClient
    exports: dict[str, str]

    def get(self, name: str, row: Any, **query: Any) -> Any:
        path = f"/api/v1/export/{self.exports[name]}/rows/explain"
        return self.client.get(path, params={"kind": "logs", "row": row, **query})

    def explain(self, name: str, row: int) -> dict[str, Any]:
        answer = self.get(name, row)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    home = tmp_path_factory.mktemp("explain")
    url = f"sqlite:///{home / 'lumber.db'}"
    fill(url, ROWS)
    added = "INSERT INTO log_entries (id, timestamp, message, device_id, process_name) VALUES (?, ?, ?, ?, ?)"
    rows = [
        (ROWS + 1, sqlite_time(30_500_000), "", "a", None),  # rejected
        (ROWS + 2, sqlite_time(30_600_000), "again", "a", "sshd"),
        (ROWS + 3, sqlite_time(30_600_000), "again", "a", "sshd"),  # its duplicate, in both ways
        (ROWS + 4, sqlite_time(30_700_000), "again", "a", "sshd"),  # a duplicate in a burst
    ]
    execute(url, added, rows)
    settings = Settings(serve_worker=False, data_dir=home, database_url=url, workers=1, privacy_key=KEY)
    exports = {
        name: asyncio.run(
            DataExporter(
                ExportConfig(**{"data_types": ["logs"], "output_format": "parquet", **config}),
                settings=settings,
            ).export_data()
        ).export_id
        for name, config in CONFIGS.items()
    }
    execute(url, added, [(ROWS + 5, sqlite_time(31_000_000), "too late", "a", None)])
    with TestClient(create_app(settings)) as client:
        yield Made(client, exports)


def test_a_written_row_has_its_split_file_and_place(made: Made) -> None:
    found = made.explain("plain", 7)
    assert (found["outcome"], found["split"], found["place"]) == ("written", "train", 6)
    path = f"/api/v1/export/{made.exports['plain']}/rows/one"
    row = made.client.get(path, params={"kind": "logs", "place": found["place"]}).json()
    assert (row["values"]["id"], row["file"]) == (7, found["file"])


def test_a_rejected_row_has_the_rules_that_it_broke(made: Made) -> None:
    found = made.explain("plain", ROWS + 1)
    assert found["outcome"] == "rejected"
    assert [(rule["column"], rule["rule"]) for rule in found["rules"]] == [("message", "required")]
    assert "message.required" in found["text"]


@pytest.mark.parametrize(
    ("name", "row", "stands"),
    [("plain", ROWS + 3, ROWS + 2), ("burst", ROWS + 3, ROWS + 2), ("burst", ROWS + 4, ROWS + 2)],
)
def test_a_duplicate_names_the_row_that_stands_for_it(made: Made, name: str, row: int, stands: int) -> None:
    found = made.explain(name, row)
    assert (found["outcome"], found["duplicate_of"]) == ("duplicate", stands)
    assert made.explain(name, stands)["outcome"] == "written"


@pytest.mark.parametrize(
    ("name", "row", "outcome", "text"),
    [
        ("range", 3, "out_of_range", "before the range"),
        ("range", 80, "out_of_range", "after the range"),
        ("filter", 80, "filtered", "device_id in a, b; id lte 50"),
        ("plain", ROWS + 5, "later", "after the export began"),
        ("labelled", 5, "unlabelled", "labels.only"),
    ],
)
def test_a_row_that_was_not_wanted_says_why(made: Made, name: str, row: int, outcome: str, text: str) -> None:
    found = made.explain(name, row)
    assert found["outcome"] == outcome, found
    assert text in found["text"]


def test_rows_of_the_embargo_and_of_no_sample_are_told(made: Made) -> None:
    outcomes: dict[str, list[str]] = {}
    for name in ("embargo", "sample", "rows"):
        outcomes[name] = [made.explain(name, row)["outcome"] for row in range(1, ROWS + 1)]
    assert set(outcomes["embargo"]) == {"written", "embargoed"}
    assert outcomes["embargo"].count("embargoed") == 20
    assert set(outcomes["sample"]) == set(outcomes["rows"]) == {"written", "sampled_out"}
    found = made.explain("embargo", 1 + outcomes["embargo"].index("embargoed"))
    assert "10 s after the split validation begins" in found["text"]


@pytest.mark.parametrize(
    ("name", "row", "query", "text"),
    [
        ("plain", 10**6, {}, "has no row 1000000"),
        ("plain", 2**63, {}, "less than or equal"),
        ("plain", 1, {"kind": "ips"}, "not a data type"),
        ("no ids", 1, {}, "doesn't write the column 'id'"),
        ("renumbered", 10**6, {}, "renumber"),
    ],
)
def test_what_cannot_be_explained_says_what_can_be_done(
    made: Made, name: str, row: int, query: dict[str, Any], text: str
) -> None:
    answer = made.get(name, row, **query)
    assert answer.status_code == 422, answer.text
    assert text in answer.text


def test_an_explanation_is_recorded_as_viewing(made: Made) -> None:
    made.client.app.state.service.viewings._until.clear()
    made.explain("rows", 1)
    lines = made.client.get("/api/v1/audit", params={"action": "rows_viewed"}).json()["lines"]
    assert lines[0]["target_id"] == made.exports["rows"]
    assert lines[0]["details"] == {"table": "logs"}
