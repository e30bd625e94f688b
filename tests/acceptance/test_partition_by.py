"""Folders for days and months: every reader opens them, and everything else is as without them."""

from __future__ import annotations

import datetime as dt
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import lumber
from lumber.dataset.verify import verify_dataset
from lumber.errors import ConfigError
from lumber.formats import Compression, all_formats
from tests.acceptance.conftest import OpenCroissant
from tests.acceptance.exporting import KINDS, export, fill_with_sample, has_compression, lumber_json
from tests.acceptance.hub import Hub
from tests.acceptance.reading import manifest_of
from tests.all_pairs import every_combination
from tests.clones import make_tables

BUDGET_REASON = "Datasets of every format are opened by every reader."

DAY_US = 86_400_000_000
MIDNIGHT = 1_767_225_600_000_000  # 2026-01-01
SPLITS = ("none", "time", "random")
# Every format, and every compression, split and period with several of them.
QUICK = {
    ("json", Compression.GZIP, "random", "month"),
    ("jsonl", Compression.NONE, "time", "date"),
    ("csv", Compression.GZIP, "none", "date"),
    ("parquet", Compression.ZSTD, "time", "month"),
    ("parquet", Compression.NONE, "random", "date"),
    ("arrow", Compression.ZSTD, "none", "month"),
}
LAYOUTS = every_combination(
    [list(all_formats()), list(Compression), SPLITS, ("date", "month")], has_compression
)


@pytest.fixture(scope="module")
def few_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A sample of some days, with damaged times and rows at both sides of midnight."""
    path = tmp_path_factory.mktemp("few") / "lumber.db"
    url = f"sqlite:///{path}"
    fill_with_sample(url, 400, damaged=0.02, days=5)
    times = [MIDNIGHT - 1, MIDNIGHT, MIDNIGHT + DAY_US - 1, MIDNIGHT + DAY_US, MIDNIGHT + 300 * 365 * DAY_US]
    with sqlite3.connect(path) as connection:
        connection.executemany(
            "INSERT INTO log_entries (timestamp, message, severity_text) VALUES (?, 'edge', 'info')",
            [(time,) for time in times],
        )
    connection.close()
    return url


@pytest.fixture(scope="module")
def without_folders(few_url: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A function that returns the dataset with a split, in Parquet, exported when first asked for."""
    home = tmp_path_factory.mktemp("without")

    @cache
    def exported(split: str) -> Path:
        export(few_url, home / split, kinds=["logs", "ips"], output_format="parquet", split=split)
        return home / split

    return exported


def dates_of(folder: Path, kind: str, column: str) -> Counter[tuple[int, dt.date]]:
    """Return id and date of every row."""
    rows = lumber.open(folder).to_arrow(kind).select(["id", column]).to_pylist()
    return Counter((row["id"], row[column].date()) for row in rows)


@pytest.mark.parametrize(
    ("format_", "compression", "split", "period"),
    [pytest.param(*layout, marks=[] if layout in QUICK else [pytest.mark.slow]) for layout in LAYOUTS],
)
def test_a_dataset_in_folders_has_the_rows_of_one_without(
    few_url: str,
    without_folders: Callable[[str], Path],
    hub: Hub,
    tmp_path: Path,
    format_: str,
    compression: Compression,
    split: str,
    period: str,
) -> None:
    asked: dict[str, Any] = {"output_format": format_, "compression": compression, "split": split}
    export(few_url, tmp_path / "out", kinds=["logs", "ips"], partition_by=period, **asked)
    assert verify_dataset(tmp_path / "out").problems == []
    without = without_folders(split)
    plain, folders = lumber.open(without), lumber.open(tmp_path / "out")
    for kind in ("logs", "ips"):
        assert folders.splits(kind) == plain.splits(kind)
        for name in plain.splits(kind):
            assert folders.to_arrow(kind, name).to_pylist() == plain.to_arrow(kind, name).to_pylist()
    assert lumber.diff(without, tmp_path / "out").is_same
    loaded = hub.load(str(tmp_path / "out"), "logs")
    assert not isinstance(loaded, str), loaded
    ids = {name: [row["id"] for row in rows] for name, (_, rows) in loaded.items()}
    assert ids == {name: folders.to_arrow("logs", name)["id"].to_pylist() for name in plain.splits("logs")}


