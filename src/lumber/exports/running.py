"""Runs the partitions of a plan in the worker pool, a bounded number at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from functools import partial
from typing import TypeVar

from lumber.engine.partition import PartitionSpec
from lumber.engine.plan import Plan
from lumber.engine.pool import WORKER_DIED, WorkerPool
from lumber.engine.result import PartitionResult
from lumber.engine.staging import OutputFolder
from lumber.errors import WorkerDied
from lumber.exports.config import ExportConfig
from lumber.exports.outputs import outputs_of
from lumber.exports.planner import led_by
from lumber.exports.snapshot import Snapshot
from lumber.formats import WriteOptions, get_format
from lumber.privacy.rule import PrivacyRule
from lumber.settings import Settings
from lumber.store.labelling import labels_statement
from lumber.store.reading import read_statement

_IN_FLIGHT_PER_WORKER = 2

T = TypeVar("T")
Results = dict[tuple[str, int], PartitionResult]


def partition_specs(
    config: ExportConfig,
    plan: Plan,
    snapshot: Snapshot,
    settings: Settings,
    folder: OutputFolder,
    *,
    document: dict[str, str],
    now: datetime,
    attempt: int,
    privacy: PrivacyRule | None = None,
) -> list[PartitionSpec]:
    """Return the spec of every partition, the largest first, so that the workers end together."""
    specs = []
    for selection in config.selections():
        kind = selection.kind
        options = WriteOptions(
            format=config.output_format,
            compression=config.resolved_compression,
            csv_escape_formulas=config.csv_escape_formulas,
            metadata={**document, "kind": kind.name}
            if config.include_metadata and get_format(config.output_format).holds_metadata
            else None,
        )
        for part in plan.kind(kind.name).partitions:
            statement = read_statement(
                selection,
                snapshot.source.dialect,
                snapshot.cutoffs[kind.name],
                lower=part.lower,
                upper=part.upper,
                led_by=led_by(kind, plan.split),
            )
            recipe = config.recipe(kind, plan.split, privacy)
            specs.append(
                PartitionSpec(
                    kind=kind.name,
                    ordinal=part.ordinal,
                    attempt=attempt,
                    planned_rows=part.rows,
                    source=snapshot.source,
                    statement=statement,
                    batch_size=config.batch_size,
                    options=options,
                    shard_size_bytes=settings.shard_size_bytes,
                    staging=folder.staging,
                    now=now,
                    recipe=recipe,
                    outputs=outputs_of(config, recipe),
                    side_statements={
                        step.name: labels_statement(
                            kind,
                            snapshot.source.dialect,
                            lower=part.lower,
                            upper=part.upper,
                            window_us=side.window_us,
                        )
                        for step in recipe.steps
                        if (side := step.side_input(kind)) is not None
                    },
                )
            )
    return sorted(specs, key=lambda spec: -spec.planned_rows)


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
