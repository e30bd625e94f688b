"""Certifying shards on the disk: a cancel is heard, and nothing is left of the temporary file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lumber.catalog.registry import get_kind
from lumber.errors import DatasetDamaged, ExportCancelled
from lumber.pipeline.leakage import certificate, shards
from lumber.pipeline.leakage.shards import WrittenShard, certify_shards
from lumber.pipeline.writers import Compression, OutputFormat, WriteOptions, open_shard

LOGS = get_kind("logs")
START = datetime(2026, 1, 1, tzinfo=UTC)


def written(folder: Path, split: str, messages: list[str]) -> WrittenShard:
    path = folder / f"staged-{split}"
    writer = open_shard(path, LOGS.schema, WriteOptions(OutputFormat.JSONL, Compression.NONE))
    rows: list[dict[str, Any]] = [
        {"id": number, "timestamp": START, "message": message} for number, message in enumerate(messages)
    ]
    writer.write(pa.RecordBatch.from_pylist(rows, schema=LOGS.schema))
    writer.close()
    return WrittenShard(path, f"logs/{split}-00000-of-00001.jsonl")


def test_values_beyond_memory_go_to_a_file_of_which_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders: list[Path | None] = []
    plain = certificate.Tally

    def small(folder: Path | None, _most: int) -> certificate.Tally:
        folders.append(folder)
        return plain(folder, 10)

    monkeypatch.setattr(certificate, "Tally", small)
    made = [
        written(tmp_path, "train", [f"line {number}" for number in range(500)]),
        written(tmp_path, "test", [f"line {number}" for number in range(400, 900)]),
    ]
    (pair,) = certify_shards(LOGS, made, {}, tmp_path)
    assert pair["exact"]["rows"] == 100
    assert set(folders) == {tmp_path}
    assert {path.name for path in tmp_path.iterdir()} == {"staged-train", "staged-test"}


def test_a_cancelled_export_is_not_certified_to_its_end(tmp_path: Path) -> None:
    made = [written(tmp_path, "train", ["a"]), written(tmp_path, "test", ["a"])]
    with pytest.raises(ExportCancelled):
        certify_shards(LOGS, made, {}, tmp_path, is_cancelled=lambda: True)


def test_a_shard_that_does_not_read_back_is_damage(tmp_path: Path) -> None:
    made = [written(tmp_path, "train", ["a"]), written(tmp_path, "test", ["a"])]
    made[1].at.write_text("{")
    with pytest.raises(DatasetDamaged, match=r"logs/test-00000-of-00001\.jsonl cannot be read"):
        certify_shards(LOGS, made, {}, tmp_path)


def test_only_what_is_compared_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []
    plain = shards.ShardReader

    def reader(*arguments: Any, columns: tuple[str, ...]) -> shards.ShardReader:
        asked.append(columns)
        return plain(*arguments, columns=columns)

    monkeypatch.setattr(shards, "ShardReader", reader)
    made = [written(tmp_path, "train", ["a"]), written(tmp_path, "test", ["b"])]
    certify_shards(LOGS, made, {"split": {"by": "process_name"}}, tmp_path)
    assert set(asked) == {("message", "process_name", "timestamp")}
