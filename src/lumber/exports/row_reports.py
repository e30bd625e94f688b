"""Rows of a dataset as programs get them: from calls, from commands in JSON, and in Python."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, Field

from lumber.dataset.rows.conditions import operators_of
from lumber.dataset.rows.heads import Heads
from lumber.dataset.rows.looking import Look
from lumber.dataset.rows.rejects import RejectLook
from lumber.dataset.rows.sorting import sort_refusal, sortable_columns
from lumber.dataset.rows.table import RowTable
from lumber.dataset.rows.values import ShownRow
from lumber.exports.viewing import KindRejects, ViewedDataset

# Of a log line, as it was loaded.
RAW_COLUMN = "raw_message"


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
    is_sortable: bool = Field(description="Whether `sort` may name it.")


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
    rejected: int = Field(description="Rejected rows of the data type.")

    @classmethod
    def from_table(cls, table: RowTable, rejected: int) -> RowTableReport:
        """Describe a table."""
        splits = [RowSplit(name=name, rows=rows) for name, rows in table.splits().items()]
        return cls(
            name=table.name, rows=table.rows, is_derived=table.is_derived, splits=splits, rejected=rejected
        )


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
    sort_refusal: str | None = Field(
        description="Why rows of this table and split can't be sorted; null: they can."
    )

    @classmethod
    def from_look(cls, viewed: ViewedDataset, table: RowTable, split: str | None, found: Look) -> RowPage:
        """Describe what was found."""
        return cls(
            kind=table.name,
            split=split,
            total=table.rows,
            tables=[
                RowTableReport.from_table(each, viewed.rejects[name].rows if name in viewed.rejects else 0)
                for name, each in viewed.tables.items()
            ],
            columns=row_columns(table),
            rows=[Row.from_shown(row) for row in found.rows],
            looked=found.looked,
            next=found.next,
            sort_refusal=sort_refusal(table),
        )


class RowDetail(Row):
    """A row in full."""

    kind: str = Field(description="Table of the row.")
    columns: list[RowColumn] = Field(description="Columns of the row.")
    raw_column: str | None = Field(
        description="Column with the line as it was loaded; null: the dataset doesn't have it."
    )

    @classmethod
    def from_table(cls, table: RowTable, row: ShownRow) -> RowDetail:
        """Describe a row of a table."""
        return cls(
            **Row.from_shown(row).model_dump(),
            kind=table.name,
            columns=row_columns(table),
            raw_column=RAW_COLUMN if row.values.get(RAW_COLUMN) is not None else None,
        )


class HeadBin(BaseModel):
    """A bar of a histogram."""

    start: Any = Field(description="Smallest value of the bar: a number, or a time.")
    rows: int


class HeadValue(BaseModel):
    """A frequent value."""

    value: Any
    rows: int


class ColumnHeadReport(BaseModel):
    """What the values of a column are like."""

    name: str
    nulls: int = Field(description="Rows without a value.")
    distinct: int | None = Field(description="Different values; null if they aren't counted.")
    minimum: Any = Field(default=None, description="Begin of the first bar.")
    maximum: Any = Field(default=None, description="End of the last bar.")
    bins: list[HeadBin] = Field(description="Histogram of numbers and times; empty for other columns.")
    outside: int = Field(description="Rows with values far outside of the histogram.")
    top: list[HeadValue] = Field(description="Most frequent values, of columns without a histogram.")


class HeadsReport(BaseModel):
    """What the columns of a table are like. Counts are those of the rows that were looked at."""

    kind: str
    split: str | None
    looked: int = Field(description="Rows that were looked at.")
    total: int = Field(description="Rows of the table and split.")
    note: str | None = Field(description="Which rows were looked at; null: all.")
    columns: list[ColumnHeadReport]

    @classmethod
    def from_heads(cls, kind: str, split: str | None, heads: Heads) -> HeadsReport:
        """Take over what was found."""
        return cls.model_validate({"kind": kind, "split": split, **asdict(heads)})


class RejectedRowReport(BaseModel):
    """A rejected row."""

    place: int
    id: Any = Field(description="Id of the row.")
    rule: str = Field(description="Rule that it broke.")
    column: str = Field(description="Column of the rule.")
    value: str | None = Field(description="Value that broke the rule.")
    reason: str = Field(description="What is wrong with the value.")
    is_cut: bool = Field(description="Whether the value is cut.")


class RejectRule(BaseModel):
    """A broken rule."""

    column: str
    rule: str
    rows: int


class RejectPage(BaseModel):
    """A page of rejected rows, and where the next one begins."""

    kind: str
    total: int = Field(description="Rejected rows of the data type; a row may break several rules.")
    rules: list[RejectRule] = Field(description="Broken rules, the most frequent first.")
    rows: list[RejectedRowReport]
    looked: int = Field(description="Rejects that were looked at for this page.")
    next: int | None = Field(
        description="Value of `place` for the next page, or to look further; null: these were the last ones."
    )

    @classmethod
    def from_look(cls, kind: str, rejects: KindRejects, found: RejectLook) -> RejectPage:
        """Describe what was found."""
        by_rule = sorted(rejects.by_rule.items(), key=lambda item: (-item[1], item[0]))
        rules = []
        for name, rows in by_rule:
            column, _, rule = name.rpartition(".")
            rules.append(RejectRule(column=column, rule=rule, rows=rows))
        return cls(
            kind=kind,
            total=rejects.rows,
            rules=rules,
            rows=[RejectedRowReport.model_validate(asdict(row)) for row in found.rows],
            looked=found.looked,
            next=found.next,
        )


def row_columns(table: RowTable) -> list[RowColumn]:
    """Describe the columns of a table."""
    sortable = sortable_columns(table)
    return [
        RowColumn(
            name=field.name,
            type=field.type,
            is_nullable=field.nullable,
            is_json=field.is_json,
            operators=[RowOperator(name=each.name, label=each.label) for each in operators_of(field)],
            is_sortable=field.name in sortable,
        )
        for field in table.fields
    ]
