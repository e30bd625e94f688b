"""A worker process that ends silently when its pool is gone.

A pool that breaks, or a program that ends, takes away what a starting worker still needs: its data, its
semaphores, its queue. multiprocessing would print a traceback of that beside the one error of the export.
Errors of a worker whose pool is there are printed as always.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Iterator
from multiprocessing import connection
from multiprocessing.context import ForkServerContext, ForkServerProcess

# A pool removes its semaphores and closes its pipes at nearly the same time, in any order.
_PATIENCE_SECONDS = 1.0


class WorkerProcess(ForkServerProcess):
    """A process of a pool."""

    def run(self) -> None:
        """Serve the pool until it is closed."""
        with silent_without_pool():
            super().run()


class WorkerContext(ForkServerContext):
    """The way to make worker processes."""

    Process = WorkerProcess


@contextlib.contextmanager
def silent_without_pool(sentinel: int | None = None) -> Iterator[None]:
    """End this process instead of raising an exception if its pool is gone.

    `sentinel` is the descriptor that reaches its end with the pool; without it, that of the parent process.
    """
    try:
        yield
    except Exception:
        if sentinel is None:
            parent = multiprocessing.parent_process()
            assert parent is not None
            sentinel = parent.sentinel
        if _is_pool_gone(sentinel):
            os._exit(1)
        raise


def _is_pool_gone(sentinel: int) -> bool:
    """Say whether the pool has ended, or has told this process to end, which it may not hear yet."""
    is_ended = bool(connection.wait([sentinel], _PATIENCE_SECONDS))
    return is_ended or signal.SIGTERM in signal.sigpending()
