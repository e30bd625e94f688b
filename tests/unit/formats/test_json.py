"""JSON and JSON Lines: the order of keys, embedded JSON, and the document around the rows."""

from __future__ import annotations

import hashlib
import json
from itertools import permutations
from pathlib import Path

import pyarrow as pa
import pytest

from lumber.catalog.registry import all_kinds
from lumber.formats import Compression, WriteOptions, open_shard
from tests.unit.formats.records import (
    SCHEMA,
    batch_of,
    hard_rows,
    plain_bytes,
    sliced,
    write_shard,
)

LINES = WriteOptions("jsonl", Compression.NONE)
METADATA = {"created_at": "2026-01-31T12:00:00Z", "größe": ["a", {"b": None}]}
DOCUMENT = WriteOptions("json", Compression.NONE, metadata=METADATA)


def test_bytes_are_those_of_the_format(tmp_path: Path) -> None:
    path, _ = write_shard(tmp_path, [batch_of(hard_rows()[4:6])], LINES)
    assert path.read_bytes().decode() == (
        '{"id":9007199254740993,"timestamp":"2026-01-31T12:00:00.000000Z","level":null,'
        '"features":{"a":{"b":[1,2,{"c":null}]},"z":"x"},"message":"a,b","score":0.1,'
        '"tags":"text","extra":{"a":{"b":[1,2,{"c":null}]},"z":"x"}}\n'
        '{"id":-9223372036854775808,"timestamp":"0001-01-01T00:00:00.000000Z","level":-128,'
        '"features":{"n":123456789012345678901234567890},"message":"two\\nlines","score":0.3333333333333333,'
        '"tags":{"nul":"\\u0000","line":"a\\nb","quote":"\\""},"extra":[1.5e-300]}\n'
    )


@pytest.mark.parametrize("names", list(permutations(["id", "features", "message", "tags"])), ids=str)
def test_keys_keep_the_order_of_the_schema(tmp_path: Path, names: tuple[str, ...]) -> None:
    schema = pa.schema([SCHEMA.field(name) for name in names])
    batch = batch_of([{name: row[name] for name in names} for row in hard_rows()], schema)
    path, _ = write_shard(tmp_path, sliced(batch, 50), LINES, schema)
    rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert len(rows) == batch.num_rows
    assert all(list(row) == list(names) for row in rows)


@pytest.mark.parametrize("names", [("features",), ("message",)])
def test_one_column_is_enough(tmp_path: Path, names: tuple[str, ...]) -> None:
    schema = pa.schema([SCHEMA.field(name) for name in names])
    path, _ = write_shard(tmp_path, [batch_of([{names[0]: None}, {names[0]: "{}"}], schema)], LINES, schema)
    value = "{}" if names == ("features",) else '"{}"'
    assert path.read_text() == f'{{"{names[0]}":null}}\n{{"{names[0]}":{value}}}\n'


def test_every_kind_has_rows_of_nulls(tmp_path: Path) -> None:
    for kind in all_kinds().values():
        schema = pa.schema([field.with_nullable(True) for field in kind.schema])
        path, _ = write_shard(tmp_path, [batch_of([dict.fromkeys(schema.names)], schema)], LINES, schema)
        assert json.loads(path.read_bytes()) == dict.fromkeys(schema.names)


def test_numbers_that_json_lacks_become_null(tmp_path: Path) -> None:
    schema = pa.schema([SCHEMA.field("score")])
    rows = [{"score": float(text)} for text in ("nan", "inf", "-inf", "1")]
    path, _ = write_shard(tmp_path, [batch_of(rows, schema)], LINES, schema)
    assert [json.loads(line)["score"] for line in path.read_bytes().splitlines()] == [None, None, None, 1.0]


@pytest.mark.parametrize("count", [0, 1, 372])
def test_the_document_ends_with_its_metadata(tmp_path: Path, count: int) -> None:
    rows = hard_rows()[:count]
    path, written = write_shard(tmp_path, sliced(batch_of(rows), 10), DOCUMENT)
    document = json.loads(path.read_bytes())
    assert list(document) == ["data", "export_metadata"]
    assert written.rows == count == len(document["data"])
    assert document["export_metadata"] == {**METADATA, "total_records": count, "format": "json"}
    assert [row["id"] for row in document["data"]] == [row["id"] for row in rows]


def test_each_row_of_a_document_has_its_line(tmp_path: Path) -> None:
    path, _ = write_shard(tmp_path, sliced(batch_of(hard_rows()), 10), DOCUMENT)
    first, *rows, last = path.read_bytes().decode().removesuffix("\n").split("\n")
    assert first == '{"data": ['
    assert [json.loads(row.removesuffix(","))["id"] for row in rows] == [row["id"] for row in hard_rows()]
    assert last.startswith('], "export_metadata": {')


def test_metadata_that_is_no_json_is_refused_before_any_row(tmp_path: Path) -> None:
    options = WriteOptions("json", Compression.NONE, metadata={"created_at": object()})
    with pytest.raises(TypeError):
        open_shard(tmp_path / "shard.json", SCHEMA, options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("compression", list(Compression))
def test_a_document_has_a_hash_of_what_does_not_tell_runs_apart(
    tmp_path: Path, compression: Compression
) -> None:
    found = []
    for number, (metadata, rows) in enumerate([({"run": "1"}, 5), ({"run": "two"}, 5), ({"run": "1"}, 4)]):
        options = WriteOptions("json", compression, metadata=metadata)
        (tmp_path / str(number)).mkdir()
        batch = batch_of(hard_rows()[:rows])
        path, written = write_shard(tmp_path / str(number), sliced(batch, number + 1), options)
        found.append(written.content_sha256)
        text = plain_bytes(path).rpartition(b', "export_metadata"')[0]
        assert written.content_sha256 == hashlib.sha256(text).hexdigest()
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize("options", [LINES, WriteOptions("json", Compression.GZIP)])
def test_what_tells_no_run_apart_needs_no_second_hash(tmp_path: Path, options: WriteOptions) -> None:
    _, written = write_shard(tmp_path, [batch_of(hard_rows())], options)
    assert written.content_sha256 is None
