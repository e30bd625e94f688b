"""Worker: takes exports from the queue and runs a few at a time, until it is stopped.

One slot is reserved for short exports, so that they don't wait behind long ones. Long exports run in queue
order.
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
from lumber.exports.helping.helping import Helping
from lumber.exports.lease import StopReason
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.ledger.rows import Claim
from lumber.exports.lost_commands import fail_lost_commands
from lumber.exports.metadata import ExportMetadata
from lumber.settings import Settings
from lumber.store.database import MOST_CONNECTIONS, Database, open_database
from lumber.store.url import DatabaseUrl

_POLL_SECONDS = 0.5
_SLOW_POLL_SECONDS = 5.0
# The last part of LUMBER_STOP_SECONDS, in which exports that don't finish return to the queue.
_HAND_BACK_SECONDS = 5.0

# Two hold its snapshot on SQLite, and one writes to the ledger.
_CONNECTIONS_PER_EXPORT = 3

_log = structlog.stdlib.get_logger(__name__)


class Worker:
    """Run the exports of one database, from `run` until `stop`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # The process id alone is not enough: a restarted service is another worker.
        self.name = f"{owner_name('worker')}-{uuid.uuid4().hex[:6]}"
        self.seen_at: float | None = None  # time.monotonic() of the last check of the queue
        self._runs: dict[asyncio.Task[None], ExportRun] = {}
        self._helping = Helping(settings, self.name)
        self._planned_rows: dict[str, int] = {}
        self._is_stopping = False
        self._is_in_haste = False
        self._wake: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop that runs the worker, once it runs."""
        return self._loop

    def stop(self) -> None:
        """Stop the worker: it claims nothing new, and hands back exports that don't finish in time.

        Thread-safe.
        """
        self._is_stopping = True
        self.wake()

    def hand_back(self) -> None:
        """Stop the worker at once: running exports return to the queue. Thread-safe."""
        self._is_in_haste = True
        self.stop()
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._hand_back)

    def _hand_back(self) -> None:
        self._helping.stop()
        for run in list(self._runs.values()):
            run.stop(StopReason.HANDED_BACK)

    def wake(self) -> None:
        """Let the worker check the queue now. Thread-safe."""
        if self._loop is not None and self._wake is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Claim and run exports until `stop`. Wait while the database is unreachable."""
        self._loop, self._wake = asyncio.get_running_loop(), asyncio.Event()
        start_server()  # loads while the worker waits for its first export
        database = open_worker_database(self._settings)
        _log.info("worker_started", worker=self.name, database=str(database.url))
        try:
            while not self._is_stopping:
                await self._wait(await self._look(database))
            await self._finish()
        finally:
            await database.close()
            _log.info("worker_stopped", worker=self.name)

    async def _look(self, database: Database) -> float:
        """Claim exports for free slots. Return the seconds until the next check."""
        try:
            ledger = ExportStatusManager(database)
            await fail_lost_commands(database, self._settings)
            while not self._is_stopping and len(self._runs) < self._settings.concurrency:
                claim = await ledger.claim_next(
                    self.name,
                    self._settings.lease_seconds,
                    max_attempts=self._settings.max_attempts,
                    max_rows=self._most_rows(),
                    running={run.claim.export_id for run in self._runs.values()},
                )
                if claim is None:
                    break
                self._start(claim, database)
            await self._help(database)
            self.seen_at = time.monotonic()
        except LumberError as error:
            _log.warning("queue_unreachable", worker=self.name, error=str(error))
            return _SLOW_POLL_SECONDS
        return _POLL_SECONDS

    async def _help(self, database: Database) -> None:
        """Help with an export of another worker while there is nothing else to do."""
        if self._runs or self._is_stopping:
            self._helping.finish()
        else:
            await self._helping.look(database)

    def _most_rows(self) -> int | None:
        """Return the maximum rows of the next export; None for any."""
        return None if self._has_place_for_long() else self._settings.long_export_rows

    def _has_place_for_long(self, excluding: str | None = None) -> bool:
        running = (
            rows > self._settings.long_export_rows
            for export_id, rows in self._planned_rows.items()
            if export_id != excluding
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
        """Handle a planned export: a long one without a free slot returns to the queue."""
        if rows > self._settings.long_export_rows and not self._has_place_for_long(excluding=export_id):
            raise ExportHandedBack("The export is long, and other exports are running.")
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
        """Give running exports time to finish, then hand them back."""
        self._helping.finish()
        if (running := [*self._runs, *self._helping.tasks]) and not self._is_in_haste:
            allowed = max(0.0, self._settings.stop_seconds - _HAND_BACK_SECONDS)
            await asyncio.wait(running, timeout=allowed)
        self._hand_back()
        if running := [*self._runs, *self._helping.tasks]:
            await asyncio.wait(running)


def open_worker_database(settings: Settings) -> Database:
    """Return the database of a worker, with connections for as many exports as it runs at a time."""
    needed = _CONNECTIONS_PER_EXPORT * (settings.concurrency + 1)
    return open_database(
        DatabaseUrl.parse(settings.effective_database_url),
        connections=max(MOST_CONNECTIONS, needed),
        busy_timeout_seconds=settings.busy_timeout_seconds,
    )


class WorkerThread:
    """Run a worker on its own thread and event loop inside another program."""

    def __init__(self, settings: Settings) -> None:
        self.worker = Worker(settings)
        self._thread = threading.Thread(target=self._run, name="lumber-worker", daemon=True)

    def start(self) -> None:
        """Start the worker."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the worker, and wait for it as long as the settings allow exports to finish."""
        self.worker.stop()
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def is_alive(self) -> bool:
        """Return whether the worker is running."""
        return self._thread.is_alive()

    def _run(self) -> None:
        asyncio.run(self.worker.run())
