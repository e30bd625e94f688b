"""The worker processes of an export, which all see the same moment of the database.

Workers are started with `spawn` (the libraries inside keep threads, so `fork` is not safe). A worker
ignores Ctrl-C, which its parent handles, and ends by itself when its parent is gone.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.context import SpawnContext
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event, Semaphore

from lumber.errors import WorkerDied
from lumber.pipeline.partition import Hooks, PartitionResult, PartitionSpec, run_partition
from lumber.pipeline.source import Source, SourceSpec

_START_TIMEOUT_SECONDS = 60
_PARENT_CHECK_SECONDS = 1.0


@dataclass(slots=True)
class _Shared:
    """What parent and workers share: counters and signals, no rows."""

    rows_done: Synchronized[int]
    is_cancelled: Event
    may_pin: Event
    ready: Semaphore
    pinned: Semaphore


@dataclass(slots=True)
class _Worker:
    """The state of this process when it is a worker."""

    shared: _Shared
    source: Source | None = None


_worker: _Worker | None = None


class WorkerPool:
    """Runs partitions in `workers` processes. Use `start`, `pin`, `submit`, and at the end `close`."""

    def __init__(self, workers: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.workers = workers
        self._context: SpawnContext = context
        self._shared = _Shared(
            rows_done=context.Value("q", 0),
            is_cancelled=context.Event(),
            may_pin=context.Event(),
            ready=context.Semaphore(0),
            pinned=context.Semaphore(0),
        )
        self._executor: ProcessPoolExecutor | None = None
        self._probes: list[Future[None]] = []

    def start(self, sqlite: SourceSpec | None) -> None:
        """Start the processes. With `sqlite`, each opens that database and waits for `pin`."""
        self._executor = ProcessPoolExecutor(
            self.workers, self._context, initializer=_start_worker, initargs=(self._shared, sqlite)
        )
        with _hidden_main():
            # A process is started for each call that finds no idle one.
            self._probes = [self._executor.submit(_nothing) for _ in range(self.workers)]

    def wait_ready(self) -> None:
        """Wait until every worker has its database open. Raises WorkerDied."""
        self._wait(self._shared.ready)

    def pin(self) -> None:
        """Let every worker begin its read transaction, and wait until all have. Raises WorkerDied."""
        self._shared.may_pin.set()
        self._wait(self._shared.pinned)

    def submit(self, spec: PartitionSpec) -> Future[PartitionResult]:
        """Queue a partition."""
        assert self._executor is not None
        try:
            return self._executor.submit(_run, spec)
        except BrokenProcessPool as error:
            raise WorkerDied(WORKER_DIED) from error

    @property
    def rows_done(self) -> int:
        """Rows that all workers together have read so far."""
        return int(self._shared.rows_done.value)

    def cancel(self) -> None:
        """Ask every running partition to stop at its next batch."""
        self._shared.is_cancelled.set()
        self._shared.may_pin.set()

    def close(self) -> None:
        """Stop the workers: running partitions end at their next batch."""
        self.cancel()
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)

    def _wait(self, semaphore: Semaphore) -> None:
        for _ in range(self.workers):
            for _ in range(_START_TIMEOUT_SECONDS * 10):
                if semaphore.acquire(timeout=0.1):
                    break
                if any(probe.done() and probe.exception() for probe in self._probes):
                    raise WorkerDied(WORKER_DIED)
            else:
                raise WorkerDied(f"A worker process did not start within {_START_TIMEOUT_SECONDS} s.")


WORKER_DIED = (
    "A worker process ended without an answer: it was killed, or the machine ran out of memory. "
    "Run the export again, with fewer workers (LUMBER_WORKERS) or a smaller batch size if memory is short."
)


def _start_worker(shared: _Shared, sqlite: SourceSpec | None) -> None:
    global _worker  # this process serves one pool, from its start to its end
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    _worker = _Worker(shared)
    if sqlite is not None:
        _worker.source = Source(sqlite)
    shared.ready.release()
    if sqlite is not None and _worker.source is not None:
        shared.may_pin.wait()
        _worker.source.pin()
    shared.pinned.release()


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        threading.Event().wait(_PARENT_CHECK_SECONDS)
    os._exit(1)


def _nothing() -> None:
    return


def _run(spec: PartitionSpec) -> PartitionResult:
    assert _worker is not None
    shared = _worker.shared
    if _worker.source is None:
        _worker.source = Source(spec.source)

    def on_rows(rows: int) -> None:
        with shared.rows_done.get_lock():
            shared.rows_done.value += rows

    return run_partition(spec, Hooks(on_rows, shared.is_cancelled.is_set), _worker.source)


@contextlib.contextmanager
def _hidden_main() -> Iterator[None]:
    """Hide the caller's script while processes start, or spawn would run it again in each of them."""
    main = sys.modules["__main__"]
    saved = {name: getattr(main, name) for name in ("__file__", "__spec__") if hasattr(main, name)}
    try:
        main.__spec__ = None
        if "__file__" in saved:
            del main.__file__
        yield
    finally:
        for name, value in saved.items():
            setattr(main, name, value)
