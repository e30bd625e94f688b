"""Times in a config: dates and times as text, never as numbers, and in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from lumber.errors import FieldProblem

_NUMBER = re.compile(r"\s*[+-]?[0-9]*\.?[0-9]*\s*")


def refuse_number(value: Any) -> Any:
    """Return the value. Raises ValueError for a number: it could mean a year, seconds or milliseconds."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise ValueError("is not a date or time such as 2026-01-31 or 2026-01-31T12:00:00Z")
    return value


def in_utc(value: datetime) -> datetime:
    """Return a time in UTC; without a zone it is UTC. Raises ValueError outside the years 1 to 9999."""
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{value.isoformat()} is outside the years 1 to 9999 in UTC") from None


def range_problems(
    start: datetime | None, end: datetime | None, before: datetime | None
) -> list[FieldProblem]:
    """Return the problems of a time range; `end` is inclusive and `before` exclusive."""
    found = []
    if end and before:
        message = "can't be used with end_date: leave one of them out"
        found.append(FieldProblem("end_before", before.isoformat(), message))
    if start and end and end < start:
        message = f"{end.isoformat()} is before start_date {start.isoformat()}"
        found.append(FieldProblem("end_date", end.isoformat(), message))
    if start and before and before <= start:
        message = f"{before.isoformat()} isn't after start_date {start.isoformat()}"
        found.append(FieldProblem("end_before", before.isoformat(), message))
    return found


def relative_problems(
    date_range: str | None,
    time_zone: str | None,
    start: datetime | None,
    end: datetime | None,
    before: datetime | None,
) -> list[FieldProblem]:
    """Return the problems of relative dates beside other dates, and of a zone without them."""
    if date_range is None:
        if time_zone is None:
            return []
        return [FieldProblem("time_zone", time_zone, "has no effect without date_range: leave it out")]
    given = {"start_date": start, "end_date": end, "end_before": before}
    names = [name for name, value in given.items() if value is not None]
    message = f"can't be used with {' and '.join(names)}: leave one of them out"
    return [FieldProblem("date_range", date_range, message)] if names else []
