"""The server on standard input and output, for an agent that starts it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

from lumber.mcp.calls import Calls, InsideCalls
from lumber.mcp.machine import AsMachine


async def run_stdio(opened: AbstractAsyncContextManager[Calls], *, has_rows: bool) -> None:
    """Serve until standard input ends."""
    from lumber.mcp.server import build_server  # loads the SDK

    async with opened as calls:
        await build_server(lambda _request: calls, has_rows=has_rows).run_stdio_async()


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
