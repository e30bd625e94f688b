"""RFC 3164, with and without a year: `Jun 14 15:16:01 host tag[pid]: message`."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa

from lumber.ingest import calendar
from lumber.ingest.syslog.lines import finished, reason_for_time, split_host_and_tag, with_severity
from lumber.ingest.syslog.years import YearFinder
from lumber.ingest.zones import Zone

_MONTH = "(?:" + "|".join(calendar.MONTHS) + ")"
_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?"
# The year may be first, after the day (Cisco, Juniper) or after the time.
STAMP = rf"(?:[0-9]{{4}} )?{_MONTH} {{1,2}}[0-9]{{1,2}} (?:[0-9]{{4}} )?{_CLOCK}(?: [0-9]{{4}})?"
START = rf"^(?:[0-9]{{4}} )?{_MONTH} {{1,2}}[0-9]{{1,2}} (?:[0-9]{{4}} )?[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}"
_FIXED = rf"^{_MONTH} [ 0-9][0-9] [0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(?: |$)"
_YEAR_AFTER = rf"^{_MONTH} [ 0-9][0-9] [0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}} [0-9]{{4}}(?: |$)"
FIXED_CHARACTERS = 15
# The month by its second and third letter, which are different for each.
_MONTH_OF_LETTERS = np.zeros(65_536, np.uint8)
for _name, _number in calendar.MONTH_NUMBERS.items():
    _MONTH_OF_LETTERS[ord(_name[1]) * 256 + ord(_name[2])] = _number
_STAMP_AT_START = rf"^({STAMP})(?: |$)"


def parse(frame: pl.DataFrame, zone: Zone, years: YearFinder) -> pl.DataFrame:
    """Parse rows of number, line, text (without PRI) and code. Times without a zone are of `zone`."""
    text = pl.col("text")
    is_fixed = _is_fixed(frame["text"])
    if is_fixed:
        frame = frame.with_columns(
            text.str.slice(0, FIXED_CHARACTERS).alias("stamp"),
            text.str.slice(FIXED_CHARACTERS + 1).alias("rest"),
        )
    else:
        frame = frame.with_columns(text.str.extract(_STAMP_AT_START).alias("stamp"))
        length = pl.col("stamp").str.len_chars().fill_null(0)
        frame = frame.with_columns(text.str.slice(length + 1).alias("rest"))
    frame = split_host_and_tag(frame).with_columns(timestamps(frame["stamp"], zone, years, is_fixed))
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


def timestamps(stamps: pl.Series, zone: Zone, years: YearFinder, is_fixed: bool) -> pl.Series:
    """Return the UTC microseconds of RFC 3164 times; null for a text that is not a time.

    `is_fixed`: each has the form `Mmm dd hh:mm:ss`.
    """
    parts = _fixed_parts(stamps) if is_fixed else stamps.alias("stamp").to_frame().select(_parts())
    if parts["year"].null_count():
        parts = parts.with_columns(pl.coalesce("year", years.years(parts)).alias("year"))
    local = parts.select(calendar.local_microseconds()).to_series()
    return zone.to_utc(local).alias("timestamp")


def _is_fixed(texts: pl.Series) -> bool:
    """Say whether all texts begin with a time of fixed length, without a year or fraction."""
    return bool(texts.str.contains(_FIXED).all()) and not texts.str.contains(_YEAR_AFTER).any()


def _fixed_parts(stamps: pl.Series) -> pl.DataFrame:
    """Read `Mmm dd hh:mm:ss` from its fixed places, with the bytes of all times as one table."""
    values = stamps.to_arrow().cast(pa.large_string()).buffers()[2]
    assert values is not None
    table = np.frombuffer(memoryview(values), np.uint8)[: len(stamps) * FIXED_CHARACTERS].reshape(
        -1, FIXED_CHARACTERS
    )
    digits = table & 0x0F  # of a space, too: 0
    letters = table[:, 1].astype(np.uint16) * 256 + table[:, 2]
    numbers = {"day": 4, "hour": 7, "minute": 10, "second": 13}
    return pl.DataFrame(
        {
            "month": _MONTH_OF_LETTERS[letters].astype(np.int64),
            **{name: digits[:, start] * 10 + digits[:, start + 1] for name, start in numbers.items()},
        }
    ).with_columns(pl.lit(None, pl.Int64).alias("year"), pl.lit(0, pl.Int64).alias("micro"))


def _parts() -> list[pl.Expr]:
    """Find the parts of a time that may have a year and a fraction."""
    stamp = pl.col("stamp")
    numbers = {
        "day": rf"{_MONTH} +([0-9]{{1,2}})",
        "hour": r"([0-9]{2}):[0-9]{2}:",
        "minute": r":([0-9]{2}):",
        "second": r":[0-9]{2}:([0-9]{2})",
    }
    return [
        stamp.str.extract(f"({_MONTH})")
        .replace_strict(calendar.MONTH_NUMBERS, default=None, return_dtype=pl.Int64)
        .alias("month"),
        *(stamp.str.extract(text).cast(pl.Int8, strict=False).alias(name) for name, text in numbers.items()),
        stamp.str.extract(r"(?:^|\s)([0-9]{4})(?: |$)").cast(pl.Int64, strict=False).alias("year"),
        calendar.fraction_to_micro(stamp.str.extract(r"[.,]([0-9]+)")).alias("micro"),
    ]
