"""Casts what the driver read to the kind's types, losing nothing: what cannot be cast is a violation.

A value that fails is null in the cast batch and its row is rejected at every validation level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow as pa

from lumber.catalog.canonical_json import canonical_series
from lumber.catalog.kind import LEADER_GROUP, LEADER_TIME, Column, Kind, Storage
from lumber.errors import ExportError
from lumber.steps.step import Form, RunningStep, Step, StepContext

# Years 1 to 9999, in microseconds since 1970: what every format and reader can hold.
TIME_MIN_US = -62_135_596_800_000_000
TIME_MAX_US = 253_402_300_799_999_999
# More than a reject shows of a value that is not text.
_SHOWN_BYTES = 1_024


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that some rows of a batch break: `rows` is true where, `values` shows the offending text."""

    rule: str
    column: str
    reason: str
    rows: pl.Series
    values: pl.Series


@dataclass(frozen=True, slots=True)
class CastBatch:
    """A batch in the kind's types: `frame` has every source column; `changes` counts values rewritten."""

    frame: pl.DataFrame
    violations: tuple[Violation, ...]
    changes: dict[str, int]
    source: pa.RecordBatch

    def __len__(self) -> int:
        return self.frame.height

    def holds(self, column: str, byte: bytes) -> bool:
        """Say whether any text of a column may hold this byte: one look at all of them together."""
        array = self.source.column(column)
        offsets, text = array.buffers()[1:3]
        if not len(array) or offsets is None or text is None:
            return False
        bounds = memoryview(offsets).cast("q" if pa.types.is_large_string(array.type) else "i")
        start, end = bounds[array.offset], bounds[array.offset + len(array)]
        return byte in text.slice(start, end - start).to_pybytes()


@dataclass(frozen=True, slots=True)
class Cast(Step):
    """Casts the rows to the kind's types."""

    name = "cast"
    takes, gives = Form.READ, Form.CAST

    def start(self, context: StepContext) -> RunningStep[pa.RecordBatch, CastBatch]:
        """Begin a partition."""
        return _Casting(context)


class _Casting(RunningStep[pa.RecordBatch, CastBatch]):
    def __init__(self, context: StepContext) -> None:
        self._kind = context.kind
        self._counts = context.counts

    def add(self, rows: pa.RecordBatch) -> CastBatch:
        self._counts.read += rows.num_rows
        cast = cast_batch(rows, self._kind)
        self._counts.changes.update(cast.changes)
        return cast


def cast_batch(batch: pa.RecordBatch, kind: Kind) -> CastBatch:
    """Cast one batch of source rows. Raises ExportError when a column has a type it can't have."""
    columns: list[pl.Series] = []
    violations: list[Violation] = []
    changes: dict[str, int] = {}
    for column in kind.columns:
        array = batch.column(column.name)
        series, failed = _cast(column, array, changes)
        columns.append(series.alias(column.name))
        violations.extend(failed)
        violations.extend(_missing(kind, column, array))
    for reference in kind.references:
        columns.append(_series(batch.column(reference.name)).cast(pl.Boolean).alias(reference.name))
    if LEADER_TIME in batch.schema.names:
        # Not judged: it is another row's, and a time that no calendar has is like none.
        led = Column(LEADER_TIME, Storage.TIME), Column(LEADER_GROUP, Storage.TEXT)
        columns += [_cast(column, batch.column(column.name), {})[0].alias(column.name) for column in led]
    return CastBatch(pl.DataFrame(columns), tuple(violations), changes, batch)


def _series(array: pa.Array[Any]) -> pl.Series:
    series = pl.from_arrow(array)
    assert isinstance(series, pl.Series)
    return series


def _cast(
    column: Column, array: pa.Array[Any], changes: dict[str, int]
) -> tuple[pl.Series, Sequence[Violation]]:
    if column.storage in (Storage.TEXT, Storage.JSON):
        series, failed = _text(column, array)
        if column.storage is Storage.TEXT:
            return series, failed
        return _json(column, series, failed, changes)
    if column.storage is Storage.TIME:
        return _time(column, array)
    if column.storage is Storage.REAL:
        return _real(column, array)
    if not pa.types.is_integer(array.type) and not pa.types.is_null(array.type):
        raise _wrong_type(column, array)
    whole = _series(array).cast(pl.Int64)
    return (whole != 0 if column.storage is Storage.BOOLEAN else whole), ()


