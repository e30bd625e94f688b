"""Rows of lines that have a time of their own, from what their text tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import polars as pl

from lumber.catalog.severity import LEVEL_BY_SPELLING
from lumber.ingest import isotime
from lumber.ingest.devices.body import Body
from lumber.ingest.records.values import dumped, epoch_microseconds
from lumber.ingest.syslog.lines import finished, with_severity
from lumber.ingest.zones import Zone


class Line(NamedTuple):
    """A line: its time as seconds since 1970 or in ISO 8601, and the rest."""

    stamp: str
    body: Body


def rows_of(frame: pl.DataFrame, read: Callable[[str], Line | None], zone: Zone, form: str) -> pl.DataFrame:
    """Return `lines.COLUMNS` of rows of number, line, text (without PRI) and code.

    A text that `read` doesn't know is a reject that names its `form`. The level of PRI counts more than that
    of the text, which then is data.
    """
    lines = [read(text) for text in frame["text"]]
    moments = _moments([line.stamp if line is not None else None for line in lines], zone)
    codes = with_severity(frame)
    rows = [
        _row(line, moment, severity)
        for line, moment, severity in zip(lines, moments, codes["severity_text"], strict=True)
    ]
    columns = (
        "message", "process_name", "host_name", "device_id", "severity_text", "structured_data", "reason",
    )  # fmt: skip
    found = pl.DataFrame(rows, dict.fromkeys(columns, pl.String), orient="row")
    levels = [LEVEL_BY_SPELLING.get((text or "").lower()) for text in found["severity_text"]]
    shown = pl.when(pl.col("reason") == "").then(pl.lit(f"is no line of {form}")).otherwise("reason")
    return finished(
        frame.drop("severity_text", "log_level", strict=False)
        .hstack(found)
        .with_columns(
            pl.Series("timestamp", moments, pl.Int64),
            pl.Series("log_level", levels, pl.String),
            pl.col("line").alias("raw_message"),
            shown.alias("reason"),
        )
    )


def _moments(stamps: Sequence[str | None], zone: Zone) -> list[int | None]:
    found = [epoch_microseconds(stamp) if stamp is not None else None for stamp in stamps]
    left = [index for index, stamp in enumerate(stamps) if stamp is not None and found[index] is None]
    if left:
        texts = pl.Series([stamps[index] for index in left], dtype=pl.String)
        for index, moment in zip(left, isotime.timestamps(texts, zone), strict=True):
            found[index] = moment
    return found


def _row(line: Line | None, moment: int | None, severity: str | None) -> tuple[str | None, ...]:
    """Return the values of a row; its reason is null if it can be loaded, and empty if it isn't known."""
    if line is None:
        return (None, None, None, None, severity, None, "")
    body = line.body
    data: dict[str, Any] = dict(body.data)
    if severity is not None and body.severity is not None and body.severity != severity:
        data["level"] = body.severity
    reason = None
    if moment is None:
        reason = (
            f"timestamp: '{line.stamp}' is not a time" if line.stamp else "timestamp: the line has no time"
        )
    text = dumped(data) if data else None
    level = severity or body.severity
    return (body.message, body.process, body.host, body.device, level, text, reason)
