"""What calls about the rows of a dataset return."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from lumber.dataset.rows.conditions import operators_of
from lumber.dataset.rows.looking import Look
from lumber.dataset.rows.table import RowTable
from lumber.dataset.rows.values import ShownRow


class RowOperator(BaseModel):
    """An operator of filters."""

    name: str = Field(description="Name in `filters`.")
    label: str = Field(description="What a form shows.")


class RowColumn(BaseModel):
    """A column of the rows."""

    name: str
    type: str = Field(description="Its Arrow type.")
    is_nullable: bool
    is_json: bool = Field(description="Whether its texts are JSON.")
    operators: list[RowOperator] = Field(description="Operators that `filters` may use on it.")


class RowSplit(BaseModel):
    """A split of the rows."""

    name: str
    rows: int


class RowTableReport(BaseModel):
    """A table of the dataset: a data type, or something that was made of one."""

    name: str
    rows: int
    is_derived: bool = Field(description="Whether it isn't a data type: templates or sequences.")
    splits: list[RowSplit] = Field(description="Its splits, train first.")

    @classmethod
    def from_table(cls, table: RowTable) -> RowTableReport:
        """Describe a table."""
        splits = [RowSplit(name=name, rows=rows) for name, rows in table.splits().items()]
        return cls(name=table.name, rows=table.rows, is_derived=table.is_derived, splits=splits)


class Row(BaseModel):
    """A row of the dataset."""

    place: int = Field(description="Number of the row in the table and split that were asked for, from 0.")
    split: str
    file: str = Field(description="Path of its file in the dataset.")
    values: dict[str, Any] = Field(
        description="Values by column. Times are text in UTC, JSON is text, and integers beyond 2**53 are "
        "text."
    )
    cut: list[str] = Field(description="Columns whose text is cut. `/rows/one` has more of it.")

    @classmethod
    def from_shown(cls, row: ShownRow) -> Row:
        """Take over a row."""
        return cls(place=row.place, split=row.split, file=row.file, values=row.values, cut=row.cut)


class RowPage(BaseModel):
    """A page of rows, and where the next one begins."""

    kind: str = Field(description="Table of the rows.")
    split: str | None = Field(description="Split of the rows; null: all splits, one after the other.")
    total: int = Field(description="Number of rows of the table and split, without search and filters.")
    tables: list[RowTableReport] = Field(description="All tables of the dataset.")
    columns: list[RowColumn] = Field(description="Columns of the rows.")
    rows: list[Row]
    looked: int = Field(description="Number of rows that were looked at for this page.")
    next: int | None = Field(
        description="Value of `place` for the next page, or to look further; null: these were the last rows."
    )

    @classmethod
    def from_look(
        cls, tables: Mapping[str, RowTable], table: RowTable, split: str | None, found: Look
    ) -> RowPage:
        """Describe what was found."""
        return cls(
            kind=table.name,
            split=split,
            total=table.rows,
            tables=[RowTableReport.from_table(each) for each in tables.values()],
            columns=row_columns(table),
            rows=[Row.from_shown(row) for row in found.rows],
            looked=found.looked,
            next=found.next,
        )


def row_columns(table: RowTable) -> list[RowColumn]:
    """Describe the columns of a table."""
    return [
        RowColumn(
            name=field.name,
            type=field.type,
            is_nullable=field.nullable,
            is_json=field.is_json,
            operators=[RowOperator(name=each.name, label=each.label) for each in operators_of(field)],
        )
        for field in table.fields
    ]
