"""The protocol of an output: what an export makes of a kind's records.

The shards of the kind are an output, and so is a table beside them. An `Output` is a small, frozen, picklable
declaration. It works in up to two rounds:

1. Every partition writes files for it (`open`), while it goes through its records.
2. When all partitions of the kind are done, jobs in the workers make final files of these (`jobs`). `made`
   returns what they made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.engine.staged_files import FORMULAS_ESCAPED, StagedShards
from lumber.formats import WriteOptions
from lumber.formats.periods import Period
from lumber.formats.staged_file import StagedFile
from lumber.steps.recipe import Recipe
from lumber.steps.step import Records

if TYPE_CHECKING:
    from lumber.dataset.derived import DerivedTable
    from lumber.dataset.leakage.shards import CountedKind
    from lumber.dataset.sketches.shards import SketchRule
    from lumber.engine.partition import PartitionSpec
    from lumber.engine.result import FinishedPartition
    from lumber.formats.json_shapes import JsonShape


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how a partition writes: its file names begin with `stem`, in `folder`.

    `record` is the kind with all columns of its records, `schema` the columns that are written.
    """

    folder: Path
    stem: str
    record: Kind
    schema: pa.Schema
    splits: tuple[str, ...]
    options: WriteOptions
    shard_size_bytes: int


class OutputWriter(Protocol):
    """The files of an output in one partition. `schema` is that of the files."""

    schema: pa.Schema

    def add(self, records: Records, parts: Sequence[tuple[int, pa.RecordBatch]]) -> None:
        """Write records. `parts` are the same records by split: the place of each split, and its records."""

    def finish(self) -> tuple[StagedFile, ...]:
        """Close the files and return them."""

    def abort(self) -> None:
        """Delete the files."""

    @property
    def changes(self) -> Counter[str]:
        """What was changed in values while they were written, by name of the change."""


@dataclass(frozen=True, slots=True)
class KindDone:
    """A kind whose partitions are all done, in order.

    `spec` is that of one of them, with everything fitted. `shards` are all shards of the kind so far.
    `rows_per_job`: how many rows one job should take. `json_shapes` has all values of the columns of JSON.
    """

    spec: PartitionSpec
    results: Sequence[FinishedPartition]
    shards: tuple[StagedFile, ...]
    rows_per_job: int
    json_shapes: Mapping[str, JsonShape] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """A function of a module, and the picklable argument that a worker calls it with."""

    call: Callable[[Any], Any]
    argument: Any


@dataclass(frozen=True, slots=True)
class MadeTable:
    """A table beside the kinds, its files, and what the quality report counts in it."""

    table: DerivedTable
    files: tuple[StagedFile, ...]
    counted: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CountedFiles:
    """Files of a table that one job made, and how many of its rows have which property."""

    files: tuple[StagedFile, ...]
    counts: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Made:
    """What came of the jobs of a kind's outputs.

    shards   shards of the kind that the partitions didn't write
    changes  what was changed in values, by name of the change
    tables   tables beside the kind
    counted  what the certificate of a kind with several splits is made of
    json_text  columns of JSON that are text in all shards
    replaced   shards that take the place of others, by the name of the other
    sketches   of the shards of a version of a dataset, in order: the name of each, and that of its sketch
    """

    shards: tuple[StagedFile, ...] = ()
    changes: Counter[str] = field(default_factory=Counter)
    tables: tuple[MadeTable, ...] = ()
    counted: CountedKind | None = None
    json_text: tuple[str, ...] = ()
    replaced: Mapping[str, StagedFile] = field(default_factory=dict)
    sketches: tuple[tuple[str, str], ...] = ()

    def with_(self, other: Made) -> Made:
        """Return both together."""
        return Made(
            (*self.shards, *other.shards),
            self.changes + other.changes,
            (*self.tables, *other.tables),
            other.counted or self.counted,
            self.json_text + other.json_text,
            {**self.replaced, **other.replaced},
            self.sketches + other.sketches,
        )


class Output:
    """Something that an export makes of a kind's records. Subclasses are frozen dataclasses."""

    __slots__ = ()

    # Where the ledger keeps the files that partitions write. Those in `shards` and `runs` hold every record.
    keeps: ClassVar[Literal["shards", "runs", "events"] | None] = None
    # The jobs read what first passes found for the recipe.
    reads_fit: ClassVar[bool] = False

    def open(self, place: Place) -> OutputWriter | None:
        """Begin a partition; None: nothing is written there."""
        return None

    def jobs(self, done: KindDone) -> Sequence[Job]:
        """Return what is left to do when all partitions are done."""
        return ()

    def made(self, done: KindDone, answers: Sequence[Any]) -> Made:
        """Return what came of the jobs; `answers` are what they returned, in order."""
        return Made()


@dataclass(frozen=True, slots=True)
class Shards(Output):
    """The shards of a kind, in the order of the rows. With `period` each has rows of one period only.

    With `sketches` each gets a sketch of its rows.
    """

    period: Period | None = None
    sketches: SketchRule | None = None

    keeps = "shards"

    def open(self, place: Place) -> OutputWriter:
        """Begin a partition."""
        if self.period is None:
            return _SplitShards(place, StagedShards, self.sketches)
        # It takes a library that other exports don't load.
        from lumber.engine.period_shards import PeriodShards

        return _SplitShards(place, partial(PeriodShards, self.period), self.sketches)


class _SplitShards:
    """The shards of a partition, for each split."""

    def __init__(
        self, place: Place, shards: Callable[..., StagedShards], sketches: SketchRule | None
    ) -> None:
        self.schema = place.schema
        self._splits = [
            shards(
                place.folder,
                place.stem,
                place.record,
                place.schema,
                split,
                place.options,
                place.shard_size_bytes,
                sketches,
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

    @property
    def changes(self) -> Counter[str]:
        return escaped(sum(split.escaped_cells for split in self._splits))


def escaped(cells: int) -> Counter[str]:
    """Return how many cells with a formula were escaped, as changes."""
    return Counter({FORMULAS_ESCAPED: cells} if cells else {})


def check_table(
    recipe: Recipe, table: DerivedTable, folder: Path, options: WriteOptions, files: Sequence[StagedFile]
) -> None:
    """Let the steps of a recipe check the files of a table. Raises ResidueFound."""
    for scan in recipe.file_scans():
        for file in files:
            scan.table(folder / file.name, table.name, table.written(options.format))
