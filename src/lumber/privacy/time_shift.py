"""Shifts all times of a private export by one secret number of weeks, in columns and in texts.

Whole weeks keep the day of the week and the time of day. The number follows from the key, the context and the
group; a dataset is a group of its own.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Holds, Kind
from lumber.privacy.own_rules import ColumnAction
from lumber.privacy.proof import REJECTS
from lumber.privacy.rule import Identifier, PrivacyRule
from lumber.privacy.time_forms import HINT
from lumber.privacy.time_texts import shifted_dates
from lumber.steps.cast import TIME_MAX_US, TIME_MIN_US

# The least number of weeks, two years, and how many numbers there are from it on: a power of two.
LEAST_WEEKS = 104
CHOICES = 1_024
TIME = "time"
REMOVED = "[time]"
_DAY_US = 86_400_000_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def weeks_of(rule: PrivacyRule) -> int:
    """Return by how many weeks times move into the past. Raises ValueError for a rule that shifts none."""
    if not rule.shifts_times:
        raise ValueError("the rule shifts no times")
    told = rule.derived_key(f"time-shift/{json.dumps(rule.shift_group)}")
    return LEAST_WEEKS + int.from_bytes(told[:8], "big") % CHOICES


def shifted_us(rule: PrivacyRule, time_us: int) -> int:
    """Return another time for one in microseconds since 1970 UTC; not before the year 1."""
    return max(TIME_MIN_US, time_us - weeks_of(rule) * 7 * _DAY_US)


def shifted_moment(rule: PrivacyRule, moment: datetime) -> datetime:
    """Return another moment, with the zone of the first; not before the year 1."""
    try:
        return moment - timedelta(weeks=weeks_of(rule))
    except OverflowError:
        return datetime.min.replace(tzinfo=moment.tzinfo)


class TimeShift:
    """Shifts the times in rows of a kind. `kind` has the columns of the rows.

    `by_column` counts the times that were shifted in texts.
    """

    def __init__(self, rule: PrivacyRule, kind: Kind) -> None:
        self._rule, self._kind = rule, kind
        self._days = -7 * weeks_of(rule)
        self.by_column: dict[str, Counter[str]] = {}

    def batch(self, records: pa.RecordBatch, held: Mapping[str, Holds]) -> pa.RecordBatch:
        """Return records with other times. `held` has the content of each text column. The schema stays."""
        days = None
        for at, field in enumerate(records.schema):
            if field.name in held:
                if not self._is_searched(field.name, held[field.name]):
                    continue
                days = self._days_of_rows(records) if days is None else days
                values = pl.Series(field.name, pl.from_arrow(records.column(at)))
                changed = self.texts(values, days, field.name)
                if changed is not values:
                    array = changed.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(field.type)
                    records = records.set_column(at, field, array)
        for at, field in enumerate(records.schema):
            if pa.types.is_timestamp(field.type) or pa.types.is_date(field.type):
                records = records.set_column(at, field, self._times(records.column(at)))
        return records

    @staticmethod
    def alone(rule: PrivacyRule, texts: Sequence[str]) -> list[str]:
        """Return texts that belong to no row with other dates."""
        days = -7 * weeks_of(rule)
        return [shifted_dates(text, days)[0] for text in texts]

    def texts(self, values: pl.Series, days: Sequence[int | None], column: str) -> pl.Series:
        """Return texts with other dates. `days` has the day of each row since 1970, or null."""
        asked = values.str.contains(HINT).fill_null(False).arg_true().to_list()
        if not asked:
            return values
        before, found = values.to_list(), 0
        for place in asked:
            day = days[place]
            near = None if day is None else _date(day)
            before[place], count = shifted_dates(before[place], self._days, near)
            found += count
        if not found:
            return values
        self.by_column.setdefault(column, Counter())[TIME] += found
        return pl.Series(values.name, before, dtype=pl.String)

    def shown(self, values: pl.Series, column: str, rows: pl.DataFrame) -> pl.Series:
        """Return the values of a source column as rejects may show them: of times only what is known."""
        name = self._kind.time_column
        days = [None] * len(values)
        if name in rows.columns and rows.schema[name].is_temporal():
            days = (rows[name].dt.epoch("us") // _DAY_US).to_list()
        changed = self.texts(values, days, REJECTS)
        if self._is_time(column):
            has_digits = values.str.contains(r"\d").fill_null(False)
            stayed = has_digits & changed.eq_missing(values)
            changed = changed.set(stayed, REMOVED)
        return changed

    def _is_time(self, column: str) -> bool:
        names = self._kind.schema.names
        field = self._kind.schema.field(column) if column in names else None
        return column in (self._kind.time_column, self._kind.late_column) or (
            field is not None and pa.types.is_temporal(field.type)
        )

    def _is_searched(self, column: str, content: Holds) -> bool:
        """Say whether a text column is searched. What becomes a pseudonym as a whole isn't."""
        if self._rule.own.action(self._kind.name, column) in (ColumnAction.TOKEN, ColumnAction.DROP):
            return False
        if content is Holds.HOST:
            return Identifier.HOST not in self._rule.identifiers
        return content is not Holds.ADDRESS

    def _days_of_rows(self, records: pa.RecordBatch) -> list[int | None]:
        name = self._kind.time_column
        if name not in records.schema.names:
            return [None] * records.num_rows
        times = pl.Series(pl.from_arrow(records.column(name)))
        return (times.dt.epoch("us") // _DAY_US).to_list()

    def _times(self, column: pa.Array[Any]) -> pa.Array[Any]:
        values = pl.Series(pl.from_arrow(column))
        if values.dtype == pl.Date:
            least = date(1, 1, 1).toordinal() - _EPOCH_DAY
            moved = (values.cast(pl.Int64) + self._days).clip(least, None).cast(pl.Int32).cast(pl.Date)
        else:
            us = (values.dt.epoch("us") + self._days * _DAY_US).clip(TIME_MIN_US, TIME_MAX_US)
            moved = us.cast(pl.Datetime("us", "UTC"))
        return moved.to_arrow().cast(column.type)


def _date(day: int) -> date | None:
    ordinal = day + _EPOCH_DAY
    return date.fromordinal(ordinal) if 1 <= ordinal <= date.max.toordinal() else None


def shifted_iso(rule: PrivacyRule, text: str) -> str:
    """Return another time for one in ISO 8601, such as a config has. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    shifted = shifted_moment(rule, moment).isoformat()
    return shifted.replace("+00:00", "Z") if text.endswith("Z") and moment.tzinfo is UTC else shifted
