"""DaskPlacing: lets a Dask cluster take the jobs of an export.

Each job is one task that claims it in the ledger, does it and records it. What tasks return is ignored, and
Dask's own retries are off: a task that runs again finds its job done. The ledger says which jobs are left.
"""

from __future__ import annotations

import logging
import secrets
import time
from typing import Any

from lumber.exports.helping.dask_cluster import check_workers, connect_dask
from lumber.exports.helping.dask_job import do_job
from lumber.exports.ledger.jobs import CLAIMED, JobState
from lumber.exports.ledger.rows import Claim
from lumber.text import counted

_CONNECT_SECONDS = 30.0
# A thread that has done its job finds the next one.
_PER_THREAD = 2
# Tasks of a job that may fail before the export does: each had a worker that died, or no ledger.
_MOST_FAILURES = 3
_ENDED = ("finished", "error", "cancelled", "lost")

_log = logging.getLogger(__name__)


class DaskPlacing:
    """The tasks of one attempt. Make it with `connect`, and close it at the end."""

    takes_all = True

    # Dask declares most of its types, but not of its clients.
    def __init__(self, client: Any, claim: Claim, lease_seconds: float) -> None:
        self._client = client
        self._claim = claim
        self._lease_seconds = lease_seconds
        self._tasks: dict[int, list[Any]] = {}  # by the number of their job
        self._due: dict[int, float] = {}  # when a job that nobody has claimed gets another task
        self._failures: dict[int, int] = {}
        self._has_warned = False
        self._threads = 0

    @classmethod
    async def connect(cls, address: str, claim: Claim, database: str, lease_seconds: float) -> DaskPlacing:
        """Connect to a scheduler and check its workers. Raises ConfigError or ExportError."""
        client = await connect_dask(address, _CONNECT_SECONDS)
        try:
            await check_workers(client, database)
            placing = cls(client, claim, lease_seconds)
            await placing._count_threads()
        except BaseException:
            await client.close()
            raise
        return placing

    def ahead(self, states: list[JobState], _finished: int) -> int:
        """Return how many jobs should be posted and unclaimed: two a thread are in flight."""
        return max(1, _PER_THREAD * self._threads - sum(state.state == CLAIMED for state in states))

    async def place(self, states: list[JobState], posted: list[int]) -> dict[int, str]:
        """Submit a task for each job that nobody does. Return those that can't be done, and why."""
        await self._count_threads()
        free = {*posted, *(state.number for state in states if state.is_free)}
        known = {*posted, *(state.number for state in states)}
        failed = await self._failed(free)
        for number in sorted(free - failed.keys()):
            if not self._tasks.get(number) or time.monotonic() >= self._due[number]:
                self._submit(number)
        gone = [task for number in self._tasks.keys() - known for task in self._tasks.pop(number)]
        if gone:
            await self._client.cancel(gone)
        for number in self._failures.keys() - known:
            del self._failures[number]
        return failed

    def _submit(self, number: int) -> None:
        task = self._client.submit(
            do_job,
            self._claim.export_id,
            self._claim.fence,
            number,
            key=f"lumber-{self._claim.export_id}-{number}-{secrets.token_hex(4)}",
            pure=False,
            retries=0,
        )
        tasks = self._tasks.setdefault(number, [])
        tasks.append(task)
        # Dask takes minutes to give up a worker that hangs, and with it the tasks that wait there. Another
        # task of the same job does no harm.
        self._due[number] = time.monotonic() + self._lease_seconds * 2 ** (len(tasks) - 1)

    async def _failed(self, free: set[int]) -> dict[int, str]:
        """Forget tasks that have ended. Return jobs whose tasks fail again and again, and why."""
        failed: dict[int, str] = {}
        for number, tasks in self._tasks.items():
            ended = [task for task in tasks if task.status in _ENDED]
            tasks[:] = [task for task in tasks if task.status not in _ENDED]
            errors = [task for task in ended if task.status == "error"]
            if not errors or number not in free:
                continue
            self._failures[number] = self._failures.get(number, 0) + len(errors)
            if self._failures[number] >= _MOST_FAILURES:
                error = await errors[-1].exception()
                times = counted(self._failures[number], "time")
                failed[number] = f"Dask failed to run it {times}: {type(error).__name__}: {error}"
        return failed

    async def close(self) -> None:
        """Cancel what has not begun, and leave. Running tasks see that the offer has ended."""
        try:
            await self._client.cancel([task for tasks in self._tasks.values() for task in tasks])
        finally:
            await self._client.close()

    async def _count_threads(self) -> None:
        """Count the threads of the cluster: workers come and go."""
        threads = (await self._client.nthreads()).values()
        if not threads and not self._has_warned:
            _log.warning("The Dask cluster has no workers at present. Jobs wait for one.")
        self._has_warned = not threads
        self._threads = sum(threads)
