"""Adds new addresses and updates known ones, and records what each source added to them."""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import TIMESTAMP
from lumber.store.bulk import BulkConnection
from lumber.store.models.load import ADDRESS_LOCK

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

# Saturates: a sum past 64 bits would stop the load.
_SUM = """CASE
        WHEN excluded.sightings IS NULL OR known.sightings IS NULL
            THEN coalesce(known.sightings, excluded.sightings)
        WHEN excluded.sightings > 0 AND known.sightings > 9223372036854775807 - excluded.sightings
            THEN 9223372036854775807
        WHEN excluded.sightings < 0 AND known.sightings < -9223372036854775807 - excluded.sightings
            THEN -9223372036854775807
        ELSE known.sightings + excluded.sightings END"""
_SEEN = f"""first_seen = {{least}}(known.first_seen, excluded.first_seen),
    last_seen = {{greatest}}(coalesce(known.last_seen, excluded.last_seen),
                           coalesce(excluded.last_seen, known.last_seen)),
    sightings = {_SUM}"""
# All in the order of the addresses, so that two loads at the same time never deadlock.
_UPSERT = f"""
INSERT INTO ip_addresses AS known (address, first_seen, last_seen, risk_score, sightings, device_id, tags)
SELECT address, first_seen, last_seen, risk_score, sightings, device_id, tags
FROM incoming_ip_addresses WHERE true ORDER BY address
ON CONFLICT (address) DO UPDATE SET
    {_SEEN},
    risk_score = coalesce(excluded.risk_score, known.risk_score),
    device_id = coalesce(excluded.device_id, known.device_id),
    tags = coalesce(excluded.tags, known.tags)
"""  # noqa: S608 - the parts are those above
# What the row of an address had before the first load that is recorded.
_BASE = """
INSERT INTO ingest_addresses (address, source_id, first_seen, last_seen, sightings)
SELECT known.address, '', known.first_seen, known.last_seen, known.sightings
FROM incoming_ip_addresses AS incoming JOIN ip_addresses AS known ON known.address = incoming.address
WHERE NOT EXISTS (SELECT 1 FROM ingest_addresses AS part WHERE part.address = incoming.address)
ORDER BY known.address ON CONFLICT DO NOTHING
"""
_PART = f"""
INSERT INTO ingest_addresses AS known (address, source_id, first_seen, last_seen, sightings)
SELECT address, {{source_id}}, first_seen, last_seen, sightings
FROM incoming_ip_addresses WHERE true ORDER BY address
ON CONFLICT (address, source_id) DO UPDATE SET
    {_SEEN}
"""  # noqa: S608
_LEAST = {
    "sqlite": {"least": "min", "greatest": "max"},
    "postgresql": {"least": "least", "greatest": "greatest"},
}


def merged(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row per address: first and last time, sum of sightings, last value of the rest."""
    last = [pl.col(name).drop_nulls().last() for name in ("risk_score", "device_id", "tags")]
    sightings = pl.col("sightings").cast(pl.Int128)
    total = pl.when(sightings.count() > 0).then(sightings.sum().clip(-_MAX, _MAX)).cast(pl.Int64)
    return rows.group_by("address", maintain_order=True).agg(
        pl.col("first_seen").min(), pl.col("last_seen").max(), total.alias("sightings"), *last
    )


def upsert(connection: BulkConnection, rows: pl.DataFrame, source_id: str) -> None:
    """Update ip_addresses with rows of COLUMNS, at most one per address, and record them for the source."""
    if rows.is_empty():
        return
    table = as_arrow(rows.select(pl.col(name).cast(type_) for name, type_ in COLUMNS.items()))
    dialect = connection.url.dialect
    if dialect == "postgresql":
        connection.execute(f"SELECT pg_advisory_xact_lock_shared({ADDRESS_LOCK})")
    connection.append(_INCOMING, table, temporary=True)
    connection.execute(_BASE)
    # A source id has no quotes: its form is checked, or Lumber made it.
    connection.execute(_PART.format(source_id=f"'{source_id}'", **_LEAST[dialect]))
    connection.execute(_UPSERT.format(**_LEAST[dialect]))


def as_arrow(rows: pl.DataFrame) -> pa.Table:
    """Return the rows as Arrow, their times as timestamp[us, UTC]."""
    table = rows.to_arrow()
    for index, name in enumerate(table.column_names):
        if name in ("timestamp", "first_seen", "last_seen"):
            table = table.set_column(index, name, table.column(index).cast(TIMESTAMP))
    return table