def _text(column: Column, array: pa.Array[Any]) -> tuple[pl.Series, Sequence[Violation]]:
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        raise _wrong_type(column, array)
    try:
        array.validate(full=True)
        return _series(array), ()
    except pa.ArrowInvalid:
        is_large = pa.types.is_large_string(array.type)
        raw = array.view(pa.large_binary() if is_large else pa.binary()).to_pylist()
    # Neither Arrow nor Polars says which values are broken, so such a rare batch is read one by one.
    decoded = [None if value is None else _decoded(value) for value in raw]
    pairs = list(zip(raw, decoded, strict=True))
    broken = pl.Series([value is not None and text is None for value, text in pairs], dtype=pl.Boolean)
    shown = [
        value[:_SHOWN_BYTES].decode(errors="backslashreplace")
        for value, text in pairs
        if value is not None and text is None
    ]
    series = pl.Series(decoded, dtype=pl.String)
    reason = "is not valid UTF-8"
    return series, [Violation("valid_utf8", column.name, reason, broken, pl.Series(shown, dtype=pl.String))]


def _decoded(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def _json(
    column: Column, series: pl.Series, failed: Sequence[Violation], changes: dict[str, int]
) -> tuple[pl.Series, Sequence[Violation]]:
    canonical, invalid = canonical_series(series)
    changed = int(((canonical != series) & canonical.is_not_null()).sum())
    if changed:
        changes[f"{column.name}_canonicalised"] = changed
    if not invalid.any():
        return canonical, failed
    shown = series.filter(invalid)
    return canonical, [*failed, Violation("valid_json", column.name, "is not valid JSON", invalid, shown)]


def _time(column: Column, array: pa.Array[Any]) -> tuple[pl.Series, Sequence[Violation]]:
    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.timestamp("us", array.type.tz)).view(pa.int64())
    if not pa.types.is_int64(array.type):
        raise _wrong_type(column, array)
    raw = _series(array)
    low, high = raw.min(), raw.max()
    if low is None or (low >= TIME_MIN_US and high <= TIME_MAX_US):  # type: ignore[operator]
        return raw.cast(pl.Datetime("us", "UTC")), ()
    odd = ((raw < TIME_MIN_US) | (raw > TIME_MAX_US)).fill_null(False)
    shown = raw.filter(odd).cast(pl.String) + " microseconds since 1970"
    kept = raw.set(odd, None).cast(pl.Datetime("us", "UTC"))
    reason = "is outside the years 1 to 9999"
    return kept, [Violation("valid_time", column.name, reason, odd, shown)]


def _real(column: Column, array: pa.Array[Any]) -> tuple[pl.Series, Sequence[Violation]]:
    if not (pa.types.is_floating(array.type) or pa.types.is_integer(array.type)):
        raise _wrong_type(column, array)
    raw = _series(array).cast(pl.Float64)
    odd = (~raw.is_finite()).fill_null(False)
    if not odd.any():
        return raw, ()
    shown = raw.filter(odd).cast(pl.String)
    return raw.set(odd, None), [Violation("finite", column.name, "is not a finite number", odd, shown)]


def _missing(kind: Kind, column: Column, array: pa.Array[Any]) -> Sequence[Violation]:
    """A required column that is null cannot be written, at any level."""
    index = kind.schema.get_field_index(column.name)
    if index < 0 or kind.schema.field(index).nullable or array.null_count == 0:
        return ()
    rows = _series(array.is_null())
    shown = pl.Series([None] * array.null_count, dtype=pl.String)
    return [Violation("required", column.name, "is required, but missing", rows, shown)]


def _wrong_type(column: Column, array: pa.Array[Any]) -> ExportError:
    return ExportError(
        f"Column {column.name} was read as {array.type}, but it is declared as {column.storage}: "
        "correct the table, or the kind that describes it."
    )
