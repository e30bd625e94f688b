"""Samples, shuffled order, templates and sequences of real exports."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import lumber
from lumber.dataset.manifest import VOLATILE
from lumber.errors import ConfigError
from tests.acceptance.exporting import export, fill_with_sample, other_runs
from tests.acceptance.hub import Hub
from tests.acceptance.reading import manifest_of
from tests.databases import PostgresServer
from tests.integration.datasets import execute

BUDGET_REASON = "Samples, templates and sequences are exported from both databases and compared row by row."
ROWS = 2_000
# A line that only the test of a split in time has.
NEWS = "a kind of line that nobody has seen before"
TIMES = {"split": {"mode": "time", "ratios": {"train": 0.6, "validation": 0.2, "test": 0.2}}}
# "all" and "sessions" have each of these, and test_a_number_of_rows_is_of_valid_rows has samples.
SLOW_OPTIONS = ("share", "rows", "shuffle", "templates", "sequences")
OPTIONS: dict[str, dict[str, Any]] = {
    "share": {"sample": 0.3},
    "rows": {"sample": {"rows": 300, "seed": 4}},
    "strata": {"sample": {"rows": 300, "stratify": "log_level"}, **TIMES},
    "shuffle": {"order": {"by": "shuffle", "seed": 2}, **TIMES},
    "templates": {"templates": True, **TIMES},
    "sequences": {"sequences": {"size": 10, "step": 5}, **TIMES},
    "sessions": {"sequences": {"mode": "session", "gap_seconds": 60}, "labels": True, **TIMES},
    "all": {
        "sequences": True,
        "sample": {"rows": 500, "seed": 1},
        "order": "shuffle",
        "labels": True,
        **TIMES,
    },
}


@pytest.fixture(scope="module")
def sqlite_sample(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('rows') / 'lumber.db'}"
    fill(url)
    return url


@pytest.fixture(scope="module")
def postgres_sample(postgres_server: PostgresServer) -> Iterator[str]:
    postgres_server.create_migrated("training")
    url = postgres_server.url("training")
    fill(url)
    yield url
    postgres_server.drop_database("training")


def fill(url: str) -> None:
    fill_with_sample(url, ROWS, damaged=0.02)
    execute(url, f"UPDATE log_entries SET message = '{NEWS}' WHERE id > {ROWS * 9 // 10} AND id % 7 = 0")


def counted_in(folder: Path) -> dict[str, Any]:
    """Return what the quality report says of the logs and the tables made of them."""
    return json.loads((folder / "quality_report.json").read_text())["logs"]


def files_of(folder: Path) -> dict[str, str]:
    """Return the sha256 of every data file, in the order of its rows; shards may be cut otherwise."""
    return {entry["path"]: entry["sha256"] for entry in manifest_of(folder)["files"] if entry["kind"]}


@pytest.mark.parametrize(("name", "database"), other_runs(OPTIONS, on_neither=SLOW_OPTIONS))
def test_neither_partitions_nor_batches_nor_the_database_show(
    sqlite_sample: str, request: pytest.FixtureRequest, tmp_path: Path, name: str, database: str
) -> None:
    runs = [
        (sqlite_sample, {"partition_rows": 100_000}, 20_000),
        (request.getfixturevalue(database), {"partition_rows": 300}, 70),
    ]
    found = []
    for number, (url, settings, batch_size) in enumerate(runs):
        folder = tmp_path / str(number)
        export(
            url,
            folder,
            workers=2,
            settings=settings,
            batch_size=batch_size,
            kinds=("logs", "anomalies"),
            output_format="jsonl",
            **OPTIONS[name],
        )
        dataset = lumber.open(folder)
        assert dataset.verify().problems == []
        found.append({kind: dataset.to_polars(kind) for kind in dataset.kinds})
    whole, other = found
    assert other.keys() == whole.keys()
    for kind, frame in whole.items():
        assert frame.equals(other[kind]), kind
        assert frame.height


def test_the_same_export_twice_is_the_same_bytes(sqlite_sample: str, tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for workers, folder in enumerate(folders, 1):
        export(
            sqlite_sample,
            folder,
            workers=workers,
            settings={"partition_rows": 400},
            output_format="parquet",
            **OPTIONS["all"],
        )
    assert files_of(folders[0]) == files_of(folders[1])
    first, second = (manifest_of(folder) for folder in folders)
    assert "duration_seconds" in VOLATILE
    assert first["kinds"] == second["kinds"]
    assert first["derived"] == second["derived"]


def test_a_number_of_rows_is_of_valid_rows(sqlite_sample: str, tmp_path: Path) -> None:
    export(sqlite_sample, tmp_path / "out", output_format="parquet", **OPTIONS["rows"])
    logs = manifest_of(tmp_path / "out")["kinds"]["logs"]
    assert logs["written"] == 300
    assert logs["rejected"] > 0
    assert logs["read"] == 300 + logs["rejected"] + logs["sampled_out"] == ROWS


def test_strata_keep_their_proportions(sqlite_sample: str, tmp_path: Path) -> None:
    whole, part = (tmp_path / name for name in ("whole", "part"))
    export(sqlite_sample, whole, kinds=["logs"], output_format="parquet")
    export(sqlite_sample, part, kinds=["logs"], output_format="parquet", **OPTIONS["strata"])
    before, after = (
        Counter(lumber.open(folder).to_polars("logs")["log_level"].to_list()) for folder in (whole, part)
    )
    assert after.total() == 300
    for level, count in before.items():
        assert abs(after[level] - 300 * count / before.total()) < len(before)
        assert after[level]


def test_shuffled_rows_are_those_of_the_same_split_in_time(sqlite_sample: str, tmp_path: Path) -> None:
    plain, shuffled = (tmp_path / name for name in ("plain", "shuffled"))
    for folder, options in ((plain, TIMES), (shuffled, OPTIONS["shuffle"])):
        export(
            sqlite_sample,
            folder,
            kinds=["logs"],
            settings={"partition_rows": 250},
            output_format="parquet",
            **options,
        )
    for split in ("train", "validation", "test"):
        one, other = (lumber.open(folder).to_polars("logs", split) for folder in (plain, shuffled))
        assert one.equals(other.sort("timestamp", "id"))
        times = other["timestamp"].to_list()
        rises = sum(later > earlier for earlier, later in pairwise(times))
        assert 0.4 < rises / len(times) < 0.6


def test_a_shuffled_export_counts_the_formulas_that_it_escaped(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'formulas.db'}"
    fill_with_sample(url, 100)
    execute(url, "UPDATE log_entries SET message = '=1' WHERE id % 2 = 0")
    changes = []
    for order in ("time", "shuffle"):
        folder = tmp_path / order
        export(url, folder, kinds=["logs"], output_format="csv", order=order)
        changes.append(manifest_of(folder)["kinds"]["logs"]["changes"])
    assert changes[0] == changes[1]
    assert changes[0]["formula_cells_escaped"] >= 50


def test_verify_sees_a_row_that_left_its_shuffled_place(sqlite_sample: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export(sqlite_sample, folder, kinds=["logs"], output_format="jsonl", **OPTIONS["shuffle"])
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["config"]["order"]["seed"] = 3
    (folder / "manifest.json").write_text(json.dumps(manifest))
    problems = [problem.problem for problem in lumber.open(folder).verify().problems]
    assert any("belongs before the row above it (shuffled by its seed)" in text for text in problems)


def test_templates_are_those_of_train(sqlite_sample: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export(sqlite_sample, folder, kinds=["logs"], output_format="parquet", **OPTIONS["templates"])
    dataset = lumber.open(folder)
    table = dataset.to_polars("templates")
    train, test = dataset.to_polars("logs", "train"), dataset.to_polars("logs", "test")
    assert set(train["template_id"]) == set(table["template_id"])
    counts = dict(train.group_by("template_id").len().iter_rows())
    assert counts == dict(table.select("template_id", "count").iter_rows())
    classes = counted_in(folder)["templates"]["by_rows"]
    assert sum(each["templates"] for each in classes) == table.height
    assert sum(each["rows"] for each in classes) == train.height
    unknown = test.filter(pl.col("message") == NEWS)
    assert unknown.height
    assert set(unknown["template_id"]) == {"<unk>"}
    assert unknown["template_params"].null_count() == unknown.height
    assert not table["template"].str.contains(NEWS, literal=True).any()
    # Every value of a message is in the slots of its template.
    slots = dict(table.select("template_id", "slots").iter_rows())
    for template, params in train.select("template_id", "template_params").iter_rows():
        assert len(json.loads(params)) == len(slots[template])


def test_numbers_of_a_table_are_numbers_in_csv(sqlite_sample: str, hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export(sqlite_sample, folder, kinds=["logs"], output_format="csv", templates=True, sequences="session")
    loaded = hub.load_kinds(folder, "templates", "sequences")
    types, rows = loaded["templates"]["train"]
    assert types["count"] == "int64"
    assert [row["count"] for row in rows] == lumber.open(folder).to_polars("templates")["count"].to_list()
    # All of them are null, which integers can't be here.
    assert loaded["sequences"]["train"][0]["label"] == "float64"
    assert loaded["sequences"]["train"][0]["first_id"] == "int64"


@pytest.mark.parametrize("sample", [0.1, 40, {"rows": 60, "stratify": "log_level"}])
def test_templates_are_those_of_the_rows_that_a_sample_keeps(
    sqlite_sample: str, tmp_path: Path, sample: Any
) -> None:
    folder = tmp_path / "out"
    options = {"templates": True, "sample": sample, **TIMES}
    export(sqlite_sample, folder, kinds=["logs"], output_format="parquet", **options)
    dataset = lumber.open(folder)
    train, table = dataset.to_polars("logs", "train"), dataset.to_polars("templates")
    counts = dict(train.group_by("template_id").len().iter_rows())
    assert counts == dict(table.select("template_id", "count").iter_rows())


def test_sequences_stay_within_a_device_and_a_split(sqlite_sample: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export(sqlite_sample, folder, kinds=["logs"], output_format="parquet", **OPTIONS["sessions"])
    dataset = lumber.open(folder)
    counted = counted_in(folder)["sequences"]
    assert (counted["sequences"], counted["events"]) == (
        dataset.to_polars("sequences").height,
        dataset.to_polars("logs").height,
    )
    assert sum(each["sequences"] for each in counted["by_length"]) == counted["sequences"]
    for split in ("train", "validation", "test"):
        logs = dataset.to_polars("logs", split)
        sessions = dataset.to_polars("sequences", split)
        assert sessions["split"].unique().to_list() == [split]
        # Together they hold every line of the split once.
        assert sessions["template_ids"].list.len().sum() == logs.height
        assert sorted(sessions["template_ids"].explode().to_list()) == sorted(logs["template_id"].to_list())
        by_id = dict(logs.select("id", "device_id").iter_rows())
        for device, first, last in sessions.select("device_id", "first_id", "last_id").iter_rows():
            assert by_id[first] == by_id[last] == device
        assert sessions["labels"].explode().drop_nulls().sum() == logs["label"].drop_nulls().sum()


@pytest.mark.parametrize("name", ["sequences", "sessions"])
def test_several_jobs_build_the_sequences_of_one(sqlite_sample: str, tmp_path: Path, name: str) -> None:
    """Each has a part of the devices, in the order of the lines that complete them."""
    found = []
    for rows_per_job, workers in ((ROWS, 1), (ROWS // 5, 1), (ROWS // 5, 3)):
        folder = tmp_path / f"{rows_per_job}-{workers}"
        export(
            sqlite_sample,
            folder,
            workers=workers,
            settings={"partition_rows": 300, "sequence_rows": rows_per_job},
            kinds=["logs"],
            output_format="parquet",
            **OPTIONS[name],
        )
        dataset = lumber.open(folder)
        assert dataset.verify().problems == []
        found.append((dataset.to_polars("sequences"), files_of(folder)))
    (one, of_one), (several, of_several), (_, of_workers) = found
    assert of_several == of_workers != of_one
    assert several.sort("sequence_id").equals(one.sort("sequence_id"))
    for split, device in one.select("split", "device_id").unique().iter_rows():
        mine = (pl.col("split") == split) & pl.col("device_id").eq_missing(pl.lit(device))
        assert several.filter(mine).equals(one.filter(mine))


@pytest.mark.parametrize(
    "output_format",
    [
        "parquet",
        "jsonl",
        "csv",
        *(pytest.param(name, marks=[pytest.mark.slow]) for name in ("json", "arrow")),
    ],
)
def test_datasets_opens_every_table(sqlite_sample: str, hub: Hub, tmp_path: Path, output_format: str) -> None:
    folder = tmp_path / "out"
    export(sqlite_sample, folder, output_format=output_format, **OPTIONS["all"])
    dataset = lumber.open(folder)
    assert dataset.kinds == ("logs", "anomalies", "ips", "templates", "sequences")
    for kind, loaded in hub.load_kinds(folder, *dataset.kinds).items():
        assert {split: len(rows) for split, (_, rows) in loaded.items()} == dataset.splits(kind)


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"sample": 0}, "sample.rows"),
        ({"sample": 1.5}, "sample.share"),
        ({"sample": {}}, "sample"),
        ({"sample": {"share": 0.5, "rows": 3}}, "sample"),
        ({"sample": {"rows": 3, "stratify": "label"}}, "sample.stratify"),
        ({"sample": {"rows": 3, "seeds": 1}}, "sample.seeds"),
        ({"order": "random"}, "order.by"),
        ({"templates": {"masks": ["no"]}}, "templates.masks"),
        ({"templates": {"custom_masks": {"Order": "x"}}}, "templates.custom_masks"),
        ({"templates": {"custom_masks": {"ip": "x"}}}, "templates.custom_masks"),
        ({"templates": {"custom_masks": {"order": "(x"}}}, "templates.custom_masks.order"),
        ({"templates": {"custom_masks": {"order": "x*"}}}, "templates.custom_masks.order"),
        ({"templates": {"custom_masks": {"order": "x" * 501}}}, "templates.custom_masks.order"),
        ({"templates": {"custom_masks": {"a": "(?P<x>a)", "b": "(?P<x>b)"}}}, "templates.custom_masks"),
        ({"templates": {"custom_masks": {f"m{n}": "x" for n in range(21)}}}, "templates.custom_masks"),
        ({"templates": {"keep": ["two words"]}}, "templates.keep"),
        ({"templates": {"keep": ["<num>"]}}, "templates.keep"),
        ({"sequences": {"step": 200}}, "sequences.step"),
        ({"sequences": {"unit": "seconds", "size": 10_000, "step": 1}}, "sequences.step"),
        ({"sequences": {"size": 20_000}}, "sequences.size"),
        ({"data_types": ["ips"], "templates": True}, "templates"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(config: dict[str, Any], field: str) -> None:
    from lumber.exports.parsing import parse_config

    with pytest.raises(ConfigError) as error:
        parse_config({"data_types": ["logs"], **config})
    assert [problem.field for problem in error.value.problems] == [field]


@pytest.fixture(scope="module")
def lists_in_parquet(sqlite_sample: str, tmp_path_factory: pytest.TempPathFactory) -> lumber.Dataset:
    folder: Path = tmp_path_factory.mktemp("lists") / "out"
    export(sqlite_sample, folder, kinds=["logs"], output_format="parquet", **OPTIONS["sequences"])
    return lumber.open(folder)


@pytest.mark.parametrize("output_format", ["csv", "jsonl", "json"])
def test_lists_are_lists_in_text_formats_too(
    sqlite_sample: str, lists_in_parquet: lumber.Dataset, tmp_path: Path, output_format: str
) -> None:
    folder = tmp_path / "out"
    export(sqlite_sample, folder, kinds=["logs"], output_format=output_format, **OPTIONS["sequences"])
    datasets = (lists_in_parquet, lumber.open(folder))
    for table in ("templates", "sequences"):
        one, other = (dataset.to_arrow(table) for dataset in datasets)
        assert one.schema == other.schema
        assert one.equals(other)
    assert other["template_ids"].to_pylist()[0][0].startswith("t_")
