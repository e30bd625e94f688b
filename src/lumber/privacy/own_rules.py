"""The owner's own rules: what is never replaced, what always is, and what becomes of whole columns.

Patterns have the syntax of Rust's `regex`, which Polars has: it takes linear time, whatever the pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import polars as pl

from lumber.privacy.found import OWN, Detector, Found

# Longest text of a pattern, and most rules of a kind.
MAX_PATTERN = 1_000
MAX_RULES = 1_000
# Signs for private use, which mark what a pattern matches; a text with them is cut there.
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"
_MARKED = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*+){_CLOSE}")
_MAX_KNOWN = 65_536
# In a path: a field of any name.
ANY_NAME = "*"
_MAX_KNOWN_CHARACTERS = 256
# Tokens and placeholders, of which a pattern may match a part.
_REPLACED = re.compile(r"[a-z][a-z0-9_]{1,40}_[0-9a-f]{16}|\[(?:address|removed|secret:[a-z0-9_]++)\]")


class ColumnAction(StrEnum):
    """What becomes of all values of a column, or at a path of JSON."""

    KEEP = "keep"  # as they are, also where they would be found
    DROP = "drop"  # null, or `[removed]` in a column that can't be null; no field in JSON
    TOKEN = "token"  # one token for each different value


@dataclass(frozen=True, slots=True)
class Match:
    """A value in any case, or a pattern in the syntax of Rust's `regex`."""

    value: str | None = None
    pattern: str | None = None

    @property
    def expression(self) -> str:
        """What it matches, in the syntax of Rust's `regex`. A value has no letter or digit beside it."""
        if self.pattern is not None:
            return f"(?:{self.pattern})"
        value = self.value or ""
        before = r"\b" if value[:1].isalnum() else ""
        after = r"\b" if value[-1:].isalnum() else ""
        return f"(?i:{before}{escaped(value)}{after})"


@dataclass(frozen=True, slots=True)
class Deny:
    """What is always replaced, and the type that its pseudonyms show."""

    match: Match
    type: str


@dataclass(frozen=True, slots=True)
class OwnRules:
    """All rules of one export. Picklable for worker processes."""

    allow: tuple[Match, ...] = ()
    deny: tuple[Deny, ...] = ()
    columns: tuple[tuple[str, ColumnAction], ...] = ()
    json_paths: tuple[tuple[str, ColumnAction], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.allow or self.deny or self.columns or self.json_paths)

    @property
    def names_values(self) -> bool:
        """Whether a rule is about values, and so may depend on any digit in a text."""
        return bool(self.allow or self.deny)

    def allows(self, text: str) -> bool:
        """Return whether a whole value is never replaced."""
        return bool(self.allow) and _is_whole(text, tuple(each.expression for each in self.allow))

    def action(self, kind: str, column: str) -> ColumnAction | None:
        """Return what becomes of a column of a kind: `logs.device_id`, or `device_id` of every kind."""
        found = dict(self.columns)
        return found.get(f"{kind}.{column}", found.get(column))

    @property
    def needs_key(self) -> bool:
        """Whether a rule makes tokens."""
        return bool(self.deny) or any(
            action is ColumnAction.TOKEN for _, action in (*self.columns, *self.json_paths)
        )

    @property
    def kept_columns(self) -> tuple[str, ...]:
        """The columns that stay as they are."""
        return tuple(name for name, action in self.columns if action is ColumnAction.KEEP)

    @property
    def kept_paths(self) -> tuple[str, ...]:
        """The paths in JSON whose values stay as they are."""
        return tuple(path for path, action in self.json_paths if action is ColumnAction.KEEP)

    def action_at(self, path: tuple[str, ...]) -> ColumnAction | None:
        """Return what becomes of the value at a path of names of fields; lists have no part in it."""
        return _action_at(self.json_paths, path)

    def keeps(self, kind: str, column: str) -> bool:
        """Return whether a column of a kind stays as it is."""
        return self.action(kind, column) is ColumnAction.KEEP

    def detectors(self) -> list[Detector]:
        """Return what finds the values that are always replaced."""
        return [_detector(deny) for deny in self.deny]

    @property
    def maybe(self) -> str:
        """A pattern in the syntax of Polars that every text with such a value matches."""
        return "|".join(deny.match.expression for deny in self.deny)

    @property
    def maybe_json(self) -> str:
        """A pattern in the syntax of Polars that every JSON text with one of the paths matches."""
        names = {path.rpartition(".")[2] for path, _ in self.json_paths}
        return "|".join(
            r"\{" if name == ANY_NAME or not name.isascii() else _quoted(name) for name in sorted(names)
        )


