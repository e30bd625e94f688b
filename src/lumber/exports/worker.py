"""Worker: takes exports out of the queue and runs them, a few at a time, until it is told to stop.

One of its places is kept for short exports, so that they do not wait behind long ones; long ones wait
only for each other, in their order.
"""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from contextlib import suppress

import structlog

from lumber.engine.forkserver import start_server
from lumber.errors import ExportHandedBack, LumberError
from lumber.exports.attempt import ExportRun
from lumber.exports.exporter import owner_name
from lumber.exports.lease import StopReason
from lumber.exports.ledger import Claim, ExportStatusManager
from lumber.exports.metadata import ExportMetadata
from lumber.settings import Settings
from lumber.store.database import Database, open_database
from lumber.store.url import DatabaseUrl

_POLL_SECONDS = 0.5
_SLOW_POLL_SECONDS = 5.0

_log = structlog.stdlib.get_logger(__name__)


class Worker:
    """Runs exports of one database. `run` until `stop`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # More than the process: a service that was restarted is another worker.
        self.name = f"{owner_name('worker')}-{uuid.uuid4().hex[:6]}"
        self.seen_at: float | None = None  # time.monotonic() of its last look at the queue
        self._runs: dict[asyncio.Task[None], ExportRun] = {}
        self._planned_rows: dict[str, int] = {}
        self._is_stopping = False
        self._is_in_haste = False
        self._wake: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """Ask the worker to end: it takes nothing new, and hands back what does not end in time.

        Safe from any thread.
        """
        self._is_stopping = True
        self.wake()

    def hand_back(self) -> None:
        """Ask the worker to end at once: all that runs goes back into the queue. Safe from any thread."""
        self._is_in_haste = True
        self.stop()
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._hand_back)

    def _hand_back(self) -> None:
        for run in list(self._runs.values()):
            run.stop(StopReason.HANDED_BACK)

    def wake(self) -> None:
        """Let the worker look at the queue now. Safe from any thread."""
        if self._loop is not None and self._wake is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Take and run exports until `stop`. A database that is away is waited for."""
        self._loop, self._wake = asyncio.get_running_loop(), asyncio.Event()
        start_server()  # loaded by the time that the first export comes
        url = DatabaseUrl.parse(self._settings.effective_database_url)
        database = open_database(url, busy_timeout_seconds=self._settings.busy_timeout_seconds)
        _log.info("worker_started", worker=self.name, database=str(url))
        try:
            while not self._is_stopping:
                await self._wait(await self._look(database))
            await self._finish()
        finally:
            await database.close()
            _log.info("worker_stopped", worker=self.name)

    async def _look(self, database: Database) -> float:
        """Take what there is a place for; return the seconds until the next look."""
        try:
            ledger = ExportStatusManager(database)
            await ledger.fail_lost_commands()
            while not self._is_stopping and len(self._runs) < self._settings.concurrency:
                claim = await ledger.claim_next(
                    self.name,
                    self._settings.lease_seconds,
                    max_attempts=self._settings.max_attempts,
                    max_rows=self._most_rows(),
                )
                if claim is None:
                    break
                self._start(claim, database)
            self.seen_at = time.monotonic()
        except LumberError as error:
            _log.warning("queue_unreachable", worker=self.name, error=str(error))
            return _SLOW_POLL_SECONDS
        return _POLL_SECONDS

    def _most_rows(self) -> int | None:
        """Return the size that another export may have at most; None: any."""
        return None if self._has_place_for_long() else self._settings.long_export_rows

    def _has_place_for_long(self, besides: str | None = None) -> bool:
        running = (
            rows > self._settings.long_export_rows
            for export_id, rows in self._planned_rows.items()
            if export_id != besides
        )
        return sum(running) < max(1, self._settings.concurrency - 1)

    def _start(self, claim: Claim, database: Database) -> None:
        run = ExportRun(
            claim, database, self._settings, on_planned=lambda rows: self._planned(claim.export_id, rows)
        )
        task = asyncio.create_task(self._run_one(run), name=f"export {claim.export_id}")
        self._runs[task] = run
        task.add_done_callback(self._ended)

    def _planned(self, export_id: str, rows: int) -> None:
        """Learn how long an export is; a long one for which there is no place goes back into the queue."""
        if rows > self._settings.long_export_rows and not self._has_place_for_long(besides=export_id):
            raise ExportHandedBack("It is a long export, and others run already.")
        self._planned_rows[export_id] = rows

    async def _run_one(self, run: ExportRun) -> None:
        claim = run.claim
        log = _log.bind(export_id=claim.export_id, attempt=claim.attempt, worker=self.name)
        log.info("export_started")
        try:
            done: ExportMetadata = await run.run()
            log.info("export_completed", rows=done.record_count, bytes=done.file_size)
        except LumberError as error:
            log.warning("export_ended", code=error.code, error=str(error))
        except Exception as error:
            log.exception("export_failed", error=str(error))
        finally:
            self._planned_rows.pop(claim.export_id, None)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._runs[task]
        self.wake()

    async def _wait(self, seconds: float) -> None:
        assert self._wake is not None
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)
        self._wake.clear()

    async def _finish(self) -> None:
        """Let the running exports end, for a while; then hand them back."""
        if self._runs and not self._is_in_haste:
            await asyncio.wait(list(self._runs), timeout=self._settings.stop_seconds)
        self._hand_back()
        if self._runs:
            await asyncio.wait(list(self._runs))


class WorkerThread:
    """A worker inside another program, on a thread and an event loop of its own."""

    def __init__(self, settings: Settings) -> None:
        self.worker = Worker(settings)
        self._thread = threading.Thread(target=self._run, name="lumber-worker", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the worker and wait for it, as long as its settings allow an export to end."""
        self.worker.stop()
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def is_alive(self) -> bool:
        """Say whether the worker still works."""
        return self._thread.is_alive()

    def _run(self) -> None:
        asyncio.run(self.worker.run())
