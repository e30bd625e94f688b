"""Slices: where windows begin and end in a table of events.

Events are sorted by split and device, then by arrival, so every window is a slice `[lo, hi)` of rows. `at`
is the number of the event that completed the slice; windows are returned in this order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import polars as pl

GROUP = ["split", "device"]
_SLICE = ["lo", "hi", "at", "lane", *GROUP]
_NO_LANE = pl.lit(0, pl.Int64).alias("lane")


@dataclass(frozen=True, slots=True)
class Cut:
    """Sorted events, the slices of the complete windows and those of the open ones."""

    events: pl.DataFrame
    complete: pl.DataFrame
    open: pl.DataFrame


class Slicer(Protocol):
    """Cuts events into windows; one implementation for each mode."""

    def cut(self, held: pl.DataFrame, new: pl.DataFrame) -> Cut:
        """Cut the events of open windows together with new events."""

    def is_over(self) -> pl.Expr:
        """Return whether each open slice is complete at the end; `last` is the last time of its split."""


@dataclass(frozen=True, slots=True)
class EventSlices:
    """Windows of `size` events, one every `step` events.

    The first retained event of a device always starts a window.
    """

    size: int
    step: int

    def cut(self, held: pl.DataFrame, new: pl.DataFrame) -> Cut:
        """Cut. The open slice of a device starts at its first incomplete window."""
        events = pl.concat([held, new]).sort(*GROUP, "row")
        rows = events.select("row", *GROUP, _NO_LANE).with_row_index("lo").cast({"lo": pl.Int64})
        groups = rows.group_by(GROUP, maintain_order=True).agg(
            pl.first("lane"), pl.first("lo"), hi=pl.last("lo") + 1, at=pl.last("row")
        )
        whole = ((pl.col("hi") - pl.col("lo") - self.size) // self.step + 1).clip(0)
        complete = groups.with_columns(
            lo=pl.int_ranges("lo", pl.col("lo") + whole * self.step, self.step, dtype=pl.Int64)
        )
        complete = complete.explode("lo", empty_as_null=False).with_columns(hi=pl.col("lo") + self.size)
        complete = complete.with_columns(at=events["row"].gather(complete["hi"] - 1))
        rest = groups.with_columns(lo=pl.col("lo") + whole * self.step).filter(pl.col("lo") < pl.col("hi"))
        return Cut(events, complete.select(_SLICE), rest.select(_SLICE))

    def is_over(self) -> pl.Expr:
        """Return False: an open slice doesn't have enough events."""
        return pl.lit(False)


@dataclass(frozen=True, slots=True)
class TimeSlices:
    """Windows of `size_us`, one every `step_us`, at multiples since 1970 UTC; at most `max_length` events.

    An event is stored once for each window that contains it. The number of the window is its lane.
    """

    size_us: int
    step_us: int
    max_length: int

    def cut(self, held: pl.DataFrame, new: pl.DataFrame) -> Cut:
        """Cut. A window is complete when its device has a later event."""
        us = pl.col("us")
        lanes = pl.int_ranges((us - self.size_us) // self.step_us + 1, us // self.step_us + 1, dtype=pl.Int64)
        in_lanes = new.with_columns(lane=lanes).explode("lane", empty_as_null=False)
        events = pl.concat([held, in_lanes.select(held.columns)]).sort(*GROUP, "lane", "row")
        is_same = _is_same([*GROUP, "lane"])
        pieces = _pieces(events, ~is_same, self.max_length)
        later = new.select(*GROUP, "us", over="row").unique([*GROUP, "us"], keep="first", maintain_order=True)
        pieces = (
            pieces.with_columns(end=self._end())
            .sort("end", maintain_order=True)
            .join_asof(
                later.sort("us"),
                left_on="end",
                right_on="us",
                by=GROUP,
                strategy="forward",
                check_sortedness=False,
            )
            .sort("lo")
        )
        return _cut(events, pieces)

    def is_over(self) -> pl.Expr:
        """Return whether the split has an event after the end of the window."""
        return self._end() <= pl.col("last")

    def _end(self) -> pl.Expr:
        return pl.col("lane") * self.step_us + self.size_us


@dataclass(frozen=True, slots=True)
class SessionSlices:
    """Events at most `gap_us` after the previous one; at most `max_length` events."""

    gap_us: int
    max_length: int

    def cut(self, held: pl.DataFrame, new: pl.DataFrame) -> Cut:
        """Cut. A session is complete when its device has an event after the gap."""
        events = pl.concat([held, new]).sort(*GROUP, "row")
        follows = _is_same(GROUP) & (pl.col("us").diff() <= self.gap_us)
        pieces = _pieces(events.with_columns(_NO_LANE), ~follows, self.max_length)
        next_row = pl.col("first_row").shift(-1)
        pieces = pieces.with_columns(over=pl.when(_is_same(GROUP).shift(-1)).then(next_row))
        return _cut(events, pieces)

    def is_over(self) -> pl.Expr:
        """Return whether the split continues for longer than the gap."""
        return pl.col("last_us") + self.gap_us < pl.col("last")


def _is_same(keys: list[str]) -> pl.Expr:
    """Return whether each row has the same keys as the previous row."""
    return pl.all_horizontal(pl.col(key) == pl.col(key).shift(1) for key in keys).fill_null(False)


def _pieces(events: pl.DataFrame, is_start: pl.Expr, max_length: int) -> pl.DataFrame:
    """Return the runs that start where `is_start`, cut into pieces of at most `max_length` rows."""
    rows = events.select("row", "lane", *GROUP, start=is_start.fill_null(True)).with_row_index("lo")
    rows = rows.cast({"lo": pl.Int64}).with_columns(
        run=pl.when("start").then(pl.col("lo")).forward_fill(),
    )
    pieces = rows.filter((pl.col("lo") - pl.col("run")) % max_length == 0)
    pieces = pieces.select(
        "lo", "lane", *GROUP, hi=pl.col("lo").shift(-1, fill_value=len(events)), first_row="row"
    )
    is_full = pl.col("hi") - pl.col("lo") == max_length
    return pieces.with_columns(last_row=events["row"].gather(pieces["hi"] - 1), is_full=is_full)


def _cut(events: pl.DataFrame, pieces: pl.DataFrame) -> Cut:
    """Separate complete pieces (full, or ended by a later event: `over`) from open ones."""
    pieces = pieces.with_columns(at=pl.when("is_full").then("last_row").otherwise("over"))
    is_complete = pl.col("at").is_not_null()
    rest = pieces.filter(~is_complete).with_columns(at="last_row")
    return Cut(events, pieces.filter(is_complete).select(_SLICE), rest.select(_SLICE))


def row_numbers(slices: pl.DataFrame) -> pl.Series:
    """Return the row numbers of all slices, concatenated."""
    return slices.select(pl.int_ranges("lo", "hi", dtype=pl.Int64).explode(empty_as_null=False)).to_series()
