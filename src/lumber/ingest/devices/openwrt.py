"""What `logread` of OpenWrt prints: `Fri Mar  1 12:00:00 2024 daemon.info dnsmasq[1]: started`."""

from __future__ import annotations

import polars as pl

from lumber.ingest.records.values import epoch_microseconds
from lumber.ingest.syslog import rfc3164
from lumber.ingest.syslog.lines import (
    as_json_scalar,
    finished,
    reason_for_time,
    split_host_and_tag,
    with_severity,
)
from lumber.ingest.syslog.years import YearFinder
from lumber.ingest.zones import Zone

_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_FACILITIES = (
    "kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|security|ftp|ntp|audit|alert|clock"
    "|local[0-7]"
)
_CODES = {
    "emerg": 0, "panic": 0, "alert": 1, "crit": 2, "err": 3, "error": 3, "warn": 4, "warning": 4, "notice": 5,
    "info": 6, "debug": 7,
}  # fmt: skip
START = rf"^{_DAY} {rfc3164.STAMP} (?:\[[0-9.]+\] )?(?:{_FACILITIES})\.(?:{'|'.join(_CODES)}) "
_LINE = (
    rf"(?s)^{_DAY} (?P<stamp>{rfc3164.STAMP}) (?:\[(?P<epoch>[0-9.]+)\] )?"
    r"(?P<facility>[a-z0-7]+)\.(?P<level>[a-z]+) (?P<rest>.*)$"
)


def parse(frame: pl.DataFrame, zone: Zone, years: YearFinder) -> pl.DataFrame:
    """Parse rows of number, line, text and code. With `-t`, an exact time in brackets counts."""
    parts = frame.select(pl.col("text").str.extract_groups(_LINE).alias("parts")).unnest("parts")
    frame = frame.drop("code").hstack(parts)
    frame = frame.with_columns(
        pl.col("level").replace_strict(_CODES, default=None, return_dtype=pl.Int16).alias("code"),
        pl.lit(None, pl.String).alias("zone"),
        pl.lit(None, pl.String).alias("host_name"),
    )
    frame = split_host_and_tag(frame)
    times = rfc3164.timestamps(frame.select("stamp", "zone"), zone, years, is_fixed=False)
    frame = frame.hstack(times).with_columns(
        pl.coalesce(
            pl.Series("exact", [epoch_microseconds(text) for text in frame["epoch"]], pl.Int64), "timestamp"
        ).alias("timestamp")
    )
    number = as_json_scalar(frame["process_id"])
    data = pl.concat_str(
        pl.lit('{"facility":"'),
        pl.col("facility"),
        pl.lit('"'),
        pl.concat_str(pl.lit(',"process_id":'), number).fill_null(""),
        pl.lit("}"),
    )
    frame = with_severity(frame).with_columns(
        data.alias("structured_data"), pl.col("line").alias("raw_message")
    )
    return finished(frame.with_columns(reason_for_time(frame)))
