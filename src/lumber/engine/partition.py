"""Runs one partition: read, validate, transform, write. A pure function of its spec.

`run_partition` opens the database and the files itself and returns only counts and file entries; rows
never leave the process. Run again, it does the same work again under other file names.
"""

from __future__ import annotations

import contextlib
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from lumber.catalog.kind import Kind, Level
from lumber.catalog.registry import get_kind
from lumber.dataset.quality import Quality
from lumber.engine.source import Source, SourceSpec
from lumber.engine.staged_files import FORMULAS_ESCAPED, StagedRejects, StagedShards
from lumber.errors import ExportCancelled, Unbalanced
from lumber.formats import WriteOptions
from lumber.formats.staged_file import StagedFile
from lumber.privacy.proof import PrivacyProof
from lumber.steps.labels import Labeler, read_anomalies
from lumber.steps.recipe import PLAIN, Recipe
from lumber.steps.rows import Records, RowSteps
from lumber.text import counted

# Anomalies that are read together; all that label a partition are in memory at once.
_ANOMALIES = 50_000

if TYPE_CHECKING:
    from lumber.engine.sequences.events import StagedEvents
    from lumber.engine.shuffle import StagedRuns


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
    level: Level
    options: WriteOptions
    shard_size_bytes: int
    staging: Path
    now: datetime
    recipe: Recipe = PLAIN
    # Reads the anomalies that label the rows, where the recipe has labels.
    labels_statement: str | None = field(default=None, repr=False)

    def new_stem(self) -> str:
        """Make the beginning of one run's file names, which no other run has: not even a forgotten one's."""
        return f"{self.kind}-p{self.ordinal:05d}-a{self.attempt}-{uuid.uuid4().hex[:12]}"


@dataclass(frozen=True, slots=True)
class PartitionResult:
    """What a partition did: the balance, the files and the counts for the quality report."""

    kind: str
    ordinal: int
    read: int
    written: int
    rejected: int
    shards: tuple[StagedFile, ...]
    rejects: StagedFile | None
    rules: Counter[str]
    changes: Counter[str]
    quality: Quality
    deduplicated: int = 0
    sampled_out: int = 0
    # What a later step of the export makes shards of: sorted runs, and events.
    runs: tuple[StagedFile, ...] = ()
    events: StagedFile | None = None
    # Per split, where there is more than one.
    splits: dict[str, Quality] = field(default_factory=dict)
    privacy: PrivacyProof | None = None

    @property
    def staged(self) -> tuple[StagedFile, ...]:
        """Every file of it in staging."""
        others = (self.rejects, self.events)
        return (*self.shards, *self.runs, *(file for file in others if file is not None))


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
        run = _PartitionRun(spec, get_kind(spec.kind), open_labeler(spec, source))
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


def open_labeler(spec: PartitionSpec, source: Source) -> Labeler | None:
    """Read the anomalies that label a partition's rows; None where it has no labels. Raises ExportError."""
    if spec.recipe.labels is None or spec.labels_statement is None:
        return None
    return Labeler(spec.recipe.labels, read_anomalies(source.batches(spec.labels_statement, _ANOMALIES)))


