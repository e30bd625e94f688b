"""What PostgreSQL and MySQL write after the time of a line in their server logs.

Sources of the forms: PostgreSQL, "Error Reporting and Logging" (`log_line_prefix`), with the prefixes of
Debian, of pgBadger and of Amazon RDS; MySQL, "The Error Log", 5.7 and 8; MariaDB, "Error Log".
"""

from __future__ import annotations

import orjson
import polars as pl

from lumber.catalog import severity
from lumber.ingest.syslog.lines import finished

_SEVERITIES = "DEBUG[1-5]?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC"
# They belong to the message before them, have no severity, and begin with a prefix of their own.
_FIELDS = "DETAIL|HINT|QUERY|CONTEXT|LOCATION|BACKTRACE|STATEMENT"
_TEXT = rf"(?:(?P<level>{_SEVERITIES})|(?P<field>{_FIELDS})):  (?P<message>.*)$"
_ZONE = r"(?P<zone>[A-Z]{1,5}|[+-][0-9]{2})"
_PID = r"\[(?P<process_id>[0-9]{1,10})\]"
_MYSQL_LEVEL = r"\[(?P<level>System|Note|Warning|ERROR|Error)\]"
_LAYOUTS = (
    # %m [%p] %q%u@%d, and the same with %t, [%l-1], the names of pgBadger, or %e
    rf"(?s)^(?:{_ZONE} )?{_PID}:? (?:\[(?P<session_line>[0-9]{{1,10}})(?:-[0-9]+)?\]:? )?"
    r"(?:user=(?P<user>[^,]*),db=(?P<database>[^,]*)(?:,app=(?P<application>.*?))?"
    r"(?:,client=(?P<client>\S*))? |(?P<user_at>[^@:]*)@(?P<database_at>\S*) )?"
    rf"(?:(?P<sqlstate>[0-9A-Z]{{5}}) )?{_TEXT}",
    # Amazon RDS: %t:%r:%u@%d:[%p]:
    rf"(?s)^(?:{_ZONE})?:?(?P<client>[^\s@]*?):(?P<user>[^\s:@]*)@(?P<database>[^:]*):{_PID}:{_TEXT}",
    # MySQL 8: thread [Level] [code] [subsystem] message
    rf"(?s)^(?P<thread_id>[0-9]{{1,19}}) {_MYSQL_LEVEL} \[(?P<error_code>MY-[0-9]+)\] "
    r"\[(?P<subsystem>[^\]]*)\] (?P<message>.*)$",
    # MySQL 5.7 and MariaDB: thread [Level] message
    rf"(?s)^(?P<thread_id>[0-9]{{1,19}}) {_MYSQL_LEVEL} (?P<message>.*)$",
)
# One expression for lines of programs that have none of these forms.
_LIKELY = (
    r"^(?:(?:[A-Z]{1,5} |[+-][0-9]{2} )?\[[0-9]{1,10}\]:? |\S*:\[[0-9]{1,10}\]:[A-Z]"
    r"|[0-9]{1,19} \[[A-Z])"
)
_DATA = (
    "process_id", "session_line", "user", "database", "application", "client", "sqlstate", "field",
    "thread_id", "error_code",
)  # fmt: skip
_NUMBERS = ("process_id", "session_line", "thread_id")
_SAME = {"user_at": "user", "database_at": "database"}


def split(frame: pl.DataFrame) -> tuple[list[pl.DataFrame], pl.DataFrame]:
    """Return the rows that a database wrote, with `lines.COLUMNS`, and the other rows as they are.

    A line with an unknown zone after its time is a reject: its time would be wrong.
    """
    is_likely = frame["rest"].str.contains(_LIKELY) & frame["reason"].is_null()
    if not is_likely.any():
        return [], frame
    parts, others = [], [frame.filter(~is_likely)]
    likely = frame.filter(is_likely)
    for layout in _LAYOUTS:
        is_it = likely["rest"].str.contains(layout)
        if is_it.any():
            parts.append(finished(_read(likely.filter(is_it), layout)))
            likely = likely.filter(~is_it)
    return parts, pl.concat([*others, likely])


def _read(frame: pl.DataFrame, layout: str) -> pl.DataFrame:
    found = frame.select(pl.col("rest").str.extract_groups(layout).alias("parts")).unnest("parts")
    nothing = pl.lit(None, pl.String)
    found = found.with_columns(
        nothing.alias(name)
        for name in ("level", "zone", "subsystem", *_DATA, *_SAME)
        if name not in found.columns
    )
    found = found.with_columns(pl.coalesce(name, other).alias(name) for other, name in _SAME.items())
    unknown = pl.format(
        "timestamp: time zone '{}' is unknown or has several meanings; remove it and name the zone with "
        "--timezone, or load with a --timezone that uses it",
        pl.col("zone"),
    )
    columns = found.select(
        # PRI is declared, too: it wins.
        pl.coalesce(frame["severity_text"], "level").alias("severity_text"),
        pl.col("subsystem").alias("process_name"),
        "message",
        pl.when(pl.col("zone").is_not_null()).then(unknown).alias("reason"),
        nothing.alias("host_name"),
        _as_json(found.select(_DATA)).alias("structured_data"),
    )
    return frame.with_columns(
        columns.with_columns(severity.level_of(pl.col("severity_text")).alias("log_level"))
    )


def _as_json(data: pl.DataFrame) -> pl.Series:
    """Return each row as canonical JSON without its nulls and empty texts."""
    data = data.select(sorted(name for name in data.columns if data[name].count()))
    data = data.with_columns(pl.col(name).cast(pl.Int64) for name in _NUMBERS if name in data.columns)
    rows = (
        {name: value for name, value in row.items() if value not in (None, "")}
        for row in data.iter_rows(named=True)
    )
    return pl.Series([orjson.dumps(row).decode() for row in rows], dtype=pl.String)
