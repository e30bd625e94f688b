"""Residue and Finding: what the scan of written values reports, without the values."""

from __future__ import annotations

from dataclasses import dataclass

_SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Residue:
    """A value that should have been replaced: its type, and its shape without its letters and digits."""

    type: str
    shape: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The position of a residue. `row` counts from 1 in the file; None outside rows."""

    path: str
    column: str
    row: int | None
    type: str
    shape: str

    def __str__(self) -> str:
        where = self.column if self.row is None else f"{self.column} of row {self.row:,}"
        return f"{self.path}: {self.type} in {where}, of the shape {self.shape}"


def residue_of(type_: str, text: str) -> Residue:
    """Describe a residue without revealing it: digits become 9, letters become x."""
    shown = text[:_SHOWN_CHARACTERS]
    shape = "".join("9" if c.isdigit() else "x" if c.isalpha() else c for c in shown)
    return Residue(type_, ascii(shape)[1:-1] + ("..." if len(text) > _SHOWN_CHARACTERS else ""))
