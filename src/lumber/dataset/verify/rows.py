"""Checks the rows of a kind: their order, keys, nulls and ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from lumber.catalog.registry import all_kinds
from lumber.dataset.manifest import FieldEntry
from lumber.dataset.quality import count_labels
from lumber.steps.labels import LABEL
from lumber.steps.order import order_numbers

Ints = npt.NDArray[np.int64]
Key = tuple[int, int]
# Grows from row to row: the key, or the shuffle number and id of shuffled rows.
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class KeyColumns:
    """The columns of a record's key. Rows are ordered by it, or shuffled if there is a seed.

    If ids are renumbered, rows of one moment are in the order of the ids that they had.
    """

    time: str
    id: str
    shuffle_seed: int | None = None
    is_renumbered: bool = False


def key_columns(
    kind: str, fields: Sequence[FieldEntry], config: Mapping[str, Any] | None = None
) -> KeyColumns | None:
    """Return a kind's key columns, or None. Of an unknown kind these are `id` and its first time column.

    The config says whether its rows are shuffled.
    """
    types = {field.name: field.type for field in fields}
    times = [name for name, type_ in types.items() if type_.startswith("timestamp[")]
    known = all_kinds().get(kind)
    columns = (known.time_column, known.id_column) if known else (times[0] if times else "", "id")
    if columns[0] in times and types.get(columns[1]) == "int64":
        return KeyColumns(*columns, _shuffle_seed(config or {}), _is_renumbered(config or {}))
    return None


def _shuffle_seed(config: Mapping[str, Any]) -> int | None:
    order = config.get("order")
    if not isinstance(order, dict) or order.get("by") != "shuffle":
        return None
    seed = order.get("seed")
    return seed if isinstance(seed, int) else 0


def _is_renumbered(config: Mapping[str, Any]) -> bool:
    privacy = config.get("privacy")
    return isinstance(privacy, dict) and privacy.get("renumber_ids") is True


class ShardRows:
    """Reads the rows of one shard, batch by batch.

    `times` are the first and last time in `time_column`, or in the keys without one.
    """

    def __init__(
        self, fields: Sequence[FieldEntry], keys: KeyColumns | None, time_column: str | None = None
    ) -> None:
        self.rows = 0
        self.nulls: Counter[str] = Counter()  # column -> nulls, of the columns that may have none
        self.first: Key | None = None
        self.last: Key | None = None
        self.first_unordered: int | None = None  # number of the row, from 1, that is before its predecessor
        # Of the whole shard: the places of its first and last row, and the times of its rows.
        self.begin: Place | None = None
        self.end: Place | None = None
        self.times: tuple[int, int] | None = None
        self.ids: list[Ints] = []
        self.labels: Counter[str] = Counter()
        self._label = next((f.name for f in fields if (f.name, f.type) == (LABEL, "int8")), None)
        self._required = [field.name for field in fields if not field.nullable]
        self._keys = keys
        # The manifest may name a column that doesn't exist: then the times are unknown.
        self._time_column = time_column
        self._has_times = any(f.name == time_column and f.type.startswith("timestamp[") for f in fields)

    @property
    def has_keys(self) -> bool:
        """Say whether every row has a key."""
        keys = self._keys
        return keys is not None and not self.nulls[keys.time] and not self.nulls[keys.id]

    def add(self, batch: pa.RecordBatch) -> None:
        """Add a batch."""
        for name in self._required:
            if name in batch.schema.names and batch.column(name).null_count:
                self.nulls[name] += batch.column(name).null_count
        if self._label in batch.schema.names:
            self.labels.update(count_labels(batch.column(self._label)))
        if batch.num_rows and self.has_keys and self._keys is not None:
            times = _micros(batch.column(self._keys.time))
            ids = _ints(batch.column(self._keys.id))
            self._order(times, ids)
            self.ids.append(ids)
            if self._time_column is None:
                self._add_times(times)
        if self._has_times and self._time_column in batch.schema.names:
            self._add_times(_micros(batch.column(self._time_column).drop_null()))
        self.rows += batch.num_rows

    def _order(self, times: Ints, ids: Ints) -> None:
        assert self._keys is not None
        places = self._places(times, ids)
        first, last = ((int(places[0][at]), int(places[1][at])) for at in (0, -1))
        if self.begin is None:
            self.first, self.begin = (int(times[0]), int(ids[0])), first
        if self.first_unordered is None:
            high, low = places
            falls = (high[1:] < high[:-1]) | ((high[1:] == high[:-1]) & (low[1:] < low[:-1]))
            if self.end is not None and first < self.end:
                self.first_unordered = self.rows + 1
            elif falls.any():
                self.first_unordered = self.rows + int(falls.argmax()) + 2
        self.last, self.end = (int(times[-1]), int(ids[-1])), last

    def _add_times(self, times: Ints) -> None:
        if len(times):
            least, most = (int(times.min()), int(times.max()))
            known = self.times or (least, most)
            self.times = (min(known[0], least), max(known[1], most))

    def _places(self, times: Ints, ids: Ints) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Return the values that the rows are sorted by: their keys, or their shuffle numbers."""
        seed = None if self._keys is None else self._keys.shuffle_seed
        if seed is None:
            is_renumbered = self._keys is not None and self._keys.is_renumbered
            return times, np.zeros_like(ids) if is_renumbered else ids
        return order_numbers(pl.Series(ids), seed), ids


class KindIds:
    """The ids of a kind, 8 bytes each."""

    def __init__(self) -> None:
        self._chunks: list[Ints] = []
        self._sorted: Ints = np.empty(0, np.int64)

    def add(self, chunks: Sequence[Ints]) -> None:
        """Add the ids of a shard."""
        self._chunks.extend(chunks)

    def repeated(self) -> Ints:
        """Return the ids that occur more than once, ascending."""
        ids = self._sort()
        twice: Ints = np.unique(ids[1:][ids[1:] == ids[:-1]])
        return twice

    def among(self, ids: Ints) -> Ints:
        """Return those of `ids` that the kind has."""
        own = self._sort()
        if not len(own) or not len(ids):
            return ids[:0]
        places = np.searchsorted(own, ids).clip(max=len(own) - 1)
        found: Ints = ids[own[places] == ids]
        return found

    def _sort(self) -> Ints:
        if self._chunks:
            # Chunk by chunk, so that the ids are never in memory twice.
            ids = np.empty(len(self._sorted) + sum(map(len, self._chunks)), np.int64)
            at = len(self._sorted)
            ids[:at] = self._sorted
            while self._chunks:
                chunk = self._chunks.pop()
                ids[at : at + len(chunk)] = chunk
                at += len(chunk)
            ids.sort()
            self._sorted = ids
        return self._sorted


def _micros(column: pa.Array[Any]) -> Ints:
    if column.type.unit != "us":
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    return _ints(column.view(pa.int64()))


def _ints(column: pa.Array[Any]) -> Ints:
    # A copy, so that the batch can be freed.
    return np.array(column.to_numpy(zero_copy_only=False), dtype=np.int64)
