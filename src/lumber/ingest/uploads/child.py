"""The service's side of a loading process: starts it, sends it the file, reads its events, ends it."""

from __future__ import annotations

import asyncio
import json
import pickle
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from lumber import errors
from lumber.errors import ConfigError, IngestError, LumberError, UploadInterrupted
from lumber.ingest.uploads.frames import END, frame
from lumber.ingest.uploads.job import SampleJob, UploadJob

# One line has the names of all ignored fields of a file.
_LINE_BYTES = 16 * 1024 * 1024
_PIECE_BYTES = 256 * 1024

Event = Mapping[str, Any]


class LoadingProcess:
    """A process that loads one file. Use `started`, `send`, `end` or `abandon`, `events`, always `close`."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._input = process.stdin
        self._output = process.stdout

    @classmethod
    async def started(cls, job: UploadJob | SampleJob) -> LoadingProcess:
        """Start a process for a job. Raises UploadInterrupted if the machine starts none."""
        command = [sys.executable, "-m", "lumber.ingest.uploads.process"]
        try:
            with _without_interrupts():
                process = await asyncio.create_subprocess_exec(
                    *command, stdin=PIPE, stdout=PIPE, limit=_LINE_BYTES
                )
        except OSError as error:
            raise UploadInterrupted(
                f"The process that loads the file could not be started: {error}. Send the file again later."
            ) from error
        loading = cls(process)
        loading._input.write(frame(pickle.dumps(job)))
        return loading

    async def send(self, data: bytes) -> None:
        """Send bytes of the file, and wait until the process has read most of what was sent.

        Raises ConnectionError if the process has ended.
        """
        for start in range(0, len(data), _PIECE_BYTES):
            self._input.write(frame(data[start : start + _PIECE_BYTES]))
            await self._input.drain()

    async def end(self) -> None:
        """Tell the process that the file is complete. Raises ConnectionError if it has ended."""
        self._input.write(END)
        await self._input.drain()

    def abandon(self) -> None:
        """Close the input early: the process loads its complete chunks, and ends with an error."""
        self._input.close()

    async def events(self) -> AsyncIterator[Event]:
        """Yield the events of the process, until it ends."""
        while line := await self._output.readline():
            yield json.loads(line)

    async def close(self) -> None:
        """Kill the process if it still runs. The database rolls back what it has not committed."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self._input.close()
        # Read to the end, or the pipe would stay open.
        while await self._output.read(_PIECE_BYTES):
            pass
        await self._process.wait()
        with suppress(ConnectionError):
            await self._input.wait_closed()


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Block Ctrl-C in this thread, and so in a process that it starts, until that is ready to ignore it.

    Blocks of several tasks may overlap: each starts its process before it first waits.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT,))


def error_of(event: Event | None) -> LumberError:
    """Return the error that a process reported; None: it died without an event."""
    if event is None:
        return UploadInterrupted(
            "The process that loaded the file ended without a result: it was killed, or the machine ran out "
            "of memory. Send the file again: the load continues where it stopped."
        )
    known = {
        item.code: item
        for item in vars(errors).values()
        if isinstance(item, type) and issubclass(item, LumberError) and not issubclass(item, ConfigError)
    }
    return known.get(event["code"], IngestError)(event["message"])
