"""The times of records that are texts, a chunk at a time."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from lumber.ingest import isotime
from lumber.ingest.abbreviations import offset_seconds, offsets
from lumber.ingest.records import values
from lumber.ingest.records.day_order import DayOrder
from lumber.ingest.syslog import rfc3164
from lumber.ingest.syslog.years import YearFinder
from lumber.ingest.time_format import TimeFormat
from lumber.ingest.zones import UTC_ZONE, Zone

# `Sun Jun 14 15:16:01 2005` and `Jun 14 15:16:01`, which may have no year: their order decides it.
_BY_ORDER = rf"^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?({rfc3164.STAMP})$"

_WITH_ZONE = rf"^(?P<stamp>{isotime.DATE_AND_TIME}) (?P<zone>[A-Z]{{1,5}})$"

# The line of a record, and a time in it: a text or a whole number.
Place = tuple[int, str | int]


class RecordTimes:
    """Reads times in ISO 8601, as compact dates, in RFC 3164, or in the form that the user gave."""

    def __init__(
        self,
        zone: Zone,
        form: TimeFormat | None = None,
        years: YearFinder | None = None,
        days: DayOrder | None = None,
    ) -> None:
        self._zone = zone
        self.form = form
        self._years = years
        self._days = days or DayOrder({})
        self._by_value: dict[str | int, int | None] = {}
        self._by_place: dict[Place, int | None] = {}

    def read(self, places: Sequence[Place]) -> None:
        """Read the times of a chunk, in the order of its records."""
        self._by_value, self._by_place = {}, {}
        if self.form is not None:
            texts = pl.Series([str(value) for _, value in places], dtype=pl.String)
            self._ordered(places, self.form.timestamps(texts, self._zone, self._years))
            return
        distinct = dict.fromkeys(value for _, value in places)
        unique = {value: text for value in distinct if (text := _text(value)) is not None}
        moments = isotime.timestamps(pl.Series(unique.values(), dtype=pl.String), self._zone)
        self._by_value = dict(zip(unique, moments.to_list(), strict=True))
        if moments.null_count():
            self._read_by_zones()
            self._read_by_days()
            if self._years is not None:
                self._read_by_order(places, self._years)

    def moment(self, place: Place) -> int | None:
        """Return the UTC microseconds of a time that was read.

        None if it isn't one, or a number since 1970.
        """
        found = self._by_value.get(place[1])
        return self._by_place.get(place) if found is None else found

    def problem(self, text: str) -> str:
        """Return what is wrong with a text that is no time."""
        if re.search(_WITH_ZONE, text):
            return (
                "has a time zone that is unknown or has several meanings; load with a --timezone that uses it"
            )
        return self._days.advice(text) or "is not a time in years 1 to 9999"

    def _read_by_zones(self) -> None:
        """Read the times in ISO 8601 with the abbreviation of a zone."""
        texts = pl.Series(self._unknown(), dtype=pl.String)
        texts = texts.filter(texts.str.contains(_WITH_ZONE))
        if texts.is_empty():
            return
        found = texts.str.extract_groups(_WITH_ZONE).struct.unnest()
        found = found.with_columns(offset_seconds(offsets(self._zone)))
        local = isotime.timestamps(found["stamp"], UTC_ZONE)
        moments = UTC_ZONE.to_utc(local - found["offset"] * 1_000_000)
        self._by_value |= dict(zip(texts, moments.to_list(), strict=True))

    def _read_by_days(self) -> None:
        """Read the times whose first number is the day or the month."""
        texts = self._unknown()
        moments = self._days.timestamps(pl.Series(texts, dtype=pl.String), self._zone)
        self._by_value |= dict(zip(texts, moments.to_list(), strict=True))

    def _unknown(self) -> list[str]:
        return [text for text, moment in self._by_value.items() if moment is None and isinstance(text, str)]

    def _read_by_order(self, places: Sequence[Place], years: YearFinder) -> None:
        """Read the times that are not in ISO 8601."""
        unknown = pl.Series(self._unknown(), dtype=pl.String)
        wanted = set(unknown.filter(unknown.str.contains(_BY_ORDER)).to_list())
        if wanted:
            left = [place for place in places if place[1] in wanted]
            stamps = pl.Series([text for _, text in left], dtype=pl.String).str.extract(_BY_ORDER)
            frame = pl.DataFrame({"stamp": stamps, "zone": pl.Series([None] * len(left), dtype=pl.String)})
            found = rfc3164.timestamps(frame, self._zone, years, is_fixed=False)
            self._ordered(left, found["timestamp"])

    def _ordered(self, places: Sequence[Place], moments: pl.Series) -> None:
        self._by_place = dict(zip(places, moments.to_list(), strict=True))


def _text(value: str | int) -> str | None:
    """Return the text of a time to parse as ISO 8601; None if it is a number since 1970."""
    compact = values.compact_time(value)
    if compact is not None:
        return compact
    return value if isinstance(value, str) and values.epoch_microseconds(value) is None else None
