"""A dataset opens in every consumer, in every format and compression, with the same rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lumber.catalog.registry import get_kind
from lumber.formats import Compression, all_formats, extension
from tests.acceptance.exporting import KINDS, export, has_compression
from tests.acceptance.hub import Hub
from tests.acceptance.reading import (
    Row,
    empty_as_none,
    from_text,
    manifest_of,
    normal,
    plain_bytes,
    rows_of,
    shards,
)
from tests.all_pairs import all_pairs_first

BUDGET_REASON = "Every reader loads its libraries and opens datasets of every format."

READERS = ("datasets", "pandas", "polars", "duckdb")
TYPED = ("parquet", "arrow")
DATASETS_TYPES = {"double": "float64"}

Exported = Callable[[str, Compression], Path]


@pytest.fixture(scope="module")
def exported(sample_url: str, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A function that returns the sample in a format and compression, exported when first asked for."""
    home = tmp_path_factory.mktemp("formats")

    @cache
    def exported(format_: str, compression: Compression) -> Path:
        folder = home / f"{format_}-{compression}"
        export(sample_url, folder, output_format=format_, compression=compression, batch_size=50_000)
        return folder

    return exported


@pytest.fixture(scope="module")
def truth(exported: Exported) -> dict[str, list[Row]]:
    """The rows of the Parquet dataset, which the others are compared with."""
    folder = exported("parquet", Compression.ZSTD)
    rows = {kind: rows_of(folder, kind) for kind in KINDS}
    assert [len(rows[kind]) for kind in KINDS] == [
        manifest_of(folder)["kinds"][kind]["written"] for kind in KINDS
    ]
    assert all(rows.values())
    return rows


@pytest.mark.parametrize(
    ("format_", "compression", "kind", "reader"),
    all_pairs_first(list(all_formats()), Compression, KINDS, READERS, is_allowed=has_compression),
)
def test_a_reader_sees_the_rows_of_a_kind(
    exported: Exported,
    truth: dict[str, list[Row]],
    hub: Hub,
    format_: str,
    compression: Compression,
    kind: str,
    reader: str,
) -> None:
    folder, expected = exported(format_, compression), truth[kind]
    if reader == "datasets":
        assert_datasets_reads(format_, hub.load(str(folder), kind), kind, expected)
        return
    (path,) = shards(folder, kind)
    if reader == "pandas":
        assert_pandas_reads(format_, path, kind, expected)
    elif reader == "polars":
        assert_polars_reads(format_, path, extension(format_, compression), kind, expected)
    else:
        assert_duckdb_reads(format_, path, kind, expected)


def assert_datasets_reads(format_: str, answer: Any, kind: str, expected: list[Row]) -> None:
    assert not isinstance(answer, str), answer
    assert list(answer) == ["train"]
    types, rows = answer["train"]
    schema = get_kind(kind).schema
    assert list(types) == schema.names
    exact = {field.name: DATASETS_TYPES.get(str(field.type), str(field.type)) for field in schema}
    match format_:
        case "parquet" | "arrow":
            assert types == exact
            assert normal(kind, rows) == expected
        case "json" | "jsonl":
            is_json = get_kind(kind).json_columns
            assert types == {n: "Json(decode=True)" if n in is_json else type_ for n, type_ in exact.items()}
            # `datasets` reads a document through structs, which have the keys of all objects.
            has_nulls = format_ == "json"
            found = normal(kind, rows)
            assert as_datasets_keeps(found, has_nulls) == as_datasets_keeps(expected, has_nulls)
        case "csv":
            texts = [{n: None if v is None else number(v) for n, v in row.items()} for row in rows]
            assert from_text(kind, texts) == empty_as_none(kind, expected)
            assert {types[name] for name in exact if exact[name] == "string"} == {"string"}


def as_datasets_keeps(value: Any, has_nulls: bool) -> Any:
    """Cut floats to 15 digits, which is all that `datasets` keeps of JSON; take out null members."""
    if isinstance(value, list):
        return [as_datasets_keeps(item, has_nulls) for item in value]
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if not (has_nulls and item is None)}
        return {key: as_datasets_keeps(item, has_nulls) for key, item in kept.items()}
    return float(f"{value:.15g}") if isinstance(value, float) else value


