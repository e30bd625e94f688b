"""Lets work end even if its task is cancelled: a transaction, a commit, the return of a connection."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def shielded(
    work: asyncio.Future[T] | Coroutine[Any, Any, T], on_cancel: Callable[[], None] | None = None
) -> T:
    """Return the result of `work`, which ends even if this task is cancelled meanwhile.

    The cancellation is raised afterwards. With `on_cancel`, that is called at once instead, and the task
    continues.
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
    """Return the result of `work`, run in a thread. On cancellation, call `on_cancel` and continue."""
    # Not a task: it would end before its thread if the event loop cancels all tasks.
    context = contextvars.copy_context()
    future = asyncio.get_running_loop().run_in_executor(None, context.run, work)
    return await shielded(future, on_cancel)
