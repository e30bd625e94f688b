"""Finds the users in columns and in JSON whose names say that users stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lumber.privacy.addresses import parse
from lumber.privacy.json_values import walk_json
from lumber.privacy.own_rules import ColumnAction
from lumber.privacy.pseudonyms import is_replacement

LONGEST = 64
_LETTER = re.compile(r"[^\W\d_]")
# One to four words of a name, a domain of Windows before it.
_NAME = re.compile(r"(?:[\w.-]{1,64}\\{1,2})?(?P<user>[\w.'+-]+(?: [\w.'+-]+){0,3}\$?)")


def names_of(value: str) -> Iterator[str]:
    """Yield the name in the value of a user field; nothing for an address, a number or a sentence."""
    match = _NAME.fullmatch(value.strip())
    if match is None or len(name := match["user"]) > LONGEST:
        return
    if _LETTER.search(name) and parse(name) is None and not is_replacement(name):
        yield name


def users_in_json(text: str) -> list[str]:
    """Return the values of the fields of users in JSON."""
    visitor = _Users()
    walk_json(text, visitor)
    return visitor.found


class _Users:
    """Notes the users, and replaces nothing."""

    has_paths = False

    def __init__(self) -> None:
        self.found: list[str] = []

    def user(self, text: str) -> str:
        """Note a user."""
        self.found.append(text)
        return text

    def _same(self, text: str) -> str:
        return text

    key = text = host = number = _same

    def named(self, name: str, text: str) -> str:
        """Return the number."""
        return text

    told = secret = named

    def action(self, path: tuple[str, ...]) -> ColumnAction | None:
        """Return None: no path has a rule."""
        return None

    def at_path(self, path: tuple[str, ...], action: ColumnAction, value: Any) -> Any:
        """Return the value."""
        return value
