"""Compares the rows of one kind in two datasets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lumber.dataset.diff.columns import differing, hash_rows, without_json_null
from lumber.dataset.diff.compare import NO_SPLIT, Changes, compare
from lumber.dataset.diff.difference import Change, RowChange
from lumber.dataset.diff.keys import Keys
from lumber.dataset.diff.opened import Opened
from lumber.dataset.shards import ListedShard
from lumber.errors import DatasetDamaged


@dataclass(frozen=True, slots=True)
class Told:
    """Callbacks for the rows that were read, with their path, and for those that differ."""

    on_rows: Callable[[int, str], None]
    on_changes: Callable[[str, Changes, list[str]], None]


@dataclass(frozen=True, slots=True)
class _Shard:
    """A shard that was read, with the range of its ids."""

    listed: ListedShard
    low: int
    high: int


class RowComparison:
    """Compares the rows of a kind in A and B: their ids, and their content in `columns`.

    `json_columns` are those with JSON. Methods raise DatasetDamaged, and OSError if the disk is full.
    """

    def __init__(
        self,
        kind: str,
        sides: tuple[Opened, Opened],
        id_column: str,
        columns: Sequence[str],
        json_columns: Collection[str],
    ) -> None:
        self._kind = kind
        self._sides = sides
        self._id = id_column
        self._columns = list(columns)
        self._json_columns = list(json_columns)
        self._splits: list[str] = []
        self._shards: tuple[list[_Shard], list[_Shard]] = ([], [])

    def run(self, limit: int, most_in_memory: int, told: Told) -> tuple[dict[Change, int], list[RowChange]]:
        """Return the number of rows with each change, and the first `limit` of each by id."""
        keys = Keys(most_in_memory), Keys(most_in_memory)
        counts = dict.fromkeys(Change, 0)
        examples: dict[int, RowChange] = {}
        with closing(keys[0]), closing(keys[1]):
            for side in (0, 1):
                self._read(side, keys[side], told)
            names = self._sides[0].files.name, self._sides[1].files.name
            for changes in compare(*keys, names):
                self._choose(changes, counts, limit, examples)
                for change in Change:
                    counts[change] += int(changes.of(change).sum())
                if len(changes):
                    told.on_changes(self._kind, changes, self._splits)
        return counts, self._with_columns(examples)

    def _read(self, side: int, keys: Keys, told: Told) -> None:
        opened = self._sides[side]
        for shard in opened.shards(self._kind):
            name = shard.name.split
            if name not in self._splits:
                self._splits.append(name)
            split = self._splits.index(name)
            ends: list[int] = []
            for batch in self._batches(opened, shard):
                ids = np.array(batch.column(self._id).to_numpy(zero_copy_only=False), dtype=np.int64)
                keys.add(ids, hash_rows(batch, self._columns), split)
                ends += [int(ids.min()), int(ids.max())] if len(ids) else []
                told.on_rows(len(ids), shard.entry.path)
            if ends:
                self._shards[side].append(_Shard(shard, min(ends), max(ends)))
            if len(self._splits) >= NO_SPLIT:
                raise DatasetDamaged(f"{opened.files.name}: {self._kind} has more splits than any dataset.")

    def _batches(self, opened: Opened, shard: ListedShard) -> Iterator[pa.RecordBatch]:
        for batch in opened.batches(shard, [self._id, *self._columns]):
            if batch.column(self._id).null_count:
                raise DatasetDamaged(f"{opened.files.at(shard.entry.path)} has a row without {self._id}.")
            yield without_json_null(batch, self._json_columns)

    def _choose(
        self, changes: Changes, counts: dict[Change, int], limit: int, examples: dict[int, RowChange]
    ) -> None:
        """Keep the first rows of each change as examples."""
        for change in Change:
            for row in np.flatnonzero(changes.of(change))[: max(0, limit - counts[change])].tolist():
                of_a, of_b = (
                    None if split == NO_SPLIT else self._splits[split]
                    for split in (changes.splits_a[row], changes.splits_b[row])
                )
                id_ = int(changes.ids[row])
                examples[id_] = RowChange(self._kind, id_, changes.changes(row), of_a, of_b)

    def _with_columns(self, examples: dict[int, RowChange]) -> list[RowChange]:
        """Return the examples by ascending id, and add the columns that changed."""
        changed = {id_ for id_, row in examples.items() if Change.CHANGED in row.changes}
        of_a, of_b = (self._contents(side, changed) for side in (0, 1))
        return [
            replace(row, columns=differing(of_a[id_], of_b[id_], self._columns, self._json_columns))
            if id_ in changed
            else row
            for id_, row in sorted(examples.items())
        ]

    def _contents(self, side: int, ids: set[int]) -> dict[int, dict[str, Any]]:
        """Return the content of some rows by their ids."""
        found: dict[int, dict[str, Any]] = {}
        for shard in self._shards[side]:
            here = [id_ for id_ in ids if shard.low <= id_ <= shard.high and id_ not in found]
            if not here:
                continue
            wanted = pa.array(here, pa.int64())
            for batch in self._batches(self._sides[side], shard.listed):
                rows = batch.filter(pc.is_in(batch.column(self._id), value_set=wanted))
                found |= {row[self._id]: row for row in rows.to_pylist()}
        return found
