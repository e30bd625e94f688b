"""Runs one partition: read, validate, transform, write. A pure function of its spec.

`run_partition` opens the database and the files itself and returns only counts and file entries; rows
never leave the process. Run again, it does the same work again under other file names.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from lumber.catalog.kind import is_json_field
from lumber.catalog.registry import get_kind
from lumber.dataset.quality import Quality
from lumber.engine.output import Output, Place, Shards
from lumber.engine.result import PartitionResult
from lumber.engine.source import Source, SourceSpec
from lumber.engine.staged_files import StagedRejects
from lumber.errors import ExportCancelled, Unbalanced
from lumber.formats import WriteOptions, get_format
from lumber.formats.json_shapes import JsonShapes
from lumber.formats.staged_file import StagedFile
from lumber.privacy.proof import PrivacyProof
from lumber.steps.recipe import PLAIN, Recipe
from lumber.steps.rows import RowSteps
from lumber.steps.step import Counts, Fit, Records
from lumber.text import counted

# Rows of a second input that are read together.
_SIDE_BATCH = 50_000
# The outputs whose files hold every record.
_WITH_RECORDS = ("shards", "runs")


@dataclass(frozen=True, slots=True)
class PartitionSpec:
    """Everything that a partition's run depends on. Small, frozen and picklable."""

    kind: str
    ordinal: int
    attempt: int
    planned_rows: int
    source: SourceSpec
    statement: str = field(repr=False)
    batch_size: int
    options: WriteOptions
    shard_size_bytes: int
    staging: Path
    now: datetime
    recipe: Recipe = PLAIN
    outputs: tuple[Output, ...] = (Shards(),)
    # Reads the second input of a step, by the step's name.
    side_statements: Mapping[str, str] = field(default_factory=dict, repr=False)
    # Of what first passes found for the recipe; None without a first pass.
    fit_digest: str | None = None
    # `planned_rows` is an estimate: the partition may read more or fewer.
    is_estimate: bool = False

    def new_stem(self) -> str:
        """Make the beginning of one run's file names, which no other run has: not even a forgotten one's."""
        return f"{self.kind}-p{self.ordinal:05d}-a{self.attempt}-{uuid.uuid4().hex[:12]}"


@dataclass(frozen=True, slots=True)
class Hooks:
    """How a run talks to whoever started it: it reports each batch's rows, and asks whether to stop."""

    on_rows: Callable[[int], None] = lambda _rows: None
    is_cancelled: Callable[[], bool] = lambda: False


def run_partition(
    spec: PartitionSpec, hooks: Hooks | None = None, source: Source | None = None
) -> PartitionResult:
    """Run one partition and return its counts and staged files.

    `source` is an open connection to use; without one the partition opens its own. Raises ExportCancelled,
    ExportError, Unbalanced or an OutputError; then no file of this run is left.
    """
    hooks = hooks or Hooks()
    with contextlib.ExitStack() as stack:
        if source is None:
            source = Source(spec.source)
            stack.callback(source.close)
        run = _PartitionRun(spec, source)
        try:
            for batch in source.batches(spec.statement, spec.batch_size):
                if hooks.is_cancelled():
                    raise ExportCancelled("The export was cancelled.")
                run.add(batch)
                hooks.on_rows(batch.num_rows)
            return run.finish()
        except BaseException:
            run.abort()
            raise


def fit_partition(spec: PartitionSpec, place: int, source: Source, hooks: Hooks | None = None) -> Fit:
    """Take the rows of a partition through the steps before one, and return what it has to find in them.

    `place` is that of the step in the recipe. Nothing is written. Raises ExportCancelled or ExportError.
    """
    hooks = hooks or Hooks()
    kind = get_kind(spec.kind)
    steps = RowSteps(kind, spec.recipe.before(place), spec.now, side_input=_side_input(spec, source))
    found = spec.recipe.fit(place, kind)
    assert found is not None
    for batch in source.batches(spec.statement, spec.batch_size):
        if hooks.is_cancelled():
            raise ExportCancelled("The export was cancelled.")
        if (rows := steps.add(batch)) is not None:
            found.add(rows)
        hooks.on_rows(batch.num_rows)
    for rows in steps.finish():
        found.add(rows)
    for step in steps.running:
        step.release()
    return found


def _side_input(spec: PartitionSpec, source: Source) -> Callable[[str], Iterator[pa.RecordBatch]]:
    """Return what reads the second input of a step, by the step's name."""
    return lambda step: source.batches(spec.side_statements[step], _SIDE_BATCH)


def _json_shapes(place: Place) -> JsonShapes:
    """Return what looks at the written columns of JSON; at none if the format holds their text."""
    format = get_format(place.options.format)
    columns = [field.name for field in place.schema if format.nests_json and is_json_field(field)]
    return JsonShapes(columns, has_types=format.has_one_shape)


