"""Says where a pattern stopped matching a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from lumber.ingest.patterns.pattern import LinePattern

NO_MATCH = "does not match the pattern"
_SHOWN = 40
_CUT = "\N{HORIZONTAL ELLIPSIS}"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """How far a line matches, in characters, and the part of the pattern that doesn't.

    `start` and `end` are places in the pattern's text. None: the pattern is a choice, of which no part fits,
    or it ends before the line.
    """

    matched: int
    start: int | None = None
    end: int | None = None
    is_past_end: bool = False


def mismatches(pattern: LinePattern, lines: Sequence[str]) -> list[Mismatch]:
    """Return where the pattern stops matching each of the lines, none of which it matches.

    The longest beginning of the pattern that matches the beginning of a line is found by bisection: if a
    beginning doesn't match, no longer one does.
    """
    found: list[Mismatch] = [Mismatch(0)] * len(lines)
    count = len(pattern.elements)
    # Of the lines at `places`, `low` elements match and `high + 1` don't; `ends` is how far `low` ones go.
    open_: list[tuple[int, int, list[int], list[int]]] = [
        (0, count, list(range(len(lines))), [0] * len(lines))
    ]
    while open_:
        low, high, places, ends = open_.pop()
        if low == high:
            for place, end in zip(places, ends, strict=True):
                found[place] = _mismatch(pattern, low, end)
            continue
        middle = (low + high + 1) // 2
        lengths = _lengths(pattern, middle, [lines[place] for place in places])
        shorter = [(p, e) for p, e, length in zip(places, ends, lengths, strict=True) if length is None]
        longer = [(p, length) for p, length in zip(places, lengths, strict=True) if length is not None]
        for lowest, highest, part in ((low, middle - 1, shorter), (middle, high, longer)):
            if part:
                open_.append((lowest, highest, [p for p, _ in part], [e for _, e in part]))
    return found


def reason_of(pattern: LinePattern, line: str, where: Mismatch) -> str:
    """Return the reason why a line is rejected."""
    before, after = line[: where.matched], line[where.matched :]
    matched = f"{_CUT}{before[-_SHOWN:]}" if len(before) > _SHOWN else before
    rest = f"{after[:_SHOWN]}{_CUT}" if len(after) > _SHOWN else after
    if where.is_past_end:
        return f"{NO_MATCH}: the pattern ends before {rest!r}"
    if where.start is None or where.end is None:
        return NO_MATCH
    wanted = pattern.text[where.start : where.end]
    wanted = f"{wanted[:_SHOWN]}{_CUT}" if len(wanted) > _SHOWN else wanted
    wanted = repr(wanted) if wanted.isspace() else wanted
    begun = f" after {matched!r}" if matched else ""
    met = f"found {rest!r}" if rest else "the line ends"
    return f"{NO_MATCH}{begun}: expected {wanted} (column {where.start + 1}), {met}"


def _lengths(pattern: LinePattern, count: int, lines: list[str]) -> list[int | None]:
    """Return how many characters of each line the first elements match; None if they don't."""
    inner = pattern.inner[: pattern.elements[count - 1].expression_end]
    matched = pl.Series(lines, dtype=pl.String).str.extract(f"^((?:{inner}))", 1)
    return matched.str.len_chars().to_list()


def _mismatch(pattern: LinePattern, low: int, end: int) -> Mismatch:
    if not pattern.elements:
        return Mismatch(0)
    if low == len(pattern.elements):
        return Mismatch(end, is_past_end=True)
    wanted = pattern.elements[low]
    return Mismatch(end, wanted.start, wanted.end)
