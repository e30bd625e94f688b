"""AttemptProgress: how far a running attempt is, as its partitions and first passes report it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from lumber.engine.plan import Plan
from lumber.engine.protocol import Engine
from lumber.engine.result import FinishedPartition
from lumber.exports.config import ExportConfig
from lumber.exports.journal import JournalKeeper
from lumber.exports.progress import ExportProgress, KindProgress

_RATE_SECONDS = 5.0
# Reports that are closer to each other say nothing about the speed.
_MIN_RATE_SECONDS = 0.2


class AttemptProgress:
    """The progress of an attempt: what earlier ones finished, and what its engine has done."""

    def __init__(self) -> None:
        self.journal = JournalKeeper()
        self._phase = "planning"
        self.engine: Engine | None = None
        self.published_percent: float | None = None
        self.collected_rows: int | None = None
        self.fit_rows = 0  # of the first pass, when there is one
        self._base: dict[str, KindProgress] = {}
        self._earlier: ExportProgress | None = None
        # By kind with an estimated plan: the rows of its unfinished partitions.
        self._unread: dict[str, dict[int, int]] = {}
        self._seen: deque[tuple[float, int]] = deque()
        self._batch_size = 1
        self._lock = threading.Lock()

    @property
    def phase(self) -> str:
        """The phase that runs."""
        return self._phase

    @phase.setter
    def phase(self, phase: str) -> None:
        self._phase = phase
        self.journal.enter(phase)

    def begin(
        self,
        config: ExportConfig,
        plan: Plan | None,
        results: Iterable[FinishedPartition],
        earlier: ExportProgress | None,
    ) -> None:
        """Set what the counts begin with, and their totals when there is a plan."""
        finished = list(results)
        base, unread = {}, {}
        for name in config.data_types:
            mine = [result for result in finished if result.kind == name]
            parts = None if plan is None else plan.kind(name).partitions
            base[name] = KindProgress(
                rows_done=sum(result.read for result in mine),
                rows_total=None if plan is None else plan.kind(name).rows,
                batches_done=_batches([result.read for result in mine], config),
                batches_total=None if parts is None else _batches([part.rows for part in parts], config),
            )
            if plan is not None and plan.kind(name).is_estimate:
                unread[name] = {part.ordinal: part.rows for part in plan.kind(name).partitions}
        with self._lock:
            self._base, self._earlier = base, earlier
            self._unread, self._batch_size = unread, config.batch_size
        for result in finished:
            self.read(result)

    def read(self, result: FinishedPartition) -> None:
        """Correct an estimated plan by what a finished partition has read."""
        with self._lock:
            planned = self._unread.get(result.kind, {}).pop(result.ordinal, None)
            base = self._base.get(result.kind)
            if planned is None or base is None or base.rows_total is None or base.batches_total is None:
                return
            batches = -(-result.read // self._batch_size) - -(-planned // self._batch_size)
            self._base[result.kind] = replace(
                base,
                rows_total=base.rows_total + result.read - planned,
                batches_total=base.batches_total + batches,
            )

    def snapshot(self) -> ExportProgress:
        """Return the progress at this moment."""
        with self._lock:
            kinds = {}
            for name, base in self._base.items():
                rows, batches = (0, 0) if self.engine is None else self.engine.done(name)
                rows, batches = base.rows_done + rows, base.batches_done + batches
                left = len(self._unread.get(name, ()))
                kinds[name] = KindProgress(
                    rows,
                    _least(base.rows_total, rows, left),
                    batches,
                    _least(base.batches_total, batches, left),
                )
            rows_done = sum(kind.rows_done for kind in kinds.values())
            rate = self._rate(rows_done)
            self.journal.read(self._rows_read(rows_done))
            helpers = () if self.engine is None else self.engine.helpers
            now = ExportProgress(
                self.phase,
                kinds,
                rate,
                self._fit_percent(),
                self.published_percent,
                helpers,
                self.collected_rows if self.phase == "collecting" else None,
                self.journal.journal,
            )
            return now.not_before(self._earlier)

    def finished(self) -> ExportProgress:
        """Return the progress at the end of the export."""
        now = self.snapshot()
        self.journal.end(self._rows_read(now.rows_done))
        return replace(now, journal=self.journal.journal)

    def _rows_read(self, rows: int) -> int:
        """Return the rows read, those of first passes and collecting included."""
        passes = 0 if self.engine is None else self.engine.fitted_rows
        return rows + passes + (self.collected_rows or 0)

    def _fit_percent(self) -> float | None:
        """Return how far the first pass is, in percent; None while none runs."""
        if self.phase != "surveying" or self.engine is None:
            return None
        # Rounded down, as all progress.
        return min(100.0, 10_000 * self.engine.fitted_rows // max(1, self.fit_rows) / 100)

    def _rate(self, rows: int) -> float | None:
        """Return the rows per second of the last few seconds; None while nothing can be said."""
        moment = time.monotonic()
        self._seen.append((moment, rows))
        while moment - self._seen[0][0] > _RATE_SECONDS:
            self._seen.popleft()
        since, before = self._seen[0]
        if moment - since < _MIN_RATE_SECONDS or rows <= before:
            return None
        return round((rows - before) / (moment - since), 1)


def _least(total: int | None, done: int, left: int) -> int | None:
    """Return an estimated total that leaves something to do for each unfinished partition."""
    return total if total is None or not left else max(total, done + left)


def _batches(rows: Iterable[int], config: ExportConfig) -> int:
    """Return how many batches partitions of so many rows take."""
    return sum(-(-count // config.batch_size) for count in rows)
