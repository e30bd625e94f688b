"""SharedEngine: does the work of an attempt in its own pool, and shares what waits with other workers.

The pool takes work from the front of the queue, and needs no ledger for it. What waits longer than a moment
is offered in the ledger, a few jobs ahead of those who take them; results come back through the ledger and
the staging folder. When the queue is empty, the pool takes back what nobody has claimed, and what a lost
worker left. So an export that nobody helps costs a few small transactions, and a small one none.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import secrets
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from lumber.catalog.registry import declared_now
from lumber.engine.partition import PartitionSpec
from lumber.engine.pool import WorkerPool
from lumber.engine.result import PartitionResult
from lumber.engine.work import CallWork, FitWork, PartitionWork, Work
from lumber.errors import ExportError, LeaseLost, LumberError
from lumber.exports.helping.facts import OfferFacts
from lumber.exports.helping.parcel import Own, ParcelRefused, read_parcel, remove_parcels, write_parcel
from lumber.exports.ledger.jobs import CLAIMED, DONE, FAILED, POSTED, JobLedger, JobState, NewJob
from lumber.exports.ledger.rows import Claim
from lumber.exports.stored import RESULT
from lumber.store.patience import patiently
from lumber.store.shielded import shielded

if TYPE_CHECKING:
    from lumber.steps.step import Fit

# A shorter export is over before another worker has started its processes.
_OFFER_AFTER_SECONDS = 0.5
_TICK_SECONDS = 0.1
_IDLE_TICK_SECONDS = 0.5
_LEAST_AHEAD = 4
_AHEAD_PER_CLAIM = 2
_NUMBER_BITS = 40

S = TypeVar("S")
T = TypeVar("T")

_log = logging.getLogger(__name__)


class Placing(Protocol):
    """Who takes posted jobs. By default workers of the same ledger claim them by themselves."""

    # Its workers do everything that may be shared, from the beginning; the pool does only the rest.
    takes_all: bool

    def ahead(self, states: list[JobState], finished: int, /) -> int:
        """Return how many jobs should be posted and unclaimed; `finished` ended since the last call."""

    async def place(self, states: list[JobState], posted: list[int]) -> Mapping[int, str]:
        """Let somebody take jobs that were posted. Return those that can't be done, and why."""

    async def close(self) -> None:
        """Let go of whoever takes jobs."""


class Claiming:
    """Workers of the ledger claim jobs by themselves: some are always ahead of them."""

    takes_all = False

    def ahead(self, states: list[JobState], finished: int) -> int:
        """Return how many jobs should be posted and unclaimed."""
        claimed = sum(state.state == CLAIMED for state in states)
        return max(_LEAST_AHEAD, _AHEAD_PER_CLAIM * claimed, _AHEAD_PER_CLAIM * finished)

    async def place(self, states: list[JobState], posted: list[int]) -> Mapping[int, str]:
        """Do nothing: workers look for jobs."""
        return {}

    async def close(self) -> None:
        """Do nothing."""


@dataclass(slots=True, eq=False)
class _Item:
    """A piece of work, the future of who asked for it, and where it is described once it was offered."""

    work: Work
    future: Future[Any]
    parcel: Mapping[str, Any] | None = None


@dataclass(slots=True)
class _Counts:
    """What workers elsewhere have read: of finished jobs, and at present."""

    finished: dict[str, tuple[int, int]] = field(default_factory=dict)
    running: dict[str, tuple[int, int]] = field(default_factory=dict)

    def of(self, name: str) -> tuple[int, int]:
        before, now = self.finished.get(name, (0, 0)), self.running.get(name, (0, 0))
        return before[0] + now[0], before[1] + now[1]


_FITS = "fits"


