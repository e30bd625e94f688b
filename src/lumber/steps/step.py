"""The protocol of a step: what it needs, adds, does to a batch of rows, counts, and fits in a first pass.

A step has two parts:

- A `Step` is a small, frozen, picklable declaration and part of a recipe: a `SplitRule`, a `SampleRule`. It
  names the columns that it needs and adds. If it must know something about all rows, it returns what a first
  pass has to find (`fit`), and then the step that knows it (`fitted`).
- A `RunningStep` is the state of a step in one partition. It takes a batch and returns a batch. It may leave
  rows out, which it counts, and hold rows back until `finish`.

Batches change their form on the way (`Form`): rows as read, rows in the kind's types, valid rows in a Polars
frame, and canonical records in an Arrow batch. Most steps work on valid rows or on records and keep the form.

A step that only leaves out records is a `Filter`: its author writes one method.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Kind

if TYPE_CHECKING:
    from lumber.formats.staged_file import StagedFile
    from lumber.privacy.proof import PrivacyProof

# The column that holds each row's place among the splits, while rows are in a frame.
PLACE = "__place"

# Returns what a reject may show of the values of a column, cut to about 256 characters. The frame holds the
# rows that the values are from.
Redact = Callable[[pl.Series, str, pl.DataFrame], pl.Series]
# Returns what a reject shows in place of the ids of rows.
Renumber = Callable[[pl.Series], pl.Series]


class Unfitted(RuntimeError):
    """A step was started before a first pass found what it needs."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The step {name!r} must be fitted before it starts.")


class Form(StrEnum):
    """The form of a batch between two steps."""

    READ = "read"  # pa.RecordBatch: rows as the driver read them
    CAST = "cast"  # CastBatch: the same rows in the kind's types, and the values that could not be cast
    ROWS = "rows"  # pl.DataFrame: valid rows in the kind's types; with the column PLACE if they are split
    RECORDS = "records"  # Records: canonical records


@dataclass(frozen=True, slots=True)
class Records:
    """Canonical records, and the place of each one's split; None: there is only one split."""

    batch: pa.RecordBatch
    places: pl.Series | None = None

    def __len__(self) -> int:
        return int(self.batch.num_rows)

    def column(self, name: str) -> pl.Series:
        """Return a column, without copying numbers."""
        return pl.Series(pl.from_arrow(self.batch.column(name)))

    def with_columns(self, columns: Sequence[pa.Array[Any]], schema: pa.Schema) -> Records:
        """Return the records with further columns at the end; `schema` is that of all columns."""
        return Records(
            pa.RecordBatch.from_arrays([*self.batch.columns, *columns], schema=schema), self.places
        )

    def filter(self, kept: pl.Series) -> Records:
        """Return the records for which `kept` is true."""
        places = None if self.places is None else self.places.filter(kept)
        return Records(self.batch.filter(kept.to_arrow()), places)


@dataclass(frozen=True, slots=True)
class AddedColumn:
    """A column that a step adds to the record of a kind."""

    field: pa.Field[Any]
    description: str
    is_label: bool = False  # what a model is to learn


@dataclass(slots=True)
class Counts:
    """What the steps of a partition count: read = written + rejected + deduplicated + sampled_out.

    `rules` counts rejected rows by "column.rule". `changes` counts what a step changed, by any name.
    `unmatched` counts rows whose message matches no template; None: no step looks for templates.
    """

    read: int = 0
    rejected: int = 0
    deduplicated: int = 0
    sampled_out: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    unmatched: int | None = None


@dataclass(frozen=True, slots=True)
class StepContext:
    """What a running step may use.

    kind        the kind of the source rows
    record      its canonical record, with the columns that this step and those before it add
    splits      the names of the splits that the rows are in when they leave this step
    now         the moment that the export was made
    counts      where the steps count
    on_rejects  takes rejects, in the columns of `REJECT_SCHEMA`
    side_input  reads the second input of the step with this name: see `Step.side_input`
    redact      what rejects may show, as decided by the steps after this one; None: anything
    renumber    what rejects show in place of ids, as decided by the steps after this one; None: the ids
    """

    kind: Kind
    record: Kind
    splits: tuple[str, ...]
    now: datetime
    counts: Counts
    on_rejects: Callable[[pl.DataFrame], None]
    side_input: Callable[[str], Iterable[pa.RecordBatch]]
    redact: Redact | None = None
    renumber: Renumber | None = None


