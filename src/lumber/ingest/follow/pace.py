"""How often a live source is looked at, and when what has arrived is loaded."""

from __future__ import annotations

from dataclasses import dataclass

from lumber.settings import Settings


@dataclass(frozen=True, slots=True)
class Pace:
    """A batch is loaded when it has `batch_lines` lines, or `batch_seconds` after its first line.

    The last record of a file is complete when nothing was written for `settle_seconds`: the lines of a stack
    trace may come one by one.
    A rotated file is finished when nothing was written to it for `retire_seconds`: a writer goes on for a
    while with the file that it has open.
    """

    batch_lines: int = 10_000
    batch_seconds: float = 1.0
    poll_seconds: float = 0.25
    scan_seconds: float = 1.0
    settle_seconds: float = 1.0
    retire_seconds: float = 10.0

    @classmethod
    def of(cls, settings: Settings) -> Pace:
        """Return the pace that the operator set."""
        seconds = settings.live_batch_seconds
        return cls(settings.live_batch_lines, seconds, poll_seconds=max(0.01, min(0.25, seconds / 2)))
