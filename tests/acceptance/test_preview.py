"""The preview against the export: the splits that it counts are those that are written."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lumber.cli.main import run
from lumber.exports import ExportConfig
from lumber.exports.preview import preview_export
from lumber.exports.preview_report import KindPreview
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.acceptance.exporting import KINDS, export, fill_with_sample
from tests.acceptance.reading import manifest_of
from tests.databases import PostgresServer
from tests.integration.datasets import execute

BUDGET_REASON = "What previews count is compared with full exports of the same configs."

ROWS = 2_500
COUNTED: dict[str, dict[str, Any]] = {
    "embargo": {"split": {"mode": "time", "embargo_seconds": 86_400}},
    "long embargo": {"split": {"mode": "time", "embargo_seconds": 4 * 86_400}},
    "dates": {"split": {"mode": "time", "dates": {"validation": "2026-01-11", "test": "2026-01-20"}}},
    "dates before all": {"split": {"mode": "time", "dates": {"test": "2001-01-01"}}},
    "dates after all": {"split": {"mode": "time", "dates": {"test": "9999-12-31"}}},
    "filtered": {"split": "time", "filters": {"id": {"gte": 500}, "logs.log_level": ["INFO", "ERROR"]}},
}
ESTIMATED: dict[str, dict[str, Any]] = {
    "group": {"mode": "group", "ratios": {"train": 0.5, "test": 0.5}},
    "time_group": {"mode": "time_group", "unseen": 0.4, "embargo_seconds": 86_400},
    "random": {"mode": "random", "seed": 5},
}


@pytest.fixture(scope="module")
def sqlite_rows(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('rows') / 'lumber.db'}"
    fill(url, far="4087105348138684")
    return url


@pytest.fixture(scope="module")
def postgres_rows(postgres_server: PostgresServer) -> Iterator[str]:
    name = "previews"
    postgres_server.create_migrated(name)
    url = postgres_server.url(name)
    fill(url, far="TIMESTAMPTZ '2099-07-07 12:22:28.138684+00'")
    yield url
    postgres_server.drop_database(name)


def fill(url: str, *, far: str) -> None:
    """Add rows of which one lies far away, found by a detector that ran once, of addresses with odd times."""
    fill_with_sample(url, ROWS, damaged=0)
    execute(url, f"UPDATE log_entries SET timestamp = {far} WHERE id = 7")
    latest = "(SELECT max(timestamp) FROM log_entries WHERE id <> 7)"
    execute(
        url,
        "INSERT INTO anomaly_detections (timestamp, anomaly_type, log_entry_id) "
        f"SELECT {latest}, 'burst', CASE WHEN id % 10 = 0 THEN NULL ELSE id END FROM log_entries "
        "WHERE id % 5 = 0",
    )
    execute(
        url, "UPDATE ip_addresses SET first_seen = last_seen, last_seen = first_seen WHERE id % 7 IN (1, 2)"
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def rows_url(request: pytest.FixtureRequest) -> str:
    name = "sqlite_rows" if request.param == "sqlite" else "postgres_rows"
    return str(request.getfixturevalue(name))


def previewed(url: str, samples: int = 0, **config: Any) -> dict[str, KindPreview]:
    async def preview() -> dict[str, KindPreview]:
        database = open_database(DatabaseUrl.parse(url))
        try:
            return await preview_export(
                ExportConfig(data_types=list(KINDS), **config), database, samples=samples
            )
        finally:
            await database.close()

    return asyncio.run(preview())


def written(url: str, folder: Path, **config: Any) -> dict[str, dict[str, int]]:
    """Export at a level that rejects nothing, and return the rows of every split."""
    export(url, folder, validation_level="none", **config)
    kinds = manifest_of(folder)["kinds"]
    assert sum(kind["rejected"] for kind in kinds.values()) == 0
    return {
        name: {split: part["rows"] for split, part in kind["splits"].items()} for name, kind in kinds.items()
    }


def without_empty(rows: Any) -> dict[str, int]:
    return {name: count for name, count in rows.items() if count}


# The statements of both databases are tried with an embargo and with filters; dates differ in values alone.
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name in ("long embargo", "dates before all") else [])
        for name in COUNTED
    ],
)
def test_splits_in_time_are_counted_as_they_are_written(rows_url: str, tmp_path: Path, name: str) -> None:
    """Rows that follow others or have two times too, with an embargo, and with a row 73 years away."""
    config = COUNTED[name]
    found = written(rows_url, tmp_path / "out", **config)
    kinds = previewed(rows_url, **config)
    assert {kind: without_empty(item.splits) for kind, item in kinds.items()} == found
    assert not any(item.splits_are_estimated for item in kinds.values())


@pytest.mark.parametrize("name", ESTIMATED)
@pytest.mark.parametrize("database", [pytest.param("sqlite_rows", marks=pytest.mark.slow), "postgres_rows"])
def test_other_splits_are_estimated_unless_all_rows_were_seen(
    database: str, request: pytest.FixtureRequest, tmp_path: Path, name: str
) -> None:
    rows_url = request.getfixturevalue(database)
    split = ESTIMATED[name]
    found = written(rows_url, tmp_path / "out", split=split)
    kinds = previewed(rows_url, split=split)
    for kind in ("anomalies", "ips"):
        assert without_empty(kinds[kind].splits) == found[kind]
        assert not kinds[kind].splits_are_estimated
    logs = kinds["logs"]
    assert logs.splits_are_estimated
    assert set(without_empty(logs.splits)) == set(found["logs"])
    for split_name, rows in found["logs"].items():
        assert abs(logs.splits[split_name] - rows) <= 0.05 * ROWS


def test_the_rows_that_rejects_are_estimated_from_lie_all_through_the_rows(rows_url: str) -> None:
    """Also where one row lies far away, and nearly all others in one bar of the histogram."""
    execute(rows_url, "UPDATE log_entries SET message = '' WHERE id > 2000")
    try:
        preview = previewed(rows_url)["logs"]
    finally:
        execute(rows_url, "UPDATE log_entries SET message = 'x' WHERE id > 2000")
    assert preview.reject_estimate.sampled_rows == 2_000
    assert 400 <= preview.reject_estimate.rows <= 600


def test_preview_and_report_name_the_row_that_lies_far_out(rows_url: str, tmp_path: Path) -> None:
    preview = previewed(rows_url)["logs"]
    far = {"rows": 1, "first": preview.last, "last": preview.last}
    assert preview.far_out is not None
    assert str(preview.last).startswith("2099-07-07")
    assert preview.far_out.model_dump() == {"rows": 1, "before": None, "after": far}
    assert sum(bar.rows for bar in preview.histogram) == preview.rows - 1
    assert sum(bar.rows > 0 for bar in preview.histogram) > len(preview.histogram) / 2
    export(rows_url, tmp_path / "out", kinds=["logs"], validation_level="none")
    time = json.loads((tmp_path / "out" / "quality_report.json").read_text())["logs"]["time"]
    assert time["last"] == time["far_out"]["after"]["first"] == far["last"]
    assert time["far_out"]["rows"] == 1
    assert (time["main"]["first"], time["main"]["rows"]) == (preview.first, ROWS - 1)
    assert all(gap["seconds"] < 86_400 * 7 for gap in time["longest_gaps"])


def test_the_command_names_the_row_that_lies_far_out(
    sqlite_rows: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["preview", "-d", "logs", "--database-url", sqlite_rows]) == 0
    assert "1 row far outside the shown range, 2026-01-" in capsys.readouterr().out


def test_the_command_takes_the_options_of_an_export(
    sqlite_rows: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*arguments: str) -> str:
        assert run(["preview", "-d", "logs", *arguments, "--database-url", sqlite_rows]) == 0
        done = capsys.readouterr()
        return " ".join((done.out + done.err).split())

    counts = previewed(sqlite_rows, split="time")["logs"].splits
    shares = ", ".join(f"{name} {rows:,}" for name, rows in counts.items())
    assert f"splits: {shares}" in said("--split", "time")
    later = said("--split", "time", "--sample", "10%", "--deduplicate", "exact")
    assert f"splits (including duplicates, rows outside the sample): {shares}" in later
    assert "(estimated from 2,000 rows)" in said("--split", "group", "--split-by", "process_name")
    assert "neighbours in time" in said("--split", "random")
    answer = json.loads(
        said("--labels", "--templates", "--order", "shuffle", "--fields", "logs=message,label", "--json")
    )
    assert [set(row) for row in answer["kinds"]["logs"]["sample"]["after"]] == [{"message", "label"}] * 3


@pytest.mark.parametrize("window", [{}, {"window_seconds": 86_400}])
def test_sample_records_have_the_labels_that_are_written(
    rows_url: str, tmp_path: Path, window: dict[str, Any]
) -> None:
    config: dict[str, Any] = {"labels": window, "deduplicate": {"mode": "burst"}, "templates": {}}
    sample = previewed(rows_url, samples=200, **config)["logs"].sample
    export(rows_url, tmp_path / "out", output_format="jsonl", labels=window)
    lines = [
        json.loads(line) for line in next((tmp_path / "out" / "logs").iterdir()).read_text().splitlines()
    ]
    names = ("id", "label", "anomaly_score", "label_source")
    assert [[row[name] for name in names] for row in sample.after] == [
        [row[name] for name in names] for row in lines[:200]
    ]
    assert {row["label"] for row in sample.after} == {1, None}
    assert all(row["template_id"].startswith("t_") for row in sample.after)
    assert sample.not_shown == ["repeat_count", "first_timestamp", "last_timestamp"]
    assert sample.approximate == ["template_id", "template_params"]
