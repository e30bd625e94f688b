"""What a Dask worker runs: claim one job of an offer, do it, and record it in the ledger.

The task returns nothing. Run twice, the second run finds the job claimed or done, and does nothing.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from lumber.engine.partition import Hooks
from lumber.engine.result import PartitionResult
from lumber.engine.work import CallWork
from lumber.errors import ExportCancelled, LeaseLost, LumberError
from lumber.exports.helping.apart import Apart
from lumber.exports.helping.facts import present_versions
from lumber.exports.helping.joining import CannotJoin, Joined, join
from lumber.exports.helping.parcel import write_parcel
from lumber.exports.ledger.jobs import HeldJob, JobLedger, Offer
from lumber.settings import Settings, load_settings
from lumber.store.database import Database, open_database
from lumber.store.patience import patiently
from lumber.store.url import DatabaseUrl

_RENEW_SECONDS = 0.5
# Those of the exports that a worker does jobs of at the same time.
_MOST_JOINED = 8
# The ledger is open in this process.
_APART = Apart()


def worker_facts() -> dict[str, Any]:
    """Return the versions of this process, and which ledger it would use."""
    settings = load_settings()
    url = DatabaseUrl.parse(settings.effective_database_url)
    return {"versions": present_versions(), "database": str(url)}


def do_job(export_id: str, coordinator: int, number: int) -> None:
    """Claim a job and do it, if nobody else has. Raises DatabaseError if the ledger can't be reached."""
    owner = f"dask@{socket.gethostname()}:{os.getpid()}-{threading.get_native_id()}"
    access = _access()
    doing = _do_job(access.database, access.settings, owner, export_id, coordinator, number)
    asyncio.run_coroutine_threadsafe(doing, access.loop).result()


@dataclass(frozen=True, slots=True)
class _Access:
    """The ledger as this process reaches it, for all of its tasks: connecting takes long for a small job."""

    settings: Settings
    database: Database
    loop: asyncio.AbstractEventLoop


@lru_cache(1)
def _access() -> _Access:
    settings = load_settings()
    database = open_database(
        DatabaseUrl.parse(settings.effective_database_url), busy_timeout_seconds=settings.busy_timeout_seconds
    )
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="lumber-ledger", daemon=True).start()
    return _Access(settings, database, loop)


async def _do_job(
    database: Database, settings: Settings, owner: str, export_id: str, coordinator: int, number: int
) -> None:
    ledger = JobLedger(database)
    offer = await ledger.find_offer(export_id, coordinator)
    if offer is None:
        return
    for job in await patiently(lambda: ledger.claim_jobs(offer, owner, settings.lease_seconds, 1, number)):
        await _OneJob(ledger, offer, job, settings, database).do()


class _OneJob:
    """One claimed job."""

    def __init__(
        self, ledger: JobLedger, offer: Offer, job: HeldJob, settings: Settings, database: Database
    ) -> None:
        self._ledger = ledger
        self._offer = offer
        self._job = job
        self._settings = settings
        self._database = database
        self._is_stopped = threading.Event()
        self._counts = [0, 0]

    async def do(self) -> None:
        """Do the job and record how it ended."""
        renewing = asyncio.create_task(self._renew())
        try:
            await self._done()
        except (ExportCancelled, LeaseLost):
            with suppress(LumberError):
                await self._ledger.give_back([self._job])
        except (LumberError, CannotJoin, OSError, ValueError, MemoryError) as error:
            code = error.code if isinstance(error, LumberError) else type(error).__name__
            failing = partial(self._ledger.fail, self._job, code, str(error))
            with suppress(LumberError):
                await patiently(failing)
        finally:
            renewing.cancel()
            await asyncio.wait([renewing])

    async def _done(self) -> None:
        joined = await asyncio.to_thread(_joined, _Key(self._offer, self._database, self._settings))
        work = await asyncio.to_thread(joined.work, self._job)
        if self._database.is_sqlite and not isinstance(work, CallWork):
            result = await asyncio.to_thread(_APART.run, work, self._set_counts, self._is_stopped)
        else:
            result = await asyncio.to_thread(work.run, Hooks(self._count, self._is_stopped.is_set))
        kept: PartitionResult | Mapping[str, Any] = result
        if not isinstance(result, PartitionResult):
            kept = await asyncio.to_thread(write_parcel, result, joined.own)
        changes = {} if isinstance(work, CallWork) else joined.facts.changes
        try:
            if self._is_stopped.is_set():
                raise LeaseLost(f"Job {self._job.number} was given to another worker.")
            await patiently(lambda: self._ledger.finish(self._job, kept, changes))
        except LeaseLost:
            await asyncio.to_thread(joined.remove, result)
            raise

    def _count(self, rows: int) -> None:
        self._counts[0] += rows
        self._counts[1] += 1

    def _set_counts(self, rows: int, batches: int) -> None:
        self._counts = [rows, batches]

    async def _renew(self) -> None:
        interval = min(_RENEW_SECONDS, self._settings.lease_seconds / 4)
        while True:
            await asyncio.sleep(interval)
            counts = {self._job: (self._counts[0], self._counts[1])}
            with suppress(LumberError):  # a database that is away: the next renewal may succeed
                kept, _ = await self._ledger.renew(counts, self._settings.lease_seconds)
                if not kept:
                    self._is_stopped.set()


class _Key:
    """An offer to join, equal to others of the same offer."""

    def __init__(self, offer: Offer, database: Database, settings: Settings) -> None:
        self.offer = offer
        self.database = database
        self.settings = settings
        self._name = offer.export_id, offer.coordinator, str(offer.facts.get("nonce"))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other._name == self._name

    def __hash__(self) -> int:
        return hash(self._name)


@lru_cache(_MOST_JOINED)
def _joined(key: _Key) -> Joined:
    """Return what is needed for the jobs of an offer, read once in each process. Raises CannotJoin."""
    return join(key.offer, key.database, key.settings)
