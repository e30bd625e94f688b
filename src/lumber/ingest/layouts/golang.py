"""Logs of Go programs: klog of Kubernetes, glog, CockroachDB, and the standard library's `log`."""

from __future__ import annotations

import polars as pl

from lumber.ingest.abbreviations import OFFSETS, UNCLEAR
from lumber.ingest.layouts.layout import Layout
from lumber.ingest.time_format import TimeFormat

_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}"
_LEVELS = {"I": "INFO", "W": "WARNING", "E": "ERROR", "F": "CRITICAL"}
# The month and day touch the letter: I0301. glog may write the year, too.
_GLOG = (
    r"(?s)^(?P<severity_text>[IWEF])(?P<stamp>[0-9]+ \S+) +(?P<thread_id>[0-9]{1,18}) (?P<file>[^\s:\]]+):"
    r"(?P<line>[0-9]{1,9})\] ?(?P<message>.*)$"
)
_NUMBERS = frozenset({"thread_id", "line"})


def _with_mark(groups: pl.DataFrame) -> pl.DataFrame:
    """Take the level at the start of the message. After one before the time, it stays there."""
    is_level = pl.col("severity_text").is_null() & pl.col("marked").is_not_null()
    return groups.with_columns(
        pl.coalesce("severity_text", "marked").alias("severity_text"),
        pl.when(is_level).then("said").otherwise("message").alias("message"),
    ).drop("marked", "said")


KLOG = Layout(
    name="klog",
    start=rf"^[IWEF][0-9]{{4}} {_CLOCK} +[0-9]+ \S+:[0-9]+\]",
    pattern=_GLOG,
    time_format=TimeFormat.parse("%m%d %H:%M:%S.%f"),
    numbers=_NUMBERS,
    levels=_LEVELS,
)
GLOG = Layout(
    name="glog",
    start=rf"^[IWEF][0-9]{{8}} {_CLOCK} +[0-9]+ \S+:[0-9]+\]",
    pattern=_GLOG,
    time_format=TimeFormat.parse("%Y%m%d %H:%M:%S.%f"),
    numbers=_NUMBERS,
    levels=_LEVELS,
)
# Lyymmdd hh:mm:ss.uuuuuu goroutine channel@file:line [tags] counter message
COCKROACH = Layout(
    name="a log of CockroachDB",
    start=rf"^[IWEF][0-9]{{6}} {_CLOCK} [0-9]+ (?:[0-9]+@)?[^\s:@]+:[0-9]+ ",
    pattern=(
        r"(?s)^(?P<severity_text>[IWEF])(?P<stamp>[0-9]{6} \S+) (?P<goroutine>[0-9]{1,18}) "
        r"(?:(?P<channel>[0-9]{1,9})@)?(?P<file>[^\s:@]+):(?P<line>[0-9]{1,9}) (?:\x{22ee} )?(?P<message>.*)$"
    ),
    time_format=TimeFormat.parse("%y%m%d %H:%M:%S.%f"),
    numbers=frozenset({"goroutine", "channel", "line"}),
    levels=_LEVELS,
)
_LEVEL = "TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERR|ERROR|CRITICAL|CRIT|FATAL|PANIC"
_ZONE = rf"(?:Z|[+-][0-9]{{2}}:?[0-9]{{2}}|{'|'.join(sorted({*OFFSETS, *UNCLEAR}))})"
GO = Layout(
    name="Go's log",
    start=(
        rf"^(?:\[?(?:{_LEVEL})\]?:?[ \t]+)?[0-9]{{4}}/[0-9]{{2}}/[0-9]{{2}} [0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}"
    ),
    # Perhaps a level; time; perhaps file:line:; perhaps a level, as slog writes it; message
    pattern=(
        rf"(?s)^(?:\[?(?P<severity_text>{_LEVEL})\]?:?[ \t]+)?(?P<stamp>[0-9/]+ [0-9:.]+)"
        rf"(?: ?(?P<zone>{_ZONE}))?:?"
        r"(?: (?P<file>[^\s:]+\.go):(?P<line>[0-9]{1,9}):)?"
        rf"(?:[ \t](?P<message>\[?(?P<marked>{_LEVEL})(?:\]:?|:)?(?:[ \t]+(?P<said>.*))?|.*))?$"
    ),
    time_format=TimeFormat(
        "%Y/%m/%d %H:%M:%S.%f %z",
        r"^(?P<year>[0-9]{4})/(?P<month>[0-9]{2})/(?P<day>[0-9]{2}) "
        r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?"
        r"(?P<zone>[+-][0-9]{4})?$",
    ),
    numbers=frozenset({"line"}),
    prepare=_with_mark,
)
