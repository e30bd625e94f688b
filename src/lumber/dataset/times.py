"""TimeBins: when the rows are, in few bins, and which of them lie far from all others.

Bins are 2**level microseconds wide, counted from 1970. Only those with rows are kept, with their rows and
exact first and last time. The level is the lowest one at which at most MOST_BINS bins have rows. It follows
from the rows alone, so that batches and partitions leave no trace, and one far time doesn't coarsen it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.int64]

MOST_BINS = 512
GAPS_KEPT = 10
QUANTILES = (1, 25, 50, 75, 99)
# With fewer rows, none counts as far out.
LEAST_ROWS = 20
_DAY_US = 86_400_000_000
# How often the time that nearly all rows span fits between them and a row that is far out.
_REACH = 10
_FINEST_LEVEL, _COARSEST_LEVEL = 20, 62  # about a second; all times
# Gaps are compared within 2**4 neighbouring bins: those between damaged times displace no others.
_REGION = 4
_MOST_GAPS = 1_000
_RANGES_SHOWN = 10


class Bin(NamedTuple):
    """The rows with number * 2**level <= time < (number + 1) * 2**level, in microseconds since 1970 UTC."""

    number: int
    rows: int
    first_us: int
    last_us: int


class Gap(NamedTuple):
    """A time without rows: where it begins, and its length in microseconds."""

    start_us: int
    length_us: int


def trimmed_rows(rows: int) -> int:
    """Return how many rows at each end don't count as nearly all rows: 1%, at least 2."""
    return max(2, rows // 100)


def fence(first_us: int, last_us: int) -> tuple[int, int]:
    """Return the first and last time that isn't far out, if nearly all rows lie between these times."""
    reach = max(_DAY_US, _REACH * (last_us - first_us))
    return first_us - reach, last_us + reach


@dataclass(frozen=True, slots=True)
class MainPart:
    """The rows that don't lie far out, and those before and after them."""

    bins: Sequence[Bin]
    before: Sequence[Bin] = ()
    after: Sequence[Bin] = ()

    @property
    def ranges_far_out(self) -> list[Bin]:
        """The first places with rows far out."""
        return [*self.before, *self.after][:_RANGES_SHOWN]


@dataclass(slots=True)
class TimeBins:
    """The bins in order, and the longest gaps between rows of the same bin."""

    level: int = _FINEST_LEVEL
    bins: list[Bin] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def add(self, times: Times) -> None:
        """Count times in ascending order, none before those that were added, in microseconds since 1970."""
        if not len(times):
            return
        level = self.level
        numbers = times >> level
        while level < _COARSEST_LEVEL and np.count_nonzero(numbers[1:] != numbers[:-1]) >= MOST_BINS:
            level += 1
            numbers = numbers >> 1
        starts = np.flatnonzero(np.concatenate(([True], numbers[1:] != numbers[:-1])))
        ends = np.concatenate((starts[1:], [len(times)]))
        columns = (numbers[starts], ends - starts, times[starts], times[ends - 1])
        bins = list(map(Bin, *(column.tolist() for column in columns)))
        self.merge(TimeBins(level, bins, _gaps_in_bins(times, numbers)))

    def merge(self, other: TimeBins) -> None:
        """Add other rows: mostly later ones, but those of an increment may be from any time."""
        level = max(self.level, other.level)
        self._coarsen(level)
        added = TimeBins(other.level, list(other.bins), list(other.gaps))  # it may be this very object
        added._coarsen(level)
        if not self.bins or not added.bins or self.bins[-1].last_us <= added.bins[0].first_us:
            self.gaps += added.gaps
        else:
            self.gaps = [*_without(self.gaps, added.bins), *_without(added.gaps, self.bins)]
            added.bins = sorted([*self.bins, *added.bins], key=lambda each: (each.number, each.first_us))
            self.bins = []
        for each in added.bins:
            self._append(each)
        while len(self.bins) > MOST_BINS and self.level < _COARSEST_LEVEL:
            self._coarsen(self.level + 1)
        if len(self.gaps) > _MOST_GAPS:
            self.gaps = self._pruned_gaps()

    def _coarsen(self, level: int) -> None:
        by = level - self.level
        if by:
            bins, self.bins, self.level = self.bins, [], level
            for each in bins:
                self._append(each._replace(number=each.number >> by))

    def _append(self, following: Bin) -> None:
        if not self.bins or self.bins[-1].number != following.number:
            self.bins.append(following)
            return
        last = self.bins[-1]
        if following.first_us > last.last_us:
            self.gaps.append(Gap(last.last_us, following.first_us - last.last_us))
        rows = last.rows + following.rows
        self.bins[-1] = Bin(last.number, rows, last.first_us, max(last.last_us, following.last_us))

    def _pruned_gaps(self) -> list[Gap]:
        """Return the longest gaps of each region."""
        groups = groupby(sorted(self.gaps), lambda gap: gap.start_us >> (self.level + _REGION))
        return [gap for _, of_region in groups for gap in longest(of_region)]

    @property
    def rows(self) -> int:
        """The rows of all bins."""
        return sum(each.rows for each in self.bins)

    @property
    def resolution_us(self) -> int:
        """The width of the bins in microseconds."""
        return 1 << self.level

    def main_part(self) -> MainPart:
        """Separate the rows that lie far out."""
        rows = self.rows
        if rows < LEAST_ROWS:
            return MainPart(self.bins)
        trimmed = trimmed_rows(rows)
        first, _ = self._bin_at(trimmed)
        last, _ = self._bin_at(rows - 1 - trimmed)
        low, high = fence(first.first_us, last.last_us)
        return MainPart(
            [each for each in self.bins if each.last_us >= low and each.first_us <= high],
            [each for each in self.bins if each.last_us < low],
            [each for each in self.bins if each.first_us > high],
        )

    def quantile(self, percent: int) -> int | None:
        """Return about the time below which this share of the rows is; None without rows.

        It is exact to the width of a bin: times in it are taken to be evenly spread.
        """
        rows = self.rows
        if not rows:
            return None
        found, place = self._bin_at(max(0, -(-rows * percent // 100) - 1))
        return found.first_us + (found.last_us - found.first_us) * place // max(1, found.rows - 1)

    def longest_gaps(self, bins: Sequence[Bin]) -> list[Gap]:
        """Return the longest gaps between the rows of neighbouring bins, the longest first."""
        if not bins:
            return []
        low, high = bins[0].first_us, bins[-1].last_us
        inner = [gap for gap in self._pruned_gaps() if low <= gap.start_us < high]
        between = (Gap(a.last_us, b.first_us - a.last_us) for a, b in pairwise(bins))
        return longest([*inner, *between])

    def _bin_at(self, place: int) -> tuple[Bin, int]:
        """Return the bin of the row at a place, from 0, and the row's place in it."""
        for each in self.bins:
            if place < each.rows:
                return each, place
            place -= each.rows
        raise IndexError(place)


def longest(gaps: Sequence[Gap] | Iterator[Gap]) -> list[Gap]:
    """Return the longest gaps, the longest first."""
    return sorted(gaps, key=lambda gap: (-gap.length_us, gap.start_us))[:GAPS_KEPT]


def _without(gaps: Sequence[Gap], bins: Sequence[Bin]) -> list[Gap]:
    """Return the parts of gaps in which no bin has rows."""
    firsts = [each.first_us for each in bins]
    found: list[Gap] = []
    for start, length in gaps:
        end = start + length
        # Bins are in order and don't overlap: of those that begin before the gap, only the last can reach in.
        place = max(0, bisect_right(firsts, start) - 1)
        while place < len(bins) and bins[place].first_us < end:
            if bins[place].first_us > start:
                found.append(Gap(start, bins[place].first_us - start))
            start = max(start, bins[place].last_us)
            place += 1
        if start < end:
            found.append(Gap(start, end - start))
    return found


def _gaps_in_bins(times: Times, numbers: npt.NDArray[Any]) -> list[Gap]:
    """Return the longest gaps of each region between times with the same bin number."""
    lengths = times[1:] - times[:-1]
    places = np.flatnonzero((numbers[1:] == numbers[:-1]) & (lengths > 0))
    regions = numbers[places] >> _REGION
    borders = [0, *(np.flatnonzero(regions[1:] != regions[:-1]) + 1).tolist(), len(places)]
    found: list[Gap] = []
    for start, end in pairwise(borders):
        chosen = places[start:end][_longest_places(lengths[places[start:end]])]
        found += map(Gap, times[chosen].tolist(), lengths[chosen].tolist())
    return found


def _longest_places(lengths: Times) -> npt.NDArray[Any]:
    """Return the places of the longest lengths; of equal ones the first."""
    if len(lengths) <= GAPS_KEPT:
        return np.arange(len(lengths))
    least = np.partition(lengths, -GAPS_KEPT)[-GAPS_KEPT]
    longer = np.flatnonzero(lengths > least)
    return np.concatenate((longer, np.flatnonzero(lengths == least)[: GAPS_KEPT - len(longer)]))
