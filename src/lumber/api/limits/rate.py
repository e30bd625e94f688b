"""A limit on how often something happens in a minute, for each of many keys, in little memory.

The generic cell rate algorithm (ITU-T I.371) needs one number for each key. The moving window of the library
`limits` was measured: half a kilobyte for each event, and no limit on the number of keys.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

_MINUTE = 60.0
# The oldest is forgotten first: some megabytes, however many addresses call.
_MOST_KEYS = 50_000


class RateLimit:
    """Lets each key do something so often in a minute. Who was silent may do all of it at once."""

    def __init__(
        self, per_minute: int, *, most_keys: int = _MOST_KEYS, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._spacing = _MINUTE / per_minute
        self._most_keys = most_keys
        self._now = now
        # When everything that a key has done is a minute old.
        self._clear_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        """Return the number of keys in memory."""
        return len(self._clear_at)

    def take(self, key: str) -> float:
        """Count one, and return 0. At the limit, count nothing, and return the seconds until the next."""
        now = self._now()
        clear_at = max(now, self._clear_at.get(key, now)) + self._spacing
        # The tolerance is for the rounding of many sums.
        wait = clear_at - now - _MINUTE
        if wait > 1e-6:
            return wait
        self._clear_at[key] = clear_at
        self._clear_at.move_to_end(key)
        if len(self._clear_at) > self._most_keys:
            self._clear_at.popitem(last=False)
        return 0.0

    def give_back(self, key: str) -> None:
        """Uncount one."""
        if (clear_at := self._clear_at.get(key)) is not None:
            self._clear_at[key] = clear_at - self._spacing
