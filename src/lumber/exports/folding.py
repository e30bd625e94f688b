"""FoldedResults: what the finished partitions of an export add up to, merged as they come.

A partition's counts of values may take hundreds of kilobytes: bins of times, gaps, processes. So only its
balance and its files are kept, and its counts are merged with those of its neighbours at once. They merge in
the order of the partitions, whatever the order in which these finish: each run of neighbouring partitions has
counts of its own, and runs that meet become one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lumber.dataset.totals import KindTotals
from lumber.engine.result import FinishedPartition, PartitionResult
from lumber.exports.totals import add_result
from lumber.formats.json_shapes import JsonShape, merged_shapes


@dataclass(slots=True)
class _Run:
    """The merged counts of neighbouring partitions, from `first` to `last`."""

    first: int
    last: int
    totals: KindTotals = field(default_factory=KindTotals)


@dataclass(init=False, slots=True)
class FoldedResults:
    """The results of finished partitions, each added once, in any order.

    `lacks_times`: one of them is of an earlier version of Lumber, which counted no times.
    """

    lacks_times: bool
    _finished: dict[str, dict[int, FinishedPartition]]
    _runs: dict[str, list[_Run]]  # in order

    def __init__(self, results: Iterable[PartitionResult] = ()) -> None:
        self.lacks_times, self._finished, self._runs = False, {}, {}
        for result in results:
            self.add(result)

    def __contains__(self, key: tuple[str, int]) -> bool:
        """Say whether a partition, as kind and ordinal, is finished."""
        kind, ordinal = key
        return ordinal in self._finished.get(kind, ())

    def __len__(self) -> int:
        return sum(map(len, self._finished.values()))

    def __iter__(self) -> Iterator[FinishedPartition]:
        """Yield the finished partitions of each kind, in their order."""
        for kind in self._finished:
            yield from self.of_kind(kind)

    @property
    def keys(self) -> set[tuple[str, int]]:
        """The kind and the ordinal of every finished partition."""
        return {(kind, ordinal) for kind, parts in self._finished.items() for ordinal in parts}

    def add(self, result: PartitionResult) -> None:
        """Add the result of a partition. Raises ValueError if it has been added."""
        kind, ordinal = result.kind, result.ordinal
        if (kind, ordinal) in self:
            raise ValueError(f"partition {ordinal} of {kind} has two results")
        self._finished.setdefault(kind, {})[ordinal] = result.finished
        self.lacks_times |= bool(result.quality.rows and not result.quality.times.bins)
        runs = self._runs.setdefault(kind, [])
        after = bisect_left(runs, ordinal, key=lambda run: run.first)
        if not after or runs[after - 1].last != ordinal - 1:
            runs.insert(after, _Run(ordinal, ordinal))
            after += 1
        run = runs[after - 1]
        add_result(run.totals, result)
        run.last = ordinal
        if after < len(runs) and runs[after].first == ordinal + 1:
            following = runs.pop(after)
            run.totals.merge(following.totals)
            run.last = following.last

    def of_kind(self, kind: str) -> list[FinishedPartition]:
        """Return the finished partitions of a kind, in their order."""
        return [part for _, part in sorted(self._finished.get(kind, {}).items())]

    def totals(self, kind: str) -> KindTotals:
        """Return the counts and the files of all finished partitions of a kind. They belong to the caller."""
        found = KindTotals()
        for run in self._runs.get(kind, ()):
            found.merge(run.totals)
        return found

    def json_shapes(self, kind: str) -> dict[str, JsonShape]:
        """Return the shapes of the columns of JSON in all finished partitions of a kind."""
        return merged_shapes(run.totals.json_shapes for run in self._runs.get(kind, ()))
