"""The parts of a kind: its table columns, its filters, its rules and its canonical record.

A kind is plain data and Polars code, without SQL or an ORM. The store turns it into queries, the steps and
formats into files. To add a kind, write one module with a `KIND`; see `lumber.catalog.registry`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import polars as pl
import pyarrow as pa

from lumber.catalog.storage import Storage as Storage


class Holds(StrEnum):
    """What a text column may reveal about people and machines. Privacy rules depend on it."""

    ADDRESS = "address"  # one IP address
    HOST = "host"  # the name of one machine, or its address
    TEXT = "text"  # anything
    JSON = "json"  # anything, as JSON text
    PARTS = "parts"  # a JSON list of parts of the row's message
    TEMPLATE = "template"  # a message with slots for some parts


class Filtering(StrEnum):
    """What filters may compare a column by. Each operator names those that it works on."""

    ORDERED = "ordered"  # numbers and times
    TEXTUAL = "textual"  # texts
    ADDRESS = "address"  # IP addresses, as texts
    VOCABULARY = "vocabulary"  # the words of a closed vocabulary
    OPAQUE = "opaque"  # texts that are searched but not compared, such as JSON


# Short names for the files of kinds.
ORDERED, TEXTUAL, ADDRESS = Filtering.ORDERED, Filtering.TEXTUAL, Filtering.ADDRESS
VOCABULARY, OPAQUE = Filtering.VOCABULARY, Filtering.OPAQUE


class Level(StrEnum):
    """How much is checked. Each level includes the ones before it."""

    NONE = "none"
    BASIC = "basic"
    STRICT = "strict"

    def includes(self, other: Level) -> bool:
        """Say whether rules of `other` are checked at this level."""
        order = list(Level)
        return order.index(other) <= order.index(self)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a kind's table. Filters may name it if it has a `filtering`."""

    name: str
    storage: Storage
    filtering: Filtering | None = None
    # A filter looks at the first of these columns that is not null; empty means the column itself.
    filter_sources: tuple[str, ...] = ()
    # (maximum, raw columns): if the maximum is above 0, a filter looks at the raw value divided by it.
    filter_scale: tuple[str, tuple[str, ...]] | None = None
    # Closed vocabulary: the filter's value -> the lower-case spellings that stand for it in the table.
    vocabulary: Mapping[str, tuple[str, ...]] | None = None
    # Few values, each in many rows: a form offers them.
    is_category: bool = False
    # None: derived from the other fields, see `content`.
    holds: Holds | None = None
    # The name may be a word of SQL, or have a dot in it.
    is_quoted: bool = False

    @property
    def sql(self) -> str:
        """The name as SQL."""
        return f'"{self.name}"' if self.is_quoted else self.name

    @property
    def content(self) -> Holds | None:
        """What the column holds; None for numbers and times. Text without a declaration may hold anything."""
        if self.holds is not None or self.storage not in (Storage.TEXT, Storage.JSON):
            return self.holds
        if self.storage is Storage.JSON:
            return Holds.JSON
        return Holds.ADDRESS if self.filtering is Filtering.ADDRESS else Holds.TEXT


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that points to another table; the column `name` says whether the target exists."""

    name: str
    column: str
    table: str
    target: str


@dataclass(frozen=True, slots=True)
class Leader:
    """A column with the id of a row of another kind. Both rows are in the same split."""

    column: str
    kind: str


@dataclass(frozen=True, slots=True)
class LabelSource:
    """The kind whose rows (findings) label the rows of another kind, and its columns that labels need.

    A finding labels the row that it names by its id. If it names none, it may label the rows of its device in
    a window around its own time, which is in the time column of its kind.
    """

    kind: str
    row_column: str  # the id of the labelled row; null: the finding names none
    device_column: str
    type_column: str
    score_column: str
    detector_column: str
    verdict_column: str  # true_positive, false_positive, or another value: not judged
    # Other columns of the table that the kind's transform needs to make the score.
    score_inputs: tuple[str, ...] = ()
    # What `label_source` says about a row that a finding names by its id.
    by_id: str = "row"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the findings that are read for labels, without their id and time."""
        return (
            self.row_column,
            self.device_column,
            self.type_column,
            self.score_column,
            *self.score_inputs,
            self.detector_column,
            self.verdict_column,
        )


# The reader adds these for a kind with a leader: the leading row's time and group; null without one.
LEADER_TIME, LEADER_GROUP = "__leader_time", "__leader_group"

# The column of the rules' frame with the time at which the export was created, in UTC.
NOW = "__now__"


