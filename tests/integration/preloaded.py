"""Processes forked from one that has loaded the program: real ones, without the seconds that loading takes.

They have their own ids, groups, signals, folders and exit codes, as what a shell starts. Only the start of
Python and the imports aren't theirs: a test of these takes `processes.started`.

The server that workers are forked from would start Python and load the libraries once more, for a second of
CPU. Beside a program that has workers waits a spare process, forked before the program has run a line: when
the program starts that server, the spare process becomes it.
"""

import atexit
import ctypes
import faulthandler
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from functools import cache
from importlib import import_module
from multiprocessing import util
from pathlib import Path
from typing import Any, NoReturn

CHECKOUT = Path(__file__).resolve().parent.parent.parent
_SERVE = "import sys; from tests.integration.preloaded import serve; serve(int(sys.argv[1]))"
_MOST_BYTES = 2**18
# What has workers, and what their server loads. What changes the server alone is loaded by it alone.
_WITH_WORKERS = {"lumber.exports.exporter", "lumber.exports.worker"}
_OF_WORKERS = (
    "lumber.engine.pool",
    "lumber.formats.preload",
    "adbc_driver_sqlite",
    "adbc_driver_postgresql",
    "pyarrow.compute",
)
# By this name it is found among other processes.
SERVER = "forkserver"
_PR_SET_NAME = 15
# A forked process answers it with the stacks of its threads, on standard error.
TELLS_STACKS = signal.SIGUSR2
_END_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Forked:
    """A process that was forked for a test, with what tests use of `subprocess.Popen`."""

    def __init__(self, parent: "_Parent", pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._parent = parent

    def poll(self) -> int | None:
        if self.returncode is None:
            self._parent.listen(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        end = None if timeout is None else time.monotonic() + timeout
        while self.returncode is None:
            left = None if end is None else end - time.monotonic()
            if left is not None and left < 0:
                assert timeout is not None
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            self._parent.listen(left)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def fork(
    code: str,
    arguments: list[str],
    modules: tuple[str, ...],
    environment: dict[str, str],
    streams: list[int],
) -> Forked:
    """Run `code` in a process that leads its own session, after its parent has loaded `modules`.

    `streams` are its standard output and standard error, and its standard input if there is one.
    """
    order = {"code": code, "arguments": arguments, "modules": modules, "environment": environment}
    return _parent().fork(order, streams)


@cache
def _parent() -> "_Parent":
    parent = _Parent()
    atexit.register(parent.end)
    return parent


class _Parent:
    """The process that others are forked from. It ends with this process."""

    def __init__(self) -> None:
        self._connection, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._children: dict[int, Forked] = {}
        self._lock = threading.RLock()
        with other:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _SERVE, str(other.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[other.fileno()],
                cwd=CHECKOUT,
                start_new_session=True,
                # A thread of numpy's library would be lost in the forks.
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            )

    def fork(self, order: dict[str, Any], streams: list[int]) -> Forked:
        with self._lock:
            socket.send_fds(self._connection, [json.dumps(order).encode()], streams)
            while (pid := self._hear()) is None:
                pass
            self._children[pid] = Forked(self, pid)
            return self._children[pid]

    def listen(self, seconds: float | None) -> None:
        """Note how processes ended, if one has or does so in time."""
        if select.select([self._connection], [], [], seconds)[0]:
            with self._lock:
                if select.select([self._connection], [], [], 0)[0]:  # nobody else has heard it
                    self._hear()

    def _hear(self) -> int | None:
        """Return the process that was forked, or note how one ended."""
        answer = self._connection.recv(_MOST_BYTES)
        assert answer, "the process that others are forked from has died"
        what, pid, code = json.loads(answer)
        if what == "forked":
            return int(pid)
        self._children.pop(pid).returncode = code
        return None

    def end(self) -> None:
        self._connection.close()
        self._process.wait()


def serve(descriptor: int) -> None:
    """Fork what is asked for until nobody can ask any more, and tell how it ends."""
    connection = socket.socket(fileno=descriptor)
    children: dict[int, int] = {}  # by what is readable when they have ended
    while True:
        for ready in select.select([connection, *children], [], [])[0]:
            if ready is not connection:
                pid = children.pop(ready)
                os.close(ready)
                code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                connection.send(json.dumps(["ended", pid, code]).encode())
                continue
            message, streams, _, _ = socket.recv_fds(connection, _MOST_BYTES, 3)
            if not message:
                return
            order = json.loads(message)
            has_workers = not _WITH_WORKERS.isdisjoint(order["modules"])
            for name in (*order["modules"], *(_OF_WORKERS if has_workers else ())):
                import_module(name)
            assert threading.active_count() == 1, threading.enumerate()
            pid = os.fork()
            if not pid:
                for inherited in (connection.detach(), *children):
                    os.close(inherited)
                _become(order, streams, has_workers=has_workers)
            for stream in streams:
                os.close(stream)
            children[os.pidfd_open(pid)] = pid
            connection.send(json.dumps(["forked", pid, None]).encode())


def _become(order: dict[str, Any], streams: list[int], *, has_workers: bool) -> NoReturn:
    """Run what was asked for, as the program of a new process."""
    os.setsid()
    for number, stream in zip((1, 2, 0), streams, strict=False):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(order["environment"])
    tempfile.tempdir = None  # it is found again
    sys.argv = ["lumber", *order["arguments"]]
    faulthandler.register(TELLS_STACKS)
    if has_workers:
        _fork_spare()
    exec(order["code"], {"__name__": "__main__"})
    sys.exit()


def _fork_spare() -> None:
    """Fork the spare process, and let this one use it for the first server that it starts."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if not pid:
        ours.close()
        _become_server(theirs)
    theirs.close()
    start = util.spawnv_passfds

    def start_or_use(path: Any, arguments: list[Any], descriptors: list[int]) -> int:
        if ours.fileno() < 0 or SERVER not in str(arguments[-1]):
            return int(start(path, arguments, descriptors))
        blocked = [int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, ())]
        order = {"code": arguments[-1], "environment": dict(os.environ), "blocked": blocked}
        with ours:
            socket.send_fds(ours, [json.dumps(order).encode()], descriptors)
        return pid

    util.spawnv_passfds = start_or_use  # type: ignore[assignment]


def _become_server(connection: socket.socket) -> NoReturn:
    """Wait for what the program would start its server with, and run it. Ends with the program."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _END_SIGNALS)
    message, descriptors, _, _ = socket.recv_fds(connection, _MOST_BYTES, 2)
    connection.close()
    if not message:
        os._exit(0)
    order = json.loads(message)
    os.environ.clear()
    os.environ.update(order["environment"])
    ctypes.CDLL(None).prctl(_PR_SET_NAME, SERVER.encode())
    # It names descriptors by the numbers that they had there.
    code, found = re.subn(r"main\(\d+, \d+,", f"main({descriptors[0]}, {descriptors[1]},", order["code"])
    assert found == 1, order["code"]
    signal.pthread_sigmask(signal.SIG_SETMASK, order["blocked"])
    exec(code, {"__name__": "__main__"})
    sys.exit()
