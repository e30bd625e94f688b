"""Logs of Redis and ClickHouse, and the error log of MySQL before version 5.7."""

from __future__ import annotations

from lumber.ingest.layouts.layout import Layout
from lumber.ingest.time_format import TimeFormat

_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"


def _redis(date: str, form: str) -> Layout:
    """Redis writes a role since version 3, and a year since version 5."""
    return Layout(
        name="a log of Redis",
        start=rf"^(?:[0-9]+:[XCSM]|\[[0-9]+\]) {date} {_CLOCK}\.[0-9]{{3}} [.*#-] ",
        # pid:role time level message
        pattern=(
            r"(?s)^\[?(?P<process_id>[0-9]{1,9})(?:\]|:(?P<role>[XCSM])) "
            rf"(?P<stamp>{date} [0-9:.]+) (?P<severity_text>[.*#-]) (?P<message>.*)$"
        ),
        time_format=TimeFormat.parse(form),
        numbers=frozenset({"process_id"}),
        levels={".": "DEBUG", "-": "VERBOSE", "*": "NOTICE", "#": "WARNING"},
    )


REDIS = _redis("[0-9]{2} [A-Z][a-z]{2} [0-9]{4}", "%d %b %Y %H:%M:%S.%f")
REDIS_WITHOUT_YEAR = _redis("[0-9]{2} [A-Z][a-z]{2}", "%d %b %H:%M:%S.%f")
CLICKHOUSE = Layout(
    name="a log of ClickHouse",
    start=rf"^[0-9]{{4}}\.[0-9]{{2}}\.[0-9]{{2}} {_CLOCK}\.[0-9]{{1,6}} \[ *[0-9]+ *\] ",
    # time [ thread ] {query} <Level> logger: message
    pattern=(
        r"(?s)^(?P<stamp>\S+ \S+) \[ *(?P<thread_id>[0-9]{1,18}) *\] \{(?P<query_id>[^}]*)\} "
        r"<(?P<severity_text>\w+)> (?P<process_name>(?:[^:]|::)+?): (?P<message>.*)$"
    ),
    time_format=TimeFormat.parse("%Y.%m.%d %H:%M:%S.%f"),
    numbers=frozenset({"thread_id"}),
)
# The day comes last in its dates: yymmdd. Other lines of such a time may have another order.
MYSQL = Layout(
    name="an error log of MySQL",
    start=(
        r"^[0-9]{6} {1,2}[0-9]{1,2}:[0-9]{2}:[0-9]{2} +"
        r"(?:\[(?:Note|Warning|ERROR)\] |InnoDB: |mysqld_safe )"
    ),
    pattern=(
        r"(?s)^(?P<stamp>[0-9]{6} +[0-9:]+) +(?:\[(?P<severity_text>Note|Warning|ERROR)\] )?(?P<message>.*)$"
    ),
    time_format=TimeFormat.parse("%y%m%d %H:%M:%S"),
)
