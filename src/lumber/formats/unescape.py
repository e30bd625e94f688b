"""Takes off what the writer of CSV adds for a spreadsheet, so that every format gives the same texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import pyarrow as pa

from lumber.formats.csv import unescape_formulas


def is_escaped(format_: str, config: Mapping[str, Any]) -> bool:
    """Say whether the shards of a dataset with this config have an apostrophe before formulas."""
    return format_ == "csv" and config.get("csv_escape_formulas") is True


def unescaped(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch with every text as it was before the escape; types and order stay."""
    schema = batch.schema
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    if not texts or not batch.num_rows:
        return batch
    frame = pl.from_arrow(pa.RecordBatch.from_arrays([batch.column(name) for name in texts], texts))
    assert isinstance(frame, pl.DataFrame)
    plain = frame.with_columns(unescape_formulas(*texts))
    arrays = [
        plain[field.name].to_arrow().cast(field.type) if field.name in texts else batch.column(field.name)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