def number(value: Any) -> str:
    """Write a number as CSV does; a whole float was a whole number there."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def assert_pandas_reads(format_: str, path: Path, kind: str, expected: list[Row]) -> None:
    frame = open_with_pandas(format_, path)
    assert len(frame) == len(expected)
    if format_ in TYPED:
        found = pa.Table.from_pandas(frame, preserve_index=False)
        assert [str(type_).removeprefix("large_") for type_ in found.schema.types] == [
            str(type_) for type_ in get_kind(kind).schema.types
        ]
        assert normal(kind, found.to_pylist()) == expected
    elif format_ == "csv":
        assert from_text(kind, frame.to_dict("records")) == empty_as_none(kind, expected)
    else:
        missing = frame.astype(object).where(frame.notna(), None)
        assert normal(kind, missing.to_dict("records"), has_json_as_text=False) == expected


def open_with_pandas(format_: str, path: Path) -> Any:
    import pandas as pd

    match format_:
        case "parquet":
            return pd.read_parquet(path, dtype_backend="pyarrow")
        case "arrow":
            return pd.read_feather(path, dtype_backend="pyarrow")
        case "csv":
            return pd.read_csv(path, dtype=str, keep_default_na=False)
        case "jsonl":
            return pd.read_json(path, lines=True, dtype=False, precise_float=True)
        case "json":
            return pd.DataFrame(json.loads(plain_bytes(path))["data"], dtype=object)


def assert_polars_reads(format_: str, path: Path, suffix: str, kind: str, expected: list[Row]) -> None:
    exact = pl.DataFrame(pl.from_arrow(get_kind(kind).schema.empty_table())).schema
    frame = open_with_polars(format_, path, suffix, exact)
    assert frame.height == len(expected)
    assert frame.columns == get_kind(kind).schema.names
    if format_ in TYPED:
        assert frame.schema == exact
        assert normal(kind, frame.to_dicts()) == expected
    elif format_ == "csv":
        # Polars tells an empty text from an empty cell and reads times as times.
        assert frame.schema == exact
        names = ["id", *(name for name, type_ in exact.items() if type_ == pl.Datetime("us", "UTC"))]
        assert len(names) > 1
        assert frame.select(names).to_dicts() == [{name: row[name] for name in names} for row in expected]
    else:
        plain = [name for name in frame.columns if name not in get_kind(kind).json_columns]
        found = normal(kind, frame.select(plain).to_dicts(), has_json_as_text=False)
        assert found == [{name: row[name] for name in plain} for row in expected]


def open_with_polars(format_: str, path: Path, suffix: str, schema: pl.Schema) -> pl.DataFrame:
    pattern = f"{path.parent}/*{suffix}"
    match format_:
        case "parquet":
            return pl.read_parquet(pattern)
        case "arrow":
            return pl.read_ipc(pattern)
        case "csv":
            return pl.read_csv(pattern, schema=schema)
        case "jsonl":
            return pl.read_ndjson(pattern, infer_schema_length=None)
        case "json":
            rows = json.loads(plain_bytes(path))["data"]
            return pl.DataFrame(rows, infer_schema_length=None, strict=False)


def assert_duckdb_reads(format_: str, path: Path, kind: str, expected: list[Row]) -> None:
    time = get_kind(kind).time_column
    columns = f"id, epoch_us(CAST({time} AS TIMESTAMPTZ)), device_id"
    assert read_with_duckdb(format_, path, columns) == [
        (row["id"], round(row[time].timestamp() * 1_000_000), row["device_id"]) for row in expected
    ]


def read_with_duckdb(format_: str, path: Path, columns: str) -> list[tuple[Any, ...]]:
    import duckdb

    match format_:
        case "parquet":
            source = f"read_parquet('{path}')"
        case "arrow":
            import pyarrow.dataset

            table = pyarrow.dataset.dataset(path, format="arrow")
            return duckdb.from_arrow(table).project(columns).fetchall()
        case "csv":
            source = f"read_csv('{path}')"
        case "jsonl":
            source = f"read_json('{path}', format='newline_delimited')"
        case "json":
            source = (
                f"(SELECT unnest(row, max_depth := 1) FROM (SELECT unnest(data) AS row FROM "
                f"read_json('{path}', maximum_object_size = 100000000)))"
            )
    return duckdb.sql(f"SELECT {columns} FROM {source} ORDER BY 2, 1").fetchall()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("format_", TYPED)
def test_typed_files_have_exactly_the_records_schema(exported: Exported, format_: str, kind: str) -> None:
    (path,) = shards(exported(format_, Compression.ZSTD), kind)
    is_parquet = format_ == "parquet"
    schema = pq.read_schema(path) if is_parquet else pa.ipc.open_file(path).schema
    assert schema.equals(get_kind(kind).schema, check_metadata=True)
