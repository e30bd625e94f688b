"""Sketches shards, one by one: while they are written, or from finished ones. Parts of a kind are merged.

A sketch lies in staging as a file beside its shard, until all of a kind go into one file of the version.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import ValidationError

from lumber.dataset.sketches.columns import ColumnSketcher, is_sketched, merged
from lumber.dataset.sketches.document import KindSketch
from lumber.dataset.sketches.test_set import FrozenRows, TestSet
from lumber.errors import DatasetDamaged, DatasetMissing
from lumber.files.staged import open_staged, remove_staged
from lumber.formats import WriteOptions, get_format
from lumber.formats.reading import ReadRequest, SchemaField, Unreadable, schema_fields
from lumber.formats.sink import HashingFile
from lumber.formats.staged_file import StagedFile


@dataclass(frozen=True, slots=True)
class SketchRule:
    """How shards are sketched. Rows with the content of a row of the frozen `test_set` are counted.

    `sha256` is that of the test set's file.
    """

    test_set: TestSet | None = None
    sha256: str | None = None

    def of(self, content: Iterable[str], schema: pa.Schema) -> SketchRule:
        """Return the rule for a kind with these columns of content; without them nothing is compared."""
        names = tuple(content)
        return self if names and set(names) <= set(schema.names) else SketchRule()


@dataclass(frozen=True, slots=True)
class SketchedShards:
    """What shards have: their sketch, and how many rows are in the test set; None: they weren't compared.

    `test_set` is the sha256 of the file of hashes that they were compared with.
    """

    sketch: KindSketch
    in_test_set: int | None = None
    test_set: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        compared = (
            {} if self.test_set is None else {"test_set": self.test_set, "in_test_set": self.in_test_set}
        )
        return {**self.sketch.model_dump(mode="json"), **compared}

    @classmethod
    def parse(cls, value: Mapping[str, Any]) -> SketchedShards:
        """Read what `as_json` returned. Raises ValueError."""
        sketch = KindSketch(rows=value["rows"], columns=value["columns"])
        return cls(sketch, value.get("in_test_set"), value.get("test_set"))


class ShardSketcher:
    """Sketches the rows of shards, one after the other: `add` batches, then `finish` for each shard."""

    def __init__(self, rule: SketchRule, schema: pa.Schema, content: Iterable[str]) -> None:
        """Read the test set, if there is one. Raises DatasetMissing."""
        fields = [each for each in schema_fields(schema) if not each.is_json]
        self._types = {each.name: each.type for each in fields if is_sketched(each.name, each.type)}
        rule = rule.of(content, schema)
        self._frozen = None if rule.test_set is None else FrozenRows(rule.test_set, tuple(content))
        if self._frozen is not None and self._frozen.sha256 != rule.sha256:
            assert rule.test_set is not None
            raise DatasetMissing(
                f"The test set {rule.test_set.name} isn't the one that the export began with. Run it again, "
                "with the same file on all machines."
            )
        self._rule = rule
        self._begin()

    @property
    def columns(self) -> set[str]:
        """The columns that it looks at."""
        return {*self._types, *(() if self._frozen is None else self._frozen.content)}

    def _begin(self) -> None:
        self._sketchers = {name: ColumnSketcher(name, type_) for name, type_ in self._types.items()}
        self._rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        self._rows += batch.num_rows
        for name, sketcher in self._sketchers.items():
            sketcher.add(batch.column(name))
        if self._frozen is not None:
            self._frozen.add(batch)

    def finish(self) -> SketchedShards:
        """Return what the rows since the last shard have."""
        columns = {name: sketcher.finish() for name, sketcher in self._sketchers.items()}
        sketch = KindSketch(rows=self._rows, columns=columns)
        self._begin()
        if self._frozen is None:
            return SketchedShards(sketch)
        return SketchedShards(sketch, self._frozen.take(), self._frozen.sha256)

    def write(self, staging: Path, shard: str) -> tuple[str, int]:
        """Write the sketch of the rows since the last shard beside it; return its name and bytes."""
        name = sketch_name(shard, self._rule)
        file = HashingFile(staging / name)
        file.write(json.dumps(self.finish().as_json(), ensure_ascii=False).encode())
        file.close()
        return name, file.bytes_written


@dataclass(frozen=True, slots=True)
class SketchSpec:
    """A job: a finished shard in staging, its columns, those of its content, and how it was written."""

    staging: Path
    shard: StagedFile
    schema: pa.Schema
    options: WriteOptions
    content: tuple[str, ...]
    rule: SketchRule

    @property
    def name(self) -> str:
        """The name of the sketch."""
        return sketch_name(self.shard.name, self.rule.of(self.content, self.schema))


def sketch_shard(spec: SketchSpec) -> str:
    """Run the job: write the sketch beside the shard, and return its name.

    Raises DatasetDamaged if the shard can't be read, and DatasetMissing without the test set.
    """
    sketcher = ShardSketcher(spec.rule, spec.schema, spec.content)
    for batch in _batches(spec, sketcher.columns):
        sketcher.add(batch)
    remove_staged(spec.staging / spec.name)
    return sketcher.write(spec.staging, spec.shard.name)[0]


def sketch_name(shard: str, rule: SketchRule) -> str:
    """Return the name of the sketch of a shard in staging, of a rule for its kind."""
    compared = "" if rule.sha256 is None else f".{rule.sha256[:16]}"
    return f"{shard}{compared}.sketch.json"


def read_sketch(path: Path) -> SketchedShards:
    """Read the sketch of a shard in staging. Raises DatasetDamaged."""
    try:
        with open_staged(path) as file:
            return SketchedShards.parse(json.loads(file.read()))
    except (ValueError, KeyError, ValidationError) as error:
        raise DatasetDamaged(f"{path.name} can't be read ({error}). Run the export again.") from error


def joined(parts: Iterable[SketchedShards]) -> SketchedShards | None:
    """Return what several shards have together, in the order of the rows; None without shards."""
    found = None
    for part in parts:
        if found is None:
            found = part
            continue
        both = (found.in_test_set, part.in_test_set)
        matched = None if both[0] is None or both[1] is None else both[0] + both[1]
        found = SketchedShards(merged(found.sketch, part.sketch), matched, part.test_set)
    return found


def packed(shards: Iterable[tuple[str, SketchedShards]]) -> bytes:
    """Return the file with the sketches of shards, a line each. The sha256 of their file names them."""
    lines = (
        json.dumps({"shard": sha256, **sketched.as_json()}, ensure_ascii=False) for sha256, sketched in shards
    )
    return gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0)


def unpacked(content: bytes) -> dict[str, SketchedShards]:
    """Read what `packed` returned. Raises DatasetDamaged."""
    found = {}
    try:
        for line in gzip.decompress(content).decode().splitlines():
            value = json.loads(line)
            found[value["shard"]] = SketchedShards.parse(value)
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise DatasetDamaged(f"The sketches of shards can't be read: {error}.") from error
    return found


def _batches(spec: SketchSpec, columns: set[str]) -> Iterator[pa.RecordBatch]:
    fields: list[SchemaField] = schema_fields(spec.schema)
    request = ReadRequest(fields, columns, is_escaped=spec.options.csv_escape_formulas)
    open_reader: Any = get_format(spec.options.format).reader
    try:
        with open_staged(spec.staging / spec.shard.name) as file:
            yield from open_reader(file, spec.options.compression, request).batches()
    except Unreadable as error:
        raise DatasetDamaged(f"{spec.shard.name} {error}") from error