class _PartitionRun:
    """The state of one running partition."""

    def __init__(self, spec: PartitionSpec, source: Source) -> None:
        kind = get_kind(spec.kind)
        self._spec = spec
        # The record with what the steps add to it.
        self._record = spec.recipe.record(kind)
        stem = spec.new_stem()
        self._splits = spec.recipe.splits
        place = Place(
            spec.staging,
            stem,
            self._record,
            spec.recipe.written(kind).schema,
            self._splits,
            spec.options,
            spec.shard_size_bytes,
        )
        # The steps start first: they may fail, and have no files to delete.
        self._rejects = StagedRejects(spec.staging / f"{stem}-rejects.jsonl")
        self._steps = RowSteps(
            kind,
            spec.recipe,
            spec.now,
            on_rejects=self._rejects.add,
            side_input=_side_input(spec, source),
        )
        opened = [(output.keeps, output.open(place)) for output in spec.outputs]
        self._writers = [(keeps, writer) for keeps, writer in opened if writer is not None]
        self._quality = Quality()
        self._json_shapes = _json_shapes(place)
        self._split_quality = [Quality() for _ in self._splits]

    def add(self, batch: pa.RecordBatch) -> None:
        """Take one batch through all steps."""
        if (records := self._steps.add(batch)) is not None:
            self._write(records)

    def _write(self, records: Records) -> None:
        """Write records, each to its split."""
        self._quality.add(records.batch, self._record)
        self._json_shapes.add(records.batch)
        parts = [(0, records.batch)]
        if (places := records.places) is not None:
            parts = [
                (place, records.batch.filter((places == place).to_arrow()))
                for place in places.unique().sort()
            ]
            for place, part in parts:
                self._split_quality[place].add(part, self._record, is_split=True)
        for _, writer in self._writers:
            writer.add(records, parts)

    def finish(self) -> PartitionResult:
        """Close the files and return the result. Raises Unbalanced when a row is unaccounted for."""
        for records in self._steps.finish():
            self._write(records)
        counts = self._steps.counts
        files: dict[str | None, tuple[StagedFile, ...]] = {}
        for keeps, writer in self._writers:
            files[keeps] = writer.finish()
            counts.changes.update(writer.changes)
        written = sum(file.rows for keeps in _WITH_RECORDS for file in files.get(keeps, ()))
        self._check_balance(counts, written)
        rejects = self._rejects.finish()
        return PartitionResult(
            kind=self._record.name,
            ordinal=self._spec.ordinal,
            read=counts.read,
            written=written,
            rejected=counts.rejected,
            shards=files.get("shards", ()),
            runs=files.get("runs", ()),
            events=next(iter(files.get("events", ())), None),
            rejects=rejects,
            rules=counts.rules,
            changes=counts.changes,
            quality=self._quality,
            deduplicated=counts.deduplicated,
            sampled_out=counts.sampled_out,
            splits={
                split: quality
                for split, quality in zip(self._splits, self._split_quality, strict=True)
                if quality.rows
            },
            privacy=self._proof(files, rejects),
            json_shapes=self._json_shapes.shapes,
            fit_digest=self._spec.fit_digest,
            unmatched=counts.unmatched,
        )

    def _proof(
        self, files: Mapping[str | None, Sequence[StagedFile]], rejects: StagedFile | None
    ) -> PrivacyProof | None:
        """Let the steps check the finished files with records. Raises ResidueFound."""
        proof = None
        for keeps, writer in self._writers:
            if keeps in _WITH_RECORDS:
                for step in self._steps.running:
                    found = step.check_files(self._spec.staging, files[keeps], rejects, writer.schema)
                    proof = found or proof
        return proof

    def abort(self) -> None:
        """Delete every file of this run."""
        for _, writer in self._writers:
            writer.abort()
        self._rejects.abort()

    def _check_balance(self, counts: Counts, written: int) -> None:
        where = f"Partition {self._spec.ordinal} of {self._record.name}"
        rows = counted(counts.read, "row")
        if counts.read != written + counts.rejected + counts.deduplicated + counts.sampled_out:
            raise Unbalanced(
                f"{where} read {rows}, but wrote {written:,}, rejected {counts.rejected:,}, took out "
                f"{counts.deduplicated:,} as duplicates and left out {counts.sampled_out:,}."
            )
        if not self._spec.is_estimate and counts.read != self._spec.planned_rows:
            raise Unbalanced(
                f"{where} read {rows}, but planned were {self._spec.planned_rows:,}: rows of the plan were "
                "changed or deleted. Start a new export."
            )
