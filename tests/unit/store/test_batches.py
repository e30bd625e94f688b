"""Calls that come at the same time share a batch, and each gets its own result."""

import asyncio
from collections.abc import Sequence

import pytest

from lumber.store.batches import Batches
from tests.integration.processes import PATIENCE_SECONDS


class Doubling:
    """Doubles numbers, one batch at a time, when it is allowed to; remembers the batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.allowed = asyncio.Event()
        self.allowed.set()

    async def run(self, numbers: Sequence[int]) -> Sequence[int | Exception]:
        self.batches.append(list(numbers))
        await self.allowed.wait()
        if 0 in numbers:
            raise ArithmeticError("0 spoils its batch")
        return [ValueError(f"{number} is negative") if number < 0 else 2 * number for number in numbers]


@pytest.fixture
def doubling() -> Doubling:
    return Doubling()


@pytest.fixture
def batches(doubling: Doubling) -> Batches[int, int]:
    return Batches(doubling.run, most_per_batch=100)


def begin(batches: Batches[int, int], *numbers: int) -> list[asyncio.Task[int]]:
    return [asyncio.create_task(batches.call(number)) for number in numbers]


async def has_begun(doubling: Doubling, batches: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(doubling.batches) < batches:  # noqa: ASYNC110 - it sends nothing
            await asyncio.sleep(0)


async def test_calls_during_a_batch_share_the_next_one(
    doubling: Doubling, batches: Batches[int, int]
) -> None:
    doubling.allowed.clear()
    (first,) = begin(batches, 1)
    await has_begun(doubling, 1)
    others = begin(batches, *range(2, 50))
    doubling.allowed.set()

    assert await asyncio.gather(first, *others) == [2 * number for number in range(1, 50)]
    assert doubling.batches == [[1], list(range(2, 50))]
    assert await batches.call(7) == 14


async def test_a_batch_has_a_most_and_the_oldest_calls_go_first(doubling: Doubling) -> None:
    batches = Batches(doubling.run, most_per_batch=3)

    assert await asyncio.gather(*begin(batches, *range(1, 9))) == [2 * number for number in range(1, 9)]
    assert doubling.batches == [[1, 2, 3], [4, 5, 6], [7, 8]]


async def test_each_caller_gets_its_own_error(batches: Batches[int, int]) -> None:
    results = await asyncio.gather(*begin(batches, 1, -2, 3), return_exceptions=True)

    assert (results[0], results[2]) == (2, 6)
    assert str(results[1]) == "-2 is negative"


async def test_an_error_of_a_batch_goes_to_all_its_callers_and_to_no_other(
    doubling: Doubling, batches: Batches[int, int]
) -> None:
    assert {type(r) for r in await asyncio.gather(*begin(batches, 12, 0), return_exceptions=True)} == {
        ArithmeticError
    }
    assert await batches.call(14) == 28


async def test_callers_that_leave_stop_no_batch(doubling: Doubling, batches: Batches[int, int]) -> None:
    doubling.allowed.clear()
    leaving, staying = begin(batches, 1, 2)
    await has_begun(doubling, 1)
    waiting, last = begin(batches, 3, 4)
    await asyncio.sleep(0)
    for task in (leaving, waiting):
        task.cancel()
    await asyncio.gather(leaving, waiting, return_exceptions=True)
    doubling.allowed.set()

    assert await asyncio.gather(staying, last) == [4, 8]
    assert doubling.batches == [[1, 2], [4]]


async def test_who_closes_waits_for_the_batches_that_run(
    doubling: Doubling, batches: Batches[int, int]
) -> None:
    await batches.finished()
    doubling.allowed.clear()
    (leaving,) = begin(batches, 1)
    await has_begun(doubling, 1)
    leaving.cancel()
    closing = asyncio.create_task(batches.finished())
    await asyncio.sleep(0)
    assert not closing.done()
    doubling.allowed.set()

    await closing
    assert doubling.batches == [[1]]
