"""What programs write after an ISO 8601 time: level, logger, thread, process id, stream.

Known are the layouts of log4j, logback and Spring Boot, of Python's logging and loguru, of Rust's tracing, of
OpenStack, Elasticsearch, Kafka, Airflow, Laravel, zap and Windows setup, and the Container Runtime Interface
of Kubernetes; those of more programs are in `layouts/after_time.py`. A row that fits none keeps its text as
the message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import orjson
import polars as pl

from lumber.catalog import severity
from lumber.ingest.layouts import after_time
from lumber.ingest.syslog import database_lines, zap
from lumber.ingest.syslog.lines import FORM, finished

_LEVELS = (
    "TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|ERR|SEVERE|CRITICAL|CRIT|FATAL|ALERT"
    "|EMERGENCY|EMERG|VRB|TRC|DBG|INF|WRN|FTL"
)
_LEVEL = f"(?P<level>{_LEVELS})"
# Packages, classes, and the modules of Rust.
_LOGGER = r"(?P<logger>[A-Za-z_$][\w.$/-]*(?:::[\w.$-]+)*)"
_LINE = "(?P<line>[0-9]{1,9})"
_MESSAGE = r"(?P<message>.*)$"
# By the name of the form: see `ingest/forms.py`.
_LAYOUTS: Mapping[str, str] = {
    # Kubernetes: P is a part of a line, F its end.
    "Kubernetes (CRI)": (rf"(?s)^(?P<stream>stdout|stderr) (?P<part>[FP])(?: {_MESSAGE}|$)"),
    # Python: %(asctime)s - %(name)s - %(levelname)s - %(message)s
    "Python's logging": (rf"(?s)^- (?P<logger>\S+) - {_LEVEL} - {_MESSAGE}"),
    # ZooKeeper: - LEVEL [thread:class@line] - message
    "a log of ZooKeeper": (rf"(?s)^- {_LEVEL} +\[(?P<thread>.*?)\] - {_MESSAGE}"),
    # loguru: | LEVEL | module:function:line - message
    "loguru": (
        rf"(?s)^\| (?P<level>SUCCESS|{_LEVELS}) +\| (?P<logger>[^:|]+):(?P<function>[^:|]*):"
        rf"{_LINE} - {_MESSAGE}"
    ),
    # LEVEL | message
    "a level between bars": (rf"(?s)^\| {_LEVEL} +\| {_MESSAGE}"),
    # Airflow: {{file:line}} LEVEL - message
    "a log of Airflow": (rf"(?s)^\{{(?P<file>[^{{}}:]+):{_LINE}\}} {_LEVEL} - {_MESSAGE}"),
    # Elasticsearch: [LEVEL][logger] [node] message
    "a log of Elasticsearch": (
        rf"(?s)^\[{_LEVEL} *\]\[(?P<logger>[\w.$]+) *\] (?:\[(?P<node>[^\]]*)\] ?)?{_MESSAGE}"
    ),
    # Monolog and Laravel: channel.LEVEL: message
    "Monolog or Laravel": (rf"(?s)^(?P<logger>[\w-]+)\.{_LEVEL}: {_MESSAGE}"),
    # Windows setup and servicing: , Level   component   message
    "Windows setup or servicing": (
        rf"(?s)^ (?P<level>Info|Warning|Error|Perf) {{2,}}(?:(?P<logger>[A-Z]{{2,10}}) {{2,}})?{_MESSAGE}"
    ),
    # Spring Boot: LEVEL pid --- [application] [thread] logger : message
    "Spring Boot": (
        rf"(?s)^ *{_LEVEL} +(?:(?P<process_id>[0-9]{{1,10}}) )?--- (?:\[(?P<application>[^\]]*)\] )?"
        rf"\[ *(?P<thread>[^\]]*)\] (?:\[(?P<correlation>[^\]]*)\] )?(?P<logger>\S+) +: {_MESSAGE}"
    ),
    # logback: [thread] LEVEL logger - message
    "logback": (rf"(?s)^\[(?P<thread>[^\]]*)\] +{_LEVEL} +{_LOGGER}(?: +-|:| :) +{_MESSAGE}"),
    # Hadoop: LEVEL [thread] logger (file:method(line)) - message
    "a log of Hadoop": (
        rf"(?s)^ *{_LEVEL} +\[(?P<thread>[^\]]*)\] +{_LOGGER} "
        rf"\((?P<location>[^\s()]+(?:\([0-9]+\))?)\) - {_MESSAGE}"
    ),
    # log4j: LEVEL [thread] logger: message
    "log4j": (rf"(?s)^ *{_LEVEL} +\[(?P<thread>[^\]]*)\] +{_LOGGER}(?: +-|:| :) +{_MESSAGE}"),
    # LEVEL logger:line - message
    "a level, a logger with a line number and a message": (
        rf"(?s)^ *{_LEVEL} +{_LOGGER}:{_LINE}(?: +-|:| :) +{_MESSAGE}"
    ),
    # Python and Rust: LEVEL logger: message
    "a level, a logger and a message": (rf"(?s)^ *{_LEVEL} +{_LOGGER}(?: +-|:| :) +{_MESSAGE}"),
    # OpenStack: pid LEVEL logger message
    "OpenStack with ISO 8601 times": (rf"(?s)^(?P<process_id>[0-9]{{1,10}}) {_LEVEL} {_LOGGER} {_MESSAGE}"),
    # A level, and what no rule tells apart.
    "a level and a message": (rf"(?s)^ *\[?{_LEVEL}(?:\]:?|:)? +{_MESSAGE}"),
}
# Kafka writes the logger behind the message, of lines whose time is in brackets.
_BRACKETED = rf"(?s)^ *{_LEVEL} +(?P<message>.*) \((?P<logger>[A-Za-z_$][\w.$-]*)\)$"
_KAFKA, _ZAP, _OTHERS = "a log of Kafka", "zap", "a layout with ISO 8601 times"
# Names of forms that all begin with an ISO 8601 time.
FORMS = (*_LAYOUTS, _KAFKA, _ZAP, _OTHERS)
_NUMBERS = after_time.NUMBERS
# These are columns, or parts of one; all other groups are data.
_COLUMNS = frozenset(
    {"level", "letter", "logger", "host", "message", "part", "fields", "stack", *after_time.SAME}
)


def finish(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with `lines.COLUMNS`; those without a host in the layouts of programs, if they fit one.

    There are fewer rows than lines if the Container Runtime Interface has divided a line into parts.
    The rows have rest, and host_name, process_name and message as a syslog line has them. `is_bracketed`, if
    it is there, says whose time is in brackets.
    """
    # Only syslog has a host, and it has a tag after it. A first word without one begins a sentence.
    is_odd = frame["host_name"].is_null() | frame["tag"].is_null()
    if not is_odd.any():
        return finished(frame)
    databases, remaining = database_lines.split(frame.filter(is_odd))
    parts = [finished(frame.filter(~is_odd)), *databases]
    if "is_bracketed" in remaining.columns:
        remaining = _taken(remaining, ((_KAFKA, _BRACKETED),), pl.col("is_bracketed"), parts)
    others = [(_OTHERS, layout) for layout in after_time.LAYOUTS]
    remaining = _taken(remaining, others, pl.col("rest").str.contains(after_time.MARK), parts)
    remaining = _taken(remaining, _layouts(remaining), pl.lit(True), parts)
    parts.append(finished(_without_host(remaining)))
    return pl.concat(parts)


