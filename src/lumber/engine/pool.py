"""The worker processes of an export, which all see the same moment of the database.

Workers are forked from a server process that has loaded the libraries and runs no thread (a program's own
threads make `fork` unsafe): the first pool of a program waits for the server to load, every later one starts
at once, and what is loaded is in memory once. A worker ignores Ctrl-C, which its parent handles, and ends by
itself when its parent is gone. Any worker may be killed at any moment, so nobody ever waits for a lock that a
worker may hold.
"""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import Synchronized, SynchronizedArray
from multiprocessing.synchronize import Semaphore
from typing import TYPE_CHECKING, Any, TypeVar

from lumber.catalog.registry import Declared, declare, declared_now
from lumber.engine.forkserver import fork_context, hear_signals, sheltered_start
from lumber.engine.partition import Hooks, PartitionSpec, fit_partition, run_partition
from lumber.engine.result import PartitionResult
from lumber.engine.source import Source, SourceSpec
from lumber.errors import ExportCancelled, ExportError, LumberError, WorkerDied
from lumber.steps.board import Board, set_board

if TYPE_CHECKING:
    from lumber.steps.step import Fit

_IN_FLIGHT_PER_WORKER = 2
_START_TIMEOUT_SECONDS = 60
_PIN_TIMEOUT_SECONDS = 10
_END_TIMEOUT_SECONDS = 1.0
# How often a worker looks whether it should see another moment, and that it has found the last one.
_MOMENT_SECONDS = 0.0005
_SETTLED = -1

S = TypeVar("S")
T = TypeVar("T")


@dataclass(slots=True)
class _Shared:
    """What parent and workers share: counters and signals, no rows.

    No `Event`: setting one waits for its sleepers to wake, and a killed sleeper never does.
    """

    done: SynchronizedArray[int]  # per counter: rows, then batches
    counters: tuple[str, ...]
    fitted_rows: Synchronized[int]  # rows of the first pass
    is_cancelled: Any  # a plain ctypes.c_bool in shared memory
    may_pin: Semaphore
    ready: Semaphore
    pinned: Semaphore
    # A plain ctypes.c_int: the number of the common moment that workers should see, or SETTLED.
    moment: Any


def _shared(context: ForkServerContext, counters: Sequence[str]) -> _Shared:
    try:
        return _Shared(
            done=context.Array("q", 2 * len(counters)),
            counters=tuple(counters),
            fitted_rows=context.Value("q", 0),
            is_cancelled=context.RawValue(ctypes.c_bool, False),
            may_pin=context.Semaphore(0),
            ready=context.Semaphore(0),
            pinned=context.Semaphore(0),
            moment=context.RawValue(ctypes.c_int, 0),
        )
    except OSError as error:  # no shared memory or no file descriptor is left
        raise _not_started(error) from error


@dataclass(slots=True)
class _Worker:
    """The state of this process when it is a worker."""

    shared: _Shared
    source: Source | None = None
    failure: LumberError | None = None


_worker: _Worker | None = None


