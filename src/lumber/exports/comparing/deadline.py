"""The end of the time that a comparison may take."""

from __future__ import annotations

import threading
import time


class OutOfTime(Exception):
    """The time ran out, or nobody waits any more."""


class Deadline:
    """Raises OutOfTime after some seconds, or when it was stopped."""

    def __init__(self, seconds: float, stopped: threading.Event) -> None:
        self._seconds = seconds
        self._until = time.monotonic() + seconds
        self._stopped = stopped

    def check(self) -> None:
        """Raise OutOfTime if the time is over."""
        if self._stopped.is_set() or time.monotonic() > self._until:
            raise OutOfTime(
                f"Its rows were not compared within {self._seconds:g} s (LUMBER_PREVIEW_SECONDS). Run "
                "`lumber diff` where the folders are."
            )
