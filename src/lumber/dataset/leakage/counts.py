"""Counts the rows of one split for the leakage certificate. Workers do this, shard by shard.

A measure compares the content of a row as it is (`exact`), its normal form (`near`), its log template
(`template`) or its group (`groups`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Holds, Kind
from lumber.steps.templates.masks import UNKNOWN

TEMPLATE_COLUMN = "template_id"
MEASURES = ("exact", "near", "template", "groups")
# Between the columns of a content, and in place of a null: no text that passed validation has them.
_BETWEEN, _NULL = "\x00,", "\x00-"
_VALUE = (
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(?-u:\b)[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7}"
    r"|(?-u:\b)0x[0-9a-f]+(?-u:\b)"
    r"|(?-u:\b)[0-9a-f]*[0-9][0-9a-f.]*(?-u:\b)"
    r"|[0-9]+"
)
_MARK = "#"
# Most texts have none of these; searching for them is cheaper than folding.
_ODD_SPACE = ["  ", "\t", "\n", "\r", "\v", "\f"]

Hashes = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Compared:
    """The compared columns. `reasons` says why a measure without columns isn't taken.

    A kind may have a late time, which is then `time`, and `earlier` is its usual time: the later one counts.
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
        """Choose the columns to compare of a kind that is written with the columns `written`.

        `split` are the options of the split as plain JSON values; its `by` names the column of the groups.
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
        """All columns that any measure reads."""
        single = (name for name in (self.template, self.group, self.time, self.earlier) if name is not None)
        return tuple(dict.fromkeys((*self.content, *single)))

    def of_measure(self, measure: str) -> tuple[str, ...]:
        """Return the columns of a measure; empty if it isn't taken."""
        if measure in ("exact", "near"):
            return self.content if measure == "exact" or self.has_near else ()
        name = self.template if measure == "template" else self.group
        return () if name is None else (name,)


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of some rows of one split.

    `times` are the first and the last, in microseconds since 1970 UTC. `values` holds the hashes of the
    values of each measure, and the number of rows of each. A value may occur more than once.
    """

    rows: int
    times: tuple[int, int] | None
    values: Mapping[str, tuple[Hashes, Rows]]


def count(batch: pa.RecordBatch, compared: Compared) -> Counts:
    """Count rows of one split. They must have the compared columns."""
    if not batch.num_rows:
        return Counts(0, None, {})
    columns = list(compared.columns)
    # Without metadata, from which Polars would make an extension type.
    arrays = [batch.column(name) for name in columns]
    frame = pl.from_arrow(pa.RecordBatch.from_arrays(arrays, columns))
    assert isinstance(frame, pl.DataFrame)
    values = {}
    if compared.content:
        found = _counted(contents(frame, compared.content))
        values["exact"] = _hashed(found)
        if compared.has_near:
            values["near"] = _hashed(found.with_columns(normal_form(found["text"]).alias("text")))
    for measure in ("template", "groups"):
        for name in compared.of_measure(measure):
            texts = frame[name].cast(pl.String).drop_nulls()
            # A message without a known template resembles none of train.
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


def contents(frame: pl.DataFrame, names: Sequence[str]) -> pl.Series:
    """Return what each row tells, as one text; of a single column without nulls."""
    texts = [pl.col(name).cast(pl.String) for name in names]
    if len(names) == 1:
        return frame.select(texts[0]).to_series().drop_nulls()
    between = pl.concat_str([text.fill_null(_NULL) for text in texts], separator=_BETWEEN)
    return frame.select(between).to_series()


def _hashed(counted: pl.DataFrame) -> tuple[Hashes, Rows]:
    # The same text has the same hash in every process.
    return counted["text"].hash().to_numpy().astype(np.uint64), counted["rows"].to_numpy()


def _counted(texts: pl.Series) -> pl.DataFrame:
    """Return the distinct texts in `text`, and the number of their rows in `rows`."""
    return texts.alias("text").to_frame().group_by("text").agg(pl.len().cast(pl.Int64).alias("rows"))


def normal_form(texts: pl.Series) -> pl.Series:
    """Return the normal form of every text, in the same order. Near copies have the same.

    It is lower case. Values become `#`: UUIDs, hardware and IPv6 addresses, clock times, hexadecimal words
    with a digit, numbers with their dots, and digits within a word. White space becomes one blank, none at
    the ends.
    """
    text = pl.col("text")
    # The streaming engine works on several parts of the texts at once.
    masked = (
        texts.alias("text")
        .to_frame()
        .lazy()
        .select(text.str.to_lowercase().str.replace_all(_VALUE, _MARK).str.strip_chars())
        .collect(engine="streaming")["text"]
    )
    is_odd = masked.str.contains_any(_ODD_SPACE)
    if not is_odd.any():
        return masked
    folded = masked.filter(is_odd).str.replace_all(r"\s+", " ")
    return masked.scatter(is_odd.arg_true(), folded)
