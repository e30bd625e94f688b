"""Sizes, times and durations as people read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from rich.filesize import decimal

from lumber.errors import ConfigError, FieldProblem

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)([smhd]?)")


def parse_seconds(option: str, text: str) -> float:
    """Return the seconds of a time such as 90s, 30m, 1h or 2d. Raises ConfigError."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ConfigError([FieldProblem(option, text, f"{text!r} is not a time such as 90s, 30m, 1h or 2d")])
    return float(found[1]) * _UNITS[found[2]]


def bytes_text(size_bytes: int) -> str:
    """Return a size such as `1.2 MB`."""
    return decimal(size_bytes)


def time_text(moment: datetime | None) -> str:
    """Return a time such as `2026-01-31 12:00:05` in UTC; `-` for none."""
    return "-" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def duration_text(seconds: float | None) -> str:
    """Return a duration such as `2h 05m`, `3m 20s` or `4.2s`; `-` for none."""
    if seconds is None:
        return "-"
    if seconds < 60:
        return f"{max(seconds, 0):.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m {rest:02d}s" if minutes < 60 else f"{minutes // 60}h {minutes % 60:02d}m"
