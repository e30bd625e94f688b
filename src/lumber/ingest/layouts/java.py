"""java.util.logging, whose records have two lines: time, class and method; then level and message.

The second line continues the first one. Source of the form: SimpleFormatter of the JDK.
"""

from __future__ import annotations

import polars as pl

from lumber.catalog import severity
from lumber.ingest.layouts.layout import Layout
from lumber.ingest.time_format import TimeFormat

# Since JDK 20, a narrow space is before AM.
_TIME = r"[A-Z][a-z]{2} [0-9]{1,2}, [0-9]{4} [0-9]{1,2}:[0-9]{2}:[0-9]{2}[ \x{202f}][AP]M"
_LEVELS = "SEVERE|WARNING|INFO|CONFIG|FINE|FINER|FINEST"
JUL = Layout(
    name="a log of java.util.logging",
    start=rf"^{_TIME} [\w.$]+(?: \S+)?\s*$",
    pattern=rf"(?s)^(?P<stamp>{_TIME}) (?P<process_name>[\w.$]+)(?: (?P<method>\S+))?\s*(?P<message>)$",
    time_format=TimeFormat.parse("%b %d, %Y %I:%M:%S %p"),
)
# Polars has this syntax, and the standard library not.
JUL_START = JUL.start.replace(r"\x{202f}", "\u202f")
JUL_TEXT = rf"(?:{_LEVELS}): "


def with_levels(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows after their lines were joined. A level before the message of such a record is its level."""
    parts = pl.col("message").str.extract_groups(rf"(?s)^(?P<level>{_LEVELS}): (?P<said>.*)$")
    is_it = pl.col("raw_message").str.contains(rf"^{_TIME} ")
    found = rows.select(pl.when(is_it).then(parts).alias("parts")).unnest("parts")
    if not found["level"].count():
        return rows
    text = found["level"].replace("CONFIG", "INFO").alias("severity_text")
    known = pl.lit(text.is_not_null())
    return rows.with_columns(
        pl.when(known).then(text).otherwise("severity_text").alias("severity_text"),
        pl.when(known).then(severity.level_of(pl.lit(text))).otherwise("log_level").alias("log_level"),
        pl.when(known).then(found["said"]).otherwise("message").alias("message"),
    )
