"""What the quality report counts in other tables: how frequent templates are, and how long sequences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

# Lengths from here on are counted in classes: 8 for each doubling.
_EXACT = 16


def template_counts(counts: Iterable[int | None]) -> dict[str, Any]:
    """Return how many templates, and how many rows with them, there are in each class of frequency.

    Classes are 1, 2 to 9, 10 to 99 and so on. A template whose rows aren't known counts as `uncounted`.
    """
    templates: Counter[int] = Counter()
    rows: Counter[int] = Counter()
    uncounted = 0
    for count in counts:
        if count is None:
            uncounted += 1
        else:
            place = 0 if count < 2 else len(str(count))
            templates[place] += 1
            rows[place] += count
    return {
        "templates": sum(templates.values()) + uncounted,
        "uncounted": uncounted,
        "by_rows": [
            {
                "from": max(2, 10 ** (place - 1)) if place else 1,
                "to": 10**place - 1 if place else 1,
                "templates": templates[place],
                "rows": rows[place],
            }
            for place in sorted(templates)
        ],
    }


def length_class(length: int) -> tuple[int, int]:
    """Return the smallest and the largest length that is counted together with this one."""
    if length < _EXACT:
        return length, length
    shift = length.bit_length() - 4
    smallest = (length >> shift) << shift
    return smallest, smallest + (1 << shift) - 1


def sequence_counts(lengths: Mapping[int, int]) -> dict[str, Any]:
    """Return the sequences by their number of events; `lengths` has how many of each there are."""
    by_length: Counter[tuple[int, int]] = Counter()
    for length, sequences in lengths.items():
        by_length[length_class(length)] += sequences
    return {
        "sequences": sum(lengths.values()),
        "events": sum(length * sequences for length, sequences in lengths.items()),
        "shortest": min(lengths, default=None),
        "longest": max(lengths, default=None),
        "by_length": [
            {"from": smallest, "to": largest, "sequences": by_length[smallest, largest]}
            for smallest, largest in sorted(by_length)
        ],
    }
