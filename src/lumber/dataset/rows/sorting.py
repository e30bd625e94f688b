"""A page of rows in the order of a column, where that is cheap: of a table with few rows.

Only the column and what the conditions look at is read of all rows, and then the rows of the page in full.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from lumber.dataset.rows.conditions import Conditions
from lumber.dataset.rows.looking import Look
from lumber.dataset.rows.reader import RowReader
from lumber.dataset.rows.table import RowTable
from lumber.dataset.rows.values import ShownRow, shown_values
from lumber.errors import ConfigError, FieldProblem
from lumber.formats.reading import arrow_type
from lumber.text import counted

# About half a second of work. In files of text every row is parsed whole.
MOST_ROWS = 100_000
MOST_ROWS_OF_TEXT = 20_000
_BATCH_ROWS = 16_384
# Rows that are further apart are read by themselves.
_FAR_ROWS = 20_000
# Long texts with the same beginning keep the order of their rows.
_SORTED_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Order:
    """A column to sort by. Rows without a value come last, and equal ones in the order of the dataset."""

    column: str
    is_descending: bool = False


def sort_refusal(table: RowTable) -> str | None:
    """Say why a table isn't sorted; None: it is."""
    most = MOST_ROWS if table.is_columnar else MOST_ROWS_OF_TEXT
    if table.rows <= most:
        return None
    what = "Parquet and Arrow" if table.is_columnar else "text formats"
    return (
        f"Rows are sorted up to {counted(most, 'row')} of a split in {what}, and these are {table.rows:,}. "
        "Choose a smaller split, or filter."
    )


def sortable_columns(table: RowTable) -> list[str]:
    """Return the columns that rows can be sorted by."""
    return [field.name for field in table.fields if not field.is_json and _is_sortable(arrow_type(field))]


def require_order(table: RowTable, column: str) -> None:
    """Raise ConfigError unless a table can be sorted by a column."""
    refusal = sort_refusal(table)
    if refusal is not None:
        raise ConfigError([FieldProblem("sort", column, refusal)])
    known = sortable_columns(table)
    if column not in known:
        message = f"rows can't be sorted by {column!r}"
        raise ConfigError([FieldProblem("sort", column, message, tuple(known))])


def look_in_order(
    reader: RowReader,
    conditions: Conditions,
    order: Order,
    place: int,
    limit: int,
    *,
    most_characters: int,
) -> Look:
    """Return the rows from number `place` of the sorted rows that meet the conditions.

    The caller has made sure that the table is small. Raises DatasetDamaged.
    """
    names = conditions.columns
    columns = None if names is None else {order.column, *names}
    parts = []
    for placed in reader.from_place(0, columns, _BATCH_ROWS):
        frame = pl.from_arrow(placed.batch)
        assert isinstance(frame, pl.DataFrame)
        numbers = pl.Series("place", range(placed.place, placed.place + frame.height), dtype=pl.Int64)
        keyed = frame.select(_key(order.column, frame.schema)).with_columns(numbers)
        parts.append(keyed if conditions.is_empty else keyed[conditions.matching(frame)])
    keys = pl.concat(parts) if parts else pl.DataFrame({"key": [], "place": []})
    ordered = keys.sort(
        "key", "place", descending=[order.is_descending, False], nulls_last=True, maintain_order=True
    )
    wanted = ordered["place"].slice(place, limit).to_list()
    rows = rows_at(reader, wanted, most_characters)
    rest = ordered.height - place - len(wanted)
    return Look([rows[each] for each in wanted], reader.table.rows, place + limit if rest > 0 else None)


def rows_at(reader: RowReader, places: list[int], most_characters: int) -> dict[int, ShownRow]:
    """Return the rows at some places. Raises DatasetDamaged."""
    wanted = sorted(places)
    found: dict[int, ShownRow] = {}
    done = 0
    while done < len(wanted):
        for placed in reader.from_place(wanted[done]):
            end = placed.place + placed.batch.num_rows
            numbers = []
            while done < len(wanted) and wanted[done] < end:
                numbers.append(wanted[done] - placed.place)
                done += 1
            frame = pl.from_arrow(placed.batch)
            assert isinstance(frame, pl.DataFrame)
            file = placed.file
            for number, (values, cut) in zip(
                numbers, shown_values(frame[numbers], most_characters), strict=True
            ):
                row = placed.place + number
                found[row] = ShownRow(row, file.name.split, file.path, values, cut)
            if done == len(wanted) or wanted[done] >= end + _FAR_ROWS:
                break
    return found


def _key(column: str, schema: pl.Schema) -> pl.Expr:
    key = pl.col(column)
    return (key.str.head(_SORTED_CHARACTERS) if schema[column] == pl.String else key).alias("key")


def _is_sortable(type_: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(type_)
        or pa.types.is_large_string(type_)
        or pa.types.is_timestamp(type_)
        or pa.types.is_integer(type_)
        or pa.types.is_floating(type_)
        or pa.types.is_boolean(type_)
    )
