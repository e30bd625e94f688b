"""Logs of what runs behind a web server: PHP, uWSGI and Django; and of CUPS, with the times of Apache."""

from __future__ import annotations

import polars as pl

from lumber.ingest.layouts.layout import Layout
from lumber.ingest.layouts.moments import PlacedTimes
from lumber.ingest.time_format import TimeFormat

_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
_PHP_LEVELS = {
    "Fatal error": "FATAL", "Parse error": "FATAL", "Recoverable fatal error": "ERROR", "Warning": "WARNING",
    "Notice": "NOTICE", "Deprecated": "NOTICE", "Strict Standards": "NOTICE",
}  # fmt: skip
# PHP writes its message after two spaces; PHP-FPM its level in capitals.
PHP = Layout(
    name="an error log of PHP",
    start=rf"^\[[0-9]{{2}}-[A-Z][a-z]{{2}}-[0-9]{{4}} {_CLOCK}(?:\.[0-9]+)?(?: [A-Za-z][\w/+-]*)?\] ",
    pattern=(
        r"(?s)^\[(?P<stamp>[^\]]+)\] (?:(?P<process_name>PHP) )?"
        rf"(?:(?P<severity_text>{'|'.join(_PHP_LEVELS)}|ALERT|ERROR|WARNING|NOTICE|DEBUG): +)?"
        r"(?P<message>.*)$"
    ),
    time_format=PlacedTimes(
        TimeFormat(
            "%d-%b-%Y %H:%M:%S",
            TimeFormat.parse("%d-%b-%Y %H:%M:%S").pattern.replace(
                r"\s*$", r"(?:\.(?P<fraction>[0-9]{1,9}))?\s*$"
            ),
        )
    ),
    levels=_PHP_LEVELS,
)


def _uwsgi(groups: pl.DataFrame) -> pl.DataFrame:
    message = pl.format('{} "{} {} {}" {}', "client", "method", "path", "protocol", "status")
    return groups.with_columns(message.alias("message"))


UWSGI = Layout(
    name="a request log of uWSGI",
    start=r"^\[pid: [0-9]+\|app: [0-9-]+\|req: [0-9/-]+\] ",
    pattern=(
        r"(?s)^\[pid: (?P<process_id>[0-9]{1,9})\|app: (?P<app>[0-9-]+)\|req: (?P<request_number>[0-9/-]+)\] "
        r"(?P<client>\S+) \((?P<user>[^)]*)\) \{[^}]*\} \[(?P<stamp>[^\]]+)\] "
        r"(?P<method>\S+) (?P<path>\S+) => "
        r"generated (?P<size>[0-9]{1,18}) bytes in (?P<elapsed>[0-9]+ \S+) "
        r"\((?P<protocol>HTTP/[0-9.]+) (?P<status>[0-9]{3})\)(?: (?P<rest>.*))?$"
    ),
    time_format=TimeFormat.parse("%a %b %d %H:%M:%S %Y"),
    numbers=frozenset({"process_id", "size", "status"}),
    prepare=_uwsgi,
)
DJANGO = Layout(
    name="a log of Django",
    start=rf"^\[[0-9]{{2}}/[A-Z][a-z]{{2}}/[0-9]{{4}} {_CLOCK}\] ",
    # [time] message, or [time] LEVEL [logger:line] message
    pattern=(
        r"(?s)^\[(?P<stamp>[^\]]+)\] (?:(?P<severity_text>DEBUG|INFO|WARNING|ERROR|CRITICAL) "
        r"\[(?P<process_name>[\w.]+):(?P<line>[\w.]+)\] )?(?P<message>.*)$"
    ),
    time_format=TimeFormat.parse("%d/%b/%Y %H:%M:%S"),
)
CUPS = Layout(
    name="an error log of CUPS",
    start=rf"^[XACEWNIDd] \[[0-9]{{2}}/[A-Z][a-z]{{2}}/[0-9]{{4}}:{_CLOCK} [+-][0-9]{{4}}\] ",
    pattern=r"(?s)^(?P<severity_text>[XACEWNIDd]) \[(?P<stamp>[^\]]+)\] (?P<message>.*)$",
    time_format=TimeFormat.parse("%d/%b/%Y:%H:%M:%S %z"),
    levels={
        "X": "EMERG", "A": "ALERT", "C": "CRITICAL", "E": "ERROR", "W": "WARNING", "N": "NOTICE", "I": "INFO",
        "D": "DEBUG", "d": "DEBUG",
    },
)  # fmt: skip
