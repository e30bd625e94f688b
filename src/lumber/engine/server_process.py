"""Loaded by the server process alone: it outlives clients that go away, and forks that the machine refuses.

multiprocessing's server ends with a traceback when a client closes its connection before it has sent its
descriptors, or when there is no memory for a process. The workers of all other pools would be taken for dead.
It ignores connections that were aborted, so both become that: the client sees its pipe closed.
"""

from __future__ import annotations

import errno
import os
import socket
from multiprocessing import reduction, spawn

from lumber.engine.worker_process import silent_without_pool

_receive = reduction.recvfds
_fork = os.fork
_main = spawn._main
_received: list[int] = []


def _receive_or_abort(connection: socket.socket, size: int) -> list[int]:
    try:
        _received[:] = _receive(connection, size)
    except (EOFError, ConnectionError) as error:
        raise OSError(errno.ECONNABORTED, "The client has gone.") from error
    return list(_received)


def _fork_or_abort() -> int:
    try:
        process = _fork()
    except OSError as error:
        for descriptor in _received:
            os.close(descriptor)
        raise OSError(errno.ECONNABORTED, "No process could be started.") from error
    if process == 0:
        os.fork = _fork
    return process


def _start(descriptor: int, parent_sentinel: int) -> int:
    """Read a process from the pipe of its pool, which may end before it has written all."""
    with silent_without_pool(parent_sentinel):
        return int(_main(descriptor, parent_sentinel))


# All three are looked up in their modules for each worker.
reduction.recvfds = _receive_or_abort  # type: ignore[assignment]
os.fork = _fork_or_abort
spawn._main = _start  # type: ignore[assignment]
