"""Runs comparisons of exports for a service: in threads, a few at a time, each with a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from lumber.errors import TooManyRequests
from lumber.exports.aside import Aside
from lumber.exports.comparing.deadline import Deadline
from lumber.exports.download import find_dataset
from lumber.exports.ledger import ExportStatusManager
from lumber.settings import Settings

if TYPE_CHECKING:
    from lumber.exports.comparing.report import Comparison, Differences, DriftReport, RowReport

T = TypeVar("T")

_AT_ONCE, _MOST_WAITING = 2, 6
_RETRY_SECONDS = 5


class Comparisons:
    """Compares exports. Close it when done.

    The methods raise ExportNotFound, ExportStateError before an export is completed, ExportFileNotFound when
    its files are gone, DatasetDamaged, and TooManyRequests while many comparisons wait.
    """

    def __init__(self, settings: Settings, ledger: ExportStatusManager) -> None:
        self._settings = settings
        self._ledger = ledger
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="lumber-comparison")
        self._running: set[Aside] = set()

    async def documents(self, a: str, b: str) -> Comparison:
        """Compare what the manifests and quality reports say."""
        from lumber.dataset.layout import QUALITY_REPORT
        from lumber.exports.comparing.documents import compare_documents  # loads Polars and pyarrow

        exports = await self._ledger.get(a), await self._ledger.get(b)
        datasets = [
            await find_dataset(self._ledger, each, paths=lambda _kinds: [QUALITY_REPORT]) for each in (a, b)
        ]
        return await self._run(lambda _deadline: compare_documents(exports, (datasets[0], datasets[1])))

    async def drift(self, a: str, b: str) -> DriftReport:
        """Compare the values of each column."""
        from lumber.exports.comparing.drift import compare_drift  # loads Polars and pyarrow

        of_a, of_b = await self._folder(a), await self._folder(b)
        limits = self._settings.read_limits
        return await self._run(lambda deadline: compare_drift(of_a, of_b, limits, deadline.check))

    async def rows(self, a: str, b: str, examples: int) -> RowReport:
        """Compare the rows by their ids, with some examples of each change."""
        from lumber.exports.comparing.rows import compare_rows  # loads Polars and pyarrow

        of_a, of_b = await self._folder(a), await self._folder(b)
        limits = self._settings.read_limits
        return await self._run(lambda deadline: compare_rows(of_a, of_b, examples, limits, deadline.check))

    async def differences(self, a: str, b: str, examples: int | None) -> Differences:
        """Compare all of it; the rows only with a number of examples."""
        from lumber.exports.comparing.report import Differences

        return Differences(
            documents=await self.documents(a, b),
            drift=await self.drift(a, b),
            rows=None if examples is None else await self.rows(a, b, examples),
        )

    def close(self) -> None:
        """Take no more comparisons, and stop those that run."""
        for running in self._running:
            running.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _folder(self, export_id: str) -> Path:
        return (await find_dataset(self._ledger, export_id, paths=lambda _kinds: ())).folder

    async def _run(self, work: Callable[[Deadline], T]) -> T:
        """Run work in a thread. The time that it may take begins when it starts."""
        self._running = {each for each in self._running if not each.has_ended}
        if len(self._running) >= _AT_ONCE + _MOST_WAITING:
            raise TooManyRequests(
                "Many comparisons are running. Try again when some have ended.", _RETRY_SECONDS
            )
        running = Aside()
        self._running.add(running)

        async def inside() -> T:
            await asyncio.sleep(0)
            return work(Deadline(self._settings.preview_seconds, running.stopped))

        return await running.result(self._threads, inside)
