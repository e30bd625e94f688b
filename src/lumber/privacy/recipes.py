"""Rewrite texts by the recipe of their shape, which the first text of each shape teaches."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from enum import Enum, IntEnum
from typing import NamedTuple

import polars as pl

from lumber.privacy.found import HOST, Counts, Names, has_any
from lumber.privacy.heads import Head, head_of
from lumber.privacy.masks import Addresses
from lumber.privacy.shapes import ANY_DIGIT, Shapes, has_value, is_plain, reads_fields
from lumber.privacy.splicer import Splicer

_MAX_RECIPES, _MAX_TAUGHT, _MAX_SAME = 40_000, 20_000, 20_000
MAX_PARTS = 400
_DIGITS = re.compile(f"{ANY_DIGIT}+")


class Cut(Enum):
    """How texts are cut into parts."""

    AT_SPACES = " "
    AT_QUOTES = '"'  # JSON
    NOT = ""  # pieces without spaces, in which numbers alone tell nothing


class Edit(IntEnum):
    """What becomes of one part of a text."""

    SET = 0  # always the same: the part is literal in the shape
    SPLICE = 1  # its addresses are replaced
    FRAME = 2  # its replaced addresses in something that is always the same


class Recipe(NamedTuple):
    """How the texts of a shape are rewritten: what becomes of the parts that change, and the replacements.

    `taught` has the parts of which each has to be rewritten once.
    """

    edits: tuple[tuple[int, Edit, tuple[str, ...]], ...]
    taught: tuple[int, ...]
    counts: tuple[tuple[str, int], ...]


# Of a text: its shape, and those of the row's names that are in it.
Key = tuple[str, Names]
# The host of a head, the names of the row, and the shape of the first word behind the head.
Context = tuple[str, Names, str]
HEADED, NO_HEAD = "\x03", ""
UNKNOWN = Recipe((), (), (("unknown", 0),))


class Recipes:
    """Rewrites texts that a separator cuts into parts. `rewrite` does it slowly and exactly.

    `judge` returns whether nothing is left in a rewritten text, and `remember` is told of each text of which
    its shape says so. Without `is_used` every text is rewritten slowly.
    """

    def __init__(
        self,
        rewrite: Callable[[str, Names, Counts], str],
        shapes: Shapes,
        splicer: Splicer,
        judge: Callable[[str], bool],
        remember: Callable[[str], None],
        cut: Cut,
        *,
        is_used: bool = True,
    ) -> None:
        self._rewrite, self._shapes, self._splicer = rewrite, shapes, splicer
        self._judge, self._remember = judge, remember
        self.cut, self.is_used = cut, is_used
        self.masks = splicer.masks
        self.separator = cut.value
        self._recipes: dict[Key, Recipe | None] = {}
        self._taught: dict[tuple[str, Names, tuple[str, ...]], tuple[str, ...]] = {}
        # Pieces, which repeat, that stay as they are.
        self._same: set[str] = set()
        self._literal: dict[Names, bool] = {}
        # Is told of every recipe that is learned.
        self.tell: Callable[[Key, Recipe | None], None] | None = None
        # What replaces the host of a head; `NO_HEAD` if the head may tell something about the rest.
        self._hosts: dict[Context, str] = {}

    def rewritten(self, text: str, names: Names, counts: Counts, weight: int = 1) -> str:
        """Return the rewritten text, and add its replacements to `counts`, `weight` times."""
        names = names if names and has_any(text.lower(), names) else ()
        if not names and text in self._same:
            return text
        if not self.is_used or not is_plain(text) or (names and not self.are_literal(names)):
            return self._slowly(text, names, counts, weight)
        if names and self.cut is Cut.AT_SPACES:
            head = head_of(text, names)
            if head is not None:
                new = self._behind(head, text, names, counts, weight)
                if new is not None:
                    return new
        parts, shapes = self._parts(text)
        key = (self.separator.join(shapes), names)
        recipe = self._recipes.get(key, UNKNOWN)
        if recipe is UNKNOWN:
            return self._learned(text, parts, key, counts, weight)
        if recipe is None:
            return self._slowly(text, names, counts, weight)
        new = self._applied(recipe, text, parts, key)
        if new is None:
            return self._learned(text, parts, key, counts, weight)
        is_same = new is text and self.cut is Cut.NOT and not names and not recipe.counts
        if is_same and len(self._same) < _MAX_SAME:
            self._same.add(text)
        for type_, number in recipe.counts:
            counts[type_] += number * weight
        self._remember(new)
        return new

    def found(self, key: Key) -> Recipe | None:
        """Return the recipe of a shape; None if it has none, and `UNKNOWN` if no text of it was rewritten."""
        return self._recipes.get(key, UNKNOWN)

    def host(self, context: Context) -> str | None:
        """Return what replaces the host of a head; `NO_HEAD` if it may tell something; None if it is new."""
        return self._hosts.get(context)

    def spliced(self, parts: pl.Series, addresses: Addresses) -> pl.Series:
        """Return parts with their addresses replaced. `addresses` are what masks tell of the parts."""
        return self._splicer.all_replaced(parts, addresses)

    def _parts(self, text: str) -> tuple[list[str], list[str]]:
        """Return the parts of a text, and the shape of each."""
        if not self.separator:
            return [text], [self._shapes.of_word(text)]
        parts = text.split(self.separator)
        return parts, self._shapes.of_parts(text, parts, self.separator)

    def _applied(self, recipe: Recipe, text: str, parts: list[str], key: Key) -> str | None:
        """Return a text rewritten by a recipe; None if it has a part that the recipe doesn't know yet."""
        if not recipe.edits and not recipe.taught:
            return text
        parts = parts.copy()
        if recipe.taught:
            answer = self._taught.get((*key, tuple([parts[place] for place in recipe.taught])))
            if answer is None:
                return None
            for place, part in zip(recipe.taught, answer, strict=True):
                parts[place] = part
        for place, edit, frame in recipe.edits:
            if edit is Edit.SET:
                parts[place] = frame[0]
            elif edit is Edit.SPLICE:
                parts[place] = self._splicer.replaced(parts[place])
            else:
                parts[place] = self.framed(parts[place], frame)
        return self.separator.join(parts)

    def _behind(self, head: Head, text: str, names: Names, counts: Counts, weight: int) -> str | None:
        """Return a text with a head, rewritten by the recipe of what is behind it.

        None if the head may tell something about what is behind it.
        """
        body = text[head.end :]
        parts, shapes = self._parts(body)
        # No text has a shape that begins so.
        key = (
            HEADED + self.separator.join(shapes),
            names if has_any(body.lower(), names) else (),
        )
        context = context_of(head.host, names, shapes[0])
        host = self._hosts.get(context)
        if host == NO_HEAD:
            return None
        recipe = self._recipes.get(key, UNKNOWN)
        new = None
        if host is not None and recipe is not None and recipe is not UNKNOWN:
            new = self._applied(recipe, body, parts, key)
        if recipe is None or new is None:
            return self._learned_behind(head, text, names, parts, key, context, counts, weight)
        new = f"{head.time}{host} {new}"
        counts[HOST] += weight
        for type_, number in recipe.counts:
            counts[type_] += number * weight
        self._remember(new)
        return new

    def _learned_behind(
        self,
        head: Head,
        text: str,
        names: Names,
        parts: list[str],
        key: Key,
        context: Context,
        counts: Counts,
        weight: int,
    ) -> str:
        """Rewrite a text with a head slowly, and keep what it tells about its head and about the rest."""
        found: Counts = Counter()
        new = self._rewrite(text, names, found)
        for type_, number in found.items():
            counts[type_] += number * weight
        if context in self._hosts and self._recipes.get(key, UNKNOWN) is None:
            return new
        if has_value(key[0]) and self._is_unsure(parts):
            return new
        if len(self._hosts) >= _MAX_TAUGHT:
            self._hosts.clear()
        host = self._splicer.host(head.host)
        start = f"{head.time}{host} "
        self._hosts[context] = NO_HEAD
        if host is None or not new.startswith(start) or not found[HOST] or self._shapes.reads_digits(text):
            return new
        after = new[len(start) :]
        found[HOST] -= 1
        recipe = self._recipes.get(key, UNKNOWN)
        if recipe is UNKNOWN:
            recipe = self._recipe(text[head.end :], parts, after, +found, reads_digits=False)
            self._keep(key, recipe)
        elif recipe is not None:
            again = self._applied(recipe, text[head.end :], parts, key)
            if again not in (None, after) or Counter(dict(recipe.counts)) != +found:
                return new
        if not self._judge(new):
            return new
        self._hosts[context] = host
        if recipe is not None:
            self._teach(recipe, key, parts, after)
            self._remember(new)
        return new

    def framed(self, part: str, frame: tuple[str, ...]) -> str:
        """Return the replaced addresses of a part in what stands around them."""
        return _in_frame([new for _, new in self._splicer.pairs(part) or ()], frame)

    def all_framed(
        self, parts: pl.Series, addresses: Addresses, frames: Sequence[tuple[str, ...]]
    ) -> list[str]:
        """Do the same for many parts, each with its frame."""
        return [*map(_in_frame, self._splicer.all_news(parts, addresses), frames)]

    def are_literal(self, names: Names) -> bool:
        known = self._literal.get(names)
        if known is None:
            known = self._literal[names] = all(map(self._shapes.is_literal, names))
        return known

    def _slowly(self, text: str, names: Names, counts: Counts, weight: int) -> str:
        found: Counts = Counter()
        new = self._rewrite(text, names, found)
        for type_, number in found.items():
            counts[type_] += number * weight
        return new

    def _learned(self, text: str, parts: Sequence[str], key: Key, counts: Counts, weight: int) -> str:
        """Rewrite a text slowly, and keep what it tells about its shape."""
        found: Counts = Counter()
        new = self._rewrite(text, key[1], found)
        for type_, number in found.items():
            counts[type_] += number * weight
        if has_value(key[0]) and self._is_unsure(parts):
            return new
        recipe = self._recipe(text, parts, new, found)
        self._keep(key, recipe)
        if recipe is not None:
            self._teach(recipe, key, parts, new)
            self._remember(new)
        return new

    def _is_unsure(self, parts: Sequence[str]) -> bool:
        """Return whether the rewrite doesn't show whether an address in the parts was replaced."""
        return any(has_value(self._shapes.of_word(part)) and self._splicer.is_unsure(part) for part in parts)

    def take(self, key: Key, recipe: Recipe | None) -> None:
        """Take over a recipe that another process learned."""
        if len(self._recipes) < _MAX_RECIPES:
            self._recipes.setdefault(key, recipe)

    def _keep(self, key: Key, recipe: Recipe | None) -> None:
        if len(self._recipes) >= _MAX_RECIPES:
            self._recipes.clear()
        if self.tell is not None and key not in self._recipes:
            self.tell(key, recipe)
        self._recipes[key] = recipe

    def _teach(self, recipe: Recipe, key: Key, parts: Sequence[str], new: str) -> None:
        """Keep what became of the parts that have to be rewritten once."""
        if recipe.taught:
            if len(self._taught) >= _MAX_TAUGHT:
                self._taught.clear()
            after = new.split(self.separator) if self.separator else [new]
            asked = tuple([parts[place] for place in recipe.taught])
            self._taught[*key, asked] = tuple([after[place] for place in recipe.taught])

    def _recipe(
        self, text: str, parts: Sequence[str], new: str, found: Counts, *, reads_digits: bool = True
    ) -> Recipe | None:
        """Return the recipe that a text and its rewrite show; None if its shape doesn't tell the rewrite.

        Without `reads_digits` it is known that its digits make no difference.
        """
        after = new.split(self.separator) if self.separator else [new]
        if len(after) != len(parts) or len(parts) > MAX_PARTS:
            return None
        if reads_digits and self.cut is not Cut.NOT and self._shapes.reads_digits(text):
            return None
        if self.cut is Cut.AT_QUOTES and (reads_fields(text) or not _are_values(parts, after)):
            return None
        if not self._judge(new):
            return None
        edits: list[tuple[int, Edit, tuple[str, ...]]] = []
        taught: list[int] = []
        for place, (part, changed) in enumerate(zip(parts, after, strict=True)):
            if changed == part:
                continue
            if self._shapes.is_literal(part):
                edits.append((place, Edit.SET, (changed,)))
            elif changed == self._splicer.replaced(part):
                edits.append((place, Edit.SPLICE, ()))
            elif frame := self._frame(part, changed):
                edits.append((place, Edit.FRAME, frame))
            else:
                taught.append(place)
        return Recipe(tuple(edits), tuple(taught), tuple(found.items()))

    def _frame(self, part: str, changed: str) -> tuple[str, ...]:
        """Return what stands around the replaced addresses of a part; nothing if there is anything else."""
        frame = []
        for _, new in self._splicer.pairs(part) or ():
            if changed.count(new) != 1:
                return ()
            before, _, changed = changed.partition(new)
            frame.append(before)
        return (*frame, changed) if frame else ()


def _in_frame(news: Sequence[str], frame: tuple[str, ...]) -> str:
    return frame[0] + "".join([new + after for new, after in zip(news, frame[1:], strict=True)])


def context_of(host: str, names: Names, word: str) -> Context:
    """Return the context of a head: its host, the names of the row, and the shape of the word behind it.

    How many digits that has makes no difference: it is mostly the number of a process.
    """
    return host, names, _DIGITS.sub(ANY_DIGIT, word)


def _are_values(before: Sequence[str], after: Sequence[str]) -> bool:
    """Return whether JSON texts, cut at their quotes, differ only in strings that aren't names of fields."""
    for place, (part, changed) in enumerate(zip(before, after, strict=True)):
        if part != changed and (place % 2 == 0 or before[place + 1].lstrip()[:1] == ":"):
            return False
    return True
