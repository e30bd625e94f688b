"""Labels of real exports: what a slow look at every line and anomaly says, however the rows are cut."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lumber.dataset.verify import verify_dataset
from lumber.errors import ConfigError
from lumber.exports.options.labels import LabelOptions
from tests.acceptance.exporting import export, fill_with_sample, lumber, lumber_json
from tests.acceptance.hub import Hub
from tests.acceptance.reading import manifest_of, rows_in, rows_of, shards
from tests.databases import PostgresServer
from tests.integration.datasets import execute, query
from tests.label_reference import Row, reference

BUDGET_REASON = "Labels are compared with a slow reference over every pair of line and anomaly."

ROWS = 1_000
POLICIES: dict[str, dict[str, Any]] = {
    "by id": {},
    "window": {"window_seconds": {"before": 30, "after": 90}},
    "the same moment": {"window_seconds": 0, "assume_normal": True},
    "confirmed": {"window_seconds": 3_600, "confirmed_only": True, "assume_normal": True},
    "detectors": {"window_seconds": 600, "detectors": ["watch"]},
    "wide": {"window_seconds": 40 * 86_400},
}
# Together they have every condition that the database looks at.
ON_POSTGRES = ("by id", "confirmed", "detectors")
# Of every seventh line, an anomaly of its device alone: some at the line's moment, some at a window's ends.
ALONE = """
INSERT INTO anomaly_detections
    (timestamp, anomaly_type, score, score_raw, score_max, device_id, detector, verdict)
SELECT {time}, 'kind-' || (id % 5),
    CASE id % 4 WHEN 0 THEN 0.5 WHEN 1 THEN 7.5 END, CASE id % 3 WHEN 0 THEN id % 100 END,
    CASE id % 3 WHEN 0 THEN 100 END, device_id,
    CASE id % 2 WHEN 0 THEN 'watch' ELSE 'guard' END,
    CASE id / 7 % 5 WHEN 0 THEN 'true_positive' WHEN 1 THEN 'false_positive' WHEN 2 THEN 'unknown' END
FROM log_entries WHERE id % 7 = 0
"""
# More of lines that have one, with another verdict; of lines that are not there; and without a type.
OF_LINES = """
INSERT INTO anomaly_detections (timestamp, anomaly_type, score, log_entry_id, device_id, detector, verdict)
SELECT timestamp, CASE id % 2 WHEN 0 THEN anomaly_type ELSE '' END, 0.99, log_entry_id + {shift}, device_id,
    'watch', CASE id % 3 WHEN 0 THEN 'false_positive' WHEN 1 THEN 'true_positive' END
