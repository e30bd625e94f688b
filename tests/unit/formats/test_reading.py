"""Shards read back by `lumber verify`: rows of any size, types by their names, names of shards."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lumber.dataset.manifest import FieldEntry
from lumber.files.expansion import DEFAULT_LIMITS, Expansion
from lumber.formats import Compression, get_format
from lumber.formats.naming import ShardName, format_of_file, parse_shard_name, shard_path
from lumber.formats.reading import ReadRequest, Unreadable, arrow_type

FIELDS = [
    FieldEntry(name="id", type="int64", nullable=False),
    FieldEntry(name="text", type="string", nullable=True),
]


def read_csv(path: Path) -> list[tuple[int, str | None]]:
    with path.open("rb") as file:
        batches = list(get_format("csv").reader(file, Compression.NONE, ReadRequest(FIELDS)).batches())
    return [(row["id"], row["text"]) for batch in batches for row in batch.to_pylist()]


def test_csv_rows_larger_than_a_block_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lumber.formats.csv._BLOCK_BYTES", (64, 512, 1_000_000))
    rows = [(n, "\n" * (3 if n < 50 else 300 if n < 90 else 5_000)) for n in range(100)]
    path = tmp_path / "rows.csv"
    path.write_text("id,text\n" + "".join(f'{n},"{text}"\n' for n, text in rows))
    assert read_csv(path) == rows
    monkeypatch.setattr("lumber.formats.csv._BLOCK_BYTES", (64, 512))
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


def column_chunk(type_: bytes) -> bytes:
    """Return the metadata of a column chunk without values, in Thrift's compact protocol."""
    sizes = b"\x16\x00\x16\x00\x16\x00\x26\x08"
    return b"\x26\x00\x1c\x15" + type_ + b"\x19\x05\x19\x18\x04text\x15\x00" + sizes + b"\x00\x00"


@pytest.mark.parametrize("method", ["batches", "contents"])
@pytest.mark.parametrize(
    ("chunks", "reason"),
    [
        ([b"\x0c", b"\x0c"], "a row group has more or fewer columns than the file"),
        ([], "a row group has more or fewer columns than the file"),
    ],
    ids=["more", "none"],
)
def test_parquet_whose_chunks_contradict_its_schema_is_unreadable(
    tmp_path: Path, chunks: list[bytes], reason: str, method: str
) -> None:
    """Arrow ends the process if it is asked for the metadata of such a chunk."""
    # One column of texts, and a row group of one row.
    schema = b"\x15\x02\x19\x2c\x48\x01r\x15\x02\x00\x15\x0c\x25\x02\x18\x04text\x25\x00\x00\x16\x02"
    columns = bytes([0x19, len(chunks) << 4 | 0x0C]) + b"".join(map(column_chunk, chunks))
    footer = schema + b"\x19\x1c" + columns + b"\x16\x00\x16\x02\x00\x00"
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1")
    request = ReadRequest(FIELDS[1:], expansion=Expansion(DEFAULT_LIMITS))
    with path.open("rb") as file:
        reader: Any = get_format("parquet").reader(file, Compression.NONE, request)
        with pytest.raises(Unreadable, match=reason):
            list(getattr(reader, method)())


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


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (
            "logs/train-00003-of-00004.csv.gz",
            ShardName("logs", "train", 3, 4, get_format("csv"), Compression.GZIP),
        ),
        (
            "logs/test-100000-of-100001.parquet",
            ShardName("logs", "test", 100_000, 100_001, get_format("parquet"), Compression.NONE),
        ),
    ],
)
def test_names_of_shards_are_read_as_they_are_built(path: str, name: ShardName) -> None:
    assert parse_shard_name(path) == name
    suffix = name.format.extension(name.compression)
    assert shard_path(name.kind, name.split, name.index, name.count, suffix) == path


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("README.md", "not the name of a shard"),
        ("logs/train-0-of-1.csv", "not the name of a shard"),
        ("a/b/train-00000-of-00001.csv", "not the name of a shard"),
        ("logs/train-00000-of-00001.orc", "install the package"),
        ("logs/train-00000-of-00001.arrow.gz", "install the package"),
        ("logs/train-00000-of-00001.b.csv", "install the package"),
    ],
)
def test_other_paths_are_no_shards_and_say_why(path: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        parse_shard_name(path)


def test_the_format_of_a_staged_file_is_what_its_name_ends_with() -> None:
    name = "my.kind-p00000-a1-0123456789ab-train-s00000"
    assert format_of_file(f"{name}.jsonl.zst") == (get_format("jsonl"), Compression.ZSTD)
    assert format_of_file(f"{name}.parquet") == (get_format("parquet"), Compression.NONE)
    for suffix in ("", ".txt", ".parquet.gz", ".gz"):
        with pytest.raises(Unreadable, match="install the package"):
            format_of_file(f"{name}{suffix}")
