"""Rewrite texts by the recipe of their shape, which the first text of each shape teaches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from enum import Enum, IntEnum
from typing import NamedTuple

from lumber.privacy.found import HOST, Counts, Names, has_any
from lumber.privacy.heads import Head, head_of
from lumber.privacy.shapes import Shapes, Splicer, has_value, is_plain, reads_fields

_MAX_RECIPES, _MAX_TAUGHT, _MAX_SAME = 40_000, 20_000, 20_000
_MAX_PARTS = 400


class Cut(Enum):
    """How texts are cut into parts."""

    AT_SPACES = " "
    AT_QUOTES = '"'  # JSON
    NOT = ""  # pieces without spaces, in which numbers alone tell nothing


class _Edit(IntEnum):
    """What becomes of one part of a text."""

    SET = 0  # always the same: the part is literal in the shape
    SPLICE = 1  # its addresses are replaced
    FRAME = 2  # its replaced addresses in something that is always the same


class _Recipe(NamedTuple):
    """How the texts of a shape are rewritten: what becomes of the parts that change, and the replacements.

    `taught` has the parts of which each has to be rewritten once.
    """

    edits: tuple[tuple[int, _Edit, tuple[str, ...]], ...]
    taught: tuple[int, ...]
    counts: tuple[tuple[str, int], ...]


# Of a text: its shape, and those of the row's names that are in it.
_Key = tuple[str, Names]
# The host of a head, the names of the row, and the shape of the first word behind the head.
_Context = tuple[str, Names, str]
_HEADED, _NO_HEAD = "\x03", ""
_UNKNOWN = _Recipe((), (), (("unknown", 0),))


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
        self._cut, self._is_used = cut, is_used
        self._separator = cut.value
        self._recipes: dict[_Key, _Recipe | None] = {}
        self._taught: dict[tuple[str, Names, tuple[str, ...]], tuple[str, ...]] = {}
        # Pieces, which repeat, that stay as they are.
        self._same: set[str] = set()
        self._literal: dict[Names, bool] = {}
        # What replaces the host of a head; `_NO_HEAD` if the head may tell something about the rest.
        self._hosts: dict[_Context, str] = {}

    def rewritten(self, text: str, names: Names, counts: Counts, weight: int = 1) -> str:
        """Return the rewritten text, and add its replacements to `counts`, `weight` times."""
        names = names if names and has_any(text.lower(), names) else ()
        if not names and text in self._same:
            return text
        if not self._is_used or not is_plain(text) or (names and not self._are_literal(names)):
            return self._slowly(text, names, counts, weight)
        if names and self._cut is Cut.AT_SPACES:
            head = head_of(text, names)
            if head is not None:
                new = self._behind(head, text, names, counts, weight)
                if new is not None:
                    return new
        parts, shapes = self._parts(text)
        key = (self._separator.join(shapes), names)
        recipe = self._recipes.get(key, _UNKNOWN)
        if recipe is _UNKNOWN:
            return self._learned(text, parts, key, counts, weight)
        if recipe is None:
            return self._slowly(text, names, counts, weight)
        new = self._applied(recipe, text, parts, key)
        if new is None:
            return self._learned(text, parts, key, counts, weight)
        is_same = new is text and self._cut is Cut.NOT and not names and not recipe.counts
        if is_same and len(self._same) < _MAX_SAME:
            self._same.add(text)
        for type_, number in recipe.counts:
            counts[type_] += number * weight
        self._remember(new)
        return new

    def _parts(self, text: str) -> tuple[list[str], list[str]]:
        """Return the parts of a text, and the shape of each."""
        if not self._separator:
            return [text], [self._shapes.of_word(text)]
        parts = text.split(self._separator)
        return parts, self._shapes.of_parts(text, parts, self._separator)

    def _applied(self, recipe: _Recipe, text: str, parts: list[str], key: _Key) -> str | None:
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
            if edit is _Edit.SET:
                parts[place] = frame[0]
            elif edit is _Edit.SPLICE:
                parts[place] = self._splicer.replaced(parts[place])
            else:
                parts[place] = self._framed(parts[place], frame)
        return self._separator.join(parts)

    def _behind(self, head: Head, text: str, names: Names, counts: Counts, weight: int) -> str | None:
        """Return a text with a head, rewritten by the recipe of what is behind it.

        None if the head may tell something about what is behind it.
        """
        body = text[head.end :]
        parts, shapes = self._parts(body)
        # No text has a shape that begins so.
        key = (
            _HEADED + self._separator.join(shapes),
            names if has_any(body.lower(), names) else (),
        )
        context = (head.host, names, shapes[0])
        host = self._hosts.get(context)
        if host == _NO_HEAD:
            return None
        recipe = self._recipes.get(key, _UNKNOWN)
        new = None
        if host is not None and recipe is not None and recipe is not _UNKNOWN:
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
        key: _Key,
        context: _Context,
        counts: Counts,
        weight: int,
    ) -> str:
        """Rewrite a text with a head slowly, and keep what it tells about its head and about the rest."""
        found: Counts = Counter()
        new = self._rewrite(text, names, found)
        for type_, number in found.items():
            counts[type_] += number * weight
        if context in self._hosts and self._recipes.get(key, _UNKNOWN) is None:
            return new
        if has_value(key[0]) and any(map(self._splicer.is_unsure, parts)):
            return new
        if len(self._hosts) >= _MAX_TAUGHT:
            self._hosts.clear()
        host = self._splicer.host(head.host)
        start = f"{head.time}{host} "
        self._hosts[context] = _NO_HEAD
        if host is None or not new.startswith(start) or not found[HOST] or self._shapes.reads_digits(text):
            return new
        after = new[len(start) :]
        found[HOST] -= 1
        recipe = self._recipes.get(key, _UNKNOWN)
        if recipe is _UNKNOWN:
            recipe = self._recipe(text[head.end :], parts, after, +found)
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

    def _framed(self, part: str, frame: tuple[str, ...]) -> str:
        """Return the replaced addresses of a part in what stands around them."""
        pairs = self._splicer.pairs(part) or ()
        return frame[0] + "".join([new + after for (_, new), after in zip(pairs, frame[1:], strict=True)])

    def _are_literal(self, names: Names) -> bool:
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

    def _learned(self, text: str, parts: Sequence[str], key: _Key, counts: Counts, weight: int) -> str:
        """Rewrite a text slowly, and keep what it tells about its shape."""
        found: Counts = Counter()
        new = self._rewrite(text, key[1], found)
        for type_, number in found.items():
            counts[type_] += number * weight
        if has_value(key[0]) and any(map(self._splicer.is_unsure, parts)):
            return new
        recipe = self._recipe(text, parts, new, found)
        self._keep(key, recipe)
        if recipe is not None:
            self._teach(recipe, key, parts, new)
            self._remember(new)
        return new

    def _keep(self, key: _Key, recipe: _Recipe | None) -> None:
        if len(self._recipes) >= _MAX_RECIPES:
            self._recipes.clear()
        self._recipes[key] = recipe

    def _teach(self, recipe: _Recipe, key: _Key, parts: Sequence[str], new: str) -> None:
        """Keep what became of the parts that have to be rewritten once."""
        if recipe.taught:
            if len(self._taught) >= _MAX_TAUGHT:
                self._taught.clear()
            after = new.split(self._separator) if self._separator else [new]
            asked = tuple([parts[place] for place in recipe.taught])
            self._taught[*key, asked] = tuple([after[place] for place in recipe.taught])

    def _recipe(self, text: str, parts: Sequence[str], new: str, found: Counts) -> _Recipe | None:
        """Return the recipe that a text and its rewrite show; None if its shape doesn't tell the rewrite."""
        after = new.split(self._separator) if self._separator else [new]
        if len(after) != len(parts) or len(parts) > _MAX_PARTS:
            return None
        if self._cut is not Cut.NOT and self._shapes.reads_digits(text):
            return None
        if self._cut is Cut.AT_QUOTES and (reads_fields(text) or not _are_values(parts, after)):
            return None
        if not self._judge(new):
            return None
        edits: list[tuple[int, _Edit, tuple[str, ...]]] = []
        taught: list[int] = []
        for place, (part, changed) in enumerate(zip(parts, after, strict=True)):
            if changed == part:
                continue
            if self._shapes.is_literal(part):
                edits.append((place, _Edit.SET, (changed,)))
            elif changed == self._splicer.replaced(part):
                edits.append((place, _Edit.SPLICE, ()))
            elif frame := self._frame(part, changed):
                edits.append((place, _Edit.FRAME, frame))
            else:
                taught.append(place)
        return _Recipe(tuple(edits), tuple(taught), tuple(found.items()))

    def _frame(self, part: str, changed: str) -> tuple[str, ...]:
        """Return what stands around the replaced addresses of a part; nothing if there is anything else."""
        frame = []
        for _, new in self._splicer.pairs(part) or ():
            if changed.count(new) != 1:
                return ()
            before, _, changed = changed.partition(new)
            frame.append(before)
        return (*frame, changed) if frame else ()


def _are_values(before: Sequence[str], after: Sequence[str]) -> bool:
    """Return whether JSON texts, cut at their quotes, differ only in strings that aren't names of fields."""
    for place, (part, changed) in enumerate(zip(before, after, strict=True)):
        if part != changed and (place % 2 == 0 or before[place + 1].lstrip()[:1] == ":"):
            return False
    return True
