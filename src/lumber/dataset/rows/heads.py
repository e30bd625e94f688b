"""What the values of each column are like: nulls, and a histogram or the most frequent values.

Of a table with many rows they are those of a sample: `looked` says of how many rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import polars as pl
import pyarrow as pa

from lumber.dataset.rows.reader import Placed, RowReader
from lumber.dataset.rows.values import shown_values
from lumber.text import counted

SAMPLE_ROWS = 100_000
BINS = 20
TOP = 8
_BATCH_ROWS = 8_192
# Of the rows of a table in columns, which are read from any place on.
_STRETCHES = 24
# Texts are compared by their beginning.
_CHARACTERS = 120
# Values further out than this share on each side don't stretch a histogram.
_TAIL = 0.005
# Columns with fewer different numbers have them one by one.
_FEW = 12


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows with a value from `start` on, and below the start of the next bin."""

    start: Any
    rows: int


@dataclass(frozen=True, slots=True)
class TopValue:
    """A frequent value and its rows. A text is its beginning."""

    value: Any
    rows: int


@dataclass(frozen=True, slots=True)
class ColumnHead:
    """A column: its nulls and different values among the rows that were looked at.

    Numbers and times have `bins` from `minimum` to `maximum` of the main part, with `outside` rows further
    out. Other columns have `top` values. `distinct` is None for columns whose values aren't counted.
    """

    name: str
    nulls: int
    distinct: int | None = None
    minimum: Any = None
    maximum: Any = None
    bins: list[Bin] = field(default_factory=list)
    outside: int = 0
    top: list[TopValue] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Heads:
    """The heads of all columns, and the number of rows that were looked at. `note`: which, if not all."""

    looked: int
    total: int
    columns: list[ColumnHead]
    note: str | None


def look_at_columns(reader: RowReader, *, seconds: float, now: Callable[[], float] = time.monotonic) -> Heads:
    """Describe the columns of a table, of a sample if it is large. Raises DatasetDamaged."""
    total = reader.table.rows
    end = now() + seconds
    frames = []
    looked = 0
    for placed in _sample(reader):
        frames.append(_shortened(placed.batch))
        looked += frames[-1].height
        if looked >= SAMPLE_ROWS or now() >= end:
            break
    columns = []
    if frames:
        whole = pl.concat(frames)
        columns = [_head(whole[name]) for name in whole.columns]
    return Heads(looked, total, columns, _note(reader, looked))


def _sample(reader: RowReader) -> Iterator[Placed]:
    total = reader.table.rows
    if total <= SAMPLE_ROWS or not reader.table.is_columnar:
        yield from reader.from_place(0, batch_rows=_BATCH_ROWS)
        return
    for number in range(_STRETCHES):
        yield from islice(reader.from_place(number * total // _STRETCHES, batch_rows=_BATCH_ROWS), 1)


def _note(reader: RowReader, looked: int) -> str | None:
    total = reader.table.rows
    if looked >= total:
        return None
    if reader.table.is_columnar and total > SAMPLE_ROWS:
        return f"Of {counted(looked, 'row')} from {_STRETCHES} places, of {total:,}."
    return f"Of the first {counted(looked, 'row')} of {total:,}."


def _shortened(batch: pa.RecordBatch) -> pl.DataFrame:
    frame = pl.from_arrow(batch)
    assert isinstance(frame, pl.DataFrame)
    return frame.with_columns(pl.col(pl.String).str.head(_CHARACTERS))


def head_of(column: pl.Series) -> ColumnHead:
    """Describe the values of a column, of which texts are compared by their beginning."""
    is_text = column.dtype == pl.String
    return _head(column.str.head(_CHARACTERS) if is_text else column)


def _head(column: pl.Series) -> ColumnHead:
    nulls = column.null_count()
    present = column.drop_nulls()
    if column.dtype.is_nested() or not present.len():
        return ColumnHead(column.name, nulls)
    distinct = present.n_unique()
    is_ordered = column.dtype.is_numeric() or isinstance(column.dtype, pl.Datetime)
    if is_ordered and distinct > _FEW:
        return _histogram(present, nulls, distinct)
    counts = present.alias("value").value_counts(name="rows")
    most = counts.sort("rows", "value", descending=[True, False]).head(TOP)
    top = [TopValue(row["value"], row["rows"]) for row, _ in shown_values(most, _CHARACTERS)]
    return ColumnHead(column.name, nulls, distinct, top=top)


def _histogram(present: pl.Series, nulls: int, distinct: int) -> ColumnHead:
    """Return the bins of numbers or times. Those far out are only counted: they would flatten it."""
    name = present.name
    is_time = isinstance(present.dtype, pl.Datetime)
    numbers = (present.dt.timestamp("us") if is_time else present).cast(pl.Float64)
    finite = numbers.filter(numbers.is_finite())
    if not finite.len():
        return ColumnHead(name, nulls, distinct)
    begin, end = (float(finite.quantile(share, "nearest") or 0.0) for share in (_TAIL, 1 - _TAIL))
    # Without a long tail all values are inside.
    margin = end - begin
    inside = finite.filter((finite >= begin - margin) & (finite <= end + margin))
    ends = inside.sort()
    low, high = float(ends[0]), float(ends[-1])
    width = (high - low) / BINS or 1.0
    counts = ((inside - low) / width).floor().clip(0, BINS - 1).cast(pl.Int64).value_counts(name="rows")
    by_bin = dict(counts.iter_rows())
    starts = pl.Series("start", [low + number * width for number in range(BINS)] + [high])
    shown = starts.round().cast(pl.Int64).cast(pl.Datetime("us", "UTC")) if is_time else starts
    texts = [values["start"] for values, _ in shown_values(shown.alias("start").to_frame(), _CHARACTERS)]
    bins = [Bin(texts[number], by_bin.get(number, 0)) for number in range(BINS)]
    return ColumnHead(name, nulls, distinct, texts[0], texts[-1], bins, outside=present.len() - inside.len())
