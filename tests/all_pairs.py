"""Chooses few combinations of many values, so that every pair of values still occurs (all-pairs testing).

`make test` runs the chosen ones; `make test-all` runs every combination.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations, product
from typing import Any

import pytest

Combination = tuple[Any, ...]
Pair = tuple[tuple[int, Any], tuple[int, Any]]


def every_combination(
    axes: Sequence[Sequence[Any]], is_allowed: Callable[..., bool] = lambda *_: True
) -> list[Combination]:
    """Return every allowed combination of one value of each axis."""
    return [combination for combination in product(*axes) if is_allowed(*combination)]


def pairs_of(combination: Combination) -> set[Pair]:
    """Return the pairs of values in a combination, each value with the number of its axis."""
    return set(combinations(enumerate(combination), 2))


def all_pairs(
    axes: Sequence[Sequence[Any]], is_allowed: Callable[..., bool] = lambda *_: True
) -> list[Combination]:
    """Return few allowed combinations with every pair of values that any allowed combination has.

    Always the same ones: the first of those that add the most pairs comes next.
    """
    candidates = every_combination(axes, is_allowed)
    missing = set().union(*map(pairs_of, candidates))
    chosen = []
    while missing:
        best = max(candidates, key=lambda combination: len(pairs_of(combination) & missing))
        chosen.append(best)
        missing -= pairs_of(best)
    return chosen


def all_pairs_first(
    *axes: Sequence[Any], is_allowed: Callable[..., bool] = lambda *_: True
) -> list[pytest.param]:
    """Return every allowed combination for `parametrize`; those that no pair needs are marked `slow`."""
    chosen = set(all_pairs(axes, is_allowed))
    return [
        pytest.param(
            *combination,
            id="-".join(map(str, combination)),
            marks=[] if combination in chosen else [pytest.mark.slow],
        )
        for combination in every_combination(axes, is_allowed)
    ]
