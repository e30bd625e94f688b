"""Whatever is written reads back equal, in every format."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, given
from hypothesis import strategies as st

from lumber.formats import WriteOptions
from lumber.formats.csv import unescape_formulas
from tests.examples import examples
from tests.unit.formats.records import (
    SCHEMA,
    batch_of,
    frame_of,
    plain_bytes,
    sliced,
    time_text,
    variant_name,
    variants,
    write_shard,
)

# Without the phase that explains a failure: it takes minutes on rows as wide as these.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("'=+-@\t\r\n\",\x00\u2028"))
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
JSON_TEXTS = st.none() | JSON_VALUES.map(
    lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
)
FIRST, LAST = dt.datetime(1, 1, 1, tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC)
TIMES = st.timedeltas(dt.timedelta(0), LAST - FIRST).map(lambda since: FIRST + since)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.integers(-(2**63), 2**63 - 1),
            "timestamp": TIMES,
            "level": st.none() | st.integers(-128, 127),
            "features": JSON_TEXTS,
            "message": st.none() | TEXT,
            "score": st.none() | st.floats(allow_nan=False, allow_infinity=False),
            "tags": JSON_TEXTS,
            "extra": JSON_TEXTS,
        }
    ),
    max_size=12,
)


def with_plain_utc(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows whose times name UTC as the standard library does, not as pyarrow's zone."""
    return [{**row, "timestamp": row["timestamp"].replace(tzinfo=dt.UTC)} for row in rows]


def read_back(path: Path, options: WriteOptions) -> list[dict[str, Any]]:
    """Return the rows of a shard, with times and JSON as the format's text where it has no type for them."""
    match options.format:
        case "parquet":
            return with_plain_utc(pq.read_table(path).to_pylist())
        case "arrow":
            return with_plain_utc(pa.ipc.open_file(path).read_all().to_pylist())
        case "csv":
            schema = {**frame_of([]).schema, "timestamp": pl.String}
            return pl.read_csv(plain_bytes(path), schema=schema).to_dicts()
        case "jsonl":
            return [json.loads(line) for line in plain_bytes(path).split(b"\n")[:-1]]
        case "json":
            return json.loads(plain_bytes(path))


def expected(rows: list[dict[str, Any]], options: WriteOptions) -> list[dict[str, Any]]:
    """Return the rows as the format can say them."""
    rows = [{name: row[name] for name in SCHEMA.names} for row in rows]
    if options.format in ("parquet", "arrow"):
        return rows
    texts = [{**row, "timestamp": time_text(row["timestamp"])} for row in rows]
    if options.format == "csv":
        return texts
    json_names = ("features", "tags", "extra")
    return [{**row, **{n: row[n] and json.loads(row[n]) for n in json_names}} for row in texts]


@pytest.mark.parametrize("options", variants(), ids=variant_name)
@examples(40, phases=PHASES)
@given(rows=ROWS, size=st.integers(1, 12))
def test_what_is_written_reads_back_equal(
    options: WriteOptions, rows: list[dict[str, Any]], size: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, written = write_shard(Path(folder), sliced(batch_of(rows), size), options)
        assert written.rows == len(rows)
        # repr tells -0.0 from 0.0 and 1 from 1.0.
        assert repr(read_back(path, options)) == repr(expected(rows, options))


@examples(60, phases=PHASES)
@given(rows=ROWS)
def test_escaped_csv_reads_back_equal(rows: list[dict[str, Any]]) -> None:
    texts = [field.name for field in SCHEMA if field.type == pa.string()]
    options = next(options for options in variants() if options.format == "csv")
    options = WriteOptions(options.format, options.compression)
    with tempfile.TemporaryDirectory() as folder:
        path, _ = write_shard(Path(folder), [batch_of(rows)], options)
        schema = {**frame_of([]).schema, "timestamp": pl.String}
        frame = pl.read_csv(plain_bytes(path), schema=schema).with_columns(unescape_formulas(*texts))
        assert repr(frame.to_dicts()) == repr(expected(rows, options))