FROM anomaly_detections WHERE log_entry_id IS NOT NULL
"""


def fill(url: str) -> None:
    fill_with_sample(url, ROWS, damaged=0.01)
    second = "1000000" if url.startswith("sqlite") else "interval '1 second'"
    # Neighbours of one time, so that partitions are cut among equals.
    execute(
        url,
        "UPDATE log_entries SET timestamp = (SELECT other.timestamp FROM log_entries AS other "
        "WHERE other.id = log_entries.id - log_entries.id % 4 + 1) WHERE id % 100 BETWEEN 1 AND 30",
    )
    execute(
        url,
        ALONE.format(time=f"timestamp + (CASE id % 3 WHEN 0 THEN 0 WHEN 1 THEN 30 ELSE -90 END) * {second}"),
    )
    for shift in (0, 1, 1_000_000):
        execute(url, OF_LINES.format(shift=shift) + (" AND id <= 60" if shift else ""))


@pytest.fixture(scope="module")
def sqlite_labels(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('rows') / 'lumber.db'}"
    fill(url)
    return url


@pytest.fixture(scope="module")
def postgres_labels(postgres_server: PostgresServer) -> Iterator[str]:
    postgres_server.create_migrated("labels")
    url = postgres_server.url("labels")
    fill(url)
    yield url
    postgres_server.drop_database("labels")


def table(url: str, name: str, columns: tuple[str, ...]) -> list[Row]:
    rows = query(url, f"SELECT {', '.join(columns)} FROM {name}")
    made = [dict(zip(columns, row, strict=True)) for row in rows]
    for row in made:
        if isinstance(row["timestamp"], int):
            row["timestamp"] = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=row["timestamp"])
    return made


def expected(url: str, labels: dict[str, Any]) -> dict[int, tuple[Any, ...]]:
    """Return what the label columns of every line should be, by its id."""
    lines = table(url, "log_entries", ("id", "timestamp", "device_id"))
    names = ("timestamp", "anomaly_type", "score", "score_raw", "score_max")
    anomalies = table(url, "anomaly_detections", (*names, "log_entry_id", "device_id", "detector", "verdict"))
    answers = reference(LabelOptions.model_validate(labels).rule(), lines, anomalies)
    return {line["id"]: answer for line, answer in zip(lines, answers, strict=True)}


def labels_of(folder: Path) -> dict[int, tuple[Any, ...]]:
    """Return the label columns of every exported line, by its id."""
    names = ("label", "anomaly_types", "anomaly_score", "label_source")
    found = {}
    for row in rows_of(folder, "logs"):
        values = {name: row[name] for name in names}
        if values["anomaly_types"] is not None:
            values["anomaly_types"] = json.dumps(values["anomaly_types"], separators=(",", ":"))
        found[row["id"]] = tuple(values.values())
    return found


def assert_as_expected(found: dict[int, tuple[Any, ...]], known: dict[int, tuple[Any, ...]]) -> None:
    assert found == {id_: known[id_] for id_ in found}


@pytest.mark.parametrize(
    ("database", "name"),
    [
        *(("sqlite_labels", name) for name in POLICIES),
        *(
            pytest.param("postgres_labels", name, marks=() if name in ON_POSTGRES else [pytest.mark.slow])
            for name in POLICIES
        ),
    ],
)
def test_labels_are_those_of_a_slow_look_at_every_pair(
    database: str, name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(database)
    policy = POLICIES[name] or True
    out = tmp_path / "out"
    export(
        url,
        out,
        kinds=["logs"],
        settings={"partition_rows": 120},
        batch_size=33,
        output_format="jsonl",
        labels=policy,
    )
    found = labels_of(out)
    assert len(found) > ROWS * 0.9
    assert_as_expected(found, expected(url, POLICIES[name]))
    labels = Counter(label for label, *_ in found.values())
    assert labels[1]
    assert labels[0] or name == "wide"
    listed = {key: labels[value] for key, value in (("1", 1), ("0", 0), ("null", None))}
    assert manifest_of(out)["kinds"]["logs"]["labels"] == {"train": listed}


def test_neither_partitions_nor_dates_nor_filters_nor_splits_change_a_label(
    sqlite_labels: str, tmp_path: Path
) -> None:
    policy = {"window_seconds": 600}
    known = expected(sqlite_labels, policy)
    runs: list[dict[str, Any]] = [
        {"settings": {"partition_rows": 100_000}, "batch_size": 20_000},
        {"settings": {"partition_rows": 90}, "start_date": "2026-01-09T03:00", "end_date": "2026-01-20"},
        {"filters": {"anomalies.score": {"gt": 2}, "logs.log_level": ["ERROR", "INFO"]}},
        {"split": {"mode": "time", "embargo_seconds": 900}, "settings": {"partition_rows": 400}},
        {"split": "group", "validation_level": "strict", "settings": {"partition_rows": 400}},
    ]
    for number, run in enumerate(runs):
        out = tmp_path / str(number)
        export(sqlite_labels, out, kinds=["logs", "anomalies"], output_format="jsonl", labels=policy, **run)
        found = labels_of(out)
        assert len(found) > ROWS * 0.2
        assert_as_expected(found, known)


@pytest.mark.parametrize("format_", ["parquet", "csv", "jsonl"])
def test_datasets_opens_labels_and_verify_counts_them(
    sqlite_labels: str, hub: Hub, tmp_path: Path, format_: str
) -> None:
    out = tmp_path / "out"
    export(
        sqlite_labels,
        out,
        kinds=["logs", "anomalies"],
        output_format=format_,
        labels={"window_seconds": 60},
        split="time",
    )
    assert lumber_json("verify", str(out))["ok"]
    opened = hub.load(str(out), "logs")
    listed = manifest_of(out)["kinds"]["logs"]["labels"]
    report = json.loads((out / "quality_report.json").read_text())["logs"]
    assert {name: split["labels"] for name, split in report["splits"].items()} == listed
    for split, (_, rows) in opened.items():
        counts = Counter(str(row["label"]).removesuffix(".0").replace("None", "null") for row in rows)
        assert {label: counts[label] for label in ("1", "0", "null")} == listed[split]
        assert f"| logs | {split} | {counts['1']:,} | {counts['0']:,} |" in (out / "README.md").read_text()


def test_a_label_that_somebody_changed_is_found(sqlite_labels: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(sqlite_labels, out, kinds=["logs"], output_format="jsonl", labels=True)
    manifest = manifest_of(out)
    balance = manifest["kinds"]["logs"]["labels"]["train"]
    balance["1"], balance["0"] = balance["1"] - 1, balance["0"] + 1
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2))
    done = lumber("verify", str(out), "--json", is_ok=False)
    problems = [problem["problem"] for problem in json.loads(done.stdout)["problems"]]
    assert any("the labels of train" in problem and "those of its rows" in problem for problem in problems)
    assert any("says of the labels of logs, train" in problem for problem in problems)


def test_other_steps_see_labels_and_change_none(sqlite_labels: str, tmp_path: Path) -> None:
    policy = {"window_seconds": 600}
    known = expected(sqlite_labels, policy)
    steps: list[dict[str, Any]] = [
        {"order": "shuffle"},
        {"sample": {"rows": 200, "stratify": "label"}, "settings": {"partition_rows": 300}},
        {"templates": True, "settings": {"partition_rows": 300}},
    ]
    for number, step in enumerate(steps):
        out = tmp_path / str(number)
        export(sqlite_labels, out, kinds=["logs"], output_format="jsonl", labels=policy, **step)
        found = labels_of(out)
        assert_as_expected(found, known)
        assert {label for label, *_ in found.values()} == {1, 0, None}
        assert lumber_json("verify", str(out))["ok"]


def test_types_are_private_in_a_private_export(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'lumber.db'}"
    fill_with_sample(url, 300)
    execute(url, "UPDATE anomaly_detections SET anomaly_type = 'scan of 203.0.113.77'")
    out = tmp_path / "out"
    key = {"privacy_key": "9f4c1e7ab2d85036cc17f0e9a45b38d1"}
    export(url, out, kinds=["logs"], output_format="jsonl", labels=True, privacy=True, settings=key)
    types = {types for _, types, *_ in labels_of(out).values()} - {None}
    assert len(types) == 1
    assert "203.0.113.77" not in types.pop()


def test_label_is_a_column_to_choose(sqlite_labels: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    fields = {"logs": ["message", "label"]}
    export(sqlite_labels, out, kinds=["logs"], output_format="jsonl", labels=True, fields=fields)
    (shard,) = shards(out, "logs")
    rows = [json.loads(line) for line in shard.read_text().splitlines()]
    assert {tuple(row) for row in rows} == {("message", "label")}
    known = Counter(label for label, *_ in expected(sqlite_labels, {}).values())
    assert sum(row["label"] == 1 for row in rows) <= known[1]
    assert any(row["label"] == 1 for row in rows)


def test_only_labelled_lines_are_written(sqlite_labels: str, tmp_path: Path) -> None:
    labels = {"window_seconds": 30, "assume_normal": True, "confirmed_only": True}
    options: dict[str, Any] = {"kinds": ["logs", "anomalies"], "output_format": "jsonl", "split": "random"}
    export(sqlite_labels, tmp_path / "all", **options, labels=labels)
    export(sqlite_labels, tmp_path / "only", **options, labels={**labels, "only": True})
    everything, found = (
        [row for path in shards(tmp_path / name, "logs") for row in rows_in(path, "logs")]
        for name in ("all", "only")
    )
    assert found == [row for row in everything if row["label"] is not None]
    manifest = manifest_of(tmp_path / "only")
    assert manifest["config"]["labels"]["only"] is True
    assert manifest["kinds"]["logs"]["sampled_out"] == len(everything) - len(found) > 0
    assert "sampled_out" not in manifest["kinds"]["anomalies"]
    assert verify_dataset(tmp_path / "only").problems == []
    assert "Lines without a label were left out." in (tmp_path / "only" / "README.md").read_text()


def test_the_command_line_says_it_all(sqlite_labels: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    lumber(
        *("export", "--data-type", "logs", "--format", "jsonl", "--output", str(out), "--labels"),
        *("--label-window", "5m,1.5s", "--assume-normal", "--confirmed-only"),
        *("--detector", "watch", "--detector", "guard"),
        LUMBER_DATABASE_URL=sqlite_labels,
        LUMBER_DATA_DIR=str(tmp_path / "data"),
    )
    assert manifest_of(out)["config"]["labels"] == {
        "window_seconds": {"before": 300, "after": 1.5},
        "assume_normal": True,
        "confirmed_only": True,
        "detectors": ["watch", "guard"],
    }
    assert {row["label"] for row in rows_in(shards(out, "logs")[0], "logs")} == {0, 1, None}


def test_a_detector_without_an_anomaly_is_refused_with_those_that_have_some(
    sqlite_labels: str, postgres_labels: str, tmp_path: Path
) -> None:
    for index, url in enumerate((sqlite_labels, postgres_labels)):
        out = tmp_path / f"out{index}"
        asked = {"detectors": ["watch", "nosuch", "Guard"], "assume_normal": True}
        with pytest.raises(ConfigError) as caught:
            export(url, out, kinds=["logs"], labels=asked)
        problems = caught.value.problems
        assert [(problem.field, problem.value) for problem in problems] == [
            ("labels.detectors", "nosuch"),
            ("labels.detectors", "Guard"),
        ]
        assert {"guard", "watch"} <= set(problems[0].allowed)
        assert not out.exists() or not any(out.iterdir())
