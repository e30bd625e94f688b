"""The leakage certificate of a kind: what each pair of its splits shares.

Of splits a and b, b is the later one. The measures count rows of b:

exact     rows whose content also occurs in a
near      rows whose content also occurs in a in normal form
template  rows with a log template that also occurs in a
groups    rows with a group that also occurs in a

`time` says whether the times of the two overlap, or how far they are apart. A measure that can't be taken is
null, with the reason in `not_checked`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import pyarrow as pa

from lumber.dataset.layout import output_errors
from lumber.dataset.leakage.counts import MEASURES, Compared, Counts, count
from lumber.dataset.leakage.shards import CountedKind, read_counts
from lumber.dataset.leakage.tally import MOST_IN_MEMORY, Shared, Tally
from lumber.dataset.manifest import PairSection, SharedRows, TimeGap
from lumber.errors import ExportCancelled
from lumber.files.staged import remove_staged
from lumber.steps.split import SPLITS

_DIGITS = 6


class Certifier:
    """Makes the certificate of a kind from the rows of its splits, in any order. Close it after use.

    Memory holds at most `most_in_memory` values of each measure, 16 bytes each. More values go to a temporary
    file in `folder`, or in the system's folder for temporary files. Methods raise OSError if the disk is
    full.
    """

    def __init__(
        self, compared: Compared, folder: Path | None = None, most_in_memory: int = MOST_IN_MEMORY
    ) -> None:
        self._compared = compared
        self._rows: Counter[str] = Counter()
        self._times: dict[str, tuple[int, int]] = {}
        taken = [measure for measure in MEASURES if compared.of_measure(measure)]
        self._tallies = {measure: Tally(folder, most_in_memory) for measure in taken}

    def __enter__(self) -> Certifier:
        return self

    def __exit__(self, *_: object) -> None:
        for tally in self._tallies.values():
            tally.close()

    def add(self, split: str, batch: pa.RecordBatch) -> None:
        """Add rows of a split. They must have the compared columns."""
        self.merge(split, count(batch, self._compared))

    def merge(self, split: str, counts: Counts) -> None:
        """Add the counts of rows of a split."""
        self._rows[split] += counts.rows
        if counts.times is not None:
            low, high = self._times.get(split, counts.times)
            self._times[split] = (min(low, counts.times[0]), max(high, counts.times[1]))
        for measure, (hashes, rows) in counts.values.items():
            self._tallies[measure].add(split, hashes, rows)

    def finish(self) -> list[PairSection]:
        """Return a section for each pair of splits with rows, the earlier split first."""
        splits = [split for split in _in_order(self._rows) if self._rows[split]]
        pairs = list(combinations(splits, 2))
        shared = {measure: tally.shared(pairs) for measure, tally in self._tallies.items()}
        return [self._section(a, b, {name: found[a, b] for name, found in shared.items()}) for a, b in pairs]

    def _section(self, a: str, b: str, shared: Mapping[str, Shared]) -> PairSection:
        rows = self._rows[b]
        measures = {
            measure: SharedRows(
                columns=list(self._compared.of_measure(measure)),
                values=shared[measure].values,
                rows=shared[measure].rows,
                share=round(shared[measure].rows / rows, _DIGITS),
            )
            if measure in shared
            else None
            for measure in MEASURES
        }
        return PairSection(
            a=a,
            b=b,
            rows_a=self._rows[a],
            rows_b=rows,
            **measures,
            time=self._time(a, b),
            not_checked=dict(sorted(self._compared.reasons.items())),
        )

    def _time(self, a: str, b: str) -> TimeGap | None:
        if self._compared.time is None or a not in self._times or b not in self._times:
            return None
        (first_a, last_a), (first_b, last_b) = self._times[a], self._times[b]
        gap = max(first_b - last_a, first_a - last_b)
        return TimeGap(
            columns=[self._compared.time],
            overlap=gap <= 0,
            gap_seconds=gap / 1_000_000 if gap > 0 else 0.0,
        )


def certify(
    counted: CountedKind,
    folder: Path,
    *,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> list[PairSection]:
    """Return the certificate of a kind whose shards were counted, and delete the files with the counts.

    Temporary files are in `folder`. Raises ExportCancelled or an OutputError.
    """
    with output_errors(folder), Certifier(counted.compared, folder) as certifier:
        for shard in counted.shards:
            for counts in read_counts(shard):
                if is_cancelled():
                    raise ExportCancelled("The export was cancelled.")
                certifier.merge(shard.split, counts)
            remove_staged(shard.at)
        return certifier.finish()


def _in_order(splits: Collection[str]) -> Sequence[str]:
    known = [split for split in SPLITS if split in splits]
    return [*known, *sorted(set(splits) - set(SPLITS))]
