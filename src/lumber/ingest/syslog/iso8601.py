"""Lines with an ISO 8601 time in front (rsyslog): `2024-01-05T10:00:00.5+01:00 host tag[pid]: message`."""

from __future__ import annotations

import polars as pl

from lumber.ingest import isotime
from lumber.ingest.syslog.lines import finished, reason_for_time, split_host_and_tag, with_severity
from lumber.ingest.zones import Zone

START = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}"
_STAMP_AT_START = rf"^({isotime.STAMP})(?: |$)"


def parse(frame: pl.DataFrame, zone: Zone) -> pl.DataFrame:
    """Parse rows of number, line, text (without PRI) and code. Times without a zone are of `zone`."""
    frame = frame.with_columns(pl.col("text").str.extract(_STAMP_AT_START).alias("stamp"))
    frame = frame.with_columns(
        pl.col("text").str.slice(pl.col("stamp").str.len_chars().fill_null(0) + 1).alias("rest")
    )
    moments = isotime.timestamps(frame["stamp"], zone)
    frame = with_severity(split_host_and_tag(frame)).with_columns(moments)
    frame = frame.with_columns(
        pl.col("line").alias("raw_message"),
        pl.coalesce("stamp", pl.col("text").str.extract(r"^(\S+)")).alias("stamp"),
    )
    frame = frame.with_columns(reason_for_time(frame))
    is_bare = pl.col("host_name").is_null() & pl.col("reason").is_null()
    bare = pl.lit("there is no host and message after the time")
    return finished(frame.with_columns(pl.when(is_bare).then(bare).otherwise("reason").alias("reason")))
