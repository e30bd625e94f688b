"""Lists: a column of lists out of a column of values, and as JSON text."""

from __future__ import annotations

from typing import Any

import polars as pl
import pyarrow as pa


def cut_into_lists(values: pl.Series, lengths: pl.Series) -> pl.Series:
    """Cut values into lists of these lengths, whose sum is the number of values."""
    offsets = pl.concat([pl.Series([0], dtype=pl.Int64), lengths.cast(pl.Int64).cum_sum()])
    arrays: tuple[Any, Any] = offsets.to_arrow(), values.to_arrow()
    result = pl.from_arrow(pa.LargeListArray.from_arrays(*arrays))
    assert isinstance(result, pl.Series)
    return result


def json_lists(name: str) -> pl.Expr:
    """Write a column of lists as canonical JSON arrays; null stays null."""
    encoded = pl.struct(pl.col(name).alias("l")).struct.json_encode()
    # {"l":[...]}
    return pl.when(pl.col(name).is_not_null()).then(encoded.str.slice(5).str.strip_suffix("}")).alias(name)
