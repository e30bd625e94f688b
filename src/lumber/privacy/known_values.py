"""Known values: the hosts that stand in columns of the rows of an export, to be replaced in all of its texts.

A first pass collects them. Left out are values of fewer than four characters and ordinary words, which texts
contain in other meanings. Of more values than `MOST`, those with the smallest hashes stay, so that neither
the order of the rows nor that of the partitions matters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from heapq import nsmallest

import polars as pl

from lumber.catalog.kind import Holds, Kind
from lumber.privacy.found import Names, has_any
from lumber.privacy.hosts import searched_names
from lumber.privacy.known import KnownValues
from lumber.privacy.ordinary_words import ORDINARY_WORDS
from lumber.privacy.pseudonyms import TOKEN
from lumber.privacy.rule import PrivacyRule
from lumber.steps.step import Records

MOST = 100_000
SHORTEST = 4
# Numbers of JSON that have a letter.
_NUMBER = re.compile(r"[0-9.]+e[0-9]+")
_RUN = re.compile(r"[a-z0-9]+")
_OTHER_RUN = re.compile(r"[^\W_]+")
# What is directly before a word without being part of it.
_ESCAPE = re.compile(r"\\[nrtbf]|%[0-9a-f]{2}")
_ESCAPE_MARKS = ("\\", "%")
_BEHIND_ESCAPE = r"(?<=\\[nrtbf])|(?<=%[0-9A-Fa-f]{2})"
_REPLACEMENTS = re.compile(rf"({TOKEN.pattern}|\[(?:address|removed|secret:[a-z0-9_]+)\])")


class KnownFit:
    """Collects the names in the columns of hosts and addresses of a kind's records."""

    def __init__(self, record: Kind, most: int = MOST) -> None:
        held = {column.name: column.content for column in record.columns}
        self._columns = [
            name for name in record.schema.names if held.get(name) in (Holds.HOST, Holds.ADDRESS)
        ]
        self._most = most
        # Names with their hashes, and names that are left out.
        self._names: dict[str, bytes] = {}
        self._short: set[str] = set()
        self._ordinary: set[str] = set()
        self._is_over = False

    def add(self, rows: Records, /) -> None:
        """Look at a batch of records."""
        for column in self._columns:
            values: pl.Series = rows.column(column).drop_nulls().unique()
            for value in values:
                self._add(searched_names([value]))

    def merge(self, other: KnownFit, /) -> None:
        """Add what was found in another partition, or in another kind."""
        self._names |= other._names
        self._short |= other._short
        self._ordinary |= other._ordinary
        self._is_over |= other._is_over
        self._shrink()

    def found(self) -> KnownValues:
        """Return what was found."""
        self._shrink()
        left_out = {"short": len(self._short), "ordinary": len(self._ordinary)}
        if self._is_over:
            left_out["limit"] = self._most
        return KnownValues(
            tuple(sorted(self._names)), tuple((name, count) for name, count in left_out.items() if count)
        )

    def _add(self, names: Iterable[str]) -> None:
        for name in names:
            if len(name) < SHORTEST:
                self._short.add(name)
            elif name in ORDINARY_WORDS or _NUMBER.fullmatch(name):
                self._ordinary.add(name)
            elif name not in self._names:
                self._names[name] = blake2b(name.encode(), digest_size=16).digest()
        if len(self._names) > 2 * self._most:
            self._shrink()

    def _shrink(self) -> None:
        if len(self._names) > self._most:
            self._is_over = True
            smallest = nsmallest(self._most, ((digest, name) for name, digest in self._names.items()))
            self._names = {name: digest for digest, name in smallest}


class KnownIndex:
    """Finds known values in texts: each word of a text is looked up once."""

    def __init__(self, values: Sequence[str]) -> None:
        # By the first word of each value. Beside ASCII values, only ASCII letters make a longer word.
        self._ascii: dict[str, list[str]] = {}
        self._others: dict[str, list[str]] = {}
        for value in values:
            index, run = (self._ascii, _RUN) if value.isascii() else (self._others, _OTHER_RUN)
            word = run.search(value)
            if word is not None:
                index.setdefault(word[0], []).append(value)

    def replaced(self, text: str, replace: Callable[[str], str]) -> str:
        """Return a text with `replace` of each known value in place of it. Other replacements stay."""
        values = self._within(text)
        if not values:
            return text
        pattern = _pattern(values)
        parts = _REPLACEMENTS.split(text)
        parts[::2] = [pattern.sub(lambda match: replace(match[0].lower()), part) for part in parts[::2]]
        return "".join(parts)

    def left(self, text: str) -> int:
        """Return how many known values are in a text."""
        found: list[str] = []

        def count(value: str) -> str:
            found.append(value)
            return value

        self.replaced(text, count)
        return len(found)

    def _within(self, text: str) -> Names:
        """Return the values that a text may contain, in order."""
        lower = text.lower()
        if has_any(lower, _ESCAPE_MARKS):
            lower = _ESCAPE.sub(" ", lower)
        found: list[str] = []
        for index, run in ((self._ascii, _RUN), (self._others, _OTHER_RUN)):
            if index:
                for word in index.keys() & set(run.findall(lower)):
                    found += [value for value in index[word] if value in lower]
        return tuple(sorted(found))


def index_of(rule: PrivacyRule, *, is_json: bool = False) -> KnownIndex | None:
    """Return the index of a rule's known values; None if there are none to replace in texts, or in JSON.

    What the owner's rules leave as it is may contain known values.
    """
    if rule.known is None or rule.own.allow or (is_json and rule.own.kept_paths):
        return None
    return _index(rule.known)


@lru_cache(maxsize=1)
def _index(known: KnownValues) -> KnownIndex:
    return KnownIndex(known.values)


@lru_cache(maxsize=8_192)
def _pattern(values: Names) -> re.Pattern[str]:
    """Return the pattern of whole words that are one of the values, the longest first."""
    bodies = [
        rf"(?:(?<!{_beside(value[0])})|{_BEHIND_ESCAPE}){re.escape(value)}(?!{_beside(value[-1])})"
        for value in sorted(values, key=len, reverse=True)
    ]
    return re.compile("|".join(bodies), re.IGNORECASE)


def _beside(char: str) -> str:
    return "[A-Za-z0-9]" if char.isascii() else r"[^\W_]"
