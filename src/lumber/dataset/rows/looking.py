"""A page of rows from a place on, with a limit on the time to look for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import polars as pl

from lumber.dataset.rows.conditions import Conditions
from lumber.dataset.rows.reader import PAGE_BATCH_ROWS, Placed, RowReader
from lumber.dataset.rows.values import ShownRow, shown_values

# Texts are scanned much faster in larger batches.
_SEARCH_BATCH_ROWS = 16_384


@dataclass(slots=True)
class Look:
    """Rows that were found, in their order, and how far they were looked for.

    `looked` is the number of rows that were looked at. `next` is the place to go on from; None: that was all.
    """

    rows: list[ShownRow] = field(default_factory=list)
    looked: int = 0
    next: int | None = None


def look(
    reader: RowReader,
    conditions: Conditions,
    place: int,
    limit: int,
    *,
    seconds: float,
    most_characters: int,
    now: Callable[[], float] = time.monotonic,
) -> Look:
    """Return the rows at a place and after it that meet the conditions: at most `limit`.

    After `seconds` it stops at the end of a batch, and `next` says where to look further. Raises
    DatasetDamaged.
    """
    found = Look()
    end = now() + seconds
    total = reader.table.rows
    batch_rows = min(PAGE_BATCH_ROWS, max(limit, 64)) if conditions.is_empty else _SEARCH_BATCH_ROWS
    at = place
    for placed in reader.from_place(place, batch_rows=batch_rows):
        taken = _take(found, placed, conditions, limit, most_characters)
        at = placed.place + taken
        if len(found.rows) == limit or now() >= end:
            break
    found.looked = at - place
    found.next = at if at < total else None
    return found


def _take(found: Look, placed: Placed, conditions: Conditions, limit: int, most_characters: int) -> int:
    """Add the rows of a batch that meet the conditions; return how many rows were looked at."""
    frame = pl.from_arrow(placed.batch)
    assert isinstance(frame, pl.DataFrame)
    room = limit - len(found.rows)
    if conditions.is_empty:
        matching: Sequence[int] = range(frame.height)
    else:
        matching = conditions.matching(frame)
    numbers = matching[:room]
    file = placed.file
    for number, (values, cut) in zip(
        numbers, shown_values(frame[list(numbers)], most_characters), strict=True
    ):
        found.rows.append(ShownRow(placed.place + number, file.name.split, file.path, values, cut))
    return numbers[-1] + 1 if len(numbers) == room else frame.height