@pytest.mark.parametrize("split", ["none", "random"])
def test_duckdb_polars_and_pyarrow_see_every_row_with_its_date(
    few_url: str, tmp_path: Path, split: str
) -> None:
    import duckdb
    import polars as pl
    import pyarrow.dataset

    folder = tmp_path / "out"
    export(few_url, folder, output_format="parquet", partition_by="date", split=split)
    for kind, column in {"logs": "timestamp", "anomalies": "timestamp", "ips": "first_seen"}.items():
        expected = dates_of(folder, kind, column)
        files = f"{folder}/{kind}/**/*.parquet"
        rows = duckdb.sql(f"SELECT id, date FROM read_parquet('{files}', hive_partitioning = true)")
        assert Counter(rows.fetchall()) == expected
        frame = pl.scan_parquet(files, hive_partitioning=True).select("id", "date").collect()
        assert Counter(frame.rows()) == expected
        table = pyarrow.dataset.dataset(f"{folder}/{kind}", partitioning="hive").to_table(["id", "date"])
        found = [(row["id"], dt.date.fromisoformat(row["date"])) for row in table.to_pylist()]
        assert Counter(found) == expected
    one = pl.scan_parquet(f"{folder}/logs/**/*.parquet", hive_partitioning=True)
    edges = one.filter(pl.col("date") == dt.date(2026, 1, 1), pl.col("message") == "edge").collect()
    assert [time.date() for time in edges["timestamp"]] == [dt.date(2026, 1, 1)] * 2


@pytest.mark.parametrize(
    ("format_", "names"), [("parquet", ("frame", "rows", "table")), ("arrow", ("table",))]
)
def test_the_lines_of_the_card_open_the_dataset(
    few_url: str, tmp_path: Path, format_: str, names: tuple[str, ...]
) -> None:
    folder = tmp_path / "out"
    export(few_url, folder, output_format=format_, partition_by="month", kinds=["logs"], split="time")
    card = (folder / "README.md").read_text()
    code = re.search(r"```python\n(.*?)```", card, re.DOTALL)
    assert code is not None
    # `datasets` is opened elsewhere: it reads its settings when it is imported.
    lines = [line for line in code[1].splitlines() if "datas" not in line or "pyarrow" in line]
    found: dict[str, Any] = {}
    exec("\n".join(lines).replace("PATH", str(folder)), found)
    written = manifest_of(folder)["kinds"]["logs"]["written"]
    for name in names:
        columns = found[name].columns if name != "table" else found[name].column_names
        assert {"month", "timestamp"} <= set(columns)
        assert (found[name].num_rows if name == "table" else found[name].shape[0]) == written
    assert "in one folder for each month in UTC: logs by timestamp." in card
    assert "lie far from all others" in card


def test_other_options_do_what_they_do_without_folders(few_url: str, tmp_path: Path) -> None:
    asked: dict[str, Any] = {
        "output_format": "jsonl",
        "split": "time",
        "deduplicate": "burst",
        "labels": True,
        "sample": 0.8,
        "sequences": {"mode": "sliding", "size": 5},
        "fields": {"logs": ["id", "message", "template_id"]},
    }
    export(few_url, tmp_path / "plain", **asked)
    export(few_url, tmp_path / "out", partition_by="date", **asked)
    assert verify_dataset(tmp_path / "out").problems == []
    plain, folders = (manifest_of(tmp_path / name) for name in ("plain", "out"))
    for section in ("kinds", "derived"):
        assert folders[section] == plain[section]
    for kind in (*KINDS, "templates", "sequences"):
        both = [lumber.open(tmp_path / name).to_arrow(kind).to_pylist() for name in ("plain", "out")]
        assert both[0] == both[1]
    paths = [file["path"] for file in folders["files"]]
    assert all("date=" in path for path in paths if path.startswith(("logs/", "ips/", "anomalies/")))
    assert not any("date=" in path for path in paths if path.startswith(("templates/", "sequences/")))


