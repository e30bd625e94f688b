"""Damage that only one format can have, in shards whose hash was made to fit."""

import gzip
import json
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.integration.verify.datasets import Dataset, assert_found


def test_the_metadata_of_a_json_document_is_compared_with_its_rows(copied: Callable[..., Dataset]) -> None:
    dataset = copied("json")
    path = dataset.shard(0)
    document = json.loads((dataset.folder / path).read_bytes())
    document["export_metadata"]["total_records"] += 1
    dataset.rewrite(path, json.dumps(document).encode())
    rows = len(document["data"])
    text = f"holds {rows} rows, its export_metadata.total_records says {rows + 1}"
    assert_found(dataset, (path, text), (path, "has the content_sha256 "))
    dataset.rewrite(path, json.dumps(document["data"]).encode())
    assert_found(dataset, (path, "has no export_metadata, which the config asks for"))
    dataset.rewrite(path, json.dumps(document).encode()[:-1])
    assert_found(dataset, (path, "cannot be read: character"))


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_a_compressed_stream_cut_short_is_found(copied: Callable[..., Dataset], codec: str) -> None:
    dataset = copied("jsonl", codec)
    content = (dataset.folder / dataset.shard(0)).read_bytes()
    dataset.rewrite(dataset.shard(0), content[:-6])
    assert_found(dataset, (dataset.shard(0), "cannot be read: "))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"id,timestamp", b"ID,timestamp", "has the columns [ID, timestamp, "),
        (b"\n", b"\n,", "cannot be read: "),
        (b"Z,", b",", "cannot be read: "),
    ],
)
def test_damaged_csv_is_found(copied: Callable[..., Dataset], old: bytes, new: bytes, expected: str) -> None:
    dataset = copied("csv", "gzip")
    text = gzip.decompress((dataset.folder / dataset.shard(0)).read_bytes())
    dataset.rewrite(dataset.shard(0), gzip.compress(text.replace(old, new, 1)))
    assert_found(dataset, (dataset.shard(0), expected))


def test_an_empty_csv_cell_of_a_required_column_is_found(copied: Callable[..., Dataset]) -> None:
    dataset = copied("csv", "none")
    text = (dataset.folder / dataset.shard(0)).read_bytes()
    dataset.rewrite(dataset.shard(0), text.replace(b",plain,", b",,", 1))
    assert_found(dataset, (dataset.shard(0), "has 1 null in message, which is never null"))
    # An empty text is no null.
    dataset.rewrite(dataset.shard(0), text.replace(b",plain,", b',"",', 1))
    assert_found(dataset)


def test_another_schema_in_parquet_is_found(copied: Callable[..., Dataset]) -> None:
    dataset = copied("parquet", "zstd")
    path = dataset.folder / dataset.shard(0)
    table = pq.read_table(path)
    fields = [field.with_nullable(True) if field.name == "message" else field for field in table.schema]
    pq.write_table(table.cast(pa.schema(fields)), path)
    dataset.rewrite(dataset.shard(0), path.read_bytes())
    assert_found(dataset, (dataset.shard(0), "has the columns [id int64!, timestamp timestamp[us, tz=UTC]!,"))
    dataset.rewrite(dataset.shard(0), b"PAR1 but no Parquet PAR1")
    assert_found(dataset, (dataset.shard(0), "cannot be read: "))


def test_nulls_in_a_required_arrow_column_are_found(copied: Callable[..., Dataset]) -> None:
    dataset = copied("arrow", "none")
    path = dataset.folder / dataset.shard(0)
    with pa.ipc.open_file(path) as reader:
        table = reader.read_all().combine_chunks()
    batch = table.to_batches()[0]
    place = batch.schema.get_field_index("message")
    messages = pa.array([None, None, *batch.column(place).to_pylist()[2:]], pa.string())
    arrays = [*batch.columns[:place], messages, *batch.columns[place + 1 :]]
    damaged = pa.RecordBatch.from_arrays(arrays, schema=batch.schema)
    with pa.ipc.new_file(path, batch.schema) as writer:
        writer.write_batch(damaged)
    dataset.rewrite(dataset.shard(0), path.read_bytes())
    assert_found(dataset, (dataset.shard(0), "has 2 nulls in message, which is never null"))
