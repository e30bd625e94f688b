"""Progress of an export per kind, in rows and batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lumber.exports.journal import Journal
from lumber.text import counted


@dataclass(frozen=True, slots=True)
class KindProgress:
    """Rows and batches of one kind: done, and planned (None before planning)."""

    rows_done: int = 0
    rows_total: int | None = None
    batches_done: int = 0
    batches_total: int | None = None

    @property
    def percent(self) -> float:
        """Return 0 to 100. A kind without rows is done once it is planned."""
        if self.rows_total is None:
            return 0.0
        if self.rows_total == 0:
            return 100.0
        # Rounded down: only finished kinds show 100.
        return 10_000 * self.rows_done // self.rows_total / 100

    def not_before(self, earlier: KindProgress) -> KindProgress:
        """Return the progress with counts between those of `earlier` and the plan."""
        return KindProgress(
            _upto(max(self.rows_done, earlier.rows_done), self.rows_total),
            self.rows_total,
            _upto(max(self.batches_done, earlier.batches_done), self.batches_total),
            self.batches_total,
        )


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """Phase and counts per kind of a running export.

    The phases are collecting (the rows of a source that can't be read in place), planning, surveying (the
    first pass), exporting, packing and, with a destination, publishing. `surveyed_percent` is the progress of
    the first pass while it runs, and `published_percent` that of the bytes in the destination.
    `collected_rows` are those of a source, while they are collected. `workers` are the names of those
    elsewhere that help. `journal` is that of all attempts.
    """

    phase: str
    kinds: Mapping[str, KindProgress] = field(default_factory=dict)
    rows_per_second: float | None = None
    surveyed_percent: float | None = None
    published_percent: float | None = None
    workers: tuple[str, ...] = ()
    collected_rows: int | None = None
    journal: Journal | None = None

    @property
    def stage(self) -> str:
        """Return the phase as text, with its percent if the counts don't show it."""
        if self.published_percent is not None:
            return f"publishing {self.published_percent:.0f}%"
        if self.collected_rows is not None:
            return f"collecting {counted(self.collected_rows, 'row')}"
        return self.phase if self.surveyed_percent is None else f"first pass {self.surveyed_percent:.0f}%"

    @property
    def rows_done(self) -> int:
        """Return the rows read so far, of all kinds."""
        return sum(kind.rows_done for kind in self.kinds.values())

    @property
    def rows_total(self) -> int | None:
        """Return the planned rows of all kinds; None before planning."""
        return _sum([kind.rows_total for kind in self.kinds.values()])

    @property
    def batches_done(self) -> int:
        """Return the finished batches."""
        return sum(kind.batches_done for kind in self.kinds.values())

    @property
    def batches_total(self) -> int | None:
        """Return the planned batches; None before planning."""
        return _sum([kind.batches_total for kind in self.kinds.values()])

    @property
    def eta_seconds(self) -> float | None:
        """Return the estimated seconds until all rows are read; None if unknown."""
        if self.rows_total is None or not self.rows_per_second:
            return None
        return round((self.rows_total - self.rows_done) / self.rows_per_second, 1)

    def not_before(self, earlier: ExportProgress | None) -> ExportProgress:
        """Return the progress with counts not below those of `earlier`."""
        known = dict(earlier.kinds) if earlier else {}
        kinds = {
            name: kind.not_before(known[name]) if name in known else kind for name, kind in self.kinds.items()
        }
        # A new attempt doesn't know its kinds yet.
        kinds = {**known, **kinds}
        # Nor has it opened the journal.
        journal = self.journal or (earlier.journal if earlier else None)
        return replace(self, kinds=kinds, journal=journal)


def _upto(count: int, total: int | None) -> int:
    return count if total is None else min(count, total)


def _sum(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if counts and len(known) == len(counts) else None
