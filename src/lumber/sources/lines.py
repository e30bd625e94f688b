"""Finds the line of each field of a mapping, and names that are like a wrong one."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any

from lumber.errors import FieldProblem


class Lines:
    """Finds the line of each field of a TOML text, which its parser doesn't tell."""

    def __init__(self, text: str) -> None:
        self._numbers: dict[str, int] = {}
        section = ""
        for number, line in enumerate(text.splitlines(), start=1):
            if found := re.match(r"\s*\[([^\[\]]+)\]\s*(#.*)?$", line):
                section = f"{found[1].strip()}."
                self._numbers.setdefault(found[1].strip(), number)
                self._numbers.setdefault(found[1].strip().split(".", 1)[0], number)
            elif found := re.match(r"""\s*(?:"([^"]+)"|'([^']+)'|([A-Za-z0-9_.-]+))\s*=""", line):
                self._numbers.setdefault(section + (found[1] or found[2] or found[3]), number)

    def problem(self, field: str, value: Any, message: str, allowed: tuple[str, ...] = ()) -> FieldProblem:
        """Return a problem whose message begins with the line of its field."""
        parts = field.split(".")
        places = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
        number = next((self._numbers[place] for place in places if place in self._numbers), None)
        return FieldProblem(field, value, message if number is None else f"line {number}: {message}", allowed)


def nearest(name: str, known: tuple[str, ...]) -> str:
    """Return a hint at the known name that is most like this one; empty without any."""
    lowered = {each.lower(): each for each in known}
    found = get_close_matches(name.lower(), lowered, 1, 0.6)
    return f": do you mean {str(lowered[found[0]])!r}?" if found else ""
