"""Checks the audit trail for clients: in a thread of its own, because each line takes time, one at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from lumber.audit.chain import ChainReport
from lumber.audit.verify import verify_chain
from lumber.errors import TooManyRequests
from lumber.exports.aside import Aside
from lumber.settings import Settings
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl

# 100,000 lines take about three.
_RETRY_SECONDS = 5


class ChainCheck:
    """Runs at most one check of the audit trail. Close it when done."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="lumber-audit-check")
        self._running: Aside | None = None

    async def run(self, expected: str | None) -> ChainReport:
        """Check all lines. It stops if the caller is cancelled. Raises TooManyRequests while one runs."""
        if self._running is not None and not self._running.has_ended:
            raise TooManyRequests(
                "The audit trail is being checked already. Try again when the check has ended.",
                _RETRY_SECONDS,
            )
        running = self._running = Aside()
        return await running.result(self._threads, lambda: self._check(expected, running))

    def close(self) -> None:
        """Stop the check that runs, if any."""
        if self._running is not None:
            self._running.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _check(self, expected: str | None, running: Aside) -> ChainReport:
        database = open_database(
            DatabaseUrl.parse(self._settings.effective_database_url),
            connections=1,
            busy_timeout_seconds=self._settings.busy_timeout_seconds,
            stopped=running.stopped,
        )
        try:
            return await verify_chain(database, expected)
        finally:
            await database.close()
