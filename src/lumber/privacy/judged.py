"""The texts that were judged before they were written: the scan of their file needn't judge them again."""

from __future__ import annotations

from array import array

import numpy as np
import numpy.typing as npt
import polars as pl


class Judged:
    """A set of at most `limit` texts, as hashes of 64 bits under a key of the process: 8 bytes each.

    A text beyond the limit isn't in the set, and is judged again.
    """

    def __init__(self, limit: int = 4_000_000) -> None:
        self._limit = limit
        self._added = array("q")
        self._sorted: npt.NDArray[np.int64] = np.empty(0, np.int64)

    def add(self, text: str, *, is_json: bool = False) -> None:
        """Add a text, which was judged as plain text or as JSON."""
        if len(self._added) < self._limit:
            self._added.append(hash((text,) if is_json else text))

    def not_in(self, texts: pl.Series, *, is_json: bool = False) -> pl.Series:
        """Return, for each text, whether it isn't in the set."""
        values = texts.to_list()
        hashes = np.array([hash((text,)) for text in values] if is_json else [*map(hash, values)], np.int64)
        if len(self._sorted) != len(self._added):
            self._sorted = np.sort(np.frombuffer(self._added, np.int64))
        if not len(self._sorted):
            return pl.repeat(True, len(values), dtype=pl.Boolean, eager=True)
        at = np.minimum(np.searchsorted(self._sorted, hashes), len(self._sorted) - 1)
        return pl.Series(self._sorted[at] != hashes)
