"""KeySample: the keys of sampled rows, which answer the planner's questions with estimates."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lumber.formats.staged_file import Key

_FIRST_ID = -(2**63)


@dataclass(frozen=True, slots=True)
class KeySample:
    """Keys of sampled rows in ascending order, at least one, that stand for about `rows` rows.

    Each stands for as many rows as the others. `first_us` and `last_us` are the least and the greatest time
    in microseconds, or bounds around them.
    """

    keys: tuple[Key, ...]
    rows: int
    first_us: int
    last_us: int

    async def span(self) -> tuple[int, int]:
        """Return the least and the greatest time."""
        return self.first_us, self.last_us

    async def counts(self, edges: Sequence[int]) -> list[int]:
        """Estimate the rows between each two neighbouring edges; the last range includes its end."""
        ends = [*edges[:-1], edges[-1] + 1]
        before = [self._rows(bisect_left(self.keys, Key(end, _FIRST_ID))) for end in ends]
        return [upto - from_ for from_, upto in pairwise(before)]

    async def key_at(self, lower: Key | None, offset: int) -> Key | None:
        """Return a key about `offset` rows after the first one that is not below `lower`."""
        begin = 0 if lower is None else bisect_left(self.keys, lower)
        place = begin + offset * len(self.keys) // self.rows
        return self.keys[place] if place < len(self.keys) else None

    async def time_at(self, offset: int, *, from_end: bool = False) -> int | None:
        """Estimate the time of the row at an offset from the first or the last row; None past the end."""
        if offset >= self.rows:
            return None
        place = offset * len(self.keys) // self.rows
        return self.keys[-1 - place if from_end else place].time_us

    def _rows(self, sampled: int) -> int:
        """Return about how many rows so many of the sample stand for."""
        return sampled * self.rows // len(self.keys)
