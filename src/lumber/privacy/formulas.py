"""Formulas: the recipes of numbered shapes as columns of numbers, which change many texts at once."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lumber.privacy.arrow_texts import Ints
from lumber.privacy.found import Counts
from lumber.privacy.recipes import UNKNOWN, Edit, Key, Recipe, Recipes

Flags = npt.NDArray[np.bool_]

# Nobody learned the shape; its recipe tells everything; or its texts have to be rewritten by themselves.
_NEW, _KNOWN, _SLOW = 0, 1, 2
# Of a shape whose recipe was read: its key is needed no longer, and there are many.
_READ: Key = ("", ())


class Edits(NamedTuple):
    """What becomes of parts of texts: of each its text, its place there, the edit, and its frame's number."""

    texts: Ints
    places: Ints
    edits: Ints
    frames: Ints


class Formulas:
    """Numbers shapes by their hashes, and knows the recipe of each number.

    A recipe follows from the shape alone: one that was read once holds for good.
    """

    def __init__(self, recipes: Recipes) -> None:
        self._recipes = recipes
        self._numbers: dict[int, int] = {}
        self._keys: list[Key] = []
        self._states = array("q")
        # Of the shape `i`: its edits and its counts, from `firsts[i]`, as many as `sizes[i]`.
        self._edit_firsts, self._edit_sizes = array("q"), array("q")
        self._places, self._edits, self._frames = array("q"), array("q"), array("q")
        self._count_firsts, self._count_sizes = array("q"), array("q")
        self._types, self._counts = array("q"), array("q")
        self._frame_of: dict[tuple[str, ...], int] = {}
        self.frames: list[tuple[str, ...]] = []
        self._type_of: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def numbers(self, hashes: npt.NDArray[np.uint64], key_of: Callable[[int], Key]) -> Ints:
        """Return the number of each shape; `key_of` returns the key of that at a place, if it is new."""
        found = [*map(self._numbers.get, hashes.tolist())]
        for place in range(len(found)) if None in found else ():
            if found[place] is None:
                found[place] = self._numbers[int(hashes[place])] = len(self._keys)
                self._keys.append(key_of(place))
                self._states.append(_NEW)
                for column in (self._edit_firsts, self._edit_sizes, self._count_firsts, self._count_sizes):
                    column.append(0)
        return np.array(found, np.int64)

    def is_new(self, number: int) -> bool:
        """Return whether of a shape no text was rewritten."""
        return self._states[number] == _NEW and self._recipes.found(self._keys[number]) is UNKNOWN

    def are_new(self, numbers: Ints) -> Flags:
        """Return of which shapes no text was rewritten."""
        return np.equal(self._settled(numbers), _NEW)

    def are_known(self, numbers: Ints) -> Flags:
        """Return of which shapes the recipe tells everything."""
        return np.equal(self._settled(numbers), _KNOWN)

    def count(self, numbers: Ints, weights: Ints, counts: Counts) -> None:
        """Add the replacements in texts of known shapes, times the weight of each."""
        distinct, inverse = np.unique(numbers, return_inverse=True)
        sums = np.zeros(len(distinct), np.int64)
        np.add.at(sums, inverse, weights)
        shapes, rows = _expanded(self._count_firsts, self._count_sizes, distinct)
        of_types = np.zeros(len(self._type_of), np.int64)
        np.add.at(of_types, _column(self._types)[rows], _column(self._counts)[rows] * sums[shapes])
        for type_, number in zip(self._type_of, of_types.tolist(), strict=True):
            if number:
                counts[type_] += number

    def edits(self, numbers: Ints) -> Edits:
        """Return what becomes of the parts of texts of known shapes."""
        texts, rows = _expanded(self._edit_firsts, self._edit_sizes, numbers)
        columns = (_column(each)[rows] for each in (self._places, self._edits, self._frames))
        return Edits(texts, *columns)

    def _settled(self, numbers: Ints) -> Ints:
        """Return the states of shapes, after a look for recipes of those that had none."""
        for number in numbers[_column(self._states)[numbers] == _NEW].tolist():
            recipe = self._recipes.found(self._keys[number])
            if recipe is not UNKNOWN:
                self._keep(number, recipe)
        return _column(self._states)[numbers]

    def _keep(self, number: int, recipe: Recipe | None) -> None:
        self._keys[number] = _READ
        if recipe is None or recipe.taught:
            self._states[number] = _SLOW
            return
        self._states[number] = _KNOWN
        self._edit_firsts[number], self._edit_sizes[number] = len(self._places), len(recipe.edits)
        for place, edit, frame in recipe.edits:
            self._places.append(place)
            self._edits.append(edit)
            self._frames.append(0 if edit is Edit.SPLICE else self._frame(frame))
        self._count_firsts[number], self._count_sizes[number] = len(self._types), len(recipe.counts)
        for type_, count in recipe.counts:
            self._types.append(self._type_of.setdefault(type_, len(self._type_of)))
            self._counts.append(count)

    def _frame(self, frame: tuple[str, ...]) -> int:
        number = self._frame_of.setdefault(frame, len(self.frames))
        if number == len(self.frames):
            self.frames.append(frame)
        return number


def _column(values: array[int]) -> Ints:
    # A copy: an array can't grow while anything looks into it.
    return np.array(values, np.int64)


def _expanded(firsts: array[int], sizes: array[int], chosen: Ints) -> tuple[Ints, Ints]:
    """Return the rows of the chosen ones, and of each the place of its owner among them."""
    counts = _column(sizes)[chosen]
    owners = np.repeat(np.arange(len(chosen)), counts)
    within = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
    return owners, _column(firsts)[chosen][owners] + within
