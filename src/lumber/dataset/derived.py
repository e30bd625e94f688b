"""Tables derived from the rows of an export: log templates and sequences."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import TIMESTAMP, json_field, optional, required
from lumber.formats import ShardWriter, WriteOptions, extension, get_format, open_shard
from lumber.formats.staged_file import StagedFile
from lumber.steps.lists import json_lists
from lumber.steps.split import SPLITS
from lumber.steps.templates import table as template_table


@dataclass(frozen=True, slots=True)
class DerivedTable:
    """A derived table: its name, which is also the name of its folder, and its columns."""

    name: str
    description: str
    schema: pa.Schema
    descriptions: Mapping[str, str]

    def written(self, format: str) -> pa.Schema:
        """Return the schema as a format holds it: lists are JSON in a format that has none."""
        if get_format(format).has_lists:
            return self.with_lists
        return pa.schema(
            [json_field(field.name) if pa.types.is_list(field.type) else field for field in self.schema]
        )

    @property
    def with_lists(self) -> pa.Schema:
        """The schema with the items of lists named as Parquet names them."""
        return pa.schema(
            [
                field.with_type(pa.list_(pa.field("element", field.type.value_type)))
                if pa.types.is_list(field.type)
                else field
                for field in self.schema
            ]
        )

    def shards_by_split(self, shards: Sequence[StagedFile]) -> dict[str, list[StagedFile]]:
        """Return the shards of each split that has any, in the order of the splits."""
        found = {split: [shard for shard in shards if shard.split == split] for split in SPLITS}
        return {split: mine for split, mine in found.items() if mine}


_SEQUENCE_SCHEMA = pa.schema(
    [
        required("sequence_id", pa.string()),
        required("split", pa.string()),
        optional("device_id", pa.string()),
        required("start", TIMESTAMP),
        required("end", TIMESTAMP),
        required("first_id", pa.int64()),
        required("last_id", pa.int64()),
        required("template_ids", pa.list_(pa.string())),
        required("deltas_ms", pa.list_(pa.int64())),
        optional("label", pa.int8()),
        optional("labels", pa.list_(pa.int8())),
    ]
)
_SEQUENCE_DESCRIPTIONS = {
    "sequence_id": "s_ and 16 hexadecimal digits: a hash of the split, the device and where it begins.",
    "split": "The split of all its events.",
    "device_id": "The device of all its events; null for events without one.",
    "start": "Time of the first event, UTC.",
    "end": "Time of the last event, UTC.",
    "first_id": "Id of the first event.",
    "last_id": "Id of the last event.",
    "template_ids": "The templates of the events in order.",
    "deltas_ms": "Whole milliseconds from the event before to each event; 0 for the first.",
    "label": "1 when an event is labelled 1; 0 when all are labelled 0; else null.",
    "labels": "The labels of the events in order.",
}

TEMPLATES = DerivedTable(
    "templates",
    "The templates of the log messages, mined from train alone.",
    template_table.TEMPLATE_SCHEMA,
    template_table.DESCRIPTIONS,
)
SEQUENCES = DerivedTable(
    "sequences",
    "Windows over the templates of each device, which never reach over the border of a split.",
    _SEQUENCE_SCHEMA,
    _SEQUENCE_DESCRIPTIONS,
)
DERIVED = {table.name: table for table in (TEMPLATES, SEQUENCES)}


class DerivedShards:
    """Writes the files of a derived table."""

    def __init__(
        self,
        table: DerivedTable,
        split: str,
        folder: Path,
        options: WriteOptions,
        shard_size_bytes: int,
    ) -> None:
        self._folder = folder
        self._stem = f"{table.name}-{uuid.uuid4().hex[:12]}-{split}"
        self._split = split
        self._schema = table.written(options.format)
        metadata = None if options.metadata is None else {**options.metadata, "kind": table.name}
        self._options = replace(options, metadata=metadata)
        self._shard_size_bytes = shard_size_bytes
        self._writer: ShardWriter | None = None
        self._name = ""
        self._done: list[StagedFile] = []
        self._null_columns: set[str] = set()

    def add(self, frame: pl.DataFrame) -> None:
        """Write rows with the columns of the schema."""
        if frame.is_empty():
            return
        if self._writer is None:
            suffix = extension(self._options.format, self._options.compression)
            self._name = f"{self._stem}-s{len(self._done):05d}{suffix}"
            self._writer = open_shard(self._folder / self._name, self._schema, self._options)
        self._null_columns |= {name for name in self._schema.names if frame[name].null_count()}
        for batch in _as_written(frame, self._schema).to_batches():
            self._writer.write(batch)
        if self._writer.bytes_written >= self._shard_size_bytes:
            self._close()

    def finish(self) -> Sequence[StagedFile]:
        """Close the open file and return all of them in order."""
        self._close()
        return self._done

    def abort(self) -> None:
        """Delete the open file and the finished ones."""
        if self._writer is not None:
            self._writer.abort()
        for file in self._done:
            (self._folder / file.name).unlink(missing_ok=True)

    def _close(self) -> None:
        if self._writer is None:
            return
        written = self._writer.close()
        self._writer = None
        self._done.append(
            StagedFile(
                self._name,
                written.rows,
                written.size_bytes,
                written.sha256,
                split=self._split,
                content_sha256=written.content_sha256,
                null_columns=tuple(sorted(self._null_columns)),
            )
        )
        self._null_columns = set()


def schema_with_lists(name: str, written: pa.Schema) -> pa.Schema:
    """Return the schema of a table as columnar formats store it, given the schema of any format."""
    lists = {
        field.name: field
        for field in (DERIVED[name].with_lists if name in DERIVED else ())
        if pa.types.is_list(field.type)
    }
    return pa.schema([lists.get(field.name, field) for field in written])


def with_lists(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return a batch in this schema: lists that a text format stores as JSON become lists again."""
    frame = pl.from_arrow(batch)
    assert isinstance(frame, pl.DataFrame)
    empty = pl.from_arrow(pa.Table.from_batches([], schema))
    assert isinstance(empty, pl.DataFrame)
    arrays = [
        frame[field.name]
        .str.json_decode(empty.schema[field.name])
        .to_arrow(compat_level=pl.CompatLevel.oldest())
        .cast(field.type)
        if pa.types.is_list(field.type) and pa.types.is_string(batch.schema.field(field.name).type)
        else batch.column(field.name)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _as_written(frame: pl.DataFrame, schema: pa.Schema) -> pa.Table:
    lists = [
        field.name
        for field in schema
        if pa.types.is_string(field.type) and isinstance(frame.schema[field.name], pl.List)
    ]
    texts = frame.with_columns(json_lists(name) for name in lists)
    table = texts.select(schema.names).to_arrow(compat_level=pl.CompatLevel.oldest())
    return table.cast(schema)
