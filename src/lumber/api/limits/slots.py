"""A limit on how many of something each key has at the same time."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

from lumber.errors import TooManyRequests

# Nobody knows when one of them ends.
_RETRY_SECONDS = 5


class Held(StrEnum):
    """What a call keeps open until its answer has been sent."""

    STREAM = "stream"
    DOWNLOAD = "download"


class Slots:
    """Counts what runs for each key. Nothing is kept of keys for which nothing runs."""

    def __init__(self, most: int, meaning: str) -> None:
        self._most = most
        self._meaning = meaning
        self._taken: Counter[str] = Counter()

    def take(self, key: str) -> None:
        """Count one more. Raises TooManyRequests at the limit."""
        if self._taken[key] >= self._most:
            raise TooManyRequests(
                f"{self._most} {self._meaning} of this key or account are open already. Try again when one "
                "has ended.",
                _RETRY_SECONDS,
            )
        self._taken[key] += 1

    def release(self, key: str) -> None:
        """Count one less."""
        self._taken[key] -= 1
        if self._taken[key] == 0:
            del self._taken[key]
