"""RFC 3164, with and without a year: `Jun 14 15:16:01 host tag[pid]: message`."""

from __future__ import annotations

import polars as pl

from lumber.ingest import calendar
from lumber.ingest.syslog.lines import finished, reason_for_time, split_host_and_tag, with_severity
from lumber.ingest.syslog.years import YearFinder
from lumber.ingest.zones import Zone

_MONTH = "(?:" + "|".join(calendar.MONTHS) + ")"
_CLOCK = r"\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?"
# The year may stand in front, after the day (Cisco, Juniper) or after the time.
STAMP = rf"(?:\d{{4}} )?{_MONTH} {{1,2}}\d{{1,2}} (?:\d{{4}} )?{_CLOCK}(?: \d{{4}})?"
START = rf"^(?:\d{{4}} )?{_MONTH} {{1,2}}\d{{1,2}} (?:\d{{4}} )?\d{{2}}:\d{{2}}:\d{{2}}"
_STAMP_AT_START = rf"^({STAMP})(?: |$)"


def parse(frame: pl.DataFrame, zone: Zone, years: YearFinder) -> pl.DataFrame:
    """Parse rows of number, line, text (without PRI) and code. Times without a zone are of `zone`."""
    frame = frame.with_columns(pl.col("text").str.extract(_STAMP_AT_START).alias("stamp"))
    frame = frame.with_columns(
        pl.col("text").str.slice(pl.col("stamp").str.len_chars().fill_null(0) + 1).alias("rest")
    )
    frame = split_host_and_tag(frame).with_columns(timestamps(frame["stamp"], zone, years))
    frame = with_severity(frame).with_columns(reason_for_time(frame))
    is_bare = pl.col("host_name").is_null() & pl.col("reason").is_null()
    frame = frame.with_columns(
        pl.when(is_bare)
        .then(pl.lit("there is no host and message after the time"))
        .otherwise("reason")
        .alias("reason"),
        pl.col("line").alias("raw_message"),
    )
    return finished(frame)


def timestamps(stamps: pl.Series, zone: Zone, years: YearFinder) -> pl.Series:
    """Return the UTC microseconds of RFC 3164 times; null where one is no time."""
    frame = stamps.alias("stamp").to_frame()
    lengths = stamps.str.len_bytes()
    is_plain = bool(lengths.is_between(14, 15).all())
    parts = frame.select(_plain_parts() if is_plain else _parts()).with_columns(
        pl.col("month").replace_strict(calendar.MONTH_NUMBERS, default=None, return_dtype=pl.Int8)
    )
    if parts["year"].null_count():
        found = years.years(parts)
        parts = parts.with_columns(pl.coalesce("year", found).alias("year"))
    local = parts.select(calendar.local_microseconds()).to_series()
    return zone.to_utc(local).alias("timestamp")


def _plain_parts() -> list[pl.Expr]:
    """Cut `Mmm dd hh:mm:ss` at its fixed places."""
    stamp = pl.col("stamp")
    numbers = {"day": (4, 2), "hour": (-8, 2), "minute": (-5, 2), "second": (-2, 2)}
    return [
        stamp.str.slice(0, 3).alias("month"),
        *(
            stamp.str.slice(start, length).str.strip_chars(" ").cast(pl.Int8, strict=False).alias(name)
            for name, (start, length) in numbers.items()
        ),
        pl.lit(None, pl.Int64).alias("year"),
        pl.lit(0, pl.Int64).alias("micro"),
    ]


def _parts() -> list[pl.Expr]:
    """Find the parts of a time that may have a year and a fraction."""
    stamp = pl.col("stamp")
    numbers = {
        "day": rf"{_MONTH} +(\d{{1,2}})",
        "hour": r"(\d{2}):\d{2}:",
        "minute": r":(\d{2}):",
        "second": r":\d{2}:(\d{2})",
    }
    return [
        stamp.str.extract(f"({_MONTH})").alias("month"),
        *(stamp.str.extract(text).cast(pl.Int8, strict=False).alias(name) for name, text in numbers.items()),
        stamp.str.extract(r"(?:^|\s)(\d{4})(?: |$)").cast(pl.Int64, strict=False).alias("year"),
        calendar.fraction_to_micro(stamp.str.extract(r"[.,](\d+)")).alias("micro"),
    ]
