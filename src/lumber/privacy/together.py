"""Rewrite the texts of a column together, by the recipes of their shapes.

What `Recipes.rewritten` does with one text, this does with all texts of a shape at once: texts are cut into
parts, each distinct part is looked at once, and a recipe changes the parts of all its texts. The first text
of a shape, and texts that have none, are still rewritten by themselves.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from lumber.privacy.arrow_texts import Ints, cut, encoded, have_any, joined, with_any_digit
from lumber.privacy.found import HOST, Counts, Names
from lumber.privacy.heads import TIME
from lumber.privacy.masks import Masks
from lumber.privacy.recipes import HEADED, MAX_PARTS, NO_HEAD, Context, Cut, Key, Recipes, context_of
from lumber.privacy.shapes import ENCODED, LONGEST_TEXT, NEVER_PLAIN, Shapes
from lumber.privacy.shared_recipes import SharedRecipes
from lumber.privacy.word_pool import WordPool

Flags = npt.NDArray[np.bool_]
Hashes = npt.NDArray[np.uint64]

_HEAD = rf"^(?:{TIME})"
_MAX_SHAPES, _MAX_KEYS = 200_000, 200_000
# Texts that are rewritten by themselves before the recipes of others are read.
_PORTION = 16
# Added to the number of a shape behind a head.
_BEHIND_HEAD = np.uint64(0x9E3779B97F4A7C15)


class RowNames(Protocol):
    """The host names of the rows that texts belong to, as numbered sets."""

    def of(self, number: int) -> Names:
        """Return the set with this number."""
        ...

    def named(self, texts: pl.Series) -> pl.Series:
        """Return, for each text, whether it contains a name of any row."""
        ...


class _Parts(NamedTuple):
    """The parts of texts: of text `i`, those from `offsets[i]` to `offsets[i + 1]`."""

    offsets: Ints
    # Of each part, its place in `words`, and the number of its shape.
    words_at: Ints
    words: pl.Series
    shapes: Ints

    def of(self, text: int) -> slice:
        return slice(int(self.offsets[text]), int(self.offsets[text + 1]))


class _Numbers:
    """Numbers of the shapes of words, and random numbers for these."""

    def __init__(self, shapes: Shapes, masks: Masks) -> None:
        self._shapes, self._masks = shapes, masks
        self.shapes: list[str] = []
        self._numbers: dict[str, int] = {}
        # By words with their digits replaced, of those whose digits make no difference.
        self._alike: dict[str, int] = {}
        self._chance = np.random.Generator(np.random.PCG64(secrets.randbits(128)))
        self._drawn = self._draw(1_024)
        self._factors = self._draw(MAX_PARTS) | np.uint64(1)

    def of(self, words: pl.Series) -> Ints:
        """Return the number of the shape of each word."""
        alike = encoded(with_any_digit(words))
        get = self._alike.get
        numbers = np.array([get(each, -1) for each in alike.distinct.to_list()], np.int64)[alike.places]
        fresh = np.flatnonzero(numbers < 0)
        if len(fresh):
            numbers[fresh] = self._of_fresh(words.gather(fresh))
        return numbers

    def _of_fresh(self, words: pl.Series) -> Ints:
        """Do the same for words whose digits make a difference, or that are new."""
        numbers = np.full(len(words), -1)
        for masked in (self._masks.ipv4(words), self._masks.macs(words)):
            numbers[masked.places] = np.array([*map(self._numbered, masked.shapes)], np.int64)[masked.kinds]
        left = np.flatnonzero(numbers < 0)
        numbers[left] = [*map(self._of_word, words.gather(left).to_list())]
        return numbers

    def _of_word(self, word: str) -> int:
        alike, shape = self._shapes.of_alike(word)
        number = self._numbered(shape)
        if alike is not None:
            self._alike[alike] = number
        return number

    def _numbered(self, shape: str) -> int:
        number = self._numbers.get(shape)
        if number is None:
            number = self._numbers[shape] = len(self.shapes)
            self.shapes.append(shape)
        return number

    def hashes(self, parts: _Parts) -> Hashes:
        """Return a number for the shapes of each text: a sum of products of random numbers, modulo 2**64."""
        if len(self._drawn) < len(self.shapes):
            self._drawn = np.concatenate([self._drawn, self._draw(len(self.shapes))])
        starts = parts.offsets[:-1]
        at = np.arange(len(parts.shapes)) - np.repeat(starts, np.diff(parts.offsets))
        return np.add.reduceat(self._drawn[parts.shapes] * self._factors[at], starts)

    def _draw(self, size: int) -> Hashes:
        return self._chance.integers(0, (1 << 64) - 1, size, np.uint64, endpoint=True)


class Together:
    """Rewrites columns of distinct texts. `remember` is told of texts of which their shape says it all.

    `shared` are the recipes that other workers learned.
    """

    def __init__(
        self,
        recipes: Recipes,
        shapes: Shapes,
        remember: Callable[[pl.Series], None],
        shared: SharedRecipes | None = None,
    ) -> None:
        self._recipes, self._shapes, self._remember, self._shared = recipes, shapes, remember, shared
        self._begin()

        self._chance = np.random.Generator(np.random.PCG64(secrets.randbits(128)))

    def _begin(self) -> None:
        self._numbers = _Numbers(self._shapes, self._recipes.masks)
        self._keys: dict[int, Key] = {}

    def rewritten(
        self, texts: pl.Series, numbers: pl.Series, weights: pl.Series, names: RowNames, counts: Counts
    ) -> pl.Series:
        """Return the rewritten texts, and add their replacements to `counts`, times the weight of each.

        `numbers` are those of the names of the texts' rows.
        """
        if len(self._numbers.shapes) > _MAX_SHAPES or len(self._keys) > _MAX_KEYS:
            self._begin()
        table = pl.DataFrame(
            {"text": texts, "number": numbers.cast(pl.Int64), "weight": weights.cast(pl.Int64)}
        ).with_row_index("row")
        if not self._recipes.is_used:
            return self._one_by_one(table, names, counts)
        shaped = self._shaped(table, names)
        columns: list[pl.Series] = []
        places = np.full(table.height, -1)

        def put(rows: Ints, news: pl.Series) -> None:
            places[rows] = sum(map(len, columns)) + np.arange(len(rows))
            columns.append(news)

        if shaped.height:
            run = _Run(self._recipes, self._numbers, self._keys, shaped, names)
            rows = shaped["row"].to_numpy()
            for teachers in self._portions(run.teachers):
                still = run.taught_by(teachers)
                put(rows[still], self._one_by_one(table[rows[still]], names, counts))
            chosen = np.flatnonzero(run.known())
            news = run.applied(chosen, counts)
            self._remember(news)
            put(rows[chosen], news)
        left = np.flatnonzero(places < 0)
        put(left, self._one_by_one(table[left], names, counts))
        return pl.concat(columns).gather(places)

    def _portions(self, teachers: Ints) -> Iterator[Ints]:
        """Yield the texts that teach, in portions between which others may have learned the same.

        Each worker takes them in an order of its own, so that two don't learn the same at the same time.
        """
        if self._shared is None:
            yield teachers
            return
        self._chance.shuffle(teachers)
        for start in range(0, len(teachers), _PORTION):
            self._shared.read()
            yield teachers[start : start + _PORTION]

    def _one_by_one(self, table: pl.DataFrame, names: RowNames, counts: Counts) -> pl.Series:
        rows = table.select("text", "number", "weight").iter_rows()
        news = [
            self._recipes.rewritten(text, names.of(number), counts, weight) for text, number, weight in rows
        ]
        return pl.Series("text", news, pl.String)

    def _shaped(self, table: pl.DataFrame, names: RowNames) -> pl.DataFrame:
        """Return the texts that have a shape, and where names are only in their heads.

        Columns: row, number and weight as in `table`, body, and of a text with a head also time and host.
        """
        text = pl.col("text")
        table = table.filter(_have_shapes(table["text"], self._recipes.separator))
        named = names.named(table["text"])
        bare = table.filter(~named).select(
            "row",
            "number",
            "weight",
            pl.lit(None, pl.String).alias("time"),
            pl.lit(None, pl.String).alias("host"),
            body="text",
        )
        if self._recipes.cut is not Cut.AT_SPACES or not named.any():
            return bare
        rest = text.str.replace(_HEAD, "")
        headed = table.filter(named).select("row", "number", "weight", "text", rest=rest)
        behind = pl.col("rest").str.splitn(" ", 2).struct
        headed = headed.filter(pl.col("rest").str.len_bytes() < text.str.len_bytes()).select(
            "row",
            "number",
            "weight",
            time=text.str.head(text.str.len_bytes() - pl.col("rest").str.len_bytes()),
            host=behind[0],
            body=behind[1],
        )
        headed = headed.filter(pl.col("body").is_not_null() & (pl.col("host") != ""))
        headed = headed.filter(~names.named(headed["body"]))
        pairs = headed.select("number", "host").unique()
        is_head = [
            host.lower() in names.of(number) and self._recipes.are_literal(names.of(number))
            for number, host in pairs.iter_rows()
        ]
        headed = headed.join(
            pairs.filter(pl.Series(is_head, dtype=pl.Boolean)), on=["number", "host"], how="semi"
        )
        return pl.concat([bare, headed.select(bare.columns)])


class _Run:
    """The texts of one column that have a shape, and what is known of their shapes and heads."""

    def __init__(
        self, recipes: Recipes, numbers: _Numbers, keys: dict[int, Key], table: pl.DataFrame, names: RowNames
    ) -> None:
        self._recipes, self._table = recipes, table
        self._parts = parts = _cut(table["body"], recipes.separator, numbers)
        self._is_headed: Flags = table["host"].is_not_null().to_numpy()
        hashes = numbers.hashes(parts)
        hashes[self._is_headed] += _BEHIND_HEAD
        values, firsts, self._group_of = np.unique(hashes, return_index=True, return_inverse=True)
        self._keys: list[Key] = []
        for value, first in zip(values.tolist(), firsts.tolist(), strict=True):
            key = keys.get(value)
            if key is None:
                shapes = [numbers.shapes[number] for number in parts.shapes[parts.of(first)].tolist()]
                head = HEADED if self._is_headed[first] else ""
                key = keys[value] = (head + recipes.separator.join(shapes), ())
            self._keys.append(key)
        heads = table.select("number", "host").with_columns(first=pl.Series(parts.shapes[parts.offsets[:-1]]))
        heads = heads.with_row_index("text").filter(self._is_headed)
        contexts = heads.group_by("number", "host", "first", maintain_order=True).agg(pl.col("text").first())
        self._contexts: list[Context] = [
            context_of(host, names.of(number), numbers.shapes[first])
            for number, host, first in contexts.select("number", "host", "first").iter_rows()
        ]
        # Of each text, the place of its context; 0 if it has none.
        self._context_of = np.zeros(table.height, np.int64)
        self._context_of[self._is_headed] = heads.join(
            contexts.select("number", "host", "first").with_row_index("at"),
            on=["number", "host", "first"],
            how="left",
            maintain_order="left",
        )["at"].to_numpy()
        new_shapes = [
            first for key, first in zip(self._keys, firsts.tolist(), strict=True) if recipes.is_new(key)
        ]
        self._new_heads = {
            text
            for context, text in zip(self._contexts, contexts["text"].to_list(), strict=True)
            if recipes.host(context) is None
        }
        # The texts to be rewritten first: each is the first of its shape, or with its head.
        self.teachers = np.array(sorted({*new_shapes, *self._new_heads}), np.int64)
        self._taught = np.zeros(table.height, np.bool_)

    def taught_by(self, teachers: Ints) -> Ints:
        """Return those of some texts of which still nobody learned the shape, or the head. They teach."""
        still = [
            text
            for text in teachers.tolist()
            if text in self._new_heads or self._recipes.is_new(self._keys[self._group_of[text]])
        ]
        self._taught[still] = True
        return np.array(still, np.int64)

    def known(self) -> Flags:
        """Return of which texts the shape and the head tell everything, and who teaches none."""
        recipes = [self._recipes.known(key) for key in self._keys]
        is_known = np.array([recipe is not None for recipe in recipes], np.bool_)[self._group_of]
        hosts = [self._recipes.host(context) for context in self._contexts]
        if hosts:
            is_free = np.array([host not in (None, NO_HEAD) for host in hosts], np.bool_)[self._context_of]
            is_known &= is_free | ~self._is_headed
        return is_known & ~self._taught

    def applied(self, chosen: Ints, counts: Counts) -> pl.Series:
        """Return the chosen texts, rewritten by their recipes, and add their replacements to `counts`."""
        table = self._table[chosen]
        weights = table["weight"].to_numpy()
        groups, order, starts = _grouped(self._group_of[chosen])
        places = self._parts.words_at.copy()
        pool = WordPool(self._parts.words, self._recipes)
        is_changed = np.zeros(len(chosen), np.bool_)
        for group, start, end in zip(groups.tolist(), starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            recipe = self._recipes.known(self._keys[group])
            assert recipe is not None
            texts = order[start:end]
            if recipe.counts:
                weight = int(weights[texts].sum())
                for type_, number in recipe.counts:
                    counts[type_] += number * weight
            if recipe.edits:
                is_changed[texts] = True
                firsts = self._parts.offsets[chosen[texts]]
                for place, edit, frame in recipe.edits:
                    pool.edit(places, firsts + place, edit, frame)
        pool.finish(places)
        changed = np.flatnonzero(is_changed)
        bodies = table["body"]
        if len(changed):
            joined = self._joined(chosen[changed], places, pool)
            at = np.arange(len(chosen))
            at[changed] = len(chosen) + np.arange(len(changed))
            bodies = pl.concat([bodies, joined]).gather(at)
        headed = np.flatnonzero(self._is_headed[chosen])
        if not len(headed):
            return bodies.alias("text")
        counts[HOST] += int(weights[headed].sum())
        hosts = pl.Series([self._recipes.host(context) for context in self._contexts], dtype=pl.String)
        news = pl.DataFrame(
            {
                "body": bodies,
                "time": table["time"],
                "host": hosts.gather(self._context_of[chosen]),
                "is_headed": self._is_headed[chosen],
            }
        )
        whole = pl.concat_str("time", "host", pl.lit(" "), "body")
        return news.select(text=pl.when("is_headed").then(whole).otherwise("body"))["text"]

    def _joined(self, texts: Ints, places: Ints, pool: WordPool) -> pl.Series:
        """Return texts made of their parts."""
        firsts, sizes = self._parts.offsets[texts], np.diff(self._parts.offsets)[texts]
        offsets = np.concatenate([[0], np.cumsum(sizes)])
        at = np.arange(offsets[-1]) + np.repeat(firsts - offsets[:-1], sizes)
        return joined(pool.words().gather(places[at]), offsets, self._recipes.separator)


def _have_shapes(texts: pl.Series, separator: str) -> pl.Series:
    """Return, for each text, whether it has a shape: it is short and plain, and has few parts."""
    text = pl.col("text")
    size = text.str.len_bytes()
    has = (size == text.str.len_chars()) & (size <= LONGEST_TEXT) & ~text.str.contains(ENCODED)
    # Hardly a column has any: that no byte is one of them is quicker to see.
    if have_any(texts, NEVER_PLAIN):
        has &= ~text.str.contains_any(list(NEVER_PLAIN))
    if (texts.str.len_bytes() >= MAX_PARTS).any():
        has &= text.str.count_matches(separator, literal=True) < MAX_PARTS
    return texts.alias("text").to_frame().select(has=has).to_series()


def _cut(texts: pl.Series, separator: str, numbers: _Numbers) -> _Parts:
    (words, places), offsets = cut(texts, separator)
    return _Parts(offsets, places, words, numbers.of(words)[places])


def _grouped(groups: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the distinct groups, the places of their members in order, and where those of each begin."""
    order = np.argsort(groups, kind="stable")
    values, starts = np.unique(groups[order], return_index=True)
    return values, order, np.append(starts, len(groups))
