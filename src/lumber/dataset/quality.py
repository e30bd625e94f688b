"""Counts for the quality report: made per partition, merged in the order of the partitions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.dataset.nulls import NullBins
from lumber.dataset.times import QUANTILES, Bin, MainPart, TimeBins, Times
from lumber.steps.cast import TIME_MAX_US, TIME_MIN_US
from lumber.steps.split import SPLITS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_DAY_US = 86_400_000_000
# Of rows over time, in a report.
_MOST_BINS = 256
# The report names this many and adds up the others as "(other)".
NAMES_KEPT = 1_000
OTHER = "(other)"


@dataclass(slots=True)
class Quality:
    """Counts of the rows that a partition or an export wrote. Times are microseconds since 1970 UTC."""

    rows: int = 0
    filled: Counter[str] = field(default_factory=Counter)  # column -> values that are not null
    levels: Counter[str] = field(default_factory=Counter)
    processes: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)  # UTC day -> rows
    labels: Counter[str] = field(default_factory=Counter)  # "1", "0" or "null" -> rows
    first_us: int | None = None
    last_us: int | None = None
    late_us: tuple[int, int] | None = None  # first and last time in the kind's late column, where it has one
    times: TimeBins = field(default_factory=TimeBins)
    nulls: NullBins = field(default_factory=NullBins)

    def add(self, batch: pa.RecordBatch, kind: Kind, *, is_split: bool = False) -> None:
        """Count a batch of canonical records. Batches must come in the order of time.

        Of the times of a split, only the first and the last are reported.
        """
        if batch.num_rows == 0:
            return
        self.rows += batch.num_rows
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            self.filled[name] += batch.num_rows - column.null_count
        if kind.level_column:
            _count(self.levels, batch.column(kind.level_column))
        if kind.process_column:
            _count(self.processes, batch.column(kind.process_column))
        if kind.label_column:
            self.labels.update(count_labels(batch.column(kind.label_column)))
        # Arrow's own to_numpy loads pandas.
        times = _polars(batch.column(kind.time_column)).dt.epoch("us").to_numpy()
        self.first_us = int(times[0]) if self.first_us is None else self.first_us
        self.last_us = int(times[-1])
        if not is_split:
            self._add_days(times)
            self.times.add(times)
            self.nulls.add(batch, times)
        if kind.late_column:
            late = _polars(batch.column(kind.late_column)).dt.epoch("us").drop_nulls()
            if len(late):
                self._add_late((int(late.min()), int(late.max())))  # type: ignore[arg-type]

    def merge(self, later: Quality) -> None:
        """Add the counts of a partition that follows in time."""
        if later.rows == 0:
            return
        self.rows += later.rows
        for mine, other in (
            (self.filled, later.filled),
            (self.levels, later.levels),
            (self.processes, later.processes),
            (self.days, later.days),
            (self.labels, later.labels),
        ):
            mine.update(other)
        self.times.merge(later.times)
        self.nulls.merge(later.nulls)
        # New rows of an increment may be older than those of the version before.
        firsts = [each for each in (self.first_us, later.first_us) if each is not None]
        lasts = [each for each in (self.last_us, later.last_us) if each is not None]
        self.first_us, self.last_us = min(firsts, default=None), max(lasts, default=None)
        if later.late_us is not None:
            self._add_late(later.late_us)

    def _add_late(self, late_us: tuple[int, int]) -> None:
        known = self.late_us or late_us
        self.late_us = (min(known[0], late_us[0]), max(known[1], late_us[1]))

    def _add_days(self, times: Times) -> None:
        days = times // _DAY_US
        starts = np.flatnonzero(np.concatenate(([True], days[1:] != days[:-1])))
        rows = np.diff(starts, append=len(times))
        for day, count in zip(days[starts].tolist(), rows.tolist(), strict=True):
            self.days[date.fromordinal(_EPOCH_DAY + day).isoformat()] += count


def _count(counter: Counter[str], column: pa.Array[Any]) -> None:
    for name, rows in _polars(column).value_counts().iter_rows():
        counter["(none)" if name is None else name] += rows


def count_labels(labels: pa.Array[Any]) -> dict[str, int]:
    """Count the labels 1, 0 and null of a column."""
    ones, known = int(_polars(labels).sum() or 0), len(labels) - labels.null_count
    return {"1": ones, "0": known - ones, "null": labels.null_count}


def _polars(column: pa.Array[Any]) -> pl.Series:
    series = pl.from_arrow(column)
    assert isinstance(series, pl.Series)
    return series


def most_common(counter: Counter[str]) -> dict[str, int]:
    """Return the most frequent names, ordered by count and then by name, and the sum of the others."""
    ordered = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    shown = dict(ordered[:NAMES_KEPT])
    if len(ordered) > NAMES_KEPT:
        shown[OTHER] = shown.get(OTHER, 0) + sum(count for _, count in ordered[NAMES_KEPT:])
    return shown


def time_text(microseconds: int) -> str:
    """Return a time, in microseconds since 1970 UTC, as ISO 8601; as a number beyond the years 1 to 9999."""
    if not TIME_MIN_US <= microseconds <= TIME_MAX_US:
        return f"{microseconds} microseconds since 1970"
    moment = _EPOCH + timedelta(microseconds=microseconds)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def optional_time_text(microseconds: int | None) -> str | None:
    """Return a time as `time_text` does; None for None."""
    return None if microseconds is None else time_text(microseconds)


def quality_report(
    kind: Kind, quality: Quality, *, read: int, rules: Counter[str], changes: Counter[str]
) -> dict[str, Any]:
    """Return the report of one kind as plain JSON values.

    `completeness` is the share of written rows with a value, `conformity` the share of read rows whose
    value broke no rule; both are null for zero rows.
    """
    broken: Counter[str] = Counter()
    for name, rows in rules.items():
        broken[name.rsplit(".", 1)[0]] += rows
    return {
        "rows": quality.rows,
        "fields": {
            name: {
                "completeness": _share(quality.filled[name], quality.rows),
                "conformity": _share(max(0, read - broken[name]), read),
            }
            for name in kind.schema.names
        },
        "levels": most_common(quality.levels) if kind.level_column else None,
        "processes": most_common(quality.processes) if kind.process_column else None,
        "time": {**_times(quality), **_over_time(kind, quality)},
        **_labels(kind, quality),
        "rejects_by_rule": dict(sorted(rules.items())),
        "changes": dict(sorted(changes.items())),
    }


def _times(quality: Quality) -> dict[str, Any]:
    """Return what the report says about times. Gaps are those of the main part."""
    bins, main = quality.times, quality.times.main_part()
    return {
        "first": optional_time_text(quality.first_us),
        "last": optional_time_text(quality.last_us),
        "quantiles": {f"q{q:02}": optional_time_text(bins.quantile(q)) for q in QUANTILES},
        "quantile_error_seconds": bins.resolution_us / 1_000_000,
        "main": _covered(main.bins),
        "far_out": _far_out(main),
        "rows_per_day": dict(sorted(quality.days.items())),
        "longest_gaps": [
            {"after": time_text(gap.start_us), "seconds": gap.length_us / 1_000_000}
            for gap in bins.longest_gaps(main.bins)
        ],
    }


def _over_time(kind: Kind, quality: Quality) -> dict[str, Any]:
    """Return rows and nulls in bins of the main part; nothing if the times aren't written."""
    if kind.time_column not in kind.schema.names or not quality.times.bins:
        return {}
    times = quality.times
    main, by = times.main_part().bins, 0
    while len({each.number >> by for each in main}) > _MOST_BINS:
        by += 1
    # Rows of an increment may be older than those of the version before.
    rows: Counter[int] = Counter()
    for each in main:
        rows[each.number >> by] += each.rows
    numbers = sorted(rows)
    nulls = quality.nulls.over_time(times, kind.schema.names)
    return {
        "bins": {
            **_places(times.level + by, numbers),
            "rows": [rows[number] for number in numbers],
        },
        "nulls": nulls
        and {
            **_places(nulls.level, nulls.numbers),
            "rows": list(nulls.rows),
            "columns": {name: list(counts) for name, counts in nulls.columns.items()},
        },
    }