@dataclass(frozen=True, slots=True)
class Rule:
    """A check on the source rows. `violations` returns one Boolean per row: true breaks the rule.

    If the rule is a Polars expression, it is also in `expression`, so that all rules are evaluated
    together. The frame has the kind's columns, its references, and NOW: the time at which the export was
    created.
    """

    id: str
    column: str
    level: Level
    reason: str
    violations: Callable[[pl.DataFrame], pl.Series]
    # The offending value that a reject shows; None: the column itself.
    value: pl.Expr | None = None
    expression: pl.Expr | None = None
    # Only a text with this byte can break the rule. If no text has it, the rule is not evaluated.
    byte: bytes | None = None


@dataclass(frozen=True, slots=True)
class Transformed:
    """The result of a transform: derived columns, and how many values it changed, by name of the change."""

    columns: Mapping[str, pl.Series]
    changes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """Everything that Lumber knows about one exportable kind of record.

    `schema` is that of the canonical record, and of every shard. Its columns come from `transform` or,
    unchanged, from the table column of the same name.
    """

    name: str
    title: str
    table: str
    schema: pa.Schema
    columns: tuple[Column, ...]
    time_column: str
    rules: tuple[Rule, ...]
    transform: Callable[[pl.DataFrame], Transformed]
    # If set, a date range selects rows whose [time_column, overlap_column] meets it.
    overlap_column: str | None = None
    # Capabilities: what a row has decides which options of an export apply to its kind. The columns that the
    # next two fields name are in the table and in the record.
    # The text of the row: it can have templates, and with a device also duplicates and sequences.
    message_column: str | None = None
    # The device that the row is about.
    device_column: str | None = None
    process_column: str | None = None
    level_column: str | None = None
    # The kind whose rows label the rows of this one.
    labels_from: LabelSource | None = None
    # The column that a model learns to predict: 1, 0 or null. An export adds it.
    label_column: str | None = None
    # Rows are only added, never changed, so that a snapshot and partitions by time are exact. On
    # PostgreSQL such a table needs a column `tx xid8 NOT NULL DEFAULT pg_current_xact_id()`.
    is_append_only: bool = False
    references: tuple[Reference, ...] = ()
    leader: Leader | None = None
    # A row summarises events up to the time in this column, which decides its split in time.
    late_column: str | None = None
    # The content of a row: rows with the same content should not be in two splits.
    content_columns: tuple[str, ...] = ()
    # Columns of the record that the transform makes from an address, and that tell something about it.
    address_traits: tuple[str, ...] = ()
    id_column: str = "id"
    description: str = ""
    # What a column of the canonical record or of the table means, by its name.
    descriptions: Mapping[str, str] = field(default_factory=dict)

    @property
    def filterable(self) -> dict[str, Column]:
        """The columns that filters may name, by name."""
        return {column.name: column for column in self.columns if column.filtering is not None}

    @property
    def json_columns(self) -> tuple[str, ...]:
        """Names of the canonical record's columns that hold JSON text."""
        return tuple(name for name in self.schema.names if is_json_field(self.schema.field(name)))

    def column(self, name: str) -> Column:
        """Return the table column `name`. Raises KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


TIMESTAMP = pa.timestamp("us", "UTC")
# Fields that steps cut out of the row's message. No kind may have a field of such a name.
PART_FIELDS = frozenset(("template_params",))
_JSON_MARK: dict[bytes | str, bytes | str] = {b"lumber:content": b"application/json"}
_TEXT_MARK = {**_JSON_MARK, b"lumber:stored": b"text"}


def required(name: str, type_: pa.DataType) -> pa.Field[Any]:
    """Return a field of the canonical record that is never null."""
    return pa.field(name, type_, nullable=False)


def optional(name: str, type_: pa.DataType) -> pa.Field[Any]:
    """Return a field of the canonical record that may be null."""
    return pa.field(name, type_, nullable=True)


def json_field(name: str) -> pa.Field[Any]:
    """Return a field that holds JSON: text in Parquet, Arrow and CSV, a value in JSON and JSON Lines."""
    return pa.field(name, pa.string(), nullable=True, metadata=_JSON_MARK)


def with_json_text(schema: pa.Schema, names: Collection[str]) -> pa.Schema:
    """Return the schema with these columns of JSON as text, also in formats that hold JSON as values."""
    return pa.schema([field.with_metadata(_TEXT_MARK) if field.name in names else field for field in schema])


def is_json_text(field_: pa.Field[Any]) -> bool:
    """Say whether a field holds JSON as text in every format."""
    return is_json_field(field_) and (field_.metadata or {}).get(b"lumber:stored") == b"text"


def content_of_field(field_: pa.Field[Any]) -> Holds:
    """Return the content of a text field that no column declares."""
    if not is_json_field(field_):
        return Holds.TEXT
    return Holds.PARTS if field_.name in PART_FIELDS else Holds.JSON


def is_json_field(field_: pa.Field[Any]) -> bool:
    """Say whether a field of the canonical record holds JSON text."""
    return (field_.metadata or {}).get(b"lumber:content") == b"application/json"
