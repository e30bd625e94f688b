"""The certificate of a kind: what each pair of its splits has in common.

For splits a and b, b the later one, `exact` counts the rows of b whose content occurs in a too, `near` those
whose content does in its normal form, `template` those of a log template that a has rows of, and `groups`
those of a group that a has rows of. `time` says whether the times of the two overlap, and otherwise how far
they are apart. What cannot be told is null, with the reason in `not_checked`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Holds, Kind
from lumber.dataset.leakage.normal_form import normal_form
from lumber.dataset.leakage.tally import MOST_IN_MEMORY, Shared, Tally
from lumber.dataset.manifest import PairSection, SharedRows, TimeGap
from lumber.steps.split import SPLITS
from lumber.steps.templates.masks import UNKNOWN

TEMPLATE_COLUMN = "template_id"
MEASURES = ("exact", "near", "template", "groups")
# Between the columns of a content, and in the place of a null: no text that passed validation has them.
_BETWEEN, _NULL = "\x00,", "\x00-"
_DIGITS = 6

Hashes = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Compared:
    """The columns that are compared; a measure without columns is not taken, for the reason that is given.

    A row of a kind with a late time is as late as the later one of `time` and `earlier`, its usual time.
    """

    content: tuple[str, ...]
    has_near: bool
    template: str | None
    group: str | None
    time: str | None
    earlier: str | None
    reasons: Mapping[str, str]

    @classmethod
    def of(cls, kind: Kind, written: Collection[str], split: Mapping[str, Any]) -> Compared:
        """Say what is compared of a kind whose rows have the columns `written`.

        `split` are the options of the split as plain JSON values: its `by` names the groups.
        """
        time = kind.late_column or kind.time_column
        group = split.get("by") or "device_id"
        reasons = {}
        missing = [name for name in kind.content_columns if name not in written]
        if not kind.content_columns:
            reasons["exact"] = f"{kind.name} says of no column that it is what a row tells"
        elif missing:
            reasons["exact"] = f"{', '.join(missing)} is not among the columns written"
        is_address = any(kind.column(name).content is Holds.ADDRESS for name in kind.content_columns)
        if "exact" in reasons:
            reasons["near"] = reasons["exact"]
        elif is_address:
            reasons["near"] = "addresses have no form in which they are nearly the same"
        for measure, name in (("template", TEMPLATE_COLUMN), ("groups", group), ("time", time)):
            if name not in written:
                reasons[measure] = f"{name} is not among the columns written"
        return cls(
            content=() if "exact" in reasons else kind.content_columns,
            has_near="near" not in reasons,
            template=TEMPLATE_COLUMN if TEMPLATE_COLUMN in written else None,
            group=group if group in written else None,
            time=time if time in written else None,
            earlier=kind.time_column
            if kind.late_column and {time, kind.time_column} <= set(written)
            else None,
            reasons=reasons,
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are looked at."""
        single = (name for name in (self.template, self.group, self.time, self.earlier) if name is not None)
        return tuple(dict.fromkeys((*self.content, *single)))

    def of_measure(self, measure: str) -> tuple[str, ...]:
        """Return the columns of a measure; none where it is not taken."""
        if measure in ("exact", "near"):
            return self.content if measure == "exact" or self.has_near else ()
        name = self.template if measure == "template" else self.group
        return () if name is None else (name,)


@dataclass(frozen=True, slots=True)
class Counts:
    """What a certificate needs to know of some rows of one split.

    `times` are the first and the last, in microseconds since 1970; `values` has for each measure the hashes
    of its values, and of how many rows each is. A value may come more than once.
    """

    rows: int
    times: tuple[int, int] | None
    values: Mapping[str, tuple[Hashes, Rows]]


