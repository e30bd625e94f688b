"""Time zones: local times to UTC. A time in a gap is shifted forward, in an overlap it is the first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import polars as pl

from lumber.errors import ConfigError, FieldProblem

_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 -- local times have no zone yet
_ALLOWED = ("an IANA name such as Europe/Berlin", "an offset such as +02:00", "UTC")

MIN_MICROSECONDS = -62_135_596_800_000_000  # 0001-01-01T00:00:00Z
MAX_MICROSECONDS = 253_402_300_799_999_999  # 9999-12-31T23:59:59.999999Z


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone by IANA name or fixed offset."""

    name: str
    offset_seconds: int | None = None

    @classmethod
    def parse(cls, text: str) -> Zone:
        """Parse an IANA name, or an offset like +02:00. Raises ConfigError with the allowed forms."""
        if text.upper() in ("UTC", "Z", "GMT"):
            return UTC_ZONE
        if match := _OFFSET.fullmatch(text):
            seconds = int(match[2]) * 3600 + int(match[3]) * 60
            if seconds < 24 * 3600 and int(match[3]) < 60:
                return cls(text, -seconds if match[1] == "-" else seconds)
        try:
            ZoneInfo(text)
            pl.Series([0]).cast(pl.Datetime("us")).dt.replace_time_zone(text)
        except (OSError, ValueError, KeyError, pl.exceptions.PolarsError):
            message = f"{text!r} is not a time zone"
            raise ConfigError([FieldProblem("timezone", text, message, _ALLOWED)]) from None
        return cls(text)

    @property
    def tzinfo(self) -> tzinfo:
        """The zone as the standard library has it."""
        if self.offset_seconds is None:
            return ZoneInfo(self.name)
        return timezone(timedelta(seconds=self.offset_seconds))

    def to_utc(self, local: pl.Series) -> pl.Series:
        """Turn local microseconds since 1970 into UTC ones; null if null or outside years 1 to 9999."""
        if self.offset_seconds is not None:
            moments = local - self.offset_seconds * 1_000_000
        else:
            moments = self._named_to_utc(local)
        is_inside = moments.is_between(MIN_MICROSECONDS, MAX_MICROSECONDS)
        if is_inside.all(ignore_nulls=True):
            return moments
        return moments.to_frame("at").select(pl.when(is_inside).then("at")).to_series()

    def _named_to_utc(self, local: pl.Series) -> pl.Series:
        aware = local.cast(pl.Datetime("us")).dt.replace_time_zone(
            self.name, ambiguous="earliest", non_existent="null"
        )
        moments = aware.dt.epoch("us")
        is_gap = moments.is_null() & local.is_not_null()
        if not is_gap.any():
            return moments
        gaps = local.filter(is_gap).unique()
        shifted = [self._shifted(value) for value in gaps.to_list()]
        filled = local.replace_strict(
            gaps, pl.Series(shifted, dtype=pl.Int64), default=None, return_dtype=pl.Int64
        )
        return pl.select(pl.coalesce(moments, filled)).to_series()

    def _shifted(self, local: int) -> int | None:
        """Interpret a time in a gap with the offset before the gap (PEP 495, fold=0)."""
        try:
            moment = (_EPOCH + timedelta(microseconds=local)).replace(tzinfo=self.tzinfo, fold=0)
            return (moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        except OverflowError:
            return None


UTC_ZONE = Zone("UTC", 0)
