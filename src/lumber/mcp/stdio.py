"""The server on standard input and output, for an agent that starts it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, NoReturn

from lumber.mcp.calls import Calls, InsideCalls
from lumber.mcp.machine import AsMachine


async def run_stdio(
    opened: AbstractAsyncContextManager[Calls],
    *,
    has_rows: bool,
    leave: Callable[[signal.Signals], NoReturn],
) -> None:
    """Serve until standard input ends. After a signal to stop, close what is open, and `leave`.

    `leave` must end the process: the thread that reads standard input can't be stopped.
    """
    from lumber.mcp.server import build_server  # loads the SDK

    stopped = _signalled()
    async with opened as calls:
        server = build_server(lambda _request: calls, has_rows=has_rows)
        serving = asyncio.ensure_future(server.run_stdio_async())
        waited: set[asyncio.Future[Any]] = {serving, stopped}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            await serving
    if stopped.done():
        leave(stopped.result())


@asynccontextmanager
async def inside(app: Any) -> AsyncIterator[Calls]:
    """Run a service in this process, without a port, and yield its calls as the machine itself.

    At the end, running exports return to the queue: an agent doesn't wait.
    """
    async with app.router.lifespan_context(app):
        try:
            yield InsideCalls(AsMachine(app))
        finally:
            app.state.hand_back()


def at_service(calls: Calls) -> AbstractAsyncContextManager[Calls]:
    """Yield the calls of a service, which runs elsewhere."""
    return nullcontext(calls)


def _signalled() -> asyncio.Future[signal.Signals]:
    """Return what a signal to stop will complete."""
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[signal.Signals] = loop.create_future()

    def stop(number: signal.Signals) -> None:
        if not stopped.done():
            stopped.set_result(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # a shell ignores it for background jobs
            loop.add_signal_handler(number, stop, number)
    return stopped
