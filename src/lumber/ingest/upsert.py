"""Adds new addresses and updates known ones."""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import TIMESTAMP
from lumber.store.bulk import BulkConnection

_MAX = 2**63 - 1
_INCOMING = "incoming_ip_addresses"
COLUMNS: dict[str, pl.DataType] = {
    "address": pl.String(),
    "first_seen": pl.Int64(),
    "last_seen": pl.Int64(),
    "risk_score": pl.Float64(),
    "sightings": pl.Int64(),
    "device_id": pl.String(),
    "tags": pl.String(),
}

# In the order of the addresses, so that two loads at the same time never deadlock.
_UPSERT = """
INSERT INTO ip_addresses AS known (address, first_seen, last_seen, risk_score, sightings, device_id, tags)
SELECT address, first_seen, last_seen, risk_score, sightings, device_id, tags
FROM incoming_ip_addresses WHERE true ORDER BY address
ON CONFLICT (address) DO UPDATE SET
    first_seen = {least}(known.first_seen, excluded.first_seen),
    last_seen = {greatest}(coalesce(known.last_seen, excluded.last_seen),
                           coalesce(excluded.last_seen, known.last_seen)),
    risk_score = coalesce(excluded.risk_score, known.risk_score),
    -- Saturates: a sum past 64 bits would stop the load.
    sightings = CASE
        WHEN excluded.sightings IS NULL OR known.sightings IS NULL
            THEN coalesce(known.sightings, excluded.sightings)
        WHEN excluded.sightings > 0 AND known.sightings > 9223372036854775807 - excluded.sightings
            THEN 9223372036854775807
        WHEN excluded.sightings < 0 AND known.sightings < -9223372036854775807 - excluded.sightings
            THEN -9223372036854775807
        ELSE known.sightings + excluded.sightings END,
    device_id = coalesce(excluded.device_id, known.device_id),
    tags = coalesce(excluded.tags, known.tags)
"""
_UPSERT_SQLITE = _UPSERT.format(least="min", greatest="max")
_UPSERT_POSTGRES = _UPSERT.format(least="least", greatest="greatest")


def merged(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row per address: first and last time, sum of sightings, last value of the rest."""
    last = [pl.col(name).drop_nulls().last() for name in ("risk_score", "device_id", "tags")]
    sightings = pl.col("sightings").cast(pl.Int128)
    total = pl.when(sightings.count() > 0).then(sightings.sum().clip(-_MAX, _MAX)).cast(pl.Int64)
    return rows.group_by("address", maintain_order=True).agg(
        pl.col("first_seen").min(), pl.col("last_seen").max(), total.alias("sightings"), *last
    )


def upsert(connection: BulkConnection, rows: pl.DataFrame) -> None:
    """Update ip_addresses with rows of COLUMNS, at most one per address."""
    if rows.is_empty():
        return
    table = as_arrow(rows.select(pl.col(name).cast(type_) for name, type_ in COLUMNS.items()))
    connection.append(_INCOMING, table, temporary=True)
    connection.execute(_UPSERT_SQLITE if connection.url.dialect == "sqlite" else _UPSERT_POSTGRES)


def as_arrow(rows: pl.DataFrame) -> pa.Table:
    """Return the rows as Arrow, their times as timestamp[us, UTC]."""
    table = rows.to_arrow()
    for index, name in enumerate(table.column_names):
        if name in ("timestamp", "first_seen", "last_seen"):
            table = table.set_column(index, name, table.column(index).cast(TIMESTAMP))
    return table
