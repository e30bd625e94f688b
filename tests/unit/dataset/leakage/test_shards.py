"""Certifying shards on the disk: a cancel is heard, and nothing is left of the temporary file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lumber.catalog.registry import get_kind
from lumber.dataset.leakage import certificate, shards
from lumber.dataset.leakage.certificate import certify
from lumber.dataset.leakage.counts import Compared
from lumber.dataset.leakage.shards import CountedKind, CountSpec, count_shard
from lumber.errors import DatasetDamaged, ExportCancelled
from lumber.formats import Compression, WriteOptions, open_shard

LOGS = get_kind("logs")
START = datetime(2026, 1, 1, tzinfo=UTC)
OPTIONS = WriteOptions("jsonl", Compression.NONE)


def written(
    folder: Path, split: str, messages: list[str], by: str = "", options: WriteOptions = OPTIONS
) -> CountSpec:
    path = folder / f"staged-{split}"
    writer = open_shard(path, LOGS.schema, options)
    rows: list[dict[str, Any]] = [
        {"id": number, "timestamp": START, "message": message} for number, message in enumerate(messages)
    ]
    writer.write(pa.RecordBatch.from_pylist(rows, schema=LOGS.schema))
    writer.close()
    compared = Compared.of(LOGS, LOGS.schema.names, {"by": by})
    return CountSpec(path, "logs", split, LOGS.schema, options, compared)


def counted(made: list[CountSpec]) -> CountedKind:
    return CountedKind(made[0].compared, tuple(count_shard(spec) for spec in made))


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
    (pair,) = certify(counted(made), tmp_path)
    assert pair.exact is not None
    assert pair.exact.rows == 100
    assert set(folders) == {tmp_path}
    assert {path.name for path in tmp_path.iterdir()} == {"staged-train", "staged-test"}


@pytest.mark.parametrize(
    "options",
    [
        WriteOptions("csv", Compression.NONE),
        WriteOptions("csv", Compression.GZIP, csv_escape_formulas=False),
        WriteOptions("json", Compression.ZSTD),
        WriteOptions("parquet", Compression.ZSTD),
        WriteOptions("arrow", Compression.ZSTD),
    ],
    ids=lambda options: f"{options.format}-{options.compression}",
)
def test_every_format_is_read_back_as_it_was_written(tmp_path: Path, options: WriteOptions) -> None:
    made = [
        written(tmp_path, "train", ["=1+1", "b", "b", "node 1"], options=options),
        written(tmp_path, "test", ["=1+1", "'b", "b", "node 2", "c"], options=options),
    ]
    pair = certify(counted(made), tmp_path)[0].as_json()
    assert (pair["rows_a"], pair["rows_b"]) == (4, 5)
    assert (pair["exact"]["values"], pair["exact"]["rows"]) == (2, 2)
    assert (pair["near"]["values"], pair["near"]["rows"]) == (3, 3)
    assert pair["time"]["overlap"]


def test_a_cancelled_export_is_not_certified_to_its_end(tmp_path: Path) -> None:
    made = [written(tmp_path, "train", ["a"]), written(tmp_path, "test", ["a"])]
    with pytest.raises(ExportCancelled):
        certify(counted(made), tmp_path, is_cancelled=lambda: True)


def test_a_shard_that_does_not_read_back_is_damage(tmp_path: Path) -> None:
    made = written(tmp_path, "test", ["a"])
    made.at.write_text("{")
    with pytest.raises(DatasetDamaged, match="staged-test cannot be read"):
        count_shard(made)


def test_only_what_is_compared_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    plain = shards.ReadRequest

    def request(fields: Any, columns: Any, **options: Any) -> shards.ReadRequest:
        asked.append(columns)
        return plain(fields, columns, **options)

    monkeypatch.setattr(shards, "ReadRequest", request)
    counted([written(tmp_path, split, ["a"], by="process_name") for split in ("train", "test")])
    assert set(asked) == {("message", "process_name", "timestamp")}
