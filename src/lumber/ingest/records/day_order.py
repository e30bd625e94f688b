"""Dates of which nobody knows whether the day or the month is first: `3/1/2024 1:02:03 PM`.

Windows and spreadsheets write them by the settings of a user. Only a number over 12 proves an order, for all
times of its source from its chunk on. Without a proof, such a time is not a time: it is never guessed.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from lumber.ingest import calendar, isotime
from lumber.ingest.zones import Zone

_FORM = (
    r"^\s*(?P<first>[0-9]{1,2})(?P<mark>[/.-])(?P<second>[0-9]{1,2})(?P<again>[/.-])(?P<year>[0-9]{4}),?[ T]+"
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<clock_second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r"(?:[ \x{a0}\x{202f}]*(?P<half>[AaPp])\.?[Mm]\.?)?\s*$"
)
_DAY, _MONTH, _BOTH = "day", "month", "both"
_ADVICE = (
    "may begin with the day or with the month; give the form with --time-format, for example "
    "'%d/%m/%Y %H:%M:%S' or '%m/%d/%Y %I:%M:%S %p'"
)


class DayOrder:
    """Reads such dates in the order that their source proves, and carries it from chunk to chunk."""

    def __init__(self, state: dict[str, Any]) -> None:
        self._order: str | None = state.get("day_order")

    def state(self) -> dict[str, Any]:
        """Return the state that a later chunk needs."""
        return {} if self._order is None else {"day_order": self._order}

    def timestamps(self, texts: pl.Series, zone: Zone) -> pl.Series:
        """Return the UTC microseconds of texts; null for one that is no such date, or without an order."""
        found = texts.str.extract_groups(_FORM).struct.unnest()
        found = found.with_columns(pl.col("first", "second").cast(pl.Int64, strict=False))
        self._learn(found)
        if self._order not in (_DAY, _MONTH):
            return pl.Series([None] * len(texts), dtype=pl.Int64)
        day, month = ("first", "second") if self._order == _DAY else ("second", "first")
        hour = pl.col("hour").cast(pl.Int64, strict=False)
        half = pl.when(pl.col("half").str.to_lowercase() == "p").then(12).otherwise(0)
        on_clock = pl.when(pl.col("half").is_null()).then(hour)
        parts = found.select(
            pl.col("year").cast(pl.Int64, strict=False),
            pl.col(month).alias("month"),
            pl.col(day).alias("day"),
            on_clock.when(hour.is_between(1, 12)).then(hour % 12 + half).alias("hour"),
            pl.col("minute").cast(pl.Int64, strict=False),
            pl.col("clock_second").cast(pl.Int64, strict=False).fill_null(0).alias("second"),
            calendar.fraction_to_micro(pl.col("fraction")).alias("micro"),
            pl.lit(None, pl.String).alias("zone"),
        )
        return isotime.to_utc(parts.select(calendar.local_microseconds().alias("local"), "zone"), zone)

    def _learn(self, found: pl.DataFrame) -> None:
        first, second = pl.col("first"), pl.col("second")
        proofs = found.select(
            (first.is_between(13, 31) & second.is_between(1, 12)).any().alias(_DAY),
            (second.is_between(13, 31) & first.is_between(1, 12)).any().alias(_MONTH),
        ).row(0, named=True)
        for order, has_proof in proofs.items():
            if has_proof:
                # A source that proves both orders has neither.
                self._order = order if self._order in (None, order) else _BOTH

    def advice(self, text: str) -> str | None:
        """Return what is wrong with a time that has no order, and what to do; None for other texts."""
        if self._order in (_DAY, _MONTH) or not pl.Series([text]).str.contains(_FORM).item():
            return None
        return _ADVICE if self._order is None else f"{_ADVICE}: other times of the source have both orders"
