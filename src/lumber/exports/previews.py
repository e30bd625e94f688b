"""Runs previews and checks for a service: each in a thread with its own event loop, with a deadline.

The service's event loop stays free, whatever a preview computes. At the deadline, or if the client goes
away, a preview is cancelled and its statement in the database is interrupted.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import structlog

from lumber.errors import PreviewTimeout
from lumber.exports.aside import Aside
from lumber.exports.config import ExportConfig
from lumber.exports.estimate import ExportEstimate, estimate_export
from lumber.exports.preview import preview
from lumber.exports.preview_report import KindPreview, VersionPreview
from lumber.formats.periods import Period
from lumber.settings import Settings
from lumber.store.database import Database, open_database
from lumber.store.url import DatabaseUrl

T = TypeVar("T")

_log = structlog.stdlib.get_logger(__name__)

_AT_ONCE = 4
# A client that creates an export doesn't wait longer: its worker counts the folders again.
_CHECK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class EstimatedPreview:
    """The preview of every kind, and the estimated size and duration of the export."""

    kinds: dict[str, KindPreview]
    estimate: ExportEstimate
    version: VersionPreview | None = None


class Previews:
    """Runs at most four previews at a time; more of them wait, within their deadline."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="lumber-preview")
        self._running: set[Aside] = set()

    async def run(self, config: ExportConfig, owner_id: str | None = None) -> EstimatedPreview:
        """Preview an export of an account. Raises PreviewTimeout, or what the preview raises."""
        seconds = self._settings.preview_seconds
        try:
            return await self._within(seconds, partial(self._preview, config, owner_id))
        except TimeoutError:
            raise PreviewTimeout(
                f"The preview took longer than {seconds:g} s, the limit of LUMBER_PREVIEW_SECONDS. "
                "Narrow the dates or filters, or export without a preview."
            ) from None

    async def check_folders(self, config: ExportConfig) -> None:
        """Raise ConfigError if `partition_by` would make too many folders of the rows of this moment.

        A check that takes long is left to the worker: the export then fails with the same error.
        """
        if config.partition_by is not None:
            seconds = min(_CHECK_SECONDS, self._settings.preview_seconds)
            try:
                await self._within(seconds, partial(self._check, config, config.partition_by))
            except TimeoutError:
                _log.info("folders_left_to_worker", seconds=seconds)

    async def ask(self, make: Callable[[Database], Awaitable[T]]) -> T:
        """Return what a question to the database returns. Raises PreviewTimeout, or what it raises."""
        seconds = self._settings.preview_seconds
        try:
            return await self._within(seconds, make)
        except TimeoutError:
            raise PreviewTimeout(
                f"The database didn't answer within {seconds:g} s, the limit of LUMBER_PREVIEW_SECONDS."
            ) from None

    async def _within(self, seconds: float, make: Callable[[Database], Awaitable[T]]) -> T:
        """Run a coroutine with a database in a thread. Raises TimeoutError, or what it raises."""
        self._running = {running for running in self._running if not running.has_ended}
        running = Aside()
        self._running.add(running)
        async with asyncio.timeout(seconds):
            return await running.result(self._threads, lambda: self._opened(make, running.stopped))

    @property
    def running(self) -> int:
        """The number of previews whose thread has not ended, also after their caller left."""
        return sum(not running.has_ended for running in self._running)

    def close(self) -> None:
        """Take no more previews, and stop those that run."""
        for running in self._running:
            running.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _opened(self, make: Callable[[Database], Awaitable[T]], stopped: threading.Event) -> T:
        settings = self._settings
        database = open_database(
            DatabaseUrl.parse(settings.effective_database_url),
            busy_timeout_seconds=settings.busy_timeout_seconds,
            stopped=stopped,
            statement_seconds=settings.preview_seconds,
        )
        try:
            return await make(database)
        finally:
            await database.close()

    async def _preview(
        self, config: ExportConfig, owner_id: str | None, database: Database
    ) -> EstimatedPreview:
        found = await preview(config, database, settings=self._settings, owner_id=owner_id)
        estimate = await estimate_export(database, config, found.kinds)
        return EstimatedPreview(found.kinds, estimate, found.version)

    async def _check(self, config: ExportConfig, period: Period, database: Database) -> None:
        # It takes a library that the service doesn't load otherwise.
        from lumber.exports.period_folders import check_rows_of_now

        await check_rows_of_now(config, database, period)
