"""Relative dates in a config, such as `last 7 days`: resolved to dates when an export is created.

Days and longer units follow the calendar of a time zone, so the `yesterday` of two days in a row touch, also
when the clocks change. Hours and minutes are elapsed time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from lumber.errors import ConfigError, FieldProblem

_MOST_UNITS = 10_000
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_ELAPSED = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}
_DAYS = {"day": 1, "week": 7}
_LAST = re.compile(r"last ([1-9][0-9]{0,4}) (minute|hour|day|week|month)s?")
_PERIOD = re.compile(r"(this|last) (hour|week|month|quarter|year)")
ALLOWED = (
    "today",
    "yesterday",
    *(
        f"{which} {unit}"
        for unit in ("hour", "week", "month", "quarter", "year")
        for which in ("this", "last")
    ),
    *(f"last N {unit}s" for unit in (*_ELAPSED, *_DAYS, "month")),
)


def checked_range(text: str) -> str:
    """Return relative dates in their usual form. Raises ConfigError."""
    found = " ".join(text.lower().split())
    last = _LAST.fullmatch(found)
    if found in ("today", "yesterday") or _PERIOD.fullmatch(found):
        return found
    if last is None or int(last[1]) > _MOST_UNITS:
        message = f"{text!r} isn't a range of dates, N being 1 to {_MOST_UNITS:,}"
        raise ConfigError([FieldProblem("date_range", text, message, ALLOWED)])
    return found


def checked_zone(text: str) -> str:
    """Return the name of a time zone. Raises ConfigError."""
    zone_of(text)
    return text


def zone_of(name: str, field: str = "time_zone") -> ZoneInfo:
    """Return a time zone of the IANA database. Raises ConfigError."""
    # Files beside the zones have names like these too.
    if name in _zones():
        return ZoneInfo(name)
    message = f"{name!r} isn't a time zone of the IANA database"
    raise ConfigError(
        [FieldProblem(field, name, message, ("UTC", "Europe/Berlin", "America/New_York", "..."))]
    )


@cache
def _zones() -> frozenset[str]:
    from zoneinfo import available_timezones  # it looks through folders

    return frozenset(available_timezones())


def resolve_range(text: str, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the first moment of relative dates, and the first one after them, both in UTC.

    Raises ConfigError if nothing lies between them, and if they begin before the year 1.
    """
    found = checked_range(text)
    try:
        start, end = _bounds(found, now.astimezone(zone))
    except (OverflowError, ValueError):
        raise ConfigError([FieldProblem("date_range", text, f"{text!r} begins before the year 1")]) from None
    if start >= end:
        message = f"{text!r} is empty at {now.astimezone(UTC):%Y-%m-%dT%H:%MZ}, where it begins"
        raise ConfigError([FieldProblem("date_range", text, message)])
    return start, end


def _bounds(text: str, local: datetime) -> tuple[datetime, datetime]:
    now = local.astimezone(UTC)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if text == "today":
        return _utc(day), now
    if text == "yesterday":
        return _utc(day - timedelta(days=1)), _utc(day)
    if (last := _LAST.fullmatch(text)) is not None:
        return _back(local, int(last[1]), last[2]), now
    which, unit = text.split()
    if unit == "hour":
        # A clock change of half an hour moves the begin of an hour: elapsed time finds it.
        begin = now - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return (begin, now) if which == "this" else (begin - _ELAPSED[unit], begin)
    begin_day = _BEGINS[unit](day)
    if which == "this":
        return _utc(begin_day), now
    before = begin_day - timedelta(days=7) if unit == "week" else _months_back(begin_day, _MONTHS[unit])
    return _utc(before), _utc(begin_day)


def _back(local: datetime, count: int, unit: str) -> datetime:
    if unit in _ELAPSED:
        return local.astimezone(UTC) - count * _ELAPSED[unit]
    if unit in _DAYS:
        return _utc(local - timedelta(days=count * _DAYS[unit]))
    return _utc(_months_back(local, count))


def _months_back(local: datetime, count: int) -> datetime:
    """Return the same day of an earlier month, or the last one of a month that is shorter."""
    months = local.year * 12 + local.month - 1 - count
    first = local.replace(year=months // 12, month=months % 12 + 1, day=1)
    next_month = (first + timedelta(days=31)).replace(day=1)
    return first.replace(day=min(local.day, (next_month - timedelta(days=1)).day))


_BEGINS: Mapping[str, Callable[[datetime], datetime]] = {
    "week": lambda day: day - timedelta(days=day.weekday()),
    "month": lambda day: day.replace(day=1),
    "quarter": lambda day: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
    "year": lambda day: day.replace(month=1, day=1),
}


def _utc(local: datetime) -> datetime:
    """Return a wall-clock time in UTC: the first one if there are two, the end of a gap if there is none."""
    return local.astimezone(UTC)
