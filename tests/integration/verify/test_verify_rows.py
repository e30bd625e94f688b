"""Damage to rows of JSON Lines, in shards whose hash was made to fit."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lumber.dataset.leakage.certificate import Certifier
from lumber.dataset.verify import leakage, verify_dataset
from lumber.exports import DataExporter, ExportConfig
from lumber.settings import Settings
from tests.integration.verify.datasets import WRITTEN, Dataset, Manifest, assert_found


def test_a_doubled_row_is_found(dataset: Dataset) -> None:
    path = dataset.shard(4)
    rows = dataset.rows(path)
    dataset.rewrite_rows(path, [*rows, rows[-1]], more=1)

    def count(manifest: Manifest) -> None:
        kind, plan = manifest["kinds"]["logs"], manifest["plan"]["kinds"]["logs"]
        for name in ("read", "written", "planned"):
            kind[name] += 1
        plan["rows"] += 1
        plan["partitions"][-1]["rows"] += 1

    dataset.edit(count)
    assert_found(dataset, ("logs", f"has 1 id more than once, the first is {rows[-1]['id']}"))


def test_rows_of_many_small_files_are_counted_together(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What splits share takes some milliseconds for each count, and a dataset may have 100,000 files."""
    config = ExportConfig(data_types=["logs"], output_format="jsonl", split={"mode": "time"})
    small = settings.model_copy(update={"partition_rows": 10})
    asyncio.run(DataExporter(config, settings=small, output=tmp_path / "out").export_data())
    counted: list[tuple[str, int]] = []
    add = Certifier.add

    def counting(self: Certifier, split: str, batch: pa.RecordBatch) -> None:
        counted.append((split, batch.num_rows))
        add(self, split, batch)

    monkeypatch.setattr(Certifier, "add", counting)
    assert verify_dataset(tmp_path / "out").problems == []
    assert len(list((tmp_path / "out/logs").iterdir())) > 20
    assert sorted(split for split, _ in counted) == ["test", "train", "validation"]
    assert sum(rows for _, rows in counted) == WRITTEN
    monkeypatch.setattr(leakage, "_COUNTED_ROWS", 50)
    counted.clear()
    assert verify_dataset(tmp_path / "out").problems == []
    assert sum(rows for _, rows in counted) == WRITTEN
    assert 3 < len(counted) < 10


def test_rows_out_of_order_are_found(dataset: Dataset) -> None:
    rows = dataset.rows(dataset.shard(2))
    rows[10], rows[11] = rows[11], rows[10]
    dataset.rewrite_rows(dataset.shard(2), rows)
    assert_found(dataset, (dataset.shard(2), "row 12 belongs before the row above it"))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda row: row.update(message=None), "has 1 null in message, which is never null"),
        (lambda row: row.update(id=None), "has 1 null in id, which is never null"),
        (lambda row: row.update(timestamp=None), "has 1 null in timestamp, which is never null"),
        (lambda row: row.pop("host_name"), "row 6 has the keys ["),
        (lambda row: row.update(more=1), "row 6 has the keys [id, "),
        (lambda row: row.update(id="x"), "has a value in id that is no int64: Could not"),
        (lambda row: row.update(id=2**70), "has a value in id that is no int64"),
        (lambda row: row.update(message=5), "has a value in message that is no string"),
        (lambda row: row.update(severity_number=300), "has a value in severity_number that is no int8"),
        (lambda row: row.update(timestamp="yesterday"), "has a value in timestamp that is no timestamp"),
    ],
)
def test_a_row_that_is_no_record_is_found(
    dataset: Dataset, change: Callable[[dict[str, Any]], object], expected: str
) -> None:
    rows = dataset.rows(dataset.shard(3))
    change(rows[5])
    dataset.rewrite_rows(dataset.shard(3), rows)
    assert_found(dataset, (dataset.shard(3), expected))


def test_a_line_that_is_no_object_is_found(dataset: Dataset) -> None:
    lines = dataset.lines(dataset.shard(3))
    dataset.rewrite(dataset.shard(3), b"".join([lines[0], b"[]\n", *lines[2:]]))
    assert_found(dataset, (dataset.shard(3), "row 2 is not a JSON object"))
    dataset.rewrite(dataset.shard(3), b"".join([lines[0], b"{]\n", *lines[2:]]))
    assert_found(dataset, (dataset.shard(3), "cannot be read: line 2 is not JSON"))
