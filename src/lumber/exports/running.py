"""Runs the partitions of a plan in an engine, a bounded number at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import TypeVar

from lumber.engine.partition import PartitionSpec
from lumber.engine.pool import WORKER_DIED
from lumber.engine.protocol import Engine
from lumber.engine.result import PartitionResult
from lumber.errors import WorkerDied

T = TypeVar("T")


async def run_partitions(
    engine: Engine,
    specs: Sequence[PartitionSpec],
    on_done: Callable[[PartitionResult], Awaitable[None]],
) -> None:
    """Run all partitions; `on_done` hears of each. The first failure stops the others and is raised."""

    async def hear(_: int, result: PartitionResult) -> None:
        await on_done(result)

    await run_jobs(engine, [partial(engine.submit, spec) for spec in specs], hear)


async def run_jobs(
    engine: Engine,
    jobs: Sequence[Callable[[], Future[T]]],
    on_done: Callable[[int, T], Awaitable[None]],
) -> None:
    """Start all jobs, a bounded number at a time; `on_done` hears of each by its place.

    The first failure stops the others and is raised.
    """
    waiting = list(reversed(list(enumerate(jobs))))
    # Each ended one is heard of once: an engine may have thousands in flight.
    ended: asyncio.Queue[tuple[int, asyncio.Future[T]]] = asyncio.Queue()
    running = 0
    try:
        while waiting or running:
            while waiting and running < engine.in_flight:
                place, start = waiting.pop()
                future = asyncio.wrap_future(start())
                future.add_done_callback(partial(_hear, ended, place))
                running += 1
            place, future = await ended.get()
            running -= 1
            await on_done(place, future.result())
    except BrokenProcessPool as error:
        raise WorkerDied(WORKER_DIED) from error
    finally:
        if running:
            # Not waited for: the engine knows what to do with workers that do not stop.
            engine.cancel()


def _hear(ended: asyncio.Queue[tuple[int, asyncio.Future[T]]], place: int, future: asyncio.Future[T]) -> None:
    """Hear of every failure, also of those after the first, which nobody asks for."""
    if not future.cancelled():
        future.exception()
    ended.put_nowait((place, future))
