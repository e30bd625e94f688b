"""WindowBuilder: makes windows of a stream of events."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from lumber.engine.sequences.options import WindowOptions
from lumber.engine.sequences.slices import (
    GROUP,
    EventSlices,
    SessionSlices,
    Slicer,
    TimeSlices,
    row_numbers,
)
from lumber.engine.sequences.windows import device_keys, windows_of

_EVENT = pl.Schema(
    {
        "split": pl.String,
        "device": pl.String,
        "row": pl.Int64,
        "id": pl.Int64,
        "us": pl.Int64,
        "template_id": pl.String,
        "label": pl.Int8,
    }
)
_SECOND_US = 1_000_000


class WindowBuilder:
    """Takes events sorted by time, in batches, and returns windows as soon as they are complete.

    A window contains events of one device in one split. The windows and their order depend only on the
    events, not on the batches. Memory holds the events of incomplete windows: per device and split, fewer
    than `size` (or `max_length`) events, times the overlap of windows over seconds. A batch produces as many
    template ids as it has events, times the overlap.
    """

    def __init__(
        self, options: WindowOptions | None = None, last_times: Mapping[str, int] | None = None
    ) -> None:
        """Begin. If the builder takes only some devices of a split, `last_times` has the split's last event.

        It is in microseconds since 1970 UTC.
        """
        self.options = options or WindowOptions()
        self._slicer = _slicer(self.options)
        self._has_lanes = isinstance(self._slicer, TimeSlices)
        self._held = pl.DataFrame(schema={**_EVENT, "lane": pl.Int64} if self._has_lanes else _EVENT)
        self._rows = 0
        self._last_us: int | None = None
        lasts = last_times or {}
        self._last_of_splits = pl.DataFrame(
            {"split": list(lasts), "last": list(lasts.values())}, {"split": pl.String, "last": pl.Int64}
        )
        # Devices that have a window. Only sliding windows ask.
        self._served = pl.DataFrame(schema=dict.fromkeys(GROUP, pl.String))

    def add(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Take events and return the windows that they complete, with the columns of `SEQUENCE_SCHEMA`.

        `frame` has `split`, `device_id` (may be null), `timestamp`, `id`, `template_id` and optionally
        `label` (0, 1 or null). Raises ValueError if the events are not sorted by time.
        """
        cut = self._slicer.cut(self._held, self._events(frame))
        self._held = cut.events[row_numbers(cut.open)]
        if self.options.mode == "sliding":
            self._served = pl.concat([self._served, cut.complete.select(GROUP)]).unique()
        return windows_of(cut.events, cut.complete, has_lanes=self._has_lanes)

    def finish(self) -> pl.DataFrame:
        """Return the remaining windows after the last event, subject to `drop_last`."""
        cut = self._slicer.cut(self._held, pl.DataFrame(schema=_EVENT))
        left = cut.open.with_columns(last_us=cut.events["us"].gather(cut.open["hi"] - 1))
        left = left.join(self._last_of_splits, on="split", how="left")
        is_over = self._slicer.is_over()
        kept = pl.concat([left.filter(is_over), self._cut_short(left, is_over)])
        self._held = self._held.clear()
        return windows_of(cut.events, kept, has_lanes=self._has_lanes)

    def _cut_short(self, left: pl.DataFrame, is_over: pl.Expr) -> pl.DataFrame:
        """Return the incomplete windows at the end that `drop_last` keeps."""
        short = left.filter(~is_over)
        if self.options.drop_last:
            return short.clear()
        if self.options.mode == "session":
            return short
        served = pl.concat([self._served, left.filter(is_over).select(GROUP)]).unique()
        only = short.join(served, on=GROUP, how="anti").sort("lane").unique(GROUP, keep="first")
        if self.options.drop_last is None:
            return only
        if self._has_lanes:
            return short
        # Events that follow the last whole window; all others are in it already.
        shared = self.options.size - self.options.stride
        more = short.join(served, on=GROUP, how="semi").filter(pl.col("hi") - pl.col("lo") > shared)
        return pl.concat([only, more])

    def _events(self, frame: pl.DataFrame) -> pl.DataFrame:
        label = pl.col("label") if "label" in frame.columns else pl.lit(None).alias("label")
        events = frame.select(
            "split",
            device_keys(frame["device_id"]).alias("device"),
            pl.int_range(self._rows, self._rows + len(frame), dtype=pl.Int64).alias("row"),
            "id",
            pl.col("timestamp").cast(pl.Datetime("us", "UTC")).alias("us"),
            "template_id",
            label,
        ).cast(_EVENT)
        self._rows += len(events)
        times = events["us"]
        if len(times):
            if not times.is_sorted() or times[0] < (times[0] if self._last_us is None else self._last_us):
                raise ValueError("the events are not in order of time")
            self._last_us = times[-1]
            latest = events.group_by("split").agg(last=pl.last("us"))
            self._last_of_splits = pl.concat([self._last_of_splits, latest]).group_by("split").max()
        return events


def build_windows(events: pl.DataFrame, options: WindowOptions | None = None) -> pl.DataFrame:
    """Return the windows of a complete table of events; see `WindowBuilder`."""
    builder = WindowBuilder(options)
    return pl.concat([builder.add(events), builder.finish()])


def _slicer(options: WindowOptions) -> Slicer:
    if options.mode == "session":
        return SessionSlices(options.gap_seconds * _SECOND_US, options.max_length)
    if options.unit == "seconds":
        return TimeSlices(options.size * _SECOND_US, options.stride * _SECOND_US, options.max_length)
    return EventSlices(options.size, options.stride)
