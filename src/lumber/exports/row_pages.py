"""A page of the rows of a finished export, for calls and commands: checked, and read from the dataset."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from lumber.dataset.rows.conditions import parse_conditions
from lumber.dataset.rows.looking import look
from lumber.dataset.rows.sorting import Order, look_in_order, require_order
from lumber.dataset.rows.table import RowTable
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.row_reports import RowPage
from lumber.exports.viewing import RowViews, ViewedDataset
from lumber.files.expansion import ReadLimits

MOST_ROWS = 200
# A search that finds little ends after this time, and says how far it looked.
LOOK_SECONDS = 0.8
PAGE_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class RowQuery:
    """Which rows to look at: at most `limit` from a place on, of a table and a split; None: see `table`.

    `filters` is the text of a JSON object. `sort` names a column; `place` is then a number among sorted rows.
    """

    kind: str | None = None
    split: str | None = None
    place: int = 0
    limit: int = 50
    search: str | None = None
    filters: str | None = None
    sort: str | None = None
    is_descending: bool = False


async def page_of_rows(
    views: RowViews, viewed: ViewedDataset, query: RowQuery, limits: ReadLimits
) -> RowPage:
    """Return one page. Raises ConfigError, DatasetDamaged and ExportFileNotFound."""
    table = viewed.table(query.kind, query.split)
    require_place(table, query.place)
    conditions = parse_conditions(table.fields, query.search, query.filters)
    reader = viewed.reader(table, limits)
    if query.sort is None:
        work = partial(look, reader, conditions, query.place, query.limit, seconds=LOOK_SECONDS)
    else:
        require_order(table, query.sort)
        order = Order(query.sort, is_descending=query.is_descending)
        work = partial(look_in_order, reader, conditions, order, query.place, query.limit)
    found = await views.read(partial(work, most_characters=PAGE_CHARACTERS))
    return RowPage.from_look(viewed, table, query.split, found)


def require_place(table: RowTable, place: int) -> None:
    """Raise ConfigError unless a table has a row at a place, or no row at all."""
    last = max(0, table.rows - 1)
    if place > last:
        message = f"is after the last row, {last:,}"
        raise ConfigError([FieldProblem("place", place, message, (f"0 to {last}",))])
