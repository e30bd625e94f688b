"""Counts which addresses were seen in a block, when and how often."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from lumber.ingest.sample.chance import Ints

_ADDRESS_COLUMNS = ("ip", "wan_ip", "ip6")
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "address": pl.String,
    "first_seen": pl.Datetime("us", "UTC"),
    "last_seen": pl.Datetime("us", "UTC"),
    "risk_score": pl.Float64,
    "sightings": pl.Int64,
    "device_id": pl.String,
    "tags": pl.String,
}


class Sightings:
    """Collects which addresses were shown at what time; `frame` returns one row per address."""

    def __init__(self, subjects: Mapping[str, pl.DataFrame]) -> None:
        self._subjects = subjects
        self._seen: dict[tuple[str, str], list[tuple[Ints, Ints]]] = {}

    def add(self, picks: Mapping[tuple[str, str], Ints], time_us: Ints) -> None:
        """Add the picks of some rows: (subject, property) -> positions in the subject's table."""
        for key, positions in picks.items():
            if key[1] in _ADDRESS_COLUMNS:
                self._seen.setdefault(key, []).append((positions, time_us))

    def frame(self) -> pl.DataFrame:
        """Return the addresses seen, by address, in the columns of `ip_addresses` without the id."""
        parts = [self._of_subject(*key) for key in self._seen]
        if not parts:
            return pl.DataFrame(schema=SCHEMA)
        return (
            pl.concat(parts)
            .group_by("address")
            .agg(
                _as_time(pl.col("first").min()).alias("first_seen"),
                _as_time(pl.col("last").max()).alias("last_seen"),
                pl.col("risk").max().alias("risk_score"),
                pl.col("count").sum().cast(pl.Int64).alias("sightings"),
                pl.col("device_id").max(),
                pl.col("tags").max(),
            )
            .sort("address")
        )

    def _of_subject(self, subject: str, column: str) -> pl.DataFrame:
        pairs = self._seen[(subject, column)]
        seen = pl.DataFrame(
            {
                "position": np.concatenate([positions for positions, _ in pairs]),
                "time": np.concatenate([times for _, times in pairs]),
            }
        )
        counted = seen.group_by("position").agg(
            pl.col("time").min().alias("first"), pl.col("time").max().alias("last"), pl.len().alias("count")
        )
        who = self._subjects[subject].select(pl.col(column).alias("address"), "device_id", "risk", "tags")
        return counted.hstack(who[counted["position"]]).drop("position")


def _as_time(microseconds: pl.Expr) -> pl.Expr:
    return pl.from_epoch(microseconds, "us").dt.replace_time_zone("UTC")
