"""Mappings declare columns and data types of one's own: their rows are validated, written and verified."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

import lumber as library
from tests.clones import make_tables
from tests.commands import lumber
from tests.integration.datasets import execute, read_dataset
from tests.integration.sources.declared import PATHS, make_requests
from tests.integration.sources.lakes import make_lake
from tests.integration.sources.public_schemas import (
    BUILD_MAPPING,
    add_alerts,
    add_builds,
    alert_mapping,
    make_alerts,
    make_builds,
)
from tests.integration.sources.rsyslog import write_mapping

BUDGET_REASON = "Each format is written and verified by commands, as it is installed."

Call = Callable[..., CompletedProcess[str]]
DEVICE_EVENTS = """
kind = "device_events"
table = "events"
key = "ID"
time = { column = "ReceivedAt", zone = "UTC" }
message = "text"
device = "host"
[fields]
priority = { column = "Priority", max = 4 }
host = { column = "FromHost", holds = "host" }
text = { column = "Message", required = true }
"""
EXTRA = {
    "extra.duration_ms": pa.int64(),
    "extra.share": pa.float64(),
    "extra.is_cached": pa.bool_(),
    "extra.ended": pa.timestamp("us", "UTC"),
    "extra.headers": pa.string(),
    "extra.client": pa.string(),
}


@pytest.fixture
def call(tmp_path: Path) -> Call:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_tables(url)

    def run(*arguments: object, code: int = 0) -> CompletedProcess[str]:
        done = lumber(
            *arguments,
            "--database-url",
            url,
            LUMBER_DATA_DIR=tmp_path / "data",
            LUMBER_WORKERS=2,
            LUMBER_PARTITION_ROWS=1_000,
            LUMBER_PRIVACY_KEY="9f4c1e7ab2d85036cc17f0e9a45b38d16e02937bd4a8f51c80b6e32f7d19ca54",
        )
        assert done.returncode == code, done.stderr + done.stdout
        return done

    return run


def register(call: Call, url: str, folder: Path, text: str) -> CompletedProcess[str]:
    call("source", "add", "plant", "--url", url)
    return call("source", "map", "plant", write_mapping(folder, text))


def manifest_of(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_text())


def test_columns_that_logs_do_not_have_are_kept_typed(
    call: Call, empty_database_url: str, tmp_path: Path
) -> None:
    make_requests(empty_database_url, 2_500)
    told = register(call, empty_database_url, tmp_path, PATHS)
    assert "extra.duration_ms" in told.stdout
    found: dict[str, pl.DataFrame] = {}
    others = ("csv", "json") if empty_database_url.startswith("sqlite") else ("arrow", "jsonl")
    for name in ("parquet", *others):
        out = tmp_path / name
        call("export", "-d", "logs", "--source", "plant", "--format", name, "--output", out)
        assert "read from the source" in (out / "README.md").read_text()
        checked = call("verify", out, "--json")
        assert json.loads(checked.stdout)["ok"], checked.stdout
        assert "another version" not in checked.stdout
        table = library.open(out).to_polars("logs")
        found[name] = table
        assert len(table) == 2_250
    schema = library.open(tmp_path / "parquet").to_arrow("logs").schema
    assert {name: schema.field(name).type for name in EXTRA} == EXTRA
    columns = list(EXTRA)
    first = found["parquet"].sort("id").select("id", *columns).row(0, named=True)
    assert (first["extra.duration_ms"], first["extra.share"], first["extra.is_cached"]) == (10, 0.25, False)
    assert json.loads(first["extra.headers"]) == {"a": None, "b": [1]}
    for name, table in found.items():
        assert table.select("id", *columns[:4], "extra.client").equals(
            found["parquet"].select("id", *columns[:4], "extra.client")
        ), name
    manifest = manifest_of(tmp_path / "parquet")
    assert manifest["kinds"]["logs"]["rejects_by_rule"] == {"extra.share.max": 250}
    declared = manifest["plan"]["source"]["kinds"]["logs"]["declares"]
    assert declared["extends"] is True
    assert [field["type"] for field in declared["fields"]] == [
        *("integer", "float", "boolean", "time", "json", "text")
    ]
    assert {field["name"] for field in manifest["kinds"]["logs"]["schema"]} >= set(EXTRA)
    shown = call(
        "preview", "-d", "logs", "--source", "plant", "--filter", "extra.duration_ms>=24000", "--json"
    )
    assert json.loads(shown.stdout)["kinds"]["logs"]["rows"] == 101
    call(
        *("export", "-d", "logs", "--source", "plant", "--format", "jsonl", "--no-metadata"),
        *("--filter", "extra.is_cached=true", "--filter", "extra.client is_null", "--privacy", "on"),
        *("--set", 'fields.logs=["id", "extra.client", "extra.headers"]', "--output", tmp_path / "some"),
    )
    rows = read_dataset(tmp_path / "some")
    assert rows
    assert {row["extra.client"] for row in rows} == {None}
    call(
        *("export", "-d", "logs", "--source", "plant", "--format", "jsonl", "--no-metadata"),
        *("--privacy", "on", "--output", tmp_path / "private"),
    )
    assert not any("192.0.2." in str(row["extra.client"]) for row in read_dataset(tmp_path / "private"))
    call("verify", tmp_path / "private")
    wrong = call("preview", "-d", "logs", "--source", "plant", "--filter", "extra.duration>1", code=3)
    assert "logs.extra.duration_ms" in wrong.stderr


def test_alerts_of_an_intrusion_detection_system_with_a_writer(
    call: Call, empty_database_url: str, tmp_path: Path
) -> None:
    if empty_database_url.startswith("sqlite"):
        execute(empty_database_url, "PRAGMA journal_mode = WAL")
    make_alerts(empty_database_url)
    add_alerts(empty_database_url, 1, 3_000)
    told = register(call, empty_database_url, tmp_path, alert_mapping(empty_database_url))
    assert "rejects 100 at the level basic and 400 at the level strict" in told.stdout
    assert "priority.max: 100 rows. For example, row" in told.stdout
    stop, added = threading.Event(), [3_000]

    def write() -> None:
        while not stop.wait(0.02):
            add_alerts(empty_database_url, added[-1] + 1, 20)
            added.append(added[-1] + 20)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        call(
            *("export", "-d", "ids_alerts", "--source", "plant", "--format", "parquet", "--split", "time"),
            *("--privacy", "on", "--output", tmp_path / "out"),
        )
    finally:
        stop.set()
        writer.join()
    manifest = manifest_of(tmp_path / "out")
    section = manifest["kinds"]["ids_alerts"]
    assert section["balanced"]
    assert 3_000 <= section["read"] < added[-1]
    assert section["rejects_by_rule"] == {"priority.max": section["read"] // 10}
    assert set(section["splits"]) == {"train", "validation", "test"}
    assert len(manifest["plan"]["kinds"]["ids_alerts"]["partitions"]) > 1
    report = json.loads(call("verify", tmp_path / "out", "--json").stdout)
    assert report["ok"], report
    rows = library.open(tmp_path / "out").to_polars("ids_alerts")
    assert rows.columns == [
        *("id", "timestamp", "signature", "priority", "rule", "src", "dst", "protocol", "sensor")
    ]
    assert set(rows["rule"]) == {"1:2001219", "1:2100366"}
    assert not any(address.startswith("10.0.0.") for address in rows["src"])
    assert not any("ids1" in name for name in rows["sensor"])
    card = (tmp_path / "out" / "README.md").read_text()
    assert "Alerts of an intrusion detection system." in card
    assert "1 is the most urgent." in card
    rejects = [
        json.loads(line) for line in (tmp_path / "out/rejects/ids_alerts.jsonl").read_text().splitlines()
    ]
    assert rejects[0] | {"id": 0} == {
        "kind": "ids_alerts",
        "id": 0,
        "rule": "max",
        "column": "priority",
        "value": "9",
        "reason": "is more than 4",
    }


def test_builds_of_a_ci_system_in_all_ways(call: Call, empty_either_url: str, tmp_path: Path) -> None:
    make_builds(empty_either_url)
    add_builds(empty_either_url, 1, 2_100)
    call("source", "add", "plant", "--url", empty_either_url)
    suggested = call("source", "suggest", "plant", "builds", "--kind", "ci_runs").stdout
    assert "[fields.state_string]" in suggested
    assert "# required = true  # the table has NOT NULL" in suggested
    call("source", "check", "plant", write_mapping(tmp_path, suggested))
    told = call("source", "map", "plant", write_mapping(tmp_path, BUILD_MAPPING))
    assert "Export it: lumber export --source plant --data-type ci_runs" in told.stdout
    shown = json.loads(call("preview", "-d", "ci_runs", "--source", "plant", "--json").stdout)["kinds"][
        "ci_runs"
    ]
    assert (shown["rows"], shown["guarantee"]) == (2_100, "append_only")
    assert shown["reject_estimate"]["rows"] == pytest.approx(300, abs=10)
    options = {
        "random": ("--split", "random", "--sample", "0.5", "--format", "csv"),
        "group": ("--split", "group", "--split-by", "builder", "--format", "jsonl", "--order", "shuffle"),
        "folders": ("--partition-by", "date", "--format", "arrow", "--filter", "result=failure"),
    }
    for name, chosen in options.items():
        out = tmp_path / name
        call("export", "-d", "ci_runs", "--source", "plant", *chosen, "--output", out)
        assert json.loads(call("verify", out, "--json").stdout)["ok"]
    builders = {
        split: set(library.open(tmp_path / "group").to_polars("ci_runs", split=split)["builder"])
        for split in manifest_of(tmp_path / "group")["kinds"]["ci_runs"]["splits"]
    }
    assert sum(map(len, builders.values())) == 2
    labels = manifest_of(tmp_path / "group")["kinds"]["ci_runs"]["labels"]
    assert labels
    assert set(library.open(tmp_path / "folders").to_polars("ci_runs")["label"]) == {1}
    difference = library.diff(tmp_path / "random", tmp_path / "group").kinds["ci_runs"]
    assert (difference.removed, difference.changed) == (0, 0)
    for wrong, said in (
        (("--templates",), "need logs"),
        (("--labels",), "logs"),
        (("--filter", "speed>1"), "ci_runs.number"),
        (("-d", "ci_run"), "is not a kind of data"),
    ):
        refused = call("preview", "-d", "ci_runs", "--source", "plant", *wrong, code=3)
        assert said in refused.stderr
    refused = call("export", "-d", "ci_runs", code=3)
    assert "'ci_runs' is not a kind of data" in refused.stderr


def test_a_data_type_of_ones_own_from_a_folder(call: Call, tmp_path: Path) -> None:
    url = make_lake(tmp_path / "lake", 900, "parquet")
    told = register(call, url, tmp_path, DEVICE_EVENTS)
    assert "Of all rows, validation rejects 300 at the level basic" in told.stdout
    suggested = call("source", "suggest", "plant", "events", "--kind", "device_events").stdout
    assert '[fields.priority]\ncolumn = "Priority"\ntype = "integer"' in suggested
    arguments = ("--source", "plant", "--format", "parquet", "--dataset", "devices", "--incremental")
    for added in (600, 0):
        done = json.loads(call("export", "-d", "device_events", *arguments, "--json").stdout)
        section = manifest_of(Path(done["path"]))["dataset"]["kinds"]["device_events"]
        assert (section["mode"], section["added"]) == ("whole", added)
    assert "its mapping promises snapshot only" in section["reason"]
    rows = library.open(done["path"]).to_polars("device_events")
    assert rows.columns == ["id", "timestamp", "priority", "host", "text"]
    assert set(rows["priority"]) == {3, 4}
    assert json.loads(call("verify", done["path"], "--json").stdout)["ok"]
    checked = json.loads(call("verify", "--chain", "devices", "--json").stdout)
    assert (checked["ok"], checked["compared"]) == (True, [])
