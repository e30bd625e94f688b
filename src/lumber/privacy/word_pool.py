"""WordPool: the words of a column's texts, and what replaces them by the recipes of their shapes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from lumber.privacy.arrow_texts import Ints
from lumber.privacy.recipes import Edit, Recipes


class WordPool:
    """The words of texts and what replaces them, each with its place."""

    def __init__(self, words: pl.Series, recipes: Recipes) -> None:
        self._words, self._recipes = words, recipes
        self._size = len(words)
        self._news: list[str] = []
        self._set: dict[str, int] = {}
        self._spliced: list[Ints] = []
        self._framed: list[tuple[Ints, tuple[str, ...]]] = []

    def words(self) -> pl.Series:
        return pl.concat([self._words, pl.Series(self._words.name, self._news, pl.String)])

    def edit(self, places: Ints, at: Ints, edit: Edit, frame: tuple[str, ...]) -> None:
        """Put what an edit makes of the words of these parts in their places."""
        if edit is Edit.SET:
            places[at] = self._place(frame[0])
        elif edit is Edit.SPLICE:
            self._spliced.append(at)
        else:
            self._framed.append((at, frame))

    def finish(self, places: Ints) -> None:
        """Replace the addresses in all words with an edit that leaves anything of them."""
        if self._spliced:
            at = np.concatenate(self._spliced)
            before, inverse = np.unique(places[at], return_inverse=True)
            self._put(places, at, self._recipes.spliced(self._at(before)), inverse)
        if self._framed:
            frames = list(dict.fromkeys(frame for _, frame in self._framed))
            numbers = {frame: number for number, frame in enumerate(frames)}
            at = np.concatenate([each for each, _ in self._framed])
            sizes = [len(each) for each, _ in self._framed]
            number_of = np.repeat([numbers[frame] for _, frame in self._framed], sizes)
            both, inverse = np.unique(places[at] * len(frames) + number_of, return_inverse=True)
            words = self._at(both // len(frames))
            chosen = [frames[number] for number in (both % len(frames)).tolist()]
            self._put(places, at, self._recipes.all_framed(words, chosen), inverse)

    def _at(self, places: Ints) -> list[str]:
        return self._words.gather(places).to_list()

    def _put(self, places: Ints, at: Ints, words: Sequence[str], inverse: Ints) -> None:
        places[at] = self._size + len(self._news) + inverse
        self._news.extend(words)

    def _place(self, word: str) -> int:
        place = self._set.get(word)
        if place is None:
            place = self._set[word] = self._size + len(self._news)
            self._news.append(word)
        return place
