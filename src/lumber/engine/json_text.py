"""Writes shards again with JSON as text, if readers couldn't open columns of JSON as values.

Whether they can is known when all partitions are done. Most exports never need this.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from lumber.catalog.kind import Kind, with_json_text
from lumber.catalog.registry import get_kind
from lumber.engine.output import Job, KindDone, Made, Output
from lumber.errors import DatasetDamaged
from lumber.files.staged import open_staged, remove_staged
from lumber.formats import WriteOptions, extension, get_format, open_shard
from lumber.formats.reading import JsonText, ReadRequest, Unreadable, schema_fields
from lumber.formats.staged_file import StagedFile
from lumber.steps.recipe import Recipe


@dataclass(frozen=True, slots=True)
class JsonTextShards(Output):
    """The shards of a kind, with JSON as text in the columns that readers couldn't open as values."""

    def jobs(self, done: KindDone) -> Sequence[Job]:
        """Return a job for each shard; none if all columns can stay values."""
        columns, spec = _text_columns(done), done.spec
        if not columns:
            return ()
        return [
            Job(write_as_text, TextSpec(spec.kind, shard, columns, spec.recipe, spec.options, spec.staging))
            for shard in done.shards
        ]

    def made(self, done: KindDone, answers: Sequence[StagedFile]) -> Made:
        """Return the new shards."""
        names = [shard.name for shard in done.shards]
        replaced = dict(zip(names, answers, strict=True)) if answers else {}
        return Made(json_text=_text_columns(done) if answers else (), replaced=replaced)


def _text_columns(done: KindDone) -> tuple[str, ...]:
    format = get_format(done.spec.options.format)
    return tuple(name for name, shape in done.json_shapes.items() if format.needs_json_text(shape))


@dataclass(frozen=True, slots=True)
class TextSpec:
    """One job: a shard in staging, and its columns that become text. Picklable."""

    kind: str
    shard: StagedFile
    columns: tuple[str, ...]
    recipe: Recipe
    options: WriteOptions
    staging: Path


def write_as_text(spec: TextSpec) -> StagedFile:
    """Run one job. Raises an OutputError, ResidueFound or DatasetDamaged; then no file of it is left."""
    kind = spec.recipe.written(get_kind(spec.kind))
    schema = with_json_text(kind.schema, spec.columns)
    name = f"{spec.kind}-t{uuid.uuid4().hex[:12]}{extension(spec.options.format, spec.options.compression)}"
    writer = open_shard(spec.staging / name, schema, spec.options)
    try:
        for batch in _batches(spec, kind.schema):
            writer.write(batch.cast(schema))
        written = writer.close()
        _scan(spec, name, spec.recipe.record(get_kind(spec.kind)), schema)
    except BaseException:
        writer.abort()
        remove_staged(spec.staging / name)
        raise
    return replace(
        spec.shard,
        name=name,
        size_bytes=written.size_bytes,
        sha256=written.sha256,
        content_sha256=written.content_sha256,
    )


def _batches(spec: TextSpec, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    request = ReadRequest(schema_fields(schema), json=JsonText.CANONICAL)
    open_reader = get_format(spec.options.format).reader
    try:
        with open_staged(spec.staging / spec.shard.name) as file:
            yield from open_reader(file, spec.options.compression, request).batches()
    except Unreadable as error:
        raise DatasetDamaged(f"{spec.shard.name} {error}") from error


def _scan(spec: TextSpec, name: str, kind: Kind, schema: pa.Schema) -> None:
    for scan in spec.recipe.file_scans():
        scan.shard(spec.staging / name, kind, schema)
