"""What a verification found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

# A sentence stays a sentence, also when it shows a cell of a megabyte.
_TEXT_LENGTH = 400


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it should be, and the path in the dataset where."""

    path: str
    problem: str


@dataclass(slots=True)
class Report:
    """The result: problems, remarks that are none, the files listed, and rows read back by kind."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    files: int = 0
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def is_ok(self) -> bool:
        """Say whether the dataset is what its manifest says."""
        return not self.problems

    def add(self, path: str, problem: str) -> None:
        """Record a problem."""
        self.problems.append(Problem(_plain(path), _plain(problem)))

    def note(self, path: str, text: str) -> None:
        """Record a remark that makes nothing wrong."""
        self.notes.append(Problem(_plain(path), _plain(text)))

    def as_json(self) -> dict[str, Any]:
        """Return the result as plain JSON values, without the remarks."""
        return {
            "ok": self.is_ok,
            "problems": [asdict(problem) for problem in self.problems],
            "files": self.files,
            "rows": dict(self.rows),
        }


def _plain(text: str) -> str:
    """Return text that any output can encode: file names on a disk may be bytes of any kind."""
    encoded = text.encode(errors="backslashreplace").decode()
    return encoded if len(encoded) <= _TEXT_LENGTH else encoded[: _TEXT_LENGTH - 1] + "…"
