"""Tests a pattern with the first lines of a source, before anything is loaded."""

from __future__ import annotations

import polars as pl

from lumber.errors import IngestError
from lumber.ingest.blocks import BOM
from lumber.ingest.patterns.explain import mismatches
from lumber.ingest.patterns.pattern import LinePattern
from lumber.text import counted, excerpt

MOST_LINES = 100


def require_match(pattern: LinePattern, name: str, head: bytes) -> None:
    """Raise IngestError if none of the first lines of the source `name` matches the pattern.

    `head` is how the source begins. A last line without its end is not tested, unless it is the only one.
    """
    whole, _, last = head.removeprefix(BOM).decode(errors="replace").rpartition("\n")
    found = [line.removesuffix("\r") for line in (whole or last).split("\n")]
    lines = [(number, line) for number, line in enumerate(found, 1) if line.strip()][:MOST_LINES]
    if not lines or pl.Series([line for _, line in lines]).str.contains(pattern.expression).any():
        return
    number, line = lines[0]
    [where] = mismatches(pattern, [line])
    tried = f"None of the first {counted(len(lines), 'line')} of {name} matches"
    if len(lines) == 1:
        tried = f"The line of {name} doesn't match"
    text = f"{tried} the pattern, so nothing was loaded."
    text += f" Line {number} stops matching at column {where.matched + 1}:\n{excerpt(line, where.matched)}"
    if where.is_past_end:
        text += "\nThe pattern ends there. Add %{GREEDYDATA} or .* to match the rest."
    elif where.start is not None:
        text += f"\nThere it has to match this part of the pattern:\n{excerpt(pattern.text, where.start)}"
    raise IngestError(text)
