"""Runs the retention every hour while the service runs."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog

from lumber.audit.retention import prune
from lumber.exports.retention import RetentionPolicy, clean_up
from lumber.exports.versions.retention import has_limits
from lumber.settings import Settings
from lumber.store.database import Database

_EVERY_SECONDS = 3_600.0
_log = structlog.get_logger("lumber.retention")


class RetentionLoop:
    """Apply the retention on start and every hour: of exports, of versions, and of the audit trail.

    The limits are those of the settings and of datasets. Without any, do nothing. Several processes can each
    run one.
    """

    def __init__(
        self, database: Database, settings: Settings, *, every_seconds: float = _EVERY_SECONDS
    ) -> None:
        self._database = database
        self._settings = settings
        self._policy = RetentionPolicy.from_settings(settings)
        self._every_seconds = every_seconds
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    @property
    def is_running(self) -> bool:
        """Return whether the loop was started and not stopped."""
        return self._task is not None

    def start(self) -> None:
        """Start in the background."""
        if self._task is None:
            self._stopping.clear()
            self._task = asyncio.create_task(self._run(), name="retention")

    async def stop(self) -> None:
        """Stop, after the current deletion."""
        self._stopping.set()
        task, self._task = self._task, None
        if task is not None:
            await task

    async def _run(self) -> None:
        while not self._stopping.is_set():
            await self._clean_up()
            if self._settings.audit_days is not None:
                await self._prune(self._settings.audit_days)
            if self._settings.destination_grace_hours is not None:
                await self._clean_destinations(self._settings.destination_grace_hours)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._every_seconds)

    async def _clean_destinations(self, grace_hours: float) -> None:
        # Services without destinations don't need it.
        from lumber.destinations.housekeeping import clean_all
        from lumber.exports.versions.reconciling import name_versions

        try:
            await name_versions(self._database, umask=self._settings.file_umask)
            await clean_all(
                self._database,
                grace_hours=grace_hours,
                umask=self._settings.file_umask,
                is_stopping=self._stopping.is_set,
            )
        except Exception:  # noqa: BLE001 - the next run retries after any error
            _log.exception("destinations were not cleaned")

    async def _prune(self, days: float) -> None:
        try:
            lines = await prune(self._database, days, is_stopping=self._stopping.is_set)
        except Exception:  # noqa: BLE001 - the next run retries after any error
            _log.exception("the audit trail was not pruned")
            return
        if lines:
            _log.info("audit trail pruned", lines=lines)

    async def _clean_up(self) -> None:
        try:
            if not self._policy.is_set and not await self._has_limits():
                return
            report = await clean_up(
                self._database, self._settings, self._policy, is_stopping=self._stopping.is_set
            )
        except Exception:  # noqa: BLE001 - the next run retries after any error
            _log.exception("clean-up failed")
            return
        if report.exports or report.orphans or report.withdrawn:
            _log.info(
                "cleaned up",
                exports=len(report.exports),
                orphans=len(report.orphans),
                freed_bytes=report.freed_bytes,
                withdrawn=len(report.withdrawn),
            )

    async def _has_limits(self) -> bool:
        async with self._database.session() as session:
            return await has_limits(session)