class _PartitionRun:
    """The state of one running partition."""

    def __init__(self, spec: PartitionSpec, kind: Kind, labeler: Labeler | None) -> None:
        self._spec = spec
        # The record with what the steps add to it.
        self._kind = spec.recipe.complete(kind)
        stem = spec.new_stem()
        self._schema = schema = spec.recipe.written(kind).schema
        self._names = spec.recipe.split.names
        self._shards: list[StagedShards] | list[StagedRuns]
        if spec.recipe.shuffle is None:
            self._shards = [
                StagedShards(spec.staging, stem, kind, schema, split, spec.options, spec.shard_size_bytes)
                for split in self._names
            ]
        else:
            from lumber.engine.shuffle import StagedRuns

            self._shards = [
                StagedRuns(
                    spec.staging / f"{stem}-{split}-run.arrow", self._kind, schema, split, spec.recipe.shuffle
                )
                for split in self._names
            ]
        self._events: StagedEvents | None = None
        if spec.recipe.sequences is not None:
            from lumber.engine.sequences.events import StagedEvents

            self._events = StagedEvents(spec.staging / f"{stem}-events.arrow")
        self._rejects = StagedRejects(spec.staging / f"{stem}-rejects.jsonl")
        self._steps = RowSteps(kind, spec.recipe, spec.level, spec.now, self._rejects.add, labeler)
        self._quality = Quality()
        self._splits = [Quality() for _ in self._names]

    def add(self, batch: pa.RecordBatch) -> None:
        """Take one batch through all steps."""
        self._write(self._steps.add(batch))

    def _write(self, records: Records | None) -> None:
        """Write records, each to its split."""
        if records is None:
            return
        batch, places = records.batch, records.places
        if self._events is not None:
            self._events.add(batch, places)
        self._quality.add(batch, self._kind)
        if places is None:
            self._shards[0].add(batch)
            return
        for place in places.unique().sort():
            part = batch.filter((places == place).to_arrow())
            self._splits[place].add(part, self._kind)
            self._shards[place].add(part)

    def finish(self) -> PartitionResult:
        """Close the files and return the result. Raises Unbalanced when a row is unaccounted for."""
        steps = self._steps
        self._write(steps.finish())
        files = tuple(file for split in self._shards for file in split.finish())
        written = sum(file.rows for file in files)
        self._check_balance(written)
        if escaped := sum(split.escaped_cells for split in self._shards):
            steps.changes[FORMULAS_ESCAPED] += escaped
        is_shuffled = self._spec.recipe.shuffle is not None
        rejects = self._rejects.finish()
        proof = None
        if steps.privacy is not None:
            schema = self._schema
            if is_shuffled:
                from lumber.engine.shuffle import run_schema

                schema = run_schema(self._kind, schema)
            proof = steps.privacy.check(self._spec.staging, files, rejects, schema)
        return PartitionResult(
            kind=self._kind.name,
            ordinal=self._spec.ordinal,
            read=steps.read,
            written=written,
            rejected=steps.rejected,
            shards=() if is_shuffled else files,
            runs=files if is_shuffled else (),
            events=None if self._events is None else self._events.finish(),
            rejects=rejects,
            rules=steps.rules,
            changes=steps.changes,
            quality=self._quality,
            deduplicated=steps.deduplicated,
            sampled_out=steps.sampled_out,
            splits={
                split: quality
                for split, quality in zip(self._names, self._splits, strict=True)
                if quality.rows
            },
            privacy=proof,
        )

    def abort(self) -> None:
        """Delete every file of this run."""
        for split in self._shards:
            split.abort()
        if self._events is not None:
            self._events.abort()
        self._rejects.abort()

    def _check_balance(self, written: int) -> None:
        where = f"Partition {self._spec.ordinal} of {self._kind.name}"
        steps = self._steps
        rows = counted(steps.read, "row")
        if steps.read != written + steps.rejected + steps.deduplicated + steps.sampled_out:
            raise Unbalanced(
                f"{where} read {rows}, but wrote {written:,}, rejected {steps.rejected:,}, took out "
                f"{steps.deduplicated:,} as duplicates and left out {steps.sampled_out:,}."
            )
        if steps.read != self._spec.planned_rows:
            raise Unbalanced(
                f"{where} read {rows}, but planned were {self._spec.planned_rows:,}: rows of the plan were "
                "changed or deleted. Start a new export."
            )


def result_to_json(result: PartitionResult) -> dict[str, Any]:
    """Return a partition's result as plain JSON values; `result_from_json` reads it."""
    return {
        "kind": result.kind,
        "ordinal": result.ordinal,
        "read": result.read,
        "written": result.written,
        "rejected": result.rejected,
        "deduplicated": result.deduplicated,
        "sampled_out": result.sampled_out,
        "shards": [asdict(shard) for shard in result.shards],
        "rejects": None if result.rejects is None else asdict(result.rejects),
        "runs": [asdict(run) for run in result.runs],
        "events": None if result.events is None else asdict(result.events),
        "rules": dict(result.rules),
        "changes": dict(result.changes),
        "quality": result.quality.as_json(),
        "splits": {name: quality.as_json() for name, quality in result.splits.items()},
        "privacy": None if result.privacy is None else result.privacy.as_json(),
    }


def result_from_json(value: Mapping[str, Any]) -> PartitionResult:
    """Read what `result_to_json` wrote."""
    return PartitionResult(
        kind=value["kind"],
        ordinal=value["ordinal"],
        read=value["read"],
        written=value["written"],
        rejected=value["rejected"],
        deduplicated=value["deduplicated"],
        sampled_out=value["sampled_out"],
        shards=tuple(StagedFile.from_json(shard) for shard in value["shards"]),
        rejects=None if value["rejects"] is None else StagedFile.from_json(value["rejects"]),
        runs=tuple(StagedFile.from_json(run) for run in value["runs"]),
        events=None if value["events"] is None else StagedFile.from_json(value["events"]),
        rules=Counter(value["rules"]),
        changes=Counter(value["changes"]),
        quality=Quality.from_json(value["quality"]),
        splits={name: Quality.from_json(quality) for name, quality in value["splits"].items()},
        privacy=None if value["privacy"] is None else PrivacyProof.from_json(value["privacy"]),
    )


def iter_results(results: Mapping[tuple[str, int], PartitionResult], kind: str) -> Iterator[PartitionResult]:
    """Yield the results of one kind in the order of its partitions."""
    for key in sorted(key for key in results if key[0] == kind):
        yield results[key]
