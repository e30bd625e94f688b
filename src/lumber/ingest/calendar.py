"""Dates to microseconds since 1970, a column at a time.

Arithmetic instead of `pl.datetime`, which raises for a date that doesn't exist. To check every day against
Polars' own month lengths takes twice as long.

Source of the arithmetic: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
"""

from __future__ import annotations

import polars as pl

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTH_NUMBERS = {name: number for number, name in enumerate(MONTHS, start=1)}


def is_leap(year: pl.Expr) -> pl.Expr:
    """Say which years are leap years (Gregorian)."""
    return (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))


def is_date(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Say which numbers make a date in years 1 to 9999."""
    february = 28 + is_leap(year).cast(pl.Int64)
    days = pl.when(month == 2).then(february).otherwise(30 + (month + month // 8) % 2)
    return (year >= 1) & (year <= 9999) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= days)


def is_clock(hour: pl.Expr, minute: pl.Expr, second: pl.Expr) -> pl.Expr:
    """Say which numbers make a time of day. A leap second counts as the second after it."""
    return (hour <= 23) & (minute <= 59) & (second <= 60)


def days_since_1970(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Return the days from 1970-01-01 to each date."""
    shifted = year - (month <= 2).cast(pl.Int64)
    era = shifted // 400
    year_of_era = shifted - era * 400
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def microseconds(days: pl.Expr, hour: pl.Expr, minute: pl.Expr, second: pl.Expr, micro: pl.Expr) -> pl.Expr:
    """Return the microseconds since 1970 of each day and time of day."""
    return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + micro


def local_microseconds() -> pl.Expr:
    """Return microseconds from the columns year to second and micro; null if they are not a time."""
    year, month, day = (pl.col(name).cast(pl.Int64) for name in ("year", "month", "day"))
    hour, minute, second = (pl.col(name).cast(pl.Int64) for name in ("hour", "minute", "second"))
    whole = microseconds(days_since_1970(year, month, day), hour, minute, second, pl.col("micro"))
    return pl.when(is_date(year, month, day) & is_clock(hour, minute, second)).then(whole)


def fraction_to_micro(digits: pl.Expr) -> pl.Expr:
    """Return the microseconds of the digits after a second. Finer digits are cut off."""
    padded = digits.str.slice(0, 6).str.pad_end(6, "0")
    return padded.cast(pl.Int64, strict=False).fill_null(0)
