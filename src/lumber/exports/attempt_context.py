"""AttemptContext: what all stages of an attempt share, and how each of them writes, waits and tells."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lumber.engine.staging import OutputFolder
from lumber.exports.attempt_progress import AttemptProgress
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.ledger.rows import Claim
from lumber.exports.progress import ExportProgress
from lumber.settings import Settings
from lumber.store.database import Database
from lumber.store.patience import patiently
from lumber.store.shielded import in_thread, shielded

_PROGRESS_SECONDS = 0.2

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AttemptContext:
    """The claim of an attempt, and what it works with. `is_stopped` is set when the attempt must end.

    With `is_service` the attempt may be repeated, and its folder belongs to the export alone.
    """

    claim: Claim
    database: Database
    settings: Settings
    ledger: ExportStatusManager
    folder: OutputFolder
    is_service: bool
    on_progress: Callable[[ExportProgress], None]
    progress: AttemptProgress = field(default_factory=AttemptProgress)
    is_stopped: threading.Event = field(default_factory=threading.Event)

    async def write(self, transaction: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a transaction to its end. A locked database is waited for; that is no failure."""
        return await shielded(patiently(transaction, is_stopped=self.is_stopped.is_set))

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread to its end. If the attempt is stopped meanwhile, the next step notices."""
        return await in_thread(work, self.is_stopped.set)

    def tell(self, phase: str) -> None:
        """Report the progress, in this phase."""
        self.progress.phase = phase
        self.on_progress(self.progress.snapshot())

    def note(self, text: str) -> None:
        """Write a line into the journal. All who may see the export read it: it has no values of rows."""
        self.progress.journal.write(text)

    @asynccontextmanager
    async def reporting(self) -> AsyncIterator[None]:
        """Report the progress a few times a second while the block runs."""
        reporter = asyncio.create_task(self._report())
        try:
            yield
        finally:
            reporter.cancel()

    async def _report(self) -> None:
        while True:
            self.tell(self.progress.phase)
            await asyncio.sleep(_PROGRESS_SECONDS)
