"""Deduplicator: keeps one of the rows of a device that have the same message, such as log lines.

`exact` keeps one of the rows with the same time, device, process and message. `burst` keeps one row of each
run: consecutive rows of a device with the same process, level and message. Runs also end at multiples of
`burst_us` since 1970 UTC, so the result doesn't depend on partitions or batches, and only the rows of one
such interval are in memory.

The row that stays gets the highest label of the rows that it represents: 1, then 0, then none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl
import pyarrow as pa

from lumber.catalog.kind import TIMESTAMP, Kind, required
from lumber.steps.labels import LABEL, SCORE, SOURCE, TYPES
from lumber.steps.step import PLACE, AddedColumn, Counts, Form, RunningStep, Step, StepContext

REPEATS, FIRST, LAST = "repeat_count", "first_timestamp", "last_timestamp"

BURST_FIELDS = (required(REPEATS, pa.int64()), required(FIRST, TIMESTAMP), required(LAST, TIMESTAMP))
BURST_DESCRIPTIONS = {
    REPEATS: "How many consecutive lines of the device, with the same process, level and message, this one "
    "represents.",
    FIRST: "When the first of these lines was written, UTC.",
    LAST: "When the last of these lines was written, UTC.",
}

# In memory only: a row's level as it is exported, and the number of its moment or step of time.
_LEVEL, _STEP, _AT, _GROUP = "__level", "__step", "__at", "__group"
_LABELS = (LABEL, TYPES, SCORE, SOURCE)
# Fewer rows than this are held as they are.
_FEW = 10_000


class DuplicateMode(StrEnum):
    """Which rows count as duplicates."""

    OFF = "off"
    EXACT = "exact"
    BURST = "burst"


@dataclass(frozen=True, slots=True)
class DuplicateRule(Step):
    """How duplicates are found. `burst_us` is the maximum length of a run in microseconds."""

    name = "duplicates"
    takes, gives = Form.ROWS, Form.ROWS

    mode: DuplicateMode
    burst_us: int = 60_000_000

    @property
    def whole_us(self) -> int:
        """The length of the intervals since 1970 UTC whose rows are processed together, in microseconds."""
        return self.burst_us if self.mode is DuplicateMode.BURST else 1

    def needed(self, kind: Kind) -> tuple[str, ...]:
        """Return the columns of the source that rows are compared by."""
        compared = (kind.device_column, kind.message_column, kind.process_column)
        return tuple(column for column in compared if column is not None)

    def applies_to(self, kind: Kind) -> bool:
        """Say whether rows of a kind can be duplicates: whether they are messages of devices."""
        return self.mode is not DuplicateMode.OFF and has_duplicates(kind)

    def added(self, kind: Kind) -> tuple[AddedColumn, ...]:
        """Return the columns that describe the rows of a burst."""
        fields = BURST_FIELDS if self.mode is DuplicateMode.BURST else ()
        return tuple(AddedColumn(field, BURST_DESCRIPTIONS[field.name]) for field in fields)

    def start(self, context: StepContext) -> RunningStep[pl.DataFrame, pl.DataFrame]:
        """Begin a partition."""
        apart = (PLACE,) if len(context.splits) > 1 else ()
        return _Deduplicating(Deduplicator(self, context.kind, apart), context.counts)


def has_duplicates(kind: Kind) -> bool:
    """Say whether rows of a kind can be duplicates: whether they have a message and a device."""
    return kind.message_column is not None and kind.device_column is not None


class _Deduplicating(RunningStep[pl.DataFrame, pl.DataFrame]):
    def __init__(self, deduplicator: Deduplicator, counts: Counts) -> None:
        self._deduplicator = deduplicator
        self._counts = counts

    def add(self, rows: pl.DataFrame) -> pl.DataFrame:
        return self._deduplicator.add(rows)

    def finish(self) -> pl.DataFrame | None:
        held = self._deduplicator.finish()
        self._counts.deduplicated += self._deduplicator.dropped
        return held


class Deduplicator:
    """Takes the valid rows of one partition in the order of their keys, in any batches.

    Rows that differ in a column of `apart` are never duplicates. Partitions must end at multiples of the
    rule's `whole_us`. Memory holds the remaining rows of one interval, and about as many again.
    """

    def __init__(self, rule: DuplicateRule, kind: Kind, apart: Sequence[str] = ()) -> None:
        self.dropped = 0
        self._rule = rule
        self._kind = kind
        self._is_burst = rule.mode is DuplicateMode.BURST
        self._keys = [*rule.needed(kind), *apart, _STEP]
        self._device = kind.device_column
        if self._is_burst and kind.level_column is not None:
            self._keys.append(_LEVEL)
        self._held: list[pl.DataFrame] = []
        self._held_rows = 0
        self._settled_rows = 0

    def add(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Take the next rows. Return, in order, the rows that no later row can change."""
        rows = self._prepared(frame)
        if rows.is_empty():
            return self._bare(rows)
        steps = rows[_STEP]
        last = int(steps[-1])
        old = int(steps.search_sorted(last))
        if old == 0 and self._held and self._held[0][_STEP][0] == last:
            self._hold(rows)
            return self._bare(rows.clear())
        done = self._collapsed([*self._held, rows.slice(0, old)])
        self._held, self._held_rows, self._settled_rows = [], 0, 0
        self._hold(rows.slice(old))
        return self._bare(done)

    def finish(self) -> pl.DataFrame | None:
        """Return the rows still in memory after the last batch; None if there are none."""
        if not self._held:
            return None
        done = self._collapsed(self._held)
        self._held = []
        return self._bare(done)

    def _prepared(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Add the columns that rows are compared by; each row represents itself."""
        time = pl.col(self._kind.time_column)
        columns = [(time.dt.epoch("us") // self._rule.whole_us).alias(_STEP)]
        if self._is_burst:
            columns += [pl.lit(1, pl.Int64).alias(REPEATS), time.alias(FIRST), time.alias(LAST)]
        rows = frame.with_columns(columns)
        if _LEVEL in self._keys and self._kind.level_column is not None:
            levels = self._kind.transform(frame).columns[self._kind.level_column]
            rows = rows.with_columns(levels.alias(_LEVEL))
        return rows

    def _bare(self, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.drop(_STEP, _LEVEL, strict=False)

    def _hold(self, rows: pl.DataFrame) -> None:
        """Hold rows of one interval; deduplicate them whenever their number has doubled."""
        self._held.append(rows)
        self._held_rows += rows.height
        if self._held_rows > max(_FEW, 2 * self._settled_rows):
            settled = self._collapsed(self._held)
            self._held = [_compact(settled)]
            self._held_rows = self._settled_rows = settled.height

    def _collapsed(self, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
        rows = pl.concat(frames)
        kept = self._runs(rows) if self._is_burst else self._distinct(rows)
        self.dropped += rows.height - kept.height
        return kept

    def _distinct(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Keep the first of equal rows."""
        is_repeated = (rows[_STEP] == rows[_STEP].shift()).fill_null(False)
        if not is_repeated.any():
            return rows
        # Only rows that share their moment can be equal.
        at = (is_repeated | is_repeated.shift(-1, fill_value=False)).arg_true()
        shared = rows.select(*self._keys, *_labels(rows)[:1])[at].with_columns(at.alias(_AT))
        shared = shared.with_columns(pl.col(_AT).min().over(self._keys).alias(_GROUP))
        is_first = shared[_AT] == shared[_GROUP]
        if is_first.all():
            return rows
        if labels := _labels(rows):
            source = np.arange(rows.height)
            source[at.filter(is_first).to_numpy()] = _best(shared).to_numpy()
            rows = rows.with_columns(rows.select(labels)[source].get_columns())
        stays = np.ones(rows.height, bool)
        stays[at.filter(~is_first).to_numpy()] = False
        return rows.filter(stays)

    def _runs(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Keep the first row of each run of a device, with the count and the last time of the run."""
        at = pl.int_range(pl.len(), dtype=pl.UInt32).alias(_AT)
        ordered = rows.select(at, *self._keys, REPEATS, LAST, *_labels(rows)[:1])
        ordered = ordered.sort(self._device, maintain_order=True)
        changes = [pl.col(name).ne_missing(pl.col(name).shift()) for name in self._keys]
        is_first = ordered.select(pl.any_horizontal(changes)).to_series()
        if is_first.all():
            return rows
        is_last = is_first.shift(-1, fill_value=True)
        upto = ordered[REPEATS].cum_sum().filter(is_last)
        first = ordered[_AT].filter(is_first)
        repeats, last = upto - upto.shift(fill_value=0), ordered[LAST].filter(is_last)
        kept = rows[first].with_columns(repeats, last)
        if labels := _labels(rows):
            best = _best(ordered.with_columns(is_first.cum_sum().alias(_GROUP)))
            kept = kept.with_columns(rows.select(labels)[best].get_columns())
        return kept[first.arg_sort()]


def _compact(rows: pl.DataFrame) -> pl.DataFrame:
    """Copy the rows into new memory: a few rows of a batch would keep the texts of the whole batch alive."""
    copied = pl.from_arrow(rows.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()))
    assert isinstance(copied, pl.DataFrame)
    return copied


def _labels(rows: pl.DataFrame) -> list[str]:
    return [name for name in _LABELS if name in rows.columns]


def _best(rows: pl.DataFrame) -> pl.Series:
    """Return the index of the first row with the highest label in each group, in the order of the groups."""
    ranked = rows.select(_GROUP, _AT, pl.col(LABEL).fill_null(-1))
    ranked = ranked.sort(_GROUP, LABEL, descending=[False, True], maintain_order=True)
    return ranked.unique(_GROUP, keep="first", maintain_order=True)[_AT]
