"""The findings of detectors: on the rows of incidents, and false alarms on ordinary rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from lumber.ingest.sample.chance import whole
from lumber.ingest.sample.incidents import Incident

COLUMNS = (
    "timestamp",
    "anomaly_type",
    "severity",
    "score",
    "score_max",
    "description",
    "features",
    "row",
    "device_id",
    "detector",
    "status",
    "verdict",
)
_ROWS_PER_FALSE_ALARM = 2_500
_SHOWN_EVERY = 3


def anomalies_of(
    random: np.random.Generator, incidents: Sequence[Incident], rows: pl.DataFrame
) -> pl.DataFrame:
    """Return the anomalies of a block by time; `row` is the position of the log row it points to.

    `rows` has `row`, `timestamp`, `device_id` and `incident` (-1: none) of every log row of the block.
    """
    findings = _incident_findings(random, incidents, rows)
    alarms = _false_alarms(random, rows.filter(pl.col("incident") < 0))
    return pl.concat([findings, alarms]).sort("timestamp", "row")


def _incident_findings(
    random: np.random.Generator, incidents: Sequence[Incident], rows: pl.DataFrame
) -> pl.DataFrame:
    found = (
        rows.filter(pl.col("incident") >= 0)
        .with_columns(pl.int_range(pl.len(), dtype=pl.Int64).over("incident").alias("rank"))
        .filter(pl.col("rank") % _SHOWN_EVERY == 0)
        .join(_incident_table(incidents), on="incident", how="left", maintain_order="left")
    )
    noise = pl.Series(whole(random, 0, 40, found.height))
    scaled = (pl.col("base_score") + pl.col("rank") * 4 + noise).clip(0, 995)
    return found.with_columns(
        _later(random, found.height),
        # Division of whole numbers rounds the same everywhere.
        pl.when(pl.col("is_percent")).then(scaled / 10).otherwise(scaled / 1000).alias("score"),
        pl.when(pl.col("is_percent")).then(pl.lit(100.0)).alias("score_max"),
        pl.concat_str(
            pl.lit('{"events":'),
            pl.col("rank") + 1,
            "source",
            pl.lit(',"window_minutes":'),
            "minutes",
            pl.lit("}"),
        ).alias("features"),
    ).select(COLUMNS)


def _incident_table(incidents: Sequence[Incident]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (
                number,
                incident.type.name,
                incident.type.severity,
                incident.type.detector,
                incident.type.score_max == 100,
                incident.description,
                incident.status,
                incident.verdict,
                incident.base_score,
                incident.minutes,
                f',"source":"{incident.attacker}"' if incident.attacker else "",
            )
            for number, incident in enumerate(incidents)
        ],
        schema={
            "incident": pl.Int64,
            "anomaly_type": pl.String,
            "severity": pl.String,
            "detector": pl.String,
            "is_percent": pl.Boolean,
            "description": pl.String,
            "status": pl.String,
            "verdict": pl.String,
            "base_score": pl.Int64,
            "minutes": pl.Int64,
            "source": pl.String,
        },
        orient="row",
    )


def _false_alarms(random: np.random.Generator, rows: pl.DataFrame) -> pl.DataFrame:
    count = rows.height // _ROWS_PER_FALSE_ALARM
    chosen = rows[np.sort(random.choice(rows.height, count, replace=False))] if count else rows.head(0)
    score = pl.Series(whole(random, 480, 760, count))
    is_open = pl.Series(whole(random, 0, 99, count)) < 35
    return chosen.with_columns(
        _later(random, count),
        pl.lit("rare_message").alias("anomaly_type"),
        pl.lit("low").alias("severity"),
        (score / 1000).alias("score"),
        pl.lit(None, dtype=pl.Float64).alias("score_max"),
        pl.lit("a message of this shape is rare on this device").alias("description"),
        pl.concat_str(pl.lit('{"rarity":'), score.cast(pl.String), pl.lit("}")).alias("features"),
        pl.lit("template-rarity").alias("detector"),
        pl.select(pl.when(is_open).then(pl.lit("open")).otherwise(pl.lit("dismissed")))
        .to_series()
        .alias("status"),
        pl.select(pl.when(is_open).then(pl.lit("unknown")).otherwise(pl.lit("false_positive")))
        .to_series()
        .alias("verdict"),
    ).select(COLUMNS)


def _later(random: np.random.Generator, count: int) -> pl.Expr:
    """Move the time by some seconds: a detector sees a line after it was written."""
    delay = pl.Series(whole(random, 200_000, 20_000_000, count)).cast(pl.Duration("us"))
    return (pl.col("timestamp") + delay).alias("timestamp")
