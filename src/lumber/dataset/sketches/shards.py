"""Sketches a kind from its finished shards in staging. `sketch_shards` is a job for a worker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from lumber.dataset.sketches.columns import ColumnSketcher, is_sketched, merged
from lumber.dataset.sketches.document import KindSketch
from lumber.dataset.sketches.test_set import FrozenRows, TestSet
from lumber.errors import DatasetDamaged
from lumber.files.staged import open_staged
from lumber.formats import WriteOptions, get_format
from lumber.formats.reading import ReadRequest, SchemaField, Unreadable, schema_fields


@dataclass(frozen=True, slots=True)
class SketchSpec:
    """The job: shards in staging with their number of rows, their columns, and how they were written.

    `content` are the columns that say what a row tells; rows with the content of a row of `test_set` are
    counted.
    """

    shards: Sequence[tuple[Path, int]]
    schema: pa.Schema
    options: WriteOptions
    content: tuple[str, ...] = ()
    test_set: TestSet | None = None


@dataclass(frozen=True, slots=True)
class SketchedShards:
    """What the job found: the sketch, and how many rows are in the test set; None: they weren't compared."""

    sketch: KindSketch
    in_test_set: int | None = None


def sketch_shards(spec: SketchSpec) -> SketchedShards:
    """Run the job. Raises DatasetDamaged for an unreadable shard, and DatasetMissing without the test set."""
    fields = [
        field
        for field in schema_fields(spec.schema)
        if is_sketched(field.name, field.type) and not field.is_json
    ]
    sketchers = {field.name: ColumnSketcher(field.name, field.type) for field in fields}
    frozen = FrozenRows(spec.test_set, spec.content) if spec.test_set is not None else None
    needed = {*sketchers, *(spec.content if frozen is not None else ())}
    for path, _ in spec.shards if needed else ():
        for batch in _batches(spec, path, needed):
            for name, sketcher in sketchers.items():
                sketcher.add(batch.column(name))
            if frozen is not None:
                frozen.add(batch)
    columns = {name: sketcher.finish() for name, sketcher in sketchers.items()}
    rows = sum(rows for _, rows in spec.shards)
    return SketchedShards(KindSketch(rows=rows, columns=columns), None if frozen is None else frozen.matched)


def joined(parts: Sequence[SketchedShards]) -> SketchedShards:
    """Return what several jobs, at least one, found together, in the order of the rows."""
    found = parts[0]
    for part in parts[1:]:
        both = (found.in_test_set, part.in_test_set)
        matched = None if both[0] is None or both[1] is None else both[0] + both[1]
        found = SketchedShards(merged(found.sketch, part.sketch), matched)
    return found


def _batches(spec: SketchSpec, path: Path, columns: set[str]) -> Iterator[pa.RecordBatch]:
    fields: list[SchemaField] = schema_fields(spec.schema)
    request = ReadRequest(fields, columns, is_escaped=spec.options.csv_escape_formulas)
    open_reader: Any = get_format(spec.options.format).reader
    try:
        with open_staged(path) as file:
            yield from open_reader(file, spec.options.compression, request).batches()
    except Unreadable as error:
        raise DatasetDamaged(f"{path.name} {error}") from error
