"""Runs a coroutine on an event loop in another thread, so that the service's event loop stays free."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


class Aside:
    """One coroutine on an event loop in another thread, that ends soon after its caller is cancelled."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self.has_ended = False
        self._task: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[object]]] = Future()

    async def result(self, threads: ThreadPoolExecutor, make: Callable[[], Awaitable[T]]) -> T:
        """Run the coroutine and return its result. If the caller is cancelled, stop it and don't wait."""
        running = threads.submit(lambda: asyncio.run(self._main(make)))
        running.add_done_callback(self._end)
        try:
            return await asyncio.wrap_future(running)
        except asyncio.CancelledError:
            self.stop()
            raise

    def stop(self) -> None:
        """Interrupt its statement and cancel it."""
        self.stopped.set()
        self._task.add_done_callback(_cancel)

    def _end(self, _: Future[T]) -> None:
        self.has_ended = True

    async def _main(self, make: Callable[[], Awaitable[T]]) -> T:
        task = asyncio.current_task()
        assert task is not None
        self._task.set_result((asyncio.get_running_loop(), task))
        return await make()


def _cancel(started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[object]]]) -> None:
    loop, task = started.result()
    with suppress(RuntimeError):  # the loop is closed: the coroutine has ended
        loop.call_soon_threadsafe(task.cancel)
