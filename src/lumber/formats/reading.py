"""Shards read back in batches, with other libraries than wrote them where there are two.

A batch has the listed columns in their order. JSON formats leave out the columns of JSON, where they are not
asked for: parsing them was the check. Every difference from the listed record is raised as Unreadable, with
a sentence.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import IOBase
from typing import IO, Any, BinaryIO, Literal, Protocol, cast

import orjson
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from lumber.catalog.canonical_json import canonical_json
from lumber.catalog.kind import is_json_field
from lumber.formats.content import HashedContent
from lumber.formats.json_columns import can_read, column_batches
from lumber.formats.json_rows import JsonDocument, line_blocks

_BATCH_ROWS = 65_536
_HEADER_BYTES = 1024 * 1024
# A CSV row must fit in one block of the reader: it begins small and is given larger ones when needed.
_CSV_BLOCK_BYTES = (8 * 1024 * 1024, 128 * 1024 * 1024, 1024 * 1024 * 1024)
_SHARD_NAME = re.compile(
    r"(?P<kind>[^/]+)/(?P<split>[^/]+)-(?P<index>[0-9]{5,})-of-(?P<count>[0-9]{5,})"
    r"\.(?P<format>parquet|arrow|csv|jsonl|json)(?P<suffix>\.gz|\.zst)?"
)
_CODECS: dict[str, Literal["gzip", "zstd"]] = {".gz": "gzip", ".zst": "zstd"}
_LIST = re.compile(r"list<element: (.+)>")
_ZONED = re.compile(r"timestamp\[(s|ms|us|ns), tz=(.+)\]")


class ReadField(Protocol):
    """A column as it is to be read; `type` is the text of its Arrow type."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def type(self) -> str:
        """Its type."""

    @property
    def nullable(self) -> bool:
        """Whether it may be null."""

    @property
    def is_json(self) -> bool:
        """Whether it holds JSON."""


@dataclass(frozen=True, slots=True)
class SchemaField:
    """A column as a schema has it."""

    name: str
    type: str
    nullable: bool
    is_json: bool


def schema_fields(schema: pa.Schema) -> list[SchemaField]:
    """Return the columns of a schema as they are to be read."""
    return [SchemaField(f.name, str(f.type), f.nullable, is_json_field(f)) for f in schema]


class Unreadable(Exception):
    """A shard does not hold what the manifest says; the message goes on after the shard's name."""


@dataclass(frozen=True, slots=True)
class ShardName:
    """What a shard's path says: `logs/train-00000-of-00004.csv.gz`."""

    kind: str
    split: str
    index: int
    count: int
    format: str
    codec: Literal["gzip", "zstd"] | None


def parse_shard_name(path: str) -> ShardName | None:
    """Read a shard's path; None when it is none."""
    match = _SHARD_NAME.fullmatch(path)
    if match is None or (match["suffix"] and match["format"] in ("parquet", "arrow")):
        return None
    codec = _CODECS.get(match["suffix"] or "")
    return ShardName(
        match["kind"], match["split"], int(match["index"]), int(match["count"]), match["format"], codec
    )


