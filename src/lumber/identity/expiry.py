"""When an API key stops working: a span from now, or a time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from lumber.errors import ConfigError, FieldProblem

_SPAN = re.compile(r"([0-9]{1,6})([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def expiry(text: str, now: datetime) -> datetime:
    """Return the time that a span from now, or a time, means. Raises ConfigError."""
    try:
        if found := _SPAN.fullmatch(text):
            return now + timedelta(**{_UNITS[found[2]]: int(found[1])})
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        message = f"{text!r} is neither a span such as 12h, 90d or 8w nor a time such as 2026-12-31"
        raise ConfigError([FieldProblem("expires", text, message)]) from None
