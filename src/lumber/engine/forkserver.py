"""The server process that workers are forked from: it has loaded the libraries, and runs no thread.

It takes longer to load than a small export to run, so a program that is going to export starts it first and
loads its own modules meanwhile. This module imports nothing that takes time.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Collection, Iterator
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext

from lumber.engine.worker_process import WorkerContext
from lumber.files.temporary import process_folder

_END_SIGNALS = (signal.SIGINT, signal.SIGTERM)

# The workers are the parallelism: one thread of Polars in each saves memory, and time where there are as
# many workers as cores. The system's allocator gives memory back; measured, a worker's peak fell by 30 MB.
# One arena for all threads of a process, large blocks that go back at once, and no freed pages that are still
# counted: measured, the peak of a plain export fell by 12%, that of a private one by 20%. Other allocators
# than those of glibc and of Polars don't read these settings.
_WORKER_ENVIRONMENT = {
    "POLARS_MAX_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(1 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 20),
    "_RJEM_MALLOC_CONF": "narenas:1,dirty_decay_ms:200,muzzy_decay_ms:0",
    # numpy's library would start threads while it is loaded, before the fork.
    "OPENBLAS_NUM_THREADS": "1",
}
# What Polars puts into the environment for its own allocator when it is loaded: nobody chose it.
_NOT_CHOSEN = {"_RJEM_MALLOC_CONF": "dirty_decay_ms:500,muzzy_decay_ms:1000"}
_PRELOADED = [
    "lumber.engine.server_process",
    "lumber.engine.socket_folder",
    "lumber.engine.pool",
    "lumber.formats.preload",
    "adbc_driver_sqlite",
    "adbc_driver_postgresql",
    "pyarrow.compute",  # the first cast would load it
]
# What workers load besides for some options of an export: once here is less than once in each of them.
_OF_OPTIONS = {
    "privacy": ("lumber.privacy.step", "lumber.privacy.shard_scan"),
    "split": ("lumber.dataset.leakage.shards",),
}
OPTIONS = tuple(_OF_OPTIONS)


def fork_context() -> ForkServerContext:
    """Return the way to make workers: forked from the server process."""
    process_folder()  # its socket and the semaphores can be found there if all of us are killed at once
    _start_tracker()
    context = WorkerContext()
    context.set_forkserver_preload(_PRELOADED)
    return context


def start_server(options: Collection[str] = ()) -> None:
    """Start the server process, unless it runs, and do not wait for it. It ends with this process.

    `options` says which of OPTIONS its workers will probably need; they can without it as well.
    """
    besides = (module for option in options for module in _OF_OPTIONS[option])
    context = fork_context()
    context.set_forkserver_preload([*_PRELOADED, *besides])
    # A machine that starts no process now may do so later: the pool starts the server if it is missing.
    with contextlib.suppress(OSError), sheltered_start():
        forkserver.ensure_running()


def hear_signals() -> None:
    """Ignore Ctrl-C in a worker, which its parent handles, and hear the other signals from now on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _END_SIGNALS)


def _start_tracker() -> None:
    """Start the process that removes the semaphores of a killed program, without its report of them."""
    quiet = "ignore:resource_tracker:UserWarning"
    sys.warnoptions.append(quiet)  # a process of Python inherits them
    try:
        resource_tracker.ensure_running()
    finally:
        sys.warnoptions.remove(quiet)


@contextlib.contextmanager
def sheltered_start() -> Iterator[None]:
    """Start processes that do not run the caller's script again and hear no signal before they are ready.

    Each inherits the environment of a worker, where the user has not set it otherwise.
    """
    _start_tracker()  # before: its start lets the signals in again
    before = {name: os.environ.get(name) for name in _WORKER_ENVIRONMENT}
    added = [name for name, value in before.items() if value in (None, _NOT_CHOSEN.get(name))]
    main = sys.modules["__main__"]
    saved = {name: getattr(main, name) for name in ("__file__", "__spec__") if hasattr(main, name)}
    # Dask's nanny marks its workers as daemons, and a daemon may start no processes by `multiprocessing`.
    # Ours end by themselves when their parent ends.
    own: dict[str, object] = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    is_daemon = own.pop("daemon", None)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, _END_SIGNALS)  # a process inherits it
    try:
        os.environ.update({name: _WORKER_ENVIRONMENT[name] for name in added})
        main.__spec__ = None
        if "__file__" in saved:
            del main.__file__
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        if is_daemon is not None:
            own["daemon"] = is_daemon
        for name in added:
            os.environ.pop(name, None)
            if (value := before[name]) is not None:
                os.environ[name] = value
        for name, value in saved.items():
            setattr(main, name, value)
