"""The same rows give the same bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lumber.formats import Compression, WriteOptions, get_format
from lumber.formats.compression import BLOCK_BYTES
from tests.unit.formats.records import (
    SCHEMA,
    batch_of,
    hard_rows,
    sliced,
    variant_name,
    variants,
    write_shard,
)


def many_rows() -> pa.RecordBatch:
    """Return enough rows for the compressors to work through several blocks."""
    table = pa.Table.from_batches([batch_of(hard_rows())] * 50).combine_chunks()
    return table.to_batches()[0]


@pytest.mark.parametrize("options", variants(), ids=variant_name)
def test_the_same_batches_give_the_same_bytes(tmp_path: Path, options: WriteOptions) -> None:
    batches = sliced(many_rows(), 1_000)
    files = [write_shard(tmp_path, batches, options)[1] for _ in range(2)]
    assert files[0] == files[1]


@pytest.mark.parametrize(
    "options", [options for options in variants() if get_format(options.format).is_text], ids=variant_name
)
def test_the_batch_size_leaves_no_trace_in_text(tmp_path: Path, options: WriteOptions) -> None:
    options = replace(options, csv_escape_formulas=True)
    whole = many_rows()
    files = {write_shard(tmp_path, sliced(whole, size), options)[1] for size in (333, 5_000, 10**6)}
    assert len(files) == 1
    if options.compression is Compression.NONE:
        assert files.pop().size_bytes > 2 * BLOCK_BYTES, "too little to cut blocks"


def test_the_batch_size_leaves_no_trace_in_parquet(tmp_path: Path) -> None:
    options = WriteOptions("parquet", Compression.ZSTD)
    whole = many_rows()
    files = {write_shard(tmp_path, sliced(whole, size), options)[1] for size in (333, 5_000, 10**6)}
    assert len(files) == 1


def test_gzip_header_names_no_file_and_no_time(tmp_path: Path) -> None:
    path, _ = write_shard(tmp_path, [many_rows()], WriteOptions("csv", Compression.GZIP))
    magic_method_flags_time = path.read_bytes()[:8]
    assert magic_method_flags_time == b"\x1f\x8b\x08\x00\x00\x00\x00\x00"


def test_zstd_frames_carry_a_checksum(tmp_path: Path) -> None:
    path, _ = write_shard(tmp_path, [many_rows()], WriteOptions("jsonl", Compression.ZSTD))
    descriptor = path.read_bytes()[4]
    assert descriptor & 0b100


def test_row_groups_do_not_follow_the_batch_size(tmp_path: Path) -> None:
    schema = pa.schema([SCHEMA.field("id")])
    whole = pa.record_batch([pa.array(range(250_000))], schema=schema)
    for format in ("parquet", "arrow"):
        options = WriteOptions(format, Compression.ZSTD)
        path, _ = write_shard(tmp_path, sliced(whole, 999), options, schema)
        if format == "parquet":
            parquet = pq.read_metadata(path)
            rows = [parquet.row_group(number).num_rows for number in range(parquet.num_row_groups)]
        else:
            arrow = pa.ipc.open_file(path)
            rows = [arrow.get_batch(number).num_rows for number in range(arrow.num_record_batches)]
        assert rows == [50_000] * 5


def test_row_groups_stay_small_with_large_cells(tmp_path: Path) -> None:
    schema = pa.schema([SCHEMA.field("message")])
    cell_bytes = 1024 * 1024
    rows = [{"message": chr(97 + number % 26) * cell_bytes} for number in range(150)]
    whole = batch_of(rows, schema)
    options = WriteOptions("parquet", Compression.ZSTD)
    path, _ = write_shard(tmp_path, sliced(whole, 10), options, schema)
    metadata = pq.read_metadata(path)
    groups = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    assert sum(groups) == 150
    assert max(groups) <= 64
    assert pq.read_table(path)["message"].to_pylist() == [row["message"] for row in rows]


def test_one_batch_of_large_cells_is_cut(tmp_path: Path) -> None:
    schema = pa.schema([SCHEMA.field("message")])
    whole = batch_of([{"message": "x" * (1024 * 1024)}] * 150, schema)
    for options in (
        WriteOptions("arrow", Compression.NONE),
        WriteOptions("csv", Compression.ZSTD),
    ):
        path, written = write_shard(tmp_path, [whole], options, schema)
        assert written.rows == 150
        if options.format == "arrow":
            file = pa.ipc.open_file(path)
            assert max(file.get_batch(n).num_rows for n in range(file.num_record_batches)) <= 64


@pytest.mark.parametrize("batch_rows", [100, 20_000])
def test_only_columns_whose_values_repeat_get_a_parquet_dictionary(tmp_path: Path, batch_rows: int) -> None:
    rows = 20_000
    values = {
        "id": list(range(rows)),
        "timestamp": [0] * rows,
        "level": [number % 9 for number in range(rows)],
        "message": [f"connection {number} closed" for number in range(rows)],
        "tags": [f'["host-{number % 300}"]' for number in range(rows)],
    }
    columns = [
        pa.array(
            values.get(field.name, [None] * rows),
            pa.int64() if pa.types.is_timestamp(field.type) else field.type,
        )
        for field in SCHEMA
    ]
    batch = pa.RecordBatch.from_arrays(
        [column.cast(field.type) for column, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )
    path, _ = write_shard(tmp_path, sliced(batch, batch_rows), WriteOptions("parquet", Compression.ZSTD))
    group = pq.read_metadata(path).row_group(0)
    chunks = [group.column(index) for index in range(group.num_columns)]
    with_dictionary = {chunk.path_in_schema for chunk in chunks if chunk.has_dictionary_page}
    assert {"level", "tags"} <= with_dictionary
    assert not {"id", "timestamp", "message"} & with_dictionary
