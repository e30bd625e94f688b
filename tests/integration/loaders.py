"""Loading processes of a service in this process, forked from one that has loaded what they need.

Each would start Python and load the libraries for most of a second of CPU. `lumber serve` as a process starts
them as it does everywhere.
"""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.streams import FlowControlMixin
from collections.abc import Callable
from typing import Any

import psutil

from tests.integration.preloaded import Forked, fork

MODULE = "lumber.ingest.uploads.process"
_NAME = "lumber-loader"
_CODE = f"""
import ctypes, sys
from {MODULE} import main
ctypes.CDLL(None).prctl(15, b"{_NAME}")
sys.exit(main())
"""
# What its jobs load, each when it begins.
_MODULES = (
    MODULE,
    "lumber.ingest.loader",
    "lumber.ingest.dry_run",
    "lumber.ingest.uploads.job",
    "lumber.store.bulk",
)


class _Writing(FlowControlMixin):
    """The protocol of a pipe to a process."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._closed = loop.create_future()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if not self._closed.done():
            self._closed.set_result(None)

    def _get_close_waiter(self, stream: asyncio.StreamWriter) -> asyncio.Future[None]:
        return self._closed


class Loader:
    """A forked process with what the service uses of `asyncio.subprocess.Process`."""

    def __init__(self, process: Forked, stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader) -> None:
        self._process = process
        self.pid = process.pid
        self.stdin = stdin
        self.stdout = stdout

    def kill(self) -> None:
        if self._process.poll() is not None:
            raise ProcessLookupError
        self._process.kill()

    def send_signal(self, number: int) -> None:
        self._process.send_signal(number)

    async def give_up(self) -> None:
        """End it, and close its pipes."""
        self._process.kill()
        self.stdin.close()
        await self.stdout.read()
        await self.wait()

    async def wait(self) -> int:
        while (code := self._process.poll()) is None:  # noqa: ASYNC110 - what is waited for is a process
            await asyncio.sleep(0.002)
        return code


def forking(start: Callable[..., Any]) -> Callable[..., Any]:
    """Return what starts processes as `start` does, and forks those that load."""

    async def start_or_fork(*command: str, limit: int = 2**16, **more: Any) -> Any:
        if MODULE not in command:
            return await start(*command, limit=limit, **more)
        (its_input, ours_out), (ours_in, its_output) = os.pipe(), os.pipe()
        try:
            streams = [its_output, 2, its_input]
            process = _forked(streams)
        finally:
            os.close(its_input)
            os.close(its_output)
        connecting = asyncio.ensure_future(_piped(process, ours_out, ours_in, limit))
        try:
            return await asyncio.shield(connecting)
        except asyncio.CancelledError:
            await (await connecting).give_up()
            raise

    return start_or_fork


def _forked(streams: list[int]) -> Forked:
    """Fork a loading process with Ctrl-C let in, which the service blocks meanwhile.

    The first fork starts the process that all others of this test run are forked from: they have to hear it.
    """
    blocked = signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT,))
    try:
        return fork(_CODE, [], _MODULES, dict(os.environ), streams)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


async def _piped(process: Forked, its_input: int, its_output: int, limit: int) -> Loader:
    """Connect the pipes of a process with the running event loop."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=limit)
    source, target = os.fdopen(its_output, "rb", buffering=0), os.fdopen(its_input, "wb", buffering=0)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), source)
    transport, protocol = await loop.connect_write_pipe(lambda: _Writing(loop), target)
    return Loader(process, asyncio.StreamWriter(transport, protocol, None, loop), reader)


def loading_processes(parent: int) -> list[psutil.Process]:
    """Return the loading processes of a service: its children, or of this process those that were forked."""
    children = psutil.Process(parent).children(recursive=parent == os.getpid())
    return [child for child in children if MODULE in child.cmdline() or child.name() == _NAME]
