"""What commands print: text for people, or exactly one JSON object with --json.

Log text comes from outside: `printable` removes its control characters before it reaches a terminal.
"""

from __future__ import annotations

import json
import math
import re
import sys
from typing import Any

from rich.console import Console
from rich.markup import RE_TAGS, escape
from rich.table import Table

from lumber.errors import ConfigError, LumberError, PolicyRefused
from lumber.text import excerpt

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: object) -> str:
    """Return text without control characters and Rich markup, safe to print on a terminal."""
    shown = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(text))
    escaped, at = "", 0
    for tag in RE_TAGS.finditer(shown):
        escaped += shown[at : tag.start()].replace("\\[", "\\\\[") + escape(tag[0])
        at = tag.end()
    # Rich reads a backslash before a bracket as an escape, also where no tag begins; `escape` leaves it.
    return escaped + escape(shown[at:].replace("\\[", "\\\\["))


def _finite(value: Any) -> Any:
    """Return a value that JSON can represent: NaN and infinities as text."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _json_text(value: dict[str, Any] | list[dict[str, Any]], encoding: str) -> str:
    """Return a value as JSON in `encoding`. A path may contain bytes that aren't text."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(value, default=str)
    return text


class Output:
    """Standard output of one command."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        # Otherwise Rich would show the `:up:` in a text from outside as a picture.
        self.console = Console(soft_wrap=True, highlight=False, emoji=False)
        self.errors = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)

    def result(self, value: dict[str, Any] | list[dict[str, Any]]) -> None:
        """Print the result as one JSON object; without --json do nothing."""
        if self.as_json:
            print(_json_text(value, sys.stdout.encoding))

    def say(self, text: str) -> None:
        """Print a line for people (Rich markup); with --json do nothing."""
        if not self.as_json:
            self.console.print(text)

    def table(self, table: Table) -> None:
        """Print a table for people; with --json do nothing."""
        if not self.as_json:
            self.console.print(table)

    def note(self, text: str) -> None:
        """Print a note for people on standard error, also with --json."""
        self.errors.print(text)

    def usage(self, message: str, help_command: str) -> None:
        """Print what is wrong with the command line, and which command shows help."""
        self.result({"error": {"code": "usage", "message": message, "retryable": False, "fields": []}})
        self.errors.print(f"[bold red]error:[/] {printable(message)}")
        self.errors.print(f"Try: {help_command}")

    def error(self, error: LumberError) -> None:
        """Print an error: text on standard error and, with --json, an object on standard output."""
        problems = error.problems if isinstance(error, ConfigError | PolicyRefused) else ()
        if self.as_json:
            described = [
                {
                    "field": p.field,
                    "value": _finite(p.value),
                    "message": p.message,
                    "allowed": list(p.allowed),
                    **({"position": p.position} if p.position is not None else {}),
                }
                for p in problems
            ]
            self.result(
                {
                    "error": {
                        "code": error.code,
                        "message": str(error),
                        "retryable": error.retryable,
                        "fields": described,
                    }
                }
            )
        lines = [str(p) for p in problems] or [str(error)]
        for line in lines:
            self.errors.print(f"[bold red]error:[/] {printable(line)}")
        for problem in problems:
            if problem.position is not None:
                self.errors.print(printable(excerpt(str(problem.value), problem.position)))
