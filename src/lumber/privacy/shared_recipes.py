"""Recipes that the workers of an export share: what one learned of a shape, no other needs to find out.

A recipe follows from the rule and the shape, so it makes no difference who learned it.
"""

from __future__ import annotations

import json
import re
from typing import Any

from lumber.privacy.found import ADDRESS
from lumber.privacy.pseudonyms import TOKEN
from lumber.privacy.recipes import Edit, Key, Recipe, Recipes
from lumber.steps.board import Board

_DIGIT = re.compile(r"\d")


class SharedRecipes:
    """Writes what is learned under a rule on a board, and reads what others learned.

    `recipes` are those of each kind of text, by a name. `rule` tells rules apart.
    """

    def __init__(self, board: Board, rule: int, recipes: dict[str, Recipes]) -> None:
        self._board, self._rule, self._recipes = board, rule, recipes
        self._reader = board.reader()
        for name, each in recipes.items():
            each.tell = lambda key, recipe, name=name: self._write(name, key, recipe)

    def read(self) -> None:
        """Take over what others have learned."""
        for note in self._reader.news():
            rule, name, shape, names, recipe = json.loads(note)
            if rule == self._rule:
                self._recipes[name].take((shape, tuple(names)), _recipe_of(recipe))

    def _write(self, name: str, key: Key, recipe: Recipe | None) -> None:
        if recipe is None or _is_for_all(recipe):
            note = json.dumps([self._rule, name, *key, recipe], separators=(",", ":"))
            self._board.write(note.encode())


def _is_for_all(recipe: Recipe) -> bool:
    """Return whether every worker issues the addresses that the recipe puts into texts.

    The scan of a written file takes an address for a pseudonym only if its own worker issued it.
    """
    replaces = any(type_ == ADDRESS for type_, _ in recipe.counts)
    return not recipe.taught and not (
        replaces and any(_may_have_address(text) for _, _, frame in recipe.edits for text in frame)
    )


def _may_have_address(text: str) -> bool:
    """Return whether there may be an address in what a recipe always puts into texts, in any notation."""
    rest = TOKEN.sub("", text)
    return _DIGIT.search(rest) is not None or rest.count(":") > 1


def _recipe_of(parts: Any) -> Recipe | None:
    if parts is None:
        return None
    edits, taught, counts = parts
    return Recipe(
        tuple((place, Edit(edit), tuple(frame)) for place, edit, frame in edits),
        tuple(taught),
        tuple((type_, number) for type_, number in counts),
    )
