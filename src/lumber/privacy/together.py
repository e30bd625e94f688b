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
from lumber.privacy.formulas import Flags, Formulas
from lumber.privacy.found import HOST, Counts, Names
from lumber.privacy.heads import TIME
from lumber.privacy.masks import Addresses, Masks
from lumber.privacy.recipes import HEADED, MAX_PARTS, NO_HEAD, Context, Cut, Key, Recipes, context_of
from lumber.privacy.shapes import ENCODED, LONGEST_TEXT, NEVER_PLAIN, Shapes
from lumber.privacy.shared_recipes import SharedRecipes
from lumber.privacy.word_pool import WordPool

Hashes = npt.NDArray[np.uint64]

_HEAD = rf"^(?:{TIME})"
_MAX_SHAPES, _MAX_KEYS = 200_000, 200_000
# Fewer texts are sooner rewritten by themselves.
_FEW = 256
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
    addresses: Addresses
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

    def of(self, words: pl.Series) -> tuple[Ints, Addresses]:
        """Return the number of the shape of each word, and the words with addresses."""
        alike = encoded(with_any_digit(words))
        get = self._alike.get
        numbers = np.array([get(each, -1) for each in alike.distinct.to_list()], np.int64)[alike.places]
        fresh = np.flatnonzero(numbers < 0)
        numbers[fresh], addresses = self._of_fresh(words.gather(fresh))
        return numbers, addresses.among(fresh)

    def _of_fresh(self, words: pl.Series) -> tuple[Ints, Addresses]:
        """Do the same for words whose digits make a difference, or that are new."""
        numbers = np.full(len(words), -1)
        addresses = self._masks.of(words)
        for masked in addresses:
            numbers[masked.places] = np.array([*map(self._numbered, masked.shapes)], np.int64)[masked.kinds]
        left = np.flatnonzero(numbers < 0)
        numbers[left] = [*map(self._of_word, words.gather(left).to_list())]
        return numbers, addresses

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
        self._formulas = Formulas(self._recipes)

    def rewritten(
        self, texts: pl.Series, numbers: pl.Series, weights: pl.Series, names: RowNames, counts: Counts
    ) -> pl.Series:
        """Return the rewritten texts, and add their replacements to `counts`, times the weight of each.

        `numbers` are those of the names of the texts' rows.
        """
        if len(self._numbers.shapes) > _MAX_SHAPES or len(self._formulas) > _MAX_KEYS:
            self._begin()
        table = pl.DataFrame(
            {"text": texts, "number": numbers.cast(pl.Int64), "weight": weights.cast(pl.Int64)}
        ).with_row_index("row")
        if not self._recipes.is_used or table.height < _FEW:
            if self._shared is not None:
                self._shared.read()
            return self._one_by_one(table, names, counts)
        shaped = self._shaped(table, names)
        columns: list[pl.Series] = []
        places = np.full(table.height, -1)

        def put(rows: Ints, news: pl.Series) -> None:
            places[rows] = sum(map(len, columns)) + np.arange(len(rows))
            columns.append(news)

        if shaped.height:
            run = _Run(self._recipes, self._numbers, self._formulas, shaped, names)
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
        table = table.filter(_have_shapes(table["text"], self._recipes.separator))
        headed = table.clear()
        if self._recipes.cut is Cut.AT_SPACES:
            headed = self._headed(table, names)
            table = table.filter(~pl.Series(np.isin(table["row"], headed["row"], assume_unique=True)))
            # A name in a head is told by the head, one behind it isn't.
            headed = headed.filter(~names.named(headed["body"]))
        bare = table.filter(~names.named(table["text"])).select(
            "row",
            "number",
            "weight",
            pl.lit(None, pl.String).alias("time"),
            pl.lit(None, pl.String).alias("host"),
            body="text",
        )
        return pl.concat([bare, headed.select(bare.columns)]) if headed.height else bare

    def _headed(self, table: pl.DataFrame, names: RowNames) -> pl.DataFrame:
        """Return the texts whose head has a name of their row, cut into time, host and body."""
        text = pl.col("text")
        behind = pl.col("rest").str.splitn(" ", 2).struct
        table = (
            table.with_columns(rest=text.str.replace(_HEAD, ""))
            .filter(pl.col("rest").str.len_bytes() < text.str.len_bytes())
            .select(
                "row",
                "number",
                "weight",
                time=text.str.head(text.str.len_bytes() - pl.col("rest").str.len_bytes()),
                host=behind[0],
                body=behind[1],
            )
            .filter(pl.col("body").is_not_null() & (pl.col("host") != ""))
        )
        pairs = table.select("number", "host").unique()
        is_head = [
            host.lower() in names.of(number) and self._recipes.are_literal(names.of(number))
            for number, host in pairs.iter_rows()
        ]
        known = pairs.filter(pl.Series(is_head, dtype=pl.Boolean))
        return table.join(known, on=["number", "host"], how="semi")


