"""The rows of a version of a dataset, for a table: all of them, or those that the version adds."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from lumber.dataset.files import DatasetFiles
from lumber.dataset.manifest import FieldEntry, Manifest
from lumber.dataset.shards import ListedShard, listed_shards, read_shard
from lumber.errors import DatasetDamaged
from lumber.files.expansion import Expansion, ReadLimits
from lumber.formats.reading import Unreadable, arrow_type

_SPLIT = "split"


def table_schema(files: DatasetFiles, manifest: Manifest, kind: str) -> pa.Schema:
    """Return the columns of a table: those of the kind, and `split`. JSON is text.

    Raises DatasetDamaged for a type that is unknown here.
    """
    fields = manifest.kinds[kind].fields
    try:
        columns = [pa.field(field.name, arrow_type(field), nullable=field.nullable) for field in fields]
    except Unreadable as error:
        raise DatasetDamaged(f"{files.name} {error}") from error
    return pa.schema([*columns, pa.field(split_column(fields), pa.string(), nullable=False)])


def split_column(fields: list[FieldEntry]) -> str:
    """Return the name of the column with the split, which no column of the kind has."""
    name = _SPLIT
    while any(field.name == name for field in fields):
        name = f"{name}_"
    return name


def version_rows(
    files: DatasetFiles, manifest: Manifest, kind: str, limits: ReadLimits, since: int | None = None
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a kind; with `since`, those in files that came with this version.

    Raises DatasetDamaged, and what reading the files raises.
    """
    schema = table_schema(files, manifest, kind)
    expansion = Expansion(limits)
    for shard in listed_shards(files, manifest, kind):
        if since is None or shard.entry.since == since:
            yield from _shard(files, manifest, shard, schema, expansion)


def _shard(
    files: DatasetFiles, manifest: Manifest, shard: ListedShard, schema: pa.Schema, expansion: Expansion
) -> Iterator[pa.RecordBatch]:
    for batch in read_shard(files, manifest, shard, expansion):
        split = pa.array([shard.name.split]).take(pa.array([0] * batch.num_rows, pa.int8()))
        columns = [
            batch.column(field.name).cast(field.type) for field in schema if field.name in batch.schema.names
        ]
        yield pa.RecordBatch.from_arrays([*columns, split], schema=schema)
