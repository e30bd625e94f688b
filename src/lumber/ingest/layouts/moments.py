"""The times of layouts: what reads them, and those that `strptime` can't describe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import polars as pl

from lumber.errors import ConfigError
from lumber.ingest import isotime
from lumber.ingest.records.values import epoch_microseconds
from lumber.ingest.syslog.years import YearFinder
from lumber.ingest.time_format import TimeFormat
from lumber.ingest.zones import Zone

# The name of a zone behind a time.
_PLACE = r" ([A-Za-z][\w/+-]*)$"

_SHORT_DATE = r"^(?P<first>[0-9]{2})/(?P<middle>[0-9]{2})/(?P<last>[0-9]{2}) "


class Times(Protocol):
    """Reads the times of a layout."""

    @property
    def has_year(self) -> bool:
        """Say whether each time has a year of its own."""
        ...

    def timestamps(self, texts: pl.Series, zone: Zone, years: YearFinder | None) -> pl.Series:
        """Return the UTC microseconds of texts, in their order; null if one isn't a time."""
        ...


class Epochs:
    """Seconds since 1970, perhaps with a fraction."""

    has_year = True

    def timestamps(self, texts: pl.Series, zone: Zone, years: YearFinder | None) -> pl.Series:
        """Return the microseconds of each number."""
        return pl.Series([epoch_microseconds(text) for text in texts], dtype=pl.Int64)


class IsoTimes:
    """Times in ISO 8601."""

    has_year = True

    def timestamps(self, texts: pl.Series, zone: Zone, years: YearFinder | None) -> pl.Series:
        """Return the microseconds of each time; one without a zone is of `zone`."""
        return isotime.timestamps(texts, zone)


@dataclass(frozen=True, slots=True)
class PlacedTimes:
    """Times in a form, followed by the name of their zone, such as `Europe/Berlin`, or by none."""

    form: TimeFormat

    @property
    def has_year(self) -> bool:
        """Say whether the form has a year."""
        return self.form.has_year

    def timestamps(self, texts: pl.Series, zone: Zone, years: YearFinder | None) -> pl.Series:
        """Return the microseconds of each time; null if its zone has no such name."""
        places = texts.str.extract(_PLACE)
        bare = texts.str.replace(_PLACE, "")
        found = pl.DataFrame({"moment": self.form.timestamps(bare, zone, years), "place": places})
        for name in places.unique().drop_nulls():
            if (place := _zone(name)) is not None:
                moments = self.form.timestamps(bare, place, years)
                is_there = pl.col("place") == name
                found = found.with_columns(
                    pl.when(is_there).then(moments).otherwise("moment").alias("moment"),
                    pl.when(~is_there).then("place").alias("place"),
                )
        # What is left has a zone that no one knows.
        return found.select(pl.when(pl.col("place").is_null()).then("moment")).to_series()


@dataclass(frozen=True, slots=True)
class YearFirst:
    """Times `yy/mm/dd hh:mm:ss`. One that could also be `mm/dd/yy` counts only if its lines prove the order.

    They do if only the last number of their dates changes: no log goes on in the next year on the same day.
    """

    form: TimeFormat
    has_year = True

    def timestamps(self, texts: pl.Series, zone: Zone, years: YearFinder | None) -> pl.Series:
        """Return the microseconds of each time; null if it isn't one, or its order isn't certain."""
        found = self.form.timestamps(texts, zone, years)
        parts = texts.str.extract_groups(_SHORT_DATE).struct.unnest().cast(pl.Int64)
        latest = years.latest_year if years is not None else 9999
        year = 2000 + pl.col("last")
        other = pl.col("first").is_between(1, 12) & pl.col("middle").is_between(1, 31) & (year <= latest)
        is_doubtful = parts.select(other.fill_null(False)).to_series()
        if not is_doubtful.any():
            return found
        shown = parts.drop_nulls().unique()
        is_proven = shown["first"].n_unique() == 1 and shown["middle"].n_unique() == 1 < len(shown)
        return found if is_proven else found.set(is_doubtful, None)


def _zone(name: str) -> Zone | None:
    try:
        return Zone.parse(name)
    except ConfigError:
        return None
