"""What JSON Lines and JSON documents share: rows as JSON objects, written and read.

An object has its keys in the schema's order, nulls are written out, columns of JSON are values.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import IO, Any

import orjson
import polars as pl
import pyarrow as pa
from pyarrow.lib import StringBuilder

from lumber.catalog.canonical_json import canonical_json
from lumber.catalog.kind import is_json_field, is_json_text
from lumber.files.json_text import require_few_values
from lumber.formats.format import HubLoader, feature_type
from lumber.formats.json_columns import can_read, column_batches
from lumber.formats.json_rows import BYTES_PER_VALUE
from lumber.formats.reading import (
    EXPORT_METADATA,
    Extra,
    JsonText,
    ReadField,
    ShardReader,
    Unreadable,
    arrow_type,
    arrow_types,
)
from lumber.formats.row_places import RowPlaces, lines_from

# Up to so many texts, a builder takes less time than Polars takes to begin: 4 µs instead of 125 for one.
_FEW = 500
ToText = Callable[[Any], str | None]


def row_encoder(schema: pa.Schema, terminator: str) -> pl.Expr:
    """Return the expression that turns a row into the text of one JSON object and `terminator`.

    Polars writes runs of ordinary columns; columns of JSON text, which must hold valid JSON on one line, are
    put between them as they are. Integers are exact, floats are the shortest text that reads back the same;
    NaN and the infinities, which JSON lacks, become null.
    """
    members: list[pl.Expr] = []
    for is_value, fields in groupby(schema, key=_is_value):
        names = [field.name for field in fields]
        members += _values(names) if is_value else [_members(names)]
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


class JsonReader(ShardReader):
    """Reads rows that are JSON objects. A file may also hold the export's metadata."""

    is_document: bool
    # What the first line of a file is, if it isn't a row.
    beginnings: tuple[bytes, ...] = ()

    @abstractmethod
    def _blocks(self, stream: IO[bytes], loads: Callable[[bytes], Any]) -> Iterator[list[Any]]:
        """Yield the parsed rows, block by block. Raises ValueError that names what is no JSON."""

    def _batches(self) -> Iterator[pa.RecordBatch]:
        types = arrow_types(field for field in self._chosen if not _is_nested(field))
        is_part = self._request.columns is not None
        if is_part and len(types) == len(self._chosen) and all(map(can_read, types.values())):
            with self.text() as stream:
                most = self._request.row_bytes
                yield from column_batches(stream, types, most, is_document=self.is_document)
            return
        yield from self._parsed()

    def _contents(self) -> Iterator[pa.RecordBatch | Extra]:
        # Whole rows are parsed: a key that the record doesn't have could hold anything.
        yield from self._parsed()
        if self.metadata is not None:
            yield Extra(EXPORT_METADATA, (_any_text(self.metadata),), is_json=True)

    def _batches_from(self, first: int, places: RowPlaces) -> Iterator[pa.RecordBatch]:
        start = self._start()
        if start is None:
            return
        columns = self._columns(_canonical_text)
        done = first
        most = self._request.row_bytes
        for lines in lines_from(self.text_at, places, first, start=start, most_bytes=most):
            rows = []
            for line in lines:
                if self.beginnings and line.startswith(b"]"):
                    break
                require_few_values(line, most // BYTES_PER_VALUE)
                rows.append(json.loads(line.removesuffix(b",")))
            if rows:
                yield self._batch(rows, columns, done)
            done += len(rows)
            if len(rows) < len(lines):
                return

    def _start(self) -> int | None:
        """Return the byte of the first row; None: the document has no rows."""
        if not self.beginnings:
            return 0
        with self.text() as stream:
            line = stream.read(max(map(len, self.beginnings)) + 2).partition(b"\n")
        if line[1] and line[0] in self.beginnings:
            return len(line[0]) + 1
        if line[0].startswith(tuple(begin + b"]" for begin in self.beginnings)):
            return None
        raise ValueError("it is no document as Lumber writes it")

    def _parsed(self) -> Iterator[pa.RecordBatch]:
        to_text = _TO_TEXT[self._request.json]
        if all(map(_is_nested, self._chosen)):
            # Without any column a batch would have no rows.
            to_text = to_text or _canonical_text
        columns = self._columns(to_text)
        # orjson turns integers of more than 64 bits into floats.
        loads = json.loads if to_text is _canonical_text else orjson.loads
        done = 0
        with self.text() as stream:
            for rows in self._blocks(stream, loads):
                yield self._batch(rows, columns, done)
                done += len(rows)

    def _columns(self, to_text: ToText | None) -> dict[str, Callable[[list[Any]], pa.Array[Any]]]:
        """Return what makes a column of its values, by name."""
        arrays: dict[str, Callable[[list[Any]], pa.Array[Any]]] = {}
        for field in self._chosen:
            if not _is_nested(field):
                arrays[field.name] = partial(_column, name=field.name, type_=arrow_type(field))
            elif to_text is not None:
                arrays[field.name] = partial(_texts, to_text=to_text)
        return arrays

    def _batch(
        self, rows: list[Any], columns: dict[str, Callable[[list[Any]], pa.Array[Any]]], done: int
    ) -> pa.RecordBatch:
        """Make a batch of parsed rows; `done` rows were before them. Raises Unreadable."""
        _require_keys(rows, tuple(field.name for field in self._fields), done)
        arrays = [make([row[name] for row in rows]) for name, make in columns.items()]
        return pa.RecordBatch.from_arrays(arrays, list(columns))


def _is_value(field: pa.Field[Any]) -> bool:
    return is_json_field(field) and not is_json_text(field)


def _is_nested(field: ReadField) -> bool:
    return field.is_json and not field.is_json_text


def _canonical_text(value: Any) -> str | None:
    """Write a parsed value as canonical JSON again; null is a missing value."""
    return None if value is None else canonical_json(json.dumps(value, ensure_ascii=False))


def _text_or_null(value: Any) -> str | None:
    return None if value is None else _any_text(value)


def _any_text(value: Any) -> str:
    """Write a parsed value as JSON; orjson refuses integers of more than 64 bits."""
    try:
        return orjson.dumps(value, default=str).decode()
    except TypeError:
        return json.dumps(value, default=str, ensure_ascii=False)


_TO_TEXT: dict[JsonText, ToText | None] = {
    JsonText.SKIPPED: None,
    JsonText.CANONICAL: _canonical_text,
    JsonText.ANY: _text_or_null,
}


def _require_keys(rows: Sequence[Any], names: tuple[str, ...], done: int) -> None:
    for number, row in enumerate(rows, done + 1):
        if type(row) is not dict:
            raise Unreadable(f"row {number} is not a JSON object")
        if tuple(row) != names and row.keys() != set(names):
            raise Unreadable(
                f"row {number} has the keys [{', '.join(row)}], the manifest lists [{', '.join(names)}]"
            )


def _texts(values: Sequence[Any], to_text: Callable[[Any], str | None]) -> pa.Array[Any]:
    return _strings([to_text(value) for value in values])


def _strings(values: Sequence[str | None]) -> pa.Array[Any]:
    # Not pa.array: it would load pandas to make an array of a list, if it is installed.
    if len(values) <= _FEW and all(value is None or type(value) is str for value in values):
        builder = StringBuilder()
        builder.append_values(values)
        return builder.finish()
    return pl.Series(values, dtype=pl.String, strict=True).to_arrow().cast(pa.string())


def _column(values: Sequence[Any], name: str, type_: pa.DataType) -> pa.Array[Any]:
    try:
        if pa.types.is_string(type_) or pa.types.is_timestamp(type_):
            texts = _strings(values)
            return texts if texts.type == type_ else texts.cast(type_)
        return pa.array(values, type_)
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        raise Unreadable(f"has a value in {name} that is no {type_}: {str(error).splitlines()[0]}") from None


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


def _feature_type(field: pa.Field[Any], has_nulls: bool) -> str:
    """Return the type of a column for `datasets`, whether it has nulls or not."""
    return "json" if _is_value(field) else feature_type(field.type)


def json_loader(**options: str) -> HubLoader:
    """Return how `datasets` reads JSON with these options."""
    return HubLoader(options, _feature_type)


JSON_NOTE = ("Of JSON numbers, `datasets` keeps 15 digits of a fraction; Parquet and Arrow keep them all.",)