def _places(level: int, numbers: Sequence[int]) -> dict[str, Any]:
    """Return the width of bins in seconds, where the first begins, and how many bins behind it each is."""
    return {
        "seconds": (1 << level) / 1_000_000,
        "start": time_text(numbers[0] << level),
        "places": [number - numbers[0] for number in numbers],
    }


def _far_out(main: MainPart) -> dict[str, Any]:
    """Count and name the rows that lie far from all others."""
    return {
        "rows": sum(each.rows for each in (*main.before, *main.after)),
        "before": _covered(main.before),
        "after": _covered(main.after),
        "ranges": [_covered([each]) for each in main.ranges_far_out],
    }


def _covered(bins: Sequence[Bin]) -> dict[str, Any] | None:
    """Return rows, first and last time of neighbouring bins; None without any."""
    if not bins:
        return None
    rows = sum(each.rows for each in bins)
    return {"rows": rows, "first": time_text(bins[0].first_us), "last": time_text(bins[-1].last_us)}


def split_reports(kind: Kind, splits: Mapping[str, Quality]) -> dict[str, Any]:
    """Return the report of each split as plain JSON values: rows, their share, times and levels.

    The times are those of the column that `column` names, or else of the kind's time.
    """
    total = sum(quality.rows for quality in splits.values())
    return {
        split: {
            "rows": splits[split].rows,
            "share": _share(splits[split].rows, total),
            **split_times(kind, splits[split]),
            "levels": most_common(splits[split].levels) if kind.level_column else None,
            **_labels(kind, splits[split]),
        }
        for split in SPLITS
        if split in splits
    }


def split_times(kind: Kind, quality: Quality) -> dict[str, str | None]:
    """Return the first and the last time of a split's rows: of the times that decide about their split.

    Where that is not the kind's time, `column` names the column that has them.
    """
    if quality.late_us is None or kind.late_column is None:
        first, last = quality.first_us, quality.last_us
        return {"first": optional_time_text(first), "last": optional_time_text(last)}
    first, last = quality.late_us
    return {"column": kind.late_column, "first": time_text(first), "last": time_text(last)}


def class_balance(kind: Kind, quality: Quality) -> dict[str, int] | None:
    """Return the rows of each label, 1, 0 and null; None without rows, or without their label."""
    if kind.label_column not in kind.schema.names or not quality.rows:
        return None
    return {label: quality.labels[label] for label in ("1", "0", "null")}


def _labels(kind: Kind, quality: Quality) -> dict[str, Any]:
    return {"labels": class_balance(kind, quality)} if kind.label_column in kind.schema.names else {}


def _share(part: int, whole: int) -> float | None:
    return None if whole == 0 else round(part / whole, 6)
