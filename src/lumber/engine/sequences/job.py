"""Sequences: the output that cuts the events of all partitions into windows, in one job at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from lumber.dataset.derived import SEQUENCES, DerivedShards
from lumber.engine.output import Job, KindDone, Made, MadeTable, Output, OutputWriter, Place, check_table
from lumber.engine.sequences.builder import WindowBuilder
from lumber.engine.sequences.events import StagedEvents, read_events
from lumber.engine.sequences.options import WindowOptions
from lumber.formats import WriteOptions
from lumber.formats.staged_file import StagedFile
from lumber.steps.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Sequences(Output):
    """A table of windows over the templates of a kind's records. The records need templates and a device."""

    windows: WindowOptions

    keeps = "events"

    def open(self, place: Place) -> OutputWriter:
        """Begin a partition."""
        return StagedEvents(place.folder / f"{place.stem}-events.arrow", place.record)

    def jobs(self, done: KindDone) -> Sequence[Job]:
        """Return the job that builds the windows."""
        spec = done.spec
        events = tuple(result.events.name for result in done.results if result.events is not None)
        job = SequenceSpec(
            self.windows, spec.recipe, events, spec.staging, spec.options, spec.shard_size_bytes
        )
        return [Job(build_sequences, job)]

    def made(self, done: KindDone, answers: Sequence[tuple[StagedFile, ...]]) -> Made:
        """Return the table of the windows."""
        (shards,) = answers
        return Made(tables=(MadeTable(SEQUENCES, shards),))


@dataclass(frozen=True, slots=True)
class SequenceSpec:
    """The job: the names of the staged files with the events of all partitions, in order."""

    windows: WindowOptions
    recipe: Recipe
    events: tuple[str, ...]
    staging: Path
    options: WriteOptions
    shard_size_bytes: int


def build_sequences(spec: SequenceSpec) -> tuple[StagedFile, ...]:
    """Run the job and return the shards of every split, in order.

    Raises an OutputError or ResidueFound.
    """
    writers = {
        split: DerivedShards(SEQUENCES, split, spec.staging, spec.options, spec.shard_size_bytes)
        for split in spec.recipe.splits
    }
    try:
        for windows in _windows(spec):
            for (split,), part in windows.group_by("split", maintain_order=True):
                writers[str(split)].add(part)
        shards = tuple(shard for writer in writers.values() for shard in writer.finish())
        check_table(spec.recipe, SEQUENCES, spec.staging, spec.options, shards)
        return shards
    except BaseException:
        for writer in writers.values():
            writer.abort()
        raise


def _windows(spec: SequenceSpec) -> Iterator[pl.DataFrame]:
    builder = WindowBuilder(spec.windows)
    for events in read_events([spec.staging / name for name in spec.events], spec.recipe.splits):
        yield builder.add(events)
    yield builder.finish()
