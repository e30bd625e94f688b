"""Shuffles the rows of an export, however many: sorted by a number that looks random, made of each row's id.

Partitions write runs: files of batches, each sorted by that number. Then jobs, each for a range of numbers,
cut their range out of every run and write the final shards. The order depends only on ids and seed.
"""

from __future__ import annotations

import contextlib
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.catalog.registry import get_kind
from lumber.engine.output import Job, KindDone, Made, Output, OutputWriter, Place, escaped
from lumber.engine.staged_files import StagedShards
from lumber.errors import Unbalanced
from lumber.files.staged import open_staged, remove_staged
from lumber.formats import Compression, WriteOptions
from lumber.formats.arrow import ArrowShard
from lumber.formats.sink import HashingFile
from lumber.formats.staged_file import StagedFile
from lumber.steps.order import ShuffleRule
from lumber.steps.recipe import Recipe
from lumber.steps.step import Records
from lumber.text import counted

if TYPE_CHECKING:
    from lumber.dataset.sketches.shards import SketchRule

NUMBER = "__number"
_RANGE = 2**64
# Rows that a job sorts at a time.
_SORTED_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class ShuffledShards(Output):
    """The shards of a kind, in a shuffled order. With `sketches` each gets a sketch of its rows."""

    rule: ShuffleRule
    sketches: SketchRule | None = None

    keeps = "runs"

    def open(self, place: Place) -> OutputWriter:
        """Begin a partition."""
        return _SplitRuns(place, self.rule)

    def jobs(self, done: KindDone) -> Sequence[Job]:
        """Return the jobs that write the shards, in the order of the shards."""
        spec = done.spec
        ranges = shuffle_specs(
            spec.kind,
            _runs(done),
            spec.recipe,
            spec.options,
            spec.shard_size_bytes,
            spec.staging,
            done.rows_per_job,
            self.sketches,
        )
        return [Job(shuffle_range, one) for one in ranges]

    def made(self, done: KindDone, answers: Sequence[ShuffledRange]) -> Made:
        """Return the shards. Raises Unbalanced when they have other rows than the partitions."""
        shards = tuple(shard for answer in answers for shard in answer.shards)
        check_shuffled(done.spec.kind, shards, sum(run.rows for run in _runs(done)))
        return Made(shards, escaped(sum(answer.escaped_cells for answer in answers)))


def _runs(done: KindDone) -> list[StagedFile]:
    return [run for result in done.results for run in result.runs]


class _SplitRuns:
    """The runs of a partition, for each split."""

    def __init__(self, place: Place, rule: ShuffleRule) -> None:
        self.schema = run_schema(place.record, place.schema)
        # None yet: cells are escaped where the shards are written.
        self.changes: Counter[str] = Counter()
        self._splits = [
            StagedRuns(
                place.folder / f"{place.stem}-{split}-run.arrow", place.record, place.schema, split, rule
            )
            for split in place.splits
        ]

    def add(self, records: Records, parts: Sequence[tuple[int, pa.RecordBatch]]) -> None:
        for place, part in parts:
            self._splits[place].add(part)

    def finish(self) -> tuple[StagedFile, ...]:
        return tuple(file for split in self._splits for file in split.finish())

    def abort(self) -> None:
        for split in self._splits:
            split.abort()


class _RunFile(ArrowShard):
    """An Arrow file whose batches are sorted by number, each in itself."""

    def _write_group(self, group: pa.RecordBatch) -> None:
        super()._write_group(_sorted(group))


class StagedRuns:
    """The runs of a partition and a split; no file when there are no rows."""

    def __init__(self, path: Path, kind: Kind, schema: pa.Schema, split: str, rule: ShuffleRule) -> None:
        self._path = path
        self._kind = kind
        self._split = split
        self._rule = rule
        self._schema = run_schema(kind, schema)
        self._file: _RunFile | None = None

    def add(self, records: pa.RecordBatch) -> None:
        """Take in a batch."""
        if self._file is None:
            self._file = _RunFile(HashingFile(self._path), self._schema, Compression.NONE)
        columns = [records.column(name) for name in self._schema.names[:-1]]
        numbers = self._rule.numbers(records, self._kind)
        self._file.write(pa.RecordBatch.from_arrays([*columns, numbers], schema=self._schema))

    def finish(self) -> tuple[StagedFile, ...]:
        """Close the file and return it."""
        if self._file is None:
            return ()
        written = self._file.close()
        return (
            StagedFile(self._path.name, written.rows, written.size_bytes, written.sha256, split=self._split),
        )

    def abort(self) -> None:
        """Delete the file."""
        if self._file is not None:
            self._file.abort()
            remove_staged(self._path)


def run_schema(kind: Kind, written: pa.Schema) -> pa.Schema:
    """Return the columns of a run: those that are written, the key, and last the number."""
    keys = [name for name in (kind.time_column, kind.id_column) if name not in written.names]
    return pa.schema(
        [
            *written,
            *(kind.schema.field(name) for name in keys),
            pa.field(NUMBER, pa.uint64(), nullable=False),
        ]
    )


