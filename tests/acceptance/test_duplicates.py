"""Exports without duplicates, against the plain export of the same rows and a reference in plain Python."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from lumber.dataset.verify import verify_dataset
from tests.acceptance.exporting import export, fill_with_sample, lumber, lumber_json
from tests.acceptance.hub import Hub
from tests.acceptance.reading import manifest_of, rows_in, rows_of, shards
from tests.databases import PostgresServer
from tests.duplicate_groups import Row, burst_groups, exact_groups, labelled
from tests.integration.datasets import execute

BUDGET_REASON = "Duplicates are exported with several partitions, batches and databases, and compared."

ROWS = 1_500
BURST_SECONDS = 20
MODES: dict[str, Any] = {"exact": "exact", "burst": {"mode": "burst", "burst_seconds": BURST_SECONDS}}
# Database, rows in a partition, rows in a batch: the whole in one partition, and cut so that many cuts would
# fall among duplicates.
CUTS = [
    ("sqlite_rows", 100_000, 20_000),
    ("postgres_rows", 30, 20),
    pytest.param("sqlite_rows", 30, 5, marks=[pytest.mark.slow]),
    pytest.param("postgres_rows", 70, 1_000, marks=[pytest.mark.slow]),
]


def fill(url: str) -> None:
    """Make rows of which eight share each moment, three seconds apart, and most a device and a message."""
    fill_with_sample(url, ROWS, damaged=0.02)
    times = "1767225600000000 + (id / 8) * 3000000"
    if url.startswith("postgresql"):
        times = "TIMESTAMPTZ '2026-01-01 00:00:00+00' + (id / 8) * INTERVAL '3 seconds'"
    changes = [
        f"timestamp = {times}, device_id = 'router ' || ((id / 8) % 3), process_name = 'sshd'",
        "message = 'it is down', severity_text = 'err' WHERE id % 16 > 4",
        "severity_text = 'error' WHERE id % 16 = 7",
        "process_name = NULL WHERE id % 64 > 31",
        "device_id = NULL WHERE id % 128 > 63",
    ]
    for change in changes:
        execute(url, f"UPDATE log_entries SET {change}")
    # What is found is found in late lines of such runs.
    execute(url, "UPDATE anomaly_detections SET log_entry_id = (id % 90) * 16 + 14, verdict = NULL")
    execute(url, "UPDATE anomaly_detections SET verdict = 'false_positive' WHERE id % 3 = 1")


@pytest.fixture(scope="module")
def sqlite_rows(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('rows') / 'lumber.db'}"
    fill(url)
    return url


@pytest.fixture(scope="module")
def postgres_rows(postgres_server: PostgresServer) -> Iterator[str]:
    name = "duplicates"
    postgres_server.create_migrated(name)
    fill(postgres_server.url(name))
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


def groups_of(rows: list[Row], name: str, apart: str | None = None) -> list[list[Row]]:
    return exact_groups(rows, apart) if name == "exact" else burst_groups(rows, BURST_SECONDS, apart)


def expected(rows: list[Row], name: str) -> list[Row]:
    """Return what must stay of the rows of a plain export."""
    found = []
    for group in groups_of(rows, name):
        kept = dict(group[0])
        if name == "burst":
            times = {"first_timestamp": group[0]["timestamp"], "last_timestamp": group[-1]["timestamp"]}
            kept |= {"repeat_count": len(group), **times}
        found.append(kept)
    return found


@pytest.fixture(scope="module")
def plain(sqlite_rows: str, tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """The rows of a plain export."""
    folder: Path = tmp_path_factory.mktemp("plain") / "out"
    export(sqlite_rows, folder, kinds=["logs"], output_format="parquet")
    return rows_of(folder, "logs")


@pytest.mark.parametrize("name", MODES)
@pytest.mark.parametrize(("database", "partition_rows", "batch_size"), CUTS)
def test_neither_partitions_nor_batches_nor_the_database_decide_about_a_row(
    plain: list[Row],
    request: pytest.FixtureRequest,
    tmp_path: Path,
    name: str,
    database: str,
    partition_rows: int,
    batch_size: int,
) -> None:
    wanted = expected(plain, name)
    assert 20 < len(wanted) < len(plain) * 0.6
    folder = tmp_path / "out"
    export(
        request.getfixturevalue(database),
        folder,
        settings={"partition_rows": partition_rows},
        batch_size=batch_size,
        output_format="parquet",
        deduplicate=MODES[name],
    )
    assert rows_of(folder, "logs") == wanted
    checked = verify_dataset(folder)
    assert (checked.problems, checked.notes) == ([], [])
    manifest = manifest_of(folder)
    counts = manifest["kinds"]["logs"]
    assert counts["deduplicated"] == len(plain) - len(wanted)
    assert counts["read"] == ROWS == counts["written"] + counts["rejected"] + counts["deduplicated"]
    assert manifest["kinds"]["ips"]["deduplicated"] == manifest["kinds"]["anomalies"]["deduplicated"] == 0
    partitions = manifest["plan"]["kinds"]["logs"]["partitions"]
    assert (len(partitions) > 10) == (partition_rows < ROWS)
    step = 1 if name == "exact" else BURST_SECONDS * 1_000_000
    assert all(part["lower"][0] % step == 0 for part in partitions[1:])
    assert all(before["upper"] == after["lower"] for before, after in pairwise(partitions))


@pytest.mark.parametrize(("name", "format_"), [("exact", "arrow"), ("burst", "parquet")])
def test_the_size_of_batches_leaves_no_trace(
    sqlite_rows: str, tmp_path: Path, name: str, format_: str
) -> None:
    found = []
    for size in (7, 50_000):
        folder = tmp_path / str(size)
        export(
            sqlite_rows,
            folder,
            kinds=["logs"],
            settings={"partition_rows": 400},
            batch_size=size,
            output_format=format_,
            deduplicate=MODES[name],
        )
        files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")
        found.append({str(path.relative_to(folder)): path.read_bytes() for path in files})
        assert any(path.parent.name == "logs" for path in files)
    # The config, and so the hash of it, names the size of batches.
    assert found[0].keys() == found[1].keys()
    for file in found[0]:
        if file.startswith(("logs/", "rejects/", "quality_report")):
            assert found[0][file] == found[1][file], file


HALVES = {"train": 0.5, "test": 0.5}
# Equal rows differ in severity_text and id.
SPLITS: dict[str, dict[str, Any]] = {
    "random": {"mode": "random", "ratios": HALVES},
    "time": {"mode": "time", "ratios": HALVES},
    "severity": {"mode": "group", "by": "severity_text", "ratios": HALVES},
    "time and severity": {"mode": "time_group", "by": "severity_text", "ratios": HALVES, "unseen": 0.5},
}
QUICK_PAIRS = (
    ("exact", "random"),
    ("burst", "random"),
    ("burst", "time"),
    ("exact", "severity"),
    ("burst", "time and severity"),
)
IN_SPLITS: dict[str, Any] = {
    "kinds": ["logs", "anomalies"],
    "output_format": "parquet",
    "labels": True,
    "settings": {"partition_rows": 50},
}


@pytest.fixture(scope="module")
def plain_labelled(sqlite_rows: str, tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """The labelled rows of an export with duplicates."""
    folder: Path = tmp_path_factory.mktemp("plain") / "out"
    export(sqlite_rows, folder, **IN_SPLITS)
    return rows_of(folder, "logs")


def split_rows(folder: Path, kind: str) -> list[tuple[str, Row]]:
    """Return all rows of a kind, each with its split."""
    return [(path.name.split("-")[0], row) for path in shards(folder, kind) for row in rows_in(path, kind)]


# A pair of each mode of duplicates and of each kind of split; `make test-all` has all pairs.
SPLIT_PAIRS = [
    pytest.param(name, split, marks=() if (name, split) in QUICK_PAIRS else pytest.mark.slow)
    for name in MODES
    for split in SPLITS
]


@pytest.mark.parametrize(("name", "split"), SPLIT_PAIRS)
def test_equal_rows_are_in_one_split_and_labels_are_not_lost(
    sqlite_rows: str, plain_labelled: list[Row], tmp_path: Path, name: str, split: str
) -> None:
    export(sqlite_rows, tmp_path / "out", **IN_SPLITS, deduplicate=MODES[name], split=SPLITS[split])
    groups = groups_of(plain_labelled, name)
    wanted = {group[0]["id"]: labelled(group) for group in groups}
    logs = split_rows(tmp_path / "out", "logs")
    found = {row["id"]: (part, row) for part, row in logs}
    assert len({part for part, _ in logs}) > 1
    # A group that is held out of training has no rows there.
    assert found.keys() <= wanted.keys()
    assert len(found) == len(logs) == len(wanted) or SPLITS[split]["mode"] == "time_group"
    for id_, (_, row) in found.items():
        for column in ("label", "anomaly_types", "anomaly_score", "label_source"):
            assert row[column] == wanted[id_][column]
    moved = {labelled(group)["label"] for group in groups if labelled(group) is not group[0]}
    assert moved == {0, 1}
    if split in ("random", "time"):
        stays = {row["id"]: group[0]["id"] for group in groups for row in group}
        for part, anomaly in split_rows(tmp_path / "out", "anomalies"):
            if anomaly["log_entry_id"] in stays:
                assert part == found[stays[anomaly["log_entry_id"]]][0]


def test_the_command_line_says_it_all(sqlite_rows: str, hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    data = str(tmp_path / "data")
    done = lumber(
        *("export", "--data-type", "logs", "--format", "jsonl", "--output", str(folder)),
        *("--deduplicate", "burst", "--burst-seconds", "20"),
        LUMBER_DATABASE_URL=sqlite_rows,
        LUMBER_DATA_DIR=data,
    )
    manifest = manifest_of(folder)
    gone = manifest["kinds"]["logs"]["deduplicated"]
    assert manifest["config"]["deduplicate"] == {"mode": "burst", "burst_seconds": 20}
    assert f"{gone:,} duplicate rows" in done.stdout
    card = (folder / "README.md").read_text()
    assert f"| {gone:,} |" in card
    assert "| `repeat_count` |" in card
    assert len(hub.load(str(folder), "logs")["train"][1]) == manifest["kinds"]["logs"]["written"]

    (tmp_path / "config.json").write_text('{"data_types": ["logs", "ips"], "deduplicate": "burst"}')
    command = ("preview", "--config", str(tmp_path / "config.json"))
    shown = lumber_json(*command, LUMBER_DATABASE_URL=sqlite_rows, LUMBER_DATA_DIR=data)
    assert shown["kinds"]["logs"]["rows"] == ROWS
