"""Looks for a row in a finished dataset by its id: among the rejects, and in the files."""

from __future__ import annotations

import time
from collections.abc import Callable

import polars as pl

from lumber.catalog.registry import all_kinds
from lumber.dataset.rows.rejects import rejects_of_row
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.explaining.explanation import BrokenRule, Explanation, Outcome
from lumber.exports.viewing import ViewedDataset
from lumber.files.expansion import ReadLimits
from lumber.text import counted

_BATCH_ROWS = 65_536
_CHARACTERS = 500


def find_in_dataset(
    viewed: ViewedDataset,
    kind: str,
    row: int,
    place: int,
    *,
    limits: ReadLimits,
    seconds: float,
    now: Callable[[], float] = time.monotonic,
) -> Explanation | None:
    """Return where a row is in the dataset, from a place on; None: it is neither written nor rejected.

    After `seconds` it stops: `next` is the place to look further. Raises ConfigError if the files don't have
    the ids of rows, and DatasetDamaged.
    """
    end = now() + seconds
    table = viewed.table(kind, None)
    rejected = _rejected(viewed, kind, row) if place == 0 else None
    if rejected is not None:
        return rejected
    name = _id_column(kind)
    if name not in table.column_names:
        message = f"this export doesn't write the column {name!r} of {kind}, so its rows can't be told apart"
        raise ConfigError([FieldProblem("kind", kind, message)])
    for placed in viewed.reader(table, limits).from_place(place, (name,), _BATCH_ROWS):
        ids = pl.Series(pl.from_arrow(placed.batch.column(name)))
        found = (ids == row).arg_true()
        if len(found):
            at = placed.place + int(found[0])
            split, path = placed.file.name.split, placed.file.path
            text = f"Written to the split {split}, row {at + 1:,} of {kind}, in {path}."
            return Explanation(
                kind=kind, row=row, outcome=Outcome.WRITTEN, text=text, split=split, file=path, place=at
            )
        following = placed.place + len(ids)
        if now() >= end and following < table.rows:
            text = f"Not among the first {counted(following, 'row')} of {table.rows:,}. Look further."
            return Explanation(kind=kind, row=row, outcome=Outcome.UNFINISHED, text=text, next=following)
    return None


def _rejected(viewed: ViewedDataset, kind: str, row: int) -> Explanation | None:
    rejects = viewed.rejects[kind]
    if rejects.size_bytes is None:
        return None
    with viewed.dataset.open(rejects.path, rejects.size_bytes) as file:
        found = rejects_of_row(file, row, most_characters=_CHARACTERS)
    if not found:
        return None
    rules = [
        BrokenRule(column=each.column, rule=each.rule, value=each.value, reason=each.reason) for each in found
    ]
    return Explanation(kind=kind, row=row, outcome=Outcome.REJECTED, text=rejected_text(rules), rules=rules)


def rejected_text(rules: list[BrokenRule]) -> str:
    """Say which rules a row broke."""
    named = ", ".join(f"{each.column}.{each.rule} ({each.reason})" for each in rules)
    return f"Rejected: it broke {counted(len(rules), 'rule')}, {named}."


def _id_column(kind: str) -> str:
    # What the mapping of a source declares may not be known any more; its ids are in a column of this name.
    known = all_kinds().get(kind)
    return "id" if known is None else known.id_column
