"""What was refused a moment ago, so that the audit trail isn't filled with it."""

from __future__ import annotations

import time

# A program with an expired key tries again and again: one line in this time tells enough.
_SECONDS = 60.0
_MOST = 10_000


class RecentRefusals:
    """Remembers what was refused in the last minute."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, ...], float] = {}

    def is_new(self, *refusal: str) -> bool:
        """Say whether this wasn't refused in the last minute, and remember it."""
        now = time.monotonic()
        if self._until.get(refusal, now) > now:
            return False
        if len(self._until) >= _MOST:
            self._until = {key: until for key, until in self._until.items() if until > now}
        if len(self._until) >= _MOST:
            return False
        self._until[refusal] = now + _SECONDS
        return True
