"""Lets calls that come at the same time share one transaction: those that come during one share the next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Result = TypeVar("Result")


class Batches(Generic[Asked, Result]):
    """Runs calls in batches, one batch at a time and in order of arrival.

    `run` gets what some callers asked for, and returns a result for each of them, or the error that this
    caller gets. If `run` itself raises, all callers of the batch get that error. A batch begins after all
    its calls, so a caller sees what was committed before its call.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Asked]], Awaitable[Sequence[Result | Exception]]],
        *,
        most_per_batch: int,
    ) -> None:
        self._run = run
        self._most_per_batch = most_per_batch
        self._waiting: list[tuple[Asked, asyncio.Future[Result]]] = []
        self._runner: asyncio.Task[None] | None = None

    async def call(self, asked: Asked) -> Result:
        """Return the result for what is asked. A batch that has begun ends, also if its callers leave."""
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._runner is None:
            self._runner = asyncio.create_task(self._run_all())
        return await answer

    async def finished(self) -> None:
        """Wait until no batch runs and nobody waits for one."""
        if self._runner is not None:
            await asyncio.wait([self._runner])

    async def _run_all(self) -> None:
        try:
            while batch := self._next():
                await self._run_one(batch)
        finally:
            self._runner = None
            # Only if this task was cancelled, because the event loop ends.
            for _, answer in self._waiting:
                answer.cancel()
            self._waiting.clear()

    def _next(self) -> list[tuple[Asked, asyncio.Future[Result]]]:
        """Take the oldest calls, without those whose caller has left."""
        waiting = [item for item in self._waiting if not item[1].done()]
        self._waiting = waiting[self._most_per_batch :]
        return waiting[: self._most_per_batch]

    async def _run_one(self, batch: Sequence[tuple[Asked, asyncio.Future[Result]]]) -> None:
        results: Sequence[Result | Exception]
        try:
            results = await self._run([asked for asked, _ in batch])
        except Exception as error:  # noqa: BLE001 - it belongs to the callers
            results = [error] * len(batch)
        except BaseException:
            for _, answer in batch:
                answer.cancel()
            raise
        for (_, answer), result in zip(batch, results, strict=True):
            if answer.done():  # its caller has left
                continue
            if isinstance(result, Exception):
                answer.set_exception(result)
            else:
                answer.set_result(result)