class WorkerPool:
    """Runs partitions in `workers` processes. Use `start`, `pin`, `submit`, and at the end `close`.

    `counters` are the names under which rows are counted: the kinds, if `submit` is given no others.
    """

    # Nobody else works on the export.
    helpers: tuple[str, ...] = ()

    def __init__(self, workers: int, counters: Sequence[str], *, niceness: int = 0) -> None:
        context = fork_context()
        self.workers = workers
        # A worker that has done its partition finds the next one in the queue.
        self.in_flight = _IN_FLIGHT_PER_WORKER * workers
        self._niceness = niceness
        self._context: ForkServerContext = context
        self._shared = _shared(context, counters)
        self._board = Board.new(workers) if workers > 1 else None
        self._executor: ProcessPoolExecutor | None = None
        self._probes: list[Future[None]] = []

    def start(self, sqlite: SourceSpec | None) -> None:
        """Start the processes. With `sqlite`, each opens that database and waits for `pin`."""
        self._executor = ProcessPoolExecutor(
            self.workers,
            self._context,
            initializer=_start_worker,
            initargs=(self._shared, sqlite, self._niceness, declared_now(), self._board),
        )
        # The first call starts all processes, before the thread that watches them. When one dies, that thread
        # closes the queue; a process that starts meanwhile would inherit other files under its descriptors.
        self._executor._safe_to_dynamically_spawn_children = False  # type: ignore[attr-defined]
        self._probes = [self._submit(_probe) for _ in range(self.workers)]

    @property
    def is_started(self) -> bool:
        """Return whether there are processes."""
        return self._executor is not None

    def wait_ready(self) -> None:
        """Wait until every worker has its database open. Raises ExportError or WorkerDied."""
        self._wait(self._shared.ready, _START_TIMEOUT_SECONDS)

    def pin(self) -> None:
        """Let every worker begin its read transaction, and wait until all have.

        Raises ExportError or WorkerDied.
        """
        self._let_pin()
        self._wait(self._shared.pinned, _PIN_TIMEOUT_SECONDS)

    def pin_again(self) -> None:
        """Let every worker see the current moment, in place of an earlier one, and wait until all do.

        For databases of somebody else. `settle` afterwards. Raises ExportError or WorkerDied.
        """
        self._shared.moment.value += 1
        self._wait(self._shared.pinned, _PIN_TIMEOUT_SECONDS)

    def settle(self) -> None:
        """Let every worker keep the moment that it sees, and take calls."""
        self._shared.moment.value = _SETTLED

    def submit(self, spec: PartitionSpec, counter: str | None = None) -> Future[PartitionResult]:
        """Queue a partition. Its rows are counted under its kind, or under another counter."""
        return self._submit(_run, spec, counter or spec.kind)

    def submit_fit(self, spec: PartitionSpec, place: int, counter: str | None = None) -> Future[Fit]:
        """Queue a first pass over a partition, for the step at `place` of its recipe.

        Its rows are in `fitted_rows`, and under a counter if one is given.
        """
        return self._submit(_fit, spec, place, counter)

    def submit_call(self, call: Callable[[S], T], argument: S) -> Future[T]:
        """Queue a function of files in staging."""
        return self._submit(call, argument)

    def submit_alone(self, run: Callable[[Hooks], T], counter: str) -> Future[T]:
        """Queue work that opens the database by itself, and closes it at its end."""
        return self._submit(_run_alone, run, counter)

    def has_recorded(self, result: PartitionResult) -> bool:
        """Return False: recording results is left to whoever gets them."""
        return False

    def done(self, counter: str) -> tuple[int, int]:
        """Return the rows and the batches of a counter that all workers together have read so far."""
        # Without its lock, which a killed worker may hold: this only reads two aligned integers.
        counts = self._shared.done.get_obj()
        index = 2 * self._shared.counters.index(counter)
        return int(counts[index]), int(counts[index + 1])

    @property
    def fitted_rows(self) -> int:
        """The rows that the first pass has looked at so far."""
        # As above: an aligned integer, and no lock.
        return int(self._shared.fitted_rows.get_obj().value)

    def cancel(self) -> None:
        """Ask every running partition to stop at its next batch."""
        self._shared.is_cancelled.value = True
        self._let_pin()

    def close(self) -> None:
        """Stop the workers: running partitions end at their next batch, and are killed if they do not."""
        self.cancel()
        if self._board is not None:
            self._board.close()
        if self._executor is None:
            return
        workers = self._processes()
        # A query that finds no row for long has no next batch.
        killer = threading.Timer(_END_TIMEOUT_SECONDS, _kill, [workers])
        killer.start()
        try:
            self._executor.shutdown(wait=True, cancel_futures=True)
        finally:
            killer.cancel()
        # If the machine started some workers and then no more, nobody has told these to end.
        _kill(workers)
        for worker in workers:
            worker.join()

    def _submit(self, call: Callable[..., T], *arguments: object) -> Future[T]:
        assert self._executor is not None
        try:
            with sheltered_start():
                return self._executor.submit(call, *arguments)
        except (BrokenProcessPool, EOFError, ConnectionError) as error:
            # A worker has died, or the server that it would have been forked from.
            raise WorkerDied(WORKER_DIED) from error
        except (OSError, RuntimeError) as error:
            raise _not_started(error) from error

    def _let_pin(self) -> None:
        for _ in range(self.workers):
            self._shared.may_pin.release()

    def _wait(self, semaphore: Semaphore, timeout_seconds: int) -> None:
        deadline = time.monotonic() + timeout_seconds
        for _ in range(self.workers):
            while not semaphore.acquire(timeout=0.1):
                self._check_workers()
                if self._shared.is_cancelled.value:
                    raise ExportCancelled("The export was cancelled.")
                if time.monotonic() > deadline:
                    raise WorkerDied(f"A worker process did not answer within {timeout_seconds} s.")

    def _check_workers(self) -> None:
        """Raise what a worker failed with at its start, or that one has died."""
        for probe in self._probes:
            error = probe.exception() if probe.done() and not probe.cancelled() else None
            if isinstance(error, LumberError):
                raise error
        # The probes of a dead worker may have been answered by others.
        if connection.wait([worker.sentinel for worker in self._processes()], timeout=0):
            raise WorkerDied(WORKER_DIED)

    def _processes(self) -> Sequence[BaseProcess]:
        started = None if self._executor is None else self._executor._processes
        return list((started or {}).values())


