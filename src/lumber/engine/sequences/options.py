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
    """How windows are cut, separately for each device and split.

    mode         sliding: windows of a fixed size; session: events without a long gap between them
    unit         of `size` and `step`: events, or seconds
    size         length of a window in `unit`; windows over seconds start at multiples of `step` since 1970
    step         distance between the starts of two windows in `unit`; none means `size` (no overlap)
    gap_seconds  a session ends if the next event is more than this many seconds later
    max_length   maximum events of a session or a window over seconds; the rest becomes a new sequence
    drop_last    whether incomplete windows at the end of a split are dropped. None keeps sessions, and drops
                 sliding windows except the only window of a device
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
        """The step in `unit`; the size if no step is given."""
        return self.size if self.step is None else self.step
