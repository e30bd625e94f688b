"""Lines of which only the form of the time is known: asctime of C, seconds since 1970, and journalctl.

They are compared with a line last.
"""

from __future__ import annotations

import polars as pl

from lumber.ingest.abbreviations import OFFSETS, UNCLEAR
from lumber.ingest.layouts.layout import Layout
from lumber.ingest.layouts.moments import Epochs
from lumber.ingest.time_format import TimeFormat

_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
_ASCTIME = rf"{_DAY} [A-Z][a-z]{{2}} +[0-9]{{1,2}} {_CLOCK}"
_ZONES = rf"(?:[+-][0-9]{{2}}:?[0-9]{{2}}|{'|'.join(sorted({*OFFSETS, *UNCLEAR}))})"
_ZONE = f"(?P<zone>{_ZONES})"
# host program[pid]: message
_REST = (
    r"(?P<host_name>[\w.-]+) (?P<process_name>[^\s\[:]+)(?:\[(?P<process_id>[0-9]{1,9})\])?:"
    r"(?: (?P<message>.*))?$"
)
_IDS = frozenset({"process_id"})
_FORM = "%a %b %d %H:%M:%S %Y"
ASCTIME = Layout(
    name="a time of the form `Fri Mar  1 10:00:00 2024`",
    start=rf"^\[?{_ASCTIME}(?: {_ZONES})? [0-9]{{4}}\]?:? ",
    # dmesg -T has brackets around the time, date a zone in it. vsftpd has a process id.
    pattern=(
        rf"(?s)^\[?(?P<stamp>{_ASCTIME})(?: {_ZONE})? (?P<year>[0-9]{{4}})\]?:? "
        r"(?:\[pid (?P<process_id>[0-9]{1,9})\] )?(?P<message>.*)$"
    ),
    time_format=TimeFormat(
        _FORM, TimeFormat.parse(_FORM).pattern.replace(r"\s*$", r"(?P<zone>[+-][0-9]{4})?\s*$")
    ),
    numbers=_IDS,
    prepare=lambda groups: groups.with_columns(pl.format("{} {}", "stamp", "year").alias("stamp")).drop(
        "year"
    ),
)
JOURNAL_FULL = Layout(
    name="journalctl -o short-full",
    start=rf"^{_DAY} [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} {_CLOCK} \S+ [\w.-]+ \S+:",
    pattern=rf"(?s)^(?P<stamp>\S+ \S+ {_CLOCK}) {_ZONE} {_REST}",
    time_format=TimeFormat.parse("%a %Y-%m-%d %H:%M:%S%z"),
    numbers=_IDS,
)
JOURNAL_UNIX = Layout(
    name="journalctl -o short-unix",
    start=r"^[0-9]{10}\.[0-9]{6} [\w.-]+ [^\s\[:]+(?:\[[0-9]+\])?:",
    pattern=rf"(?s)^(?P<stamp>[0-9.]+) {_REST}",
    time_format=Epochs(),
    numbers=_IDS,
)
# Nagios, Icinga and Naemon; Mosquitto.
EPOCH = Layout(
    name="a time in seconds since 1970",
    start=r"^(?:\[[0-9]{10}\]|[0-9]{10}:) ",
    pattern=r"(?s)^\[?(?P<stamp>[0-9]{10})[\]:] (?P<message>.*)$",
    time_format=Epochs(),
)
