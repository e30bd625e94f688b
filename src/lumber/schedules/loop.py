"""ScheduleLoop: starts the runs of schedules while `lumber serve` or `lumber worker` runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog

from lumber.errors import DatabaseError
from lumber.schedules.ticker import Clock, Ticker
from lumber.settings import Settings
from lumber.store.clock import database_now
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl

# A schedule that another process creates or changes, and an export that ends, are noticed after this time.
_MOST_SECONDS = 2.0
_LEAST_SECONDS = 0.05
_SLOW_SECONDS = 5.0

_log = structlog.stdlib.get_logger(__name__)


class ScheduleLoop:
    """Look for due runs until stopped. Any number of processes can each run one.

    `on_made` is called when exports were created, so that a worker in this process can look at once.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        on_made: Callable[[], None] = lambda: None,
        clock: Clock = database_now,
    ) -> None:
        self._settings = settings
        self._on_made = on_made
        self._clock = clock
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start in the background, unless LUMBER_SCHEDULER is false."""
        if self._settings.scheduler and self._task is None:
            self._task = asyncio.create_task(self._run(), name="schedules")

    async def stop(self) -> None:
        """Stop, after the current transaction."""
        self._stopping.set()
        task, self._task = self._task, None
        if task is not None:
            await task

    async def _run(self) -> None:
        settings = self._settings
        url = DatabaseUrl.parse(settings.effective_database_url)
        database = open_database(url, connections=1, busy_timeout_seconds=settings.busy_timeout_seconds)
        ticker = Ticker(database, settings.max_queued, clock=self._clock)
        try:
            while not self._stopping.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), await self._tick(ticker))
        finally:
            await database.close()

    async def _tick(self, ticker: Ticker) -> float:
        """Look once, and return the seconds until the next look."""
        try:
            if await ticker.tick():
                self._on_made()
            return max(_LEAST_SECONDS, await ticker.seconds_to_next(_MOST_SECONDS))
        except DatabaseError as error:
            _log.warning("schedules_unreachable", error=str(error))
        except Exception as error:  # noqa: BLE001 - the next look may work
            _log.exception("scheduler_failed", error=str(error))
        return _SLOW_SECONDS
