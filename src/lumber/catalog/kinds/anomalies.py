"""anomalies: what detectors found, with a score between 0 and 1 and a person's verdict."""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from lumber.catalog import rules
from lumber.catalog.kind import (
    OPAQUE,
    ORDERED,
    TEXTUAL,
    TIMESTAMP,
    Column,
    Holds,
    Kind,
    Leader,
    Level,
    Reference,
    Storage,
    Transformed,
    json_field,
    optional,
    required,
)

VERDICTS = ("true_positive", "false_positive", "unknown")

SCHEMA = pa.schema(
    [
        required("id", pa.int64()),
        required("timestamp", TIMESTAMP),
        required("anomaly_type", pa.string()),
        optional("severity", pa.string()),
        optional("score", pa.float64()),
        optional("score_raw", pa.float64()),
        optional("description", pa.string()),
        json_field("features"),
        optional("log_entry_id", pa.int64()),
        optional("device_id", pa.string()),
        optional("detector", pa.string()),
        optional("status", pa.string()),
        optional("verdict", pa.string()),
    ]
)

COLUMNS = (
    Column("id", Storage.INTEGER, ORDERED),
    Column("timestamp", Storage.TIME, ORDERED),
    Column("anomaly_type", Storage.TEXT, TEXTUAL, is_category=True),
    Column("severity", Storage.TEXT, TEXTUAL, is_category=True),
    Column(
        "score",
        Storage.REAL,
        ORDERED,
        filter_sources=("score", "score_raw"),
        filter_scale=("score_max", ("score_raw", "score")),
    ),
    Column("score_raw", Storage.REAL, ORDERED, filter_sources=("score_raw", "score")),
    Column("score_max", Storage.REAL),
    Column("description", Storage.TEXT, TEXTUAL),
    Column("features", Storage.JSON, OPAQUE),
    Column("log_entry_id", Storage.INTEGER, ORDERED),
    Column("device_id", Storage.TEXT, TEXTUAL, is_category=True, holds=Holds.HOST),
    Column("detector", Storage.TEXT, TEXTUAL, is_category=True),
    Column("status", Storage.TEXT, TEXTUAL, is_category=True),
    Column("verdict", Storage.TEXT, TEXTUAL, is_category=True),
)

DESCRIPTIONS = {
    "id": "Number of the row.",
    "timestamp": "When the anomaly was found, UTC.",
    "anomaly_type": "What was found.",
    "severity": "The severity, in the detector's words.",
    "score": "How sure the detector is, 0 to 1.",
    "score_raw": "The score on the detector's own scale.",
    "description": "What was found, in a sentence.",
    "features": "What the detector looked at, as JSON.",
    "log_entry_id": "The log line that it was found in.",
    "device_id": "The device that it was found on.",
    "detector": "The detector that found it.",
    "status": "What was done about it.",
    "verdict": "A person's verdict: true_positive, false_positive or unknown.",
}

_RAW = pl.coalesce("score_raw", "score")
# Scores with a `score_max` are scaled to 0 to 1. A scale is never guessed.
_SCORE = (
    pl.when(pl.col("score_max") > 0)
    .then(_RAW / pl.col("score_max"))
    .otherwise(pl.coalesce("score", "score_raw"))
)

RULES = (
    rules.not_blank("anomaly_type"),
    *rules.no_nul("anomaly_type", "severity", "description", "device_id", "detector", "status", "verdict"),
    rules.expression_rule(
        "in_range", "score", Level.BASIC, "is outside the range 0 to 1", (_SCORE < 0) | (_SCORE > 1), _SCORE
    ),
    rules.one_of("verdict", VERDICTS, Level.STRICT),
    rules.not_future("timestamp"),
    rules.refers("log_entry_id", "log_entry_exists"),
)


def transform(frame: pl.DataFrame) -> Transformed:
    """Scale the score to 0 to 1, and keep the detector's own score in `score_raw`.

    A quotient beyond the range of a double becomes null. Validation rejects such rows earlier, if it is on.
    """
    scores = frame.select(_SCORE.alias("score"), _RAW.alias("score_raw"))
    rescaled, overflowed = scores.select(
        (pl.col("score") != pl.col("score_raw")).sum().alias("rescaled"),
        pl.col("score").is_infinite().sum().alias("overflowed"),
    ).row(0)
    derived = scores.with_columns(pl.when(pl.col("score").is_finite()).then("score").alias("score"))
    return Transformed(
        derived.to_dict(), {"score_rescaled": int(rescaled), "score_overflowed": int(overflowed)}
    )


KIND = Kind(
    name="anomalies",
    title="Anomalies",
    description="What detectors found in the logs.",
    table="anomaly_detections",
    schema=SCHEMA,
    columns=COLUMNS,
    time_column="timestamp",
    device_column="device_id",
    content_columns=("anomaly_type", "description"),
    rules=RULES,
    transform=transform,
    descriptions=DESCRIPTIONS,
    references=(Reference("log_entry_exists", "log_entry_id", "log_entries", "id"),),
    leader=Leader("log_entry_id", "logs"),
)
