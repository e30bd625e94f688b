"""Builds frames of lines for the parsers."""

from datetime import UTC, datetime

import polars as pl

from lumber.ingest.syslog.dispatch import SyslogParser
from lumber.ingest.syslog.lines import FORM
from lumber.ingest.syslog.years import YearFinder
from lumber.ingest.zones import UTC_ZONE, Zone

REFERENCE = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)


def framed(*lines: str) -> pl.DataFrame:
    """Return the lines with their numbers, as the readers cut them."""
    columns = {"number": list(range(1, len(lines) + 1)), "line": list(lines)}
    return pl.DataFrame(columns, schema={"number": pl.Int64, "line": pl.String})


def parser(zone: Zone = UTC_ZONE, year: int | None = None) -> SyslogParser:
    """Return a parser at the beginning of a source."""
    return SyslogParser(zone, YearFinder(zone, REFERENCE, year, {}))


def parsed(*lines: str, zone: Zone = UTC_ZONE, year: int | None = None) -> list[dict]:
    """Parse lines of any syslog form and return a dict for each, in their order; without FORM."""
    rows = parser(zone, year).parse(framed(*lines)).sort("number").drop(FORM)
    return rows.with_columns(pl.col("timestamp").cast(pl.Datetime("us"))).to_dicts()
