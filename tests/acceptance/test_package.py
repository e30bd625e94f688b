"""The documents that go with a dataset, in the hands of the programs that they are written for."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pyodcs
import pytest
import yaml

from lumber.catalog.registry import get_kind
from lumber.dataset.verify import verify_dataset
from lumber.formats import Compression
from tests.acceptance.conftest import OpenCroissant
from tests.acceptance.exporting import KINDS, every_variant, export, fill_with_sample
from tests.acceptance.hub import Hub
from tests.acceptance.reading import Row, manifest_of, rows_in, shards
from tests.all_pairs import all_pairs_first
from tests.integration.datasets import execute, query

BUDGET_REASON = "Datasets in every format are opened by datasets, mlcroissant and the contract checker."

SPLITS: dict[str, Any] = {
    "none": "none",
    "time": "time",
    "group": {"mode": "group", "ratios": {"train": 0.5, "validation": 0.2, "test": 0.3}},
    "time_group": {"mode": "time_group", "unseen": 0.4, "ratios": {"train": 0.5, "test": 0.5}},
    "random": "random",
}
FORMATS = ("parquet", "jsonl", "csv")
# Every format once of what mlcroissant opens, which is neither Arrow files nor zstd.
READABLE = (
    ("parquet", Compression.ZSTD),
    ("csv", Compression.GZIP),
    ("jsonl", Compression.NONE),
    ("json", Compression.GZIP),
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Rows of devices and processes that are named as splits are."""
    url = f"sqlite:///{tmp_path_factory.mktemp('rows') / 'lumber.db'}"
    fill_with_sample(url, 600, damaged=0.02)
    execute(url, "UPDATE log_entries SET process_name = 'test', device_id = 'validation' WHERE id % 5 = 0")
    execute(url, "UPDATE ip_addresses SET device_id = 'train' WHERE id % 3 = 0")
    assert query(url, "SELECT count(*) FROM anomaly_detections")[0][0] > 0
    return url


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose path is full of words that a reader might take for splits."""
    folder = tmp_path_factory.mktemp("test") / "validation" / "train-data"
    folder.mkdir(parents=True)
    return folder


def by_split(folder: Path, kind: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for path in shards(folder, kind):
        found.setdefault(path.name.split("-")[0], []).extend(rows_in(path, kind))
    return found


@pytest.mark.parametrize(
    ("split", "logs", "anomalies", "ips"),
    all_pairs_first(SPLITS, *[(True, False)] * 3, is_allowed=lambda _, *chosen: any(chosen)),
)
def test_datasets_opens_every_combination_of_kinds_and_splits(
    url: str, home: Path, hub: Hub, split: str, logs: bool, anomalies: bool, ips: bool
) -> None:
    chosen = (logs, anomalies, ips)
    kinds = [kind for kind, is_chosen in zip(KINDS, chosen, strict=True) if is_chosen]
    folder = home / f"{split}-{'-'.join(kinds)}"
    number = 7 * [*SPLITS].index(split) + logs + 2 * anomalies + 4 * ips
    export(url, folder, kinds=kinds, split=SPLITS[split], output_format=FORMATS[number % len(FORMATS)])
    for kind, answer in hub.load_kinds(folder, *kinds).items():
        assert not isinstance(answer, str), (kind, answer)
        expected = {split: [row["id"] for row in rows] for split, rows in by_split(folder, kind).items()}
        found = {split: [row["id"] for row in rows] for split, (_, rows) in answer.items()}
        assert found == expected, kind


Layout = Callable[[str, Compression], Path]


@pytest.fixture(scope="module")
def layout(url: str, home: Path) -> Layout:
    """A function that returns a dataset split by time, exported when it is first asked for."""

    @cache
    def layout(format_: str, compression: Compression) -> Path:
        folder = home / f"{format_}-{compression}"
        settings = {"partition_rows": 200}
        export(url, folder, split="time", output_format=format_, compression=compression, settings=settings)
        return folder

    return layout


@every_variant
def test_mlcroissant_validates_every_layout_and_reads_what_it_can(
    layout: Layout, open_croissant: OpenCroissant, format_: str, compression: Compression
) -> None:
    folder, is_readable = layout(format_, compression), (format_, compression) in READABLE
    wanted = ["splits", *KINDS]
    answer = open_croissant(folder, wanted if is_readable else ["splits"])
    assert not isinstance(answer, str), answer
    assert answer["version"] == "http://mlcommons.org/croissant/1.1"
    # What only a publisher knows, and nothing else.
    named = ("citeAs", "datePublished", "license", "version")
    assert len(answer["warnings"]) == len(named)
    assert all(any(f"/{name}" in warning for name in named) for warning in answer["warnings"])
    listed = {file["path"]: file for file in manifest_of(folder)["files"]}
    data = {path for path, file in listed.items() if file["kind"] or path.startswith("rejects/")}
    assert data <= answer["files"].keys() < listed.keys()
    for path, described in answer["files"].items():
        assert described == (listed[path]["sha256"], f"{listed[path]['bytes']} B")
    assert answer["record_sets"] == wanted
    assert [row["name"] for row in answer["records"]["splits"]] == ["train", "validation", "test"]
    for kind in KINDS if is_readable else ():
        check_records(answer["records"][kind], folder, kind, format_)


def check_records(found: list[Row], folder: Path, kind: str, format_: str) -> None:
    """Compare rows that mlcroissant gives with those in the files."""
    has_json = format_ in ("parquet", "csv")
    json_columns = get_kind(kind).json_columns
    rows = {row["id"]: (row.pop("split"), row) for row in found}
    assert len(rows) == len(found)
    assert Counter(split for split, _ in rows.values()) == {
        split: len(rows) for split, rows in by_split(folder, kind).items()
    }
    for split, expected in by_split(folder, kind).items():
        for row in expected:
            where, record = rows[row["id"]]
            assert where == split
            for name in json_columns:
                text = record[name]
                record[name] = json.loads(text) if text is not None else None if has_json else row[name]
            assert rounded(record) == rounded({name: row[name] for name in record})
            assert list(record) == get_kind(kind).schema.names


def rounded(row: Row) -> Row:
    """Cut fractions short: pandas, which reads for mlcroissant, gets the last digit of JSON wrong."""
    return {name: float(f"{v:.12g}") if isinstance(v, float) else v for name, v in row.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_split_opens_by_the_pattern_of_its_name(layout: Layout, kind: str) -> None:
    import duckdb
    import pandas as pd

    folder = layout("parquet", Compression.ZSTD)
    for split, rows in by_split(folder, kind).items():
        pattern = f"{folder}/{kind}/{split}-*.parquet"
        ids = [row["id"] for row in rows]
        assert pl.read_parquet(pattern)["id"].to_list() == ids
        assert [row[0] for row in duckdb.sql(f"SELECT id FROM '{pattern}'").fetchall()] == ids
        paths = sorted((folder / kind).glob(f"{split}-*"))
        assert pd.concat(map(pd.read_parquet, paths))["id"].to_list() == ids


@every_variant
def test_the_data_contract_keeps_the_standard_in_every_layout(
    layout: Layout, format_: str, compression: Compression
) -> None:
    folder = layout(format_, compression)
    text = (folder / "datacontract.yaml").read_text()
    assert pyodcs.parse_and_validate(text, format="yaml")["diagnostics"] == []
    contract = yaml.safe_load(text)
    assert contract["apiVersion"] == f"v{pyodcs.UPSTREAM_SPEC_VERSION}"
    assert [server["format"] for server in contract["servers"]] == [format_] * 3
    for table, kind in zip(contract["schema"], map(get_kind, KINDS), strict=True):
        assert table["name"] == kind.name
        assert [column["name"] for column in table["properties"]] == kind.schema.names
        for column, field in zip(table["properties"], kind.schema, strict=True):
            assert column["required"] is not field.nullable
            assert column["description"] == kind.descriptions[field.name]
        assert [column["name"] for column in table["properties"] if column.get("primaryKey")] == ["id"]
        (count,) = table["quality"]
        assert count["mustBe"] == manifest_of(folder)["kinds"][kind.name]["written"]


def test_the_contract_promises_what_was_checked_and_no_more(url: str, tmp_path: Path) -> None:
    promised = {}
    for level in ("none", "basic", "strict"):
        folder = tmp_path / level
        export(url, folder, kinds=["anomalies"], output_format="parquet", validation_level=level)
        (table,) = yaml.safe_load((folder / "datacontract.yaml").read_text())["schema"]
        promised[level] = {
            f"{column['name']}.{rule['name']}"
            for column in table["properties"]
            for rule in column.get("quality", ())
        }
        assert level != "none" or not any(column.get("unique") for column in table["properties"])
    assert promised["none"] == {"id.not_null", "timestamp.not_null", "anomaly_type.not_null"}
    assert promised["none"] < promised["basic"] < promised["strict"]
    assert {"score.in_range", "id.unique_id"} <= promised["basic"]
    assert "log_entry_id.log_entry_exists" in promised["strict"] - promised["basic"]


@every_variant
def test_sha256sum_checks_every_file(layout: Layout, format_: str, compression: Compression) -> None:
    folder = layout(format_, compression)
    done = subprocess.run(
        ["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    named = {line.removesuffix(": OK") for line in done.stdout.splitlines()}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert named == there - {"SHA256SUMS", "manifest.json"}


def test_sha256sum_finds_a_changed_byte(layout: Layout, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(layout("csv", Compression.GZIP), tmp_path / "copy"))
    shard = shards(folder, "ips")[0]
    shard.write_bytes(shard.read_bytes()[:-1] + b"!")
    assert subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True).returncode == 1


def test_labels_templates_and_sequences_are_in_every_document(
    url: str, hub: Hub, open_croissant: OpenCroissant, tmp_path: Path
) -> None:
    options = {
        "split": "time",
        "labels": True,
        "templates": {},
        "sequences": {},
        "fields": {"ips": ["address"]},
    }
    hashes = set()
    for number, format_ in enumerate(["parquet", "json", "json"]):
        folder = tmp_path / str(number)
        export(url, folder, output_format=format_, batch_size=100 + number, **options)
        report = verify_dataset(folder)
        assert report.is_ok, report.problems
        contract = (folder / "datacontract.yaml").read_text()
        assert pyodcs.parse_and_validate(contract, format="yaml")["diagnostics"] == []
        tables = [table["name"] for table in yaml.safe_load(contract)["schema"]]
        assert tables == [*KINDS, "templates", "sequences"]
        hashes.add(manifest_of(folder)["reproducibility_hash"])
    assert len(hashes) == 2  # one for each format, whatever the batches
    answer = open_croissant(tmp_path / "0", ["logs", "ips", "templates", "sequences"])
    assert not isinstance(answer, str), answer
    records = answer["records"]
    labels = {
        row["id"]: row["label"] for path in shards(tmp_path / "0", "logs") for row in rows_in(path, "logs")
    }
    assert len(set(labels.values())) > 1
    assert {row["id"]: row["label"] for row in records["logs"]} == labels
    assert set(records["ips"][0]) == {"address", "split"}
    known = {row["template_id"] for row in records["templates"]}
    trained = [row for row in records["sequences"] if row["split"] == "train"]
    assert known.issuperset(id_ for row in trained for id_ in row["template_ids"])
    assert trained
    opened = hub.load_kinds(tmp_path / "0", "templates", "sequences")
    assert [len(splits["train"][1]) for splits in opened.values()] == [len(known), len(trained)]


def test_a_dataset_without_rows_is_described_all_the_same(
    url: str, open_croissant: OpenCroissant, tmp_path: Path
) -> None:
    export(url, tmp_path / "out", start_date="2300-01-01", output_format="parquet")
    answer = open_croissant(tmp_path / "out", [])
    assert not isinstance(answer, str), answer
    assert answer["record_sets"] == []
    text = (tmp_path / "out" / "datacontract.yaml").read_text()
    assert pyodcs.parse_and_validate(text, format="yaml")["diagnostics"] == []
    assert verify_dataset(tmp_path / "out").is_ok


def test_croissant_says_what_is_missing_and_what_is_sensitive(
    url: str, open_croissant: OpenCroissant, tmp_path: Path
) -> None:
    export(url, tmp_path / "out", kinds=["logs"], output_format="parquet", split="random", processes=["test"])
    answer = open_croissant(tmp_path / "out", [])
    counts = manifest_of(tmp_path / "out")["kinds"]["logs"]
    assert counts["rejected"] > 0
    told = " ".join(answer["limitations"])
    assert f"Of {counts['read']:,} rows of logs, some are missing: {counts['rejected']:,} row" in told
    assert "The split is random" in told
    assert "logs: device_ip may hold addresses." in answer["sensitive"]
    value = json.loads((tmp_path / "out" / "croissant.json").read_text())
    assert "1 process" in value["rai:dataCollection"]
    assert value["rai:dataCollectionTimeframe"] == sorted(value["rai:dataCollectionTimeframe"])


def test_another_row_or_another_config_has_another_hash(url: str, tmp_path: Path) -> None:
    configs: list[dict[str, Any]] = [
        {},
        {"batch_size": 50},
        {"validation_level": "strict"},
        {"filters": {"logs.id": {"lte": 599}}},
    ]
    hashes = []
    for number, config in enumerate(configs):
        export(url, tmp_path / str(number), kinds=["logs"], output_format="csv", **config)
        hashes.append(manifest_of(tmp_path / str(number))["reproducibility_hash"])
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3