def _taken(
    frame: pl.DataFrame, layouts: Iterable[tuple[str, str]], is_likely: pl.Expr, parts: list[pl.DataFrame]
) -> pl.DataFrame:
    """Append the rows that a layout reads to `parts`; return the others. Only likely ones are compared."""
    is_open = frame.select(is_likely & pl.col("reason").is_null()).to_series()
    likely, others = frame.filter(is_open), frame.filter(~is_open)
    for name, layout in layouts:
        if likely.is_empty():
            return others
        is_it = likely["rest"].str.contains(layout)
        if is_it.any():
            rows = _with_parts(likely.filter(is_it), layout)
            parts.append(finished(rows.with_columns(pl.lit(name).alias(FORM))))
            likely = likely.filter(~is_it)
    return pl.concat([others, likely])


def _layouts(frame: pl.DataFrame) -> Iterator[tuple[str, str]]:
    if frame["rest"].str.contains(zap.MARK).any():
        yield from ((_ZAP, layout) for layout in zap.LAYOUTS)
    yield from _LAYOUTS.items()


def _with_parts(frame: pl.DataFrame, layout: str) -> pl.DataFrame:
    found = frame.select(pl.col("rest").str.extract_groups(layout).alias("parts")).unnest("parts")
    nothing = pl.lit(None, pl.String)
    wanted = ("level", "logger", "host", *after_time.SAME)
    found = found.with_columns(nothing.alias(name) for name in wanted if name not in found.columns)
    found = found.with_columns(
        pl.coalesce(name, other).alias(name) for other, name in after_time.SAME.items()
    )
    if "letter" in found.columns:
        found = found.with_columns(pl.col("letter").replace(after_time.LETTERS).alias("level"))
    # PRI is declared, too: it wins.
    text = pl.coalesce(frame["severity_text"], found["level"])
    columns = pl.select(text.alias("severity_text")).with_columns(
        severity.level_of(pl.col("severity_text")).alias("log_level"),
        found["logger"].replace("", None).alias("process_name"),
        found["message"].fill_null("").alias("message"),
        _as_json(found.drop(_COLUMNS, strict=False), len(found)).alias("structured_data"),
        found["host"].alias("host_name"),
    )
    if "fields" in found.columns:
        columns = columns.with_columns(zap.with_fields(found, columns["structured_data"]))
    frame = frame.with_columns(columns)
    if "part" not in found.columns or not (found["part"] == "P").any():
        return frame
    return _joined(frame.with_columns(found.select("stream", "part")))


