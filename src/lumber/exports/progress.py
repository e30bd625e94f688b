"""How far an export is: per kind, in rows and in batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class KindProgress:
    """One kind: rows and batches done, and how many there will be (None until the plan is made)."""

    rows_done: int = 0
    rows_total: int | None = None
    batches_done: int = 0
    batches_total: int | None = None

    @property
    def percent(self) -> float:
        """0 to 100; a kind without rows is done as soon as that is known."""
        if self.rows_total is None:
            return 0.0
        if self.rows_total == 0:
            return 100.0
        # Rounded down: 100 is said of what is done.
        return 10_000 * self.rows_done // self.rows_total / 100

    def not_before(self, earlier: KindProgress) -> KindProgress:
        """Return it with counts that do not go back behind `earlier`, and not past the plan."""
        return KindProgress(
            _upto(max(self.rows_done, earlier.rows_done), self.rows_total),
            self.rows_total,
            _upto(max(self.batches_done, earlier.batches_done), self.batches_total),
            self.batches_total,
        )


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """A moment of a running export: its phase and the counts of each kind.

    The phases are planning, surveying, exporting and packing; `surveyed_percent` says how far a first pass
    over the rows is, while it runs.
    """

    phase: str
    kinds: Mapping[str, KindProgress] = field(default_factory=dict)
    rows_per_second: float | None = None
    surveyed_percent: float | None = None

    @property
    def stage(self) -> str:
        """The phase in words, with how far it is where the counts do not show it."""
        return self.phase if self.surveyed_percent is None else f"first pass {self.surveyed_percent:.0f}%"

    @property
    def rows_done(self) -> int:
        """Rows read so far, all kinds together."""
        return sum(kind.rows_done for kind in self.kinds.values())

    @property
    def rows_total(self) -> int | None:
        """Rows of the plan, all kinds together; None until it is made."""
        return _sum([kind.rows_total for kind in self.kinds.values()])

    @property
    def batches_done(self) -> int:
        """Batches done so far."""
        return sum(kind.batches_done for kind in self.kinds.values())

    @property
    def batches_total(self) -> int | None:
        """Batches of the plan; None until it is made."""
        return _sum([kind.batches_total for kind in self.kinds.values()])

    @property
    def eta_seconds(self) -> float | None:
        """Seconds until all rows are read, at the present speed; None when nobody can say."""
        if self.rows_total is None or not self.rows_per_second:
            return None
        return round((self.rows_total - self.rows_done) / self.rows_per_second, 1)

    def not_before(self, earlier: ExportProgress | None) -> ExportProgress:
        """Return it with counts that do not go back behind `earlier`."""
        known = dict(earlier.kinds) if earlier else {}
        kinds = {
            name: kind.not_before(known[name]) if name in known else kind for name, kind in self.kinds.items()
        }
        # An attempt that has just begun does not know its kinds yet.
        kinds = {**known, **kinds}
        return replace(self, kinds=kinds)


def _upto(count: int, total: int | None) -> int:
    return count if total is None else min(count, total)


def _sum(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if counts and len(known) == len(counts) else None
