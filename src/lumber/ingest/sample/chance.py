"""Random draws of whole numbers only: floating point may round differently on another processor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def whole(random: np.random.Generator, low: int, high: int, count: int) -> Ints:
    """Draw `count` whole numbers, each from `low` to `high` inclusive."""
    return random.integers(low, high + 1, size=count, dtype=np.int64)


def skewed(random: np.random.Generator, low: int, high: int, count: int) -> Ints:
    """Draw whole numbers from `low` to `high`, small ones far more often, as for sizes and durations."""
    span = high - low
    shift = whole(random, 0, max(span.bit_length() - 1, 0), count)
    return low + (whole(random, 0, span, count) >> shift)


class Weighted:
    """Draws positions in proportion to whole-number weights."""

    def __init__(self, weights: Sequence[int] | Ints) -> None:
        self._upper = np.cumsum(np.asarray(weights, dtype=np.int64))

    def draw(self, random: np.random.Generator, count: int) -> Ints:
        """Draw `count` positions."""
        point = whole(random, 0, int(self._upper[-1]) - 1, count)
        return np.searchsorted(self._upper, point, side="right").astype(np.int64)
