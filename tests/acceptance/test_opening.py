"""What a dataset's card promises to `datasets`: hard values, no card, kinds without rows."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lumber.catalog.registry import get_kind
from lumber.dataset.open import Dataset
from lumber.dataset.verify import verify_dataset
from lumber.exports import ExportMetadata
from lumber.formats import all_formats
from tests.acceptance.exporting import KINDS, export, lumber, lumber_json
from tests.acceptance.hub import Hub
from tests.acceptance.reading import empty_as_none, from_text, manifest_of, normal, rows_of, shards
from tests.clones import make_tables

BUDGET_REASON = "Datasets with hard values are opened by real loaders."

HOSTS = [None, "", "NA", None]
NO_ROWS_BEFORE = "2300-01-01"


@pytest.fixture(scope="module")
def small_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Few rows, with texts that a reader which guesses types takes for something else."""
    path = tmp_path_factory.mktemp("small") / "lumber.db"
    url = f"sqlite:///{path}"
    make_tables(url)
    texts = ["007", "1e5", "null", "NA", "true", "2026-01-01", "=1+1", "-1", "'=2", "nan"]
    objects = [
        '{"port":22}',
        '{"port":"ssh","user":null}',
        "[1,2]",
        '"text"',
        None,
        "7",
        "{}",
        '{"a":{"b":[]}}',
        "null",
        '{"a":[1]}',
    ]
    with sqlite3.connect(path) as connection:
        connection.executemany(
            "INSERT INTO log_entries (timestamp, severity_text, message, device_id, structured_data) "
            "VALUES (?, ?, ?, ?, ?)",
            [(1_767_225_600_000_000 + i, "info", text, "007", objects[i]) for i, text in enumerate(texts)],
        )
        connection.executemany(
            "INSERT INTO anomaly_detections (timestamp, anomaly_type, log_entry_id, features) "
            "VALUES (?, ?, ?, ?)",
            [(1_767_225_600_000_000, "x", 2**53 + 1, '{"n":1}'), (1_767_225_600_000_001, "y", None, None)],
        )
    connection.close()
    return url


@pytest.mark.parametrize("format_", ["jsonl", "csv", "parquet"])
def test_datasets_takes_no_text_for_a_number_and_no_object_for_another(
    small_url: str, hub: Hub, tmp_path: Path, format_: str
) -> None:
    folder = tmp_path / "out"
    export(small_url, folder, output_format=format_, kinds=["logs", "anomalies"])
    for kind, answer in hub.load_kinds(folder, "logs", "anomalies").items():
        assert not isinstance(answer, str), answer
        _, rows = answer["train"]
        if format_ == "csv":
            whole = [
                {
                    n: None if v is None else str(int(v)) if isinstance(v, float) else str(v)
                    for n, v in r.items()
                }
                for r in rows
            ]
            assert from_text(kind, whole) == empty_as_none(kind, rows_of(folder, kind))
        else:
            assert normal(kind, rows) == rows_of(folder, kind)
    assert [row["device_id"] for row in rows_of(folder, "logs")] == ["007"] * 10
    assert rows_of(folder, "anomalies")[0]["log_entry_id"] == 2**53 + 1


