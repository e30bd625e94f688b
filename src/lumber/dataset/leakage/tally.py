"""Tally: counts the rows of each value in several splits, exactly and in bounded memory.

Values are compared by 64-bit hashes. A collision among 100 million values has a chance of one in some
thousands. What doesn't fit in memory goes to a temporary file as sorted runs, which are merged one range of
hashes at a time. The result depends neither on the order of the values nor on the hash function.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

# Entries in memory, 16 bytes each, and as many again while they are sorted.
MOST_IN_MEMORY = 1 << 20
_RANGES = 256
_ENTRY = np.dtype([("hash", np.uint64), ("rows", np.int64)])
# The first hash of every range after the first, of equal size.
_EDGES = (np.arange(1, _RANGES, dtype=np.uint64)) << np.uint64(64 - 8)

Entries = npt.NDArray[Any]  # of _ENTRY


@dataclass(frozen=True, slots=True)
class Shared:
    """What a split shares with another: its distinct values that occur there, and their rows."""

    values: int = 0
    rows: int = 0

    def __add__(self, other: Shared) -> Shared:
        return Shared(self.values + other.values, self.rows + other.rows)


@dataclass(frozen=True, slots=True)
class Sizes:
    """The number of distinct values, the rows of the rarest one, and how many values have a single row."""

    values: int = 0
    smallest: int = 0
    single: int = 0


@dataclass(frozen=True, slots=True)
class _SortedRun:
    """Sorted entries of one split in the file: their offset, and the first entry of each range of hashes."""

    offset: int
    bounds: npt.NDArray[np.int64]


class Tally:
    """Counts the rows of every value, split by split. Use it once, then `close` it.

    The temporary file is in `folder`, or in the system's folder for temporary files.
    """

    def __init__(self, folder: Path | None = None, most_in_memory: int = MOST_IN_MEMORY) -> None:
        self._folder = folder
        self._most = most_in_memory
        self._held: defaultdict[str, list[Entries]] = defaultdict(list)
        self._count = 0
        self._runs: defaultdict[str, list[_SortedRun]] = defaultdict(list)
        self._file: BinaryIO | None = None

    def add(self, split: str, hashes: npt.NDArray[np.uint64], rows: npt.NDArray[Any]) -> None:
        """Add values of a split, each with its number of rows. Raises OSError when the disk is full."""
        entries = np.empty(len(hashes), _ENTRY)
        entries["hash"], entries["rows"] = hashes, rows
        self._held[split].append(entries)
        self._count += len(entries)
        if self._count > self._most:
            self._shrink()

    def shared(self, pairs: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Shared]:
        """Return what b shares with a, for each pair of splits (a, b)."""
        found = dict.fromkeys(pairs, Shared())
        for entries in self._ranges():
            nothing = np.empty(0, _ENTRY)
            for a, b in pairs:
                found[a, b] += _shared(entries.get(a, nothing), entries.get(b, nothing))
        return found

    def sizes(self) -> Sizes:
        """Return how many rows the values have, in all splits together."""
        found = Sizes()
        for of_splits in self._ranges():
            entries = _added_up(list(of_splits.values()))
            if len(entries):
                rows = entries["rows"]
                least = int(rows.min()) if not found.values else min(int(rows.min()), found.smallest)
                single = found.single + int((rows == 1).sum())
                found = Sizes(found.values + len(rows), least, single)
        return found

    def close(self) -> None:
        """Delete the temporary file."""
        if self._file is not None:
            self._file.close()

    def _shrink(self) -> None:
        """Merge equal values. If that frees little memory, write the values to the file."""
        self._count = 0
        for split, parts in self._held.items():
            self._held[split] = [_added_up(parts)]
            self._count += len(self._held[split][0])
        if self._count > self._most // 2:
            self._spill()

    def _spill(self) -> None:
        if self._file is None:
            # It has no name, so that nothing of it stays after a crash.
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115
        for split, parts in self._held.items():
            entries = _added_up(parts)
            inner = np.searchsorted(entries["hash"], _EDGES)
            bounds = np.concatenate([[0], inner, [len(entries)]]).astype(np.int64)
            self._runs[split].append(_SortedRun(self._file.tell(), bounds))
            self._file.write(entries.tobytes())
        self._held.clear()
        self._count = 0

    def _ranges(self) -> Iterator[dict[str, Entries]]:
        """Yield the entries of all splits, one range of hashes at a time."""
        if self._file is None:
            yield {split: _added_up(parts) for split, parts in self._held.items()}
            return
        self._spill()
        for number in range(_RANGES):
            yield {
                split: _added_up([self._read(run, number) for run in runs])
                for split, runs in self._runs.items()
            }

    def _read(self, run: _SortedRun, number: int) -> Entries:
        assert self._file is not None
        first, last = int(run.bounds[number]), int(run.bounds[number + 1])
        self._file.seek(run.offset + first * _ENTRY.itemsize)
        return np.frombuffer(self._file.read((last - first) * _ENTRY.itemsize), _ENTRY)


def _added_up(parts: Sequence[Entries]) -> Entries:
    """Return the entries by ascending hash, one for each hash."""
    entries = np.concatenate(parts) if parts else np.empty(0, _ENTRY)
    if not len(entries):
        return entries
    order = np.argsort(entries["hash"])
    hashes = entries["hash"][order]
    starts = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]]))
    added = np.empty(len(starts), _ENTRY)
    added["hash"] = hashes[starts]
    added["rows"] = np.add.reduceat(entries["rows"][order], starts)
    return added


def _shared(a: Entries, b: Entries) -> Shared:
    if not len(a) or not len(b):
        return Shared()
    places = np.searchsorted(a["hash"], b["hash"]).clip(max=len(a) - 1)
    is_shared = a["hash"][places] == b["hash"]
    return Shared(int(is_shared.sum()), int(b["rows"][is_shared].sum()))
