"""LeaseKeeper holds an export from its own thread, which a busy event loop cannot block.

It renews the lease, records the progress and detects cancel requests. A late renewal counts like one in time.
The export is lost only when the ledger says that another worker holds it, whatever the clock here says.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from enum import StrEnum

from lumber.errors import ExportNotFound, LeaseLost
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.ledger.rows import Claim
from lumber.exports.progress import ExportProgress
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl

# Frequent renewals make cancelling prompt and progress smooth; each is one small transaction.
_INTERVAL_SECONDS = 0.5
# A renewal that takes longer is tried again on another connection: the network may have lost the first one.
_LEAST_PATIENCE_SECONDS = 5.0


class StopReason(StrEnum):
    """Why an attempt must stop early."""

    CANCELLED = "cancelled"
    HANDED_BACK = "handed_back"
    LEASE_LOST = "lease_lost"


class LeaseKeeper:
    """Renew one claim until `close`. Calls `on_stop` from its thread with CANCELLED or LEASE_LOST."""

    def __init__(
        self,
        url: DatabaseUrl,
        claim: Claim,
        *,
        lease_seconds: float,
        progress: Callable[[], ExportProgress | None],
        on_stop: Callable[[StopReason], None],
    ) -> None:
        self._url = url
        self._claim = claim
        self._lease_seconds = lease_seconds
        self._progress = progress
        self._on_stop = on_stop
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lumber-lease", daemon=True)

    def start(self) -> None:
        """Start renewing."""
        self._thread.start()

    def close(self) -> None:
        """Stop renewing and wait for the thread."""
        self._is_closing.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        asyncio.run(self._keep())

    async def _keep(self) -> None:
        interval = min(_INTERVAL_SECONDS, self._lease_seconds / 4)
        # A connection never waits for SQLite's write lock longer than the lease lasts.
        database = open_database(self._url, busy_timeout_seconds=self._lease_seconds / 2)
        ledger = ExportStatusManager(database)
        patience = max(self._lease_seconds, _LEAST_PATIENCE_SECONDS)
        try:
            while not self._is_closing.is_set():
                try:
                    async with asyncio.timeout(patience):
                        wants_cancel = await ledger.renew(self._claim, self._lease_seconds, self._progress())
                    if wants_cancel:
                        self._on_stop(StopReason.CANCELLED)
                except (LeaseLost, ExportNotFound):
                    self._lose()
                    return
                except Exception:  # noqa: BLE001 - only the ledger can say that the lease is lost
                    # A database that is away, or a machine out of memory: the next renewal may succeed.
                    pass
                await asyncio.to_thread(self._is_closing.wait, interval)
        finally:
            await database.close()

    def _lose(self) -> None:
        # An attempt that has just ended no longer holds its lease. That is not a lost lease.
        if not self._is_closing.is_set():
            self._on_stop(StopReason.LEASE_LOST)
