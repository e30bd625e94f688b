"""Logs of Go programs: klog of Kubernetes, glog, and the standard library's `log`."""

from __future__ import annotations

from lumber.ingest.layouts.layout import Layout
from lumber.ingest.layouts.server_errors import with_fraction
from lumber.ingest.time_format import TimeFormat

_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}"
_LEVELS = {"I": "INFO", "W": "WARNING", "E": "ERROR", "F": "CRITICAL"}
# The month and day touch the letter: I0301. glog may write the year, too.
_GLOG = (
    r"(?s)^(?P<severity_text>[IWEF])(?P<stamp>[0-9]+ \S+) +(?P<thread_id>[0-9]{1,18}) (?P<file>[^\s:\]]+):"
    r"(?P<line>[0-9]{1,9})\] ?(?P<message>.*)$"
)
_NUMBERS = frozenset({"thread_id", "line"})
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
GO = Layout(
    name="Go's log",
    start=r"^[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}",
    # time file:line: message
    pattern=(
        r"(?s)^(?P<stamp>[0-9/]+ [0-9:.]+)(?: (?P<file>[^\s:]+\.go):(?P<line>[0-9]{1,9}):)?"
        r"(?: (?P<message>.*))?$"
    ),
    time_format=TimeFormat.parse("%Y/%m/%d %H:%M:%S.%f"),
    numbers=frozenset({"line"}),
    prepare=with_fraction,
)
