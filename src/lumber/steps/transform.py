"""DataTransformer: turns valid source rows into the kind's canonical records."""

from __future__ import annotations

from collections import Counter
from typing import Any

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Kind


class DataTransformer:
    """Makes record batches of exactly the kind's schema, and counts what it changed."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self.changes: Counter[str] = Counter()

    def apply(self, frame: pl.DataFrame) -> pa.RecordBatch:
        """Return the canonical records of `frame`, row for row."""
        derived = self._kind.transform(frame)
        self.changes.update({name: count for name, count in derived.changes.items() if count})
        arrays = [
            _array(derived.columns[name] if name in derived.columns else frame[name], field.type)
            for name, field in zip(self._kind.schema.names, self._kind.schema, strict=True)
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self._kind.schema)


def _array(series: pl.Series, type_: pa.DataType) -> pa.Array[Any]:
    array = series.to_arrow(compat_level=pl.CompatLevel.oldest())
    return array if array.type == type_ else array.cast(type_)
