"""Lines that begin with an ISO 8601 time: of rsyslog, or of a program that writes its own log."""

from __future__ import annotations

import polars as pl

from lumber.ingest import isotime
from lumber.ingest.abbreviations import UNCLEAR, offset_seconds, offsets
from lumber.ingest.syslog import program_lines
from lumber.ingest.syslog.hosts import with_host, without_level_as_process
from lumber.ingest.syslog.lines import (
    after,
    reason_for_bare,
    reason_for_time,
    split_host_and_tag,
    with_mnemonics,
    with_process_id,
    with_severity,
)
from lumber.ingest.zones import Zone

START = r"^\[?[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ][0-9]{2}|  [0-9]):[0-9]{2}:[0-9]{2}"
# MariaDB writes hours of one digit after a second space.
_SHORT_HOUR = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})  ([0-9]:)"
_STAMP = rf"^({isotime.STAMP})(?: |$)"
# Also with a tab, colon, comma or bar after it.
_ODD_STAMP = rf"^({isotime.STAMP})(?:[ \t|]|: ?|, |$)"
_IN_BRACKETS = rf"^\[({isotime.STAMP})\] ?"
# env_logger of Rust: [time LEVEL module]. Celery: [time: LEVEL/process]
_WITH_LEVEL = rf"^\[({isotime.STAMP}):? (TRACE|DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL) *[ /]([^\s\]]+)\] "
_WITH_LEVEL_ONLY = rf"^\[({isotime.STAMP}) (TRACE|DEBUG|INFO|WARN|ERROR) *\] "
_HAS_ZONE = r"(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})$"
# PostgreSQL writes the offset of a zone without an abbreviation as hours.
_ABBREVIATION = r"^([A-Z]{1,5}|[+-][0-9]{2})(?:[ \t]|: ?|$)"
_IS_POSTGRES = r"^[+-][0-9]{2}(?: \[[0-9]+\]|:\S*:\[[0-9]+\]:)"
_SEPARATOR = r"^([ \t]|: ?)"


def parse(frame: pl.DataFrame, zone: Zone) -> pl.DataFrame:
    """Parse `2024-01-05T10:00:00.5+01:00 host tag[pid]: message`, and what programs write after a time.

    The rows have number, line, text (without PRI) and code. `zone` applies to times that name none.
    """
    if frame["text"].str.starts_with("[").any():
        frame = _without_brackets(frame)
    frame = frame.with_columns(pl.col("text").str.extract(_STAMP).alias("stamp"))
    if frame["stamp"].null_count():
        frame = frame.with_columns(pl.col("text").str.replace(_SHORT_HOUR, "${1} 0${2}"))
        frame = frame.with_columns(pl.coalesce("stamp", pl.col("text").str.extract(_ODD_STAMP)))
    length = pl.col("stamp").str.len_chars().fill_null(0)
    frame = with_host(frame.with_columns(pl.col("text").str.slice(length + 1).alias("rest")))
    if "is_bracketed" in frame.columns:
        host = pl.when(~pl.col("is_bracketed")).then("host_name")
        frame = frame.with_columns(host.alias("host_name"))
    if frame["host_name"].null_count():
        frame = _with_zones(frame, offsets(zone))
    frame = frame.with_columns(isotime.timestamps(frame["stamp"], zone))
    frame = without_level_as_process(split_host_and_tag(frame))
    frame = with_severity(with_mnemonics(frame)).with_columns(reason_for_time(frame))
    frame = reason_for_bare(frame.with_columns(pl.col("line").alias("raw_message")))
    frame = with_process_id(frame)
    return program_lines.finish(frame)


def _without_brackets(frame: pl.DataFrame) -> pl.DataFrame:
    """Remove brackets around the time, and say in is_bracketed where they were. Only programs write them."""
    text = pl.col("text")
    return frame.with_columns(
        text.str.replace(_IN_BRACKETS, "${1} ")
        .str.replace(_WITH_LEVEL, "${1} ${2} ${3}: ")
        .str.replace(_WITH_LEVEL_ONLY, "${1} [${2}] ")
        .alias("text"),
        text.str.starts_with("[").alias("is_bracketed"),
    )


def _with_zones(frame: pl.DataFrame, known: dict[str, int]) -> pl.DataFrame:
    """Move an abbreviation of a zone from the rest to the time. Rows with one have zone and offset."""
    others = frame["rest"].filter(frame["host_name"].is_null())
    if not others.str.contains(_ABBREVIATION).any():
        return frame
    word = pl.col("rest").str.extract(_ABBREVIATION)
    is_zone = word.is_in([*known, *UNCLEAR]) | pl.col("rest").str.contains(_IS_POSTGRES)
    is_zone &= ~pl.col("stamp").str.contains(_HAS_ZONE)
    frame = frame.with_columns(pl.when(is_zone).then(word).alias("zone")).with_columns(offset_seconds(known))
    minutes = pl.col("offset").abs() // 60
    sign = pl.when(pl.col("offset") < 0).then(pl.lit("-")).otherwise(pl.lit("+"))
    digits = ((minutes // 60) * 100 + minutes % 60).cast(pl.String).str.zfill(4)
    cut = after(pl.col("rest"), pl.col("zone"), 0).str.replace(_SEPARATOR, "")
    has_zone = pl.col("zone").is_not_null()
    frame = frame.with_columns(
        pl.when(has_zone).then(cut).otherwise("rest").alias("rest"),
        # Without an offset no time is found, and the reason names the zone.
        pl.when(has_zone).then(pl.format("{}{}{}", "stamp", sign, digits)).otherwise("stamp").alias("stamp"),
    )
    return with_host(frame)
