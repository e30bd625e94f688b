"""What calls about the rows of a table return."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from lumber.catalog.kind import Column, Storage
from lumber.catalog.operators import operators_for
from lumber.dataset.rows.heads import ColumnHead
from lumber.exports.row_reports import ColumnHeadReport, RowColumn, RowOperator

_TYPES = {
    Storage.INTEGER: "int64",
    Storage.REAL: "double",
    Storage.TEXT: "string",
    Storage.JSON: "string",
    Storage.BOOLEAN: "bool",
    Storage.TIME: "timestamp[us, tz=UTC]",
}


class TableRow(BaseModel):
    """A row of a table, as it is stored."""

    key: str = Field(description="Place of the row: its time in microseconds since 1970 UTC, and its id.")
    id: str = Field(description="Id of the row.")
    values: dict[str, Any] = Field(
        description="Values by column. Times are text in UTC, and integers beyond 2**53 are text."
    )
    cut: list[str] = Field(description="Columns whose text is cut. `/rows/one` has more of it.")


class TablePage(BaseModel):
    """A page of the rows of a table, and where the next one begins."""

    kind: str
    source: str | None = Field(description="Source of the rows; null: the service's database.")
    columns: list[RowColumn] = Field(description="Columns of the table.")
    rows: list[TableRow]
    looked: int = Field(description="Number of rows that were looked at for this page.")
    next: str | None = Field(
        description="Value of `after` for the next page, or to look further; null: these were the last rows."
    )


class TableRowDetail(TableRow):
    """A row of a table in full."""

    kind: str
    columns: list[RowColumn]
    raw_column: str | None = Field(description="Column with the line as it was loaded; null: it has none.")


class TableHeads(BaseModel):
    """What the columns of a table are like. Counts are those of the rows that were looked at."""

    kind: str
    looked: int = Field(description="Rows that were looked at.")
    note: str | None = Field(description="Which rows were looked at; null: all.")
    columns: list[ColumnHeadReport]


def table_column(column: Column, time_column: str) -> RowColumn:
    """Describe a column of a table."""
    operators = operators_for(column).values() if column.filtering is not None else ()
    return RowColumn(
        name=column.name,
        type=_TYPES[column.storage],
        is_nullable=True,
        is_json=column.storage is Storage.JSON,
        operators=[RowOperator(name=each.name, label=each.label) for each in operators],
        is_sortable=column.name == time_column,
    )


def head_report(head: ColumnHead) -> ColumnHeadReport:
    """Take over what was found of a column."""
    return ColumnHeadReport.model_validate(head, from_attributes=True)