class _Run:
    """The texts of one column that have a shape, and what is known of their shapes and heads."""

    def __init__(
        self, recipes: Recipes, numbers: _Numbers, formulas: Formulas, table: pl.DataFrame, names: RowNames
    ) -> None:
        self._recipes, self._formulas, self._table = recipes, formulas, table
        self._parts = parts = _cut(table["body"], recipes.separator, numbers)
        self._is_headed: Flags = table["host"].is_not_null().to_numpy()
        hashes = numbers.hashes(parts)
        hashes[self._is_headed] += _BEHIND_HEAD
        values, firsts, self._group_of = np.unique(hashes, return_index=True, return_inverse=True)

        def key_of(group: int) -> Key:
            first = int(firsts[group])
            shapes = [numbers.shapes[number] for number in parts.shapes[parts.of(first)].tolist()]
            return (HEADED if self._is_headed[first] else "") + recipes.separator.join(shapes), ()

        self._shapes = formulas.numbers(values, key_of)
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
        self._new_heads = {
            text
            for context, text in zip(self._contexts, contexts["text"].to_list(), strict=True)
            if recipes.host(context) is None
        }
        # The texts to be rewritten first: each is the first of its shape, or with its head.
        new_shapes = firsts[formulas.are_new(self._shapes)].tolist()
        self.teachers = np.array(sorted({*new_shapes, *self._new_heads}), np.int64)
        self._taught = np.zeros(table.height, np.bool_)

    def taught_by(self, teachers: Ints) -> Ints:
        """Return those of some texts of which still nobody learned the shape, or the head. They teach."""
        still = [text for text in teachers.tolist() if text in self._new_heads or self._is_new(text)]
        self._taught[still] = True
        return np.array(still, np.int64)

    def _is_new(self, text: int) -> bool:
        return self._formulas.is_new(int(self._shapes[self._group_of[text]]))

    def known(self) -> Flags:
        """Return of which texts the shape and the head tell everything, and who teaches none."""
        is_known = self._formulas.are_known(self._shapes)[self._group_of]
        hosts = [self._recipes.host(context) for context in self._contexts]
        if hosts:
            is_free = np.array([host not in (None, NO_HEAD) for host in hosts], np.bool_)[self._context_of]
            is_known &= is_free | ~self._is_headed
        return is_known & ~self._taught

    def applied(self, chosen: Ints, counts: Counts) -> pl.Series:
        """Return the chosen texts, rewritten by their recipes, and add their replacements to `counts`."""
        table = self._table[chosen]
        weights = table["weight"].to_numpy()
        shapes = self._shapes[self._group_of[chosen]]
        self._formulas.count(shapes, weights, counts)
        edits = self._formulas.edits(shapes)
        places = self._parts.words_at.copy()
        pool = WordPool(self._parts.words, self._parts.addresses, self._recipes)
        at = self._parts.offsets[chosen[edits.texts]] + edits.places
        pool.edit(places, at, edits.edits, edits.frames, self._formulas.frames)
        is_changed = np.zeros(len(chosen), np.bool_)
        is_changed[edits.texts] = True
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
        return joined(pool.words(), places[at], offsets, self._recipes.separator)


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
    shapes, addresses = numbers.of(words)
    return _Parts(offsets, places, words, addresses, shapes[places])
