"""Makes the shards of the sequences, one after the other, of the events that all partitions left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from lumber.dataset.derived import SEQUENCES, DerivedShards
from lumber.engine.sequences.builder import WindowBuilder
from lumber.engine.sequences.events import read_events
from lumber.engine.sequences.options import WindowOptions
from lumber.formats import WriteOptions
from lumber.formats.staged_file import StagedFile


@dataclass(frozen=True, slots=True)
class SequenceSpec:
    """The job: events of all partitions in order, as names of files in staging, and the splits by place."""

    windows: WindowOptions
    splits: tuple[str, ...]
    events: tuple[str, ...]
    staging: Path
    options: WriteOptions
    shard_size_bytes: int


def build_sequences(spec: SequenceSpec) -> tuple[StagedFile, ...]:
    """Run the job and return the shards of every split, in their order."""
    writers = {
        split: DerivedShards(SEQUENCES, split, spec.staging, spec.options, spec.shard_size_bytes)
        for split in spec.splits
    }
    try:
        for windows in _windows(spec):
            for (split,), part in windows.group_by("split", maintain_order=True):
                writers[str(split)].add(part)
        return tuple(shard for writer in writers.values() for shard in writer.finish())
    except BaseException:
        for writer in writers.values():
            writer.abort()
        raise


def _windows(spec: SequenceSpec) -> Iterator[pl.DataFrame]:
    builder = WindowBuilder(spec.windows)
    for events in read_events([spec.staging / name for name in spec.events], spec.splits):
        yield builder.add(events)
    yield builder.finish()
