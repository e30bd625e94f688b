"""Keys: the id, hash and split of every row of a kind, in bounded memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

# Rows in memory, 17 bytes each, and as many again while they are sorted.
MOST_IN_MEMORY = 1 << 20
KEY = np.dtype([("id", np.int64), ("hash", np.uint64), ("split", np.uint8)])
# One of so many ids of a run stays in memory, to cut ranges.
_STEP = 1_024

Entries = npt.NDArray[Any]  # of KEY
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _KeyRun:
    """Entries in the file, by ascending id: their offset and number, and every `_STEP`th id."""

    offset: int
    rows: int
    marks: Ints


class Keys:
    """Collects the keys of one dataset's rows and yields them by ranges of ids. Close it after use."""

    def __init__(self, most_in_memory: int = MOST_IN_MEMORY) -> None:
        self.rows = 0
        self.most_in_memory = most_in_memory
        self._held: list[Entries] = []
        self._held_rows = 0
        self._runs: list[_KeyRun] = []
        self._file: BinaryIO | None = None

    def add(self, ids: Ints, hashes: npt.NDArray[np.uint64], split: int) -> None:
        """Add rows of a split, by its number below 256. Raises OSError when the disk is full."""
        entries = np.empty(len(ids), KEY)
        entries["id"], entries["hash"], entries["split"] = ids, hashes, split
        self._held.append(entries)
        self._held_rows += len(entries)
        self.rows += len(entries)
        if self._held_rows > self.most_in_memory:
            self._spill()

    def marks(self) -> Ints:
        """Return about one of `_STEP` ids, ascending; none if all are in memory."""
        if self._file is None:
            return np.empty(0, np.int64)
        self._spill()
        return np.sort(np.concatenate([run.marks for run in self._runs]))

    def ranges(self, edges: Ints) -> Iterator[Entries]:
        """Yield the entries by ascending id: those below the first edge, from it on to the second, ..."""
        held = _sorted(self._held)
        places = [_Place(self._file, run) for run in self._runs if self._file is not None]
        at = 0
        for edge in [*edges.tolist(), None]:
            end = len(held) if edge is None else int(np.searchsorted(held["id"], edge))
            parts = [held[at:end], *(place.until(edge) for place in places)]
            at = end
            yield _sorted(parts)

    def close(self) -> None:
        """Delete the temporary file."""
        if self._file is not None:
            self._file.close()

    def _spill(self) -> None:
        if not self._held_rows:
            return
        if self._file is None:
            # It has no name, so that nothing of it stays after a crash.
            self._file = tempfile.TemporaryFile()  # noqa: SIM115
        entries = _sorted(self._held)
        self._file.seek(0, 2)
        self._runs.append(_KeyRun(self._file.tell(), len(entries), entries["id"][::_STEP].copy()))
        self._file.write(entries.tobytes())
        self._held, self._held_rows = [], 0


class _Place:
    """How far a run has been read."""

    def __init__(self, file: BinaryIO, run: _KeyRun) -> None:
        self._file = file
        self._run = run
        self._read = 0
        self._rest = np.empty(0, KEY)

    def until(self, edge: int | None) -> Entries:
        """Return the next entries, whose id is below the edge; None: all that are left."""
        # The block with the edge is read too; entries beyond the edge are kept.
        blocks = len(self._run.marks) if edge is None else int(np.searchsorted(self._run.marks, edge))
        end = min(blocks * _STEP, self._run.rows)
        if end > self._read:
            self._file.seek(self._run.offset + self._read * KEY.itemsize)
            fresh = np.frombuffer(self._file.read((end - self._read) * KEY.itemsize), KEY)
            self._rest = np.concatenate([self._rest, fresh])
            self._read = end
        cut = len(self._rest) if edge is None else int(np.searchsorted(self._rest["id"], edge))
        found, self._rest = self._rest[:cut], self._rest[cut:]
        return found


def cut_edges(keys: Sequence[Keys]) -> Ints:
    """Return ids that cut all rows into ranges that fit in memory; none if all rows fit."""
    marks = np.sort(np.concatenate([each.marks() for each in keys]))
    # Cuts are inexact, so a range may hold a quarter of what fits.
    most = min(each.most_in_memory for each in keys)
    every = max(1, most // (4 * _STEP))
    return np.unique(marks[every::every])


def _sorted(parts: Sequence[Entries]) -> Entries:
    entries = np.concatenate([part for part in parts if len(part)] or [np.empty(0, KEY)])
    ids = entries["id"]
    return entries if (ids[1:] > ids[:-1]).all() else entries[np.argsort(ids, kind="stable")]
