"""Batches as the reader hands them to a kind's rules and transform."""

import polars as pl

from lumber.catalog.kind import Kind, Storage

POLARS = {
    Storage.INTEGER: pl.Int64,
    Storage.REAL: pl.Float64,
    Storage.TEXT: pl.String,
    Storage.TIME: pl.Datetime("us", "UTC"),
    Storage.JSON: pl.String,
}


def empty_frame(kind: Kind) -> pl.DataFrame:
    references = {reference.name: pl.Boolean for reference in kind.references}
    return pl.DataFrame(schema={column.name: POLARS[column.storage] for column in kind.columns} | references)
