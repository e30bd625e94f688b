"""Moves the dates in texts by whole days, in the form in which they are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta

from lumber.privacy.time_forms import DATES, LONG_NAMES, MONTHS, SHORT_NAMES, TIME_NAME

_DAY_SECONDS = 86_400
_EPOCH = date(1970, 1, 1)
# Without a name before it, a number is a time if it is at most so many days from the row's.
NEAR_DAYS = 100
# How far back the name of a number is looked for.
_BEFORE = 40
_FILETIME_SECONDS = 11_644_473_600
# Of numbers with so many digits: the seconds of a unit, as a divisor, and the least and greatest of them.
_UNITS = {9: 1, 10: 1, 13: 10**3, 16: 10**6, 19: 10**9}
_LEAST, _MOST = 300_000_000, 4_102_444_800

_Parts = tuple[date, Callable[[date], str]]


def shifted_dates(text: str, days: int, near: date | None = None) -> tuple[str, int]:
    """Return a text with all of its dates moved by `days`, and their number.

    `near` is the day of the row. It gives years to dates without one, decides the order of day and month, and
    tells which numbers are times. Without it, dates without a year stay.
    """
    moved, found = moved_dates(text, days, near)
    return moved, len(found)


def moved_dates(text: str, days: int, near: date | None = None) -> tuple[str, list[tuple[str, str]]]:
    """Return what `shifted_dates` does, and each date as it was written and as it is now."""
    found: list[tuple[str, str]] = []

    def replace(match: re.Match[str]) -> str:
        new = _shifted(match, days, near)
        if new is None:
            return match[0]
        found.append((match[0], new))
        return new

    return DATES.sub(replace, text), found


def _shifted(match: re.Match[str], days: int, near: date | None) -> str | None:
    form = match.lastgroup
    assert form is not None
    if form == "epoch":
        return _shifted_number(match, days, near)
    if form == "tai64":
        return f"{int(match['x15'], 16) + days * _DAY_SECONDS:016x}"
    read = _READERS[form](match, near)
    if read is None:
        return None
    before, write = read
    try:
        return write(before + timedelta(days))
    except (OverflowError, ValueError):
        return "[time]"


def _shifted_number(match: re.Match[str], days: int, near: date | None) -> str | None:
    digits = match["n16"]
    number = int(digits)
    if len(digits) == 18:
        unit, seconds = 10**7, number // 10**7 - _FILETIME_SECONDS
    else:
        unit = _UNITS[len(digits)]
        seconds = number // unit
    if not _LEAST <= seconds <= _MOST:
        return None
    start = match.start()
    is_near = near is not None and abs(seconds // _DAY_SECONDS - (near - _EPOCH).days) <= NEAR_DAYS
    if not is_near and not TIME_NAME.search(match.string[max(0, start - _BEFORE) : start]):
        return None
    return str(number + days * _DAY_SECONDS * unit)


def _of(group: str, year: str, month: str, day: str) -> Callable[[re.Match[str], date | None], _Parts | None]:
    """Return what reads a form with these groups; `month` may be a number or a name."""

    def read(match: re.Match[str], near: date | None) -> _Parts | None:
        found = _day(_year(match[year], near), _month(match[month]), int(match[day]))
        if found is None:
            return None
        return found, lambda new: _written(match, {year: new.year, month: new.month, day: new.day}, group)

    return read


def _without_year(group: str, month: str, day: str) -> Callable[[re.Match[str], date | None], _Parts | None]:
    def read(match: re.Match[str], near: date | None) -> _Parts | None:
        if near is None:
            return None
        years = [near.year + step for step in (0, -1, 1, -2, 2, -3, 3, -4, 4)]
        days = [_day(year, _month(match[month]), int(match[day])) for year in years]
        found = _nearest(days, near)
        if found is None:
            return None
        return found, lambda new: _written(match, {month: new.month, day: new.day}, group)

    return read


def _numbers(match: re.Match[str], near: date | None) -> _Parts | None:
    """Read a date of three numbers: the order is the one that gives the nearest day."""
    parts = {name: match[name] for name in ("p1", "p2", "p3")}
    is_long = len(parts["p3"]) == 4
    if not is_long and not _has_clock(match) and near is None:
        return None
    orders = [("p3", "p1", "p2"), ("p3", "p2", "p1")]
    if match["s10"] == ".":
        orders.reverse()
    if not is_long:
        orders.append(("p1", "p2", "p3"))
    found = [
        (moment, order)
        for order in orders
        if (moment := _day(_year(parts[order[0]], near), int(parts[order[1]]), int(parts[order[2]])))
    ]
    if not found:
        return None
    # Whoever writes dots and a year in full begins with the day.
    is_clear = is_long and match["s10"] == "."
    if near is None or is_clear:
        moment, order = found[0]
    else:
        moment, order = min(found, key=lambda each: abs((each[0] - near).days))
    if not is_long and not _has_clock(match):
        assert near is not None
        is_dated = all(len(part) == 2 for part in parts.values()) and match["s10"] != "."
        if not is_dated or abs((moment - near).days) > NEAR_DAYS:
            return None
    year, month, day = order
    return moment, lambda new: _written(match, {year: new.year, month: new.month, day: new.day}, "numbers")


def _has_clock(match: re.Match[str]) -> bool:
    before, after = match.string[max(0, match.start() - 12) : match.start()], match.string[match.end() :]
    return bool(_TIME_AFTER.match(after) or _TIME_BEFORE.search(before))


def _ordinal(match: re.Match[str], near: date | None) -> _Parts | None:
    year, number = int(match["y13"]), int(match["j13"])
    found = date(year, 1, 1) + timedelta(number - 1)
    if not number or found.year != year:
        return None
    return found, lambda new: f"{new.year:04d}-{new.timetuple().tm_yday:03d}"


def _week(match: re.Match[str], near: date | None) -> _Parts | None:
    try:
        found = date.fromisocalendar(int(match["y14"]), int(match["w14"]), 4)
    except ValueError:
        return None
    return found, lambda new: f"{new.isocalendar()[0]:04d}{match['s14']}{new.isocalendar()[1]:02d}"


_READERS: Mapping[str, Callable[[re.Match[str], date | None], _Parts | None]] = {
    "year_first": _of("year_first", "y1", "m1", "d1"),
    "year_name": _of("year_name", "y2", "b2", "d2"),
    "day_name": _of("day_name", "y3", "b3", "d3"),
    "name_day": _of("name_day", "y4", "b4", "d4"),
    "year_last": _of("year_last", "y5", "b5", "d5"),
    "no_year": _without_year("no_year", "b6", "d6"),
    "day_no_year": _without_year("day_no_year", "b7", "d7"),
    "compact": _of("compact", "y8", "m8", "d8"),
    "short_compact": _of("short_compact", "y9", "m9", "d9"),
    "numbers": _numbers,
    "month_day": _without_year("month_day", "m11", "d11"),
    "letter": _without_year("letter", "m12", "d12"),
    "ordinal": _ordinal,
    "week": _week,
}

# Days that are padded with a space.
_PADDED = ("d5", "d6")
_TIME_AFTER = re.compile(r",?[ T:_-]+(?:[01]?\d|2[0-3]):[0-5]\d")
_TIME_BEFORE = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?[ ,]+$")


def _year(text: str, near: date | None) -> int:
    """Return a year; of two digits the one that is nearest."""
    year = int(text)
    if len(text) == 4:
        return year
    middle = 2000 if near is None else near.year
    return min((year + 100 * century for century in (18, 19, 20, 21)), key=lambda each: abs(each - middle))


def _month(text: str) -> int:
    return MONTHS[text.lower()] if text.isalpha() else int(text)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _nearest(days: Iterable[date | None], near: date) -> date | None:
    known = [day for day in days if day is not None]
    return min(known, key=lambda day: abs((day - near).days), default=None)


def _written(match: re.Match[str], parts: Mapping[str, int], group: str) -> str:
    """Return the match with other parts of the date, each as long as it was where that is possible."""
    text, at, found = match[group], match.start(group), []
    done = at
    for name in sorted(parts, key=match.start):
        start, end = match.span(name)
        found += [match.string[done:start], _part(name, match[name], parts[name])]
        done = end
    return "".join([*found, match.string[done : at + len(text)]])


def _part(group: str, before: str, number: int) -> str:
    if before.isalpha():
        names = SHORT_NAMES if len(before) == 3 else LONG_NAMES
        name = names[number - 1]
        return name.upper() if before.isupper() else name.lower() if before.islower() else name
    if group in _PADDED and before[0] != "0":
        return f"{number:{len(before)}d}"
    if len(before) == 2 and number > 99:
        number %= 100
    return f"{number:0{len(before)}d}"
