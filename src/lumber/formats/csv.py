r"""CSV shards, and the escape that keeps a spreadsheet from running a cell.

A header row, UTF-8, lines end with LF. A null is an empty cell, an empty text is `""`. Cells are quoted
where a quote, comma, LF or CR asks for it, and quotes are doubled (RFC 4180). Numbers keep their value: the
shortest text that reads back the same.

Spreadsheets run text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return. With the escape on,
such text gets one apostrophe in front; so does text that begins with apostrophes and then one of these, and
therefore the way back has no doubt: take one apostrophe away where one or more of them come before such a
character. `unescape_formula` does it for one text, `unescape_formulas` for Polars columns.
"""

from __future__ import annotations

import io
import re

import polars as pl
import pyarrow as pa

from lumber.formats.options import Compression
from lumber.formats.sink import HashingFile
from lumber.formats.text_shard import TextShard, times_as_text

_FORMULA = r"^'*[=+\-@\t\r]"
_ESCAPED = r"^''*[=+\-@\t\r]"


class CsvShard(TextShard):
    """Writes one CSV file and counts the cells that it escaped."""

    def __init__(
        self, sink: HashingFile, schema: pa.Schema, compression: Compression, *, escapes_formulas: bool
    ) -> None:
        super().__init__(sink, schema, compression)
        self._texts = [field.name for field in schema if pa.types.is_string(field.type)]
        self._escapes_formulas = escapes_formulas
        header = pl.from_arrow(pa.Table.from_batches([], schema))
        assert isinstance(header, pl.DataFrame)
        self._emit(_encode(times_as_text(header), has_header=True))

    def _write_frame(self, frame: pl.DataFrame) -> None:
        if self._escapes_formulas:
            frame, escaped = escape_formulas(frame, self._texts)
            self.escaped_cells += escaped
        self._emit(_encode(frame, has_header=False))


def escape_formulas(frame: pl.DataFrame, columns: list[str]) -> tuple[pl.DataFrame, int]:
    """Put an apostrophe before every text that a spreadsheet would run; return the number of such cells."""
    is_formula = frame.select(pl.col(columns).str.contains(_FORMULA))
    counts = {name: int(is_formula[name].sum() or 0) for name in columns}
    escaped = frame.with_columns(
        pl.when(is_formula[name]).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name, count in counts.items()
        if count
    )
    return escaped, sum(counts.values())


def unescape_formula(text: str) -> str:
    """Return the text that was in the row before it was escaped."""
    return text[1:] if re.match(_ESCAPED, text) else text


def unescape_formulas(*columns: str) -> pl.Expr:
    """Return a Polars expression that takes the escape off these text columns."""
    texts = pl.col(*columns)
    return pl.when(texts.str.contains(_ESCAPED)).then(texts.str.slice(1)).otherwise(texts)


def _encode(frame: pl.DataFrame, *, has_header: bool) -> memoryview:
    text = io.BytesIO()
    frame.write_csv(text, include_header=has_header, quote_style="necessary", null_value="")
    return text.getbuffer()
