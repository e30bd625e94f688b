"""WordPool: the words of a column's texts, and what replaces them by the recipes of their shapes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from lumber.privacy.arrow_texts import Ints
from lumber.privacy.masks import Addresses
from lumber.privacy.recipes import Edit, Recipes


class WordPool:
    """The words of texts and what replaces them, each with its place. `addresses` are those in the words."""

    def __init__(self, words: pl.Series, addresses: Addresses, recipes: Recipes) -> None:
        self._words, self._addresses, self._recipes = words, addresses, recipes
        self._size = len(words)
        self._news: list[pl.Series] = []

    def words(self) -> pl.Series:
        return pl.concat([self._words, *self._news])

    def edit(
        self, places: Ints, at: Ints, edits: Ints, frames: Ints, every: Sequence[tuple[str, ...]]
    ) -> None:
        """Put what edits make of words in their places.

        `at` are the parts that change, each by one of `edits`, within the frame `every[frames[i]]`.
        """
        is_one = edits == Edit.SET
        if is_one.any():
            used, inverse = np.unique(frames[is_one], return_inverse=True)
            self._put(places, at[is_one], [every[frame][0] for frame in used.tolist()], inverse)
        is_one = edits == Edit.SPLICE
        if is_one.any():
            before, inverse = np.unique(places[at[is_one]], return_inverse=True)
            words = self._words.gather(before)
            self._put(places, at[is_one], self._recipes.spliced(words, self._addresses.of(before)), inverse)
        is_one = edits == Edit.FRAME
        if is_one.any():
            used, number_of = np.unique(frames[is_one], return_inverse=True)
            both, inverse = np.unique(places[at[is_one]] * len(used) + number_of, return_inverse=True)
            before = both // len(used)
            chosen = [every[frame] for frame in used[both % len(used)].tolist()]
            words = self._words.gather(before)
            news = self._recipes.all_framed(words, self._addresses.of(before), chosen)
            self._put(places, at[is_one], news, inverse)

    def _put(self, places: Ints, at: Ints, words: pl.Series | Sequence[str], inverse: Ints) -> None:
        places[at] = self._size + inverse
        news = pl.Series(self._words.name, words, pl.String)
        self._size += len(news)
        self._news.append(news)
