"""Dates to microseconds since 1970, a column at a time.

`is_date` is arithmetic: `pl.datetime` raises for a date that doesn't exist. To check every day against
Polars' own month lengths takes twice as long.
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


def local_microseconds() -> pl.Expr:
    """Return microseconds from the columns year to second and micro; null if they are not a time."""
    year, month, day = (pl.col(name).cast(pl.Int64) for name in ("year", "month", "day"))
    hour, minute, second = (pl.col(name).cast(pl.Int64) for name in ("hour", "minute", "second"))
    is_time = is_date(year, month, day) & is_clock(hour, minute, second)
    # `pl.datetime` raises for numbers that are not a time, and for second 60.
    minutes = pl.datetime(pl.when(is_time).then(year), month, day, hour, minute).dt.epoch("us")
    return minutes + second * 1_000_000 + pl.col("micro")


def fraction_to_micro(digits: pl.Expr) -> pl.Expr:
    """Return the microseconds of the digits after a second. Finer digits are cut off."""
    padded = digits.str.slice(0, 6).str.pad_end(6, "0")
    return padded.cast(pl.Int64, strict=False).fill_null(0)
