"""A dataset opens in every consumer, in every format and compression, with the same rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as pa_dataset
import pyarrow.parquet as pq
import pytest

from lumber.catalog.registry import get_kind
from lumber.formats import Compression, OutputFormat, extension
from tests.acceptance import hub
from tests.acceptance.exporting import KINDS, VARIANTS, export
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

TYPED = (OutputFormat.PARQUET, OutputFormat.ARROW)
DATASETS_TYPES = {"double": "float64"}


def name_of(variant: tuple[OutputFormat, Compression]) -> str:
    return "-".join(variant)


every_variant = pytest.mark.parametrize("variant", VARIANTS, ids=name_of)


@pytest.fixture(scope="module")
def folders(
    sample_url: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[OutputFormat, Compression], Path]:
    """The sample, exported in every format and compression."""
    home = tmp_path_factory.mktemp("formats")
    result = {}
    for format_, compression in VARIANTS:
        folder = home / f"{format_}-{compression}"
        export(sample_url, folder, output_format=format_, compression=compression, batch_size=50_000)
        result[(format_, compression)] = folder
    return result


@pytest.fixture(scope="module")
def truth(folders: dict[tuple[OutputFormat, Compression], Path]) -> dict[str, list[Row]]:
    """The rows of the Parquet dataset, which the others are held against."""
    folder = folders[(OutputFormat.PARQUET, Compression.ZSTD)]
    rows = {kind: rows_of(folder, kind) for kind in KINDS}
    assert [len(rows[kind]) for kind in KINDS] == [
        manifest_of(folder)["kinds"][kind]["written"] for kind in KINDS
    ]
    assert all(rows.values())
    return rows


@pytest.fixture(scope="module")
def opened_by_datasets(
    folders: dict[tuple[OutputFormat, Compression], Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[OutputFormat, Compression, str], Any]:
    """What `datasets.load_dataset(folder, kind)` gives for each dataset and kind."""
    keys = [(*variant, kind) for variant in folders for kind in KINDS]
    calls = [{"args": [str(folders[key[:2]]), key[2]]} for key in keys]
    return dict(zip(keys, hub.load_all(tmp_path_factory.mktemp("hub"), calls), strict=True))


def as_datasets_keeps(value: Any, has_nulls: bool) -> Any:
    """Cut floats to 15 digits, which is all that `datasets` keeps of JSON; take out null members."""
    if isinstance(value, list):
        return [as_datasets_keeps(item, has_nulls) for item in value]
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if not (has_nulls and item is None)}
        return {key: as_datasets_keeps(item, has_nulls) for key, item in kept.items()}
    return float(f"{value:.15g}") if isinstance(value, float) else value


@every_variant
@pytest.mark.parametrize("kind", KINDS)
def test_load_dataset_opens_each_kind_by_its_name(
    opened_by_datasets: dict[tuple[OutputFormat, Compression, str], Any],
    truth: dict[str, list[Row]],
    variant: tuple[OutputFormat, Compression],
    kind: str,
) -> None:
    answer = opened_by_datasets[(*variant, kind)]
    assert not isinstance(answer, str), answer
    assert list(answer) == ["train"]
    types, rows = answer["train"]
    schema = get_kind(kind).schema
    assert list(types) == schema.names
    exact = {field.name: DATASETS_TYPES.get(str(field.type), str(field.type)) for field in schema}
    match variant[0]:
        case OutputFormat.PARQUET | OutputFormat.ARROW:
            assert types == exact
            assert normal(kind, rows) == truth[kind]
        case OutputFormat.JSON | OutputFormat.JSONL:
            is_json = get_kind(kind).json_columns
            assert types == {n: "Json(decode=True)" if n in is_json else type_ for n, type_ in exact.items()}
            found, expected = normal(kind, rows), truth[kind]
            # `datasets` reads a document through structs, which have the keys of all objects.
            has_nulls = variant[0] is OutputFormat.JSON
            assert as_datasets_keeps(found, has_nulls) == as_datasets_keeps(expected, has_nulls)
        case OutputFormat.CSV:
            texts = [{n: None if v is None else number(v) for n, v in row.items()} for row in rows]
            assert from_text(kind, texts) == empty_as_none(truth[kind])
            assert {types[name] for name in exact if exact[name] == "string"} == {"string"}


def number(value: Any) -> str:
    """Write a number as CSV does; whole floats stand for the whole numbers that they were."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def open_with_pandas(format_: OutputFormat, path: Path) -> pd.DataFrame:
    match format_:
        case OutputFormat.PARQUET:
            return pd.read_parquet(path, dtype_backend="pyarrow")
        case OutputFormat.ARROW:
            return pd.read_feather(path, dtype_backend="pyarrow")
        case OutputFormat.CSV:
            return pd.read_csv(path, dtype=str, keep_default_na=False)
        case OutputFormat.JSONL:
            return pd.read_json(path, lines=True, dtype=False, precise_float=True)
        case OutputFormat.JSON:
            return pd.DataFrame(json.loads(plain_bytes(path))["data"], dtype=object)


