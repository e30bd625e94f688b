"""When a schedule runs, in a sentence."""

from __future__ import annotations

from lumber.schedules.timetable import Timetable
from lumber.text import counted

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def sentence_of(timetable: Timetable) -> str:
    """Return a sentence such as `At 02:00 every day, Europe/Berlin`."""
    if timetable.every_seconds is not None:
        return f"Every {_duration(timetable.every_seconds)}, counted from 1970-01-01 00:00 UTC"
    from cronsim.explain import explain  # only schedules need it

    return f"{explain(timetable.cron or '')}, {timetable.time_zone}"


def _duration(seconds: int) -> str:
    name, size = next((name, size) for name, size in _UNITS if seconds % size == 0)
    count = seconds // size
    return name if count == 1 else counted(count, name)
