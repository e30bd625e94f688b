"""Logs of OpenStack after the name of their file, of WebLogic, and of a health app."""

from __future__ import annotations

import polars as pl

from lumber.ingest.layouts.layout import Layout
from lumber.ingest.layouts.moments import IsoTimes
from lumber.ingest.time_format import TimeFormat

_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
# The name of a file, as collections of several files have it: file date time pid LEVEL logger message
OPENSTACK = Layout(
    name="a log of OpenStack",
    start=rf"^\S+\.log\S* [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} {_CLOCK}\.[0-9]{{3}} [0-9]+ [A-Z]+ ",
    pattern=(
        r"(?s)^(?P<file>\S+) (?P<stamp>\S+ \S+) (?P<process_id>[0-9]{1,9}) "
        r"(?P<severity_text>TRACE|DEBUG|INFO|AUDIT|WARNING|ERROR|CRITICAL) (?P<process_name>[\w.-]+) "
        r"(?P<message>.*)$"
    ),
    time_format=IsoTimes(),
    numbers=frozenset({"process_id"}),
    levels={"AUDIT": "INFO"},
)
_WEBLOGIC_TIME = r"[A-Z][a-z]{2} [0-9]{1,2}, [0-9]{4},? [0-9:,.]+ [AP]M"


def _weblogic(groups: pl.DataFrame) -> pl.DataFrame:
    """Give every time a fraction. What the short form lacks is null."""
    stamp = pl.col("stamp").str.replace(r"([0-9]{4}),? ", "${1} ").str.replace(r"(:[0-9]{2}) ", "${1},0 ")
    return groups.with_columns(stamp.alias("stamp"))


# ####<time> <level> <subsystem> <machine> <server> <thread> <user> <..> <..> <epoch> <code> <text>
WEBLOGIC = Layout(
    name="a log of WebLogic",
    start=rf"^(?:####)?<{_WEBLOGIC_TIME} \S+> <",
    pattern=(
        rf"(?s)^(?:####)?<(?P<stamp>{_WEBLOGIC_TIME}) (?P<zone>\S+)> <(?P<severity_text>\w+)> "
        r"<(?P<process_name>[^>]*)> (?:<(?P<host_name>[^>]*)> <(?P<server>[^>]*)> <(?P<thread>.*?)> "
        r"<(?P<user>.*?)> <(?P<transaction>[^>]*)> <(?P<context>[^>]*)> <[0-9]+> )?"
        r"(?:<\[[^>]*\]> )?<(?P<code>[^>]*)> <(?P<message>.*)>\s*$"
    ),
    time_format=TimeFormat.parse("%b %d, %Y %I:%M:%S,%f %p%z"),
    prepare=_weblogic,
)
# yyyymmdd-hh:mm:ss:milliseconds|module|pid|message, in which numbers have no leading zeros.
HEALTH_APP = Layout(
    name="a log of a health app",
    start=r"^[0-9]{8}-[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,3}\|",
    pattern=(
        r"(?s)^(?P<stamp>[0-9]{8}-[0-9:]+):(?P<milliseconds>[0-9]{1,3})\|(?P<process_name>[^|]*)\|"
        r"(?P<process_id>[0-9]{1,18})\|(?P<message>.*)$"
    ),
    time_format=TimeFormat.parse("%Y%m%d-%H:%M:%S.%f"),
    numbers=frozenset({"process_id"}),
    prepare=lambda groups: groups.with_columns(
        pl.format("{}.{}", "stamp", pl.col("milliseconds").str.zfill(3)).alias("stamp")
    ).drop("milliseconds"),
)
