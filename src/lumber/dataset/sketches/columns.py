"""Makes the sketch of a column from batches of rows, and one sketch of two.

The same rows in the same order give the same sketch, however they are cut into batches.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa

from lumber.dataset.sketches.document import ColumnSketch, Distinct, KindSketch, Quantiles, TopValues
from lumber.dataset.sketches.hashing import Hashing, number_hashes, text_hashes, text_hashing
from lumber.dataset.sketches.smallest import Smallest
from lumber.dataset.sketches.top import CAPACITY, Top
from lumber.errors import DatasetDamaged

if TYPE_CHECKING:
    from datasketches import tdigest_double

TEMPLATE_COLUMN = "template_id"
# Templates are known by their frequencies, so more of them are kept.
_TEMPLATES = 4_096
_DIGEST_K = 100
_HALVINGS = 48
PERCENTS = (1, 5, 25, 50, 75, 95, 99)
_ROWS_AT_ONCE = 65_536
# It is the number of a row, which is no statistic of the rows.
_UNSKETCHED = frozenset(("id",))


def is_sketched(name: str, arrow_type: str) -> bool:
    """Say whether a column has more than its nulls in a sketch."""
    return name not in _UNSKETCHED and (_is_category(arrow_type) or _is_ordered(arrow_type))


def _is_category(arrow_type: str) -> bool:
    return arrow_type in ("string", "large_string", "bool", "int8", "uint8")


def _is_ordered(arrow_type: str) -> bool:
    return arrow_type.startswith(("int", "uint", "float", "double", "timestamp"))


class ColumnSketcher:
    """Sketches one column. `add` batches in the order of the rows, then `finish`."""

    def __init__(self, name: str, arrow_type: str, hashing: Hashing | None = None) -> None:
        """`hashing` is that of texts; default: the one that this program makes."""
        self._type = arrow_type
        self._nulls = 0
        self._top: Top | None = None
        self._digest: tdigest_double | None = None
        self._smallest: Smallest | None = None
        if is_sketched(name, arrow_type) and _is_category(arrow_type):
            self._top = Top(_TEMPLATES if name == TEMPLATE_COLUMN else CAPACITY)
            self._smallest = Smallest(hashing or text_hashing())
        elif is_sketched(name, arrow_type):
            from datasketches import tdigest_double

            self._digest = tdigest_double(_DIGEST_K)
            self._smallest = Smallest("murmur3")
        self._held: list[pl.Series] = []
        self._held_rows = 0

    def add(self, column: pa.Array[Any]) -> None:
        """Add rows."""
        self._nulls += column.null_count
        if self._smallest is None or column.null_count == len(column):
            return
        values = pl.Series(pl.from_arrow(column))
        if column.null_count:
            values = values.drop_nulls()
        # Rows are counted in portions of the same size, so that batches leave no trace.
        while len(values):
            taken = values.head(_ROWS_AT_ONCE - self._held_rows)
            values = values.slice(len(taken))
            self._held.append(taken)
            self._held_rows += len(taken)
            if self._held_rows == _ROWS_AT_ONCE:
                self._flush()

    def _flush(self) -> None:
        if not self._held:
            return
        values = pl.concat(self._held) if len(self._held) > 1 else self._held[0]
        self._held, self._held_rows = [], 0
        assert self._smallest is not None
        if self._top is not None:
            self._count(values, self._top, self._smallest)
            return
        numbers = (values.dt.epoch("us") if values.dtype.is_temporal() else values).to_numpy()
        self._smallest.add(number_hashes(numbers))
        floats = numbers.astype(np.float64, copy=False)
        assert self._digest is not None
        self._digest.update(floats[np.isfinite(floats)])

    def _count(self, values: pl.Series, top: Top, smallest: Smallest) -> None:
        if values.dtype != pl.String:
            texts = values.value_counts(name="rows").select(pl.first().cast(pl.String).alias("text"), "rows")
            hashes = text_hashes(texts["text"], smallest.hashing)
        elif smallest.hashing == "murmur3":
            texts = values.alias("text").value_counts(name="rows")
            hashes = text_hashes(texts["text"], "murmur3")
        else:
            # To count hashes is cheaper than to count long texts.
            hashes = text_hashes(values, smallest.hashing)
            counted = (
                pl.DataFrame({"hash": hashes, "row": np.arange(len(hashes), dtype=np.uint32)})
                .group_by("hash")
                .agg(pl.first("row"), pl.len().cast(pl.Int64).alias("rows"))
            )
            hashes = counted["hash"].to_numpy()
            texts = counted.select("row", "rows")
        smallest.add(hashes)
        top.add_counts(texts, values)

    def finish(self) -> ColumnSketch:
        """Return the sketch."""
        self._flush()
        if self._smallest is None:
            return ColumnSketch(type=self._type, nulls=self._nulls)
        return ColumnSketch(
            type=self._type,
            nulls=self._nulls,
            distinct=_distinct(self._smallest, self._top),
            quantiles=None if self._digest is None else _quantiles(self._digest),
            top=None if self._top is None else _top(self._top),
        )


def merged(first: KindSketch, second: KindSketch) -> KindSketch:
    """Return the sketch of the rows of both. Columns that only one has are left out.

    Raises DatasetDamaged if a sketch isn't one.
    """
    return KindSketch(
        rows=first.rows + second.rows,
        columns={
            name: _merged_column(column, second.columns[name])
            for name, column in first.columns.items()
            if name in second.columns and second.columns[name].type == column.type
        },
    )


def _merged_column(first: ColumnSketch, second: ColumnSketch) -> ColumnSketch:
    top = _merged_top(first.top, second.top)
    return ColumnSketch(
        type=first.type,
        nulls=first.nulls + second.nulls,
        distinct=_merged_distinct(first, second, top),
        quantiles=_merged_quantiles(first.quantiles, second.quantiles),
        top=None if top is None else _top(top),
    )


def _merged_distinct(first: ColumnSketch, second: ColumnSketch, top: Top | None) -> Distinct | None:
    """Return the distinct values of both; None if their hashes don't fit together."""
    if first.distinct is None or second.distinct is None:
        return None
    if top is not None and top.is_complete:
        return Distinct(estimate=len(top.counts))
    # Of a column of which all values are known any hash can be made.
    known = [each.distinct.hash for each in (first, second) if each.distinct and not _is_complete(each)]
    hashing = known[0] if known else text_hashing()
    found = Smallest(hashing)
    try:
        for each in (first, second):
            found.merge(_smallest(each, hashing))
    except ValueError:
        return None
    return found.as_distinct()


