"""Logs of programs whose times are not ISO 8601: log4j in several forms, Tomcat, Android and Ruby."""

from __future__ import annotations

import polars as pl

from lumber.ingest.layouts.layout import Layout
from lumber.ingest.layouts.moments import IsoTimes, YearFirst
from lumber.ingest.time_format import TimeFormat

_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
_LEVEL = "(?P<severity_text>TRACE|DEBUG|INFO|WARN|ERROR|FATAL)"
# %d{yy/MM/dd HH:mm:ss} %p %c: %m. Without level and logger, such a date is most often another one.
SPARK = Layout(
    name="a log of Spark or Hadoop",
    start=rf"^[0-9]{{2}}/[0-9]{{2}}/[0-9]{{2}} {_CLOCK} [A-Z]+ +[\w.$-]+: ",
    pattern=rf"(?s)^(?P<stamp>\S+ \S+) {_LEVEL} +(?P<process_name>[\w.$-]+): (?P<message>.*)$",
    time_format=YearFirst(TimeFormat.parse("%y/%m/%d %H:%M:%S")),
    wrong_time=(
        "is not a time that begins with the year, or may begin with the month; give a --pattern with a "
        "timestamp, and the order with --time-format, such as '%y/%m/%d %H:%M:%S'"
    ),
)


def _with_thread(groups: pl.DataFrame) -> pl.DataFrame:
    """Return the groups with one thread, which may be on either side of the level."""
    return groups.with_columns(
        pl.coalesce("thread", "thread_after").alias("thread"), pl.col("stamp").str.replace(",", ".")
    ).drop("thread_after")


# The dates of log4j that are named DATE: 01 Mar 2024 10:00:00,123
LOG4J_DATE = Layout(
    name="a log of log4j",
    start=rf"^[0-9]{{2}} [A-Z][a-z]{{2}} [0-9]{{4}} {_CLOCK}[,.][0-9]{{3}} (?:\[.*\] +)?[A-Z]+ ",
    pattern=(
        rf"(?s)^(?P<stamp>\S+ \S+ \S+ \S+) (?:\[(?P<thread>[^\]]*)\] +)?{_LEVEL} +"
        r"(?:\[(?P<thread_after>[^\]]*)\] +)?(?:(?P<process_name>[A-Za-z_$][\w.$]*)(?: +-|:| :) +)?"
        r"(?P<message>.*)$"
    ),
    time_format=TimeFormat.parse("%d %b %Y %H:%M:%S.%f"),
    prepare=_with_thread,
)
_ISO = rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ]{_CLOCK}"
# Numbers of fewer digits may belong to the message.
# Cassandra: LEVEL [thread] time file:line - message. Django: LEVEL time module pid thread message.
LEVEL_FIRST = Layout(
    name="a log of log4j",
    start=rf"^\[?(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL) *\]?:? +(?:\[.*\] )?\[?{_ISO}",
    pattern=(
        r"(?s)^\[?(?P<severity_text>[A-Z]+) *\]?:? +(?:\[(?P<thread>.*?)\] )?"
        rf"\[?(?P<stamp>{_ISO}(?:[.,][0-9]{{1,9}})?(?: ?(?:Z|[+-][0-9]{{2}}:?[0-9]{{2}}))?)\]?"
        r"(?: (?P<file>[\w.$-]+\.(?:java|kt|scala)):(?P<line>[0-9]{1,9}) -"
        r"| (?P<process_name>[A-Za-z_][\w.]*) (?P<process_id>[0-9]{1,9}) (?P<thread_id>[0-9]{10,18})"
        r"| -|[:,])? +(?P<message>.*)$"
    ),
    time_format=IsoTimes(),
    numbers=frozenset({"line", "process_id", "thread_id"}),
)
TOMCAT = Layout(
    name="a log of Tomcat",
    start=rf"^[0-9]{{2}}-[A-Z][a-z]{{2}}-[0-9]{{4}} {_CLOCK}\.[0-9]{{3}} [A-Z]+ \[",
    # time LEVEL [thread] class.method message
    pattern=(
        r"(?s)^(?P<stamp>\S+ \S+) (?P<severity_text>[A-Z]+) \[(?P<thread>[^\]]*)\] (?P<process_name>\S+)"
        r"(?: (?P<message>.*))?$"
    ),
    time_format=TimeFormat.parse("%d-%b-%Y %H:%M:%S.%f"),
    levels={"CONFIG": "INFO"},
)
_MONTH_AND_DAY = TimeFormat.parse("%m-%d %H:%M:%S.%f")
_LETTERS = {
    "V": "DEBUG",
    "D": "DEBUG",
    "I": "INFO",
    "W": "WARNING",
    "E": "ERROR",
    "F": "CRITICAL",
    "A": "CRITICAL",
}
LOGCAT = Layout(
    name="logcat of Android",
    start=rf"^[0-9]{{2}}-[0-9]{{2}} {_CLOCK}\.[0-9]{{3,6}} +(?:[a-z]\w* +)?[0-9]+ +[0-9]+ [VDIWEFA] ",
    # date time [uid] pid tid level tag: message
    pattern=(
        r"(?s)^(?P<stamp>\S+ \S+) +(?:(?P<uid>[a-z]\w*) +)?(?P<process_id>[0-9]{1,9}) +"
        r"(?P<thread_id>[0-9]{1,9}) (?P<severity_text>[VDIWEFA]) (?P<process_name>[^:]*?) *:"
        r"(?: (?P<message>.*))?$"
    ),
    time_format=_MONTH_AND_DAY,
    numbers=frozenset({"process_id", "thread_id"}),
    levels=_LETTERS,
)
LOGCAT_TIME = Layout(
    name="logcat of Android",
    start=rf"^[0-9]{{2}}-[0-9]{{2}} {_CLOCK}\.[0-9]{{3,6}} [VDIWEFA]/.*\( *[0-9]+\): ",
    # date time level/tag(pid): message
    pattern=(
        r"(?s)^(?P<stamp>\S+ \S+) (?P<severity_text>[VDIWEFA])/(?P<process_name>.*?) *"
        r"\( *(?P<process_id>[0-9]{1,9})\): (?P<message>.*)$"
    ),
    time_format=_MONTH_AND_DAY,
    numbers=frozenset({"process_id"}),
    levels=_LETTERS,
)
RUBY = Layout(
    name="Ruby's logger",
    start=rf"^[DIWEFA], \[[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_CLOCK}\.[0-9]+ #[0-9]+\]",
    # I, [time #pid]  LEVEL -- program: message
    pattern=(
        r"(?s)^[DIWEFA], \[(?P<stamp>\S+) #(?P<process_id>[0-9]{1,9})\] +(?P<severity_text>[A-Z]+) -- "
        r"(?P<process_name>[^:]*): ?(?P<message>.*)$"
    ),
    time_format=TimeFormat.parse("%Y-%m-%dT%H:%M:%S.%f"),
    numbers=frozenset({"process_id"}),
)
