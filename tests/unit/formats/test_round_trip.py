"""Every format and compression, read back by libraries that did not write it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from lumber.formats import Compression, WriteOptions
from tests.unit.formats.records import (
    SCHEMA,
    batch_of,
    hard_rows,
    plain_bytes,
    sliced,
    time_text,
    variant_name,
    variants,
    write_shard,
)

ROWS = hard_rows()
BATCHES = sliced(batch_of(ROWS), 37)
TABLE = pa.Table.from_batches(BATCHES)
JSON_COLUMNS = ("features", "tags", "extra")


def of(format: str) -> Any:
    """Return the pytest parameters for all compressions of one format."""
    cases = [options for options in variants() if options.format == format]
    return pytest.mark.parametrize("options", cases, ids=variant_name)


def as_parsed(row: dict[str, Any]) -> dict[str, Any]:
    """Return what a JSON reader must see of a row."""
    parsed = {**row, "timestamp": time_text(row["timestamp"])}
    for name in JSON_COLUMNS:
        parsed[name] = None if row[name] is None else json.loads(row[name])
    return parsed


def same_floats(left: list[Any], right: list[Any]) -> bool:
    """Compare by representation: it tells -0.0 from 0.0."""
    return [repr(value) for value in left] == [repr(value) for value in right]


@of("parquet")
def test_parquet_reads_back_exactly(tmp_path: Path, options: WriteOptions) -> None:
    path, _ = write_shard(tmp_path, BATCHES, options)
    table = pq.read_table(path)
    assert table.schema.equals(SCHEMA, check_metadata=True)
    assert table.equals(TABLE)
    assert same_floats(table["score"].to_pylist(), TABLE["score"].to_pylist())
    assert pl.read_parquet(path).equals(pl.from_arrow(TABLE))
    found = duckdb.sql(f"SELECT id, message, features, score, level FROM '{path}'").fetchall()
    assert found == [(r["id"], r["message"], r["features"], r["score"], r["level"]) for r in ROWS]


@of("arrow")
def test_arrow_reads_back_exactly(tmp_path: Path, options: WriteOptions) -> None:
    path, _ = write_shard(tmp_path, BATCHES, options)
    with pa.memory_map(str(path)) as source:
        table = pa.ipc.open_file(source).read_all()
        assert table.schema.equals(SCHEMA, check_metadata=True)
        assert table.equals(TABLE)
    assert feather.read_table(path).equals(TABLE)
    assert pl.read_ipc(path).equals(pl.from_arrow(TABLE))


@of("csv")
def test_csv_reads_back_exactly_in_polars_and_pyarrow(tmp_path: Path, options: WriteOptions) -> None:
    path, _ = write_shard(tmp_path, BATCHES, options)
    text = plain_bytes(path)
    expected = pl.from_arrow(TABLE).with_columns(  # type: ignore[union-attr]
        timestamp=pl.Series([time_text(row["timestamp"]) for row in ROWS])
    )
    schema = {**expected.schema, "timestamp": pl.String}
    assert pl.read_csv(text, schema=schema).equals(expected)
    table = pa_csv.read_csv(
        io.BytesIO(text),
        parse_options=pa_csv.ParseOptions(newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(
            column_types={**dict(zip(SCHEMA.names, SCHEMA.types, strict=True)), "timestamp": pa.string()},
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    assert table["message"].to_pylist() == [row["message"] for row in ROWS]
    assert same_floats(table["score"].to_pylist(), [row["score"] for row in ROWS])


@of("csv")
def test_csv_reads_back_in_the_standard_library_and_pandas(tmp_path: Path, options: WriteOptions) -> None:
    path, _ = write_shard(tmp_path, BATCHES, options)
    text = plain_bytes(path).decode()
    header, *lines = csv.reader(io.StringIO(text, newline=""))
    assert header == SCHEMA.names
    # Neither of them tells an empty cell from an empty text.
    assert [line[4] for line in lines] == [row["message"] or "" for row in ROWS]
    assert [line[1] for line in lines] == [time_text(row["timestamp"]) for row in ROWS]
    assert [int(line[0]) for line in lines] == [row["id"] for row in ROWS]
    frame = pd.read_csv(io.StringIO(text, newline=""), dtype=str, keep_default_na=False)
    assert frame["message"].tolist() == [row["message"] or "" for row in ROWS]
    assert frame["features"].tolist() == [row["features"] or "" for row in ROWS]


@of("jsonl")
def test_json_lines_read_back_exactly(tmp_path: Path, options: WriteOptions) -> None:
    path, _ = write_shard(tmp_path, BATCHES, options)
    *lines, rest = plain_bytes(path).split(b"\n")
    assert rest == b""
    parsed = [json.loads(line) for line in lines]
    assert parsed == [as_parsed(row) for row in ROWS]
    assert all(list(row) == SCHEMA.names for row in parsed)
    assert same_floats([row["score"] for row in parsed], [row["score"] for row in ROWS])


def test_json_lines_read_back_in_duckdb(tmp_path: Path) -> None:
    options = WriteOptions("jsonl", Compression.GZIP)
    path, _ = write_shard(tmp_path, BATCHES, options)
    columns = "{id: 'BIGINT', message: 'VARCHAR', score: 'DOUBLE', timestamp: 'VARCHAR'}"
    found = duckdb.sql(f"SELECT * FROM read_json('{path}', columns={columns})").fetchall()
    assert found == [(r["id"], r["message"], r["score"], time_text(r["timestamp"])) for r in ROWS]


def test_json_lines_read_back_in_pandas(tmp_path: Path) -> None:
    # pandas refuses a whole file for one integer beyond 64 bits, wherever in a JSON column it is.
    rows = [{**row, **dict.fromkeys(JSON_COLUMNS, '{"a":1}')} for row in ROWS]
    path, _ = write_shard(tmp_path, [batch_of(rows)], WriteOptions("jsonl", Compression.GZIP))
    frame = pd.read_json(path, lines=True, dtype=False)
    assert frame["id"].tolist() == [row["id"] for row in rows]
    assert [None if pd.isna(value) else value for value in frame["message"]] == [r["message"] for r in rows]
    assert frame["features"].tolist() == [{"a": 1}] * len(rows)


@of("json")
def test_json_document_reads_back_exactly(tmp_path: Path, options: WriteOptions) -> None:
    path, _ = write_shard(tmp_path, BATCHES, options)
    assert json.loads(plain_bytes(path)) == [as_parsed(row) for row in ROWS]


@pytest.mark.parametrize("options", variants(), ids=variant_name)
def test_totals_are_those_of_the_file(tmp_path: Path, options: WriteOptions) -> None:
    path, written = write_shard(tmp_path, BATCHES, options)
    assert written.rows == len(ROWS)
    assert written.size_bytes == path.stat().st_size
    assert written.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("options", variants(), ids=variant_name)
def test_a_shard_without_rows_is_a_valid_file(tmp_path: Path, options: WriteOptions) -> None:
    path, written = write_shard(tmp_path, [batch_of([])], options)
    assert written.rows == 0
    match options.format:
        case "parquet":
            assert pq.read_table(path).schema.equals(SCHEMA, check_metadata=True)
        case "arrow":
            assert pa.ipc.open_file(path).read_all().num_rows == 0
        case "csv":
            assert plain_bytes(path).decode() == ",".join(SCHEMA.names) + "\n"
        case "jsonl":
            assert plain_bytes(path) == b""
        case "json":
            assert json.loads(plain_bytes(path)) == []