class Certifier:
    """Takes the rows of all splits of a kind in, in any order, and gives its certificate. Close it.

    `folder` is where a temporary file may be; None: where the system has them. Memory is bounded by
    `most_in_memory` values a measure, of 16 bytes each. Methods raise OSError when the disk is full.
    """

    def __init__(
        self, compared: Compared, folder: Path | None = None, most_in_memory: int = MOST_IN_MEMORY
    ) -> None:
        self._compared = compared
        self._rows: Counter[str] = Counter()
        self._times: dict[str, tuple[int, int]] = {}
        taken = [measure for measure in MEASURES if compared.of_measure(measure)]
        self._tallies = {measure: Tally(folder, most_in_memory) for measure in taken}

    def __enter__(self) -> Certifier:
        return self

    def __exit__(self, *_: object) -> None:
        for tally in self._tallies.values():
            tally.close()

    def add(self, split: str, batch: pa.RecordBatch) -> None:
        """Take in rows of a split; of their columns those that are compared must be there."""
        self.merge(split, count(batch, self._compared))

    def merge(self, split: str, counts: Counts) -> None:
        """Take in what was counted of rows of a split."""
        self._rows[split] += counts.rows
        if counts.times is not None:
            low, high = self._times.get(split, counts.times)
            self._times[split] = (min(low, counts.times[0]), max(high, counts.times[1]))
        for measure, (hashes, rows) in counts.values.items():
            self._tallies[measure].add(split, hashes, rows)

    def finish(self) -> list[PairSection]:
        """Return a section for each pair of splits with rows, the earlier split first."""
        splits = [split for split in _in_order(self._rows) if self._rows[split]]
        pairs = list(combinations(splits, 2))
        shared = {measure: tally.shared(pairs) for measure, tally in self._tallies.items()}
        return [self._section(a, b, {name: found[a, b] for name, found in shared.items()}) for a, b in pairs]

    def _section(self, a: str, b: str, shared: Mapping[str, Shared]) -> PairSection:
        rows = self._rows[b]
        measures = {
            measure: SharedRows(
                columns=list(self._compared.of_measure(measure)),
                values=shared[measure].values,
                rows=shared[measure].rows,
                share=round(shared[measure].rows / rows, _DIGITS),
            )
            if measure in shared
            else None
            for measure in MEASURES
        }
        return PairSection(
            a=a,
            b=b,
            rows_a=self._rows[a],
            rows_b=rows,
            **measures,
            time=self._time(a, b),
            not_checked=dict(sorted(self._compared.reasons.items())),
        )

    def _time(self, a: str, b: str) -> TimeGap | None:
        if self._compared.time is None or a not in self._times or b not in self._times:
            return None
        (first_a, last_a), (first_b, last_b) = self._times[a], self._times[b]
        gap = max(first_b - last_a, first_a - last_b)
        return TimeGap(
            columns=[self._compared.time],
            overlap=gap <= 0,
            gap_seconds=gap / 1_000_000 if gap > 0 else 0.0,
        )


def count(batch: pa.RecordBatch, compared: Compared) -> Counts:
    """Count rows of one split; of their columns those that are compared must be there."""
    if not batch.num_rows:
        return Counts(0, None, {})
    columns = list(compared.columns)
    # Without metadata, which Polars would make an extension type of.
    arrays = [batch.column(name) for name in columns]
    frame = pl.from_arrow(pa.RecordBatch.from_arrays(arrays, columns))
    assert isinstance(frame, pl.DataFrame)
    values = {}
    if compared.content:
        contents = _counted(_contents(frame, compared.content))
        values["exact"] = _hashed(contents)
        if compared.has_near:
            values["near"] = _hashed(contents.with_columns(normal_form(contents["text"]).alias("text")))
    for measure in ("template", "groups"):
        for name in compared.of_measure(measure):
            texts = frame[name].cast(pl.String).drop_nulls()
            # A message without a template of train is like none of train.
            known = texts.filter(texts != UNKNOWN) if measure == "template" else texts
            values[measure] = _hashed(_counted(known))
    return Counts(batch.num_rows, _times(frame, compared.time, compared.earlier), values)


def _times(frame: pl.DataFrame, name: str | None, earlier: str | None) -> tuple[int, int] | None:
    if name is None:
        return None
    if earlier is not None:
        frame = frame.select(pl.max_horizontal(name, earlier).alias(name))
    low, high = (
        frame.select(pl.col(name).dt.epoch("us"))
        .to_series()
        .to_frame("time")
        .select(pl.col("time").min().alias("low"), pl.col("time").max().alias("high"))
        .row(0)
    )
    return None if low is None else (low, high)


def _contents(frame: pl.DataFrame, names: Sequence[str]) -> pl.Series:
    texts = [pl.col(name).cast(pl.String) for name in names]
    if len(names) == 1:
        return frame.select(texts[0]).to_series().drop_nulls()
    between = pl.concat_str([text.fill_null(_NULL) for text in texts], separator=_BETWEEN)
    return frame.select(between).to_series()


def _hashed(counted: pl.DataFrame) -> tuple[Hashes, Rows]:
    # The same text has the same hash in every process.
    return counted["text"].hash().to_numpy().astype(np.uint64), counted["rows"].to_numpy()


def _counted(texts: pl.Series) -> pl.DataFrame:
    """Return the distinct texts in `text`, and in `rows` how often each comes."""
    return texts.alias("text").to_frame().group_by("text").agg(pl.len().cast(pl.Int64).alias("rows"))


def _in_order(splits: Collection[str]) -> Sequence[str]:
    known = [split for split in SPLITS if split in splits]
    return [*known, *sorted(set(splits) - set(SPLITS))]
