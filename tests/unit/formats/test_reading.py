"""Shards read back by `lumber verify`: rows of any size, types by their names, names of shards."""

from pathlib import Path

import pyarrow as pa
import pytest

from lumber.dataset.manifest import FieldEntry
from lumber.formats import reading
from lumber.formats.reading import ShardName, ShardReader, Unreadable, arrow_type, parse_shard_name

FIELDS = [
    FieldEntry(name="id", type="int64", nullable=False),
    FieldEntry(name="text", type="string", nullable=True),
]


def read_csv(path: Path) -> list[tuple[int, str | None]]:
    name = ShardName("logs", "train", 0, 1, "csv", None)
    with path.open("rb") as file:
        batches = list(ShardReader(file, name, FIELDS).batches())
    return [(row["id"], row["text"]) for batch in batches for row in batch.to_pylist()]


def test_csv_rows_larger_than_a_block_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_CSV_BLOCK_BYTES", (64, 512, 1_000_000))
    rows = [(n, "\n" * (3 if n < 50 else 300 if n < 90 else 5_000)) for n in range(100)]
    path = tmp_path / "rows.csv"
    path.write_text("id,text\n" + "".join(f'{n},"{text}"\n' for n, text in rows))
    assert read_csv(path) == rows
    monkeypatch.setattr(reading, "_CSV_BLOCK_BYTES", (64, 512))
    with pytest.raises(Unreadable, match="cannot be read"):
        read_csv(path)


def test_csv_tells_null_from_empty_text(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('id,text\n1,\n2,""\n3,null\n')
    assert read_csv(path) == [(1, None), (2, ""), (3, "null")]
    path.write_text("id,text\n")
    assert read_csv(path) == []


@pytest.mark.parametrize("content", [b"", b"\xff\n1,2\n", b"id,text\n1,\xff\n", b"id,text\n1\n", b"id\n1\n"])
def test_csv_that_is_none_is_unreadable(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    with pytest.raises(Unreadable):
        read_csv(path)


@pytest.mark.parametrize(
    "type_",
    [pa.int8(), pa.int64(), pa.float64(), pa.string(), pa.bool_(), pa.timestamp("us", "UTC"), pa.date32()],
)
def test_types_are_known_by_the_text_that_a_manifest_has(type_: pa.DataType) -> None:
    assert arrow_type(FieldEntry(name="x", type=str(type_), nullable=True)) == type_


@pytest.mark.parametrize("text", ["", "number", "timestamp[us, tz=]", "list<item: string>"])
def test_a_type_that_is_unknown_is_named(text: str) -> None:
    with pytest.raises(Unreadable, match="the type"):
        arrow_type(FieldEntry(name="x", type=text, nullable=True))


def test_names_of_shards_are_read() -> None:
    assert parse_shard_name("logs/train-00003-of-00004.csv.gz") == ShardName(
        "logs", "train", 3, 4, "csv", "gzip"
    )
    assert parse_shard_name("logs/test-100000-of-100001.parquet") == ShardName(
        "logs", "test", 100_000, 100_001, "parquet", None
    )


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "logs/train-0-of-1.csv",
        "a/b/train-00000-of-00001.csv",
        "logs/train-00000-of-00001.arrow.gz",
    ],
)
def test_other_paths_are_no_shards(path: str) -> None:
    assert parse_shard_name(path) is None