class ShardReader:
    """Reads one shard. `metadata` is a JSON document's `export_metadata`, known when all rows are read.

    With `has_json` the columns of JSON are part of every batch: as canonical text, in every format. With
    `columns` batches have these only, in the order of the record; the others are not looked at.
    """

    def __init__(
        self,
        file: BinaryIO,
        name: ShardName,
        fields: Sequence[ReadField],
        *,
        has_json: bool = False,
        columns: Collection[str] | None = None,
    ) -> None:
        self.metadata: Any = None
        self.content_sha256: str | None = None
        self._file = file
        self._name = name
        self._fields = fields
        self._is_part = columns is not None
        self._chosen = [field for field in fields if columns is None or field.name in columns]
        # Without any column a batch would have no rows.
        self._has_json = has_json or all(field.is_json for field in self._chosen)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield all rows. Raises Unreadable."""
        with _problems():
            match self._name.format:
                case "parquet":
                    yield from self._parquet()
                case "arrow":
                    yield from self._arrow()
                case "csv":
                    yield from self._csv()
                case _:
                    yield from self._json()

    @property
    def _names(self) -> list[str]:
        return [field.name for field in self._chosen]

    def _parquet(self) -> Iterator[pa.RecordBatch]:
        with pq.ParquetFile(self._file) as parquet:
            self._require_schema(parquet.schema_arrow)
            for batch in parquet.iter_batches(_BATCH_ROWS, columns=self._names):
                batch.validate(full=True)
                yield batch

    def _arrow(self) -> Iterator[pa.RecordBatch]:
        with pa.ipc.open_file(pa.PythonFile(cast(IOBase, self._file), mode="r")) as reader:
            self._require_schema(reader.schema)
            for number in range(reader.num_record_batches):
                batch = reader.get_batch(number).select(self._names)
                batch.validate(full=True)
                yield batch

    def _csv(self) -> Iterator[pa.RecordBatch]:
        self._require_header()
        types = {field.name: arrow_type(field) for field in self._chosen}
        # Times are read as text, which they are, and then as times.
        raw = {name: pa.string() if pa.types.is_timestamp(type_) else type_ for name, type_ in types.items()}
        schema = pa.schema(list(types.items()))
        done = 0
        for block_bytes in _CSV_BLOCK_BYTES:
            skip = done
            try:
                with self._native_stream() as stream:
                    for batch in _csv_batches(stream, raw, block_bytes):
                        fresh = batch.slice(min(skip, batch.num_rows))
                        skip -= batch.num_rows - fresh.num_rows
                        done += fresh.num_rows
                        if fresh.num_rows:
                            yield fresh.cast(schema)
                return
            except pa.ArrowInvalid as error:
                if "straddling" not in str(error) or block_bytes == _CSV_BLOCK_BYTES[-1]:
                    raise

    def _json(self) -> Iterator[pa.RecordBatch]:
        with self._stream() as stream:
            types = {field.name: arrow_type(field) for field in self._chosen if not field.is_json}
            if self._is_part and len(types) == len(self._chosen) and all(map(can_read, types.values())):
                yield from column_batches(stream, types, is_document=self._name.format == "json")
                return
            if self._name.format == "jsonl":
                yield from self._objects(line_blocks(stream, json.loads if self._has_json else orjson.loads))
                return
            content = HashedContent(stream)
            document = JsonDocument(content)
            yield from self._objects(document.blocks())
            self.metadata = document.metadata
            self.content_sha256 = content.sha256

    def _objects(self, blocks: Iterator[list[Any]]) -> Iterator[pa.RecordBatch]:
        names = tuple(field.name for field in self._fields)
        columns = {field.name: arrow_type(field) for field in self._chosen if not field.is_json}
        texts = {field.name for field in self._chosen if field.is_json and self._has_json}
        shown = [name for name in self._names if name in columns or name in texts]
        done = 0
        for rows in blocks:
            _require_keys(rows, names, done)
            arrays = [
                _column([row[name] for row in rows], name, columns[name])
                if name in columns
                else pa.array([_json_text(row[name]) for row in rows], pa.string())
                for name in shown
            ]
            yield pa.RecordBatch.from_arrays(arrays, shown)
            done += len(rows)

    @contextmanager
    def _stream(self) -> Iterator[IO[bytes]]:
        """Open the uncompressed content from its beginning."""
        self._file.seek(0)
        # Whoever reads from a copy of the handle may close it.
        with os.fdopen(os.dup(self._file.fileno()), "rb") as file:
            if self._name.codec is None:
                yield file
                return
            with pa.CompressedInputStream(pa.PythonFile(file, mode="r"), self._name.codec) as stream:
                yield cast(IO[bytes], stream)

    @contextmanager
    def _native_stream(self) -> Iterator[pa.NativeFile]:
        """Open the uncompressed content for a reader that reads ahead in threads of its own.

        Such a thread must not call Python: at the end of the program that would abort the process.
        """
        with pa.OSFile(f"/dev/fd/{self._file.fileno()}", "rb") as file:
            if self._name.codec is None:
                yield file
                return
            with pa.CompressedInputStream(file, self._name.codec) as stream:
                yield stream

    def _require_schema(self, schema: pa.Schema) -> None:
        listed = [_described(item.name, item.type, item.nullable, item.is_json) for item in self._fields]
        found = [_described(f.name, str(f.type), f.nullable, is_json_field(f)) for f in schema]
        self._require_columns(found, listed)

    def _require_header(self) -> None:
        with self._stream() as stream:
            line = stream.read(_HEADER_BYTES).partition(b"\n")[0]
        found = next(csv.reader([line.decode()]), [])
        self._require_columns(found, [field.name for field in self._fields])

    def _require_columns(self, found: list[str], listed: list[str]) -> None:
        if found != listed:
            raise Unreadable(
                f"has the columns [{', '.join(found)}], the manifest lists [{', '.join(listed)}]"
            )


def arrow_type(field: ReadField) -> pa.DataType:
    """Return the Arrow type that a listed column's text names. Raises Unreadable."""
    items = _LIST.fullmatch(field.type)
    try:
        if items:
            return pa.list_(pa.field("element", _plain_type(items[1])))
        return _plain_type(field.type)
    except ValueError:
        raise Unreadable(
            f"cannot be read: the manifest gives {field.name} the type {field.type}, which is unknown here"
        ) from None


