"""A kind of another package that has a message, a device and findings gets everything that logs get."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from lumber.catalog.registry import timing_kind
from lumber.dataset.verify import verify_dataset
from lumber.errors import ConfigError
from lumber.exports.parsing import parse_config
from lumber.store.bulk import BulkConnection
from lumber.store.url import DatabaseUrl
from tests.integration.toy_package import Installation, install, on_path

MODULE = '''
"""events: what sensors write, and findings: what a program finds in it. No name is one that logs have."""

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import (
    ORDERED, TEXTUAL, TIMESTAMP, Column, Holds, Kind, LabelSource, Storage, Transformed, optional, required
)

EVENTS = Kind(
    name="events",
    title="Events",
    table="events",
    schema=pa.schema(
        [
            required("number", pa.int64()),
            required("happened_at", TIMESTAMP),
            optional("sensor", pa.string()),
            optional("words", pa.string()),
        ]
    ),
    columns=(
        Column("number", Storage.INTEGER, ORDERED),
        Column("happened_at", Storage.TIME, ORDERED),
        Column("sensor", Storage.TEXT, TEXTUAL, holds=Holds.HOST),
        Column("words", Storage.TEXT, TEXTUAL),
    ),
    id_column="number",
    time_column="happened_at",
    message_column="words",
    device_column="sensor",
    content_columns=("words",),
    labels_from=LabelSource(
        kind="findings",
        row_column="event",
        device_column="where_found",
        type_column="what",
        score_column="sureness",
        score_inputs=("percent",),
        detector_column="finder",
        verdict_column="judged",
        by_id="event",
    ),
    rules=(),
    transform=lambda frame: Transformed({}),
    is_append_only=True,
)

FINDINGS = Kind(
    name="findings",
    title="Findings",
    table="findings",
    schema=pa.schema([required("finding", pa.int64()), required("found_at", TIMESTAMP)]),
    columns=(
        Column("finding", Storage.INTEGER, ORDERED),
        Column("found_at", Storage.TIME, ORDERED),
        Column("event", Storage.INTEGER, ORDERED),
        Column("where_found", Storage.TEXT, TEXTUAL, holds=Holds.HOST),
        Column("what", Storage.TEXT, TEXTUAL),
        Column("percent", Storage.REAL, ORDERED),
        Column("sureness", Storage.REAL, ORDERED),
        Column("finder", Storage.TEXT, TEXTUAL),
        Column("judged", Storage.TEXT, TEXTUAL),
        Column("remark", Storage.TEXT, TEXTUAL),
    ),
    id_column="finding",
    time_column="found_at",
    rules=(),
    transform=lambda frame: Transformed({"sureness": (frame["percent"] / 100).alias("sureness")}),
)
'''
TABLES = {
    "sqlite": (
        "CREATE TABLE events (number INTEGER PRIMARY KEY AUTOINCREMENT, happened_at INTEGER, sensor TEXT,"
        " words TEXT) STRICT",
        "CREATE TABLE findings (finding INTEGER PRIMARY KEY AUTOINCREMENT, found_at INTEGER, event INTEGER,"
        " where_found TEXT, what TEXT, percent REAL, sureness REAL, finder TEXT, judged TEXT,"
        " remark TEXT) STRICT",
    ),
    "postgresql": (
        "CREATE TABLE events (number bigserial PRIMARY KEY, happened_at timestamptz, sensor text, words text,"
        " tx xid8 NOT NULL DEFAULT pg_current_xact_id())",
        "CREATE TABLE findings (finding bigserial PRIMARY KEY, found_at timestamptz, event bigint,"
        " where_found text, what text, percent double precision, sureness double precision, finder text,"
        " judged text, remark text)",
    ),
}
# (seconds since 1970, sensor, words): events 1 and 2 are duplicates, and so are 4 and 5.
EVENTS = [
    (0, "a", "door 1 opened"),
    (0, "a", "door 1 opened"),
    (10, "b", "door 2 opened"),
    (20, "a", "door 3 closed slowly"),
    (20, "a", "door 3 closed slowly"),
    (30, "b", "door 4 opened"),
    (100, "b", "door 5 opened"),
]
# (seconds, event, sensor, what, percent, finder, judged)
FINDINGS = [
    (500, 4, None, "slow", 75.0, "watch", None),
    (500, 3, None, "noise", 20.0, "watch", "false_positive"),
    (31, None, "b", "burst", 50.0, "watch", "true_positive"),
    (500, 7, None, "ignored", 90.0, "other", None),
]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """An installed package with the two kinds."""
    entry_points = {"lumber.kinds": {"events": "EVENTS", "findings": "FINDINGS"}}
    return install(tmp_path / "packages", "toy_events", MODULE, entry_points)


@pytest.fixture
def lumber(package: Path, either_database_url: str) -> Installation:
    """Lumber with the package, and its tables with rows."""
    address = DatabaseUrl.parse(either_database_url)
    findings = "found_at, event, where_found, what, percent, finder, judged"
    with BulkConnection(address) as connection:
        for statement in TABLES[address.dialect]:
            connection.execute(statement)
        for row in EVENTS:
            connection.execute(insert(address.dialect, "events", "happened_at, sensor, words", *row))
        for row in FINDINGS:
            connection.execute(insert(address.dialect, "findings", findings, *row))
        connection.commit()
    return Installation(package, either_database_url)


def insert(dialect: str, table: str, columns: str, seconds: int, *values: Any) -> str:
    time = f"to_timestamp({seconds})" if dialect == "postgresql" else f"{seconds * 1_000_000}"
    shown = ("NULL" if value is None else repr(value) for value in values)
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join([time, *shown])})"


def test_it_gets_labels_templates_sequences_and_duplicates(lumber: Installation, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(
        """{"data_types": ["events"], "output_format": "parquet", "deduplicate": "exact",
            "labels": {"window_seconds": 5, "detectors": ["watch"]}, "templates": true,
            "sequences": {"size": 2}}"""
    )
    out = tmp_path / "out"
    done = lumber.run("export", "--config", config, "--output", out, code=0)
    assert done["kinds"] == {"events": {"read": 7, "written": 5, "rejected": 0, "deduplicated": 2}}

    events = pl.read_parquet(out / "events" / "*.parquet")
    assert events.columns == [
        *("number", "happened_at", "sensor", "words"),
        *("label", "anomaly_types", "anomaly_score", "label_source", "template_id", "template_params"),
    ]
    labels = events.select("number", "label", "anomaly_types", "anomaly_score", "label_source")
    assert labels.rows() == [
        (1, None, None, None, None),
        (3, 0, '["noise"]', 0.2, "event"),
        (4, 1, '["slow"]', 0.75, "event"),
        (6, 1, '["burst"]', 0.5, "device_window"),
        (7, None, None, None, None),
    ]
    templates = pl.read_parquet(out / "templates" / "*.parquet")
    opened, closed, *others = templates.sort("count", descending=True)["template_id"]
    assert others == []
    assert events["template_id"].to_list() == [opened, opened, closed, opened, opened]

    sequences = pl.read_parquet(out / "sequences" / "*.parquet")
    found = sequences.select("device_id", "first_id", "last_id", "template_ids", "labels").sort("first_id")
    assert found.rows() == [
        ("a", 1, 4, [opened, closed], [None, 1]),
        ("b", 3, 6, [opened, opened], [0, 1]),
    ]
    assert verify_dataset(out).problems == []


def test_a_burst_of_its_rows_becomes_one(lumber: Installation, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(
        """{"data_types": ["events", "findings"], "output_format": "jsonl", "deduplicate": "burst",
            "filters": {"sensor": "a"}}"""
    )
    done = lumber.run("export", "--config", config, "--output", tmp_path / "out", code=0)
    assert done["kinds"]["events"] == {"read": 4, "written": 2, "rejected": 0, "deduplicated": 2}
    assert done["kinds"]["findings"]["deduplicated"] == 0
    (shard,) = (tmp_path / "out" / "events").iterdir()
    rows = [json.loads(line) for line in shard.read_text().splitlines()]
    assert [(row["number"], row["repeat_count"]) for row in rows] == [(1, 2), (4, 2)]


@pytest.mark.parametrize(
    ("option", "kinds"),
    [
        ("labels", ["findings"]),
        ("templates", ["findings", "ips"]),
        ("sequences", ["anomalies"]),
        ("templates", ["logs", "events"]),
    ],
)
def test_options_name_the_kinds_that_can_have_them(
    package: Path, monkeypatch: pytest.MonkeyPatch, option: str, kinds: list[str]
) -> None:
    with on_path(package, monkeypatch), pytest.raises(ConfigError) as caught:
        parse_config({"data_types": kinds, option: True})
    (problem,) = caught.value.problems
    assert (problem.field, problem.allowed) == (option, ("logs", "events"))


def test_shares_of_a_split_in_time_follow_the_kind_with_messages(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with on_path(package, monkeypatch):
        assert timing_kind(["findings", "events"]) == "events"
        assert timing_kind(["findings", "ips"]) == "findings"