@dataclass(frozen=True, slots=True)
class ShuffleSpec:
    """One job: the rows of a split whose numbers are in a range. Picklable.

    `place` of `places` equal ranges; `rows` of the whole split are in `runs`, names of files in staging.
    """

    kind: str
    split: str
    recipe: Recipe
    options: WriteOptions
    shard_size_bytes: int
    staging: Path
    runs: tuple[str, ...]
    rows: int
    place: int
    places: int
    sketches: SketchRule | None = None


def shuffle_specs(
    kind: str,
    runs: Sequence[StagedFile],
    recipe: Recipe,
    options: WriteOptions,
    shard_size_bytes: int,
    staging: Path,
    rows_per_job: int,
    sketches: SketchRule | None = None,
) -> list[ShuffleSpec]:
    """Return the jobs of a kind, in the order of their shards."""
    specs = []
    for split in recipe.splits:
        mine = [run for run in runs if run.split == split]
        rows = sum(run.rows for run in mine)
        places = max(1, round(rows / rows_per_job)) if rows else 0
        names = tuple(run.name for run in mine)
        specs += [
            ShuffleSpec(
                kind, split, recipe, options, shard_size_bytes, staging, names, rows, place, places, sketches
            )
            for place in range(places)
        ]
    return specs


@dataclass(frozen=True, slots=True)
class ShuffledRange:
    """What a job made: its shards, and how many cells of theirs had a formula that was escaped."""

    shards: tuple[StagedFile, ...]
    escaped_cells: int


def shuffle_range(spec: ShuffleSpec) -> ShuffledRange:
    """Run one job. Raises an OutputError or ResidueFound; then no file of it is left."""
    kind = spec.recipe.record(get_kind(spec.kind))
    schema = spec.recipe.written(get_kind(spec.kind)).schema
    stem = f"{spec.kind}-o{spec.place:05d}-{uuid.uuid4().hex[:12]}"
    shards = StagedShards(
        spec.staging, stem, kind, schema, spec.split, spec.options, spec.shard_size_bytes, spec.sketches
    )
    try:
        for batch in _sorted_batches(spec):
            shards.add(batch)
        made = shards.finish()
        _scan(spec, made, kind, schema)
        return ShuffledRange(made, shards.escaped_cells)
    except BaseException:
        shards.abort()
        raise


def _scan(spec: ShuffleSpec, shards: Sequence[StagedFile], kind: Kind, schema: pa.Schema) -> None:
    for scan in spec.recipe.file_scans():
        for shard in shards:
            scan.shard(spec.staging / shard.name, kind, schema)


def _sorted_batches(spec: ShuffleSpec) -> Iterator[pa.RecordBatch]:
    steps = max(1, round(spec.rows / spec.places / _SORTED_ROWS))
    parts = spec.places * steps
    for part in range(spec.place * steps, (spec.place + 1) * steps):
        batch = _sorted_part(spec, _RANGE * part // parts, _RANGE * (part + 1) // parts)
        if batch is not None:
            yield batch


def _sorted_part(spec: ShuffleSpec, lower: int, upper: int) -> pa.RecordBatch | None:
    """Return the rows of all runs with lower <= number < upper, in order; None: there are none."""
    with contextlib.ExitStack() as stack:
        found = []
        # Mapped for this part only, so that no more of the runs is in memory than it touches.
        for name in spec.runs:
            file = stack.enter_context(open_staged(spec.staging / name))
            reader = pa.ipc.open_file(stack.enter_context(pa.memory_map(f"/dev/fd/{file.fileno()}")))
            batches = map(reader.get_batch, range(reader.num_record_batches))
            found += [piece for batch in batches if (piece := _between(batch, lower, upper)).num_rows]
        if not found:
            return None
        joined: pa.RecordBatch = pa.concat_batches(found)  # type: ignore[attr-defined]  # stubs lag
        return _sorted(joined)


def _sorted(batch: pa.RecordBatch) -> pa.RecordBatch:
    return batch.take(pl.Series(np.argsort(_numbers(batch))).to_arrow())


def _numbers(batch: pa.RecordBatch) -> npt.NDArray[np.uint64]:
    return pl.Series(pl.from_arrow(batch.column(NUMBER))).to_numpy()


def _between(batch: pa.RecordBatch, lower: int, upper: int) -> pa.RecordBatch:
    """Return the rows of a sorted batch with lower <= number < upper, without copying."""
    numbers = _numbers(batch)
    start = np.searchsorted(numbers, np.uint64(lower)) if lower else 0
    end = np.searchsorted(numbers, np.uint64(upper)) if upper < _RANGE else len(numbers)
    return batch.slice(int(start), int(end - start))


def check_shuffled(kind: str, shards: Sequence[StagedFile], rows: int) -> None:
    """Raise Unbalanced when the shuffled shards have other rows than the partitions."""
    found = sum(shard.rows for shard in shards)
    if found != rows:
        raise Unbalanced(f"{kind}: {counted(rows, 'row')} to be shuffled, the shards hold {found:,}.")