WORKER_DIED = (
    "A worker process ended without an answer: it was killed, or the machine ran out of memory. "
    "Run the export again, with fewer workers (LUMBER_WORKERS) or a smaller batch size if memory is short."
)


def _not_started(error: Exception) -> WorkerDied:
    """Return the error for a process, or a thread that watches it, that the machine did not start."""
    return WorkerDied(
        f"A worker process could not be started: {error}. Check the machine's memory and its limits of "
        "processes and open files, or use fewer workers (LUMBER_WORKERS)."
    )


def _start_worker(
    shared: _Shared,
    sqlite: SourceSpec | None,
    niceness: int,
    declared: Declared | None,
    board: Board | None,
) -> None:
    global _worker  # this process serves one pool, from its start to its end
    gc.freeze()  # what was loaded before the fork stays, and its memory shared
    if niceness:
        os.nice(niceness)
    hear_signals()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker = _Worker(shared)
    if board is not None:
        board.open()
    set_board(board)
    if declared is not None:
        declare(declared.source, declared.declarations)
    try:
        if sqlite is not None:
            _worker.source = Source(sqlite)
        shared.ready.release()
        if _worker.source is not None and _worker.source.spec.application_name is not None:
            _pin_until_settled(shared, _worker.source)
            return
        if _worker.source is not None:
            shared.may_pin.acquire()
            _worker.source.pin()
        shared.pinned.release()
    except ExportError as error:
        # Kept for the next call: an exception here would be printed and then lost.
        _worker.failure = error


def _pin_until_settled(shared: _Shared, source: Source) -> None:
    """See each moment that the parent asks for, until it is content: it can't lock a database of others."""
    seen = 0
    while (asked := shared.moment.value) != _SETTLED and not shared.is_cancelled.value:
        if asked == seen:
            time.sleep(_MOMENT_SECONDS)
            continue
        source.pin()
        seen = asked
        shared.pinned.release()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _kill(workers: Sequence[BaseProcess]) -> None:
    for worker in workers:
        worker.kill()


def _probe() -> None:
    assert _worker is not None
    if _worker.failure is not None:
        raise _worker.failure


def _fit(spec: PartitionSpec, place: int, counter: str | None) -> Fit:
    assert _worker is not None
    shared = _worker.shared

    def on_rows(rows: int) -> None:
        with shared.fitted_rows.get_lock():
            shared.fitted_rows.value += rows
        if counter is not None:
            _count(shared, counter, rows)

    hooks = Hooks(on_rows, lambda: bool(shared.is_cancelled.value))
    return fit_partition(spec, place, _opened(spec.source), hooks)


def _opened(spec: SourceSpec) -> Source:
    assert _worker is not None
    if _worker.source is None:
        _worker.source = Source(spec)
    return _worker.source


def _run(spec: PartitionSpec, counter: str) -> PartitionResult:
    assert _worker is not None
    shared = _worker.shared
    source = _opened(spec.source)
    hooks = Hooks(lambda rows: _count(shared, counter, rows), lambda: bool(shared.is_cancelled.value))
    return run_partition(spec, hooks, source)


def _run_alone(run: Callable[[Hooks], T], counter: str) -> T:
    assert _worker is not None
    shared = _worker.shared
    return run(Hooks(lambda rows: _count(shared, counter, rows), lambda: bool(shared.is_cancelled.value)))


def _count(shared: _Shared, counter: str, rows: int) -> None:
    index = 2 * shared.counters.index(counter)
    with shared.done.get_lock():
        shared.done[index] += rows
        shared.done[index + 1] += 1
