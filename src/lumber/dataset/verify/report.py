"""Report: the result of a verification."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

# Longer texts are cut: a value in a file may be a megabyte long.
_TEXT_LENGTH = 400


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem or a note, and the path in the dataset that it concerns."""

    path: str
    problem: str


@dataclass(slots=True)
class Report:
    """The problems and notes, the number of listed files, and the rows read back of each kind."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    files: int = 0
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def is_ok(self) -> bool:
        """Say whether the dataset matches its manifest."""
        return not self.problems

    def add(self, path: str, problem: str) -> None:
        """Record a problem."""
        self.problems.append(Problem(_plain(path), _plain(problem)))

    def note(self, path: str, text: str) -> None:
        """Record a note, which is no problem."""
        self.notes.append(Problem(_plain(path), _plain(text)))

    def as_json(self) -> dict[str, Any]:
        """Return the result as plain JSON values, without the notes."""
        return {
            "ok": self.is_ok,
            "problems": [asdict(problem) for problem in self.problems],
            "files": self.files,
            "rows": dict(self.rows),
        }


def _plain(text: str) -> str:
    """Return text that any output can encode: a file name may contain any bytes."""
    encoded = text.encode(errors="backslashreplace").decode()
    return encoded if len(encoded) <= _TEXT_LENGTH else encoded[: _TEXT_LENGTH - 1] + "…"
