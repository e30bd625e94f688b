"""Difference: what two datasets, A and B, differ in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import Field, PlainSerializer, TypeAdapter

T = TypeVar("T")
# The values in A and in B.
Pair = Annotated[tuple[T, T], PlainSerializer(lambda pair: {"a": pair[0], "b": pair[1]})]


def _is_none(value: object) -> bool:
    return value is None


class Change(StrEnum):
    """What happened to a row between A and B. A row may have both changed and moved to another split."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that differs, and its splits. A split is null where the dataset doesn't have the row.

    `columns` has the two values of each column that differs, as plain JSON values. It is null for rows that
    didn't change.
    """

    kind: str
    id: int
    changes: tuple[Change, ...]
    split_a: str | None
    split_b: str | None
    columns: Annotated[dict[str, Pair[Any]] | None, Field(exclude_if=_is_none)] = None


@dataclass(frozen=True, slots=True)
class ColumnsDifference:
    """The columns that only B (`added`) or only A (`removed`) has, and those whose types differ."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: dict[str, Pair[str]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Say whether the records have the same columns."""
        return not (self.added or self.removed or self.retyped)


@dataclass(frozen=True, slots=True)
class KindDifference:
    """What the rows of one kind differ in. The counts are null if rows can't be compared by their ids."""

    rows: Pair[int]
    added: int | None = None
    removed: int | None = None
    changed: int | None = None
    moved: int | None = None
    columns: ColumnsDifference = field(default_factory=ColumnsDifference)
    examples: list[RowChange] = field(default_factory=list)

    @property
    def rows_a(self) -> int:
        """The rows in A."""
        return self.rows[0]

    @property
    def rows_b(self) -> int:
        """The rows in B."""
        return self.rows[1]

    @property
    def counts(self) -> dict[Change, int] | None:
        """The number of rows with each change; null if rows can't be compared by their ids."""
        counts = (self.added, self.removed, self.changed, self.moved)
        known = [count for count in counts if count is not None]
        return dict(zip(Change, known, strict=True)) if known else None

    @property
    def is_same(self) -> bool:
        """Say whether nothing differs."""
        has_changes = self.counts is not None and any(self.counts.values())
        return self.columns.is_empty and self.rows_a == self.rows_b and not has_changes


@dataclass(slots=True)
class Difference:
    """What two datasets differ in. `a` and `b` are their folders, `config` has the settings that differ.

    A different config alone is no difference: kinds, columns, rows and splits count. `notes` say where the
    comparison is limited.
    """

    a: str
    b: str
    kinds: dict[str, KindDifference] = field(default_factory=dict)
    kinds_added: tuple[str, ...] = ()
    kinds_removed: tuple[str, ...] = ()
    config: dict[str, Pair[Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def is_same(self) -> bool:
        """Say whether both hold the same kinds, columns, rows and splits."""
        has_same_kinds = not self.kinds_added and not self.kinds_removed
        return has_same_kinds and all(kind.is_same for kind in self.kinds.values())

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"same": self.is_same, **_adapter().dump_python(self, mode="json")}

    def __repr__(self) -> str:
        if self.is_same:
            return f"<lumber.Difference none between {self.a!r} and {self.b!r}>"
        counts = [
            f"{name}: {', '.join(f'{count:,} {change}' for change, count in (kind.counts or {}).items())}"
            for name, kind in self.kinds.items()
        ]
        return f"<lumber.Difference of {self.a!r} and {self.b!r}; {'; '.join(counts)}>"


@cache
def _adapter() -> TypeAdapter[Difference]:
    return TypeAdapter(Difference)
