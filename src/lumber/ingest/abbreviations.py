"""Abbreviations of time zones after a time: offsets of those with one meaning in practice.

Source: the abbreviations of the IANA time zone database. An abbreviation that several zones use with
different offsets (CST is Chicago, Shanghai and Havana) has an offset only if the load's own zone uses it.
"""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from lumber.ingest.zones import Zone

_HOUR = 3600
OFFSETS = {
    "UTC": 0,
    "UT": 0,
    "GMT": 0,
    "Z": 0,
    "WET": 0,
    "WEST": _HOUR,
    "CET": _HOUR,
    "CEST": 2 * _HOUR,
    "EET": 2 * _HOUR,
    "EEST": 3 * _HOUR,
    "MSK": 3 * _HOUR,
    "SAST": 2 * _HOUR,
    "PKT": 5 * _HOUR,
    "HKT": 8 * _HOUR,
    "AWST": 8 * _HOUR,
    "JST": 9 * _HOUR,
    "ACST": 9 * _HOUR + 1800,
    "ACDT": 10 * _HOUR + 1800,
    "AEST": 10 * _HOUR,
    "AEDT": 11 * _HOUR,
    "NZST": 12 * _HOUR,
    "NZDT": 13 * _HOUR,
    "EST": -5 * _HOUR,
    "EDT": -4 * _HOUR,
    "MST": -7 * _HOUR,
    "MDT": -6 * _HOUR,
    "PDT": -7 * _HOUR,
    "AKST": -9 * _HOUR,
    "AKDT": -8 * _HOUR,
}
# Several meanings, or no longer in the IANA database.
_UNCLEAR = (
    "ADT AMST AMT ART AST BRST BRT BST CDT CLST CLT COT CST ECT GST HADT HAST HST ICT IDT IRDT IRST IST KST "
    "MEST MESZ MEZ MSD NDT NST PET PHT PST SGT SST TRT UYT VET WAST WAT WIB WITA YEKT"
)
UNCLEAR = frozenset(_UNCLEAR.split())


def offsets(zone: Zone) -> dict[str, int]:
    """Return the offsets in seconds of all abbreviations that a load in `zone` understands."""
    if zone.offset_seconds is not None:
        return OFFSETS
    found = dict(OFFSETS)
    for month in range(1, 13):
        moment = datetime(2024, month, 1, tzinfo=UTC).astimezone(zone.tzinfo)
        name, offset = moment.tzname(), moment.utcoffset()
        if name and name.isalpha() and offset is not None:
            found[name] = int(offset.total_seconds())
    return found


def offset_seconds(known: dict[str, int]) -> pl.Expr:
    """Return the offset of the column `zone` (`+02:00`, `Z` or an abbreviation); null if it has none."""
    zone = pl.col("zone")
    digits = (
        zone.str.extract(r"^[+-]([0-9]{2})").cast(pl.Int64),
        pl.when(zone.str.len_bytes() == 3)
        .then(0)
        .otherwise(zone.str.extract(r"^[+-][0-9]{2}:?([0-9]{2})$").cast(pl.Int64)),
    )
    size = pl.when((digits[0] <= 23) & (digits[1] <= 59)).then(digits[0] * 3600 + digits[1] * 60)
    signed = pl.when(zone.str.starts_with("-")).then(-size).otherwise(size)
    named = zone.replace_strict({**known, "z": 0}, default=None, return_dtype=pl.Int64)
    return pl.coalesce(named, signed).alias("offset")
