"""Keeps values of columns that an export doesn't write out of its rejects."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from lumber.steps.step import Form, Records, Redact, RunningStep, Step, StepContext
from lumber.steps.validate import VALUE_LENGTH


@dataclass(frozen=True, slots=True)
class Withhold(Step):
    """Lets rejects show the values of these columns only. Records pass unchanged."""

    columns: tuple[str, ...] = ()

    name = "withhold"
    takes, gives = Form.RECORDS, Form.RECORDS

    def start(self, context: StepContext) -> RunningStep[Records, Records]:
        """Begin a partition."""
        return _Withholding(frozenset(self.columns), context.redact)


class _Withholding(RunningStep[Records, Records]):
    def __init__(self, columns: frozenset[str], later: Redact | None) -> None:
        self._columns = columns
        self._later = later

    def add(self, records: Records) -> Records:
        return records

    def redact(self, values: pl.Series, column: str, rows: pl.DataFrame) -> pl.Series:
        """Return no value of a column that isn't written, and others as the steps after this one decide."""
        if column not in self._columns:
            return pl.Series(values.name, [None] * len(values), pl.String)
        return values.str.slice(0, VALUE_LENGTH) if self._later is None else self._later(values, column, rows)