def _joined(frame: pl.DataFrame) -> pl.DataFrame:
    """Join the parts of a line into one row: the number and the time of the first, and the texts of all."""
    is_first = (pl.col("part").shift(1) == "F").fill_null(True).over("stream")
    frame = frame.with_columns(is_first.cast(pl.Int64).alias("first"))
    frame = frame.with_columns(pl.col("first").cum_sum().over("stream").alias("line_of_stream"))
    texts = {"message": "", "raw_message": "\n"}
    return frame.group_by("stream", "line_of_stream", maintain_order=True).agg(
        pl.exclude("stream", "line_of_stream", *texts).first(),
        *(pl.col(name).str.join(separator) for name, separator in texts.items()),
    )


def _as_json(data: pl.DataFrame, count: int) -> pl.Series:
    """Return each of `count` rows as canonical JSON without its nulls; a null for a row of nulls."""
    if not data.columns:
        return pl.Series([None] * count, dtype=pl.String)
    data = data.with_columns(pl.col(name).cast(pl.Int64) for name in _NUMBERS if name in data.columns)
    unique = data.unique()
    rows = ({name: value for name, value in row.items() if value is not None} for row in unique.to_dicts())
    texts = [_text(row) for row in rows]
    known = unique.with_columns(pl.Series("json", texts, pl.String))
    return data.join(known, on=list(data.columns), how="left", nulls_equal=True, maintain_order="left")[
        "json"
    ]


def _text(values: dict[str, object]) -> str | None:
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode() if values else None


def _without_host(frame: pl.DataFrame) -> pl.DataFrame:
    """Keep a tag at the beginning, such as `sshd[12]:`; what is left is the message."""
    has_host = pl.col("host_name").is_not_null()
    return frame.with_columns(
        pl.when(has_host).then("rest").otherwise("message").alias("message"),
        pl.lit(None, pl.String).alias("host_name"),
    )
