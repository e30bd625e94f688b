"""A pattern for lines: checked, compiled once to prove that it can be, and then frozen."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from lumber.errors import ConfigError, FieldProblem
from lumber.ingest.patterns.names import TIME_FORMS
from lumber.ingest.patterns.scan import Element, Group, PatternError, Scan, scan
from lumber.text import counted

LONGEST_PATTERN = 4_000
MOST_GROUPS = 100
# Polars reports all groups as null if a line doesn't match, and also if each optional group is absent.
END_MARK = "end_of_line_reached"
_FORM = "give each a name as in (?P<level>[A-Z]+) or %{LOGLEVEL:level}"
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_CARET = re.compile(r"\n    (?P<text>.*)\n    (?P<caret> *\^+).*\nerror: (?P<message>.*)", re.DOTALL)
_ADVICE = {
    "look-around": "look-around, such as (?=...), is not supported: no engine matches it in linear time. "
    "Match the text itself",
    "backreferences": r"backreferences, such as \1, are not supported: no engine matches them in linear time",
    "unrecognized flag": "this kind of group is not supported: write (?:...) for a group without a name",
}


@dataclass(frozen=True, slots=True)
class LinePattern:
    """A pattern: its text, its regular expression for a whole line, and the groups that make fields.

    `elements` are the parts of `inner`, the expression without its anchors; none if it is a choice.
    """

    text: str
    inner: str
    groups: tuple[Group, ...]
    elements: tuple[Element, ...]

    @classmethod
    def parse(cls, text: str) -> LinePattern:
        """Return the pattern. Raises ConfigError, whose problem has the position in the text."""
        if len(text) > LONGEST_PATTERN:
            raise _wrong(text[:80], f"is longer than {counted(LONGEST_PATTERN, 'character')}", None)
        if found := _CONTROL.search(text):
            raise _wrong(text, "has a control character: a pattern is one line of text", found.start())
        try:
            scanned = scan(text)
        except PatternError as error:
            raise _wrong(text, str(error), error.position) from None
        if len(scanned.groups) > MOST_GROUPS:
            message = f"has more than {counted(MOST_GROUPS, 'named group')}"
            raise _wrong(text, message, scanned.groups[MOST_GROUPS].position)
        _compile(scanned)
        if not scanned.groups:
            raise _wrong(text, f"names no field: {_FORM}", None)
        return cls(text, scanned.expression, tuple(scanned.groups), tuple(scanned.elements))

    @property
    def expression(self) -> str:
        """The regular expression, which matches whole lines only."""
        return f"^(?:{self.inner})(?P<{END_MARK}>)$"

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields."""
        return tuple(group.field for group in self.groups)

    def time_form_of(self, field: str) -> str | None:
        """Return the form of the times that a field has, if its reference tells it."""
        found = (group.reference for group in self.groups if group.field.lower() == field.lower())
        return TIME_FORMS.get(next(found, None) or "")


def _compile(scanned: Scan) -> None:
    """Raise ConfigError unless the engine takes the expression, alone and between anchors."""
    for expression in (scanned.expression, f"^(?:{scanned.expression})(?P<{END_MARK}>)$"):
        try:
            pl.Series([""]).str.extract_groups(expression)
        except pl.exceptions.ComputeError as error:
            raise _explained(scanned, expression, str(error)) from None


def _explained(scanned: Scan, expression: str, said: str) -> ConfigError:
    """Return the error of the engine, in words that help, and its place in the pattern."""
    if "size limit" in said:
        message = "is too large when compiled: use smaller counts in {...}, or [0-9A-Za-z_] for \\w"
        return _wrong(scanned.text, message, None)
    found = _CARET.search(said)
    message = found["message"].strip().splitlines()[0] if found else said.strip().splitlines()[-1]
    advice = next((text for start, text in _ADVICE.items() if start in message), message)
    if expression != scanned.expression:
        return _wrong(
            scanned.text, f"can't match a whole line: {advice}. Does a comment of (?x) end it?", None
        )
    return _wrong(
        scanned.text, advice, scanned.position_of(len(found["caret"].rstrip("^"))) if found else None
    )


def _wrong(text: str, message: str, position: int | None) -> ConfigError:
    return ConfigError([FieldProblem("pattern", text, message, position=position)])
