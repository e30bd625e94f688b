"""What two datasets differ in, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Change(StrEnum):
    """What became of a row between A and B. A row may have both changed and moved."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that is not the same in both, and its splits; null where it is not.

    `columns` has the two values of each column that differs, as plain JSON values; null where they were not
    looked at.
    """

    kind: str
    id: int
    changes: tuple[Change, ...]
    split_a: str | None
    split_b: str | None
    columns: dict[str, tuple[Any, Any]] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "kind": self.kind,
            "id": self.id,
            "changes": [str(change) for change in self.changes],
            "split_a": self.split_a,
            "split_b": self.split_b,
            **(
                {}
                if self.columns is None
                else {"columns": {name: {"a": a, "b": b} for name, (a, b) in self.columns.items()}}
            ),
        }


@dataclass(frozen=True, slots=True)
class ColumnsDifference:
    """The columns that only one of two records has, and those that both have with other types."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Say whether the records have the same columns."""
        return not (self.added or self.removed or self.retyped)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        retyped = {name: {"a": a, "b": b} for name, (a, b) in self.retyped.items()}
        return {"added": list(self.added), "removed": list(self.removed), "retyped": retyped}


@dataclass(slots=True)
class KindDifference:
    """What the rows of one kind differ in; `rows` are null where they could not be compared by their ids."""

    rows_a: int
    rows_b: int
    columns: ColumnsDifference = field(default_factory=ColumnsDifference)
    counts: dict[Change, int] | None = None
    examples: list[RowChange] = field(default_factory=list)

    @property
    def is_same(self) -> bool:
        """Say whether nothing differs."""
        return (
            self.columns.is_empty
            and self.rows_a == self.rows_b
            and (self.counts is None or not any(self.counts.values()))
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "rows": {"a": self.rows_a, "b": self.rows_b},
            **{change.value: None if self.counts is None else self.counts[change] for change in Change},
            "columns": self.columns.as_json(),
            "examples": [example.as_json() for example in self.examples],
        }


@dataclass(slots=True)
class Difference:
    """What two datasets differ in. A and B are the folders, `config` holds the fields that differ.

    A config of another kind makes no difference by itself: what counts are kinds, columns, rows and splits.
    `notes` say where a comparison says less than it seems to.
    """

    a: str
    b: str
    kinds: dict[str, KindDifference] = field(default_factory=dict)
    kinds_added: tuple[str, ...] = ()
    kinds_removed: tuple[str, ...] = ()
    config: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def is_same(self) -> bool:
        """Say whether both hold the same kinds, columns, rows and splits."""
        has_same_kinds = not self.kinds_added and not self.kinds_removed
        return has_same_kinds and all(kind.is_same for kind in self.kinds.values())

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "same": self.is_same,
            "a": self.a,
            "b": self.b,
            "kinds": {name: kind.as_json() for name, kind in self.kinds.items()},
            "kinds_added": list(self.kinds_added),
            "kinds_removed": list(self.kinds_removed),
            "config": {name: {"a": a, "b": b} for name, (a, b) in self.config.items()},
            "notes": list(self.notes),
        }

    def __repr__(self) -> str:
        if self.is_same:
            return f"<lumber.Difference none between {self.a!r} and {self.b!r}>"
        counts = [
            f"{name}: {', '.join(f'{count:,} {change}' for change, count in (kind.counts or {}).items())}"
            for name, kind in self.kinds.items()
        ]
        return f"<lumber.Difference of {self.a!r} and {self.b!r}; {'; '.join(counts)}>"