def _plain_type(text: str) -> pa.DataType:
    """Return the Arrow type of a text. Raises ValueError."""
    # The stubs know types by literal text only.
    zoned = _ZONED.fullmatch(text)
    if zoned:
        return pa.timestamp(cast(Any, zoned[1]), zoned[2])
    named: pa.DataType = pa.type_for_alias(cast(Any, text))
    return named


@contextmanager
def _problems() -> Iterator[None]:
    """Turn what readers raise about a file's content into Unreadable."""
    try:
        yield
    except pa.ArrowCancelled:
        raise KeyboardInterrupt from None
    except (pa.ArrowException, OSError, ValueError, TypeError, OverflowError, RecursionError) as error:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Unreadable(f"cannot be read: {text}") from error


def _csv_batches(
    stream: pa.NativeFile, types: dict[str, pa.DataType], block_bytes: int
) -> Iterator[pa.RecordBatch]:
    # An empty cell is null, `""` is empty text.
    with pa.csv.open_csv(
        cast(IO[bytes], stream),
        read_options=pa.csv.ReadOptions(block_size=block_bytes),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    ) as reader:
        yield from reader


def _require_keys(rows: Sequence[Any], names: tuple[str, ...], done: int) -> None:
    for number, row in enumerate(rows, done + 1):
        if type(row) is not dict:
            raise Unreadable(f"row {number} is not a JSON object")
        if tuple(row) != names and row.keys() != set(names):
            raise Unreadable(
                f"row {number} has the keys [{', '.join(row)}], the manifest lists [{', '.join(names)}]"
            )


def _column(values: Sequence[Any], name: str, type_: pa.DataType) -> pa.Array[Any]:
    try:
        if pa.types.is_timestamp(type_):
            return pa.array(values, pa.string()).cast(type_)
        return pa.array(values, type_)
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        raise Unreadable(f"has a value in {name} that is no {type_}: {str(error).splitlines()[0]}") from None


def _json_text(value: Any) -> str | None:
    """Write a parsed value as canonical JSON again; null is a missing value."""
    return None if value is None else canonical_json(json.dumps(value, ensure_ascii=False))


def _described(name: str, type_: str, is_nullable: bool, is_json: bool) -> str:
    return f"{name} {type_}{'' if is_nullable else '!'}{' json' if is_json else ''}"
