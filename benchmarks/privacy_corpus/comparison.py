"""What a private export did with a labelled text: which values are gone, and what else it changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from benchmarks.privacy_corpus.grammar import ANY, CLASSES, KEEP, Span, Text

# What exports write for a value: a name and a digest, or the kind of a secret.
_PSEUDONYM = re.compile(
    r"\b(?P<name>[a-z]+(?:_[a-z]+)*)_[0-9a-f]{12,}\b"
    rf"|\[(?P<word>secret|removed|{'|'.join(CLASSES)})(?::(?P<detail>[\w-]+))?\]"
)
_TOKEN = re.compile(rf"(?:{_PSEUDONYM.pattern})|[A-Za-z0-9]+|.", re.DOTALL)
_NAMES = {"email": "mail", "address": "ipv4", "removed": "secret"}
_ADDRESS = re.compile(r"[a-z]?[\d.]+")
# Pseudonyms with the form of what they replace.
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,29}")
_PHONE = re.compile(r"\+?[0-9]{1,3}00[0-9]{10}")
_ADDRESS6 = re.compile(r"[0-9a-fA-F.]*:[0-9a-fA-F:.]*")
# Words of made-up values that say nothing about them alone.
_COMMON = {"example", "mail", "test", "internal", "local", "corp", "intra", "home", "arpa", "prod", "stage"}
_FRAGMENT = 4
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Found:
    """A labelled value, and what the export wrote instead of it."""

    kind: str
    value: str
    written: str

    @property
    def is_gone(self) -> bool:
        """Whether nothing of the value is left that tells it."""
        return _is_gone(self.kind, self.value, self.written)

    @property
    def is_changed(self) -> bool:
        """Whether the export replaced something of it."""
        return self.value not in self.written


@dataclass(frozen=True, slots=True)
class Damage:
    """A piece of text that had to stay, and what the export wrote instead: `kind` is what it took it for."""

    kind: str
    text: str
    written: str


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of a text."""

    found: tuple[Found, ...]
    damage: tuple[Damage, ...]


def compare(labelled: Text, written: str) -> Compared:
    """Return what became of the values and of the rest of a text in what the export wrote for it."""
    spans = [span for span in labelled.spans if span.kind != KEEP]
    pieces = _by_literals(labelled.text, spans, written)
    if pieces is None:
        pieces, damage = _by_difference(labelled.text, spans, written)
    else:
        damage = []
    found = [
        Found(span.kind, labelled.text[span.start : span.end], piece)
        for span, piece in zip(spans, pieces, strict=True)
        if span.kind != ANY
    ]
    return Compared(tuple(found), tuple(damage))


def _by_literals(text: str, spans: list[Span], written: str) -> list[str] | None:
    """Return what stands for each value if all text between them is as it was.

    Values without text between them are one piece: what stands for all of them stands for each.
    """
    pattern, groups, at = [], [0] * len(spans), -1
    for number, span in enumerate(spans):
        if number == 0 or span.start > at:
            pattern += [re.escape(text[max(at, 0) : span.start]), "(.*?)"]
            groups[number] = groups[number - 1] + 1 if number else 1
        else:
            groups[number] = groups[number - 1]
        at = span.end
    pattern.append(re.escape(text[max(at, 0) :]))
    match = re.fullmatch("".join(pattern), written, re.DOTALL)
    return None if match is None else [match[group] for group in groups]


def _by_difference(text: str, spans: list[Span], written: str) -> tuple[list[str], list[Damage]]:
    before, after = _tokens(text), _tokens(written)
    starts = [0]
    for token in before:
        starts.append(starts[-1] + len(token))
    owners = [_owner(starts[at], spans) for at in range(len(before))]
    pieces = [""] * len(spans)
    damage: list[tuple[int, int, str]] = []
    for name, low, high, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if name == "equal":
            for at in range(low, high):
                if owners[at] is not None:
                    pieces[owners[at]] += before[at]
            continue
        replacement = "".join(after[first:last])
        touched = {owner for owner in owners[max(low, 0) : high] if owner is not None}
        if not touched and low == high:
            touched = {owner for owner in owners[max(low - 1, 0) : low + 1] if owner is not None}
        for owner in touched:
            pieces[owner] += replacement
        lost = [at for at in range(low, high) if owners[at] is None]
        is_word = any(before[at].isalnum() for at in lost)
        if is_word or not touched:
            damage.append((lost[0] if lost else low, lost[-1] + 1 if lost else low, replacement))
    return pieces, [_damage(before, *item) for item in _merged(before, damage)]


def _merged(tokens: tuple[str, ...], damage: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Yield damage with neighbours joined: without a space between them, they were taken for one value."""
    merged: list[tuple[int, int, str]] = []
    for low, high, replacement in damage:
        between = "".join(tokens[merged[-1][1] : low]) if merged else " "
        if merged and not re.search(r"\s", between) and len(between) < 8:
            start, _, earlier = merged.pop()
            merged.append((start, high, earlier + between + replacement))
        else:
            merged.append((low, high, replacement))
    yield from merged


def _damage(tokens: tuple[str, ...], low: int, high: int, replacement: str) -> Damage:
    return Damage(_taken_for(replacement), "".join(tokens[low:high]), replacement)


def _taken_for(replacement: str) -> str:
    """Return the class that a replacement stands for, or `other`."""
    match = _PSEUDONYM.search(replacement)
    if match is not None:
        for part in (match["detail"], match["name"], match["word"]):
            known = _NAMES.get(part, part)
            if known in CLASSES:
                return known
    for kind, pattern in (("iban", _IBAN), ("phone", _PHONE)):
        if pattern.fullmatch(replacement):
            return kind
    if _ADDRESS.fullmatch(replacement):
        return "ipv4"
    return "ipv6" if _ADDRESS6.fullmatch(replacement) else "other"


def _owner(start: int, spans: list[Span]) -> int | None:
    for at, span in enumerate(spans):
        if span.start <= start < span.end:
            return at
    return None


@lru_cache(maxsize=4096)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(match[0] for match in _TOKEN.finditer(text))


def _is_gone(kind: str, value: str, written: str) -> bool:
    value, written = value.lower(), written.lower()
    if value in written:
        return False
    if kind in ("ipv4", "ipv6"):
        return True
    rest = _PSEUDONYM.sub(" ", written)
    if kind in ("card", "iban", "phone", "national_id", "mac"):
        known, left = (re.sub(r"[^0-9a-z]", "", part) for part in (value, rest))
        return known[-_DIGITS:] not in left
    words = re.findall(rf"[^\W_]{{{_FRAGMENT},}}", value)
    return not any(word in rest for word in words if word not in _COMMON)
