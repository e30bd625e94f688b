"""Converts single values of records to the type of a column. A wrong value raises WrongValue."""

from __future__ import annotations

import json
import math
import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from lumber.catalog.canonical_json import canonical_json
from lumber.catalog.severity import TEXT_BY_BUNYAN_LEVEL, TEXT_BY_CODE, TEXT_BY_NUMBER
from lumber.ingest.zones import MIN_MICROSECONDS

_INT64 = range(-(2**63), 2**63)
# Below each limit, a number since 1970 counts in this many microseconds: seconds until the year 5138,
# then milliseconds, microseconds and nanoseconds, each with three digits more.
_UNITS = ((10**11, Decimal(1_000_000)), (10**14, Decimal(1_000)), (10**17, Decimal(1)))
_NANOSECONDS = Decimal("0.001")
_NUMBERED = {
    "level": TEXT_BY_BUNYAN_LEVEL,
    "severity_number": TEXT_BY_NUMBER,
    "severitynumber": TEXT_BY_NUMBER,
}
# Digits of a date, perhaps with hours and minutes, seconds and milliseconds.
_COMPACT = re.compile(r"((?:199|20[0-9])[0-9][01][0-9][0-3][0-9])(?:([0-9]{4}(?:[0-9]{2})?)([0-9]{3})?)?")
_COMPACT_LENGTHS = frozenset({8, 12, 14, 17})
# No log is from later: such a number counts something else.
_LATEST_EPOCH = 7_258_118_400_000_000  # 2200-01-01
# Larger numbers don't fit 64 bits, and their digits could take all memory.
_MAX_EXPONENT = 25


class WrongValue(ValueError):
    """The value doesn't fit its column; the text says why."""


def text(value: Any) -> str | None:
    """Return text; a number or a bool is written as JSON writes it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise WrongValue(f"is {_named(value)}, not text")


def severity_text(value: Any, name: str) -> str | None:
    """Return severity text without spaces around it.

    The lower-case name of the field tells what a number means: `priority` has syslog severities,
    `severity_number` those of OpenTelemetry, `level` those of bunyan and pino.
    """
    if type(value) is int and name in _NUMBERED:
        known = _NUMBERED[name].get(value)
        if known is not None:
            return known
    shown = (text(value) or "").strip()
    if name == "priority" and len(shown) == 1 and shown in "01234567":
        return TEXT_BY_CODE[int(shown)]
    return shown or None


def real(value: Any) -> float | None:
    """Return a finite number."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool):
            raise ValueError
        number = float(_digits(value))
    except (TypeError, ValueError, OverflowError):
        raise WrongValue("is not a number") from None
    if not math.isfinite(number):
        raise WrongValue("is not a finite number")
    return number


def _digits(value: Any) -> Any:
    """Reject what only Python reads as a number, such as 1_000."""
    if isinstance(value, str) and "_" in value:
        raise ValueError
    return value


def integer(value: Any) -> int | None:
    """Return a whole number of 64 bits."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool | list | dict):
            raise InvalidOperation
        number = Decimal(str(_digits(value)).strip())
        if number.is_finite() and number.adjusted() > _MAX_EXPONENT:
            raise WrongValue("does not fit 64 bits")
        whole = int(number)
    except (InvalidOperation, ValueError, OverflowError):
        raise WrongValue("is not a whole number") from None
    if whole != number:
        raise WrongValue("is not a whole number")
    if whole not in _INT64:
        raise WrongValue("does not fit 64 bits")
    return whole


def epoch_microseconds(value: Any) -> int | None:
    """Return the microseconds since 1970 of a number in s, ms, us or ns; None if it is not a number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(value if isinstance(value, int) else str(_digits(value)).strip())
        if not number.is_finite() or number.adjusted() > _MAX_EXPONENT:
            return None
    except (InvalidOperation, ValueError):
        return None
    size = abs(number)
    unit = next((unit for limit, unit in _UNITS if size < limit), _NANOSECONDS)
    moment = math.floor(number * unit)
    return moment if MIN_MICROSECONDS <= moment < _LATEST_EPOCH else None


def compact_time(value: Any) -> str | None:
    """Return the ISO 8601 text of a time whose digits are those of a date, such as 20240301; else None.

    As seconds, 20240301 is a day in 1970; as milliseconds, 20240301100000 is in the year 2611.
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    digits = str(value) if isinstance(value, int) and 0 < value < 10**17 else value
    if not isinstance(digits, str) or len(digits) not in _COMPACT_LENGTHS:
        return None
    found = _COMPACT.fullmatch(digits)
    if found is None:
        return None
    date, clock, milli = found.groups()
    if clock is None:
        return date if _is_time(date, "%Y%m%d") else None
    shown = f"{date}T{clock}" + (f".{milli}" if milli else "")
    form = "%Y%m%dT%H%M%S" if len(clock) == 6 else "%Y%m%dT%H%M"
    return shown if _is_time(f"{date}T{clock}", form) else None


def _is_time(shown: str, form: str) -> bool:
    try:
        datetime.strptime(shown, form)  # noqa: DTZ007  # only the digits are judged
    except ValueError:
        return False
    return True


def json_text(value: Any) -> str | None:
    """Return canonical JSON of a value; text that is not JSON stays unchanged."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return canonical_json(value) or value
    return dumped(value)


def tags(value: Any) -> str | None:
    """Return tags as canonical JSON. Text may also be a list, separated by commas or semicolons."""
    if isinstance(value, str) and not value.lstrip().startswith(("[", "{", '"')):
        listed = [item.strip() for item in value.replace(";", ",").split(",") if item.strip()]
        return dumped(listed) if listed else None
    return json_text(value)


def dumped(value: Any) -> str:
    """Return canonical JSON of a value."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:  # an integer of more than 64 bits, or a value that only Parquet has
        slow = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_shown)
        return canonical_json(slow) or slow


def _shown(value: Any) -> str:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)


def _named(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    return "a list" if isinstance(value, list) else "a value of another type"


def loaded(text_: str) -> Any:
    """Return the value of JSON text; text that is not JSON is returned unchanged."""
    try:
        return json.loads(text_)
    except (ValueError, RecursionError):
        return text_
