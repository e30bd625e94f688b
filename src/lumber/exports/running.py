"""Runs the partitions of a plan in the worker pool, a bounded number at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import TypeVar

from lumber.engine.partition import PartitionSpec
from lumber.engine.pool import WORKER_DIED, WorkerPool
from lumber.engine.result import PartitionResult
from lumber.errors import WorkerDied

_IN_FLIGHT_PER_WORKER = 2

T = TypeVar("T")
Results = dict[tuple[str, int], PartitionResult]


async def run_partitions(
    pool: WorkerPool,
    specs: Sequence[PartitionSpec],
    on_done: Callable[[PartitionResult], Awaitable[None]],
) -> Results:
    """Run all partitions; `on_done` hears of each. The first failure stops the others and is raised."""
    results: Results = {}

    async def keep(_: int, result: PartitionResult) -> None:
        results[(result.kind, result.ordinal)] = result
        await on_done(result)

    await run_jobs(pool, [partial(pool.submit, spec) for spec in specs], keep)
    return results


async def run_jobs(
    pool: WorkerPool,
    jobs: Sequence[Callable[[], Future[T]]],
    on_done: Callable[[int, T], Awaitable[None]],
) -> None:
    """Start all jobs, a bounded number at a time; `on_done` hears of each by its place.

    The first failure stops the others and is raised.
    """
    waiting = list(reversed(list(enumerate(jobs))))
    running: dict[asyncio.Future[T], int] = {}
    try:
        while waiting or running:
            while waiting and len(running) < pool.workers * _IN_FLIGHT_PER_WORKER:
                place, start = waiting.pop()
                future = asyncio.wrap_future(start())
                future.add_done_callback(_hear)
                running[future] = place
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for future in done:
                await on_done(running.pop(future), future.result())
    except BrokenProcessPool as error:
        raise WorkerDied(WORKER_DIED) from error
    finally:
        if running:
            # Not waited for: the pool knows what to do with workers that do not stop.
            pool.cancel()


def _hear(future: asyncio.Future[T]) -> None:
    """Hear of every failure, also of those after the first, which nobody asks for."""
    if not future.cancelled():
        future.exception()
