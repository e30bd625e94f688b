"""Known values: hosts and users that stand in the rows of an export, to be replaced in all of its texts.

A first pass collects them. Left out are values of fewer than four characters and ordinary words, which texts
contain in other meanings. Of more values than `MOST`, those with the smallest hashes stay, so that neither
the order of the rows nor that of the partitions matters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from heapq import nsmallest

import polars as pl

from lumber.catalog.kind import Holds, Kind, content_of_field
from lumber.privacy.found import HOST, USER, Names, has_any
from lumber.privacy.hosts import searched_names
from lumber.privacy.json_values import MAYBE
from lumber.privacy.known import KnownValues
from lumber.privacy.known_users import names_of, users_in_json
from lumber.privacy.ordinary_users import ORDINARY_USERS
from lumber.privacy.ordinary_words import ORDINARY_WORDS
from lumber.privacy.phrases.fields import is_user_field
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


class _Taken:
    """Names with their hashes, of which the `most` smallest stay."""

    def __init__(self, most: int) -> None:
        self.names: dict[str, bytes] = {}
        self.is_over = False
        self._most = most

    def add(self, name: str) -> None:
        if name not in self.names:
            self.names[name] = blake2b(name.encode(), digest_size=16).digest()
            if len(self.names) > 2 * self._most:
                self.shrink()

    def merge(self, other: _Taken) -> None:
        self.names |= other.names
        self.is_over |= other.is_over
        self.shrink()

    def shrink(self) -> None:
        if len(self.names) > self._most:
            self.is_over = True
            smallest = nsmallest(self._most, ((digest, name) for name, digest in self.names.items()))
            self.names = {name: digest for digest, name in smallest}


class KnownFit:
    """Collects the names of hosts and users in a kind's records.

    Hosts are in columns of hosts and addresses, users in columns and fields of JSON whose names say so.
    """

    def __init__(
        self, record: Kind, most: int = MOST, *, has_hosts: bool = True, has_users: bool = True
    ) -> None:
        declared = {column.name: column.content for column in record.columns}
        held = {field.name: declared.get(field.name) or content_of_field(field) for field in record.schema}
        self._columns = [
            name for name, content in held.items() if has_hosts and content in (Holds.HOST, Holds.ADDRESS)
        ]
        self._user_columns = [
            name
            for name, content in held.items()
            if has_users and content is Holds.TEXT and is_user_field(name)
        ]
        self._json = [name for name, content in held.items() if has_users and content is Holds.JSON]
        self._most = most
        self._hosts, self._users = _Taken(most), _Taken(most)
        # Names that are left out.
        self._short: set[str] = set()
        self._ordinary: set[str] = set()

    def add(self, rows: Records, /) -> None:
        """Look at a batch of records."""
        for value in self._values(rows, self._columns):
            for name in searched_names([value]):
                if self._is_taken(name, ORDINARY_WORDS):
                    self._hosts.add(name)
        users = [name for value in self._values(rows, self._user_columns) for name in names_of(value)]
        for column in self._json:
            documents: pl.Series = rows.column(column).drop_nulls().unique()
            for text in documents.filter(documents.str.contains(MAYBE)):
                users += [name for value in users_in_json(text) for name in names_of(value)]
        for name in users:
            if self._is_taken(name.lower(), ORDINARY_USERS):
                self._users.add(name)

    def merge(self, other: KnownFit, /) -> None:
        """Add what was found in another partition, or in another kind."""
        self._hosts.merge(other._hosts)
        self._users.merge(other._users)
        self._short |= other._short
        self._ordinary |= other._ordinary

    def found(self) -> KnownValues:
        """Return what was found."""
        for each in (self._hosts, self._users):
            each.shrink()
        left_out = {"short": len(self._short), "ordinary": len(self._ordinary)}
        if self._hosts.is_over or self._users.is_over:
            left_out["limit"] = self._most
        counts = tuple((name, count) for name, count in left_out.items() if count)
        return KnownValues(tuple(sorted(self._hosts.names)), counts, tuple(sorted(self._users.names)))

    @staticmethod
    def _values(rows: Records, columns: Sequence[str]) -> Iterator[str]:
        for column in columns:
            yield from rows.column(column).drop_nulls().unique()

    def _is_taken(self, name: str, ordinary: frozenset[str]) -> bool:
        if len(name) < SHORTEST:
            self._short.add(name)
        elif name in ordinary or _NUMBER.fullmatch(name):
            self._ordinary.add(name)
        else:
            return True
        return False


class KnownIndex:
    """Finds known values in texts: each word of a text is looked up once."""

    def __init__(self, values: Sequence[str], users: Sequence[str] = ()) -> None:
        self._spelled: dict[str, list[str]] = {}
        hosts = frozenset(values)
        for name in users:
            # A name that is also a host's is a host.
            if name.lower() not in hosts:
                self._spelled.setdefault(name.lower(), []).append(name)
        # By the first word of each value. Beside ASCII values, only ASCII letters make a longer word.
        self._ascii: dict[str, list[str]] = {}
        self._others: dict[str, list[str]] = {}
        for value in (*values, *self._spelled):
            index, run = (self._ascii, _RUN) if value.isascii() else (self._others, _OTHER_RUN)
            word = run.search(value)
            if word is not None:
                index.setdefault(word[0], []).append(value)

    def replaced(self, text: str, replace: Callable[[str, str], str]) -> str:
        """Return a text with `replace` of type and value in place of each known one. Other replacements stay.

        The value of a user is as it is written, if users were found like that, or else as it was found.
        """
        values = self._within(text)
        if not values:
            return text
        pattern = _pattern(values)
        parts = _REPLACEMENTS.split(text)
        parts[::2] = [pattern.sub(lambda match: replace(*self._told(match[0])), part) for part in parts[::2]]
        return "".join(parts)

    def _told(self, written: str) -> tuple[str, str]:
        """Return the type and the value of what is written in a text."""
        name = written.lower()
        if name not in self._spelled:
            return HOST, name
        return USER, written if written in self._spelled[name] else self._spelled[name][0]

    def left(self, text: str) -> int:
        """Return how many known values are in a text."""
        found: list[str] = []

        def count(type_: str, value: str) -> str:
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
    return KnownIndex(known.values, known.users)


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
