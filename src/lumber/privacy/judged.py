"""The texts that were judged before they were written: the scan of their file needn't judge them again."""

from __future__ import annotations

import secrets

import numpy as np
import numpy.typing as npt
import polars as pl

_Hashes = npt.NDArray[np.uint64]
# Texts that are collected before they are hashed.
_TOGETHER = 4_096
_NONE: _Hashes = np.empty(0, np.uint64)


class Judged:
    """A set of at most `limit` texts, as hashes of 64 bits under a key of its own: 8 bytes each.

    A text beyond the limit isn't in the set, and is judged again.
    """

    def __init__(self, limit: int = 4_000_000) -> None:
        self._limit = limit
        self._seeds = {False: secrets.randbits(64), True: secrets.randbits(64)}
        self._pending: dict[bool, list[str]] = {False: [], True: []}
        self._added: list[_Hashes] = []
        self._size = 0
        self._sorted = _NONE

    def add(self, text: str, *, is_json: bool = False) -> None:
        """Add a text, which was judged as plain text or as JSON."""
        pending = self._pending[is_json]
        pending.append(text)
        if len(pending) >= _TOGETHER:
            self._hash_pending()

    def add_all(self, texts: pl.Series, *, is_json: bool = False) -> None:
        """Add many texts."""
        room = self._limit - self._size
        if room > 0 and len(texts):
            fresh = self._hashes(texts[:room], is_json)
            self._size += len(fresh)
            self._added.append(fresh)

    def not_in(self, texts: pl.Series, *, is_json: bool = False) -> pl.Series:
        """Return, for each text, whether it isn't in the set."""
        self._hash_pending()
        if self._added:
            self._sorted = np.sort(np.concatenate([self._sorted, *self._added]))
            self._added.clear()
        if not len(self._sorted):
            return pl.repeat(True, len(texts), dtype=pl.Boolean, eager=True)
        hashes = self._hashes(texts, is_json)
        at = np.minimum(np.searchsorted(self._sorted, hashes), len(self._sorted) - 1)
        return pl.Series(self._sorted[at] != hashes)

    def _hash_pending(self) -> None:
        for is_json, pending in self._pending.items():
            if pending:
                self.add_all(pl.Series(pending, dtype=pl.String), is_json=is_json)
                pending.clear()

    def _hashes(self, texts: pl.Series, is_json: bool) -> _Hashes:
        # Of a plain text and of JSON, the hashes differ.
        return texts.hash(self._seeds[is_json]).to_numpy()
