"""Does the work of a job in a process of its own, for programs that hold the ledger open in SQLite.

Python's `sqlite3` and the ADBC driver each bring their own copy of SQLite. In one process, either of them
drops the other's locks when it closes a file: POSIX locks belong to the process. Another program then takes
itself for the only user and deletes the write-ahead log, and this one goes on reading and writing a log that
nobody else sees.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from lumber.engine.pool import WORKER_DIED, WorkerPool
from lumber.engine.work import FitWork, PartitionWork
from lumber.errors import WorkerDied

_COUNTER = "job"
_LOOK_SECONDS = 0.1


class Apart:
    """Processes that do one job at a time each. They are started when needed, and kept for later jobs."""

    def __init__(self) -> None:
        self._idle: list[WorkerPool] = []
        self._starting = threading.Lock()  # it changes what belongs to the whole process

    def run(
        self,
        work: PartitionWork | FitWork,
        counted: Callable[[int, int], None],
        is_stopped: threading.Event,
    ) -> Any:
        """Return the result of `work`. `counted` is called with its rows and batches so far.

        Safe from any thread. Raises ExportCancelled once `is_stopped`, WorkerDied if its process was killed,
        and what the work raises.
        """
        try:
            pool = self._idle.pop()
        except IndexError:
            pool = WorkerPool(1, [_COUNTER])
        is_usable = False
        try:
            rows, batches = pool.done(_COUNTER)
            with self._starting:
                if not pool.is_started:
                    pool.start(None)
                running = pool.submit_alone(work.run, _COUNTER)
            while not wait([running], _LOOK_SECONDS).done:
                now = pool.done(_COUNTER)
                counted(now[0] - rows, now[1] - batches)
                if is_stopped.is_set():
                    pool.cancel()
            result = running.result()
            is_usable = not is_stopped.is_set()
            return result
        except BrokenProcessPool as error:
            raise WorkerDied(WORKER_DIED) from error
        finally:
            if is_usable:
                self._idle.append(pool)
            else:
                pool.close()

    def close(self) -> None:
        """End the processes, when no job runs."""
        while self._idle:
            self._idle.pop().close()