def _smallest(column: ColumnSketch, hashing: Hashing) -> Smallest:
    """Return the hashes of a column. Raises ValueError if it has others."""
    assert column.distinct is not None
    if column.top is not None and _is_complete(column):
        found = Smallest(hashing)
        found.add(text_hashes(pl.Series(list(column.top.counts), dtype=pl.String), hashing))
        return found
    if column.distinct.hash != hashing or column.distinct.theta is None:
        raise ValueError(f"the hashes aren't {hashing}")
    return Smallest.read(column.distinct)


def _is_complete(column: ColumnSketch) -> bool:
    return column.top is not None and Top.of(column.top).is_complete


def _merged_quantiles(first: Quantiles | None, second: Quantiles | None) -> Quantiles | None:
    # A column without values has none.
    if first is None or second is None:
        return first or second
    digest = digest_of(first)
    digest.merge(digest_of(second))
    return _quantiles(digest)


def _merged_top(first: TopValues | None, second: TopValues | None) -> Top | None:
    if first is None or second is None:
        return None
    top = Top(min(first.capacity, second.capacity))
    for each in (first, second):
        top.merge(each.counts, each.error)
    return top


def _distinct(smallest: Smallest, top: Top | None) -> Distinct:
    if top is not None and top.is_complete:
        return Distinct(estimate=len(top.counts))
    return smallest.as_distinct()


def _quantiles(digest: tdigest_double) -> Quantiles | None:
    if digest.is_empty():
        return None
    return Quantiles(
        minimum=digest.get_min_value(),
        maximum=digest.get_max_value(),
        at={f"q{percent:02}": quantile(digest, percent / 100) for percent in PERCENTS},
        digest=_encoded(digest.serialize()),
    )


def _top(top: Top) -> TopValues:
    return TopValues(capacity=top.capacity, error=top.error, counts=top.ordered())


def digest_of(quantiles: Quantiles) -> tdigest_double:
    """Return the t-digest. Raises DatasetDamaged if it isn't one."""
    from datasketches import tdigest_double

    return _read(tdigest_double.deserialize, quantiles.digest)


def quantile(digest: tdigest_double, share: float) -> float:
    """Return about the value below which this share of the values lies.

    The digest's ranks are exact to a thousandth. The library's own quantiles (5.2.0) aren't: the median of
    150,000 numbers was 4% of them away.
    """
    low, high = digest.get_min_value(), digest.get_max_value()
    for _ in range(_HALVINGS):
        middle = low + (high - low) / 2
        if digest.get_rank(middle) < share:
            low = middle
        else:
            high = middle
    return float(high)


def _read(deserialize: Any, text: str) -> Any:
    try:
        return deserialize(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, RuntimeError, IndexError) as error:
        raise DatasetDamaged(f"A sketch can't be read ({error}). Export the version again.") from error


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
