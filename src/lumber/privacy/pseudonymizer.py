"""Pseudonymizer: pseudonymise people and devices in a batch of canonical records.

The catalog declares what a column contains. Every distinct value is rewritten once; of texts and JSON, those
of a new shape, and the others like the first of their shape. The result depends only on the row and the rule,
not on batches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import polars as pl
import pyarrow as pa

from lumber.catalog.kind import Holds, Kind, content_of_field
from lumber.privacy.address_rewriter import AddressRewriter
from lumber.privacy.arrow_texts import Ints, encoded
from lumber.privacy.finder import TextFinder
from lumber.privacy.found import Counts, Names
from lumber.privacy.hosts import searched_names
from lumber.privacy.issued import Issued
from lumber.privacy.known_values import KnownIndex, index_of
from lumber.privacy.own_rules import ColumnAction
from lumber.privacy.pseudonyms import Pseudonyms
from lumber.privacy.recipes import Cut, Recipes
from lumber.privacy.residue import ResidueScanner
from lumber.privacy.rewriter import TextRewriter
from lumber.privacy.rule import PrivacyRule
from lumber.privacy.shared_recipes import SharedRecipes
from lumber.privacy.together import Together
from lumber.steps.board import current_board

_New = TypeVar("_New", str, str | None)
_NAMES = "__names"
# Addresses that may be issued before a pseudonymizer serves another partition.
_MAX_ISSUED = 1_000_000
_NOT_IN_NAMES = r"[^\w.-]"


def contents(kind: Kind) -> dict[str, Holds]:
    """Return the content of each text column of the canonical record, by name."""
    declared = {column.name: column.content for column in kind.columns}
    held: dict[str, Holds] = {}
    for field in kind.schema:
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            held[field.name] = declared.get(field.name) or content_of_field(field)
    return held


class Pseudonymizer:
    """Applies a rule to the batches of one partition. `issued` contains the address pseudonyms it issued."""

    def __init__(self, rule: PrivacyRule) -> None:
        self.rule = rule
        self.issued = Issued()
        # All replacements of `apply` and `apply_batch` so far, by column and type.
        self.by_column: dict[str, Counts] = {}
        self.finder = TextFinder(rule)
        self._pseudonyms = pseudonyms = Pseudonyms(rule, self.issued)
        self._known, self._known_in_json = index_of(rule), index_of(rule, is_json=True)
        # It judges rewritten text, and later written files: each word once.
        self.scanner = ResidueScanner(rule, self.issued)
        self._rewriter = TextRewriter(rule, self.finder, pseudonyms, self.scanner)
        self._address_rewriter: AddressRewriter | None = None
        if rule.is_addresses_only:
            self._address_rewriter = AddressRewriter(
                pseudonyms,
                lambda word, counts: self._rewriter.piece(word, (), counts),
                lambda text, counts: self._rewriter.words(text, (), counts),
                lambda text, counts: self._rewriter.json(text, (), counts),
            )
        has_shapes = not rule.own.names_values
        self._texts = Recipes(
            self._rewriter.whole_text,
            self.scanner.shapes,
            self._rewriter.splicer,
            lambda text: not self.scanner.text(text),
            self.scanner.remember_text,
            Cut.AT_SPACES,
            is_used=has_shapes,
        )
        self._documents = Recipes(
            self._rewriter.json,
            self.scanner.shapes,
            self._rewriter.splicer,
            lambda text: not self.scanner.json(text),
            self.scanner.remember_json,
            Cut.AT_QUOTES,
            is_used=has_shapes,
        )
        board, shared = current_board(), None
        if board is not None and has_shapes:
            every = {"texts": self._texts, "documents": self._documents, "pieces": self._rewriter.pieces}
            shared = SharedRecipes(board, hash(replace(rule, known=None)), every)
        shapes = self.scanner.shapes
        self._texts_together = Together(self._texts, shapes, self.scanner.remember_texts, shared)
        self._documents_together = Together(self._documents, shapes, self.scanner.remember_documents, shared)

    def begin(self) -> bool:
        """Begin another partition; return whether there is room for the addresses of one more."""
        self.scanner.forget()
        return len(self.issued) < _MAX_ISSUED

    def apply(self, frame: pl.DataFrame, kind: Kind) -> tuple[pl.DataFrame, Counts]:
        """Return the batch with its text columns rewritten, row for row, and the replacements by type.

        `frame` has columns of the kind's canonical record; other columns stay. Null stays null.
        """
        held = {name: content for name, content in contents(kind).items() if name in frame.columns}
        counts: Counts = Counter()
        if not self.rule.is_active or frame.is_empty():
            return frame, counts
        names = _NamesOfRows(frame, [name for name, content in held.items() if content is Holds.HOST])
        columns = []
        for name, content in held.items():
            is_nullable = kind.schema.field(name).nullable
            action = self.rule.own.action(kind.name, name)
            found: Counts = Counter()
            if action is not None:
                columns.append(self._of_action(frame[name], action, name, is_nullable, found).alias(name))
            else:
                columns.append(self._column(frame[name], content, is_nullable, names, found).alias(name))
            self._count(name, found, counts)
        return frame.with_columns(columns), counts

    def _count(self, column: str, found: Counts, counts: Counts) -> None:
        """Add what was replaced in a column."""
        counts.update(found)
        if found:
            self.by_column.setdefault(column, Counter()).update(found)

    def apply_batch(self, records: pa.RecordBatch, kind: Kind) -> tuple[pa.RecordBatch, Counts]:
        """Do the same for an Arrow batch of the kind's schema, and keep the schema."""
        if self._address_rewriter is not None:
            return self._swept_batch(records, kind, self._address_rewriter)
        frame = pl.from_arrow(records)
        assert isinstance(frame, pl.DataFrame)
        changed, counts = self.apply(frame, kind)
        texts = contents(kind)
        arrays = [
            changed[field.name].to_arrow(compat_level=pl.CompatLevel.oldest()).cast(field.type)
            if field.name in texts
            else records.column(field.name)
            for field in records.schema
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=records.schema), counts

    def _swept_batch(
        self, records: pa.RecordBatch, kind: Kind, rewriter: AddressRewriter
    ) -> tuple[pa.RecordBatch, Counts]:
        counts: Counts = Counter()
        held = contents(kind)
        nothing = _NamesOfRows(pl.DataFrame(), [])
        arrays = []
        for field, array in zip(records.schema, records.columns, strict=True):
            content, found = held.get(field.name), Counter[str]()
            if content in (Holds.TEXT, Holds.JSON):
                array = rewriter.apply(array, found, is_json=content is Holds.JSON)
            elif content is not None:
                series = pl.Series(field.name, pl.from_arrow(array))
                changed = self._column(series, content, field.nullable, nothing, found)
                array = changed.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(field.type)
            self._count(field.name, found, counts)
            arrays.append(array)
        return pa.RecordBatch.from_arrays(arrays, schema=records.schema), counts

    def apply_values(
        self, values: pl.Series, content: Holds | None, beside: pl.DataFrame, kind: Kind, column: str = ""
    ) -> tuple[pl.Series, Counts]:
        """Return the rewritten values of one source column, such as those of rejects.

        `beside` contains their source rows, which provide the host names.
        """
        counts: Counts = Counter()
        if not self.rule.is_active or values.is_empty():
            return values, counts
        action = self.rule.own.action(kind.name, column)
        if action is not None:
            return self._of_action(values, action, column, False, counts), counts
        hosts = [each.name for each in kind.columns if each.content is Holds.HOST]
        names = _NamesOfRows(beside, [name for name in hosts if name in beside.columns])
        return self._column(values, content or Holds.TEXT, False, names, counts), counts

    def apply_texts(self, texts: pl.Series) -> tuple[pl.Series, Counts]:
        """Return rewritten texts that belong to no record, such as the values of rejects."""
        counts: Counts = Counter()
        names = _NamesOfRows(texts.alias("text").to_frame(), [])
        return self._column(texts, Holds.TEXT, True, names, counts), counts

    def _of_action(
        self, values: pl.Series, action: ColumnAction, name: str, is_nullable: bool, counts: Counts
    ) -> pl.Series:
        """Return the values of a column that has a rule of its own."""
        if action is ColumnAction.KEEP:
            return values
        return _mapped(
            values,
            lambda value, found: self._rewriter.column(value, action, name, is_nullable, found),
            counts,
        )

    def _column(
        self, values: pl.Series, content: Holds, is_nullable: bool, names: _NamesOfRows, counts: Counts
    ) -> pl.Series:
        match content:
            case Holds.ADDRESS:
                return names.mapped(
                    values,
                    lambda value, beside, found: self._rewriter.address(value, beside, is_nullable, found),
                    counts,
                )
            case Holds.HOST:
                return names.mapped(values, self._rewriter.host, counts)
            case Holds.JSON | Holds.TEXT if self._address_rewriter is not None:
                array = values.to_arrow(compat_level=pl.CompatLevel.oldest())
                is_json = content is Holds.JSON
                return pl.Series(values.name, self._address_rewriter.apply(array, counts, is_json=is_json))
            case Holds.JSON | Holds.PARTS:
                return self._rewritten(values, names, counts, self._documents_together)
            case Holds.TEXT | Holds.TEMPLATE:
                return self._rewritten(values, names, counts, self._texts_together)

    def _rewritten(
        self, values: pl.Series, names: _NamesOfRows, counts: Counts, together: Together
    ) -> pl.Series:
        """Return the values, each distinct one rewritten once per set of names."""
        table, places = names.unique_with(values)
        changed = together.rewritten(table["text"], table[_NAMES], table["weight"], names, counts)
        is_json = together is self._documents_together
        if (known := self._known_in_json if is_json else self._known) is not None:
            weights = table["weight"].to_list()
            texts = [
                self._without_known(known, text, is_json, weight, counts)
                for text, weight in zip(changed.to_list(), weights, strict=True)
            ]
            changed = pl.Series(texts, dtype=pl.String)
        return _of_rows(changed, places).alias(values.name)

    def _without_known(self, known: KnownIndex, text: str, is_json: bool, weight: int, counts: Counts) -> str:
        """Return a rewritten text with tokens for the known values in it."""
        found: Counts = Counter()

        def token(type_: str, value: str) -> str:
            found[type_] += 1
            return self._pseudonyms.token(type_, value)

        new = known.replaced(text, token)
        if new == text:
            return text
        # With a token in it, the text may say something that it did not say before.
        if is_json and self.scanner.json(new):
            new = self._rewriter.json(new, (), found)
        elif not is_json and self.scanner.text(new):
            new = self._rewriter.settled(new, found)
        _add(counts, found, weight)
        return new

    def settle(self, texts: pl.Series) -> pl.Series:
        """Return texts without matches that appeared when their ends were cut off."""
        return _mapped(texts, self._rewriter.settled, Counter())


