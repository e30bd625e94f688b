"""Compares the keys of two datasets, one range of ids at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lumber.dataset.diff.difference import Change
from lumber.dataset.diff.keys import Entries, Ints, Keys, cut_edges
from lumber.errors import DatasetDamaged

NO_SPLIT = 255
_MARKS = {Change.ADDED: 1, Change.REMOVED: 2, Change.CHANGED: 4, Change.MOVED: 8}


@dataclass(frozen=True, slots=True)
class Changes:
    """The rows of a range of ids that differ, by ascending id.

    `marks` has a bit for each change. Splits are numbers; `NO_SPLIT` means that the dataset lacks the row.
    """

    ids: Ints
    marks: npt.NDArray[np.uint8]
    splits_a: npt.NDArray[np.uint8]
    splits_b: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.ids)

    def of(self, change: Change) -> npt.NDArray[np.bool_]:
        """Say for each row whether it has this change."""
        return (self.marks & _MARKS[change]) > 0

    def changes(self, row: int) -> tuple[Change, ...]:
        """Return the changes of one row."""
        return tuple(change for change, mark in _MARKS.items() if self.marks[row] & mark)


def compare(a: Keys, b: Keys, names: tuple[str, str]) -> Iterator[Changes]:
    """Yield the rows that differ, by ascending id. Raises DatasetDamaged for a duplicate id."""
    edges = cut_edges((a, b))
    for of_a, of_b in zip(a.ranges(edges), b.ranges(edges), strict=True):
        for entries, name in ((of_a, names[0]), (of_b, names[1])):
            is_twice = entries["id"][1:] == entries["id"][:-1]
            if is_twice.any():
                twice = entries["id"][1:][is_twice][0]
                raise DatasetDamaged(f"{name}: the id {twice} is there more than once. Run `lumber verify`.")
        yield _compared(of_a, of_b)


def _compared(a: Entries, b: Entries) -> Changes:
    _, in_a, in_b = np.intersect1d(a["id"], b["id"], assume_unique=True, return_indices=True)
    both_a, both_b = a[in_a], b[in_b]
    marks = (both_a["hash"] != both_b["hash"]) * np.uint8(_MARKS[Change.CHANGED])
    marks |= (both_a["split"] != both_b["split"]) * np.uint8(_MARKS[Change.MOVED])
    differs = marks > 0
    removed, added = np.delete(a, in_a), np.delete(b, in_b)
    parts: list[tuple[Any, Any, Any, Any]] = [
        (both_a["id"][differs], marks[differs], both_a["split"][differs], both_b["split"][differs]),
        (removed["id"], _MARKS[Change.REMOVED], removed["split"], NO_SPLIT),
        (added["id"], _MARKS[Change.ADDED], NO_SPLIT, added["split"]),
    ]
    rows = np.empty(
        sum(len(part[0]) for part in parts),
        [("id", np.int64), ("mark", np.uint8), ("a", np.uint8), ("b", np.uint8)],
    )
    at = 0
    for part in parts:
        into = rows[at : at + len(part[0])]
        for name, values in zip(("id", "mark", "a", "b"), part, strict=True):
            into[name] = values
        at += len(part[0])
    rows = rows[np.argsort(rows["id"])]
    return Changes(rows["id"], rows["mark"], rows["a"], rows["b"])
