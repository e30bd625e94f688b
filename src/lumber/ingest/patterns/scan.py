"""Reads the text of a pattern: its groups, its references, and the elements that it is a sequence of."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lumber.ingest.patterns.names import NAMES, expression_of

_DIGITS = re.compile(r"[+-]?[0-9]+")


def _whole(text: str) -> int:
    if not _DIGITS.fullmatch(text):
        raise ValueError
    return int(text)


def _real(text: str) -> float:
    number = float(text)
    if "_" in text or not math.isfinite(number):
        raise ValueError
    return number


TYPES: dict[str, Callable[[str], str | int | float]] = {"string": str, "int": _whole, "float": _real}
_GROUP = re.compile(r"\(\?P?<(?![=!])([^>]*)>")
_FLAGS = re.compile(r"\(\?[a-zA-Z-]*\)")
_REFERENCE = re.compile(r"%\{(?![0-9]+(?:,[0-9]*)?\})")
_QUANTIFIER = re.compile(r"(?:[*+?]|\{[0-9]*(?:,[0-9]*)?\})\??")
# An escape that takes a name or a number in braces.
_LONG_ESCAPE = re.compile(r"\\[pPxuUb]\{[^}]*\}")
# References get group names that no field has.
_OWN = "field_of_reference_"


class PatternError(ValueError):
    """The pattern is wrong at a place: `position` is the first character, from 0."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True, slots=True)
class Group:
    """A group that makes a field: its name in the regular expression, the field, and where it is written.

    `reference` is the name that a reference has, such as IP. `type` is that of the value.
    """

    name: str
    field: str
    position: int
    reference: str | None = None
    type: str = "string"


@dataclass(frozen=True, slots=True)
class Element:
    """A part of the pattern that others follow: its place in the text, and its end in the expression."""

    start: int
    end: int
    expression_end: int


@dataclass(slots=True)
class Scan:
    """The text of a pattern, read once.

    `expression` has references replaced. `elements` is empty if the pattern is a choice.
    """

    text: str
    expression: str = ""
    groups: list[Group] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    # Places in `expression`, each with the place in `text` that it came from.
    places: list[tuple[int, int]] = field(default_factory=list)

    def position_of(self, place: int) -> int:
        """Return the place in the text of a place in the expression."""
        at, written = max(item for item in [(0, 0), *self.places] if item[0] <= place)
        following = min((item[1] for item in self.places if item[0] > place), default=len(self.text))
        return min(written + place - at, max(following - 1, written))


def scan(text: str) -> Scan:
    """Return what a pattern consists of. Raises PatternError for what the engine would not explain.

    The syntax of the regular expression itself is left to the engine.
    """
    result = Scan(text)
    depth, at, begun, is_choice = 0, 0, 0, False
    while at < len(text):
        if depth == 0 and not _continues(result, text, at):
            begun = at
        result.places.append((len(result.expression), at))
        end, written = _next(result, text, at)
        # Flags such as `(?i)` open no group.
        opens = text[at] == "(" and text[end - 1] != ")"
        depth = max(0, depth + opens - (text[at] == ")"))
        is_choice |= text[at] == "|" and depth == 0
        result.expression += written
        at = end
        if depth == 0:
            _close(result, begun, at)
    if is_choice:
        result.elements = []
    return result


def _continues(result: Scan, text: str, at: int) -> bool:
    """Say whether what stands at `at` is a quantifier of the element before."""
    return bool(result.elements) and _QUANTIFIER.match(text, at) is not None


def _close(result: Scan, begun: int, end: int) -> None:
    if result.elements and result.elements[-1].start == begun:
        result.elements.pop()
    result.elements.append(Element(begun, end, len(result.expression)))


def _next(result: Scan, text: str, at: int) -> tuple[int, str]:
    """Return the end of what begins at `at`, and what the expression has for it."""
    if text[at] == "\\":
        found = _LONG_ESCAPE.match(text, at)
        end = found.end() if found else min(at + 2, len(text))
    elif text[at] == "[":
        end = _class_end(text, at)
    elif text[at] == "(":
        end = _group_end(result, text, at)
    elif _REFERENCE.match(text, at):
        return _referred(result, text, at)
    else:
        quantifier = _QUANTIFIER.match(text, at)
        end = quantifier.end() if quantifier else at + 1
    return end, text[at:end]


def _class_end(text: str, at: int) -> int:
    """Return the end of a class of characters, which may contain others. A bracket may be its first item."""
    start, depth = at, 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == "[":
            depth += 1
            first = at + 1 + text.startswith("^", at + 1)
            at += (first - at) if text.startswith("]", first) else 0
        elif text[at] == "]":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    raise PatternError("the class of characters that begins with '[' has no ']'", start)


def _group_end(result: Scan, text: str, at: int) -> int:
    """Return the end of the beginning of a group, such as `(?P<name>`, or of flags, such as `(?i)`."""
    if flags := _FLAGS.match(text, at):
        return flags.end()
    found = _GROUP.match(text, at)
    if found is None:
        return at + 1
    name = found[1]
    _add(result, Group(name, name, found.start(1)))
    return found.end()


def _add(result: Scan, group: Group) -> None:
    before = next((each for each in result.groups if each.field == group.field), None)
    if before is not None:
        raise PatternError(
            f"the name {group.field!r} is already given at column {before.position + 1}: each name can make "
            "one field",
            group.position,
        )
    result.groups.append(group)


def _referred(result: Scan, text: str, at: int) -> tuple[int, str]:
    end = text.find("}", at)
    if end < 0:
        raise PatternError("the reference that begins with '%{' has no '}'", at)
    name, *rest = text[at + 2 : end].split(":")
    expression = expression_of(name)
    if expression is None:
        raise PatternError(f"%{{{name}}} is not known{_suggested(name)}", at + 2)
    if len(rest) > 2:
        raise PatternError("a reference is %{NAME}, %{NAME:field} or %{NAME:field:int}", at)
    if not rest:
        return end + 1, expression
    written = at + 2 + len(name) + 1
    named = _dotted(rest[0])
    if not named:
        raise PatternError("the reference has no name of a field after ':'", written)
    type_ = rest[1] if len(rest) > 1 else "string"
    if type_ not in TYPES:
        raise PatternError(f"{type_!r} is not a type: choose {', '.join(TYPES)}", written + len(rest[0]) + 1)
    own = f"{_OWN}{len(result.groups)}"
    _add(result, Group(own, named, written, name, type_))
    return end + 1, f"(?P<{own}>{expression})"


def _dotted(name: str) -> str:
    """Return the name of a field; Logstash writes [log][level] for log.level."""
    parts = re.findall(r"\[([^\[\]]+)\]", name)
    return ".".join(parts) if parts and f"[{']['.join(parts)}]" == name else name.strip()


def _suggested(name: str) -> str:
    close = difflib.get_close_matches(name.upper(), NAMES, 3, 0.7)
    names = ", ".join(f"%{{{each}}}" for each in close)
    return f"; did you mean {names}?" if close else "; the names are in docs/formats.md"
