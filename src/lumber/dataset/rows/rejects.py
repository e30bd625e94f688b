"""Rejected rows of a data type, a page at a time. The place of one is the byte of its line in the file."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import orjson

from lumber.errors import ConfigError, DatasetDamaged, FieldProblem
from lumber.steps.validate import REJECT_SCHEMA

_MOST_LINE_BYTES = 16 * 1024 * 1024
_LINES_PER_CHECK = 500


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A rejected row: its place, the rule that it broke, and the value that broke it, cut if it is long."""

    place: int
    id: Any
    rule: str
    column: str
    value: str | None
    reason: str
    is_cut: bool


@dataclass(slots=True)
class RejectLook:
    """Rejected rows, how many were looked at, and the place to go on from; None: that was all."""

    rows: list[RejectedRow] = field(default_factory=list)
    looked: int = 0
    next: int | None = None


def look_at_rejects(
    file: BinaryIO,
    place: int,
    limit: int,
    *,
    rule: str | None = None,
    search: str | None = None,
    seconds: float,
    most_characters: int,
    now: Callable[[], float] = time.monotonic,
) -> RejectLook:
    """Return rejected rows from a byte on: those that broke `rule` (`column.rule`) and have a text somewhere.

    After `seconds` it stops, and `next` says where to look further. Raises ConfigError if no row begins at
    the byte, and DatasetDamaged.
    """
    _require_begin(file, place)
    found = RejectLook()
    end = now() + seconds
    wanted = None if search is None else search.lower()
    at = place
    while line := file.readline(_MOST_LINE_BYTES):
        row = _row(line, at, most_characters)
        at += len(line)
        found.looked += 1
        is_wanted = rule in (None, f"{row.column}.{row.rule}") and (wanted is None or _has(line, wanted))
        if is_wanted:
            found.rows.append(row)
        is_late = found.looked % _LINES_PER_CHECK == 0 and now() >= end
        if len(found.rows) == limit or is_late:
            found.next = at if file.read(1) else None
            break
    return found


def rejects_of_row(file: BinaryIO, row_id: int, *, most_characters: int) -> list[RejectedRow]:
    """Return what was wrong with the row of an id; nothing if it wasn't rejected. Raises DatasetDamaged."""
    found = []
    at, digits = 0, str(row_id).encode()
    while line := file.readline(_MOST_LINE_BYTES):
        if digits in line:
            row = _row(line, at, most_characters)
            if row.id == row_id:
                found.append(row)
        at += len(line)
    return found


def _require_begin(file: BinaryIO, place: int) -> None:
    if place:
        file.seek(place - 1)
        if file.read(1) != b"\n" or not file.read(1):
            message = "no rejected row begins at this byte. Take `next` of the page before"
            raise ConfigError([FieldProblem("place", place, message)])
    file.seek(place)


def _row(line: bytes, at: int, most_characters: int) -> RejectedRow:
    try:
        row = orjson.loads(line)
        if not isinstance(row, dict) or not row.keys() >= set(REJECT_SCHEMA):
            raise ValueError(f"it is not an object of {', '.join(REJECT_SCHEMA)}")
    except ValueError as error:
        raise DatasetDamaged(f"The rejected row at byte {at:,} can't be read: {error}.") from None
    value = None if row["value"] is None else str(row["value"])
    is_cut = value is not None and len(value) > most_characters
    return RejectedRow(
        at,
        row["id"],
        str(row["rule"]),
        str(row["column"]),
        value[:most_characters] if is_cut and value is not None else value,
        str(row["reason"])[:most_characters],
        is_cut,
    )


def _has(line: bytes, text: str) -> bool:
    values = orjson.loads(line).values()
    return any(text in str(value).lower() for value in values)
