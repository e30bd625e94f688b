"""TemplateStep: gives the records of a partition their templates."""

from __future__ import annotations

from typing import Any

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.steps.templates.matcher import TemplateMatcher
from lumber.steps.templates.table import TemplateTable


class TemplateStep:
    """Appends `template_id` and `template_params` to batches of records; `complete` is the kind with them."""

    def __init__(self, table: TemplateTable, complete: Kind) -> None:
        self._matcher = TemplateMatcher(table)
        self._schema = complete.schema

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the batch with its templates, row for row."""
        found = self._matcher.apply(pl.Series(pl.from_arrow(batch.column("message"))))
        params = found.select(json_lists("template_params"))
        added = [_array(found["template_id"]), _array(params.to_series())]
        return pa.RecordBatch.from_arrays([*batch.columns, *added], schema=self._schema)


def json_lists(name: str) -> pl.Expr:
    """Write a column of lists as canonical JSON arrays; null stays null."""
    encoded = pl.struct(pl.col(name).alias("l")).struct.json_encode()
    # {"l":[...]}
    return pl.when(pl.col(name).is_not_null()).then(encoded.str.slice(5).str.strip_suffix("}")).alias(name)


def _array(series: pl.Series) -> pa.Array[Any]:
    return series.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.string())
