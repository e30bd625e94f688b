"""ISO 8601 and RFC 3339 times, a column at a time."""

from __future__ import annotations

import polars as pl

from lumber.ingest import calendar
from lumber.ingest.zones import MAX_MICROSECONDS, MIN_MICROSECONDS, Zone

# The date and time at the start of a log line.
DATE_AND_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,12})?"
STAMP = DATE_AND_TIME + r"(?: ?(?:[Zz]|[+-][0-9]{2}:?[0-9]{2}))?"
# A complete value: the time of day, its seconds and the zone are optional.
_CLOCK = r"(?P<hour>[0-9]{2}):?(?P<minute>[0-9]{2})(?::?(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]+))?)?"
_VALUE = (
    r"^\s*(?P<year>[0-9]{4})[-/]?(?P<month>[0-9]{2})[-/]?(?P<day>[0-9]{2})"
    rf"(?:[Tt ]+{_CLOCK})?"
    r"\s*(?P<zone>[Zz]|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?\s*$"
)


def timestamps(stamps: pl.Series, zone: Zone) -> pl.Series:
    """Return the UTC microseconds of ISO 8601 texts; null for a text that is not a time in years 1 to 9999.

    `zone` applies to times that name none. Digits finer than a microsecond are cut off.
    """
    frame = stamps.alias("stamp").to_frame()
    lengths = stamps.str.len_bytes()
    is_plain = bool((lengths >= 19).all(ignore_nulls=False)) and bool(
        frame.select(pl.col("stamp").str.contains(f"^{STAMP}$").all(ignore_nulls=False)).item()
    )
    parts = frame.select(_plain_parts()) if is_plain else _parts(frame)
    return to_utc(parts, zone).alias("timestamp")


def _plain_parts() -> list[pl.Expr]:
    """Read full times: the local microseconds since 1970, and the text of the zone."""
    stamp = pl.col("stamp")
    # Without a cache: times hardly repeat. A leap second becomes the second after it.
    seconds = (
        stamp.str.slice(0, 19)
        .str.replace("[t ]", "T")
        .str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False, cache=False)
        .cast(pl.Int64)
    )
    tail = stamp.str.slice(19)
    micro = calendar.fraction_to_micro(tail.str.extract(r"^[.,]([0-9]+)"))
    return [
        # Polars has a year 0, and a zone or a leap second may move its last hours into the year 1.
        pl.when(~stamp.str.starts_with("0000")).then(seconds + micro).alias("local"),
        tail.str.extract(r"([Zz]|[+-][0-9]{2}:?[0-9]{2})$").alias("zone"),
    ]


def _parts(frame: pl.DataFrame) -> pl.DataFrame:
    """Do the same for times without a time of day, or in another form."""
    found = frame.select(pl.col("stamp").str.extract_groups(_VALUE).alias("parts")).unnest("parts")
    numbers = ("year", "month", "day", "hour", "minute", "second")
    numbered = found.select(
        *(pl.col(name).cast(pl.Int64, strict=False) for name in numbers[:3]),
        # A date alone means its first moment.
        *(pl.col(name).cast(pl.Int64, strict=False).fill_null(0) for name in numbers[3:]),
        calendar.fraction_to_micro(pl.col("fraction")).alias("micro"),
        pl.col("zone"),
    )
    return numbered.select(calendar.local_microseconds().alias("local"), "zone")


def to_utc(parts: pl.DataFrame, zone: Zone) -> pl.Series:
    """Return the UTC microseconds of local ones and the text of their zone; without it they are of `zone`."""
    sign = pl.when(pl.col("zone").str.starts_with("-")).then(-1).otherwise(1)
    hours = pl.col("zone").str.slice(1, 2).cast(pl.Int64, strict=False).fill_null(0)
    minutes = pl.col("zone").str.extract(r"([0-9]{2})$").cast(pl.Int64, strict=False).fill_null(0)
    has_minutes = pl.col("zone").str.len_chars() > 3
    minutes = pl.when(has_minutes & (minutes <= 59)).then(minutes).when(has_minutes).then(None).otherwise(0)
    is_named = pl.col("zone").is_in(["Z", "z", "UTC", "GMT"])
    offset = pl.when(is_named).then(0).when(hours <= 23).then(sign * (hours * 60 + minutes))
    frame = parts.select("zone", "local", offset.alias("offset"))
    absolute = pl.col("local") - pl.col("offset") * 60_000_000
    if not frame["zone"].null_count():
        moments = frame.select(absolute)
    else:
        in_zone = zone.to_utc(parts["local"])
        moments = frame.select(
            pl.when(pl.col("zone").is_null()).then(in_zone).otherwise(absolute).alias("local")
        )
    moment = pl.col("local")
    return moments.select(
        pl.when(moment.is_between(MIN_MICROSECONDS, MAX_MICROSECONDS)).then(moment)
    ).to_series()
