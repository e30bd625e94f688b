"""Finds the year of times that have none (RFC 3164)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl

from lumber.ingest import calendar
from lumber.ingest.zones import Zone

_NUMBERS = ("month", "day", "hour", "minute", "second")
_DAY = timedelta(days=1)


class YearFinder:
    """Gives each time a year. Carries its state from chunk to chunk.

    Without a first year, each line gets the latest year in which it is at most a day after the reference
    time. With a first year, the year changes with the months: up from the end of a year to the start of the
    next, and back for a late December line after the first ones of January.
    """

    def __init__(self, zone: Zone, reference: datetime, year: int | None, state: dict[str, Any]) -> None:
        self._limit = _number_of(reference.astimezone(zone.tzinfo), _DAY)
        self._first = year
        self.has_guessed = False
        self._year: int | None = state.get("year", year)
        self._month: int | None = state.get("month")

    def state(self) -> dict[str, Any]:
        """Return the state that a later chunk needs."""
        return {} if self._first is None else {"year": self._year, "month": self._month}

    def years(self, times: pl.DataFrame) -> pl.Series:
        """Return the year of each row of `times` (columns month, day, hour, minute, second)."""
        if self._year is None or self._first is None:
            self.has_guessed |= len(times) > 0
            return self._by_reference(times)
        return self._by_order(times["month"])

    def _by_reference(self, times: pl.DataFrame) -> pl.Series:
        limit_year, limit = self._limit
        number = pl.lit(0, pl.Int64)
        for name in _NUMBERS:
            number = number * 100 + pl.col(name).cast(pl.Int64)
        year = pl.lit(limit_year, pl.Int64) - (number > limit).cast(pl.Int64)
        is_leap_day = (pl.col("month") == 2) & (pl.col("day") == 29)
        return times.select(pl.when(is_leap_day).then(_leap_year_until(year)).otherwise(year)).to_series()

    def _by_order(self, months: pl.Series) -> pl.Series:
        assert self._year is not None
        known = months.fill_null(strategy="forward").fill_null(self._month or 1).cast(pl.Int64)
        if known.is_empty():
            return known
        before = known.shift(1, fill_value=self._month or known[0])
        change = known - before
        steps = (change <= -6).cast(pl.Int64) - (change == 11).cast(pl.Int64)
        years = steps.cum_sum() + self._year
        self._year, self._month = int(years[-1]), int(known[-1])
        return years


def _number_of(moment: datetime, ahead: timedelta) -> tuple[int, int]:
    """Return the year, and month to second as one number, of the time `ahead` of a moment."""
    limit = moment + ahead
    return limit.year, int(limit.strftime("%m%d%H%M%S"))


def _leap_year_until(year: pl.Expr) -> pl.Expr:
    """Return the latest leap year that is not after `year`."""
    fourth = year - year % 4
    return pl.when(calendar.is_leap(fourth)).then(fourth).otherwise(fourth - 4)
