"""Rows as JSON objects: keys in the schema's order, nulls written out, JSON columns as values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import is_json_field


def row_encoder(schema: pa.Schema, terminator: str) -> pl.Expr:
    """Return the expression that turns a row into the text of one JSON object and `terminator`.

    Polars writes runs of ordinary columns; columns of JSON text, which must hold valid JSON on one line, are
    put between them as they are. Integers are exact, floats are the shortest text that reads back the same;
    NaN and the infinities, which JSON lacks, become null.
    """
    members: list[pl.Expr] = []
    for is_json, fields in groupby(schema, key=is_json_field):
        names = [field.name for field in fields]
        members += _values(names) if is_json else [_members(names)]
    return pl.concat_str([*_joined(members), pl.lit("}" + terminator)])


def encode_rows(frame: pl.DataFrame, encoder: pl.Expr) -> memoryview:
    """Return the text of all rows, one after the other."""
    rows = frame.select(encoder.alias("row"))["row"].rechunk().to_arrow()
    # The rows lie one after the other in the column's own buffer: no need to join them.
    _, offsets, text = rows.cast(pa.large_string()).buffers()
    assert offsets is not None
    bounds = memoryview(offsets).cast("q")
    begin, end = bounds[rows.offset], bounds[rows.offset + len(rows)]
    return memoryview(text if text is not None else b"")[begin:end]


def _members(names: Sequence[str]) -> pl.Expr:
    """Write ordinary columns as `"a":1,"b":"x"`, without the braces around."""
    return pl.struct(names).struct.json_encode().str.slice(1).str.head(-1)


def _values(names: Sequence[str]) -> Iterator[pl.Expr]:
    for name in names:
        key = json.dumps(name, ensure_ascii=False)
        yield pl.concat_str(pl.lit(f"{key}:"), pl.col(name).fill_null("null"))


def _joined(members: Sequence[pl.Expr]) -> Iterator[pl.Expr]:
    for position, member in enumerate(members):
        yield pl.lit("," if position else "{")
        yield member