def _quoted(name: str) -> str:
    # JSON may write any letter as an escape.
    return rf'"{escaped(name)}"|\\u'


@lru_cache(maxsize=_MAX_KNOWN)
def _action_at(paths: tuple[tuple[str, ColumnAction], ...], path: tuple[str, ...]) -> ColumnAction | None:
    for text, action in paths:
        names = text.split(".")
        if len(names) == len(path) and all(
            name in (ANY_NAME, key) for name, key in zip(names, path, strict=True)
        ):
            return action
    return None


def escaped(value: str) -> str:
    """Return a pattern that matches a text as it is, in the syntax of Rust's `regex`."""
    return "".join([char if char.isalnum() or ord(char) > 127 else f"\\x{ord(char):02x}" for char in value])


def problem_of(pattern: str) -> str | None:
    """Return why a text is no pattern, in one line; None if it is one."""
    try:
        for expression in (pattern, f"(?:{pattern})"):
            pl.Series([""]).str.contains(expression, strict=True)
    except pl.exceptions.ComputeError as error:
        # Polars adds in which of its expressions the pattern stood.
        said = str(error).partition("This error occurred")[0]
        return " ".join(said.split())[:200]
    return None


def is_match(match: Match, text: str, *, is_whole: bool = False) -> bool:
    """Return whether a text contains what a rule matches, or with `is_whole` is that."""
    expression = f"^(?:{match.expression})$" if is_whole else match.expression
    return bool(pl.Series([text]).str.contains(expression)[0])


def spans(expression: str, text: str) -> list[tuple[int, int]]:
    """Return where an expression matches a text: disjoint, not empty, in order."""
    found: list[tuple[int, int]] = []
    at = 0
    for part in re.split(f"[{_OPEN}{_CLOSE}]", text):
        marked = pl.Series([part]).str.replace_all(expression, f"{_OPEN}${{0}}{_CLOSE}")[0]
        for number, match in enumerate(_MARKED.finditer(marked)):
            start = at + match.start() - 2 * number
            if match[1]:
                found.append((start, start + len(match[1])))
        at += len(part) + 1
    return found


def _detector(deny: Deny) -> Detector:
    expression = deny.match.expression

    def detect(text: str, start: int, end: int) -> Iterator[Found]:
        replaced = [match.span() for match in _REPLACED.finditer(text, start, end)]
        for first, last in _known_spans(expression, text[start:end]):
            if any(begin <= start + first and start + last <= stop for begin, stop in replaced):
                continue
            yield Found(start + first, start + last, OWN + deny.type, text[start + first : start + last])

    return detect


@lru_cache(maxsize=_MAX_KNOWN)
def _is_whole(text: str, expressions: tuple[str, ...]) -> bool:
    series = pl.Series([text])
    return any(series.str.contains(f"^(?:{each})$")[0] for each in expressions)


@lru_cache(maxsize=_MAX_KNOWN)
def _short_spans(expression: str, text: str) -> Sequence[tuple[int, int]]:
    return spans(expression, text)


def _known_spans(expression: str, text: str) -> Sequence[tuple[int, int]]:
    return _short_spans(expression, text) if len(text) <= _MAX_KNOWN_CHARACTERS else spans(expression, text)
