"""Batches whose texts are dictionaries: counted and cut before a long value is repeated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc


def bounded_parts(batch: pa.RecordBatch, most_bytes: int) -> Iterator[tuple[pa.RecordBatch, int]]:
    """Cut a batch into parts of few bytes, once dictionaries are expanded; yield each with its bytes.

    Raises ValueError for a row that is larger.
    """
    size = sum(map(expanded_bytes, batch.columns))
    if size <= most_bytes:
        yield batch, size
    elif batch.num_rows > 1:
        half = batch.num_rows // 2
        yield from bounded_parts(batch.slice(0, half), most_bytes)
        yield from bounded_parts(batch.slice(half), most_bytes)
    else:
        raise ValueError(f"a row is larger than {most_bytes:,} bytes")


def expanded_bytes(array: pa.Array[Any]) -> int:
    """Return the bytes of an array, with a value of a dictionary counted as often as it is named."""
    if isinstance(array, pa.DictionaryArray):
        lengths = pc.binary_length(cast(pa.StringArray, array.dictionary)).cast(pa.int64())
        return array.indices.nbytes + int(pc.sum(lengths.take(array.indices)).as_py() or 0)
    if isinstance(array, pa.StructArray):
        return sum(expanded_bytes(field) for field in array.flatten())
    if isinstance(array, pa.ListArray | pa.LargeListArray | pa.FixedSizeListArray):
        return expanded_bytes(array.flatten())
    return array.nbytes


def expanded(batch: pa.RecordBatch, types: list[pa.DataType]) -> pa.RecordBatch:
    """Return the batch with columns of these types instead of dictionaries."""
    columns = [column.cast(type_) for column, type_ in zip(batch.columns, types, strict=True)]
    return pa.RecordBatch.from_arrays(columns, batch.schema.names)
