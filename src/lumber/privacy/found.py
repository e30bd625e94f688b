"""Matches in a text, and how several detectors search it in turn."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import zip_longest
from typing import NamedTuple, TypeVar

from lumber.privacy.sieve import Sieve, any_case

ADDRESS, MAC, EMAIL, USER, HOST = "address", "mac", "email", "user", "host"
IBAN, PHONE, NATIONAL_ID, COORDINATES, URL_IDS = "iban", "phone", "national_id", "coordinates", "url_ids"
# Prefix of the type of an owner's own rule, before the type that the rule names.
OWN = "own:"
# Prefix of a secret's type, before its name: `secret:aws_key`.
SECRET = "secret:"

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
# Digits in words are alike for a gate.
_ALIKE = str.maketrans("123456789", "0" * 9)
_MAX_KNOWN, _LONGEST_WORD = 50_000, 64
_ANY_CASE = "(?i)"
_ESCAPED_OR_UPPER = re.compile(r"\\.|[A-Z]")


class Form(StrEnum):
    """How an address is written."""

    PLAIN = "plain"
    REVERSED = "reversed"  # 1.0.0.10.in-addr.arpa
    NIBBLES = "nibbles"  # 1.0.0.(…).2.ip6.arpa
    JOINED = "joined"  # ip-10-0-0-1, 10[.]0[.]0[.]1
    HEX = "hex"  # 0x0a000001
    INTEGER = "integer"  # 167772161


class Found(NamedTuple):
    """A match in a text: its position, type and normalised value."""

    start: int
    end: int
    type: str
    value: str
    form: Form = Form.PLAIN


# Searches text[start:end] and yields its matches in order. It may read a few characters around that range:
# a text may be cut into very many such parts.
Detector = Callable[[str, int, int], Iterator[Found]]
# Names to search for, in lower case.
Names = tuple[str, ...]
# Numbers of replacements by type.
Counts = Counter[str]


def find(text: str, detectors: Iterable[Detector]) -> list[Found]:
    """Return all matches in order. A detector doesn't search what an earlier one matched."""
    found: list[Found] = []
    gaps = [(0, len(text))]
    for detector in detectors:
        fresh: list[Found] = []
        for start, end in gaps:
            fresh.extend(detector(text, start, end))
        if fresh:
            found = sorted(found + fresh)
            gaps = list(_between(found, len(text)))
    return found


def has_any(text: str, marks: Sequence[str]) -> bool:
    """Return whether a text contains any of the marks; far cheaper than a pattern."""
    for mark in marks:  # noqa: SIM110 - a generator takes twice the time
        if mark in text:
            return True
    return False


class Gate:
    """Says which of many groups of lower-case marks a text has.

    Words repeat: which marks a word may belong to is looked up once for each, whatever its digits are. Only
    what remains is searched for. A text is cut into parts that ask again: the last answer is kept.
    """

    def __init__(self, groups: Sequence[Sequence[str]], hints: Sequence[str] = ()) -> None:
        """`hints` has a pattern for each group that its texts match as well; an empty one isn't used."""
        self._groups = [tuple(marks) for marks in groups]
        self._hints = {place: re.compile(hint).search for place, hint in enumerate(hints) if hint}
        # Python searches far quicker if case makes a difference.
        self._lower_hints = {
            place: re.compile(_lowered(hint)).search
            for place, hint in enumerate(hints)
            if hint.startswith(_ANY_CASE)
        }
        self._bits: dict[str, int] = {}
        for index, marks in enumerate(self._groups):
            for mark in marks:
                # What the words around it share with a mark: its longest part without spaces.
                part = max(mark.translate(_ALIKE).split(), key=len, default="")
                self._bits[part] = self._bits.get(part, 0) | 1 << index
        self._always = self._bits.pop("", 0)
        # By their first two characters, or by the only one.
        self._by_beginning: dict[str, list[tuple[str, int]]] = {}
        for part, bits in self._bits.items():
            self._by_beginning.setdefault(part[:2], []).append((part, bits))
        self._words: dict[str, int] = {}
        self._possible: dict[int, tuple[int, ...]] = {}
        self._sieve = Sieve(
            [hint or any_case(marks) for marks, hint in zip_longest(self._groups, hints, fillvalue="")]
        )
        self._last: tuple[str, tuple[int, ...]] = ("", ())

    def of(self, text: str) -> tuple[int, ...]:
        """Return the places of the groups of which the text has a mark, in order."""
        known, found = self._last
        if text is not known:
            lower, groups = text.lower(), self._groups
            places = self._sieve.places(text)
            if places is None:
                found = self._searched(text, lower)
            else:
                found = tuple([place for place in places if has_any(lower, groups[place])])
            self._last = (text, found)
        return found

    def _searched(self, text: str, lower: str) -> tuple[int, ...]:
        """Do the same without the sieve. `lower` is the text in lower case."""
        groups, hints = self._groups, self._hints
        lower_hints = self._lower_hints if text.isascii() else {}
        chosen = []
        for index in self._possibly(lower):
            if has_any(lower, groups[index]):
                if index in lower_hints:
                    if lower_hints[index](lower) is None:
                        continue
                elif index in hints and hints[index](text) is None:
                    continue
                chosen.append(index)
        return tuple(chosen)

    def _possibly(self, lower: str) -> tuple[int, ...]:
        """Return the places of the groups of which a word of the text has a part."""
        seen, words = self._always, self._words
        for word in lower.translate(_ALIKE).split():
            bits = words.get(word)
            seen |= self._learned(word) if bits is None else bits
        found = self._possible.get(seen)
        if found is None:
            found = tuple(index for index in range(len(self._groups)) if seen >> index & 1)
            _keep(self._possible, seen, found)
        return found

    def _learned(self, word: str) -> int:
        bits = 0
        beginnings = self._by_beginning
        for at, char in enumerate(word):
            for part, of_part in beginnings.get(word[at : at + 2], ()):
                if word.startswith(part, at):
                    bits |= of_part
            for _, of_part in beginnings.get(char, ()):
                bits |= of_part
        if len(word) <= _LONGEST_WORD:
            _keep(self._words, word, bits)
        return bits


def _lowered(hint: str) -> str:
    """Return a pattern for any case as one for texts in lower case."""
    return _ESCAPED_OR_UPPER.sub(
        lambda match: match[0] if match[0].startswith("\\") else match[0].lower(),
        hint.removeprefix(_ANY_CASE),
    )


def _keep(known: dict[_Key, _Value], key: _Key, value: _Value) -> None:
    if len(known) >= _MAX_KNOWN:
        known.clear()
    known[key] = value


def at_marks(
    pattern: re.Pattern[str], marks: Sequence[str], text: str, start: int, end: int
) -> Iterator[re.Match[str]]:
    """Yield the matches that begin with one of the lower-case marks, in no order.

    It is far cheaper to find the marks and try the pattern only there than to try it everywhere.
    """
    lower = text[start:end].lower()
    if len(lower) != end - start:
        yield from pattern.finditer(text, start, end)
        return
    for mark in marks:
        at = lower.find(mark)
        while at >= 0:
            match = pattern.match(text, start + at, end)
            if match is not None:
                yield match
            # Don't match again inside a match: each attempt might run to the end of the text.
            at = lower.find(mark, at + len(mark) if match is None else match.end() - start)


def _between(found: Sequence[Found], length: int) -> Iterator[tuple[int, int]]:
    at = 0
    for item in found:
        if item.start > at:
            yield at, item.start
        at = item.end
    if at < length:
        yield at, length
