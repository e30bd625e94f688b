"""Sequences: the output that cuts the events of all partitions into windows.

One job does this at the end, or several jobs, each for a part of the devices.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from lumber.dataset.derived import SEQUENCES, DerivedShards
from lumber.dataset.table_counts import sequence_counts
from lumber.engine.output import (
    CountedFiles,
    Job,
    KindDone,
    Made,
    MadeTable,
    Output,
    OutputWriter,
    Place,
    check_table,
)
from lumber.engine.sequences.builder import WindowBuilder
from lumber.engine.sequences.events import DevicePart, StagedEvents, last_times, read_events
from lumber.engine.sequences.options import WindowOptions
from lumber.formats import WriteOptions
from lumber.steps.recipe import Recipe

# Every job opens the events of every partition.
_MOST_JOBS = 64


@dataclass(frozen=True, slots=True)
class Sequences(Output):
    """A table of windows over the templates of a kind's records. The records need templates and a device.

    Several jobs build it, each for a part of the devices: one for about `rows_per_job` rows that were read.
    Events are staged for as many parts as `planned_rows` need, which may be an estimate.
    """

    windows: WindowOptions
    planned_rows: int = 0
    rows_per_job: int = 1_000_000

    keeps = "events"

    def open(self, place: Place) -> OutputWriter:
        """Begin a partition."""
        parts = part_count(self.planned_rows, self.rows_per_job)
        return StagedEvents(place.folder / f"{place.stem}-events.arrow", place.record, parts)

    def jobs(self, done: KindDone) -> Sequence[Job]:
        """Return the jobs that build the windows."""
        spec = done.spec
        # Not of the planned rows: two exports of the same rows may estimate their number differently.
        parts = part_count(sum(result.read for result in done.results), self.rows_per_job)
        events = tuple(result.events.name for result in done.results if result.events is not None)
        return [
            Job(
                build_sequences,
                SequenceSpec(
                    self.windows,
                    spec.recipe,
                    events,
                    spec.staging,
                    spec.options,
                    spec.shard_size_bytes,
                    DevicePart(number, parts),
                ),
            )
            for number in range(parts)
        ]

    def made(self, done: KindDone, answers: Sequence[CountedFiles]) -> Made:
        """Return the table of the windows: the parts of each split, one after the other."""
        shards = tuple(
            shard
            for split in done.spec.recipe.splits
            for answer in answers
            for shard in answer.files
            if shard.split == split
        )
        lengths: Counter[int] = Counter()
        for answer in answers:
            lengths.update(answer.counts)
        return Made(tables=(MadeTable(SEQUENCES, shards, sequence_counts(lengths)),))


def part_count(rows: int, rows_per_job: int) -> int:
    """Return how many jobs build the sequences of so many rows: a power of two, at most 64.

    The order of the sequences follows from it, so neither workers nor partitions count. Files that were
    staged for another power of two are read without what the job doesn't need.
    """
    parts = 1
    # It doubles at the geometric mean of two numbers, in whole numbers.
    while parts < _MOST_JOBS and rows**2 > 2 * (parts * rows_per_job) ** 2:
        parts *= 2
    return parts


@dataclass(frozen=True, slots=True)
class SequenceSpec:
    """One job: the names of the staged files with the events of all partitions, in order, and its devices."""

    windows: WindowOptions
    recipe: Recipe
    events: tuple[str, ...]
    staging: Path
    options: WriteOptions
    shard_size_bytes: int
    part: DevicePart


def build_sequences(spec: SequenceSpec) -> CountedFiles:
    """Run one job. Return the shards of every split, in order, and the sequences of each length in events.

    Raises an OutputError or ResidueFound.
    """
    writers = {
        split: DerivedShards(SEQUENCES, split, spec.staging, spec.options, spec.shard_size_bytes)
        for split in spec.recipe.splits
    }
    lengths: Counter[int] = Counter()
    try:
        for windows in _windows(spec):
            lengths.update(dict(windows["template_ids"].list.len().value_counts().iter_rows()))
            for (split,), part in windows.group_by("split", maintain_order=True):
                writers[str(split)].add(part)
        shards = tuple(shard for writer in writers.values() for shard in writer.finish())
        check_table(spec.recipe, SEQUENCES, spec.staging, spec.options, shards)
        return CountedFiles(shards, lengths)
    except BaseException:
        for writer in writers.values():
            writer.abort()
        raise


def _windows(spec: SequenceSpec) -> Iterator[pl.DataFrame]:
    paths, splits = [spec.staging / name for name in spec.events], spec.recipe.splits
    # Whether a window at the end is complete depends on the events of all devices.
    lasts = None if spec.part.count == 1 else last_times(paths, splits)
    builder = WindowBuilder(spec.windows, lasts)
    for events in read_events(paths, splits, spec.part):
        yield builder.add(events)
    yield builder.finish()
