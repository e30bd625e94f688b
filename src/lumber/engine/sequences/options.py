"""WindowOptions: how windows are cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lumber.errors import ConfigError, FieldProblem

MODES = ("sliding", "session")
UNITS = ("events", "seconds")
MAX_EVENTS = 10_000
MAX_SECONDS = 366 * 24 * 60 * 60
# How many windows over seconds may share an event: so often it is held in memory.
MAX_OVERLAP = 1_000


@dataclass(frozen=True, slots=True)
class WindowOptions:
    """How windows are cut, for each device of each split alone.

    mode         sliding: windows of one size; session: events with no long gap between them
    unit         of `size` and `step`: events, or seconds
    size         events of a window, or its seconds; windows over seconds begin at whole steps since 1970 UTC
    step         from the beginning of a window to that of the next; none means `size`: no overlap
    gap_seconds  a session ends where the next event is later than this
    max_length   events after which a session, or a window over seconds, is cut and goes on as a new sequence
    drop_last    whether what the end of the split has cut short is left out. None keeps sessions; of sliding
                 windows it drops them, but for one of each device that would have none
    """

    mode: Literal["sliding", "session"] = "sliding"
    unit: Literal["events", "seconds"] = "events"
    size: int = 100
    step: int | None = None
    gap_seconds: int = 300
    max_length: int = 512
    drop_last: bool | None = None

    def __post_init__(self) -> None:
        largest = MAX_EVENTS if self.unit == "events" else MAX_SECONDS
        problems = [
            FieldProblem(field, value, "is not known", allowed)
            for field, value, allowed in (("mode", self.mode, MODES), ("unit", self.unit, UNITS))
            if value not in allowed
        ]
        problems += [
            FieldProblem(field, value, f"must be between 1 and {limit}")
            for field, value, limit in (
                ("size", self.size, largest),
                ("step", self.stride, self.size),
                ("gap_seconds", self.gap_seconds, MAX_SECONDS),
                ("max_length", self.max_length, MAX_EVENTS),
            )
            if not 1 <= value <= limit
        ]
        if self.unit == "seconds" and not problems and self.size > MAX_OVERLAP * self.stride:
            problems.append(FieldProblem("step", self.step, f"must be at least size / {MAX_OVERLAP}"))
        if problems:
            raise ConfigError(problems)

    @property
    def stride(self) -> int:
        """The step, which is the size when none is given."""
        return self.size if self.step is None else self.step
