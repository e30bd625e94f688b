"""How far the values of a column moved between two sketches, from 0 (the same) to 1 (nothing in common).

categories   the Jensen-Shannon distance of the shares of values, with base 2. Nulls are a value of their own,
             and so is everything that isn't among the most frequent values.
numbers      the Kolmogorov-Smirnov statistic: the largest difference of the two distribution functions. If
             the share of nulls changed by more, that change.

Sources: Lin, "Divergence Measures Based on the Shannon Entropy", IEEE Transactions on Information Theory
37(1), 1991; for the square root Endres and Schindelin, "A New Metric for Probability Distributions", ibid.
49(7), 2003; Massey, "The Kolmogorov-Smirnov Test for Goodness of Fit", JASA 46(253), 1951.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Literal

from lumber.dataset.sketches.columns import digest_of, quantile
from lumber.dataset.sketches.document import ColumnSketch, Quantiles, TopValues

_POINTS = 100


@dataclass(frozen=True, slots=True)
class Distance:
    """A distance and its measure. `most` names the category whose share changed most, with both shares."""

    value: float
    measure: Literal["jensen-shannon", "kolmogorov-smirnov"]
    most: tuple[str, float, float] | None = None


def column_distance(
    before: ColumnSketch, rows_before: int, after: ColumnSketch, rows_after: int
) -> Distance | None:
    """Return how far a column moved; None if it can't be compared. Raises DatasetDamaged.

    Both are of the same type.
    """
    if not rows_before or not rows_after or _is_unknown(before) or _is_unknown(after):
        return None
    if before.top is not None and after.top is not None:
        first, second = (
            _shares(top, column.nulls, rows)
            for top, column, rows in (
                (before.top, before, rows_before),
                (after.top, after, rows_after),
            )
        )
        return _categories(first, second)
    nulls = abs(before.nulls / rows_before - after.nulls / rows_after)
    if before.quantiles is not None and after.quantiles is not None:
        value = max(nulls, _largest_difference(before.quantiles, after.quantiles))
        return Distance(value, "kolmogorov-smirnov")
    # At least one of them has no values.
    return Distance(nulls, "kolmogorov-smirnov")


def _is_unknown(column: ColumnSketch) -> bool:
    return column.distinct is None and column.top is None and column.quantiles is None


def shares(column: ColumnSketch) -> dict[str, float]:
    """Return the share of each frequent value among the values of a column, without nulls."""
    counts = {} if column.top is None else column.top.counts
    total = sum(counts.values())
    return {name: rows / total for name, rows in counts.items()} if total else {}


# By value; None for nulls, and an empty tuple for all values that aren't among the most frequent ones.
Shares = Mapping[Hashable, float]
_OTHERS = ()


def _shares(top: TopValues, nulls: int, rows: int) -> Shares:
    others = max(0, rows - nulls - sum(top.counts.values()))
    counts: dict[Hashable, int] = {None: nulls, _OTHERS: others}
    counts.update(top.counts)
    return {value: count / rows for value, count in counts.items() if count}


def _categories(before: Shares, after: Shares) -> Distance:
    # What one sketch knows too little of is among the others of both.
    first, second = dict(before), dict(after)
    for mine, theirs in ((first, second), (second, first)):
        for value in [value for value in mine if value is not None and value not in theirs]:
            if theirs.get(_OTHERS):
                mine[_OTHERS] = mine.get(_OTHERS, 0.0) + mine.pop(value)
    values = list(dict.fromkeys((*first, *second)))
    pairs = [(first.get(value, 0.0), second.get(value, 0.0)) for value in values]
    divergence = sum(_half(p, q) + _half(q, p) for p, q in pairs) / 2
    place = max(range(len(values)), key=lambda at: abs(pairs[at][0] - pairs[at][1]), default=None)
    most = None if place is None else (_name(values[place]), *pairs[place])
    return Distance(math.sqrt(min(1.0, max(0.0, divergence))), "jensen-shannon", most)


def _half(p: float, q: float) -> float:
    return p * math.log2(2 * p / (p + q)) if p else 0.0


def _name(value: Hashable) -> str:
    if value is None:
        return "null"
    return "all other values" if value == _OTHERS else repr(value)


def _largest_difference(before: Quantiles, after: Quantiles) -> float:
    first, second = digest_of(before), digest_of(after)
    if first.is_empty() or second.is_empty():
        return 0.0 if first.is_empty() == second.is_empty() else 1.0
    ranks = [place / _POINTS for place in range(_POINTS + 1)]
    places = {quantile(digest, rank) for digest in (first, second) for rank in ranks}
    # A digest's rank of a value is half way up the step that many equal values make.
    points = places | {math.nextafter(place, math.inf) for place in places}
    return float(max(abs(first.get_rank(point) - second.get_rank(point)) for point in points))
