"""RFC 3164, with and without a year: `Jun 14 15:16:01 host tag[pid]: message`."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa

from lumber.ingest import calendar
from lumber.ingest.abbreviations import UNCLEAR, offset_seconds, offsets
from lumber.ingest.syslog.hosts import with_host, without_level_as_process
from lumber.ingest.syslog.lines import (
    after,
    finished,
    reason_for_bare,
    reason_for_time,
    split_host_and_tag,
    with_mnemonics,
    with_process_id,
    with_severity,
)
from lumber.ingest.syslog.years import YearFinder
from lumber.ingest.zones import UTC_ZONE, Zone

_MONTH = "(?:" + "|".join(calendar.MONTHS) + ")"
_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?"
# The year may be first, after the day (Cisco, Juniper) or after the time.
STAMP = rf"(?:[0-9]{{4}} )?{_MONTH} {{1,2}}[0-9]{{1,2}} (?:[0-9]{{4}} )?{_CLOCK}(?: [0-9]{{4}})?"
# Cisco writes `*` or `.` before the time of a clock that is not synchronised.
START = (
    rf"^[*.]?(?:[0-9]{{4}} )?{_MONTH} {{1,2}}[0-9]{{1,2}} (?:[0-9]{{4}} )?[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}"
)
_FIXED = rf"^{_MONTH} [ 0-9][0-9] [0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(?: |$)"
FIXED_CHARACTERS = 15
_STAMP_OF_LINE = rf"^(?:<[0-9]{{1,3}}>)?[*.]?({STAMP})(?:[Z: \t+-]|$)"
# The month by its second and third letter, which are different for each.
_MONTH_OF_LETTERS = np.zeros(65_536, np.uint8)
for _name, _number in calendar.MONTH_NUMBERS.items():
    _MONTH_OF_LETTERS[ord(_name[1]) * 256 + ord(_name[2])] = _number
_ZONE = r"(?P<zone>[Zz]| ?[+-][0-9]{2}:?[0-9]{2}| [A-Z]{1,5})"
# Juniper writes two spaces before the host.
_WITH_ZONE = rf"^(?P<start>[*.]?(?P<stamp>{STAMP}){_ZONE}?(?:: ?| {{1,2}}|\t|$))"
_WITHOUT_ZONE = rf"^(?P<start>[*.]?(?P<stamp>{STAMP})(?P<zone>[Zz])?(?:: ?| {{1,2}}|\t|$))"
# A year or a zone, which can't be hosts, or another space.
_CONTINUES = r"^(?: |(?:[A-Z]{1,5}|[+-][0-9]{2}:?[0-9]{2}|[0-9]{4})(?:[ :\t]|$))"


def parse(frame: pl.DataFrame, zone: Zone, years: YearFinder) -> pl.DataFrame:
    """Parse rows of number, line, text (without PRI) and code. Times without a zone are of `zone`."""
    fixed = _with_fixed_stamps(frame)
    is_fixed = fixed is not None
    frame = with_host(_with_stamps(frame, offsets(zone))) if fixed is None else fixed
    frame = without_level_as_process(split_host_and_tag(frame))
    frame = frame.hstack(timestamps(frame, zone, years, is_fixed))
    frame = with_severity(with_mnemonics(frame)).with_columns(reason_for_time(frame))
    frame = with_process_id(reason_for_bare(frame))
    return finished(frame.with_columns(pl.col("line").alias("raw_message")))


def _with_fixed_stamps(frame: pl.DataFrame) -> pl.DataFrame | None:
    """Add stamp, rest and host_name if all times are `Mmm dd hh:mm:ss`, and none has a year or zone."""
    text = pl.col("text")
    if not frame["text"].str.contains(_FIXED).all():
        return None
    cut = frame.with_columns(
        text.str.slice(0, FIXED_CHARACTERS).alias("stamp"),
        text.str.slice(FIXED_CHARACTERS + 1).alias("rest"),
    )
    cut = with_host(cut)
    is_other = cut["host_name"].is_null()
    if is_other.any() and cut["rest"].filter(is_other).str.contains(_CONTINUES).any():
        return None
    return cut


def _with_stamps(frame: pl.DataFrame, known: dict[str, int]) -> pl.DataFrame:
    """Add stamp, zone, offset (seconds) and rest to rows of which not all begin with a fixed time.

    A word after the time that is not an abbreviation of a zone belongs to the rest.
    """
    text = pl.col("text")
    frame = frame.with_columns(
        text.str.extract_groups(_WITH_ZONE).alias("long"),
        text.str.extract_groups(_WITHOUT_ZONE).alias("short"),
    )
    zone = pl.col("long").struct.field("zone").str.strip_chars()
    is_zone = zone.str.contains(r"^[Zz+-]") | zone.is_in([*known, *UNCLEAR])
    frame = frame.with_columns(pl.when(is_zone).then("long").otherwise("short").alias("parts"))
    parts = pl.col("parts").struct
    frame = frame.with_columns(
        parts.field("stamp"),
        parts.field("zone").str.strip_chars().alias("zone"),
        after(text, parts.field("start"), 0).alias("rest"),
    )
    return frame.with_columns(offset_seconds(known))


def times_of(lines: pl.Series) -> pl.DataFrame:
    """Return month, day, hour, minute, second and year (or null) of the lines that begin with a time."""
    stamps = lines.str.extract(_STAMP_OF_LINE).drop_nulls().alias("stamp").to_frame()
    return stamps.select(_parts())


def timestamps(frame: pl.DataFrame, zone: Zone, years: YearFinder, is_fixed: bool) -> pl.DataFrame:
    """Return the column timestamp, UTC microseconds; null for a text that is not a time.

    `is_fixed`: each has the form `Mmm dd hh:mm:ss`. If years of some can't be found, `lacks_year` says which.
    """
    stamps = frame["stamp"]
    parts = _fixed_parts(stamps) if is_fixed else stamps.alias("stamp").to_frame().select(_parts())
    if parts["year"].null_count():
        parts = parts.with_columns(pl.coalesce("year", years.years(parts)).alias("year"))
    local = parts.select(calendar.local_microseconds()).to_series()
    moments = zone.to_utc(local).alias("timestamp").to_frame()
    if parts["year"].null_count():
        moments = moments.with_columns(parts["year"].is_null().alias("lacks_year"))
    if is_fixed or not frame["zone"].count():
        return moments
    absolute = UTC_ZONE.to_utc(local - frame["offset"] * 1_000_000)
    is_local = pl.lit(frame["zone"].is_null())
    return moments.with_columns(pl.when(is_local).then("timestamp").otherwise(absolute).alias("timestamp"))


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
