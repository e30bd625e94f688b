r"""CSV shards, and the escape that keeps a spreadsheet from running a cell.

A header row, UTF-8, lines end with LF. A null is an empty cell, an empty text is `""`. Cells are quoted
if they hold a quote, comma, LF or CR, and quotes are doubled (RFC 4180). Numbers keep their value: the
shortest text that reads back the same.

Spreadsheets run text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return. With the escape on,
such text gets one apostrophe in front. So does text that begins with apostrophes and then one of these. The
way back is therefore unambiguous: remove one apostrophe if one or more of them come before such a character.
`unescape_formula` does it for one text, `unescape_formulas` for Polars columns.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import IO, cast

import polars as pl
import pyarrow as pa

from lumber.formats.compression import Compression, open_decompressed_native
from lumber.formats.format import ALL_CODECS, Format, HubLoader, feature_type
from lumber.formats.reading import Extra, ReadField, ShardReader, arrow_types
from lumber.formats.row_places import RowPlaces, lines_from
from lumber.formats.sink import HashingFile
from lumber.formats.text_shard import TEXT_LIBRARIES, TextShard, times_as_text

_FORMULA = r"^'*[=+\-@\t\r]"
_ESCAPED = r"^''*[=+\-@\t\r]"
_HEADER_BYTES = 1024 * 1024
# A row must fit in one block of the reader: it begins small and is given larger ones when needed.
_BLOCK_BYTES = tuple(size * 1024 * 1024 for size in (8, 64, 256, 1024))


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


class CsvReader(ShardReader):
    """Reads one CSV file."""

    def _batches(self) -> Iterator[pa.RecordBatch]:
        return self._rows(self._chosen)

    def _contents(self) -> Iterator[pa.RecordBatch | Extra]:
        # Cells that aren't text could hold anything: they are read as what they should be.
        return self._rows(self._fields)

    def _rows(self, fields: Sequence[ReadField]) -> Iterator[pa.RecordBatch]:
        self._require_header()
        types = arrow_types(fields)
        raw, schema = _as_written(types), pa.schema(list(types.items()))
        done = 0
        blocks = [size for size in _BLOCK_BYTES if size <= self._request.row_bytes]
        for block_bytes in blocks:
            skip = done
            try:
                with open_decompressed_native(self._file, self._compression) as stream:
                    for batch in _parsed_batches(stream, raw, block_bytes):
                        fresh = batch.slice(min(skip, batch.num_rows))
                        skip -= batch.num_rows - fresh.num_rows
                        done += fresh.num_rows
                        if fresh.num_rows:
                            yield self._typed(fresh, schema)
                return
            except pa.ArrowInvalid as error:
                if "straddling" not in str(error):
                    raise
        raise ValueError(f"a row is longer than {blocks[-1]:,} bytes")

    def _batches_from(self, first: int, places: RowPlaces) -> Iterator[pa.RecordBatch]:
        types = arrow_types(self._chosen)
        raw, schema = _as_written(types), pa.schema(list(types.items()))
        with self.text() as stream:
            header = stream.read(_HEADER_BYTES).partition(b"\n")[0] + b"\n"
        self._require_names(header)
        most = self._request.row_bytes
        for lines in lines_from(
            self.text_at, places, first, start=len(header), most_bytes=most, has_quotes=True
        ):
            text = header + b"\n".join(lines) + b"\n"
            # All of it is one block, so no row is too long for a block.
            for batch in _parsed_batches(pa.BufferReader(text), raw, len(text) + 1):
                yield self._typed(batch, schema)

    def _typed(self, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
        typed = batch.cast(schema)
        return unescaped(typed) if self._request.is_escaped else typed

    def _require_header(self) -> None:
        with self.text() as stream:
            line = stream.read(_HEADER_BYTES).partition(b"\n")[0]
            if self._request.expansion is not None and self._compression is not Compression.NONE:
                # The threads that parse can't call Python to count what they decompress.
                while stream.read(_HEADER_BYTES):
                    pass
        self._require_names(line)

    def _require_names(self, header: bytes) -> None:
        found = next(csv.reader([header.decode()]), [])
        self._require_columns(found, [field.name for field in self._fields])


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


def _as_written(types: dict[str, pa.DataType]) -> dict[str, pa.DataType]:
    """Return the types to read cells as: times are read as text, which they are, and then as times."""
    return {name: pa.string() if pa.types.is_timestamp(type_) else type_ for name, type_ in types.items()}


def _encode(frame: pl.DataFrame, *, has_header: bool) -> memoryview:
    text = io.BytesIO()
    frame.write_csv(text, include_header=has_header, quote_style="necessary", null_value="")
    return text.getbuffer()


def _parsed_batches(
    stream: pa.NativeFile, types: dict[str, pa.DataType], block_bytes: int
) -> Iterator[pa.RecordBatch]:
    import pyarrow.csv

    # An empty cell is null, `""` is empty text.
    with pyarrow.csv.open_csv(
        cast(IO[bytes], stream),
        read_options=pyarrow.csv.ReadOptions(block_size=block_bytes),
        # In a file of one column, an empty line is a null.
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    ) as reader:
        yield from reader


def _feature_type(field: pa.Field[pa.DataType], has_nulls: bool) -> str:
    """Return the type under which pandas, which reads the CSV for `datasets`, loses nothing.

    pandas has no time zone here and no integers in a column with nulls. Times therefore stay text, small
    integers with nulls become floats, and large ones with nulls, which a float would round, stay text.
    """
    if pa.types.is_timestamp(field.type):
        return "string"
    if pa.types.is_integer(field.type) and has_nulls:
        return "float64" if field.type.bit_width <= 32 else "string"
    return feature_type(field.type)


FORMAT = Format(
    name="csv",
    title="CSV",
    suffix=".csv",
    media_type="text/csv",
    writer=lambda sink, schema, options: CsvShard(
        sink, schema, options.compression, escapes_formulas=options.csv_escape_formulas
    ),
    reader=CsvReader,
    codecs=ALL_CODECS,
    usual_codec=Compression.GZIP,
    is_whole_file=True,
    is_text=True,
    has_lists=False,
    hub=HubLoader(
        # An empty cell is null, also alone in its line; the texts NA, null and None are texts.
        {
            "skip_blank_lines": "false",
            "keep_default_na": "false",
            "na_values": "['']",
            "float_precision": "round_trip",
        },
        _feature_type,
    ),
    card_note=(
        'CSV has no types. A null is an empty cell, an empty text is `""`. Polars tells them apart;',
        "DuckDB does with `allow_quoted_nulls=false`, and pyarrow with `strings_can_be_null=True` and",
        "`quoted_strings_can_be_null=False`. pandas and `datasets` read both as null. For `datasets`,",
        "times are text, and integers in a column with nulls are floats, or text if a float could round",
        "them. Where the config says `csv_escape_formulas`, text that a spreadsheet would run has one",
        "apostrophe more in front.",
    ),
    limitation="CSV has no types, and pandas and `datasets` read an empty text in it as a missing one.",
    libraries=TEXT_LIBRARIES,
)
