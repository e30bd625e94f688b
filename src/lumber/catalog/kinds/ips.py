"""ips: addresses that were seen, when, how often, and how risky they are."""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from lumber.catalog import rules
from lumber.catalog.addresses import address_frame
from lumber.catalog.kind import (
    ADDRESS,
    OPAQUE,
    ORDERED,
    TEXTUAL,
    TIMESTAMP,
    Column,
    Holds,
    Kind,
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
        required("address", pa.string()),
        optional("ip_version", pa.int8()),
        optional("ip_scope", pa.string()),
        required("first_seen", TIMESTAMP),
        required("last_seen", TIMESTAMP),
        optional("risk_score", pa.float64()),
        optional("sightings", pa.int64()),
        optional("device_id", pa.string()),
        json_field("tags"),
    ]
)

COLUMNS = (
    Column("id", Storage.INTEGER, ORDERED),
    Column("address", Storage.TEXT, ADDRESS),
    Column("first_seen", Storage.TIME, ORDERED),
    Column("last_seen", Storage.TIME, ORDERED),
    Column("risk_score", Storage.REAL, ORDERED),
    Column("sightings", Storage.INTEGER, ORDERED),
    Column("device_id", Storage.TEXT, TEXTUAL, is_category=True, holds=Holds.HOST),
    Column("tags", Storage.JSON, OPAQUE),
)

DESCRIPTIONS = {
    "id": "Number of the row.",
    "address": "The IPv4 or IPv6 address.",
    "ip_version": "4 or 6.",
    "ip_scope": "global, private, loopback, link_local, multicast or reserved.",
    "first_seen": "When it was first seen, UTC.",
    "last_seen": "When it was last seen, UTC.",
    "risk_score": "How risky it is, 0 to 100.",
    "sightings": "How often it was seen.",
    "device_id": "The device that saw it.",
    "tags": "Labels, as JSON.",
}

RULES = (
    rules.is_address("address", Level.BASIC),
    *rules.no_nul("address", "device_id"),
    rules.in_range("risk_score", 0, 100),
    rules.in_range("sightings", 0, 2**63 - 1),
    rules.not_future("first_seen"),
    rules.not_future("last_seen"),
    rules.ordered("first_seen", "last_seen"),
)


def transform(frame: pl.DataFrame) -> Transformed:
    """Write each address canonically, with its version and scope; other text stays unchanged."""
    looked_up = address_frame(frame["address"])
    address = looked_up.select(pl.coalesce("text", frame["address"])).to_series().alias("address")
    return Transformed(
        {"address": address, "ip_version": looked_up["version"], "ip_scope": looked_up["scope"]},
        {"address_canonicalised": int((address != frame["address"]).sum())},
    )


KIND = Kind(
    name="ips",
    title="IP records",
    description="Addresses that were seen, when and how often.",
    table="ip_addresses",
    schema=SCHEMA,
    columns=COLUMNS,
    time_column="first_seen",
    overlap_column="last_seen",
    late_column="last_seen",
    device_column="device_id",
    content_columns=("address",),
    address_traits=("ip_scope",),
    rules=RULES,
    transform=transform,
    descriptions=DESCRIPTIONS,
)