def test_datasets_opens_a_json_document_whose_values_vary(small_url: str, hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export(small_url, folder, kinds=["logs"])
    answer = hub.load(str(folder), "logs")
    assert not isinstance(answer, str), answer
    expected = rows_of(folder, "logs")
    found = normal("logs", answer["train"][1], has_json_as_text=False)
    assert found == expected
    assert [row["device_id"] for row in found] == ["007"] * 10
    assert "`structured_data` is JSON text" in (folder / "README.md").read_text()


def test_a_json_document_holds_the_rows_and_what_was_exported(small_url: str, tmp_path: Path) -> None:
    done = export(small_url, tmp_path / "out", kinds=["logs"])
    (path,) = shards(tmp_path / "out", "logs")
    document = json.loads(path.read_bytes())
    assert sorted(document) == ["data", "export_metadata"]
    metadata = document["export_metadata"]
    assert metadata["total_records"] == len(document["data"]) == 10
    assert metadata["format"] == "json"
    assert metadata["kind"] == "logs"
    assert metadata["export_id"] == done.export_id
    assert datetime.fromisoformat(metadata["created_at"]) == done.created_at
    assert list(document["data"][0]) == get_kind("logs").schema.names
    # Its values vary: readers of documents need text.
    assert [row["structured_data"] for row in document["data"]][:4] == [
        '{"port":22}',
        '{"port":"ssh","user":null}',
        "[1,2]",
        '"text"',
    ]


def test_a_null_and_an_empty_text_differ_in_csv(tmp_path: Path) -> None:
    """As the card says, for each reader."""
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow.csv

    url = f"sqlite:///{tmp_path / 'lumber.db'}"
    make_tables(url)
    with sqlite3.connect(tmp_path / "lumber.db") as connection:
        connection.executemany(
            "INSERT INTO log_entries (timestamp, message, host_name) VALUES (?, 'm', ?)",
            [(1_767_225_600_000_000 + at, host) for at, host in enumerate(HOSTS)],
        )
    connection.close()
    # With one column, a null is an empty line.
    for fields in (["id", "host_name"], ["host_name"]):
        folder = tmp_path / str(len(fields))
        export(url, folder, kinds=["logs"], output_format="csv", fields={"logs": fields})
        assert Dataset(folder).to_arrow("logs")["host_name"].to_pylist() == HOSTS
        assert verify_dataset(folder).problems == []
    (path,) = shards(tmp_path / "2", "logs")
    assert path.read_text() == 'id,host_name\n1,\n2,""\n3,NA\n4,\n'
    convert = pyarrow.csv.ConvertOptions(
        null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    assert pyarrow.csv.read_csv(path, convert_options=convert)["host_name"].to_pylist() == HOSTS
    assert pl.read_csv(path)["host_name"].to_list() == HOSTS
    found = duckdb.sql(f"SELECT host_name FROM read_csv('{path}', allow_quoted_nulls=false) ORDER BY id")
    assert [host for (host,) in found.fetchall()] == HOSTS
    assert pd.read_csv(path, keep_default_na=False, na_values=[""])["host_name"].isna().tolist() == [
        not host for host in HOSTS
    ]


def test_a_json_document_without_metadata_is_an_array(small_url: str, tmp_path: Path) -> None:
    export(small_url, tmp_path / "out", kinds=["logs"], include_metadata=False)
    (path,) = shards(tmp_path / "out", "logs")
    document = json.loads(path.read_bytes())
    assert isinstance(document, list)
    assert [row["id"] for row in document] == list(range(1, 11))


@pytest.mark.parametrize(
    ("format_", "builder"),
    [("parquet", "parquet"), ("arrow", "arrow"), ("csv", "csv"), ("jsonl", "json"), ("json", "json")],
)
def test_without_metadata_there_is_no_card_and_the_kinds_files_open_all_the_same(
    small_url: str, hub: Hub, tmp_path: Path, format_: str, builder: str
) -> None:
    folder = tmp_path / "out"
    export(small_url, folder, output_format=format_, include_metadata=False, kinds=["logs", "anomalies"])
    about = {path.name for path in folder.iterdir() if path.is_file()}
    assert about == {"manifest.json", "quality_report.json", "SHA256SUMS"}
    assert {file["path"] for file in manifest_of(folder)["files"]} >= about - {"manifest.json"}
    answer = hub.load(builder, data_files=f"{folder}/logs/train-*.{format_}")
    assert not isinstance(answer, str), answer
    assert [row["id"] for row in answer["train"][1]] == list(range(1, 11))


@pytest.mark.parametrize("format_", list(all_formats()))
def test_a_kind_without_rows_does_not_keep_the_others_from_opening(
    small_url: str, hub: Hub, tmp_path: Path, format_: str
) -> None:
    folder = tmp_path / "out"
    done = export(small_url, folder, output_format=format_, kinds=["ips", "anomalies"])
    assert done.kinds["ips"] == {"read": 0, "written": 0, "rejected": 0, "deduplicated": 0}
    assert shards(folder, "ips") == []
    alone = hub.load(str(folder))
    assert not isinstance(alone, str), alone
    assert [row["anomaly_type"] for row in alone["train"][1]] == ["x", "y"]


@pytest.mark.parametrize("as_json", [True, False])
def test_an_empty_dataset_is_written_on_request_and_says_so(
    small_url: str, tmp_path: Path, as_json: bool
) -> None:
    folder = tmp_path / "out"
    selection = [argument for kind in KINDS for argument in ("--data-type", kind)]
    done = lumber(
        *("export", *selection, "--start", NO_ROWS_BEFORE, "--output", str(folder)),
        *("--database-url", small_url, "--allow-empty"),
        *(["--json"] if as_json else []),
        is_ok=False,
        LUMBER_WORKERS="1",
    )
    assert done.returncode == 4
    if as_json:
        answer = json.loads(done.stdout)
        assert answer["status"] == "completed"
        assert all(counts["read"] == 0 for counts in answer["kinds"].values())
    else:
        assert "No rows matched." in done.stdout
    assert [file["path"] for file in manifest_of(folder)["files"]] == [
        "quality_report.json",
        "README.md",
        "croissant.json",
        "datacontract.yaml",
        "SHA256SUMS",
    ]
    assert "No rows matched." in (folder / "README.md").read_text()


def test_the_command_that_is_printed_opens_the_dataset(small_url: str, hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    answer = lumber_json(
        *("export", "-d", "logs", "--format", "parquet", "-o", str(folder), "--database-url", small_url),
        LUMBER_WORKERS="1",
    )
    assert Path(answer["path"]) == folder
    loaded = hub.load(answer["path"], "logs")
    assert len(loaded["train"][1]) == answer["kinds"]["logs"]["written"] == 10


def test_an_export_says_when_it_was_made(small_url: str, tmp_path: Path) -> None:
    before = datetime.now(UTC)
    done: ExportMetadata = export(small_url, tmp_path / "out", kinds=["logs"], output_format="parquet")
    assert done.status == "completed"
    assert done.started_at is not None
    assert done.finished_at is not None
    assert before <= done.created_at <= done.started_at <= done.finished_at <= datetime.now(UTC)
    assert done.record_count == 10
    files = manifest_of(tmp_path / "out")["files"]
    assert done.file_size == sum(file["bytes"] for file in files)
