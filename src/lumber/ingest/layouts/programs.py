"""Logs of programs whose times are not ISO 8601: Spark and Hadoop, Tomcat, Android and Ruby."""

from __future__ import annotations

from lumber.ingest.layouts.layout import Layout
from lumber.ingest.time_format import TimeFormat

_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
_LEVEL = "(?P<severity_text>TRACE|DEBUG|INFO|WARN|ERROR|FATAL)"
# %d{yy/MM/dd HH:mm:ss} %p %c: %m. Without level and logger, the order of the numbers would be a guess.
SPARK = Layout(
    name="a log of Spark or Hadoop",
    start=rf"^[0-9]{{2}}/[0-9]{{2}}/[0-9]{{2}} {_CLOCK} [A-Z]+ +[\w.$-]+: ",
    pattern=rf"(?s)^(?P<stamp>\S+ \S+) {_LEVEL} +(?P<process_name>[\w.$-]+): (?P<message>.*)$",
    time_format=TimeFormat.parse("%y/%m/%d %H:%M:%S"),
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
LOGCAT = Layout(
    name="logcat of Android",
    start=rf"^[0-9]{{2}}-[0-9]{{2}} {_CLOCK}\.[0-9]{{3,6}} +[0-9]+ +[0-9]+ [VDIWEF] ",
    # date time pid tid level tag: message
    pattern=(
        r"(?s)^(?P<stamp>\S+ \S+) +(?P<process_id>[0-9]{1,9}) +(?P<thread_id>[0-9]{1,9}) "
        r"(?P<severity_text>[VDIWEF]) (?P<process_name>[^:]*?) *:(?: (?P<message>.*))?$"
    ),
    time_format=TimeFormat.parse("%m-%d %H:%M:%S.%f"),
    numbers=frozenset({"process_id", "thread_id"}),
    levels={"V": "DEBUG", "D": "DEBUG", "I": "INFO", "W": "WARNING", "E": "ERROR", "F": "CRITICAL"},
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
