"""Checks a chain of lines as they come: what was changed, removed, inserted, reordered or cut off."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lumber.audit.actions import Action
from lumber.audit.line import FIRST_PREV_HASH, Line, hash_of
from lumber.audit.reading import Head

# More of them would tell nothing new: one change in the middle can break everything after it.
_MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and at which line. `kind` is changed, removed, inserted, reordered, cut_off or head."""

    kind: str
    seq: int
    message: str


@dataclass(slots=True)
class ChainReport:
    """What a check found. `hash` is that of the last line: kept elsewhere, it proves more than the chain."""

    lines: int = 0
    first_seq: int | None = None
    last_seq: int | None = None
    hash: str | None = None
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0

    @property
    def is_ok(self) -> bool:
        """Return whether nothing is wrong."""
        return not self.problem_count

    def add(self, kind: str, seq: int, message: str) -> None:
        """Count a problem, and keep the first ones."""
        self.problem_count += 1
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(Problem(kind, seq, message))

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "is_ok": self.is_ok,
            "lines": self.lines,
            "first_seq": self.first_seq,
            "last_seq": self.last_seq,
            "hash": self.hash,
            "problem_count": self.problem_count,
            "problems": [{"kind": p.kind, "seq": p.seq, "message": p.message} for p in self.problems],
        }


class ChainCheck:
    """Checks one chain. Feed it the lines in order, then `finish` it. Its memory doesn't grow.

    `head` is what the database or the file says about the chain. `expected` is the hash of a line that was
    noted before.
    """

    def __init__(self, head: Head | None, expected: str | None = None) -> None:
        self._head = head
        self._expected = expected
        self._is_expected_found = expected is None
        self._report = ChainReport()
        self._before: Line | None = None
        self._highest = 0
        self._pruned: dict[str, Any] | None = None

    def feed(self, line: Line, *, is_canonical: bool = True) -> None:
        """Check the next line. `is_canonical` says whether its text is what the hash covers."""
        report, before = self._report, self._before
        self._check_place(line)
        is_own = is_canonical and hash_of(line.members) == line.hash
        if not is_own:
            report.add(
                "changed", line.seq, f"Line {line.seq:,} was changed: its content doesn't match its hash."
            )
        elif before is not None and line.members["prev_hash"] != before.hash:
            self._check_link(line, before)
        if line.hash == self._expected:
            self._is_expected_found = True
        if line.members["action"] == Action.AUDIT_PRUNED and isinstance(line.members["details"], dict):
            self._pruned = line.members["details"]
        self._before, self._highest = line, max(self._highest, line.seq)
        report.lines += 1
        report.first_seq = line.seq if report.first_seq is None else report.first_seq
        report.last_seq, report.hash = line.seq, line.hash

    def finish(self) -> ChainReport:
        """Compare the ends of the chain with its head, and return the report."""
        self._check_head()
        if not self._is_expected_found:
            self._report.add(
                "head",
                self._highest,
                f"No line has the expected hash {self._expected}: the chain was rewritten, or cut off before "
                "that line.",
            )
        return self._report

    def _check_place(self, line: Line) -> None:
        """Compare the number of a line with that of the line before it."""
        report, before = self._report, self._before
        if before is None:
            self._check_first(line)
        elif line.seq > self._highest + 1:
            report.add("removed", self._highest + 1, _missing(self._highest + 1, line.seq - 1))
        elif line.seq == before.seq:
            report.add("inserted", line.seq, f"There are two lines with the number {line.seq:,}.")
        elif line.seq <= self._highest:
            report.add("reordered", line.seq, f"Line {line.seq:,} comes after line {before.seq:,}.")

    def _check_first(self, line: Line) -> None:
        """Check that the chain begins at its anchor."""
        first, prev_hash = self._anchor(line)
        if line.seq > first:
            which = (
                "Line 1 is" if line.seq == 2 and first == 1 else f"Lines {first:,} to {line.seq - 1:,} are"
            )
            self._report.add("removed", first, f"{which} missing.")
        elif line.seq < first:
            self._report.add(
                "inserted", line.seq, f"Line {line.seq:,} is older than line {first:,}, the first one kept."
            )
        elif line.members["prev_hash"] != prev_hash:
            self._report.add(
                "changed", line.seq, f"Line {line.seq:,} doesn't continue what came before the first line."
            )

    def _anchor(self, line: Line) -> tuple[int, str]:
        if self._head is not None:
            return self._head.first_seq, self._head.first_prev_hash
        # Without a head, only the beginning of the whole chain is known.
        return (1, FIRST_PREV_HASH) if line.seq == 1 else (line.seq, line.members["prev_hash"])

    def _check_link(self, line: Line, before: Line) -> None:
        """Tell of a line that is sound in itself and doesn't continue the line before it."""
        if line.seq == before.seq + 1:
            self._report.add(
                "changed",
                line.seq,
                f"Line {line.seq:,} doesn't continue line {before.seq:,}: one of them was replaced, or "
                "another line was inserted.",
            )

    def _check_head(self) -> None:
        head, report = self._head, self._report
        if head is None:
            return
        if self._highest < head.last_seq:
            first = max(self._highest + 1, head.first_seq)
            report.add("cut_off", first, f"The end of the chain is missing: {_lines(first, head.last_seq)}.")
        elif self._highest > head.last_seq:
            first = head.last_seq + 1
            which = _lines(first, self._highest)
            report.add("inserted", first, f"The chain ends before {which}, according to its head.")
        elif report.lines and report.hash != head.last_hash:
            report.add("head", head.last_seq, f"The hash of line {head.last_seq:,} isn't that of the head.")
        if head.first_seq > 1 and self._pruned != _anchored(self._pruned, head):
            report.add(
                "removed",
                head.first_seq,
                f"The lines before {head.first_seq:,} are missing, and no line of the retention says why.",
            )


def _anchored(pruned: dict[str, Any] | None, head: Head) -> dict[str, Any]:
    return {**(pruned or {}), "first_seq": head.first_seq, "prev_hash": head.first_prev_hash}


def _lines(first: int, last: int) -> str:
    return f"line {first:,}" if first == last else f"lines {first:,} to {last:,}"


def _missing(first: int, last: int) -> str:
    return f"{_lines(first, last).capitalize()} {'is' if first == last else 'are'} missing."
