"""Checks the values of filters: each function returns a value in the column's type or raises ValueError."""

from __future__ import annotations

import ipaddress
import math
import re
from datetime import UTC, datetime
from typing import Any

from lumber.catalog.kind import Column, Storage

Scalar = str | int | float | bool | datetime

# More digits than 64 bits hold, and leading zeros.
_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")

# What one config may ask for. Planning and reading cost time for each value and each condition.
MAX_CONDITIONS = 100
MAX_VALUES = 10_000
MAX_TEXT = 10_000

_INT64 = (-(2**63), 2**63 - 1)


def column_value(column: Column, value: Any) -> Scalar:
    """Return `value` as a value that the column can have; for a vocabulary, one of its words."""
    if column.vocabulary is not None:
        text = str(value).upper()
        if text not in column.vocabulary:
            raise ValueError(f"{value!r} is not a {column.name}")
        return text
    if column.storage is Storage.BOOLEAN:
        return int(boolean(column, value))
    if column.storage is Storage.INTEGER:
        return _integer(value)
    if column.storage is Storage.REAL:
        return _number(value)
    if column.storage is Storage.TIME:
        return _time(value)
    return _text(value)


def boolean(_: Column, value: Any) -> bool:
    """Return `value` as true or false."""
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise ValueError(f"{value!r} is neither true nor false")


def network(_: Column, value: Any) -> str:
    """Return `value` as a network in CIDR notation, without host bits."""
    try:
        return str(ipaddress.ip_network(str(value), strict=False))
    except ValueError:
        raise ValueError(f"{value!r} is not a network such as 10.0.0.0/8 or 2001:db8::/32") from None


def _integer(value: Any) -> int:
    # Python's int() also takes 1_000 and other scripts' digits, and shortens 1.5.
    text = "" if isinstance(value, bool) else str(value).strip()
    if isinstance(value, float) and value.is_integer():
        text = str(int(value))
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"{value!r} is not a whole number")
    number = int(text)
    if not _INT64[0] <= number <= _INT64[1]:
        raise ValueError(f"{value!r} does not fit 64 bits")
    return number


def _number(value: Any) -> float:
    try:
        number = float("x" if isinstance(value, bool) or "_" in str(value) else value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{value!r} is not a number") from None
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not a finite number")
    return number


def _time(value: Any) -> datetime:
    if isinstance(value, datetime):
        moment = value
    else:
        try:
            # A number could be a year, seconds or milliseconds.
            moment = datetime.fromisoformat(value if isinstance(value, str) else "")
        except ValueError:
            raise ValueError(f"{value!r} is not a time such as 2026-01-31T12:00:00Z") from None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{value!r} is outside the years 1 to 9999 in UTC") from None


def _text(value: Any) -> str:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise ValueError(f"{value!r} is not text")
    text = str(value)
    if "\x00" in text:
        raise ValueError("text must not contain a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{value!r} is not valid Unicode") from None
    return text
