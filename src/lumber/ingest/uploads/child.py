"""The service's end of a loading process: starts it, feeds it, hears what it says, and ends it."""

from __future__ import annotations

import asyncio
import json
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

from lumber import errors
from lumber.errors import ConfigError, IngestError, LumberError, UploadInterrupted
from lumber.ingest.uploads.frames import END, frame
from lumber.ingest.uploads.job import UploadJob

# One line holds the names of all ignored fields of a file.
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
    async def started(cls, job: UploadJob) -> LoadingProcess:
        """Start a process for a job."""
        command = [sys.executable, "-m", "lumber.ingest.uploads.process"]
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=_LINE_BYTES)
        loading = cls(process)
        loading._input.write(frame(pickle.dumps(job)))
        return loading

    async def send(self, data: bytes) -> None:
        """Send bytes of the file, and wait until the process has taken most of what was sent.

        Raises ConnectionError when the process has ended.
        """
        for start in range(0, len(data), _PIECE_BYTES):
            self._input.write(frame(data[start : start + _PIECE_BYTES]))
            await self._input.drain()

    async def end(self) -> None:
        """Say that the file is whole. Raises ConnectionError when the process has ended."""
        self._input.write(END)
        await self._input.drain()

    def abandon(self) -> None:
        """Break the input off: the process loads the whole chunks that it has, and ends with an error."""
        self._input.close()

    async def events(self) -> AsyncIterator[Event]:
        """Yield what the process says, until it ends."""
        while line := await self._output.readline():
            yield json.loads(line)

    async def close(self) -> None:
        """Kill the process if it still runs: what it has not committed is undone by the database."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self._input.close()
        # To its end, or the pipe would stay open.
        while await self._output.read(_PIECE_BYTES):
            pass
        await self._process.wait()
        with suppress(ConnectionError):
            await self._input.wait_closed()


def error_of(event: Event | None) -> LumberError:
    """Return the error that a process told of; none means that it died."""
    if event is None:
        return UploadInterrupted(
            "The process that loaded the file ended without an answer: it was killed, or the machine ran "
            "out of memory. Send the file again: the load goes on where it stopped."
        )
    known = {
        item.code: item
        for item in vars(errors).values()
        if isinstance(item, type) and issubclass(item, LumberError) and not issubclass(item, ConfigError)
    }
    return known.get(event["code"], IngestError)(event["message"])
