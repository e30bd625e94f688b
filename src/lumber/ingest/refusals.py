"""Finds the rows that the database refuses: a constraint, a trigger, a value that it can't store or index.

A driver's error rolls back a whole chunk. PostgreSQL's driver can't return to a savepoint after an error, so
every trial is a transaction that is rolled back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import adbc_driver_manager
import polars as pl

from lumber.errors import DatabaseError, IngestError
from lumber.ingest.rejects import Reject
from lumber.text import counted

# A rule that refuses so many rows of one chunk is not about single rows. To find each would take hours.
MAX_REFUSED = 1000
# Data exceptions, constraints, triggers that raise, and limits such as the size of an index entry.
_REFUSING_STATES = ("22", "23", "P0", "54")
_REFUSING = frozenset(
    {adbc_driver_manager.AdbcStatusCode.INTEGRITY, adbc_driver_manager.AdbcStatusCode.INVALID_DATA}
)

Store = Callable[[pl.DataFrame], None]


def refusal(error: BaseException) -> str | None:
    """Return the database's reason if it refused a row; None for locks, full disks and lost connections."""
    cause = error.__cause__
    if not isinstance(error, DatabaseError) or not isinstance(cause, adbc_driver_manager.Error):
        return None
    text = str(cause)
    is_refusal = (
        cause.sqlstate.startswith(_REFUSING_STATES)
        if cause.sqlstate
        else cause.status_code in _REFUSING or "too big" in text
    )
    return _reason(text) if is_refusal else None


def _reason(text: str) -> str:
    """Return the database's own words: without those of the driver, and without the row."""
    for mark in ("ERROR:", "failed to execute query:"):
        text = text.partition(mark)[2] or text
    return text.strip().splitlines()[0].strip()


def find_refused(rows: pl.DataFrame, store: Store, undo: Callable[[], None]) -> dict[int, str]:
    """Return the places of the refused rows, each with the database's reason.

    `store` writes rows, and `undo` rolls them back. Raises IngestError for more than MAX_REFUSED rows.
    """

    def trial(tried: pl.DataFrame) -> str | None:
        try:
            store(tried)
        except DatabaseError as error:
            reason = refusal(error)
            if reason is None:
                raise
            return reason
        finally:
            undo()
        return None

    numbered = rows.with_row_index("_place")
    refused: dict[int, str] = {}
    _bisect(numbered, trial, refused)
    _bisect_together(numbered, trial, refused)
    return refused


Trial = Callable[[pl.DataFrame], str | None]


def _bisect(rows: pl.DataFrame, trial: Trial, refused: dict[int, str]) -> None:
    """Find the rows that are refused also alone, by halves."""
    reason = trial(rows.drop("_place"))
    if reason is None:
        return
    if len(rows) == 1:
        _add(refused, rows, 0, reason)
        return
    half = len(rows) // 2
    _bisect(rows[:half], trial, refused)
    _bisect(rows[half:], trial, refused)


def _bisect_together(numbered: pl.DataFrame, trial: Trial, refused: dict[int, str]) -> None:
    """Find the rows that are refused only after the rows before them, as by a unique index."""
    while True:
        rows = numbered.filter(~pl.col("_place").is_in(list(refused)))
        reason = trial(rows.drop("_place")) if len(rows) else None
        if reason is None:
            return
        accepted, failed = 0, len(rows)
        while failed - accepted > 1:
            middle = (accepted + failed) // 2
            found = trial(rows[:middle].drop("_place"))
            accepted, failed = (middle, failed) if found is None else (accepted, middle)
            reason = found or reason
        _add(refused, rows, failed - 1, reason)


def _add(refused: dict[int, str], rows: pl.DataFrame, index: int, reason: str) -> None:
    refused[rows["_place"][index]] = reason
    if len(refused) > MAX_REFUSED:
        raise IngestError(
            f"The database refused more than {counted(MAX_REFUSED, 'row')} of one chunk, the last one with: "
            f"{reason}. "
            "A rule of the table does not fit this source: change the source or the rule, then run the same "
            "command again."
        )


def refused_rejects(
    rows: pl.DataFrame, numbers: pl.Series, forms: pl.Series, refused: Mapping[int, str]
) -> list[Reject]:
    """Return a reject for each refused row, in the order of their lines."""
    rejects = []
    for place, reason in sorted(refused.items()):
        row = rows.row(place, named=True)
        raw = row.get("raw_message")
        if raw is None:
            present = {name: value for name, value in row.items() if value is not None}
            raw = json.dumps(present, ensure_ascii=False, default=str)
        shown = f"the database refused the row: {reason}"
        rejects.append(Reject(numbers[place], shown, raw, form=forms[place]))
    return rejects