class _NamesOfRows:
    """The host names of each row, as ids of sets of names; 0 is the empty set."""

    def __init__(self, frame: pl.DataFrame, host_columns: Sequence[str]) -> None:
        self._sets: list[Names] = [()]
        self._numbers = pl.Series(_NAMES, [0], dtype=pl.UInt32).new_from_index(0, frame.height)
        if host_columns:
            hosts = frame.select(host_columns)
            unique = hosts.unique()
            numbers = [self._number(searched_names(row)) for row in unique.iter_rows()]
            table = unique.with_columns(pl.Series(_NAMES, numbers, dtype=pl.UInt32))
            joined = hosts.join(table, on=host_columns, how="left", nulls_equal=True, maintain_order="left")
            self._numbers = joined[_NAMES]
        every = {name for names in self._sets for name in names}
        self._patterns = sorted(every)
        self._is_ascii = all(map(str.isascii, every))
        self._spaced = [
            number
            for number, names in enumerate(self._sets)
            if any(" " in name or not name.isprintable() for name in names)
        ]

    def of(self, number: int) -> Names:
        """Return the set with this id."""
        return self._sets[number]

    def unique_with(self, texts: pl.Series) -> tuple[pl.DataFrame, Ints]:
        """Return each text once per set of names, and of each row the place of its text there.

        The table has the columns text, names and weight (number of rows). A null has the place behind it.
        """
        distinct, places = encoded(texts)
        is_text = places >= 0
        pairs = places * len(self._sets) + self._numbers.to_numpy()
        chosen, inverse, weights = np.unique(pairs[is_text], return_inverse=True, return_counts=True)
        table = pl.DataFrame(
            {
                "text": distinct.gather(chosen // len(self._sets)),
                _NAMES: pl.Series(chosen % len(self._sets), dtype=pl.UInt32),
                "weight": weights,
            }
        )
        places[is_text], places[~is_text] = inverse, table.height
        return table, places

    def named(self, texts: pl.Series) -> pl.Series:
        """Return, for each text, whether it contains any row's name."""
        if not self._patterns:
            return pl.Series([False]).new_from_index(0, len(texts))
        if self._is_ascii:
            return texts.str.contains_any(self._patterns, ascii_case_insensitive=True)
        return texts.str.to_lowercase().str.contains_any(self._patterns)

    def hits(self, texts: pl.Series, pattern: str) -> pl.Series:
        """Return, for each text, whether it contains the pattern or a name."""
        return texts.str.contains(pattern) | self.named(texts)

    def with_spaces(self, table: pl.DataFrame) -> pl.Series:
        """Return, for each row of the table, whether a name of several words belongs to it."""
        return table[_NAMES].is_in(pl.Series(self._spaced, dtype=pl.UInt32).implode())

    def mapped(
        self, values: pl.Series, rewrite: Callable[[str, Names, Counts], str | None], counts: Counts
    ) -> pl.Series:
        """Return the values, each distinct one rewritten once per set of names that it exceeds.

        Names are applied only to a value that contains a name and something else.
        """
        is_beside = (self.named(values) & values.str.contains(_NOT_IN_NAMES)).fill_null(False)
        alone = values.set(is_beside, None) if is_beside.any() else values
        changed = _mapped(alone, lambda value, found: rewrite(value, (), found), counts)
        if not is_beside.any():
            return changed
        table, places = self.unique_with(values.set(~is_beside, None))
        news = [
            _counted(rewrite, text, self.of(number), weight, counts)
            for text, number, weight in table.iter_rows()
        ]
        behind = _of_rows(pl.Series(news, dtype=pl.String), places)
        return behind.zip_with(is_beside, changed).alias(values.name)

    def _number(self, names: Names) -> int:
        if names not in self._sets:
            self._sets.append(names)
        return self._sets.index(names)


def _of_rows(texts: pl.Series, places: Ints) -> pl.Series:
    """Return the text of each row, by its place; null for the place behind them.

    A null that is chosen by a null has the bytes of some text behind it, and a file of Arrow writes them.
    """
    return pl.concat([texts, pl.Series(texts.name, [None], pl.String)]).gather(places)


def _mapped(values: pl.Series, rewrite: Callable[[str, Counts], str | None], counts: Counts) -> pl.Series:
    """Return the values, each distinct one rewritten once."""
    table = values.alias("value").to_frame().drop_nulls().group_by("value").len()
    before, after = [], []
    for value, weight in table.iter_rows():
        found: Counts = Counter()
        changed = rewrite(value, found)
        _add(counts, found, weight)
        if changed != value:
            before.append(value)
            after.append(changed)
    if not before:
        return values
    return values.replace(pl.Series(before, dtype=pl.String), pl.Series(after, dtype=pl.String))


def _counted(
    rewrite: Callable[[str, Names, Counts], _New], text: str, names: Names, weight: int, counts: Counts
) -> _New:
    found: Counts = Counter()
    changed = rewrite(text, names, found)
    _add(counts, found, weight)
    return changed


def _add(counts: Counts, found: Mapping[str, int], weight: int) -> None:
    for type_, number in found.items():
        counts[type_] += number * weight
