"""Splits of real exports: the same rows on the same side however they are cut, and what loaders see of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from lumber.errors import ConfigError
from lumber.exports.parsing import parse_config
from lumber.formats import all_formats
from tests.acceptance.exporting import KINDS, export, fill_with_sample, lumber, lumber_json, other_runs
from tests.acceptance.hub import Hub
from tests.acceptance.reading import manifest_of, rows_in, rows_of, shards
from tests.databases import PostgresServer
from tests.integration.datasets import execute, query

BUDGET_REASON = "Every kind of split is exported from both databases, and read back row by row."

ROWS = 2_500
MODES: dict[str, dict[str, Any]] = {
    "time": {"mode": "time", "embargo_seconds": 3_600},
    "dates": {"mode": "time", "dates": {"test": "2026-01-01T01:00:00Z"}},
    "group": {"mode": "group", "ratios": {"train": 0.5, "validation": 0.2, "test": 0.3}},
    "even group": {
        "mode": "group",
        "stratify": "log_level",
        "ratios": {"train": 0.5, "test": 0.5},
        "seed": 3,
    },
    "time_group": {"mode": "time_group", "unseen": 0.4, "ratios": {"train": 0.5, "test": 0.5}},
    "random": {"mode": "random", "seed": 5},
}
# The quick tests compare and open the others: each of these is a simpler case of one of them.
SLOW_MODES = ("dates", "group", "random")
QUICK_MODES = [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW_MODES else []) for name in MODES]


@pytest.fixture(scope="module")
def sqlite_sample(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('rows') / 'lumber.db'}"
    fill_with_sample(url, ROWS, damaged=0.02)
    share_moments(url)
    return url


@pytest.fixture(scope="module")
def postgres_sample(postgres_server: PostgresServer) -> Iterator[str]:
    name = "splits"
    postgres_server.create_migrated(name)
    url = postgres_server.url(name)
    fill_with_sample(url, ROWS, damaged=0.02)
    share_moments(url)
    yield url
    postgres_server.drop_database(name)


def share_moments(url: str) -> None:
    """Give eight neighbours one time, all through the rows, so that cuts fall among equals."""
    execute(
        url,
        "UPDATE log_entries SET timestamp = (SELECT other.timestamp FROM log_entries AS other "
        "WHERE other.id = log_entries.id - log_entries.id % 8 + 1)",
    )


def split_of(path: Path) -> str:
    return path.name.split("-")[0]


def sides(folder: Path, kind: str) -> dict[int, str]:
    """Return the split of every row, by its id."""
    found = {row["id"]: split_of(path) for path in shards(folder, kind) for row in rows_in(path, kind)}
    counts = manifest_of(folder)["kinds"][kind]
    assert len(found) == counts["written"]
    assert counts["read"] == counts["written"] + counts["rejected"] + counts.get("sampled_out", 0)
    return found


@pytest.mark.parametrize(("name", "database"), other_runs(MODES, on_neither=SLOW_MODES))
def test_neither_partitions_nor_batches_nor_the_database_move_a_row(
    split_datasets: dict[str, Path],
    request: pytest.FixtureRequest,
    tmp_path: Path,
    name: str,
    database: str,
) -> None:
    whole = split_datasets[name]
    assert len(manifest_of(whole)["plan"]["kinds"]["logs"]["partitions"]) == 1
    url, folder = request.getfixturevalue(database), tmp_path / "out"
    settings = {"partition_rows": 300}
    export(url, folder, settings=settings, batch_size=70, output_format="jsonl", split=MODES[name])
    assert len(manifest_of(folder)["plan"]["kinds"]["logs"]["partitions"]) > 5
    for each in (whole, folder):
        assert lumber_json("verify", str(each))["ok"]
    found = {kind: sides(folder, kind) for kind in KINDS}
    assert found == {kind: sides(whole, kind) for kind in KINDS}
    assert len(set(found["logs"].values())) > 1


@pytest.fixture(scope="module")
def split_datasets(sqlite_sample: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folders = {}
    for name, split in MODES.items():
        folders[name] = tmp_path_factory.mktemp(name) / "out"
        export(sqlite_sample, folders[name], output_format="parquet", split=split)
    return folders


@pytest.mark.parametrize("name", ["time", "dates", "time_group"])
def test_no_log_is_on_the_wrong_side_of_a_cut(split_datasets: dict[str, Path], name: str) -> None:
    folder = split_datasets[name]
    rule = manifest_of(folder)["plan"]["split"]
    spans = {}
    for path in shards(folder, "logs"):
        times = [row["timestamp"] for row in rows_in(path, "logs")]
        low, high = spans.get(split_of(path), (times[0], times[0]))
        spans[split_of(path)] = (min(low, *times), max(high, *times))
    for (earlier, _), (later, _) in pairwise(rule["shares"]):
        gap = spans[later][0] - spans[earlier][1]
        assert gap.total_seconds() > 0
        assert gap.total_seconds() * 1_000_000 >= rule["embargo_us"]


def test_shares_of_time_are_as_asked_for(sqlite_sample: str, split_datasets: dict[str, Path]) -> None:
    cuts = dict(manifest_of(split_datasets["time"])["plan"]["split"]["cuts"])
    total = query(sqlite_sample, "SELECT count(*) FROM log_entries")[0][0]
    for name, share in (("validation", 0.8), ("test", 0.9)):
        before = query(sqlite_sample, f"SELECT count(*) FROM log_entries WHERE timestamp < {cuts[name]}")
        # Equal times stay together, here up to eight rows.
        assert share * total - 8 <= before[0][0] <= share * total


@pytest.mark.parametrize("name", ["group", "even group", "time_group"])
def test_no_device_is_on_two_sides(split_datasets: dict[str, Path], name: str) -> None:
    where: dict[str | None, set[str]] = {}
    for path in shards(split_datasets[name], "logs"):
        for row in rows_in(path, "logs"):
            where.setdefault(row["device_id"], set()).add(split_of(path))
    for splits in where.values():
        assert len(splits) == 1 or "test_unseen" not in splits
        assert len(splits) == 1 or name == "time_group"
    assert name != "time_group" or any("test_unseen" in splits for splits in where.values())


@pytest.mark.parametrize("name", MODES)
def test_anomalies_are_where_their_log_lines_are(split_datasets: dict[str, Path], name: str) -> None:
    folder = split_datasets[name]
    logs = sides(folder, "logs")
    followers = 0
    anomalies = sides(folder, "anomalies")
    for row in rows_of(folder, "anomalies"):
        if row["log_entry_id"] in logs:
            assert anomalies[row["id"]] == logs[row["log_entry_id"]]
            followers += 1
    assert followers > 5


@pytest.mark.parametrize("name", QUICK_MODES)
def test_datasets_opens_every_kind_with_its_splits(
    split_datasets: dict[str, Path], hub: Hub, name: str
) -> None:
    folder = split_datasets[name]
    for kind, splits in hub.load_kinds(folder, *KINDS).items():
        counts = Counter(sides(folder, kind).values())
        assert {split: len(rows) for split, (_, rows) in splits.items()} == counts
        listed = manifest_of(folder)["kinds"][kind]["splits"]
        assert {split: section["rows"] for split, section in listed.items()} == counts
    report = json.loads((folder / "quality_report.json").read_text())["logs"]["splits"]
    assert {split: section["rows"] for split, section in report.items()} == Counter(
        sides(folder, "logs").values()
    )


@pytest.mark.parametrize("format_", list(all_formats()))
def test_an_empty_split_leaves_nothing_behind(
    sqlite_sample: str, hub: Hub, tmp_path: Path, format_: str
) -> None:
    folder = tmp_path / "out"
    split = {"mode": "time", "dates": {"validation": "1990-01-01", "test": "2200-01-01"}}
    export(sqlite_sample, folder, output_format=format_, split=split)
    assert {split_of(path) for kind in KINDS for path in shards(folder, kind)} == {"validation"}
    assert "train" not in (folder / "README.md").read_text().split("---")[1]
    if format_ != "arrow":
        assert set(hub.load(str(folder), "logs")) == {"validation"}


def test_chosen_columns_in_their_order(sqlite_sample: str, hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    fields = {"logs": ["message", "timestamp", "device_id"]}
    export(sqlite_sample, folder, kinds=["logs", "ips"], output_format="parquet", fields=fields, split="time")
    assert {tuple(pq.read_schema(path).names) for path in shards(folder, "logs")} == {tuple(fields["logs"])}
    assert len(rows_of(folder, "ips")[0]) > 3
    assert lumber_json("verify", str(folder))["ok"]
    types, rows = hub.load(str(folder), "logs")["train"]
    assert list(types) == fields["logs"]
    assert len(rows) == manifest_of(folder)["kinds"]["logs"]["splits"]["train"]["rows"]


def test_the_command_line_says_it_all(sqlite_sample: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    lumber(
        *("export", "--data-type", "logs", "--format", "jsonl", "--output", str(folder)),
        *("--split", "time", "--split-ratio", "train=0.6,test=0.4", "--embargo", "2h"),
        *("--fields", "logs=timestamp,message"),
        LUMBER_DATABASE_URL=sqlite_sample,
        LUMBER_DATA_DIR=str(tmp_path / "data"),
    )
    config = manifest_of(folder)["config"]
    assert config["split"]["ratios"] == {"train": 0.6, "test": 0.4}
    assert config["split"]["embargo_seconds"] == 7_200
    assert config["fields"] == {"logs": ["timestamp", "message"]}
    assert list(json.loads(shards(folder, "logs")[0].read_text().splitlines()[0])) == ["timestamp", "message"]


def test_random_splits_are_flagged(sqlite_sample: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    done = lumber(
        *("export", "--data-type", "logs", "--split", "random", "--output", str(folder)),
        LUMBER_DATABASE_URL=sqlite_sample,
        LUMBER_DATA_DIR=str(tmp_path / "data"),
    )
    assert "neighbours in time" in done.stderr
    assert "neighbours in time" in (folder / "README.md").read_text()


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_addresses_are_cut_by_the_later_one_of_their_times(
    database: str, sqlite_sample: str, postgres_sample: str, tmp_path: Path
) -> None:
    url = sqlite_sample if database == "sqlite" else postgres_sample
    export(url, tmp_path / "out", kinds=["ips"], output_format="parquet", split="time")
    rows = [
        (split_of(path), max(time for time in (row["first_seen"], row["last_seen"]) if time is not None))
        for path in shards(tmp_path / "out", "ips")
        for row in pq.read_table(path).to_pylist()
    ]
    counts = Counter(split for split, _ in rows)
    # Neighbours of one time stay together.
    assert abs(counts["train"] - 0.8 * len(rows)) <= 0.02 * len(rows)
    assert counts["validation"]
    assert counts["test"]
    times = {split: [time for of, time in rows if of == split] for split in counts}
    assert max(times["train"]) < min(times["validation"])
    assert max(times["validation"]) < min(times["test"])
    manifest = manifest_of(tmp_path / "out")
    assert all(not pair["time"]["overlap"] for pair in manifest["kinds"]["ips"]["leakage"])


def test_an_anomaly_follows_its_line_in_a_split_of_even_strata(split_datasets: dict[str, Path]) -> None:
    lines = sides(split_datasets["even group"], "logs")
    anomalies = [
        (row["log_entry_id"], split_of(path))
        for path in shards(split_datasets["even group"], "anomalies")
        for row in rows_in(path, "anomalies")
    ]
    led = [(lines[line], split) for line, split in anomalies if line in lines]
    assert len(led) > 5
    assert all(one == two for one, two in led)


def distance(levels: dict[str, dict[str, int]], report: dict[str, int]) -> float:
    """Return how far levels are from being half in test, all levels together."""
    return sum(abs(levels["test"].get(level, 0) / rows - 0.5) for level, rows in report.items() if rows >= 50)


def test_each_level_has_the_shares_of_the_splits(
    split_datasets: dict[str, Path], sqlite_sample: str, tmp_path: Path
) -> None:
    """As far as whole devices allow: there are twelve, of very different sizes."""
    plain = {name: value for name, value in MODES["even group"].items() if name != "stratify"}
    export(sqlite_sample, tmp_path / "plain", kinds=["logs"], output_format="parquet", split=plain)
    found = []
    for folder in (split_datasets["even group"], tmp_path / "plain"):
        report = json.loads((folder / "quality_report.json").read_text())["logs"]
        levels = {name: part["levels"] for name, part in report["splits"].items()}
        found.append(distance(levels, report["levels"]))
        if not found[1:]:
            line = f"| INFO | {levels['train']['INFO']:,} | {levels['test']['INFO']:,} |"
    even, by_chance = found
    assert even < 0.25 < by_chance
    card = (split_datasets["even group"] / "README.md").read_text()
    assert line in card
    assert "Each value of log_level has these shares" in card


def test_each_label_has_the_shares_of_the_splits(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'lumber.db'}"
    fill_with_sample(url, 1_000)
    execute(
        url,
        "INSERT INTO anomaly_detections (timestamp, anomaly_type, log_entry_id) "
        "SELECT timestamp, 'burst', id FROM log_entries WHERE id % 5 = 0",
    )
    split = {"mode": "group", "stratify": "label", "ratios": {"train": 0.5, "test": 0.5}}
    export(url, tmp_path / "out", kinds=["logs"], output_format="parquet", labels=True, split=split)
    counts = manifest_of(tmp_path / "out")["kinds"]["logs"]["labels"]
    for label in ("1", "null"):
        share = counts["test"][label] / (counts["train"][label] + counts["test"][label])
        assert abs(share - 0.5) < 0.1, label


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"split": {"mode": "time", "stratify": "log_level"}}, "split.stratify"),
        ({"split": {"mode": "random", "stratify": "log_level"}}, "split.stratify"),
        ({"split": {"mode": "group", "stratify": "label"}}, "split.stratify"),
        ({"split": {"mode": "group", "stratify": "message"}}, "split.stratify"),
        (
            {"split": {"mode": "group", "stratify": "log_level"}, "data_types": ["anomalies"]},
            "split.stratify",
        ),
    ],
)
def test_strata_that_cannot_be_are_refused_by_name(config: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_config({"data_types": ["logs"], **config})
    assert field in [problem.field for problem in error.value.problems]
