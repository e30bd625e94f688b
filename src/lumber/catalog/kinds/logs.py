"""logs: the lines that devices and services wrote. Names follow OpenTelemetry, ECS and syslog."""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from lumber.catalog import rules, severity
from lumber.catalog.kind import (
    ADDRESS,
    OPAQUE,
    ORDERED,
    TEXTUAL,
    TIMESTAMP,
    VOCABULARY,
    Column,
    Holds,
    Kind,
    LabelSource,
    Level,
    Storage,
    Transformed,
    json_field,
    optional,
    required,
)

SCHEMA = pa.schema(
    [
        required("id", pa.int64()),
        required("timestamp", TIMESTAMP),
        optional("log_level", pa.string()),
        optional("severity_text", pa.string()),
        optional("severity_number", pa.int8()),
        optional("process_name", pa.string()),
        required("message", pa.string()),
        optional("device_id", pa.string()),
        optional("device_ip", pa.string()),
        optional("host_name", pa.string()),
        optional("raw_message", pa.string()),
        json_field("structured_data"),
    ]
)

COLUMNS = (
    Column("id", Storage.INTEGER, ORDERED),
    Column("timestamp", Storage.TIME, ORDERED),
    Column(
        "log_level",
        Storage.TEXT,
        VOCABULARY,
        filter_sources=("severity_text", "log_level"),
        vocabulary=severity.SPELLINGS_BY_LEVEL,
        is_category=True,
    ),
    Column("severity_text", Storage.TEXT, TEXTUAL, filter_sources=("severity_text", "log_level")),
    Column("process_name", Storage.TEXT, TEXTUAL, is_category=True),
    Column("message", Storage.TEXT, TEXTUAL),
    Column("device_id", Storage.TEXT, TEXTUAL, is_category=True, holds=Holds.HOST),
    Column("device_ip", Storage.TEXT, ADDRESS),
    Column("host_name", Storage.TEXT, TEXTUAL, is_category=True, holds=Holds.HOST),
    Column("raw_message", Storage.TEXT, TEXTUAL),
    Column("structured_data", Storage.JSON, OPAQUE),
)

DESCRIPTIONS = {
    "id": "Number of the row; it grows in the order of loading.",
    "timestamp": "When the line was written, UTC.",
    "log_level": "DEBUG, INFO, WARNING, ERROR or CRITICAL; null when the severity is unknown.",
    "severity_text": "The severity as the source wrote it.",
    "severity_number": "The severity as an OpenTelemetry number, 1 to 24.",
    "process_name": "The program that wrote the line.",
    "message": "The text of the line.",
    "device_id": "The device that the line is about.",
    "device_ip": "The address of that device.",
    "host_name": "The machine that wrote the line.",
    "raw_message": "The whole line as it came.",
    "structured_data": "The fields of the line, as JSON.",
}

# The severity of the source: its text, or only its level.
_SEVERITY = pl.coalesce("severity_text", "log_level")

RULES = (
    rules.not_blank("message"),
    *rules.no_nul("message", "raw_message", "process_name", "host_name", "device_id", "device_ip"),
    rules.expression_rule(
        "known_severity",
        "severity_text",
        Level.STRICT,
        "is not a known severity",
        severity.is_unknown(_SEVERITY),
        value=_SEVERITY,
    ),
    rules.is_address("device_ip", Level.STRICT),
    rules.not_future("timestamp"),
)


def transform(frame: pl.DataFrame) -> Transformed:
    """Map the severity: text as stored, level and OpenTelemetry number; unknown text is counted."""
    derived = frame.select(
        _SEVERITY.alias("severity_text"),
        severity.level_of(_SEVERITY).alias("log_level"),
        severity.number_of(_SEVERITY).alias("severity_number"),
    )
    unknown = derived.select(
        (pl.col("severity_text").is_not_null() & pl.col("log_level").is_null()).sum()
    ).item()
    return Transformed(derived.to_dict(), {"severity_text_unknown": int(unknown)})


KIND = Kind(
    name="logs",
    title="Logs",
    description="Lines that devices and services wrote.",
    table="log_entries",
    schema=SCHEMA,
    columns=COLUMNS,
    time_column="timestamp",
    content_columns=("message",),
    message_column="message",
    device_column="device_id",
    process_column="process_name",
    level_column="log_level",
    labels_from=LabelSource(
        kind="anomalies",
        row_column="log_entry_id",
        device_column="device_id",
        type_column="anomaly_type",
        score_column="score",
        score_inputs=("score_raw", "score_max"),
        detector_column="detector",
        verdict_column="verdict",
        by_id="log_entry",
    ),
    is_append_only=True,
    rules=RULES,
    transform=transform,
    descriptions=DESCRIPTIONS,
)
