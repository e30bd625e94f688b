"""Rows in columns that are never cut off: an id or a path that ends in dots is of no use."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from rich.cells import cell_len

from lumber.cli.output import Output, printable


def print_rows(
    out: Output,
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Collection[str] = (),
    styles: Mapping[str, str] | None = None,
) -> None:
    """Print plain texts under the names of their columns. `styles` gives a text its Rich style."""
    widths = [max(map(cell_len, column)) for column in zip(names, *rows, strict=True)]
    for row in (names, *rows):
        cells = []
        for name, text, width in zip(names, row, widths, strict=True):
            style = "bold" if row is names else (styles or {}).get(text, "")
            shown = f"[{style}]{printable(text)}[/]" if style else printable(text)
            gap = " " * (width - cell_len(text))
            cells.append(gap + shown if name in right else shown + gap)
        out.say("  ".join(cells).rstrip())