def test_the_files_do_not_depend_on_workers_and_batches(few_url: str, tmp_path: Path) -> None:
    def files(name: str, **chosen: Any) -> list[tuple[str, str]]:
        export(
            few_url,
            tmp_path / name,
            output_format="parquet",
            partition_by="date",
            settings={"partition_rows": 150},
            **chosen,
        )
        return [
            (file["path"], file["sha256"]) for file in manifest_of(tmp_path / name)["files"] if file["kind"]
        ]

    assert files("one", workers=1, batch_size=7) == files("two", workers=2, batch_size=1000)


def test_too_many_folders_are_rejected_and_nothing_is_left(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'lumber.db'}"
    make_tables(url)
    with sqlite3.connect(tmp_path / "lumber.db") as connection:
        connection.executemany(
            "INSERT INTO log_entries (timestamp, message) VALUES (?, 'm')",
            [(day * DAY_US,) for day in range(4_001)],
        )
    connection.close()
    with pytest.raises(ConfigError, match="more than 4,000 folders of logs"):
        export(url, tmp_path / "out", kinds=["logs"], partition_by="date")
    assert not (tmp_path / "out").exists()
    command = ("preview", "-d", "logs", "--database-url", url, "--partition-by", "month")
    assert lumber_json(*command)["kinds"]["logs"]["folders"] == 132


def test_verify_finds_a_file_in_the_folder_of_another_day(few_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export(few_url, folder, output_format="csv", partition_by="date", kinds=["logs"])
    manifest = manifest_of(folder)
    shard = next(file for file in manifest["files"] if file["kind"] == "logs")
    old, new = shard["path"], re.sub(r"date=[^/]+", "date=2001-01-01", shard["path"])
    (folder / new).parent.mkdir()
    (folder / old).rename(folder / new)
    shard["path"] = new
    (folder / "manifest.json").write_text(json.dumps(manifest))
    problems = [each.problem for each in verify_dataset(folder).problems if each.path == new]
    assert any("which isn't of date=2001-01-01" in problem for problem in problems)


def test_croissant_reads_the_rows_with_their_splits(
    few_url: str, open_croissant: OpenCroissant, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    export(few_url, folder, output_format="parquet", partition_by="date", kinds=["logs"], split="time")
    opened = open_croissant(folder, ["logs"])
    assert not isinstance(opened, str), opened
    found = Counter((row["id"], row["split"]) for row in opened["records"]["logs"])
    dataset = lumber.open(folder)
    assert found == Counter(
        (id_, split)
        for split in dataset.splits("logs")
        for id_ in dataset.to_arrow("logs", split)["id"].to_pylist()
    )


def test_a_download_has_every_folder(few_url: str, tmp_path: Path) -> None:
    done = export(few_url, tmp_path / "out", output_format="csv", partition_by="month", kinds=["logs"])
    target = tmp_path / "copy"
    lumber_json("exports", "download", done.export_id, "--output", str(target), "--database-url", few_url)
    assert manifest_of(target) == manifest_of(tmp_path / "out")
    assert verify_dataset(target).problems == []


def test_a_private_dataset_has_the_folders_of_its_rows(few_url: str, tmp_path: Path) -> None:
    key = {"privacy_key": "9f4c1e7ab2d85036cc17f0e9a45b38d1"}
    export(few_url, tmp_path / "out", output_format="csv", partition_by="date", privacy=True, settings=key)
    report = verify_dataset(tmp_path / "out")
    assert report.problems == []
    plain, private = Counter[str](), Counter[str]()
    export(few_url, tmp_path / "plain", output_format="csv", partition_by="date")
    for counts, name in ((plain, "plain"), (private, "out")):
        for file in manifest_of(tmp_path / name)["files"]:
            if file["kind"] is not None:
                counts[file["path"]] += file["rows"]
    assert private == plain
