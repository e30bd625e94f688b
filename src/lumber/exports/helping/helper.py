"""Helper: does jobs of an export that another worker coordinates, in a pool of its own.

It holds each job by a lease, which it renews. If it dies, the lease ends and another worker does the job. If
it was only stopped for long, its late result is refused, and it removes the files.
"""

from __future__ import annotations

import asyncio
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from typing import Any

import structlog

from lumber.engine.pool import WORKER_DIED, WorkerPool
from lumber.engine.result import PartitionResult
from lumber.engine.work import CallWork
from lumber.errors import ExportCancelled, LeaseLost, LumberError, WorkerDied
from lumber.exports.helping.joining import Joined
from lumber.exports.helping.parcel import write_parcel
from lumber.exports.ledger.jobs import HeldJob, JobLedger
from lumber.settings import Settings
from lumber.store.patience import patiently
from lumber.store.shielded import shielded

_LOOK_SECONDS = 0.2
_RENEW_SECONDS = 0.5
# A coordinator posts the next jobs within a moment. Starting a pool again takes longer.
_LINGER_SECONDS = 2.0
_NICENESS = 5

_log = structlog.stdlib.get_logger(__name__)


class Helper:
    """Do jobs of one offer until there are none. `run` once; `finish` and `stop` from its event loop."""

    def __init__(self, joined: Joined, ledger: JobLedger, settings: Settings, name: str) -> None:
        self.joined = joined
        self.name = name
        self.jobs_done = 0
        self._ledger = ledger
        self._settings = settings
        self._is_finishing = False
        self._running: dict[asyncio.Task[None], HeldJob] = {}
        self._slots: dict[HeldJob, tuple[str, tuple[int, int]]] = {}
        self._free = [str(number) for number in range(settings.workers + 1)]
        self._lost: set[HeldJob] = set()
        self._recording: set[HeldJob] = set()
        # It is not worth joining again.
        self.has_failed = False
        self._pool = WorkerPool(settings.workers, self._free, niceness=_NICENESS)
        self._log = _log.bind(export_id=joined.offer.export_id, worker=name)

    def finish(self) -> None:
        """Claim no more jobs, and end when those that run are done."""
        self._is_finishing = True

    def stop(self) -> None:
        """Stop at once: other workers do the jobs that run."""
        self._is_finishing = True
        self._pool.cancel()

    async def run(self) -> None:
        """Claim and do jobs until there are none, or until `finish` or `stop`."""
        self._log.info("helping_started")
        renewing = asyncio.create_task(self._renew())
        try:
            self._pool.start(None)
            await self._work()
        finally:
            self._pool.cancel()
            for task in self._running:
                task.cancel()
            if self._running:
                await shielded(asyncio.wait(list(self._running)))
            renewing.cancel()
            await shielded(asyncio.wait([renewing]))
            await shielded(asyncio.to_thread(self._pool.close))
            self._log.info("helping_ended", jobs=self.jobs_done)

    async def _work(self) -> None:
        clock = asyncio.get_running_loop()
        last = clock.time()
        while True:
            if not self._is_finishing and self._free:
                for job in await self._claim():
                    task = asyncio.create_task(self._do(job), name=f"job {job.number}")
                    self._running[task] = job
                    slot = self._free.pop()
                    self._slots[job] = slot, self._pool.done(slot)
                    task.add_done_callback(self._ended)
            if self._running:
                last = clock.time()
                await asyncio.wait(self._running, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                continue
            if self._is_finishing or clock.time() - last > _LINGER_SECONDS:
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def _claim(self) -> list[HeldJob]:
        claiming = partial(
            self._ledger.claim_jobs,
            self.joined.offer,
            self.name,
            self._settings.lease_seconds,
            len(self._free),
        )
        try:
            return await shielded(claiming())
        except LumberError as error:
            self._log.warning("jobs_unreachable", error=str(error))
            await asyncio.sleep(_RENEW_SECONDS)
            return []

    def _ended(self, task: asyncio.Task[None]) -> None:
        job = self._running.pop(task)
        slot, _ = self._slots.pop(job)
        self._free.append(slot)
        self._lost.discard(job)
        self._recording.discard(job)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("job_failed", job=job.number, error=str(error))

    async def _do(self, job: HeldJob) -> None:
        """Do one job, and record how it ended."""
        try:
            result = await self._result(job)
            if isinstance(result, PartitionResult):
                kept: Any = result
            else:
                kept = await asyncio.to_thread(write_parcel, result, self.joined.own)
            await self._record(job, result, kept)
        except (asyncio.CancelledError, ExportCancelled):
            with suppress(LumberError):
                await shielded(self._ledger.give_back([job]))
        except LeaseLost as error:
            self._log.info("job_lost", job=job.number, reason=str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the coordinator decides what it means
            self._log.warning("job_failed", job=job.number, error=str(error))
            # What this worker can't do once it can't do again; others may.
            self._is_finishing = self.has_failed = True
            code = error.code if isinstance(error, LumberError) else type(error).__name__
            failing = partial(self._ledger.fail, job, code, str(error))
            with suppress(LumberError):
                await shielded(patiently(failing))

    async def _result(self, job: HeldJob) -> Any:
        work = await asyncio.to_thread(self.joined.work, job)
        try:
            return await asyncio.wrap_future(work.start(self._pool, self._slots[job][0]))
        except BrokenProcessPool as error:
            raise WorkerDied(WORKER_DIED) from error

    async def _record(self, job: HeldJob, result: Any, kept: Any) -> None:
        changes = {} if job.stage == CallWork.stage else self.joined.facts.changes
        try:
            if job in self._lost:
                raise LeaseLost(f"Job {job.number} was given to another worker.")
            self._recording.add(job)
            await shielded(patiently(lambda: self._ledger.finish(job, kept, changes)))
        except LeaseLost:
            await asyncio.to_thread(self.joined.remove, result)
            raise
        self.jobs_done += 1

    async def _renew(self) -> None:
        interval = min(_RENEW_SECONDS, self._settings.lease_seconds / 4)
        while True:
            await asyncio.sleep(interval)
            ignored = self._lost | self._recording
            jobs = {job: self._read(job) for job in self._running.values() if job not in ignored}
            if not jobs:
                continue
            try:
                kept, is_wanted = await self._ledger.renew(jobs, self._settings.lease_seconds)
            except LumberError:
                continue  # a database that is away: the next renewal may succeed
            # One whose result was recorded meanwhile is not lost.
            still = set(self._running.values()) - self._recording
            self._lost |= {job for job in jobs if job not in kept and job in still}
            if not is_wanted or (still and still <= self._lost):
                self.stop()

    def _read(self, job: HeldJob) -> tuple[int, int]:
        slot, before = self._slots[job]
        rows, batches = self._pool.done(slot)
        return rows - before[0], batches - before[1]