class SharedEngine:
    """An engine that shares its work. Use it as an async context manager, while its claim holds.

    `facts` makes those of its offer, and the marker in staging. `is_shareable` says which work on rows may be
    done elsewhere; calls of staged files always may. `far_statements` returns the statements of partitions
    for workers that see a later moment, by kind and ordinal; None: they see the same one. Without a pool,
    everything is done elsewhere.
    """

    in_flight = sys.maxsize

    def __init__(
        self,
        pool: WorkerPool | None,
        ledger: JobLedger,
        claim: Claim,
        facts: Callable[[], Awaitable[OfferFacts]],
        own: Own,
        *,
        is_shareable: Callable[[PartitionSpec], bool],
        far_statements: Callable[[], Mapping[tuple[str, int], str]] | None = None,
        placing: Placing | None = None,
    ) -> None:
        self.helpers: tuple[str, ...] = ()
        self._pool = pool
        self._ledger = ledger
        self._claim = claim
        self._facts = facts
        self._own = own
        self._is_shareable = is_shareable
        self._far_statements = far_statements
        self._statements: Mapping[tuple[str, int], str] | None = None
        self._placing: Placing = placing or Claiming()
        self._waiting: deque[_Item] = deque()  # what others may do
        self._own_waiting: deque[_Item] = deque()  # what only the pool may do
        self._local: set[_Item] = set()
        self._far: dict[int, _Item] = {}
        self._taken: set[int] = set()  # numbers of jobs whose results are here, to be removed from the ledger
        self._recorded: set[tuple[str, int]] = set()
        self._counts = _Counts()
        # An earlier offer of this attempt may have had jobs, and a worker that still works on one.
        self._next_number = secrets.randbits(_NUMBER_BITS)
        self._finished_lately = 0
        self._is_offered = False
        self._is_cancelled = False
        self._has_warned = False
        self._woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> SharedEngine:
        self._task = asyncio.create_task(self._share(), name=f"sharing {self._claim.export_id}")
        return self

    async def __aexit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        self.helpers = ()
        await shielded(asyncio.wait([self._task]))
        await shielded(self._placing.close())
        if self._is_offered:
            with suppress(LumberError):  # who lost the export has nothing to withdraw
                await shielded(patiently(lambda: self._ledger.withdraw(self._claim)))
                # Only while the export is still ours: staging may belong to another worker now.
                await shielded(asyncio.to_thread(remove_parcels, self._own.staging))

    def submit(self, spec: PartitionSpec) -> Future[PartitionResult]:
        """Take a partition."""
        return self._take(PartitionWork(spec), self._is_shareable(spec))

    def submit_fit(self, spec: PartitionSpec, place: int) -> Future[Fit]:
        """Take a first pass over a partition, for the step at `place` of its recipe."""
        return self._take(FitWork(spec, place), self._is_shareable(spec))

    def submit_call(self, call: Callable[[S], T], argument: S) -> Future[T]:
        """Take a function of files in staging."""
        return self._take(CallWork(call, argument, declared_now()), True)

    def done(self, kind: str) -> tuple[int, int]:
        """Return the rows and the batches of a kind that all workers together have read so far."""
        rows, batches = (0, 0) if self._pool is None else self._pool.done(kind)
        far_rows, far_batches = self._counts.of(kind)
        return rows + far_rows, batches + far_batches

    @property
    def fitted_rows(self) -> int:
        """The rows that the first pass has looked at so far."""
        return (0 if self._pool is None else self._pool.fitted_rows) + self._counts.of(_FITS)[0]

    def has_recorded(self, result: PartitionResult) -> bool:
        """Return whether a worker elsewhere has recorded this result in the ledger."""
        return (result.kind, result.ordinal) in self._recorded

    def cancel(self) -> None:
        """Ask all work to stop soon. Workers elsewhere see that the offer has ended. Safe from any thread."""
        self._is_cancelled = True
        if self._pool is not None:
            self._pool.cancel()

    def _take(self, work: Work, is_shareable: bool) -> Future[Any]:
        item = _Item(work, Future())
        (self._waiting if is_shareable else self._own_waiting).append(item)
        self._fill()
        self._woken.set()
        return item.future

    def _fill(self) -> None:
        """Give the pool what it has room for. What nobody else may do goes first."""
        if self._is_cancelled:
            return
        while self._pool is not None and len(self._local) <= self._pool.workers:
            queue = self._own_waiting
            if not queue and not self._placing.takes_all:
                queue = self._waiting
            if not queue:
                return
            item = queue.popleft()
            try:
                running = item.work.start(self._pool)
            except LumberError as error:
                _set_error(item.future, error)
                return
            self._local.add(item)
            running.add_done_callback(partial(self._told, item))

    def _told(self, item: _Item, running: Future[Any]) -> None:
        # Called by a thread of the pool, also while the loop is being closed.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._done_here, item, running)

    def _done_here(self, item: _Item, running: Future[Any]) -> None:
        self._local.discard(item)
        if running.cancelled():
            item.future.cancel()
        elif (error := running.exception()) is not None:
            _set_error(item.future, error)
        elif not item.future.done():
            item.future.set_result(running.result())
        self._fill()
        self._woken.set()

    async def _share(self) -> None:
        """Offer what waits, and take what comes back, until the engine is left."""
        while True:
            await self._woken.wait()
            if not self._far and not self._placing.takes_all:
                # Most exports are over by then, or have begun all that they have.
                await asyncio.sleep(_OFFER_AFTER_SECONDS)
            if self._is_cancelled:
                return
            if not self._far and len(self._waiting) <= self._kept:
                self._woken.clear()
                continue
            try:
                await self._tick()
                self._has_warned = False
            except LeaseLost:
                return  # whoever holds the lease ends the attempt
            except (LumberError, OSError) as error:
                if not self._has_warned:
                    _log.warning("Jobs of export %s can't be shared: %s", self._claim.export_id, error)
                    self._has_warned = True
                await asyncio.sleep(_IDLE_TICK_SECONDS)
            await asyncio.sleep(_TICK_SECONDS if self.helpers else _IDLE_TICK_SECONDS / 2)

    @property
    def _kept(self) -> int:
        """How much of what waits is never posted: the pool will be free in a moment."""
        return 0 if self._placing.takes_all else 1

    async def _tick(self) -> None:
        if not self._is_offered:
            await self._offer()
        states = [each for each in await self._ledger.states(self._claim) if each.number not in self._taken]
        known = {state.number for state in states}
        for number in [number for number in self._far if number not in known]:
            # It was never posted, although nobody could say so: a connection was lost.
            self._waiting.appendleft(self._far.pop(number))
        await self._hear(states)
        if any(state.is_free for state in states):
            await self._take_back()
        await self._post(states)

    async def _offer(self) -> None:
        facts = (await self._facts()).as_json()
        await patiently(lambda: self._ledger.offer(self._claim, facts))
        self._is_offered = True

    async def _hear(self, states: list[JobState]) -> None:
        """Take the results of jobs that have ended, and note how far the others are."""
        running: dict[str, tuple[int, int]] = {}
        self._finished_lately = 0
        for state in states:
            if state.state in (DONE, FAILED):
                self._finished_lately += 1
                await self._end(state)
            elif state.state == CLAIMED:
                name = state.kind if state.stage == PartitionWork.stage else _FITS
                rows, batches = running.get(str(name), (0, 0))
                running[str(name)] = rows + state.rows, batches + state.batches
        self._counts.running = running
        self.helpers = tuple(
            sorted({state.owner for state in states if state.state == CLAIMED and state.owner})
        )

    async def _end(self, state: JobState) -> None:
        item = self._far.get(state.number)
        if item is None:
            self._taken.add(state.number)
            return
        if state.state == FAILED:
            self._again(item, state)
        elif isinstance(item.work, PartitionWork):
            result = RESULT.load(state.result)
            self._recorded.add((result.kind, result.ordinal))
            self._give(item, state, result)
        else:
            try:
                found = await self._in_thread(lambda: read_parcel(state.result, self._own))
            except (ParcelRefused, OSError, pickle.PickleError, EOFError) as error:
                told = {"code": "result", "message": f"its result can't be read: {error}"}
                self._again(item, replace(state, result=told))
            else:
                self._give(item, state, found)
        del self._far[state.number]
        self._taken.add(state.number)

    def _give(self, item: _Item, state: JobState, result: Any) -> None:
        self._count(item.work, state)
        if not item.future.done():
            item.future.set_result(result)

    def _count(self, work: Work, state: JobState) -> None:
        if isinstance(work, CallWork):
            return
        name = work.kind if isinstance(work, PartitionWork) else _FITS
        batches = -(-state.rows // work.spec.batch_size)
        rows_before, batches_before = self._counts.finished.get(name, (0, 0))
        self._counts.finished[name] = rows_before + state.rows, batches_before + batches

    def _again(self, item: _Item, state: JobState) -> None:
        """Do a job here that failed elsewhere. Without a pool, its error ends the attempt."""
        told: Mapping[str, Any] = state.result or {}
        if self._pool is None:
            text = f"Worker {state.owner} failed ({told.get('code')}): {told.get('message')}"
            _set_error(item.future, ExportError(text))
            return
        _log.warning(
            "A job of export %s failed on %s and is done here: %s",
            self._claim.export_id,
            state.owner,
            told.get("message"),
        )
        self._own_waiting.appendleft(item)
        self._fill()

    async def _take_back(self) -> None:
        """Do here what nobody has claimed, and what a lost worker left, if there is nothing else to do."""
        if self._pool is None or self._placing.takes_all or self._waiting or self._own_waiting:
            return
        room = self._pool.workers + 1 - len(self._local)
        if room <= 0:
            return
        for number in await patiently(lambda: self._ledger.take_back(self._claim, room)):
            if (item := self._far.pop(number, None)) is not None:
                self._waiting.append(item)
        self._fill()

    async def _post(self, states: list[JobState]) -> None:
        """Post as many jobs as those who take them need, and remove those whose results are here."""
        posted = [state.number for state in states if state.state == POSTED and state.number in self._far]
        missing = self._placing.ahead(states, self._finished_lately) - len(posted)
        most = len(self._waiting) - self._kept
        chosen = list(islice(self._waiting, max(0, min(missing, most))))
        await self._describe(chosen)
        new = []
        for item in chosen:
            # It may have been given to the pool while it was described.
            if item.parcel is None or item not in self._waiting:
                continue
            work = item.work
            new.append(NewJob(self._next_number, work.stage, work.kind, work.ordinal, item.parcel))
            self._waiting.remove(item)
            self._far[self._next_number] = item
            self._next_number += 1
        if new or self._taken:
            taken = set(self._taken)
            await patiently(lambda: self._ledger.settle(self._claim, taken, new))
            self._taken -= taken
        failed = await self._placing.place(states, [*posted, *(job.number for job in new)])
        for number, reason in failed.items():
            if (given_up := self._far.pop(number, None)) is not None:
                self._taken.add(number)
                _set_error(given_up.future, ExportError(reason))

    async def _describe(self, chosen: list[_Item]) -> None:
        """Write what others need to know of jobs into staging: of all that wait, in one file."""
        if all(item.parcel is not None for item in chosen):
            return
        items = [item for item in self._waiting if item.parcel is None]
        works = [await self._far_work(item.work) for item in items]
        place = await self._in_thread(lambda: write_parcel(works, self._own))
        for number, item in enumerate(items):
            item.parcel = {**place, "place": number}

    async def _far_work(self, work: Work) -> Work:
        """Return a piece of work as others do it: with a condition for what a later moment may not show."""
        if self._far_statements is None or isinstance(work, CallWork):
            return work
        if self._statements is None:
            self._statements = await self._in_thread(self._far_statements)
        statement = self._statements[(work.spec.kind, work.spec.ordinal)]
        return replace(work, spec=replace(work.spec, statement=statement))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        # To its end, and only then is the task cancelled: a thread can't be.
        return await shielded(asyncio.to_thread(work))


def _set_error(future: Future[Any], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
