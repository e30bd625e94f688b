"""Cisco's lines with something before their time, or without one: `000123: *Mar  1 18:46:11: %SYS-5-...`."""

from __future__ import annotations

import polars as pl

from lumber.ingest.devices.cisco import BEFORE, MNEMONIC, numbers
from lumber.ingest.records.values import dumped
from lumber.ingest.syslog import rfc3164
from lumber.ingest.syslog.lines import refused
from lumber.ingest.syslog.years import YearFinder
from lumber.ingest.zones import Zone

_UPTIME = r"(?:(?:[0-9]+[ywdhms]){1,6}|[0-9]{1,3}:[0-9]{2}:[0-9]{2}): "
START = rf"^{BEFORE}(?:[*.]?{rfc3164.STAMP}(?: [A-Z]{{1,5}})?: |{_UPTIME})?{MNEMONIC} ?:"
_BEFORE = rf"^{BEFORE}"
_IS_TIMED = rf"^{BEFORE}[*.]?{rfc3164.STAMP}"
_NO_TIME = (
    "the line has the uptime of a Cisco device, or no time; set `service timestamps log datetime` (IOS) or "
    "`logging timestamp` (ASA) on the device, or load what a syslog server received"
)


def parse(frame: pl.DataFrame, zone: Zone, years: YearFinder) -> pl.DataFrame:
    """Parse rows of number, line, text and code. What stands before the time is the host, and data."""
    is_timed = frame["text"].str.contains(_IS_TIMED)
    without = refused(frame.filter(~is_timed), _NO_TIME)
    frame = frame.filter(is_timed)
    if frame.is_empty():
        return without
    parts = frame.select(pl.col("text").str.extract_groups(_BEFORE).alias("parts")).unnest("parts")
    rows = rfc3164.parse(frame.with_columns(pl.col("text").str.replace(_BEFORE, "")), zone, years)
    found = (numbers(*pair) for pair in parts.select("sequence", "later").iter_rows())
    data = [dumped(known) if known else None for known in found]
    name = pl.coalesce(parts["first"], parts["second"])
    rows = rows.with_columns(
        pl.coalesce("host_name", pl.select(name).to_series()).alias("host_name"),
        pl.Series("structured_data", data, pl.String),
    )
    return pl.concat([rows, without])
