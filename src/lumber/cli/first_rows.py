"""The first rows of a dry run: a table if it fits the terminal, or else lines of field and value."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from lumber.catalog.registry import get_kind
from lumber.cli.exports.printing import print_rows
from lumber.cli.output import Output, printable
from lumber.text import counted

# Rows as lines are long: more of them would push the rest off the screen.
_MOST_AS_LINES = 5
_CELL_CHARACTERS = 60
_VALUE_CHARACTERS = 600
_NARROWEST = 20
_GAP = 2
_CUT = "\N{HORIZONTAL ELLIPSIS}"

Row = dict[str, Any]


def show_rows(output: Output, kind: str, source: str, rows: Sequence[Row]) -> None:
    """Print the first rows of a source without columns that are always null, and without the raw line."""
    raw = "raw_message" if get_kind(kind).message_column else None
    names = [name for name in (rows[0] if rows else ()) if name != raw]
    names = [name for name in names if any(row[name] is not None for row in rows)]
    if not names:
        return
    texts = [[_text(row[name]) for name in names] for row in rows]
    cells = [[_cell(text) for text in row] for row in texts]
    widths = [max(map(cell_len, column)) for column in zip(names, *cells, strict=True)]
    if sum(widths) + _GAP * (len(widths) - 1) <= output.console.width:
        output.say(f"{source}: {_first(len(rows))} as stored:")
        print_rows(output, names, cells)
        return
    shown = texts[:_MOST_AS_LINES]
    output.say(f"{source}: {_first(len(shown))} as stored:")
    for number, row in enumerate(shown, start=1):
        output.say(f"[bold]row {number}[/]")
        _say_fields(output, names, row)


def _first(count: int) -> str:
    return "the first row" if count == 1 else f"the first {counted(count, 'row')}"


def _say_fields(output: Output, names: Sequence[str], texts: Sequence[str]) -> None:
    label = max(map(len, names))
    width = max(_NARROWEST, output.console.width - label - 2 * _GAP)
    indent = " " * _GAP
    for name, text in zip(names, texts, strict=True):
        if not text:
            continue
        cut = text if len(text) <= _VALUE_CHARACTERS else f"{text[: _VALUE_CHARACTERS - 1]}{_CUT}"
        for place, line in enumerate(_folded(output, cut, width)):
            output.say(f"{indent}{'' if place else name:<{label}}{indent}{printable(line)}")


def _folded(output: Output, text: str, width: int) -> list[str]:
    """Return a text in lines of at most `width` cells, divided between words if possible."""
    lines = Text(text.expandtabs(4)).wrap(output.console, width, overflow="fold", no_wrap=False)
    return [line.plain.rstrip() for line in lines]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _cell(text: str) -> str:
    """Return the first line of a text, with an ellipsis if there is more."""
    first, _, rest = text.expandtabs(4).partition("\n")
    return f"{first[: _CELL_CHARACTERS - 1]}{_CUT}" if rest or len(first) > _CELL_CHARACTERS else first