class Fit(Protocol):
    """What a first pass finds for a step. It is empty when it is made, and picklable at any time."""

    def add(self, rows: Any, /) -> None:
        """Look at a batch, in the form that the step takes and after all steps before it."""

    def merge(self, other: Any, /) -> None:
        """Add what was found in another partition."""


@dataclass(frozen=True, slots=True)
class SideInput:
    """The anomalies about the rows of a partition, read on the same connection as the rows.

    `window_us`: also those about a device, so many microseconds before and after; None: only about a row.
    """

    window_us: tuple[int, int] | None


class FileScan(Protocol):
    """Looks into the files that later jobs make of records. Raises when a file must not be published."""

    def shard(self, path: Path, kind: Kind, schema: pa.Schema) -> None:
        """Look into a shard of a kind's records."""

    def table(self, path: Path, name: str, schema: pa.Schema) -> None:
        """Look into a file of another table."""


class Step:
    """What is done with the rows of a kind. Subclasses are frozen dataclasses."""

    __slots__ = ()

    name: ClassVar[str]
    takes: ClassVar[Form] = Form.RECORDS
    gives: ClassVar[Form] = Form.RECORDS
    # What a first pass finds is of all kinds together, and every kind gets it.
    shares_fit: ClassVar[bool] = False

    def needed(self, kind: Kind) -> tuple[str, ...]:
        """Return the source columns that the step needs beyond the time and the id."""
        return ()

    def applies_to(self, kind: Kind) -> bool:
        """Say whether the step makes sense for a kind: whether it has the needed columns."""
        return set(self.needed(kind)) <= {column.name for column in kind.columns}

    def added(self, kind: Kind) -> tuple[AddedColumn, ...]:
        """Return the columns that the step adds to the record, in their order.

        A step on valid rows adds columns of these names to the frame, one on records adds them to the batch.
        """
        return ()

    @property
    def splits(self) -> tuple[str, ...] | None:
        """The splits that the step divides rows into, in order; None: it doesn't split."""
        return None

    @property
    def whole_us(self) -> int | None:
        """The length in microseconds of the steps since 1970 UTC whose rows must be in one partition."""
        return None

    def side_input(self, kind: Kind) -> SideInput | None:
        """Return the second input that the step reads; None: only the rows."""
        return None

    def fit(self, record: Kind) -> Fit | None:
        """Return, empty, what a first pass has to find before the step can run; None: nothing is missing."""
        return None

    def fitted(self, found: Any) -> Step:
        """Return the step with what a first pass found; `found` is what `fit` returned, filled.

        Raises TypeError if the step fits nothing.
        """
        raise TypeError(f"The step {self.name!r} fits nothing.")

    def file_scan(self) -> FileScan | None:
        """Return what looks into the files that later jobs make of the records; None: nothing does."""
        return None

    def start(self, context: StepContext) -> RunningStep[Any, Any]:
        """Begin a partition. Raises Unfitted if the step still has something to fit."""
        raise Unfitted(self.name)


Taken = TypeVar("Taken")
Given = TypeVar("Given")


class RunningStep(ABC, Generic[Taken, Given]):
    """A step in one partition. It gets every batch in order; none of them is empty."""

    # What a reject may show of a value, if this step restricts it.
    redact: Redact | None = None
    # What a reject shows in place of the ids of rows, if this step changes them.
    renumber: Renumber | None = None

    @abstractmethod
    def add(self, rows: Taken) -> Given:
        """Take the next batch and return what can leave: rows of it and rows held back; it may be empty."""

    def finish(self) -> Given | None:
        """Return the rows still held back when all batches were added; None: there are none."""
        return None

    def release(self) -> None:
        """Say that no more batches come and that no files were written: a first pass has ended."""

    def check_files(
        self, folder: Path, files: Sequence[StagedFile], rejects: StagedFile | None, schema: pa.Schema
    ) -> PrivacyProof | None:
        """Check the finished files of the partition, which are in `folder`, and return the proof, if any.

        `schema` is that of the files with records. Raises an error when they must not be published.
        """
        return None


class Filter(RunningStep[Records, Records]):
    """A running step that only leaves out records. Its author writes `kept`; the counts come free."""

    def __init__(self, context: StepContext) -> None:
        self.context = context

    @abstractmethod
    def kept(self, records: Records) -> pl.Series:
        """Say for each record whether it stays: Boolean, without nulls."""

    def add(self, records: Records) -> Records:
        """Return the records that stay, and count the others as `sampled_out`."""
        kept = self.kept(records)
        self.context.counts.sampled_out += len(kept) - int(kept.sum())
        return records.filter(kept)
