"""Finds the year of times that have none (RFC 3164)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from lumber.ingest.zones import Zone

_NUMBERS = ("day", "hour", "minute", "second")
_DAY = timedelta(days=1)
# The months that a late line of December, and a turn of the year, go up and down.
_UP, _DOWN = 11, -6
# A step down by this many months is a turn of the year if only then no line is later than the file.
_DOWN_AT_FILE_TIME = -2


class YearFinder:
    """Gives each time a year, or none if lines contradict each other. Carries its state from chunk to chunk.

    The year changes with the months: up from the end of a year to the start of the next, and back for a late
    December line after the first ones of January. Without a first year, the last year is the latest in which
    no line is more than a day after the reference time, and every 29 February is in a leap year. `ahead`
    returns times of later chunks, in their order. Without them, the first chunk alone decides.
    """

    def __init__(
        self,
        zone: Zone,
        reference: datetime,
        year: int | None,
        state: dict[str, Any],
        ahead: Callable[[], pl.DataFrame | None] = lambda: None,
    ) -> None:
        limit = reference.astimezone(zone.tzinfo) + _DAY
        self._limit = limit.year, int(limit.strftime("%m%d%H%M%S"))
        self._first = year
        self._ahead = ahead
        self.has_guessed = False
        self._year: int | None = state.get("year", year)
        self._month: int | None = state.get("month")

    @property
    def latest_year(self) -> int:
        """Return the year of the day after the reference time."""
        return self._limit[0]

    def state(self) -> dict[str, Any]:
        """Return the state that a later chunk needs."""
        return {} if self._year is None else {"year": self._year, "month": self._month}

    def years(self, times: pl.DataFrame) -> pl.Series:
        """Return the year of each row of `times` (columns month, day, hour, minute, second).

        A null is a time whose year isn't known: a 29 February in a year that has none, or a time far after
        the reference time, because earlier chunks got their years before this one was read.
        """
        months = times["month"].fill_null(strategy="forward").fill_null(self._month or 1).cast(pl.Int64)
        if months.is_empty():
            return months
        known = months.to_numpy()
        change = np.diff(known, prepend=self._month or known[0])
        if self._first is not None:
            assert self._year is not None
            return self._stepped(months, _turns(change, change <= _DOWN) + self._year)
        has_none = _has_no_year(times)
        self.has_guessed |= bool(has_none.any())
        seen = self._seen(times, change, has_none)
        turns, is_after, is_leap_day = seen
        if self._year is None:
            later = self._ahead()
            self._year = self._base(*(seen if later is None else self._seen_with(times, later)))
        years = turns + self._year
        is_wrong = years + is_after > self._limit[0]
        if is_leap_day.any():
            is_wrong |= is_leap_day & ~_is_leap(years)
        found = self._stepped(months, years)
        return found if not is_wrong.any() else found.set(pl.Series(is_wrong), None)

    def _seen(
        self, times: pl.DataFrame, change: np.ndarray, has_none: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return by how many years each line is after the first, and which are late or leap days."""
        is_after = self._is_after_limit(times) & has_none
        is_down = change <= _DOWN
        if change.min() <= _DOWN_AT_FILE_TIME:
            leaves = np.concatenate([[False], is_after[:-1] & ~is_after[1:]])
            is_down = is_down | (change <= _DOWN_AT_FILE_TIME) & leaves
        turns = _turns(change, is_down)
        is_leap_day = ((times["month"] == 2) & (times["day"] == 29)).fill_null(False).to_numpy() & has_none
        return turns, is_after, is_leap_day

    def _seen_with(
        self, times: pl.DataFrame, later: pl.DataFrame
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the same of the times of the first chunk and those of `later` chunks."""
        both = pl.concat(
            [part.select("month", *_NUMBERS, "year") for part in (times, later)], how="vertical_relaxed"
        )
        known = both["month"].fill_null(strategy="forward").fill_null(1).cast(pl.Int64).to_numpy()
        return self._seen(both, np.diff(known, prepend=known[0]), _has_no_year(both))

    def _is_after_limit(self, times: pl.DataFrame) -> np.ndarray:
        """Say which times are after the reference time if they are in its year."""
        number = pl.col("month").cast(pl.Int64)
        for name in _NUMBERS:
            number = number * 100 + pl.col(name).cast(pl.Int64)
        # `Jun 99` is not a time, so it must not change the years of other lines.
        is_time = (pl.col("day") <= 31) & (pl.col("hour") <= 23)
        return times.select(((number > self._limit[1]) & is_time).fill_null(False)).to_series().to_numpy()

    def _base(self, turns: np.ndarray, is_after: np.ndarray, is_leap_day: np.ndarray) -> int:
        """Return the latest year of the first line that fits all lines."""
        latest = int((self._limit[0] - turns - is_after).min())
        leaps = np.unique(turns[is_leap_day])
        fitting = (year for year in range(latest, latest - 9, -1) if _is_leap(leaps + year).all())
        return next(fitting, latest)

    def _stepped(self, months: pl.Series, years: np.ndarray) -> pl.Series:
        self._year, self._month = int(years[-1]), int(months[-1])
        return pl.Series("year", years, pl.Int64)


def _has_no_year(times: pl.DataFrame) -> np.ndarray:
    if "year" not in times.columns:
        return np.ones(len(times), np.bool_)
    return times["year"].is_null().to_numpy()


def _turns(change: np.ndarray, is_down: np.ndarray) -> np.ndarray:
    """Return by how many years each line is after the first."""
    if not is_down.any() and change.max() < _UP:
        return np.zeros(len(change), np.int64)
    return np.cumsum(is_down.astype(np.int64) - (change == _UP))


def _is_leap(years: np.ndarray) -> np.ndarray:
    is_leap: np.ndarray = (years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0))
    return is_leap
