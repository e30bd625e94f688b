"""Lines of a labelled log collection: label, epoch seconds, date, host, then an RFC 3164 line.

Source of the form: the supercomputer logs of Oliner and Stearley, "What Supercomputers Say", DSN 2007.
The label `-` means normal; any other names the alert that an expert found in the line.
"""

from __future__ import annotations

import polars as pl

from lumber.catalog.canonical_json import canonical_json
from lumber.ingest.syslog import rfc3164
from lumber.ingest.syslog.lines import (
    as_json_scalar,
    finished,
    reason_for_time,
    split_host_and_tag,
    with_severity,
)
from lumber.ingest.zones import MAX_MICROSECONDS

START = r"^\S+ [0-9]{6,12} [0-9]{4}\.[0-9]{2}\.[0-9]{2} \S+ "
_PREFIX = rf"^(\S+ [0-9]{{6,12}} [0-9]{{4}}\.[0-9]{{2}}\.[0-9]{{2}} \S+ (?:{rfc3164.STAMP})(?: |$))"


def parse(frame: pl.DataFrame) -> pl.DataFrame:
    """Parse rows of number, line, text and code. The epoch is the time; the label is kept as data."""
    text = pl.col("text")
    frame = frame.with_columns(
        text.str.extract(_PREFIX).alias("prefix"),
        text.str.extract(r"^(\S+)").alias("label"),
        text.str.extract(r"^\S+ ([0-9]+)").alias("stamp"),
    )
    seconds = pl.col("stamp").cast(pl.Int64, strict=False)
    inside = seconds <= MAX_MICROSECONDS // 1_000_000
    frame = frame.with_columns(
        text.str.slice(pl.col("prefix").str.len_chars().fill_null(0)).alias("rest"),
        pl.when(inside).then(seconds * 1_000_000).alias("timestamp"),
        pl.col("line").alias("raw_message"),
        _as_json(frame["label"]).alias("structured_data"),
    )
    frame = with_severity(split_host_and_tag(frame)).with_columns(reason_for_time(frame))
    with_both = pl.concat_str(
        pl.col("structured_data").str.strip_suffix("}"),
        pl.lit(',"process_id":'),
        as_json_scalar(frame["process_id"]),
        pl.lit("}"),
    )
    frame = frame.with_columns(pl.coalesce(with_both, "structured_data").alias("structured_data"))
    is_broken = pl.col("prefix").is_null() | pl.col("host_name").is_null()
    broken = pl.lit("there is no RFC 3164 line after the label, epoch, date and host")
    return finished(
        frame.with_columns(pl.coalesce("reason", pl.when(is_broken).then(broken)).alias("reason"))
    )


def _as_json(labels: pl.Series) -> pl.Series:
    unique = labels.unique().drop_nulls()
    texts = [canonical_json(pl.Series([{"label": label}]).struct.json_encode()[0]) for label in unique]
    return labels.replace_strict(
        unique, pl.Series(texts, dtype=pl.String), default=None, return_dtype=pl.String
    )
