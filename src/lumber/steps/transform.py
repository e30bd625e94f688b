"""DataTransformer: turns valid source rows into the kind's canonical records."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.steps.step import PLACE, Form, Records, RunningStep, Step, StepContext


@dataclass(frozen=True, slots=True)
class Transform(Step):
    """Makes canonical records, with the columns that earlier steps added to the rows."""

    name = "transform"
    takes, gives = Form.ROWS, Form.RECORDS

    def start(self, context: StepContext) -> RunningStep[pl.DataFrame, Records]:
        """Begin a partition."""
        return _Transforming(context)


class _Transforming(RunningStep[pl.DataFrame, Records]):
    def __init__(self, context: StepContext) -> None:
        self._transformer = DataTransformer(context.record)
        self._counts = context.counts

    def add(self, rows: pl.DataFrame) -> Records:
        places = rows[PLACE] if PLACE in rows.columns else None
        return Records(self._transformer.apply(rows), places)

    def finish(self) -> None:
        self._counts.changes.update(self._transformer.changes)


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
