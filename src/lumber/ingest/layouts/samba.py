"""Samba's records: a line in brackets with time, debug level and place, and indented lines below it."""

from __future__ import annotations

from lumber.ingest.layouts.layout import Layout
from lumber.ingest.time_format import TimeFormat

_TIME = r"[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{6})?"
_FORM = "%Y/%m/%d %H:%M:%S"
SAMBA = Layout(
    name="a log of Samba",
    start=rf"^\[{_TIME}, +[0-9]+(?:, .*)?\] \S+:[0-9]+\(",
    # [time, level, details] file:line(function)
    pattern=(
        rf"(?s)^\[(?P<stamp>{_TIME}), +(?P<debug_level>[0-9]{{1,2}})(?:, (?P<details>.*?))?\] "
        r"(?P<file>\S+):(?P<line>[0-9]{1,9})\((?P<function>[^)]*)\)\s*(?P<message>.*)$"
    ),
    time_format=TimeFormat(
        _FORM, TimeFormat.parse(_FORM).pattern.replace(r"\s*$", r"(?:\.(?P<fraction>[0-9]{1,9}))?\s*$")
    ),
    numbers=frozenset({"debug_level", "line"}),
)
