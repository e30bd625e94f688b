"""Watchdog: ends a service or worker that hangs during shutdown, and logs what hung."""

from __future__ import annotations

import asyncio
import math
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

import structlog

from lumber.cli.exit_codes import ExitCode

# A process always gets this long: exports must return to the queue.
LEAST_SECONDS = 15.0
_NAME = "lumber-watchdog"
_AWAITED = (("cr", "cr_await"), ("ag", "ag_await"), ("gi", "gi_yieldfrom"))
_MOST_FRAMES = 5
# A thread that hangs may hold the lock of the log.
_LOG_SECONDS = 2.0
# A thread of a pool without work waits here.
_IDLE = (Path("concurrent", "futures", "thread.py"), "_worker")

_log = structlog.stdlib.get_logger(__name__)

Loop = asyncio.AbstractEventLoop


class Watchdog:
    """Within its block, `start` gives the process some time to end.

    After that it logs every task of the event loops and every thread that is left, and ends the process with
    exit code 1. Nothing is cleaned up then: the ledger's leases and the locks of files end with the process.
    """

    def __init__(self, loops: Callable[[], Iterable[Loop | None]]) -> None:
        self._loops = loops
        # A signal handler may put into it at any moment.
        self._orders: queue.SimpleQueue[float | None] = queue.SimpleQueue()
        self._before: set[threading.Thread] = set()

    def __enter__(self) -> Self:
        threading.Thread(target=self._run, name=_NAME, daemon=True).start()
        self._before = set(threading.enumerate())
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        left = set(threading.enumerate()) - self._before
        # Python waits for these threads at its end, and the watchdog therefore goes on.
        if all(thread.daemon for thread in left):
            self._orders.put(None)

    def start(self, seconds: float) -> None:
        """Give the process this long to end, and at least LEAST_SECONDS. The earliest end counts.

        Signal handlers may call it.
        """
        self._orders.put(max(seconds, LEAST_SECONDS))

    def _run(self) -> None:
        began, end = time.monotonic(), math.inf
        while True:
            left = None if end == math.inf else max(0.0, end - time.monotonic())
            try:
                allowed = self._orders.get(timeout=left)
            except queue.Empty:
                self._end(end - began)
                return
            if allowed is None:
                return
            if end == math.inf:
                began = time.monotonic()
            end = min(end, time.monotonic() + allowed)

    def _end(self, seconds: float) -> None:
        log = threading.Thread(target=self._tell, args=[round(seconds, 1)], name=_NAME, daemon=True)
        log.start()
        log.join(_LOG_SECONDS)
        os._exit(ExitCode.FAILURE)

    def _tell(self, seconds: float) -> None:
        loops = [loop for loop in self._loops() if loop is not None]
        tasks = [text for loop in loops for text in _tasks(loop)]
        _log.error("shutdown_hung", seconds=seconds, tasks=tasks, threads=[*_threads()])
        sys.stderr.flush()


def _tasks(loop: Loop) -> Iterator[str]:
    """Yield the name of every task of an event loop, and where it waits."""
    for task in sorted(asyncio.all_tasks(loop), key=lambda task: task.get_name()):
        yield f"{task.get_name()}: {_place(_chain(task.get_coro()))}"


def _chain(waiting: Any) -> list[FrameType]:
    """Return the frames of coroutines and generators that wait for each other, the innermost last."""
    frames: list[FrameType] = []
    while waiting is not None:
        for kind, awaited in _AWAITED:
            if (frame := getattr(waiting, f"{kind}_frame", None)) is not None:
                frames.append(frame)
                waiting = getattr(waiting, awaited)
                break
        else:
            # An `async with` waits for its generator through an object that doesn't show it.
            manager = frames[-1].f_locals.get("self") if frames else None
            waiting = getattr(manager, "gen", None)
            if getattr(waiting, "ag_frame", None) is None:
                break
    return frames


def _threads() -> Iterator[str]:
    """Yield the name of every thread at work, and where it is."""
    current = sys._current_frames()
    for thread in threading.enumerate():
        innermost = current.get(thread.ident or 0)
        if innermost is None or thread.name == _NAME or _is_idle(innermost):
            continue
        frames = [frame for frame, _ in traceback.walk_stack(innermost)]
        yield f"{thread.name}: {_place(frames[::-1])}"


def _is_idle(frame: FrameType) -> bool:
    path, function = _IDLE
    return frame.f_code.co_name == function and frame.f_code.co_filename.endswith(str(path))


def _place(frames: Sequence[FrameType]) -> str:
    """Return the names of the last functions that called each other, and the place in the last one."""
    if not frames:
        return "unknown"
    names = " > ".join(frame.f_code.co_qualname for frame in frames[-_MOST_FRAMES:])
    path = Path(frames[-1].f_code.co_filename)
    return f"{names} ({path.parent.name}/{path.name}:{frames[-1].f_lineno})"
