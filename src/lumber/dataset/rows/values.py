"""Rows as JSON values for a person to look at: long texts are cut."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from lumber.formats.text_shard import times_as_text

# Larger integers are another number in a browser.
LARGEST_EXACT = 2**53 - 1


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row: its place, its split and file, its values by column, and the columns whose texts are cut."""

    place: int
    split: str
    file: str
    values: dict[str, Any]
    cut: list[str]


def shown_values(frame: pl.DataFrame, most_characters: int) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Yield the values of each row, and the names of columns whose text was cut.

    Times are text in UTC with microseconds. Numbers that JSON or a browser can't hold exactly are text.
    """
    for row in times_as_text(frame).iter_rows(named=True):
        cut = []
        for name, value in row.items():
            shown = _shown(value)
            if isinstance(shown, str) and len(shown) > most_characters:
                shown = shown[:most_characters]
                cut.append(name)
            row[name] = shown
        yield row, cut


def _shown(value: Any) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= LARGEST_EXACT else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    # Lists and everything that other packages may add.
    return str(value)