@every_variant
@pytest.mark.parametrize("kind", KINDS)
def test_pandas_opens_it(
    folders: dict[tuple[OutputFormat, Compression], Path],
    truth: dict[str, list[Row]],
    variant: tuple[OutputFormat, Compression],
    kind: str,
) -> None:
    (path,) = shards(folders[variant], kind)
    frame = open_with_pandas(variant[0], path)
    assert len(frame) == len(truth[kind])
    if variant[0] in TYPED:
        found = pa.Table.from_pandas(frame, preserve_index=False)
        assert [str(type_).removeprefix("large_") for type_ in found.schema.types] == [
            str(type_) for type_ in get_kind(kind).schema.types
        ]
        assert normal(kind, found.to_pylist()) == truth[kind]
    elif variant[0] is OutputFormat.CSV:
        assert from_text(kind, frame.to_dict("records")) == empty_as_none(truth[kind])
    else:
        missing = frame.astype(object).where(frame.notna(), None)
        assert normal(kind, missing.to_dict("records"), has_json_as_text=False) == truth[kind]


def open_with_polars(format_: OutputFormat, folder: Path, suffix: str, kind: str) -> pl.DataFrame:
    pattern = f"{folder / kind}/*{suffix}"
    schema = pl.DataFrame(pl.from_arrow(get_kind(kind).schema.empty_table())).schema
    match format_:
        case OutputFormat.PARQUET:
            return pl.read_parquet(pattern)
        case OutputFormat.ARROW:
            return pl.read_ipc(pattern)
        case OutputFormat.CSV:
            return pl.read_csv(pattern, schema=schema)
        case OutputFormat.JSONL:
            return pl.read_ndjson(pattern, infer_schema_length=None)
        case OutputFormat.JSON:
            (path,) = shards(folder, kind)
            return pl.DataFrame(json.loads(plain_bytes(path))["data"], infer_schema_length=None, strict=False)


@every_variant
@pytest.mark.parametrize("kind", KINDS)
def test_polars_opens_it(
    folders: dict[tuple[OutputFormat, Compression], Path],
    truth: dict[str, list[Row]],
    variant: tuple[OutputFormat, Compression],
    kind: str,
) -> None:
    frame = open_with_polars(variant[0], folders[variant], extension(*variant), kind)
    assert frame.height == len(truth[kind])
    assert frame.columns == get_kind(kind).schema.names
    exact = pl.DataFrame(pl.from_arrow(get_kind(kind).schema.empty_table())).schema
    if variant[0] in TYPED:
        assert frame.schema == exact
        assert normal(kind, frame.to_dicts()) == truth[kind]
    elif variant[0] is OutputFormat.CSV:
        # Polars tells an empty text from an empty cell and reads times as times.
        assert frame.schema == exact
        assert frame["id"].to_list() == [row["id"] for row in truth[kind]]
        assert frame.select(exact_times(kind)).to_dicts() == [
            {name: row[name] for name in exact_times(kind)} for row in truth[kind]
        ]
    else:
        plain = [name for name in frame.columns if name not in get_kind(kind).json_columns]
        found = normal(kind, frame.select(plain).to_dicts(), has_json_as_text=False)
        assert found == [{name: row[name] for name in plain} for row in truth[kind]]


def exact_times(kind: str) -> list[str]:
    return [field.name for field in get_kind(kind).schema if pa.types.is_timestamp(field.type)]


def open_with_duckdb(format_: OutputFormat, path: Path) -> Callable[[], list[tuple[Any, ...]]]:
    columns = "id, epoch_us(CAST({time} AS TIMESTAMPTZ)), device_id"
    kind = path.parent.name
    selected = columns.format(time=get_kind(kind).time_column)
    match format_:
        case OutputFormat.PARQUET:
            source = f"read_parquet('{path}')"
        case OutputFormat.ARROW:
            table = pa_dataset.dataset(path, format="arrow")
            return lambda: duckdb.from_arrow(table).project(selected).fetchall()
        case OutputFormat.CSV:
            source = f"read_csv('{path}')"
        case OutputFormat.JSONL:
            source = f"read_json('{path}', format='newline_delimited')"
        case OutputFormat.JSON:
            source = (
                f"(SELECT unnest(row, max_depth := 1) FROM (SELECT unnest(data) AS row FROM "
                f"read_json('{path}', maximum_object_size = 100000000)))"
            )
    return lambda: duckdb.sql(f"SELECT {selected} FROM {source} ORDER BY 2, 1").fetchall()


@every_variant
@pytest.mark.parametrize("kind", KINDS)
def test_duckdb_opens_it(
    folders: dict[tuple[OutputFormat, Compression], Path],
    truth: dict[str, list[Row]],
    variant: tuple[OutputFormat, Compression],
    kind: str,
) -> None:
    (path,) = shards(folders[variant], kind)
    found = open_with_duckdb(variant[0], path)()
    time = get_kind(kind).time_column
    expected = [
        (row["id"], round(row[time].timestamp() * 1_000_000), row["device_id"]) for row in truth[kind]
    ]
    assert found == expected


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("format_", TYPED)
def test_typed_files_have_exactly_the_records_schema(
    folders: dict[tuple[OutputFormat, Compression], Path], format_: OutputFormat, kind: str
) -> None:
    (path,) = shards(folders[(format_, Compression.ZSTD)], kind)
    is_parquet = format_ is OutputFormat.PARQUET
    schema = pq.read_schema(path) if is_parquet else pa.ipc.open_file(path).schema
    assert schema.equals(get_kind(kind).schema, check_metadata=True)
