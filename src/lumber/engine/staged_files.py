"""The files that a running partition leaves in staging: shards of records, and rejects."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.files.staged import remove_staged
from lumber.formats import ShardWriter, WriteOptions, extension, open_shard
from lumber.formats.sink import HashingFile
from lumber.formats.staged_file import Key, StagedFile

if TYPE_CHECKING:
    from lumber.dataset.sketches.shards import ShardSketcher, SketchRule

# The name of what `escaped_cells` counts, among the changes of a kind.
FORMULAS_ESCAPED = "formula_cells_escaped"


class StagedShards:
    """The output files of a partition and a split: a new one begins when the open one has reached its size.

    `schema` is what is written of the kind's records, all of it or a part. With `sketches` each shard gets a
    sketch of its rows.
    """

    def __init__(
        self,
        folder: Path,
        stem: str,
        kind: Kind,
        schema: pa.Schema,
        split: str,
        options: WriteOptions,
        shard_size_bytes: int,
        sketches: SketchRule | None = None,
    ) -> None:
        self._folder = folder
        self._stem = f"{stem}-{split}"
        self._kind = kind
        self._schema = schema
        self._split = split
        self._options = options
        self._shard_size_bytes = shard_size_bytes
        self._suffix = extension(options.format, options.compression)
        self._writer: ShardWriter | None = None
        self._first: Key | None = None
        self._last: Key | None = None
        self._done: list[StagedFile] = []
        self.escaped_cells = 0
        self._sketcher = None if sketches is None else _sketcher(sketches, schema, kind)

    def add(self, records: pa.RecordBatch) -> None:
        """Write a batch that is not empty, and roll when the file is large enough."""
        if self._writer is None:
            self._writer = open_shard(self._path(), self._schema, self._options)
            self._first = _key(records, self._kind, 0)
        part = _part(records, self._schema)
        self._writer.write(part)
        if self._sketcher is not None:
            self._sketcher.add(part)
        self._last = _key(records, self._kind, records.num_rows - 1)
        if self._writer.bytes_written >= self._shard_size_bytes:
            self._close()

    def finish(self) -> tuple[StagedFile, ...]:
        """Close the open file and return all of them in order."""
        self._close()
        return tuple(self._done)

    def abort(self) -> None:
        """Delete the open file and the finished ones."""
        if self._writer is not None:
            self._writer.abort()
            self._writer = None
        for file in self._done:
            for name, _ in file.staged:
                remove_staged(self._folder / name)

    def _path(self) -> Path:
        return self._folder / f"{self._stem}-s{len(self._done):05d}{self._suffix}"

    def _close(self) -> None:
        if self._writer is None:
            return
        name = self._path().name
        written = self._writer.close()
        self.escaped_cells += self._writer.escaped_cells
        self._writer = None
        self._done.append(
            StagedFile(
                name,
                written.rows,
                written.size_bytes,
                written.sha256,
                self._first,
                self._last,
                self._split,
                written.content_sha256,
                sketch=self._sketch(name),
            )
        )

    def _sketch(self, name: str) -> tuple[str, int] | None:
        if self._sketcher is None:
            return None
        return self._sketcher.write(self._folder, name)


class StagedRejects:
    """The rejects of a partition, as JSON Lines; no file when there are none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: HashingFile | None = None
        self._lines = 0

    def add(self, rejects: pl.DataFrame) -> None:
        """Append rejects."""
        if self._file is None:
            self._file = HashingFile(self._path)
        self._file.write(rejects.write_ndjson().encode())
        self._lines += rejects.height

    def finish(self) -> StagedFile | None:
        """Close the file."""
        if self._file is None:
            return None
        self._file.close()
        return StagedFile(self._path.name, self._lines, self._file.bytes_written, self._file.sha256)

    def abort(self) -> None:
        """Delete the file."""
        if self._file is not None:
            self._file.abort()
            remove_staged(self._path)


def _sketcher(rule: SketchRule, schema: pa.Schema, kind: Kind) -> ShardSketcher:
    # It takes a library that exports without a dataset don't load.
    from lumber.dataset.sketches.shards import ShardSketcher

    return ShardSketcher(rule, schema, kind.content_columns)


def _part(records: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    if records.schema.names == schema.names:
        return records
    return pa.RecordBatch.from_arrays([records.column(name) for name in schema.names], schema=schema)


def _key(records: pa.RecordBatch, kind: Kind, row: int) -> Key:
    time = records.column(kind.time_column)[row].value
    return Key(time, records.column(kind.id_column)[row].as_py())
