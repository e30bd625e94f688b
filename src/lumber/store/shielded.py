"""What must not stop half-way when its task is cancelled: a transaction, a connection's return, a commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def shielded(
    work: asyncio.Future[T] | Coroutine[Any, Any, T], on_cancel: Callable[[], None] | None = None
) -> T:
    """Wait for `work` to its end, however often this task is cancelled meanwhile.

    The cancellation is raised afterwards. With `on_cancel` that is called at once instead, and the task
    goes on.
    """
    running = asyncio.ensure_future(work)
    is_cancelled = False
    while not running.done():
        try:
            await asyncio.wait([running])
        except asyncio.CancelledError:
            is_cancelled = True
            if on_cancel is not None:
                on_cancel()
    result = running.result()
    if is_cancelled and on_cancel is None:
        raise asyncio.CancelledError
    return result


async def in_thread(work: Callable[[], T], on_cancel: Callable[[], None]) -> T:
    """Run `work` in a thread to its end. If this task is cancelled meanwhile, call `on_cancel` and go on."""
    # No task, which would end without its thread when the event loop cancels everything.
    future = asyncio.get_running_loop().run_in_executor(None, work)
    return await shielded(future, on_cancel)
