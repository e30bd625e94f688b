"""The columns of two records: which only one has, and the content of those that both have."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from lumber.dataset.diff.difference import ColumnsDifference
from lumber.dataset.manifest import FieldEntry


def columns_difference(a: Sequence[FieldEntry], b: Sequence[FieldEntry]) -> ColumnsDifference:
    """Return the columns that only one record has, and those whose types differ."""
    types_a, types_b = _types(a), _types(b)
    return ColumnsDifference(
        added=tuple(name for name in types_b if name not in types_a),
        removed=tuple(name for name in types_a if name not in types_b),
        retyped={
            name: (type_, types_b[name])
            for name, type_ in types_a.items()
            if name in types_b and types_b[name] != type_
        },
    )


def compared_columns(a: Sequence[FieldEntry], b: Sequence[FieldEntry], id_: str) -> list[str]:
    """Return the columns to compare: those that both have with the same type, except the id."""
    types_b = _types(b)
    return [name for name, type_ in _types(a).items() if types_b.get(name) == type_ and name != id_]


def hash_rows(batch: pa.RecordBatch, columns: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Return a 64-bit hash of each row's content in these columns, for comparisons within one run only."""
    if not columns:
        return np.zeros(batch.num_rows, np.uint64)
    frame = pl.from_arrow(batch.select(list(columns)))
    assert isinstance(frame, pl.DataFrame)
    return frame.hash_rows().to_numpy().astype(np.uint64)


def without_json_null(batch: pa.RecordBatch, json_columns: Sequence[str]) -> pa.RecordBatch:
    """Return the batch with null in place of JSON's null: JSON Lines can't tell the two apart."""
    for name in json_columns:
        place = batch.schema.get_field_index(name)
        texts = pl.Series(batch.column(place).cast(pa.string()))
        is_null = (texts == "null").fill_null(False)
        if is_null.any():
            kept = texts.set(is_null, None).to_arrow().cast(pa.string())
            batch = batch.set_column(place, name, kept)
    return batch


def differing(
    a: Mapping[str, Any], b: Mapping[str, Any], columns: Sequence[str], json_columns: Sequence[str]
) -> dict[str, tuple[Any, Any]]:
    """Return the two values of each column in which two rows differ, as plain JSON values."""
    return {
        name: (_plain(a[name], name in json_columns), _plain(b[name], name in json_columns))
        for name in columns
        if a[name] != b[name]
    }


def _types(fields: Sequence[FieldEntry]) -> dict[str, str]:
    return {field.name: "json" if field.is_json else field.type for field in fields}


def _plain(value: Any, is_json: bool) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return json.loads(value) if is_json and value is not None else value
