"""The times of rows: more by day than by night, more on working days than at the weekend."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from lumber.ingest.sample.chance import Ints, whole
from lumber.store.types import to_microseconds

# The weight at the beginning of each hour, in UTC; it changes linearly between the hours.
HOUR_WEIGHTS = (
    22,
    16,
    13,
    11,
    11,
    14,
    24,
    42,
    66,
    84,
    92,
    95,
    88,
    90,
    96,
    94,
    88,
    82,
    78,
    76,
    70,
    58,
    44,
    31,
)
WEEKDAY_PERCENT = (100, 102, 103, 101, 96, 70, 64)

_STEP = timedelta(minutes=10)
_STEP_US = 600_000_000
# Finer than the rows of any sample, so that the rows spread evenly inside a step.
_FINENESS = 100


class Timeline:
    """Spreads positions 0 to 1 over the days of a sample, in proportion to the rhythm."""

    def __init__(self, start: datetime, days: int) -> None:
        self.start_us = to_microseconds(start)
        self.end_us = self.start_us + days * 86_400_000_000
        moments = (start + _STEP * step for step in range(days * 144))
        self._weights = np.array([_weight(moment) for moment in moments], dtype=np.int64)
        self._upper = np.cumsum(self._weights)
        self._lower = self._upper - self._weights

    def times(self, positions: range, total: int, random: np.random.Generator) -> Ints:
        """Return one time (microseconds since 1970) for each position among `total`, rising on average."""
        load = int(self._upper[-1])
        first = positions.start * load // total
        # Counted from the block's first row, so that the product fits 64 bits for any total.
        offsets = np.arange(len(positions), dtype=np.int64) * load // total
        points = first + offsets + whole(random, 0, load // total, len(positions))
        times = self._time_at(np.minimum(points, load - 1)) + whole(random, 0, 999, len(positions))
        latest: Ints = np.minimum(times, self.end_us - 1)
        return latest

    def span(self, positions: range, total: int) -> tuple[int, int]:
        """Return the first and last time of a block, in microseconds since 1970."""
        load = int(self._upper[-1])
        edges = [position * load // total for position in (positions.start, positions.stop)]
        low, high = self._time_at(np.minimum(np.array(edges, dtype=np.int64), load - 1))
        return int(low), int(high)

    def _time_at(self, points: Ints) -> Ints:
        step = np.searchsorted(self._upper, points, side="right").astype(np.int64)
        inside = (points - self._lower[step]) * _STEP_US // self._weights[step]
        moments: Ints = self.start_us + step * _STEP_US + inside
        return moments


def _weight(moment: datetime) -> int:
    """Return the weight of the ten minutes from `moment` on."""
    before, after = HOUR_WEIGHTS[moment.hour], HOUR_WEIGHTS[(moment.hour + 1) % 24]
    between = before * (60 - moment.minute) + after * moment.minute
    return between * WEEKDAY_PERCENT[moment.weekday()] * _FINENESS // 10
