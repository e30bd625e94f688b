"""Reads the rejects of a kind: which rows were rejected, by which rules."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np

from lumber.dataset.verify.rows import Ints
from lumber.formats.json_rows import MOST_BYTES, line_blocks
from lumber.steps.validate import REJECT_SCHEMA

FOLDER = "rejects"
_UNIQUE_ID = "unique_id"
_KEYS = tuple(REJECT_SCHEMA)
_TEXTS = ("rule", "column", "reason")


@dataclass(slots=True)
class Rejects:
    """The content of a file of rejects. `ids` are distinct and ascending."""

    lines: int = 0
    rules: Counter[str] = field(default_factory=Counter)  # "column.rule" -> lines
    ids: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    # Ids rejected as duplicates: the first row with such an id may be written.
    repeated: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    @property
    def only_rejected(self) -> Ints:
        """The ids that no written row may have."""
        return np.setdiff1d(self.ids, self.repeated)


def kind_of_rejects(path: str) -> str | None:
    """Return the kind whose rejects are at a path; None for any other path."""
    folder, _, name = path.partition("/")
    return name.removesuffix(".jsonl") if folder == FOLDER and name.endswith(".jsonl") else None


def read_rejects(file: BinaryIO, kind: str, most_line_bytes: int = MOST_BYTES) -> Rejects:
    """Read a file of rejects. Raises ValueError with the number of a malformed line."""
    found = Rejects()
    for lines in line_blocks(file, most_bytes=most_line_bytes):
        for number, line in enumerate(lines, found.lines + 1):
            wrong = _wrong(line, kind)
            if wrong is not None:
                raise ValueError(f"line {number} {wrong}")
            found.rules[f"{line['column']}.{line['rule']}"] += 1
        found.lines += len(lines)
        found.ids = np.union1d(found.ids, _ids(lines))
        found.repeated = np.union1d(
            found.repeated, _ids([line for line in lines if line["rule"] == _UNIQUE_ID])
        )
    return found


def _wrong(line: Any, kind: str) -> str | None:
    if not isinstance(line, dict) or line.keys() != set(_KEYS):
        return f"is not an object of {', '.join(_KEYS)}"
    if line["kind"] != kind:
        return f"is of the kind {line['kind']!r}, not {kind!r}"
    if type(line["id"]) is not int or not -(2**63) <= line["id"] < 2**63:
        return f"has no id that a row can have: {line['id']!r}"
    for name in _TEXTS:
        if not isinstance(line[name], str):
            return f"has no text in {name}"
    if line["value"] is not None and not isinstance(line["value"], str):
        return "has neither text nor null in value"
    return None


def _ids(lines: list[Any]) -> Ints:
    return np.array([line["id"] for line in lines], dtype=np.int64)
