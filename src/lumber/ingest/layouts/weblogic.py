"""Logs of WebLogic, in its server files and on the console."""

from __future__ import annotations

import polars as pl

from lumber.ingest.layouts.layout import Layout
from lumber.ingest.time_format import TimeFormat

_TIME = r"[A-Z][a-z]{2} [0-9]{1,2}, [0-9]{4},? [0-9:,.]+ [AP]M"


def _weblogic(groups: pl.DataFrame) -> pl.DataFrame:
    """Give every time a fraction. What the short form lacks is null."""
    stamp = pl.col("stamp").str.replace(r"([0-9]{4}),? ", "${1} ").str.replace(r"(:[0-9]{2}) ", "${1},0 ")
    return groups.with_columns(stamp.alias("stamp"))


# ####<time> <level> <subsystem> <machine> <server> <thread> <user> <..> <..> <epoch> <code> <text>
WEBLOGIC = Layout(
    name="a log of WebLogic",
    start=rf"^(?:####)?<{_TIME} \S+> <",
    pattern=(
        rf"(?s)^(?:####)?<(?P<stamp>{_TIME}) (?P<zone>\S+)> <(?P<severity_text>\w+)> "
        r"<(?P<process_name>[^>]*)> (?:<(?P<host_name>[^>]*)> <(?P<server>[^>]*)> <(?P<thread>.*?)> "
        r"<(?P<user>.*?)> <(?P<transaction>[^>]*)> <(?P<context>[^>]*)> <[0-9]+> )?"
        r"(?:<\[[^>]*\]> )?<(?P<code>[^>]*)> <(?P<message>.*)>\s*$"
    ),
    time_format=TimeFormat.parse("%b %d, %Y %I:%M:%S,%f %p%z"),
    prepare=_weblogic,
)
